"""Seats and the queue: the only code that changes `SeatPool.taken` and `queue_no` (design 4.1–4.5).

Every function is called with the event locked (events.queries.lock_event), inside a unit of work.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, bindparam, func, literal, select, update

from app.audit.services import record
from app.core.access import SYSTEM, Actor
from app.core.prepared import Prepared
from app.events.errors import SeatsRefused
from app.events.guests import GUEST_POOL, GuestKind, is_guest_pool
from app.events.models import Event, Participation, SeatPool
from app.events.queries import guest_seats
from app.events.services import general_pool, set_planned_seats
from app.extensions import db
from app.registration.mails import tell_promoted
from app.registration.models import Registration
from app.registration.rules import State, pool_order

_POOLS = Prepared(
    select(SeatPool.__table__.c.id, SeatPool.__table__.c.kinds)
    .where(SeatPool.__table__.c.event_id == bindparam("of_event"))
    .order_by(SeatPool.__table__.c.id)
)
_TAKE = Prepared(
    update(SeatPool.__table__)
    .where(
        SeatPool.__table__.c.id == bindparam("of_pool"),
        SeatPool.__table__.c.taken < SeatPool.__table__.c.seats,
    )
    .values(taken=SeatPool.__table__.c.taken + 1)
    .returning(SeatPool.__table__.c.id)
)


def seats_taken(event_id: Any) -> Select[int]:
    """How many delegates of the event (a value or a parameter) have a seat, without counting them:
    who is confirmed sits in a pool, by constraint, and each pool knows how many do (design 4.1)."""
    return select(func.coalesce(func.sum(SeatPool.taken), 0)).where(SeatPool.event_id == event_id)


def claim_seat(event: Event, kind: str) -> int | None:
    """Take a seat for a unit of this kind. → the pool's id, or None when none is free."""
    return take_seat(pool_order(kind, _POOLS.rows({"of_event": event.id})))


def take_seat(pool_ids: list[int]) -> int | None:
    """A seat of the first of these pools that has one free. → that pool's id."""
    return next((one for one in pool_ids if _TAKE.rows({"of_pool": one})), None)


def place(registration: Registration, event: Event, kind: str, *, now: datetime) -> None:
    """Give the entry a seat, or the next number in the queue (design 4.2)."""
    pool_id = claim_seat(event, kind)
    if pool_id is not None:
        registration.state = State.CONFIRMED
        registration.pool_id = pool_id
        registration.queue_no = None
        registration.seated_at = now
    else:
        event.queue_last += 1
        registration.state = State.WAITLISTED
        registration.queue_no = event.queue_last
        registration.pool_id = None


def free_seat(pool_id: int, event: Event, *, now: datetime) -> Registration | None:
    """Give a seat of this pool back; the next in the queue gets it and is told (design 4.5).

    A guest's seat is nobody else's: it goes with the guest.
    """
    db.session.flush()
    kinds = db.session.scalar(select(SeatPool.kinds).where(SeatPool.id == pool_id)) or []
    less = {"seats": SeatPool.seats - 1} if is_guest_pool(kinds) else {}
    db.session.execute(
        update(SeatPool)
        .where(SeatPool.id == pool_id)
        .values(taken=SeatPool.taken - 1, **less)
        .execution_options(synchronize_session=False)
    )
    promoted = promote_waiting(event, by=SYSTEM, now=now, most=1)
    return promoted[0] if promoted else None


def promote_waiting(
    event: Event, *, by: Actor, now: datetime, most: int | None = None
) -> list[Registration]:
    """Seat whoever waits, in the order of the queue, while seats they may use are free."""
    promoted: list[Registration] = []
    waiting = db.session.execute(
        select(Registration, Participation)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(Registration.event_id == event.id, Registration.state == State.WAITLISTED)
        .order_by(Registration.queue_no)
    ).all()
    full: set[str] = set()
    for registration, participation in waiting:
        if most is not None and len(promoted) >= most:
            break
        if participation.kind in full:
            continue
        pool_id = claim_seat(event, participation.kind)
        if pool_id is None:
            full.add(participation.kind)
            continue
        seat_waiting(registration, participation, pool_id, by=by, now=now)
        promoted.append(registration)
    return promoted


