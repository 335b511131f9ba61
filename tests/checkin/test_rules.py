from datetime import datetime, timedelta

import pytest

from app.checkin.rules import (
    ADMITTED,
    REFUSED,
    Finding,
    Outcome,
    SessionTime,
    decide,
    gate_expiry,
    is_client_id,
    search_rank,
    session_time,
)
from app.core.clock import from_local
from app.events.models import EventSession
from app.registration.rules import State

CONFIRMED = State.CONFIRMED


@pytest.mark.parametrize(
    ("finding", "outcome"),
    [
        (Finding(CONFIRMED), Outcome.WELCOME),
        (Finding(CONFIRMED, present=True), Outcome.ALREADY),
        (Finding(None), Outcome.UNKNOWN),
        (Finding(None, same_event=False), Outcome.UNKNOWN),
        (Finding(CONFIRMED, same_event=False), Outcome.WRONG_EVENT),
        (Finding(State.REPLACED, same_event=False), Outcome.WRONG_EVENT),
        (Finding(State.REPLACED), Outcome.REPLACED),
        (Finding(State.REPLACED, current_code=False), Outcome.REPLACED),
        (Finding(State.REPLACED, present=True), Outcome.REPLACED),
        (Finding(State.WITHDRAWN), Outcome.WITHDRAWN),
        (Finding(State.WITHDRAWN, present=True), Outcome.WITHDRAWN),
        (Finding(State.REJECTED), Outcome.NOT_CONFIRMED),
        (Finding(State.LATE), Outcome.NOT_CONFIRMED),
        (Finding(State.WAITLISTED), Outcome.WAITLISTED),
        (Finding(CONFIRMED, current_code=False), Outcome.VOID_CODE),
        (Finding(CONFIRMED, current_code=False, present=True), Outcome.VOID_CODE),
        (Finding(CONFIRMED, session=SessionTime.OVER), Outcome.WRONG_SESSION),
        (Finding(CONFIRMED, session=SessionTime.TOO_EARLY), Outcome.WRONG_SESSION),
        (Finding(CONFIRMED, session=SessionTime.OVER, present=True), Outcome.WRONG_SESSION),
    ],
)
def test_each_finding_has_one_outcome(finding: Finding, outcome: Outcome) -> None:
    assert decide(finding) is outcome


def test_every_state_is_answered_and_only_a_seat_lets_in() -> None:
    admitted = {state for state in State if decide(Finding(state)) in ADMITTED}
    assert admitted == {CONFIRMED}


def test_an_outcome_either_admits_or_refuses() -> None:
    assert ADMITTED | REFUSED == set(Outcome)
    assert not ADMITTED & REFUSED


STARTS, ENDS = from_local(datetime(2024, 3, 12, 7, 30)), from_local(datetime(2024, 3, 12, 11, 30))
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("starts", "ends", "now", "expected"),
    [
        (None, None, STARTS, SessionTime.OPEN),
        (STARTS, ENDS, from_local(datetime(2024, 3, 12)) - TICK, SessionTime.TOO_EARLY),
        (STARTS, ENDS, from_local(datetime(2024, 3, 12)), SessionTime.OPEN),
        (STARTS, ENDS, ENDS - TICK, SessionTime.OPEN),
        (STARTS, ENDS, ENDS, SessionTime.OVER),
        (STARTS, None, ENDS, SessionTime.OPEN),
    ],
)
def test_a_session_opens_with_its_day_and_ends_to_the_instant(starts, ends, now, expected) -> None:
    assert session_time(EventSession(starts_at=starts, ends_at=ends), now) is expected


@pytest.mark.parametrize(
    ("opened", "closed", "now", "expected"),
    [
        (STARTS - timedelta(days=2), None, STARTS - timedelta(days=1), SessionTime.OPEN),
        (STARTS - timedelta(days=1), None, STARTS - timedelta(days=2), SessionTime.TOO_EARLY),
        (ENDS, None, ENDS, SessionTime.OPEN),
        (None, STARTS, STARTS, SessionTime.OVER),
        (None, STARTS, STARTS - timedelta(microseconds=1), SessionTime.OPEN),
        (STARTS, ENDS, ENDS, SessionTime.OVER),
    ],
)
def test_the_hand_comes_before_the_clock(opened, closed, now, expected) -> None:
    session = EventSession(starts_at=STARTS, ends_at=ENDS, opened_at=opened, closed_at=closed)
    assert session_time(session, now) is expected


CUTOFF = from_local(datetime(2024, 3, 5, 17, 0))


def test_a_gate_lasts_through_the_day_after_the_event() -> None:
    expiry = gate_expiry(ends_at=ENDS, starts_at=STARTS, cutoff_at=CUTOFF, now=CUTOFF)
    assert expiry == from_local(datetime(2024, 3, 13, 23, 59))


def test_a_gate_of_a_tentative_event_lasts_thirty_days_past_the_cutoff() -> None:
    expiry = gate_expiry(ends_at=None, starts_at=None, cutoff_at=CUTOFF, now=CUTOFF)
    assert expiry == from_local(datetime(2024, 4, 4, 23, 59))


def test_a_gate_made_long_after_lasts_a_day() -> None:
    now = from_local(datetime(2025, 1, 1))
    expiry = gate_expiry(ends_at=ENDS, starts_at=STARTS, cutoff_at=CUTOFF, now=now)
    assert expiry == now + timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("12345678", True),
        ("a" * 40, True),
        ("a" * 41, False),
        ("1234567", False),
        ("", False),
        ("1234 5678", False),
        ("12345678\n", False),
        ("đ2345678", False),
    ],
)
def test_client_ids(text: str, fits: bool) -> None:
    assert is_client_id(text) is fits


@pytest.mark.parametrize(
    ("query", "rank"),
    [("hi", 0), ("pham hi", 0), ("thu", 1), ("le quy", 2), ("hien quy", 2), ("ien", 3)],
)
def test_search_ranks_the_given_name_first(query: str, rank: int) -> None:
    name = "pham thu hien"
    assert search_rank(query.split(), name, f"{name} truong thpt le quy don") == rank
