"""Scans the desk should look at (Scan.remark), until somebody has. Writes inside a unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.audit.services import record
from app.checkin.door_presence import let_in
from app.checkin.errors import NoSeatToMark, ScanNotFound, SessionNotBegun
from app.checkin.models import Presence, Scan
from app.checkin.places import place_name
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
    """One scan with what it is about. ``presence``: that stands now for this person, session.
    ``others``: of a double, the later scans of the same person and session."""

    scan: Scan
    registration: Registration | None
    participation: Participation | None
    presence: Presence | None
    session_name: str
    others: tuple[Scan, ...] = ()

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
    """The oldest first, and how many there are in all; a double with all its scans is one."""
    open_ones = (*_open(Scan, event.id), Scan.remark.is_not(None), ~_follows())
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
    found = [Remarked(row[0], row[1], row[2], row[3], row[4] or "") for row in rows]
    others = _others(event.id, [one.scan for one in found])
    return [replace(one, others=others.get(one.scan.id, ())) for one in found], total


def _open(scan: Any, event_id: int | InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
    return scan.event_id == event_id, scan.settled_at.is_(None)


def _follows() -> ColumnElement[bool]:
    """This scan is a double and not the first open one of its person and session."""
    first = aliased(Scan)
    return and_(
        Scan.remark == Remark.DOUBLE,
        select(first.id)
        .where(
            *_open(first, Scan.event_id),
            first.remark == Remark.DOUBLE,
            first.registration_id == Scan.registration_id,
            first.session_id == Scan.session_id,
            or_(
                first.counted_at < Scan.counted_at,
                and_(first.counted_at == Scan.counted_at, first.id < Scan.id),
            ),
        )
        .exists(),
    )


def _others(event_id: int, firsts: list[Scan]) -> dict[int, tuple[Scan, ...]]:
    """A double's first scan → its later ones."""
    doubles = {
        (one.registration_id, one.session_id): one.id
        for one in firsts
        if one.remark == Remark.DOUBLE
    }
    if not doubles:
        return {}
    rows = db.session.scalars(
        select(Scan)
        .where(
            *_open(Scan, event_id),
            Scan.remark == Remark.DOUBLE,
            Scan.registration_id.in_({person for person, _session in doubles}),
            Scan.id.not_in(doubles.values()),
        )
        .order_by(Scan.counted_at, Scan.id)
    )
    found: dict[int, tuple[Scan, ...]] = {}
    for one in rows:
        first = doubles.get((one.registration_id, one.session_id))
        if first is not None:
            found[first] = (*found.get(first, ()), one)
    return found


def scan_in(event: Event, scan_id: int) -> Scan:
    """Raises ScanNotFound for another event's scan."""
    scan = db.session.get(Scan, scan_id, populate_existing=True)
    if scan is None or scan.event_id != event.id:
        raise ScanNotFound()
    return scan


def settle(event: Event, scan_id: int, *, by: Actor, now: datetime) -> Scan:
    """Somebody has looked at it; at a double, at all its scans. Twice is once."""
    lock_event(event.id)
    scan = scan_in(event, scan_id)
    if scan.remark is None or scan.settled_at is not None:
        return scan
    for one in (scan, *_same_double(scan)):
        one.settled_at, one.settled_by = now, by.label[:200]
        db.session.flush()
        record(
            "checkin.settled",
            ("scan", one.id),
            by=by,
            now=now,
            event_id=event.id,
            after={"remark": one.remark, "gate": one.gate_name},
        )
    return scan


def _same_double(scan: Scan) -> Sequence[Scan]:
    if scan.remark != Remark.DOUBLE:
        return []
    return db.session.scalars(
        select(Scan).where(
            *_open(Scan, scan.event_id),
            Scan.remark == Remark.DOUBLE,
            Scan.registration_id == scan.registration_id,
            Scan.session_id == scan.session_id,
            Scan.id != scan.id,
        )
    ).all()


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
        registration,
        session,
        at=at,
        now=now,
        gate_name=gate_name or place_name(by),
        by=by,
        how=How.DESK,
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
