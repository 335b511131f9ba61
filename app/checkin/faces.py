"""Whom digits or a row of the search mean: one at a time for a scan, many at once for a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.checkin.errors import ScanRefused
from app.checkin.results import Face
from app.core.tokens import ENTRY_CODE, Code, is_code, read_code
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration


@dataclass(frozen=True)
class Subject:
    """Whom a scan means. ``face`` None: nobody of ours; ``current_code`` False: an old code."""

    face: Face | None
    current_code: bool = True
    same_event: bool = True


NOBODY = Subject(None)
_R, _P = Registration.__table__.c, Participation.__table__.c


def entry_code_in(text: str) -> Code | None:
    """What a code says of itself when it is one for the door."""
    code = read_code(text)
    return code if code is not None and code.purpose == ENTRY_CODE else None


def subject_of_code(event_id: int, code: Code, face: Face | None) -> Subject:
    """``face``: of the id the code names. Its digest is proven here, under every accepted key."""
    if face is None or face.event_id != code.event_id:
        return NOBODY
    versions = [v for v in range(face.code_version, 0, -1) if v % 10 == code.version_digit]
    version = next((v for v in versions if is_code(code, v)), None)
    if version is None:
        return NOBODY
    return Subject(face, version == face.code_version, code.event_id == event_id)


def find_subjects(event_id: int, given: Sequence[tuple[str | None, int | None]]) -> list[Subject]:
    """For each (code as read, registration's id): one of them. Faces without a presence.

    PostgreSQL keeps these entries from changing until the transaction ends, SQLite has locked the
    whole database: the state a scan is judged by is the state at its commit.
    """
    codes = [entry_code_in(text) if text is not None else None for text, _ in given]
    ids = {code.thing_id for code in codes if code is not None}
    ids |= {registration_id for _, registration_id in given if registration_id is not None}
    faces = faces_of(ids)
    found = []
    for (text, registration_id), code in zip(given, codes, strict=True):
        if (text is None) == (registration_id is None):
            raise ScanRefused()
        if code is not None:
            found.append(subject_of_code(event_id, code, faces.get(code.thing_id)))
        elif registration_id is not None:
            face = faces.get(registration_id)
            found.append(Subject(face) if face and face.event_id == event_id else NOBODY)
        else:
            found.append(NOBODY)
    return found


def faces_of(ids: set[int]) -> dict[int, Face]:
    """Entries of any event, by id: the caller compares."""
    if not ids:
        return {}
    rows = db.session.connection().execute(
        select(
            _R.id, _R.event_id, _R.state, _R.full_name, _R.position, _R.code_version,
            _P.name.label("unit"),
        )
        .select_from(
            Registration.__table__.join(Participation.__table__, _P.id == _R.participation_id)
        )
        .where(_R.id.in_(sorted(ids)))
        .order_by(_R.id)
        .with_for_update(read=True, of=Registration.__table__)
    )  # fmt: skip
    return {row.id: Face(*row, None, None, None) for row in rows}