def seat_waiting(
    registration: Registration,
    participation: Participation,
    pool_id: int,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> None:
    before = registration.queue_no
    registration.state = State.CONFIRMED
    registration.pool_id = pool_id
    registration.queue_no = None
    registration.seated_at = now
    db.session.flush()
    record(
        "registration.promoted",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=registration.event_id,
        before={"state": State.WAITLISTED, "queue_no": before},
        after={"state": State.CONFIRMED},
        reason=reason,
    )
    tell_promoted(registration, participation, now=now)


def waiting_place(registration: Registration) -> int:
    """The place in the queue as people count it: 1 is next."""
    db.session.flush()
    return place_in_queue(registration.event_id, registration.queue_no or 0)


def place_in_queue(event_id: int, queue_no: int) -> int:
    """How many wait up to this number; of what is flushed."""
    ((place,),) = _WAITING_TO.rows({"of_event": event_id, "to": queue_no})
    return int(place)


_R = Registration.__table__.c
_WAITING_TO = Prepared(
    select(func.count())
    .select_from(Registration.__table__)
    .where(
        _R.event_id == bindparam("of_event"),
        _R.state == literal(State.WAITLISTED.value),
        _R.queue_no <= bindparam("to"),
    )
)


def add_seats(event: Event, more: int) -> None:
    """More general seats, not yet given to anybody. Raises SeatsRefused beyond the hall's seats."""
    if event.hall_seats is not None:
        used = event.planned_seats + guest_seats(event.id)
        if used + more > event.hall_seats:
            raise SeatsRefused(
                _l("Hội trường chỉ có %(seats)d ghế. Hãy mở ít chỗ hơn.", seats=event.hall_seats)
            )
    _read_pools_again(event)
    set_planned_seats(event, event.planned_seats + more)
    db.session.flush()


def add_guest_seat(event: Event) -> None:
    """One more seat in the guests' own pool, for whoever is entered next in this unit of work.

    Raises SeatsRefused when planned seats and guests together fill the hall.
    """
    used = event.planned_seats + guest_seats(event.id)
    if event.hall_seats is not None and used >= event.hall_seats:
        raise SeatsRefused(
            _l(
                "Hội trường có %(hall)d ghế, đã dành hết cho %(seats)d chỗ dự kiến và "
                "%(guests)d khách mời. Hãy tăng số ghế hoặc giảm số chỗ dự kiến.",
                hall=event.hall_seats, seats=event.planned_seats,
                guests=used - event.planned_seats,
            )
        )  # fmt: skip
    pools = db.session.scalars(
        select(SeatPool)
        .where(SeatPool.event_id == event.id)
        .execution_options(populate_existing=True)
    )
    pool = next((one for one in pools if is_guest_pool(one.kinds)), None)
    if pool is None:
        pool = SeatPool(event_id=event.id, name=GUEST_POOL, kinds=list(GuestKind), seats=0, taken=0)
        db.session.add(pool)
    pool.seats += 1
    db.session.flush()


def _read_pools_again(event: Event) -> None:
    """What was read before the event was locked, or changed by `claim_seat` since, is old."""
    db.session.scalars(
        select(SeatPool)
        .where(SeatPool.event_id == event.id)
        .execution_options(populate_existing=True)
    ).all()


def open_more_seats(
    event: Event, more: int, *, by: Actor, now: datetime, reason: str | None = None
) -> list[Registration]:
    """Add general seats, filled from the queue. Raises SeatsRefused beyond the hall's seats."""
    before = event.planned_seats
    add_seats(event, more)
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
    return promote_waiting(event, by=by, now=now)


def release_reserve(
    pool: SeatPool, event: Event, *, by: Actor, now: datetime, reason: str | None = None
) -> list[Registration]:
    """Move a reserve's free seats to everybody and fill them from the queue."""
    _read_pools_again(event)
    free = pool.seats - pool.taken
    pool.seats = pool.taken
    pool.released_at = now
    general_pool(event).seats += free
    db.session.flush()
    record(
        "event.reserve_released",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"reserve": pool.name, "seats": free},
        reason=reason,
    )
    return promote_waiting(event, by=by, now=now)
