"""A later cut-off for everybody: late entries taken in as if in time, units without an entry told.

Like `services`, called inside a unit of work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.events.errors import EventStateRefused
from app.events.models import Event, Participation, SeatPool
from app.events.queries import lock_event
from app.events.rules import EventState, Route
from app.extensions import db
from app.registration import mails, queries
from app.registration.errors import CutoffNotLater, ExtensionNeedsOpen
from app.registration.models import Registration
from app.registration.queries import Row
from app.registration.rules import ACTIVE, State, pool_order
from app.registration.services import accept_late


@dataclass(frozen=True)
class Taken:
    """A late entry that the new cut-off lets in; ``place``: in the queue, None with a seat."""

    registration: Registration
    participation: Participation
    place: int | None


@dataclass(frozen=True)
class Unregistered:
    """Units that should register and have not: with an address for a mail, and without."""

    reachable: Sequence[Participation]
    without: int


def late_before(event: Event, until: datetime) -> list[Row]:
    """Late entries nobody has decided that came before the new cut-off, the first received first."""
    return [
        Row(registration, participation, None)
        for registration, participation in db.session.execute(
            select(Registration, Participation)
            .join(Participation, Participation.id == Registration.participation_id)
            .where(
                Registration.event_id == event.id,
                Registration.state == State.LATE,
                Registration.received_at < until,
            )
            .order_by(Registration.received_at, Registration.id)
        )
    ]


def taking_in(pools: Sequence[SeatPool], waiting: int, late: Sequence[Row]) -> list[Taken]:
    """What each of them would get: a seat while one is free for its kind, else the queue's end."""
    free = {pool.id: pool.seats - pool.taken for pool in pools}
    orders = [(pool.id, pool.kinds) for pool in pools]
    found = []
    for row in late:
        usable = pool_order(row.participation.kind, orders)
        pool_id = next((one for one in usable if free[one] > 0), None)
        if pool_id is not None:
            free[pool_id] -= 1
        else:
            waiting += 1
        place = waiting if pool_id is None else None
        found.append(Taken(row.registration, row.participation, place))
    return found


def unregistered(event: Event) -> Unregistered:
    standing = select(Registration.participation_id).where(
        Registration.event_id == event.id, Registration.state.in_(ACTIVE)
    )
    units = db.session.scalars(
        select(Participation)
        .where(
            Participation.event_id == event.id,
            Participation.route == Route.REGISTRATION,
            Participation.id.not_in(standing),
        )
        .order_by(Participation.sort_key, Participation.id)
    ).all()
    reachable = [one for one in units if one.email]
    return Unregistered(reachable, len(units) - len(reachable))


def ensure_may_extend(event: Event, until: datetime, now: datetime) -> None:
    """Raises ExtensionNeedsOpen, and CutoffNotLater for what would shorten or is past already."""
    if event.state == EventState.ARCHIVED:
        raise EventStateRefused()
    if event.state != EventState.OPEN:
        raise ExtensionNeedsOpen()
    if until <= event.cutoff_at or until <= now:
        raise CutoffNotLater()


def extend_event(
    event: Event,
    until: datetime,
    words: str,
    *,
    take_in: bool,
    tell: bool,
    by: Actor,
    now: datetime,
    reason: str,
) -> tuple[list[Registration], int]:
    """Everybody may enter, change and withdraw until then. → (late entries taken in, units told).

    ``words``: the cut-off in the office's words. Late entries get a seat or their place in the
    order they came; `on_time` stays what it was when they came, as their receipts say.
    Raises ExtensionNeedsOpen, CutoffNotLater.
    """
    event = lock_event(event.id)
    ensure_may_extend(event, until, now)
    before = {"cutoff_at": event.cutoff_at.isoformat(), "cutoff_words": event.cutoff_words}
    event.cutoff_at, event.cutoff_words = until, words
    db.session.flush()
    taken = late_before(event, until) if take_in else []
    record(
        "event.cutoff_extended",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        before=before,
        after={
            "cutoff_at": until.isoformat(),
            "cutoff_words": words,
            "late_taken": len(taken),
        },
        reason=reason,
    )
    for row in taken:
        accept_late(row.registration, row.participation, by=by, now=now, reason=reason)
    told = unregistered(event).reachable if tell else []
    for participation in told:
        mails.tell_extended(participation, until, words, now=now)
    return [row.registration for row in taken], len(told)


def waiting_count(event: Event) -> int:
    return queries.tab_counts(event, queries.RegistrationFilter())["waitlisted"]
