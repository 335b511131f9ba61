"""Whom digits or a row of the search mean: one at a time for a scan, many at once for a batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select

from app.checkin.errors import ScanRefused
from app.checkin.models import Presence, Scan
from app.checkin.results import Face
from app.core.prepared import Prepared
from app.core.tokens import ENTRY_CODE, Code, is_code, read_code
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration

if TYPE_CHECKING:  # late_scans says whom a scan means by this module's Subject
    from app.checkin.late_scans import LateScan


@dataclass(frozen=True)
class Subject:
    """Whom a scan means. ``face`` None: nobody of ours; ``current_code`` False: an old code."""

    face: Face | None
    current_code: bool = True
    same_event: bool = True


NOBODY = Subject(None)


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


def prove_early(scans: Iterable[LateScan]) -> None:
    """Digests of codes, before the database is locked: for the version that nearly all have, the
    first to bear their digit. `look_at` then finds them known (tokens.is_code)."""
    for one in scans:
        code = entry_code_in(one.code_text) if one.code_text is not None else None
        if code is not None:
            is_code(code, code.version_digit or 10)


@dataclass(frozen=True)
class Look:
    """What one statement says of a batch before anything is decided.

    ``subjects``: client id → whom that scan means, without a presence; ``present``: who has a
    presence, or had one; ``known``: whether any of these scans may be stored already.
    """

    subjects: Mapping[str, Subject]
    present: frozenset[int]
    known: bool


def look_at(event_id: int, scans: Iterable[LateScan]) -> Look:
    """PostgreSQL keeps these entries from changing until the transaction ends, SQLite has locked
    the whole database: the state a scan is judged by is the state at its commit.
    """
    by_client = {one.client_id: one for one in scans}
    codes = {
        one.client_id: entry_code_in(one.code_text)
        for one in by_client.values()
        if one.code_text is not None
    }
    ids = {code.thing_id for code in codes.values() if code is not None}
    ids |= {one.registration_id for one in by_client.values() if one.registration_id is not None}
    rows = _rows(ids, by_client)
    faces = {row.face.id: row.face for row in rows}
    return Look(
        {
            client_id: _subject(event_id, one, codes.get(client_id), faces)
            for client_id, one in by_client.items()
        },
        frozenset(row.face.id for row in rows if row.present),
        known=any(row.known for row in rows) or not rows,
    )


def _subject(
    event_id: int, scan: LateScan, code: Code | None, faces: Mapping[int, Face]
) -> Subject:
    if (scan.code_text is None) == (scan.registration_id is None):
        raise ScanRefused()
    if code is not None:
        return subject_of_code(event_id, code, faces.get(code.thing_id))
    face = faces.get(scan.registration_id) if scan.registration_id is not None else None
    return Subject(face) if face and face.event_id == event_id else NOBODY


def faces_of(ids: set[int]) -> dict[int, Face]:
    """Entries of any event, by id: the caller compares. Locked as by `look_at`."""
    return {row.face.id: row.face for row in _rows(ids, ())}


# ---------------------------------------------------------------- statement

_R, _P = Registration.__table__.c, Participation.__table__.c
_PRESENCE = Presence.__table__.c
_CLIENT_ID = Scan.__table__.c.client_id


class _Row(NamedTuple):
    face: Face
    present: bool
    known: bool


def _faces(meant: ColumnElement[bool], brought: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            _R.id, _R.event_id, _R.state, _R.full_name, _R.position, _R.code_version,
            _P.name.label("unit"),
            or_(  # each half has its index
                exists().where(_PRESENCE.registration_id == _R.id, _PRESENCE.undone_at.is_(None)),
                exists().where(
                    _PRESENCE.registration_id == _R.id, _PRESENCE.undone_at.is_not(None)
                ),
            ).label("present"),
            exists().where(brought).label("known"),
        )
        .select_from(
            Registration.__table__.join(Participation.__table__, _P.id == _R.participation_id)
        )
        .where(meant)
        .order_by(_R.id)
        .with_for_update(read=True, of=Registration.__table__)
    )  # fmt: skip


_FACES = _faces(
    _R.id.in_(bindparam("ids", expanding=True)),
    _CLIENT_ID.in_(bindparam("client_ids", expanding=True)),
)
_FACE_OF_ONE = Prepared(_faces(_R.id == bindparam("id"), _CLIENT_ID == bindparam("client_id")))


def _rows(ids: set[int], client_ids: Iterable[str]) -> Sequence[_Row]:
    if not ids:
        return []
    clients = sorted(client_ids)
    if len(ids) == len(clients) == 1:
        found = _FACE_OF_ONE.rows({"id": min(ids), "client_id": clients[0]})
    else:
        values = {"ids": sorted(ids), "client_ids": clients}
        found = [tuple(row) for row in db.session.connection().execute(_FACES, values)]
    return [_Row(Face._make((*row[:7], None, None, None)), row[7], row[8]) for row in found]
