"""Undoing and calling the desk; scans are in `scanning`. Callers open the unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.audit.services import record
from app.checkin import queries
from app.checkin.errors import NotOwnPresence, PresenceNotFound, ScanRefused
from app.checkin.models import Presence, Scan
from app.core.access import Actor
from app.core.policies import can_admit
from app.events.models import Event
from app.extensions import db
from app.registration.models import Registration


@dataclass(frozen=True)
class Undone:
    """``changed`` is False when somebody had undone it already."""

    presence: Presence
    registration: Registration
    changed: bool


def undo(event: Event, presence_id: int, *, by: Actor, now: datetime) -> Undone:
    """Take a presence back; its row stays, and a later scan makes a new one.

    A steward's gate may undo its own only, a supervisor's any. Raises PresenceNotFound, NotOwnPresence.
    """
    row = db.session.execute(
        select(Presence, Registration)
        .join(Registration, Registration.id == Presence.registration_id)
        .where(Presence.id == presence_id, Presence.event_id == event.id)
        .with_for_update(of=Presence)
    ).one_or_none()
    if row is None:
        raise PresenceNotFound()
    presence, registration = row
    if not can_admit(by) and presence.gate_name != by.label:
        raise NotOwnPresence()
    if presence.undone_at is not None:
        return Undone(presence, registration, changed=False)
    presence.undone_at = now
    presence.undone_by = by.label[:200]
    db.session.flush()
    record(
        "checkin.undone",
        ("registration", presence.registration_id),
        by=by,
        now=now,
        event_id=event.id,
        before={"at": presence.at.isoformat(), "gate": presence.gate_name},
        after={"presence": presence.id},
    )
    return Undone(presence, registration, changed=True)


def call_desk(event: Event, client_id: str, *, by: Actor, now: datetime) -> Scan:
    """A gate sends somebody to the desk: the refused scan goes to the top there. Twice is once."""
    scan = queries.scan_of(client_id)
    if scan is None or scan.event_id != event.id:
        raise ScanRefused()
    known = db.session.scalar(
        select(AuditEntry.id).where(
            AuditEntry.thing_type == "scan",
            AuditEntry.thing_id == scan.id,
            AuditEntry.action == queries.DESK_CALLED,
        )
    )
    if known is None:
        record(
            queries.DESK_CALLED,
            ("scan", scan.id),
            by=by,
            now=now,
            event_id=event.id,
            after={"gate": scan.gate_name, "outcome": scan.outcome},
        )
    return scan
