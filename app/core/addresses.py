"""Mail addresses as people type them. An address is checked, never derived from a name."""

from __future__ import annotations

import re

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.core.names import TextProblem
from app.core.vietnamese import clean_text, fold

EMAIL_MAX = 254
_SHAPE = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")


def clean_email(raw: str) -> str:
    """The address without blanks, "mailto:" and brackets around it; its domain in small letters."""
    text = re.sub(r"^mailto:\s*", "", clean_text(raw), flags=re.IGNORECASE).strip("<> ")
    local, at, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}" if at else text


def _valid(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return False
    return len(address) <= EMAIL_MAX


def _offer(address: str) -> str | None:
    return address if _valid(address) else None


def email_problem(raw: str) -> TextProblem | None:
    """What is wrong with a mail address as typed; None when it can be used or the field is empty.

    Codes: several, no_at, no_domain, comma, letters, blank, form. A ``suggestion`` is a valid
    address to offer, never one to take silently.
    """
    address = clean_email(raw)
    if not address or _valid(address):
        return None
    found = _SHAPE.findall(address)
    if len(found) > 1:
        return TextProblem("several", _l("Ô này có nhiều địa chỉ thư. Hãy giữ lại một."), found[0])
    if "@" not in address:
        return TextProblem("no_at", _l("Địa chỉ thư thiếu chữ @. Ví dụ: vanthu@truong.edu.vn."))
    _local, _, domain = address.partition("@")
    if not domain or "." not in domain.replace(",", ".").strip("."):
        return TextProblem("no_domain", _l("Thiếu phần sau chữ @. Ví dụ: vanthu@truong.edu.vn."))
    if "," in address:
        return TextProblem(
            "comma",
            _l(
                "Có dấu phẩy sau “%(word)s”. Đổi thành dấu chấm?",
                word=re.split(r"[@.]", address.partition(",")[0].strip())[-1],
            ),
            _offer(re.sub(r"\s*,\s*", ".", address)),
        )
    bracketed = re.search(r"<([^<>\s]+@[^<>\s]+)>?$", address)
    if bracketed or (" " in address and address.isascii()):
        return TextProblem(
            "blank",
            _l("Địa chỉ thư có khoảng trống hoặc chữ thừa. Hãy chỉ giữ lại địa chỉ."),
            _offer(bracketed.group(1) if bracketed else address.replace(" ", "")),
        )
    if not address.isascii():
        return TextProblem(
            "letters",
            _l("Địa chỉ thư không có dấu tiếng Việt. Hãy gõ lại không dấu."),
            _offer(fold(address)),
        )
    return TextProblem(
        "form",
        _l("Địa chỉ thư chưa đúng. Ví dụ: vanthu@truong.edu.vn."),
        _offer(re.sub(r"\.{2,}", ".", address).strip(".;:,")),
    )


def clean_address(raw: str) -> str:
    """The address to store. Raises DomainError with what to mend."""
    problem = email_problem(raw)
    address = clean_email(raw)
    if problem is not None or not address:
        raise DomainError(
            problem.message if problem else _l("Thiếu địa chỉ thư. Ví dụ: vanthu@truong.edu.vn.")
        )
    return address
