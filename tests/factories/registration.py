"""Entries made through the services, as units and the desk make them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core.access import Actor
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.guests import is_guest_pool
from app.events.models import Event, Participation, SeatPool
from app.extensions import db
from app.registration.entering import register
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.rules import ACTIVE, State
from app.registration.services import Outcome

IN_TIME = from_local(datetime(2024, 2, 26, 9, 0))
TOO_LATE = from_local(datetime(2024, 3, 5, 17, 0))


def unit_actor(participation: Participation) -> Actor:
    return Actor("unit", str(participation.id), participation.name, event_id=participation.event_id)


def enter(
    participation: Participation,
    name: str | None = "Phạm Thu Hiên",
    position: str = "Hiệu trưởng",
    *,
    now: datetime = IN_TIME,
    by: Actor | None = None,
    source: str = "web",
    **values: Any,
) -> Outcome:
    """One entry in a unit of work of its own."""
    with unit_of_work():
        return register(
            db.session.get_one(Participation, participation.id),
            Entry(name, position, **values),
            by=by or unit_actor(participation),
            now=now,
            source=source,
        )


def fill(event: Event, number: int, *, now: datetime = IN_TIME) -> list[Registration]:
    """The first units of the event, one minute after another: Người Thử A, B, C …"""
    units = db.session.scalars(
        select(Participation)
        .where(Participation.event_id == event.id)
        .order_by(Participation.id)
        .limit(number)
    ).all()
    return [
        enter(unit, person(index), now=now + timedelta(minutes=index)).registration
        for index, unit in enumerate(units)
    ]


def person(index: int) -> str:
    letters = "ABCDEGHIKLMNOPQRSTUVXY"
    first, second = divmod(index, len(letters))
    return f"Người Thử {letters[first % len(letters)]}{letters[second].lower()}"


def standing(event: Event) -> list[Registration]:
    return list(
        db.session.scalars(
            select(Registration)
            .where(Registration.event_id == event.id, Registration.state.in_(ACTIVE))
            .order_by(Registration.id)
            .execution_options(populate_existing=True)
        )
    )


def assert_seats_hold(event_id: int) -> None:
    """Design 4.1–4.5 on what is stored."""
    db.session.expire_all()
    event = db.session.get_one(Event, event_id)
    pools = db.session.scalars(select(SeatPool).where(SeatPool.event_id == event_id)).all()
    everyone = db.session.scalars(
        select(Registration).where(Registration.event_id == event_id)
    ).all()
    seated = [one for one in everyone if one.state == State.CONFIRMED]
    waiting = sorted(
        (one for one in everyone if one.state == State.WAITLISTED), key=lambda one: one.queue_no
    )
    for pool in pools:
        assert pool.taken == sum(one.pool_id == pool.id for one in seated)
        assert 0 <= pool.taken <= pool.seats
    guests = sum(pool.seats for pool in pools if is_guest_pool(pool.kinds))
    assert sum(pool.seats for pool in pools) == event.planned_seats + guests
    assert event.hall_seats is None or event.planned_seats + guests <= event.hall_seats
    assert len({one.queue_no for one in waiting}) == len(waiting)
    for pool in pools:
        if pool.taken < pool.seats:
            for one in waiting:
                may_sit = not pool.kinds or one.participation.kind in pool.kinds
                assert not may_sit, "a seat stands free while one waits"
    for participation_id in {one.participation_id for one in everyone}:
        unit = db.session.get_one(Participation, participation_id)
        active = [
            one for one in everyone if one.participation_id == unit.id and one.state in ACTIVE
        ]
        assert len(active) <= (unit.quota or event.unit_quota)
        assert len({one.slot for one in active}) == len(active)
