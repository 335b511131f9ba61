"""Sessions by hand, excused absences and scans to look at, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.checkin.desk_words import remark_words
from app.checkin.errors import (
    AlreadyArrived,
    NoSeatToMark,
    NothingToExcuse,
    ScanNotFound,
    SessionNotFound,
)
from app.checkin.excuses import excuse, excuses_in, excuses_of, take_back_excuse
from app.checkin.models import Presence, Scan
from app.checkin.remarks import (
    Remarked,
    mark_present,
    mark_scanned_present,
    open_remarks,
    settle,
)
from app.checkin.rules import Outcome, Remark, SessionTime, session_time
from app.checkin.services import undo
from app.checkin.session_services import close_session, follow_clock, open_session
from app.core.database import unit_of_work
from app.events.errors import EventStateRefused
from app.events.models import Event, EventSession
from app.events.queries import lock_event
from app.events.services import move_event
from app.extensions import db
from app.registration.errors import RegistrationNotFound
from app.registration.models import Registration
from app.registration.services import withdraw
from tests.factories.checkin import MORNING, client_id, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, enter

pytestmark = pytest.mark.both_databases
LATER = MORNING + timedelta(minutes=30)


@pytest.fixture
def event(app: Flask, database_kind: str) -> Event:
    return make_event(seats=2, units=4)


@pytest.fixture
def delegate(event: Event) -> Registration:
    return enter(participations(event)[0]).registration


def stored(event: Event) -> Event:
    return db.session.get_one(Event, event.id, populate_existing=True)


def by_hand(event: Event, deed, session: int = 0, *, now: datetime = MORNING) -> EventSession:
    with unit_of_work():
        here = stored(event)
        return deed(here, here.sessions[session].id, by=DESK, now=now)


def actions(prefix: str) -> list[str]:
    return list(
        db.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.action.startswith(prefix))
            .order_by(AuditEntry.id)
        )
    )


def refused(registration: Registration, remark: str, **values: object) -> Scan:
    """A scan as a phone that was offline sent it."""
    given: dict[str, Any] = {
        "gate_name": "Cổng A",
        "outcome": Outcome.WITHDRAWN,
        "how": "scan",
        "counted_at": MORNING,
        "arrived_at": LATER,
    }
    with unit_of_work():
        event = db.session.get_one(Event, registration.event_id)
        given["session_id"] = event.sessions[0].id
        made = Scan(
            client_id=client_id(), event_id=event.id, registration_id=registration.id,
            by="Cổng A", remark=remark,
            **{**given, **values},
        )  # fmt: skip
        db.session.add(made)
    return made


# ---------------------------------------------------------------- by hand


def test_a_session_is_closed_and_opened_by_hand(event: Event, delegate: Registration) -> None:
    by_hand(event, close_session)
    assert scan(delegate, now=LATER).outcome is Outcome.WRONG_SESSION
    by_hand(event, open_session, now=LATER)
    assert scan(delegate, now=LATER).outcome is Outcome.WELCOME
    assert actions("session.") == ["session.closed", "session.opened"]


def test_twice_by_hand_is_once(event: Event) -> None:
    by_hand(event, open_session)
    assert by_hand(event, open_session, now=LATER).opened_at == MORNING
    by_hand(event, close_session, now=LATER)
    assert by_hand(event, close_session, now=LATER + timedelta(hours=1)).closed_at == LATER
    by_hand(event, follow_clock)
    session = by_hand(event, follow_clock)
    assert (session.opened_at, session.closed_at) == (None, None)
    assert actions("session.") == ["session.opened", "session.closed", "session.by_clock"]


def test_what_was_scanned_while_open_by_hand_counts_after_a_pause(event: Event) -> None:
    early = MORNING - timedelta(days=1)
    with unit_of_work():
        stored(event).sessions[0].starts_at = MORNING
    by_hand(event, open_session, now=early)
    by_hand(event, close_session, now=early + timedelta(hours=1))
    session = by_hand(event, open_session, now=early + timedelta(hours=2))
    assert session_time(session, early + timedelta(minutes=5)) is SessionTime.OPEN


def test_the_other_session_is_left_as_it_is(event: Event, delegate: Registration) -> None:
    """Presence is not copied either: each session has its own."""
    by_hand(event, close_session)
    afternoon = stored(event).sessions[1]
    assert scan(delegate, session=afternoon).outcome is Outcome.WELCOME
    assert [one.session_id for one in db.session.scalars(select(Presence))] == [afternoon.id]


def test_only_the_events_own_sessions_and_not_when_archived(event: Event) -> None:
    foreign = make_event(units=0, slug="khac")
    with pytest.raises(SessionNotFound), unit_of_work():
        open_session(stored(event), foreign.sessions[0].id, by=DESK, now=MORNING)
    with unit_of_work():
        for state in ("closed", "archived"):
            move_event(lock_event(event.id), state, by=DESK, now=MORNING)
    with pytest.raises(EventStateRefused):
        by_hand(event, open_session)


# ---------------------------------------------------------------- excused


def say_sorry(delegate: Registration, *sessions: int, reason: str = "Ốm") -> None:
    with unit_of_work():
        event = db.session.get_one(Event, delegate.event_id)
        ids = [event.sessions[number].id for number in sessions]
        excuse(event, delegate.id, ids, reason, by=DESK, now=IN_TIME)


def test_an_absence_is_excused_by_session_and_taken_back(
    event: Event, delegate: Registration
) -> None:
    say_sorry(delegate, 0, 1)
    say_sorry(delegate, 0, reason="Công tác")
    say_sorry(delegate, 0, reason="Công tác")
    morning, afternoon = event.sessions
    assert {key: one.reason for key, one in excuses_of(delegate).items()} == {
        morning.id: "Công tác", afternoon.id: "Ốm"}  # fmt: skip
    with unit_of_work():
        for _twice in range(2):
            take_back_excuse(stored(event), delegate.id, morning.id, by=DESK, now=MORNING)
    assert not excuses_in(morning.id, [delegate.id])
    assert excuses_in(afternoon.id, [delegate.id])[delegate.id].reason == "Ốm"
    assert actions("checkin.") == ["checkin.excused"] * 3 + ["checkin.excuse_removed"]


def test_who_is_in_needs_no_excuse_but_may_come_after_one(
    event: Event, delegate: Registration
) -> None:
    say_sorry(delegate, 0)
    assert scan(delegate).outcome is Outcome.WELCOME
    with pytest.raises(AlreadyArrived, match="đã vào buổi Sáng lúc 07:41"):
        say_sorry(delegate, 0)
    say_sorry(delegate, 1)


def test_who_cannot_be_excused(event: Event, delegate: Registration) -> None:
    foreign = make_event(units=0, slug="khac")
    with pytest.raises(RegistrationNotFound), unit_of_work():
        excuse(foreign, delegate.id, [foreign.sessions[0].id], "Ốm", by=DESK, now=IN_TIME)
    with pytest.raises(SessionNotFound):
        say_sorry(delegate)
    with unit_of_work():
        one = db.session.get_one(Registration, delegate.id)
        withdraw(one, one.participation, by=DESK, now=IN_TIME)
    with pytest.raises(NothingToExcuse):
        say_sorry(delegate, 0)


# ---------------------------------------------------------------- to look at


def look(event: Event) -> list[Remarked]:
    return open_remarks(stored(event))[0]


def test_a_scan_to_look_at_stays_until_it_is_settled(event: Event, delegate: Registration) -> None:
    line = refused(delegate, Remark.DOUBLE)
    [found] = look(event)
    assert (found.scan.id, found.registration.id, found.session_name) == (
        line.id, delegate.id, "Sáng")  # fmt: skip
    with unit_of_work():
        for _twice in range(2):
            settle(stored(event), line.id, by=DESK, now=LATER)
    assert open_remarks(stored(event)) == ([], 0)
    assert actions("checkin.settled") == ["checkin.settled"]


def test_a_double_is_one_line_and_one_look_settles_all_of_it(
    event: Event, delegate: Registration
) -> None:
    later = refused(delegate, Remark.DOUBLE, gate_name="Cổng B", counted_at=LATER)
    first = refused(delegate, Remark.DOUBLE)
    other = refused(delegate, Remark.STALE, counted_at=LATER)
    afternoon = refused(delegate, Remark.DOUBLE, session_id=event.sessions[1].id)
    found, total = open_remarks(stored(event))
    assert [(one.scan.id, [scan.id for scan in one.others]) for one in found] == [
        (first.id, [later.id]), (afternoon.id, []), (other.id, [])]  # fmt: skip
    assert total == 3
    assert remark_words(found[0]).sentence == (
        "Ngày 12/03/2024, mã này được nhận hơn một lần: Cổng A lúc 07:41, Cổng B lúc 08:11."
    )
    with unit_of_work():
        settle(stored(event), first.id, by=DESK, now=LATER)
    assert [one.scan.id for one in look(event)] == [afternoon.id, other.id]
    assert actions("checkin.settled") == ["checkin.settled"] * 2


@pytest.mark.parametrize(("remark", "at"), [(Remark.UNLISTED, MORNING), (Remark.CLOCK, LATER)])
def test_the_desk_says_that_somebody_was_there(
    event: Event, delegate: Registration, remark: str, at: datetime
) -> None:
    line = refused(delegate, remark)
    assert look(event)[0].may_mark_present
    with unit_of_work():
        made = mark_scanned_present(stored(event), line.id, by=DESK, now=LATER + timedelta(hours=1))
    assert (made.at, made.how, made.gate_name, made.by) == (at, "desk", "Cổng A", "Cán bộ thử")
    assert look(event) == []


def test_what_may_be_done_with_a_scan(event: Event, delegate: Registration) -> None:
    refused(delegate, Remark.AFTER_REVOKE)
    scan(delegate)
    [found] = look(event)
    assert (found.may_mark_present, found.may_enter) == (False, False)
    with unit_of_work():
        one = db.session.get_one(Registration, delegate.id)
        withdraw(one, one.participation, by=DESK, now=IN_TIME)
        undo(stored(event), found.presence.id, by=DESK, now=LATER)
    [found] = look(event)
    assert (found.may_mark_present, found.may_enter) == (False, True)
    with pytest.raises(NoSeatToMark), unit_of_work():
        mark_scanned_present(stored(event), found.scan.id, by=DESK, now=LATER)


def test_marking_present_twice_is_once(event: Event, delegate: Registration) -> None:
    session_id = event.sessions[0].id
    for minutes in (0, 9):
        with unit_of_work():
            mark_present(
                stored(event), delegate.id, session_id,
                at=MORNING + timedelta(minutes=minutes), by=DESK, now=LATER,
            )  # fmt: skip
    [one] = db.session.scalars(select(Presence))
    assert (one.at, one.gate_name, one.by) == (MORNING, "Bàn đăng ký", "Cán bộ thử")
    assert actions("checkin.arrived") == ["checkin.arrived"]


def test_nothing_of_another_event(event: Event, delegate: Registration) -> None:
    foreign, line = make_event(units=0, slug="khac"), refused(delegate, Remark.DOUBLE)
    for deed in (settle, mark_scanned_present):
        with pytest.raises(ScanNotFound), unit_of_work():
            deed(foreign, line.id, by=DESK, now=LATER)
    with pytest.raises(RegistrationNotFound), unit_of_work():
        mark_present(foreign, delegate.id, foreign.sessions[0].id, at=LATER, by=DESK, now=LATER)
    assert open_remarks(foreign) == ([], 0)
