"""Scans the desk should look at (Scan.remark), until somebody has. Writes inside a unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from app.audit.services import record
from app.checkin.door_presence import let_in
from app.checkin.errors import NoSeatToMark, ScanNotFound, SessionNotBegun
from app.checkin.models import Presence, Scan
from app.checkin.rules import How, Remark, SessionTime, session_time
from app.checkin.session_services import session_in
from app.core.access import Actor
from app.events.models import Event, EventSession, Participation
from app.events.queries import lock_event
from app.events.services import ensure_editable
from app.extensions import db
from app.registration.errors import RegistrationNotFound
from app.registration.models import Registration
from app.registration.rules import State


@dataclass(frozen=True)
class Remarked:
    """One scan with what it is about. ``presence``: that stands now for this person, session."""

    scan: Scan
    registration: Registration | None
    participation: Participation | None
    presence: Presence | None
    session_name: str

    @property
    def may_mark_present(self) -> bool:
        """Whether the desk may say that this person was there after all."""
        return (
            self.registration is not None
            and self.registration.state == State.CONFIRMED
            and self.presence is None
            and self.scan.session_id is not None
        )

    @property
    def may_enter(self) -> bool:
        """Whether the door's form helps: a walk-in that failed, or who has no seat any more."""
        if self.registration is None:
            return self.scan.how == How.WALK_IN
        return self.registration is not None and self.registration.state != State.CONFIRMED


def open_remarks(event: Event, *, most: int = 30) -> tuple[list[Remarked], int]:
    """The oldest first, and how many there are in all."""
    open_ones = (Scan.event_id == event.id, Scan.remark.is_not(None), Scan.settled_at.is_(None))
    total = db.session.scalar(select(func.count()).select_from(Scan).where(*open_ones)) or 0
    if not total:
        return [], 0
    rows = db.session.execute(
        select(Scan, Registration, Participation, Presence, EventSession.name)
        .outerjoin(Registration, Registration.id == Scan.registration_id)
        .outerjoin(Participation, Participation.id == Registration.participation_id)
        .outerjoin(
            Presence,
            and_(
                Presence.registration_id == Scan.registration_id,
                Presence.session_id == Scan.session_id,
                Presence.undone_at.is_(None),
            ),
        )
        .outerjoin(EventSession, EventSession.id == Scan.session_id)
        .where(*open_ones)
        .order_by(Scan.counted_at, Scan.id)
        .limit(most)
    )
    return [Remarked(row[0], row[1], row[2], row[3], row[4] or "") for row in rows], total


def scan_in(event: Event, scan_id: int) -> Scan:
    """Raises ScanNotFound for another event's scan."""
    scan = db.session.get(Scan, scan_id, populate_existing=True)
    if scan is None or scan.event_id != event.id:
        raise ScanNotFound()
    return scan


def settle(event: Event, scan_id: int, *, by: Actor, now: datetime) -> Scan:
    """Somebody has looked at it. Twice is once."""
    lock_event(event.id)
    scan = scan_in(event, scan_id)
    if scan.remark is None or scan.settled_at is not None:
        return scan
    scan.settled_at, scan.settled_by = now, by.label[:200]
    db.session.flush()
    record(
        "checkin.settled",
        ("scan", scan.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"remark": scan.remark, "gate": scan.gate_name},
    )
    return scan


def mark_present(
    event: Event,
    registration_id: int,
    session_id: int,
    *,
    at: datetime,
    by: Actor,
    now: datetime,
    gate_name: str | None = None,
) -> Presence:
    """The desk says that somebody with a seat is, or was, in a session.

    Raises RegistrationNotFound, SessionNotFound, NoSeatToMark, SessionNotBegun (a slip of the
    hand days before would stand in the report), EventStateRefused (archived).
    """
    event = lock_event(event.id)
    ensure_editable(event)
    registration = db.session.get(Registration, registration_id, populate_existing=True)
    if registration is None or registration.event_id != event.id:
        raise RegistrationNotFound()
    if registration.state != State.CONFIRMED:
        raise NoSeatToMark()
    session = session_in(event, session_id)
    if session_time(session, now) == SessionTime.TOO_EARLY:
        raise SessionNotBegun()
    return let_in(
        registration, session, at=at, now=now, gate_name=gate_name or by.label, by=by, how=How.DESK
    )


def mark_scanned_present(event: Event, scan_id: int, *, by: Actor, now: datetime) -> Presence:
    """The person of this scan was there when it says; of a wrong clock, when it arrived. Settles it."""
    scan = scan_in(event, scan_id)
    if scan.registration_id is None or scan.session_id is None:
        raise NoSeatToMark()
    at = scan.arrived_at if scan.remark == Remark.CLOCK else scan.counted_at
    presence = mark_present(
        event, scan.registration_id, scan.session_id,
        at=min(at, now), by=by, now=now, gate_name=scan.gate_name,
    )  # fmt: skip
    settle(event, scan_id, by=by, now=now)
    return presence
