"""Scans that came before: the same client id gets what it was answered then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select

from app.checkin.faces import Subject, faces_of
from app.checkin.late_scans import LateScan, Merged
from app.checkin.models import Scan
from app.checkin.presences import arrivals_of
from app.checkin.results import SessionFacts
from app.checkin.rules import Outcome, Remark
from app.extensions import db

_KNOWN = select(Scan.__table__).where(
    Scan.__table__.c.client_id.in_(bindparam("client_ids", expanding=True))
)


def known_scans(client_ids: set[str]) -> dict[str, Any]:
    rows = db.session.connection().execute(_KNOWN, {"client_ids": sorted(client_ids)})
    return {row.client_id: row for row in rows}


def answered_before(
    event_id: int,
    sessions: Mapping[int, SessionFacts],
    scans: Sequence[LateScan],
    known: Mapping[str, Any],
) -> dict[str, Merged]:
    """Stored before: the same outcome; where somebody is in, when and where that is now."""
    rows = [known[one.client_id] for one in scans]
    faces = faces_of({row.registration_id for row in rows if row.registration_id is not None})
    presences = arrivals_of({row.presence_id for row in rows if row.presence_id is not None})
    found = {}
    for scan, row in zip(scans, rows, strict=True):
        of_event = row.event_id == event_id
        found[scan.client_id] = Merged(
            scan,
            Subject(faces.get(row.registration_id) if of_event else None),
            sessions.get(row.session_id),
            Outcome(row.outcome) if of_event else Outcome.WRONG_EVENT,
            Remark(row.remark) if row.remark and of_event else None,
            presences.get(row.presence_id) if of_event else None,
            repeat=True,
        )
    return found
