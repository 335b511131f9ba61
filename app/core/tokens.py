"""Secrets of links and digits of square codes: keyed digests, nothing stored (design 4.7 and 5).

A link's secret is base64url of 4 bytes id + 16 bytes digest over (purpose, id, version):
the same in every reminder, dead as soon as the version is raised. A square code is 32
digits: purpose 1, event 4, thing 7, version mod 10 1, digest 19 (63 bits).
Keys: the current secret signs; old ones (OLD_SECRET_KEYS) are still accepted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from flask import current_app

ENTRY_CODE, FORM_CODE, SHEET_CODE, CONFIRMATION_CODE = 1, 2, 3, 4
CODE_DIGITS = 32
_DIGEST_SPACE = 10**19


@dataclass(frozen=True)
class Code:
    """What a square code says of itself, before its digest is checked."""

    purpose: int
    event_id: int
    thing_id: int
    version_digit: int
    digits: str


def _digest(key: str, *parts: object) -> bytes:
    made = _keyed(key).copy()
    made.update("\x1f".join(map(str, parts)).encode())
    return made.digest()[:16]


@lru_cache(16)
def _keyed(key: str) -> hmac.HMAC:
    """Made once: OpenSSL looks for its algorithm by name with each new one."""
    return hmac.new(key.encode(), digestmod="sha256")


def _keys() -> tuple[str, ...]:
    settings = current_app.config["SETTINGS"]
    return (settings.secret_key, *settings.old_secret_keys)


def link_secret(purpose: str, thing_id: int, version: int) -> str:
    digest = _digest(_keys()[0], "link", purpose, thing_id, version)
    return base64.urlsafe_b64encode(thing_id.to_bytes(4) + digest).decode().rstrip("=")


def link_thing_id(secret: str) -> int | None:
    """The id a secret names, unproven; None when it is no secret of ours at all."""
    given = _decoded(secret)
    return int.from_bytes(given[:4]) if given is not None else None


def _decoded(secret: str) -> bytes | None:
    """The 20 bytes of a secret in its one spelling; base64 would ignore two bits of the last sign."""
    try:
        given = base64.urlsafe_b64decode(secret + "=")
    except ValueError:
        return None
    canonical = base64.urlsafe_b64encode(given).decode().rstrip("=")
    return given if len(given) == 20 and canonical == secret else None


def is_link_secret(secret: str, purpose: str, thing_id: int, version: int) -> bool:
    """Constant-time comparison with the digest under each accepted key."""
    given = _decoded(secret)
    if given is None:
        return False
    expected = [
        thing_id.to_bytes(4) + _digest(key, "link", purpose, thing_id, version) for key in _keys()
    ]
    return any([hmac.compare_digest(given, one) for one in expected])


def _code_digest(key: str, purpose: int, event_id: int, thing_id: int, version: int) -> str:
    number = int.from_bytes(_digest(key, "code", purpose, event_id, thing_id, version))
    return f"{number % _DIGEST_SPACE:019d}"


def entry_digits(purpose: int, *, event_id: int, thing_id: int, version: int) -> str:
    """The 32 digits of a code. Raises OverflowError past 9,999 events or 9,999,999 things."""
    if not (0 < event_id < 10**4 and 0 < thing_id < 10**7):
        raise OverflowError("id does not fit the code")
    return _digits(_keys()[0], purpose, event_id, thing_id, version)


def _digits(key: str, purpose: int, event_id: int, thing_id: int, version: int) -> str:
    digest = _code_digest(key, purpose, event_id, thing_id, version)
    return f"{purpose}{event_id:04d}{thing_id:07d}{version % 10}{digest}"


def accepted_digits(purpose: int, *, event_id: int) -> Callable[[int, int], list[str]]:
    """(thing's id, version) → as `entry_digits`, under each accepted key: codes printed before the
    key was changed. For many of one event: the keys are looked for once."""
    keys = _keys()

    def of(thing_id: int, version: int) -> list[str]:
        if not (0 < event_id < 10**4 and 0 < thing_id < 10**7):
            raise OverflowError("id does not fit the code")
        return [_digits(key, purpose, event_id, thing_id, version) for key in keys]

    return of


def read_code(text: str) -> Code | None:
    """Digits as typed or scanned (spaces, dots and dashes allowed); None if it is no code of ours."""
    digits = "".join(c for c in text if c not in " .-\t\r\n")
    if len(digits) != CODE_DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    return Code(int(digits[0]), int(digits[1:5]), int(digits[5:12]), int(digits[12]), digits)


def is_code(code: Code, version: int) -> bool:
    """Whether the code was made by us for this version of its thing."""
    return _is_code(_keys(), code, version)


@lru_cache(1024)
def _is_code(keys: tuple[str, ...], code: Code, version: int) -> bool:
    """Kept: a batch's codes are proven before the database is locked, and looked up after."""
    given = code.digits[13:]
    made = [_code_digest(key, code.purpose, code.event_id, code.thing_id, version) for key in keys]
    return any([hmac.compare_digest(given, one) for one in made])


def hash_secret(secret: str) -> str:
    """For secrets that are stored (gates): SHA-256 of 128 random bits needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()
