"""What a password must be: one rule for typed, reset and administratively given ones."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_security import PasswordUtil

from app.core.vietnamese import fold

PASSWORD_MIN = 12
PASSWORD_MAX = 128
DISTINCT_MIN = 5
REST_MIN = 4  # letters left once the words everybody tries, and all figures, are taken away

# Tried first by anybody who guesses; without marks and spaces, longest first when removed.
COMMON = (
    "abcdefghijklmnopqrstuvwxyz",
    "abcdefghijkl",
    "abcdef",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "asdfgh",
    "zxcvbnm",
    "password",
    "passw0rd",
    "letmein",
    "welcome",
    "iloveyou",
    "matkhau",
    "quantri",
    "admin",
    "anhyeuem",
    "emyeuanh",
    "khongbiet",
    "haiphong",
    "vietnam",
    "hanoi",
    "sogddt",
    "sogiaoducvadaotao",
    "giaoduc",
    "taphuan",
    "dangky",
)


def password_problem(password: str, *, email: str = "", full_name: str = "") -> Any:
    """None, or the sentence that says what is wrong with `password`."""
    if len(password) < PASSWORD_MIN:
        return _l("Mật khẩu cần ít nhất %(count)d ký tự.", count=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        return _l("Mật khẩu dài nhất %(count)d ký tự.", count=PASSWORD_MAX)
    rest = re.sub(r"[^a-z0-9]+", "", fold(password))
    for word in _own_words(email, full_name):
        if word in rest:
            return _l("Mật khẩu không được chứa tên hoặc địa chỉ thư của chính tài khoản.")
    if len(set(rest)) < DISTINCT_MIN and len(set(password)) < DISTINCT_MIN:
        return _l("Mật khẩu còn dễ đoán. Hãy dùng nhiều ký tự khác nhau.")
    for word in sorted(COMMON, key=len, reverse=True):
        rest = rest.replace(word, "")
    unusual = re.sub(r"[\x00-\x7f]", "", fold(password))
    if len(re.sub(r"\d", "", rest)) < REST_MIN and not unusual.strip():
        return _l("Mật khẩu còn dễ đoán. Hãy ghép vài từ không liên quan với nhau.")
    return None


def _own_words(email: str, full_name: str) -> list[str]:
    """The mailbox's name and the whole name, without marks; short ones would forbid too much."""
    words = [re.sub(r"[^a-z0-9]+", "", fold(part)) for part in (email.split("@")[0], full_name)]
    return [word for word in words if len(word) >= 4]


def made_password() -> str:
    """A password to be shown once: four groups that can be read out on the telephone."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0, 1
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


class OurPasswords(PasswordUtil):
    """Flask-Security's reset and change forms ask this."""

    def validate(
        self, password: str, is_register: bool, **kwargs: Any
    ) -> tuple[list[str] | None, str]:
        """([sentences] or None, the normalised password)."""
        normal = self.normalize(password)
        user = kwargs.get("user")
        problem = password_problem(
            normal,
            email=getattr(user, "email", None) or "",
            full_name=getattr(user, "full_name", None) or "",
        )
        return ([str(problem)] if problem else None), normal
