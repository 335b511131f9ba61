"""What only the desk does to a registration; like `services`, called inside a unit of work."""

from __future__ import annotations

import hashlib
from datetime import datetime

from app.audit.services import record
from app.core.access import Actor
from app.core.clock import local
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.rules import cutoff_sentence
from app.extensions import db
from app.registration import mails
from app.registration.errors import ChangedMeanwhile, CutoffNotLater, MoveRefused, SeatsFull
from app.registration.flags import DOOR_MARKS, SEEN
from app.registration.models import Registration
from app.registration.rules import State
from app.registration.seats import add_seats, claim_seat, seat_waiting


def mark_of(registration: Registration) -> str:
    """A short digest of what a clerk saw of an entry; posted back with every decision."""
    seen = (
        registration.id,
        registration.state,
        registration.queue_no,
        registration.full_name,
        registration.position,
        registration.phone,
        registration.email,
        registration.honorific,
        sorted(registration.flags),
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def ensure_as_seen(registration: Registration, mark: str | None) -> None:
    """Call with the event locked and the entry read after that. Raises ChangedMeanwhile."""
    if mark != mark_of(registration):
        raise ChangedMeanwhile()


def open_flags(registration: Registration) -> list[str]:
    """The flags nobody at the desk has looked at."""
    return [
        flag for flag in registration.flags if flag not in DOOR_MARKS and not flag.startswith(SEEN)
    ]


def promote_one(
    registration: Registration,
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
    reason: str,
    open_seat: bool = False,
) -> None:
    """Seat somebody who waits, whoever stands before. ``open_seat``: add a seat when none is free.

    Raises MoveRefused when the entry does not wait, SeatsFull without a free seat, SeatsRefused
    beyond the hall's seats.
    """
    event = lock_event(registration.event_id)
    db.session.refresh(registration)
    if registration.state != State.WAITLISTED:
        raise MoveRefused()
    pool_id = claim_seat(event, participation.kind)
    if pool_id is None and open_seat:
        open_one_seat(event, by=by, now=now, reason=reason)
        pool_id = claim_seat(event, participation.kind)
    if pool_id is None:
        raise SeatsFull()
    seat_waiting(registration, participation, pool_id, by=by, now=now, reason=reason)


def open_one_seat(event: Event, *, by: Actor, now: datetime, reason: str) -> None:
    """One more general seat. Raises SeatsRefused beyond the hall's seats."""
    before = event.planned_seats
    add_seats(event, 1)
    record(
        "event.seats_opened",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        before={"planned_seats": before},
        after={"planned_seats": event.planned_seats},
        reason=reason,
    )


def clear_flag(registration: Registration, flag: str, *, by: Actor, now: datetime) -> None:
    """The desk has looked at it and leaves the entry as it is. A flag cleared before stays so."""
    lock_event(registration.event_id)
    db.session.refresh(registration)
    if flag not in registration.flags:
        return
    registration.flags = [SEEN + one if one == flag else one for one in registration.flags]
    db.session.flush()
    record(
        "registration.flag_cleared",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=registration.event_id,
        before={"flag": flag},
    )


def extend_cutoff(
    participation: Participation,
    until: datetime,
    *,
    by: Actor,
    now: datetime,
    reason: str,
    tell: bool = False,
) -> None:
    """This unit alone may enter, change and withdraw until then; ``tell``: by mail as well.

    Raises CutoffNotLater.
    """
    event = lock_event(participation.event_id)
    db.session.refresh(participation)
    if until <= event.cutoff_at or until <= now:
        raise CutoffNotLater()
    before, participation.cutoff_at = participation.cutoff_at, until
    db.session.flush()
    record(
        "participation.cutoff_extended",
        ("participation", participation.id),
        by=by,
        now=now,
        event_id=event.id,
        before={"cutoff_at": before.isoformat() if before else None},
        after={"cutoff_at": until.isoformat()},
        reason=reason,
    )
    if tell and participation.email:
        mails.tell_extended(participation, until, cutoff_sentence(local(until)), now=now)
