"""The statutory clock with the numbers of NĐ 356/2025 Điều 5."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.core.clock import from_local, local
from app.core.days_off import add_working_days, is_working_day
from app.events.notice import day_of, retention_problem, suggested_retention
from app.personal_data import rules
from app.personal_data.rules import Kind, State


def at(*parts: int) -> datetime:
    return from_local(datetime(*parts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("received", "days_off", "last_day"),
    [
        ((2024, 3, 4, 9, 0), (), date(2024, 3, 6)),  # Monday → Wednesday
        ((2024, 3, 7, 16, 59), (), date(2024, 3, 11)),  # Thursday → Monday
        ((2024, 3, 8, 23, 59), (), date(2024, 3, 12)),  # Friday night → Tuesday
        ((2024, 3, 9, 8, 0), (), date(2024, 3, 12)),  # Saturday → Tuesday
        ((2024, 3, 10, 8, 0), (), date(2024, 3, 12)),  # Sunday → Tuesday
        ((2024, 4, 26, 9, 0), (), date(2024, 5, 2)),  # over 30/4 and 1/5
        ((2024, 8, 30, 9, 0), (), date(2024, 9, 4)),  # over 2/9
        ((2024, 2, 7, 9, 0), [date(2024, 2, day) for day in (8, 9, 12, 13, 14)],
         date(2024, 2, 16)),  # over Tết, as the desk typed it
        ((2024, 12, 31, 9, 0), (), date(2025, 1, 3)),  # over New Year
    ],
)  # fmt: skip
def test_an_answer_is_due_at_the_end_of_the_second_working_day(received, days_off, last_day):
    due = local(rules.answer_by(at(*received), days_off))
    assert (due.date(), due.strftime("%H:%M:%S")) == (last_day, "23:59:59")


@pytest.mark.parametrize(
    ("kind", "days"),
    [(Kind.SEE, 10), (Kind.CORRECT, 10), (Kind.RESTRICT, 15), (Kind.OBJECT, 15), (Kind.ERASE, 20)],
)
def test_what_is_asked_is_done_in_so_many_days(kind, days):
    due = local(rules.act_by(at(2024, 3, 4, 9, 0), kind))
    assert due.date() == date(2024, 3, 4) + timedelta(days=days)
    assert due.strftime("%H:%M:%S") == "23:59:59"
    assert rules.latest_extension(at(2024, 3, 4, 9, 0), kind) == date(2024, 3, 4) + timedelta(
        days=2 * days
    )


def test_every_kind_has_its_term():
    assert set(rules.ACT_DAYS) == set(Kind)


def test_the_day_is_that_of_hai_phong():
    late_evening_utc = at(2024, 3, 5, 0, 30)  # still the 4th in UTC
    assert local(rules.answer_by(late_evening_utc)).date() == date(2024, 3, 7)


@pytest.mark.parametrize(
    ("before", "allowed"),
    [
        (State.OPEN, {State.ANSWERED, State.DONE, State.REFUSED}),
        (State.ANSWERED, {State.DONE, State.REFUSED}),
        (State.DONE, set()),
        (State.REFUSED, set()),
    ],
)
def test_which_step_follows_which(before, allowed):
    assert {after for after in State if rules.may_move(before, after)} == allowed


def test_one_extension_while_it_runs():
    assert rules.may_extend(State.OPEN, None)
    assert rules.may_extend(State.ANSWERED, None)
    assert not rules.may_extend(State.OPEN, at(2024, 3, 5))
    assert not rules.may_extend(State.DONE, None)
    assert not rules.may_extend(State.REFUSED, None)


ANSWER, ACT = at(2024, 3, 6, 23, 59, 59), at(2024, 3, 14, 23, 59, 59)


@pytest.mark.parametrize(
    ("state", "now", "step", "tone"),
    [
        ("open", at(2024, 3, 4, 9), "answer", "waiting"),
        ("open", at(2024, 3, 6, 8), "answer", "look"),
        ("open", ANSWER, "answer", "look"),
        ("open", ANSWER + timedelta(seconds=1), "answer", "stop"),
        ("answered", at(2024, 3, 7, 8), "act", "waiting"),
        ("answered", at(2024, 3, 14, 8), "act", "look"),
        ("answered", at(2024, 3, 15, 0), "act", "stop"),
    ],
)
def test_the_clock_at_the_desk(state, now, step, tone):
    clock = rules.clock_of(state, ANSWER, ACT, now)
    assert clock is not None
    assert (clock.step, clock.tone) == (step, tone)
    assert clock.left == clock.by - now


@pytest.mark.parametrize("state", ["done", "refused"])
def test_no_clock_when_all_is_done(state):
    assert rules.clock_of(state, ANSWER, ACT, at(2025, 1, 1)) is None


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 3, 4), True), (date(2024, 3, 9), False), (date(2024, 3, 10), False),
        (date(2024, 1, 1), False), (date(2024, 4, 30), False), (date(2024, 5, 1), False),
        (date(2024, 9, 2), False), (date(2024, 9, 3), True),
    ],
)  # fmt: skip
def test_working_days(day, works):
    assert is_working_day(day) is works
    assert not is_working_day(day, {day})


def test_no_working_day_is_the_day_itself():
    assert add_working_days(date(2024, 3, 9), 0) == date(2024, 3, 9)


@pytest.mark.parametrize(
    ("day", "until"),
    [
        (date(2024, 3, 13), date(2024, 9, 13)),
        (date(2024, 8, 31), date(2025, 2, 28)),
        (date(2024, 6, 30), date(2024, 12, 30)),
        (date(2024, 12, 1), date(2025, 6, 1)),
    ],
)
def test_half_a_year_is_suggested(day, until):
    assert suggested_retention(day) == until
    assert retention_problem(until, day) is None


def test_a_retention_date_is_after_the_event_and_not_for_ever():
    day = day_of(at(2024, 3, 13, 7, 30), at(2024, 3, 13, 17), date(2024, 1, 1))
    assert day == date(2024, 3, 13)
    assert day_of(None, None, date(2024, 1, 1)) == date(2024, 1, 1)
    assert retention_problem(day, day) == "early"
    assert retention_problem(date(2030, 1, 1), day) == "long"
