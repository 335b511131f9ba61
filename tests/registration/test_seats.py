"""Seats and the queue: what must always hold, under any order of events (design 4.1–4.5)."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.events.errors import SeatsRefused
from app.events.models import Event, Participation, SeatPool
from app.events.queries import lock_event
from app.extensions import db
from app.mail.models import Message
from app.registration import desk_services, entering, seats, services
from app.registration.errors import SeatsFull
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.rules import State
from tests.factories.events import DESK, make_event, make_unit, participations
from tests.factories.registration import (
    IN_TIME,
    TOO_LATE,
    assert_seats_hold,
    enter,
    fill,
    person,
    unit_actor,
)

RESERVE = {"name": "Đại biểu mời", "kinds": ["department"], "seats": 1}
numbers = itertools.count(1)


@pytest.mark.both_databases
def test_a_freed_seat_goes_to_the_first_who_waits(app: Flask) -> None:
    event = make_event(seats=1, units=3)
    first, second, third = fill(event, 3)
    with unit_of_work():
        got = services.withdraw(first, first.participation, by=DESK, now=IN_TIME, reason="ốm")
    assert got is second
    assert (second.state, second.queue_no, third.state) == ("confirmed", None, "waitlisted")
    assert seats.waiting_place(third) == 1
    assert db.session.scalar(select(Message.purpose).where(Message.template == "promoted")) == (
        f"promoted:{second.id}"
    )
    assert_seats_hold(event.id)


def test_a_replacement_keeps_seat_and_place(app: Flask) -> None:
    event = make_event(seats=1, units=3)
    first, second, third = fill(event, 3)
    number = second.queue_no
    with unit_of_work():
        new = services.replace(
            second, second.participation, Entry("Tạ Đăng Khuê", "Hiệu trưởng"), by=DESK, now=IN_TIME
        )
    assert (new.registration.queue_no, new.place) == (number, 1)
    assert (second.state, second.queue_no) == ("replaced", None)
    assert seats.waiting_place(third) == 2
    assert_seats_hold(event.id)


def test_a_reserve_is_for_its_kinds_until_released(app: Flask) -> None:
    event = make_event(seats=2, units=3, reserves=[RESERVE])
    first, second, third = fill(event, 3)
    assert [one.state for one in (first, second, third)] == [
        "confirmed", "waitlisted", "waitlisted",
    ]  # fmt: skip
    reserve = db.session.scalars(select(SeatPool).where(SeatPool.name == "Đại biểu mời")).one()
    with unit_of_work():
        promoted = seats.release_reserve(
            db.session.get_one(SeatPool, reserve.id), lock_event(event.id), by=DESK, now=IN_TIME
        )
    assert promoted == [second]
    assert (reserve.seats, reserve.taken) == (0, 0)
    assert_seats_hold(event.id)


def test_more_seats_are_filled_in_the_order_of_the_queue(app: Flask) -> None:
    event = make_event(seats=1, units=4)
    _, second, third, fourth = fill(event, 4)
    with unit_of_work():
        promoted = seats.open_more_seats(lock_event(event.id), 2, by=DESK, now=IN_TIME)
    assert promoted == [second, third]
    assert (event.planned_seats, fourth.state) == (3, "waitlisted")
    assert_seats_hold(event.id)


def test_no_more_seats_than_the_hall_has(app: Flask) -> None:
    event = make_event(seats=2, units=1, hall_seats=3)
    with pytest.raises(SeatsRefused, match="3 ghế"), unit_of_work():
        seats.open_more_seats(lock_event(event.id), 2, by=DESK, now=IN_TIME)
    assert db.session.get_one(Event, event.id).planned_seats == 2


def test_promoting_out_of_order_needs_a_free_seat(app: Flask) -> None:
    event = make_event(seats=1, units=3)
    _, second, third = fill(event, 3)
    with pytest.raises(SeatsFull), unit_of_work():
        desk_services.promote_one(third, third.participation, by=DESK, now=IN_TIME, reason="cần")
    with unit_of_work():
        desk_services.promote_one(
            third, third.participation, by=DESK, now=IN_TIME, reason="cần", open_seat=True
        )
    assert (second.state, third.state, event.planned_seats) == ("waitlisted", "confirmed", 2)
    assert_seats_hold(event.id)


# ---------------------------------------------------------------- any order of events

PEOPLE = [person(index) for index in range(6)]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["enter", "enter", "enter", "late", "replace", "withdraw", "reject", "promote",
             "accept", "open", "release", "amend"]
        ),
        st.integers(0, 6),
        st.integers(0, 5),
    ),
    max_size=25,
)  # fmt: skip


def act(event_id: int, unit_id: int, what: str, who: int, now: datetime) -> None:
    """One step; refusals are answers too."""
    name = PEOPLE[who]
    unit = db.session.get_one(Participation, unit_id)
    with unit_of_work():
        event = lock_event(event_id)
        standing = services.active_of(unit_id)
        mine = standing[who % len(standing)] if standing else None
        entry = Entry(name, "Hiệu trưởng" if who % 2 else "Giáo viên")
        if what in ("enter", "late"):
            entering.register(
                unit, entry, by=unit_actor(unit), now=TOO_LATE if what == "late" else now
            )
        elif what == "open":
            seats.open_more_seats(event, 1, by=DESK, now=now)
        elif what == "release":
            pool = next(pool for pool in event.pools if pool.kinds)
            seats.release_reserve(pool, event, by=DESK, now=now)
        elif mine is not None:
            decide: dict[str, Callable[[], object]] = {
                "replace": lambda: services.replace(mine, unit, entry, by=DESK, now=now),
                "amend": lambda: services.amend(mine, unit, entry, by=DESK, now=now),
                "withdraw": lambda: services.withdraw(mine, unit, by=DESK, now=now),
                "reject": lambda: services.reject(mine, unit, by=DESK, now=now, sentence="không"),
                "accept": lambda: services.accept_late(mine, unit, by=DESK, now=now),
                "promote": lambda: desk_services.promote_one(
                    mine, unit, by=DESK, now=now, reason="cần", open_seat=bool(who % 2)
                ),
            }
            decide[what]()


def play(steps: list[tuple[str, int, int]]) -> None:
    number = next(numbers)
    with unit_of_work():
        for name in ("A", "B"):
            make_unit(f"P{number}{name}", f"Phòng {number} {name}", kind="department")
    event = make_event(seats=3, units=0, reserves=[RESERVE], slug=f"thu-{number}", unit_quota=2)
    units = participations(event)[:7]
    event_id, unit_ids = event.id, [unit.id for unit in units]
    for minute, (what, which, who) in enumerate(steps):
        before = queue(event_id)
        try:
            act(
                event_id,
                unit_ids[which % len(unit_ids)],
                what,
                who,
                IN_TIME + timedelta(minutes=minute),
            )
        except DomainError:
            db.session.rollback()
        assert_seats_hold(event_id)
        after = queue(event_id)
        stayed = [one for one in before if one in after]
        assert [one for one in after if one in stayed] == stayed, "the queue changed its order"
    flags_hold(event_id)


def queue(event_id: int) -> list[int]:
    """Slots of units in the order of the queue."""
    return list(
        db.session.scalars(
            select(Registration.participation_id * 10 + Registration.slot)
            .where(Registration.event_id == event_id, Registration.state == State.WAITLISTED)
            .order_by(Registration.queue_no)
        )
    )


def flags_hold(event_id: int) -> None:
    """Who stands for two units is flagged, nobody else is."""
    active = db.session.scalars(
        select(Registration).where(
            Registration.event_id == event_id,
            Registration.state.in_(services.ACTIVE),
        )
    ).all()
    for one in active:
        elsewhere = any(
            two.person_key == one.person_key and two.participation_id != one.participation_id
            for two in active
        )
        assert ("same_person" in one.flags) is elsewhere
        asked = one.participation.route == "registration"  # P13: a committee sends whom it likes
        assert ("not_leader" in one.flags) is (asked and one.position == "Giáo viên")


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_happens_seats_and_queue_hold(
    app: Flask, five_schools: None, steps: list[tuple[str, int, int]]
) -> None:
    play(steps)


@pytest.fixture
def five_schools(app: Flask) -> None:
    with unit_of_work():
        for number in range(1, 6):
            make_unit(f"THPT-{number:03d}", f"Trường THPT Thử {number:03d}")


@pytest.mark.postgres_only
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_whatever_happens_seats_and_queue_hold_on_postgresql(
    app: Flask, database_kind: str, five_schools: None, steps: list[tuple[str, int, int]]
) -> None:
    play(steps)


# ---------------------------------------------------------------- at once


def at_once(app: Flask, works: list[Callable[[], object]]) -> list[object]:
    """Each piece of work in its own thread and application context. → results or refusals."""
    gate = threading.Barrier(len(works))
    answers: list[object] = [None] * len(works)

    def run(index: int, work: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                answers[index] = work()
            except DomainError as error:
                answers[index] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.both_databases
def test_many_units_at_once_get_each_seat_once(app: Flask) -> None:
    event = make_event(seats=3, units=12)
    units = [unit.id for unit in participations(event)]
    event_id = event.id
    db.session.remove()

    def entry(unit_id: int) -> Callable[[], str]:
        def work() -> str:
            with unit_of_work():
                unit = db.session.get_one(Participation, unit_id)
                return entering.register(
                    unit, Entry(person(unit_id), "Hiệu trưởng"), by=unit_actor(unit), now=IN_TIME
                ).registration.state

        return work

    states = at_once(app, [entry(unit_id) for unit_id in units])
    assert sorted(map(str, states)) == ["confirmed"] * 3 + ["waitlisted"] * 9
    assert_seats_hold(event_id)


@pytest.mark.both_databases
def test_one_unit_many_times_at_once_has_one_entry(app: Flask) -> None:
    event = make_event(seats=3, units=1)
    unit_id, event_id = participations(event)[0].id, event.id
    db.session.remove()

    def work() -> int:
        with unit_of_work():
            unit = db.session.get_one(Participation, unit_id)
            return entering.register(
                unit, Entry("Tạ Đăng Khuê", "Hiệu trưởng"), by=unit_actor(unit), now=IN_TIME
            ).registration.id

    assert len(set(at_once(app, [work] * 8))) == 1
    assert_seats_hold(event_id)


@pytest.mark.both_databases
def test_two_promotions_at_once_give_one_free_seat_once(app: Flask) -> None:
    """Planned seats were raised without filling them: one is free, two clerks give it away."""
    event = make_event(seats=1, units=3)
    _, second, third = fill(event, 3)
    with unit_of_work():
        seats.add_seats(lock_event(event.id), 1)  # free, not yet given away
    ids, event_id = (second.id, third.id), event.id
    db.session.remove()

    def promote(registration_id: int) -> Callable[[], str]:
        def work() -> str:
            with unit_of_work():
                one = db.session.get_one(Registration, registration_id)
                desk_services.promote_one(one, one.participation, by=DESK, now=IN_TIME, reason="x")
                return str(one.state)

        return work

    answers = at_once(app, [promote(one) for one in ids])
    assert sorted(type(one).__name__ for one in answers) == ["SeatsFull", "str"]
    assert_seats_hold(event_id)


@pytest.mark.both_databases
def test_two_withdrawals_at_once_seat_two(app: Flask) -> None:
    event = make_event(seats=2, units=5)
    entries = [one.id for one in fill(event, 5)]
    event_id = event.id
    db.session.remove()

    def leave(registration_id: int) -> Callable[[], None]:
        def work() -> None:
            with unit_of_work():
                one = db.session.get_one(Registration, registration_id)
                services.withdraw(one, one.participation, by=DESK, now=IN_TIME)

        return work

    at_once(app, [leave(entries[0]), leave(entries[1]), leave(entries[0])])
    states = [db.session.get_one(Registration, one).state for one in entries]
    assert states == ["withdrawn", "withdrawn", "confirmed", "confirmed", "waitlisted"]
    assert_seats_hold(event_id)


def test_late_entries_wait_for_the_desk(app: Flask) -> None:
    event = make_event(seats=1, units=3)
    first, second, third = participations(event)
    enter(first, "Phạm Thu Hiên")
    late = enter(second, "Tạ Đăng Khuê", now=TOO_LATE).registration
    other = enter(third, "Cao Thị Nhàn", now=TOO_LATE).registration
    assert (late.state, late.queue_no, late.pool_id) == ("late", None, None)
    with unit_of_work():
        outcome = services.accept_late(late, second, by=DESK, now=TOO_LATE)
    assert (late.state, outcome.place) == ("waitlisted", 1)
    with unit_of_work():
        services.reject(other, third, by=DESK, now=TOO_LATE, sentence="Đã đủ người.")
    assert (other.state, other.desk_reason) == ("rejected", "Đã đủ người.")
    assert_seats_hold(event.id)
