"""States, phases, wording and named moments of an event, without a database."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.core.clock import from_local, local
from app.events.fields import parse_day, parse_hour
from app.events.rules import (
    EventState,
    Phase,
    accepts_entries,
    cutoff_sentence,
    is_slug,
    may_move,
    named_moments,
    phase,
    times_problem,
    words_fit_cutoff,
)
from app.events.words import MOVE_WORDS, slug_of

CUTOFF = from_local(datetime(2024, 3, 5, 17, 0))
OPENS = from_local(datetime(2024, 2, 19, 9, 0))
TICK = timedelta(microseconds=1)

ALLOWED = {
    ("draft", "open"), ("draft", "archived"), ("open", "closed"), ("closed", "open"),
    ("closed", "archived"), ("archived", "closed"),
}  # fmt: skip


@pytest.mark.parametrize("before", list(EventState))
@pytest.mark.parametrize("after", list(EventState))
def test_moves_are_exactly_the_table(before: str, after: str) -> None:
    assert may_move(before, after) is ((before, after) in ALLOWED)


def test_every_move_has_its_question() -> None:
    assert set(MOVE_WORDS) == {(EventState(a), EventState(b)) for a, b in ALLOWED}


@pytest.mark.parametrize(
    ("state", "now", "expected"),
    [
        ("open", OPENS - TICK, Phase.NOT_YET),
        ("open", OPENS, Phase.OPEN),
        ("open", CUTOFF - TICK, Phase.OPEN),
        ("open", CUTOFF, Phase.LATE),
        ("closed", OPENS, Phase.CLOSED),
        ("draft", OPENS, Phase.CLOSED),
        ("archived", OPENS, Phase.ARCHIVED),
    ],
)
def test_phase_at_each_limit(state: str, now: datetime, expected: Phase) -> None:
    assert phase(state, OPENS, CUTOFF, now) == expected


def test_entries_are_taken_from_the_opening_instant() -> None:
    assert not accepts_entries("open", OPENS, OPENS - TICK)
    assert accepts_entries("open", OPENS, OPENS)
    assert not accepts_entries("closed", OPENS, OPENS)


def test_the_official_wording_of_a_cutoff() -> None:
    assert cutoff_sentence(local(CUTOFF)) == "trước 17 giờ 00 phút, ngày 05/03/2024"


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("trước 17 giờ 00 phút, ngày 05/03/2024", True),
        ("Trước 17h00 ngày 5/3/2024", True),
        ("trước 17:00, 05/03/2024", True),
        ("trước 17 giờ ngày 05/03/2024", True),
        ("trước 16 giờ 00 phút, ngày 05/03/2024", False),
        ("trước 17 giờ 30 phút, ngày 06/03/2024", False),
        ("trước ngày 05/03/2024", False),
        ("sớm", False),
    ],
)
def test_wording_fits_its_instant(words: str, fits: bool) -> None:
    assert words_fit_cutoff(words, local(CUTOFF)) is fits


A, B, C = (from_local(datetime(2024, 3, 13, hour)) for hour in (8, 11, 14))


@pytest.mark.parametrize(
    ("start", "end", "sessions", "problem"),
    [
        (None, None, [], None),
        (A, C, [(A, B), (C, None)], None),
        (None, C, [], "start_missing"),
        (B, A, [], "end_before_start"),
        (A, A, [], "end_before_start"),
        (A, C, [(B, A)], "session_end"),
        (A, C, [(A, C), (B, None)], "session_order"),
        (A, C, [(C, None), (A, B)], "session_order"),
    ],
)
def test_times(start, end, sessions, problem) -> None:
    assert times_problem(start, end, sessions) == problem


def test_named_moments_stand_in_order_and_follow_the_exact_start() -> None:
    moments = named_moments(OPENS, CUTOFF, None, date(2024, 3, 13))
    assert [one.key for one in moments] == [
        "opens", "hour_before", "minute_before", "cutoff", "morning", "after",
    ]  # fmt: skip
    at = {one.key: local(one.at).strftime("%d/%m %H:%M") for one in moments}
    assert (at["minute_before"], at["morning"], at["after"]) == (
        "05/03 16:59", "13/03 07:30", "14/03 08:00",
    )  # fmt: skip
    exact = named_moments(None, CUTOFF, from_local(datetime(2024, 3, 15, 14, 0)), date(2024, 3, 13))
    assert {one.key: local(one.at).strftime("%d/%m %H:%M") for one in exact}["morning"] == (
        "15/03 13:30"
    )


@pytest.mark.parametrize(
    ("slug", "good"),
    [("tap-huan-2024", True), ("a", True), ("new", False), ("A", False), ("a--b", False),
     ("-a", False), ("tập", False), ("a" * 81, False), ("", False)],
)  # fmt: skip
def test_slug(slug: str, good: bool) -> None:
    assert is_slug(slug) is good


def test_slug_from_a_name() -> None:
    assert slug_of("Tập huấn “Đơn vị học tập”", 2024) == "tap-huan-don-vi-hoc-tap-2024"
    assert slug_of("???", 2024) == "su-kien-2024"
    assert is_slug(slug_of("Đánh giá " * 40, 2024))


@pytest.mark.parametrize(
    ("text", "day"),
    [("05/03/2024", date(2024, 3, 5)), ("5-3-2024", date(2024, 3, 5)), ("30/02/2024", None),
     ("2024-03-05", None), ("5/3", None), ("", None)],
)  # fmt: skip
def test_days_as_typed(text: str, day: date | None) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(
    ("text", "shown"),
    [("17:00", "17:00"), ("17h", "17:00"), ("7 giờ 30 phút", "07:30"), ("17h05", "17:05"),
     ("24:00", None), ("17", None), ("chiều", None)],
)  # fmt: skip
def test_hours_as_typed(text: str, shown: str | None) -> None:
    found = parse_hour(text)
    assert (f"{found:%H:%M}" if found else None) == shown
