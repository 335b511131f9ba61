"""Who was there: one reading for report, board, sheets and confirmations; sums that agree."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from app.checkin.attendance import (
    THERE,
    Attendance,
    Delegate,
    Mark,
    SessionMark,
    Unit,
    substitutes,
    unit_mark,
    walk_ins,
)
from app.checkin.attendance import attendance as read
from app.checkin.attendance_totals import by_group, figures, rate, total, why_absent
from app.checkin.models import ExcusedAbsence, Presence
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event, EventSession, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.rules import State
from app.registration.services import replace, withdraw
from tests.factories.checkin import MORNING
from tests.factories.events import DESK, make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, TOO_LATE, enter

STARTS = from_local(datetime(2024, 3, 13, 8, 0))


@pytest.fixture
def event(app: Flask, database_kind: str) -> Event:
    """Six schools, four seats; the morning begins at 8, late from 8:15."""
    event = make_event(seats=4, units=6)
    with unit_of_work():
        morning, afternoon = db.session.get_one(Event, event.id).sessions
        morning.starts_at, morning.late_after = STARTS, 15
        afternoon.starts_at = STARTS + timedelta(hours=5)
    return event


def present(
    entry: Registration, session: EventSession, minutes: float = -10, how: str = "scan"
) -> None:
    with unit_of_work():
        db.session.add(
            Presence(
                event_id=entry.event_id, session_id=session.id, registration_id=entry.id,
                at=session.starts_at + timedelta(minutes=minutes), gate_name="Cổng A", by="Cổng A",
                how=how,
            )
        )  # fmt: skip


def excuse(entry: Registration, session: EventSession, reason: str = "phà tạm dừng") -> None:
    with unit_of_work():
        db.session.add(
            ExcusedAbsence(
                event_id=entry.event_id, session_id=session.id, registration_id=entry.id,
                reason=reason, at=IN_TIME, by="Bàn",
            )
        )  # fmt: skip


def fresh(event: Event) -> Event:
    db.session.rollback()
    return db.session.get_one(Event, event.id)


@pytest.mark.both_databases
def test_each_delegate_and_session_has_one_mark(event: Event) -> None:
    units = participations(event)
    one, two, three, four = (enter(unit, f"Phạm Thu Hiên {n}").registration for n, unit in
                             zip("ABCD", units[:4], strict=True))  # fmt: skip
    enter(units[4], "Phạm Thu Hiên E")  # waits
    morning, afternoon = fresh(event).sessions
    present(one, morning, 14.99)
    present(one, afternoon, 200)  # nobody is late there
    present(two, morning, 15)
    excuse(two, afternoon)
    excuse(three, morning)
    excuse(three, afternoon, "")
    present(four, morning, 90, how="paper")  # a signature has no time
    excuse(four, morning)  # said before; came nevertheless
    found = read(fresh(event))
    marks = {line.name[-1]: [mark.mark for mark in line.marks] for line in found.delegates}
    assert marks == {
        "A": [Mark.PRESENT, Mark.PRESENT], "B": [Mark.LATE, Mark.EXCUSED],
        "C": [Mark.EXCUSED, Mark.EXCUSED], "D": [Mark.PRESENT, Mark.ABSENT],
    }  # fmt: skip
    first = found.delegates[0].marks[0]
    assert (first.at, first.how, first.gate) == (
        STARTS + timedelta(minutes=14.99),
        "scan",
        "Cổng A",
    )
    assert [why_absent(unit) for unit in found.absent_units] == [
        "Có lý do: phà tạm dừng", "Không có chỗ (danh sách chờ)", "Không đăng ký",
    ]  # fmt: skip
    sums = total(found)
    assert (sums.called, sums.registered, sums.came, sums.excused, sums.absent) == (6, 4, 3, 1, 2)
    assert str(sums.rate) == "50.0"
    session = sums.sessions[0]
    assert (session.present, session.late, session.excused, session.absent) == (3, 1, 1, 2)


@pytest.mark.both_databases
def test_who_was_let_in_and_lost_the_seat_since_was_there(event: Event) -> None:
    unit = participations(event)[0]
    first = enter(unit, "Phạm Thu Hiên").registration
    present(first, fresh(event).sessions[0])
    with unit_of_work():
        one = db.session.get_one(Registration, first.id)
        replace(one, one.participation, Entry("Vũ Thị Lan", "Hiệu trưởng"), by=DESK, now=IN_TIME)
    found = read(fresh(event))
    assert [(one.name, one.state, one.came) for one in found.delegates] == [
        ("Phạm Thu Hiên", State.REPLACED, True), ("Vũ Thị Lan", State.CONFIRMED, False),
    ]  # fmt: skip
    assert next(one for one in found.units if one.id == unit.id).came
    with unit_of_work():
        db.session.query(Presence).one().undone_at = MORNING
    assert [one.name for one in read(fresh(event)).delegates] == ["Vũ Thị Lan"]


@pytest.mark.parametrize(
    ("state", "words"),
    [("none", "Không đăng ký"), ("withdrawn", "Đã rút đăng ký"), ("confirmed", "Chưa rõ lý do"),
     ("late", "Đăng ký quá hạn, chưa được nhận")],
)  # fmt: skip
def test_why_a_unit_was_absent(app: Flask, state: str, words: str) -> None:
    event = make_event(units=1)
    unit = participations(event)[0]
    if state != "none":
        entry = enter(unit, now=TOO_LATE if state == "late" else IN_TIME).registration
    if state == "withdrawn":
        with unit_of_work():
            one = db.session.get_one(Registration, entry.id)
            withdraw(one, one.participation, by=DESK, now=IN_TIME)
    assert [why_absent(one) for one in read(fresh(event)).absent_units] == [words]


def test_a_guest_from_the_door_is_there_without_having_been_called(event: Event) -> None:
    with unit_of_work():
        guest = Participation(
            event_id=event.id, route="guest", code="K-1", name="Báo Hải Phòng", short_name="",
            kind="guest",
        )  # fmt: skip
        db.session.add(guest)
        db.session.flush()
        entry = Registration(
            event_id=event.id, participation_id=guest.id, state="confirmed", source="door",
            full_name="Lê Minh", flags=["walk_in"], received_at=IN_TIME, on_time=True,
            receipt_code="900000000001", pool_id=event.pools[0].id,
        )  # fmt: skip
        db.session.add(entry)
    present(entry, fresh(event).sessions[0], 30)
    found = read(fresh(event))
    sums = total(found)
    assert (sums.called, sums.came, sums.uncalled) == (6, 0, 1)
    assert (sums.sessions[0].present, sums.sessions[0].uncalled, sums.sessions[0].late) == (1, 1, 1)
    assert str(sums.sessions[0].rate) == "0.0"
    assert walk_ins(found.delegates) == 1
    assert [one.name for one in found.absent_units if one.is_guest] == []
    assert by_group(found)[-1].key == "uncalled"


def test_the_plans_four_groups_stand_even_when_nobody_was_called(app: Flask) -> None:
    found = read(fresh(make_event(units=0)))
    groups = by_group(found)
    assert [one.key for one in groups] == [
        "committees",
        "departments",
        "district_offices",
        "schools",
    ]
    assert total(found).rate is None
    assert found.absent_units == []


def test_four_queries_for_a_few_and_for_thousands(app: Flask) -> None:
    event = make_event(units=1, seats=20_000)
    enter(participations(event)[0])
    with counted_queries() as few:
        read(fresh(event))
    many_delegates(event, 10_000)
    event = fresh(event)
    with counted_queries() as many:
        found = read(event)
        sums = total(found)
    assert len(many) <= len(few)
    assert len(found.delegates) == 10_001
    assert sums.sessions[0].present == 5_000


def many_delegates(event: Event, number: int) -> None:
    """A unit and a delegate each, every second one there in the morning."""
    pool, session = event.pools[0].id, event.sessions[0].id
    with unit_of_work():
        db.session.execute(
            insert(Participation),
            [{"id": 100 + n, "event_id": event.id, "route": "guest", "code": f"X{n}",
              "name": f"Đơn vị {n}", "short_name": "", "kind": "guest"} for n in range(number)],
        )  # fmt: skip
        db.session.execute(
            insert(Registration),
            [{"id": 100 + n, "event_id": event.id, "participation_id": 100 + n,
              "state": "confirmed", "source": "desk", "full_name": f"Người {n}", "on_time": True,
              "received_at": IN_TIME, "receipt_code": f"{n:012d}", "pool_id": pool, "flags": []}
             for n in range(number)],
        )  # fmt: skip
        db.session.execute(
            insert(Presence),
            [{"event_id": event.id, "session_id": session, "registration_id": 100 + n,
              "at": MORNING, "gate_name": "Cổng A", "by": "Cổng A", "how": "scan"}
             for n in range(0, number, 2)],
        )  # fmt: skip


# ---------------------------------------------------------------- sums, of anything

MARKS = st.sampled_from(list(Mark))
KINDS = ("district_committee", "department", "district_office", "high_school", "other", "guest")


@st.composite
def anything(draw: st.DrawFn) -> Attendance:
    sessions = draw(st.integers(0, 4))
    units = []
    for number in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(KINDS))
        door = kind == "guest" and draw(st.booleans())
        own = tuple(
            Delegate(
                id=0, name="A", position="", state=State.CONFIRMED, participation_id=number,
                flags=("walk_in",) if door else (),
                marks=tuple(SessionMark(draw(MARKS)) for _ in range(sessions)),
            )
            for _ in range(draw(st.integers(1 if kind == "guest" else 0, 3)))
        )  # fmt: skip
        units.append(
            Unit(
                id=number, name="U", short_name="", kind=kind, district=None,
                is_guest=kind == "guest", uncalled=door, states=frozenset(), delegates=own,
                marks=tuple(unit_mark([one.marks[n].mark for one in own]) for n in range(sessions)),
            )
        )  # fmt: skip
    event = Event(sessions=[EventSession() for _ in range(sessions)])
    people = tuple(one for unit in units for one in unit.delegates)
    return Attendance(event, tuple(event.sessions), tuple(units), people)


@settings(max_examples=150, deadline=None)
@given(anything())
def test_sums_agree(found: Attendance) -> None:
    groups, sums = by_group(found), total(found)
    names = ("called", "registered", "came", "excused", "absent", "uncalled", "missing")
    for name in names:
        assert getattr(sums, name) == sum(getattr(one.figures, name) for one in groups)
    assert sums.called == sums.came + sums.missing
    assert sums.missing == len(found.absent_units)
    assert 0 <= substitutes(found.units) <= len(found.units)
    for place, session in enumerate(sums.sessions):
        assert (
            session.present + session.excused + session.absent == session.called + session.uncalled
        )
        assert session.late <= session.present <= session.people
        for name in ("called", "present", "late", "excused", "absent", "uncalled", "people"):
            parts = [getattr(one.figures.sessions[place], name) for one in groups]
            assert getattr(session, name) == sum(parts)
    assert sum(one.marks[n].mark in THERE for one in found.delegates
               for n in range(len(found.sessions))) == sum(one.people for one in sums.sessions)  # fmt: skip


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(106, 110, "96.4"), (68, 71, "95.8"), (13, 14, "92.9"), (1, 8, "12.5"), (1, 16, "6.3"),
     (0, 5, "0.0"), (5, 5, "100.0"), (0, 0, "None")],
)  # fmt: skip
def test_rates_round_half_up(part: int, whole: int, words: str) -> None:
    assert str(rate(part, whole)) == words


def test_figures_of_nobody() -> None:
    assert figures((), 2).sessions[1].rate is None
