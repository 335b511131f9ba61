"""What the square codes on a scan say: whose form, of which version (design 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from app.core.tokens import ENTRY_CODE, FORM_CODE, Code, is_code, read_code
from app.extensions import db
from app.registration.models import Registration


@dataclass(frozen=True)
class FormRead:
    """One genuine code of a form: ``version`` is the printing it was made for."""

    registration: Registration
    version: int


@dataclass(frozen=True)
class CodesRead:
    """All different genuine codes of one scan. ``has_other``: a code of ours of another paper."""

    forms: tuple[FormRead, ...] = ()
    has_other: bool = False


def read_codes(texts: Iterable[str]) -> CodesRead:
    """A forged code, or one that is none of ours, is as if it were not there. One query."""
    codes = {code.digits: code for code in map(read_code, texts) if code is not None}
    if not codes:
        return CodesRead()
    ids = {code.thing_id for code in codes.values()}
    found = db.session.scalars(select(Registration).where(Registration.id.in_(ids)))
    entries = {one.id: one for one in found}
    forms: list[FormRead] = []
    has_other = False
    for code in codes.values():
        registration = entries.get(code.thing_id)
        if registration is None or registration.event_id != code.event_id:
            continue
        if code.purpose == FORM_CODE:
            version = _genuine(code, registration.form_version)
            if version is not None:
                forms.append(FormRead(registration, version))
        elif code.purpose == ENTRY_CODE:
            has_other = has_other or _genuine(code, registration.code_version) is not None
    return CodesRead(tuple(forms), has_other)


def _genuine(code: Code, newest: int) -> int | None:
    """The version this code was made for, the newest first; None when it was not made by us."""
    alike = (one for one in range(newest, 0, -1) if one % 10 == code.version_digit)
    return next((one for one in alike if is_code(code, one)), None)
