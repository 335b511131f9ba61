"""What the hall sends: a scan as JSON or as a plain form."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from app.checkin.errors import CodeIncomplete, ScanRefused
from app.checkin.rules import How, is_client_id
from app.core.tokens import CODE_DIGITS

MOST_CODE = 300  # letters of whatever square code was held before the camera
MOST_ID = 2**31 - 1


@dataclass(frozen=True)
class ScanInput:
    """One scan as it came; either ``code_text`` or ``registration_id``."""

    client_id: str
    session_id: int
    how: How
    code_text: str | None
    registration_id: int | None
    device_at: datetime | None


def read_scan() -> ScanInput:
    """The scan of this request. Raises ScanRefused, CodeIncomplete (typed with digits missing)."""
    values: Any = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    if not isinstance(values, dict):
        raise ScanRefused()
    registration_id = _number(values.get("registration_id"))
    code_text = values.get("code")
    if (registration_id is None) == (not isinstance(code_text, str)):
        raise ScanRefused()
    client_id = values.get("client_id")
    session_id = _number(values.get("session_id"))
    how = values.get("how")
    if (
        not (isinstance(client_id, str) and is_client_id(client_id))
        or session_id is None
        or how not in list(How)
    ):
        raise ScanRefused()
    code = code_text[:MOST_CODE].replace("\x00", "") if isinstance(code_text, str) else None
    if code is not None and how == How.TYPED:
        _ensure_complete(code)
    return ScanInput(
        client_id, session_id, How(how), code, registration_id, _instant(values.get("device_at"))
    )


def _ensure_complete(code: str) -> None:
    digits = sum(c.isascii() and c.isdigit() for c in code)
    if digits < CODE_DIGITS:
        raise CodeIncomplete(digits)


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 11:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_ID:
        return value
    return None


def _instant(value: Any) -> datetime | None:
    """The device's own time, kept as it says it; a clock that says nonsense says nothing."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and 2000 <= moment.year < 2200 else None


def fresh_client_id() -> str:
    """For a plain form: sent twice, it is still one scan."""
    return str(uuid.uuid4())
