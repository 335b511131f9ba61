"""The merge as a property: any order, any batches, any repetition, any gates give the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checkin.merging import (
    Claim,
    Kept,
    Shown,
    corrected,
    doubles,
    first_of,
    gate_let_in,
    presence_of,
    remark_of,
)
from app.checkin.rules import Outcome, Remark

NOON = datetime(2024, 3, 12, 5, 0, tzinfo=UTC)
MADE = NOON - timedelta(hours=6)


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def claim(at: int, name: str, gate: str = "A") -> Claim:
    return Claim(minute(at), name, gate, gate, "scan")


claims = st.lists(
    st.builds(claim, st.integers(0, 4), st.sampled_from("abcdef"), st.sampled_from("ABC")),
    min_size=1, max_size=8,
)  # fmt: skip


@given(claims, st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_first_is_the_same_in_any_order_batches_and_repetition(given_, random, size) -> None:
    """A client id is one scan: its time and gate are its own."""
    scans = list({one.client_id: one for one in given_}.values())
    expected = min(scans, key=lambda one: (one.at, one.client_id))
    sent = [*scans, *random.choices(scans, k=len(scans))]
    random.shuffle(sent)
    standing: Claim | None = None
    for batch in _cut(sent, size):
        standing = first_of(batch, standing)
    assert standing == expected


def _cut(items: list, size: int) -> list[list]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def test_a_presence_that_no_scan_made_wins_a_tie() -> None:
    by_desk = claim(1, "")
    assert first_of([claim(1, "a")], by_desk) == by_desk
    assert first_of([claim(0, "z")], by_desk) == claim(0, "z")
    assert first_of([], None) is None


def test_what_happened_at_or_before_an_undo_was_undone_with_it() -> None:
    first = Kept(1, minute(10), claim(0, "a"))
    second = Kept(2, minute(20), claim(12, "b"))
    standing = Kept(3, None, claim(25, "c"))
    kept = [standing, second, first]
    for at, expected in ((-5, 1), (10, 1), (10.01, 2), (20, 2), (20.01, 3), (30, 3)):
        found = presence_of(minute(at), kept)
        assert found is not None
        assert found.id == expected
    assert presence_of(minute(30), [first, second]) is None
    assert presence_of(minute(1), []) is None


@pytest.mark.parametrize(
    ("device_at", "offset_ms", "at", "nonsense"),
    [
        (minute(-3), 0, minute(-3), False),
        (minute(-3), None, minute(-3), False),
        (minute(177), -3 * 3_600_000, minute(-3), False),  # three hours fast
        (minute(-183), 3 * 3_600_000, minute(-3), False),  # three hours slow
        (minute(1), 0, NOON, False),  # measuring has limits: not later than now
        (minute(1.001), 0, NOON, True),
        (MADE, 0, MADE, False),
        (MADE - timedelta(milliseconds=1), 0, NOON, True),
        (datetime(1980, 1, 6, tzinfo=UTC), 0, NOON, True),
        (None, 0, NOON, True),
        (datetime(2199, 12, 31, tzinfo=UTC), 10**18, NOON, True),
    ],
)
def test_a_time_is_corrected_or_counts_when_it_arrived(device_at, offset_ms, at, nonsense) -> None:
    assert corrected(device_at, offset_ms, made_at=MADE, now=NOON) == (at, nonsense)


def test_doubles_are_two_places_that_let_one_person_in() -> None:
    a, again, b = Shown(1, "A", True), Shown(2, "A", True), Shown(3, "B", True)
    refused = Shown(4, "C", False)
    assert doubles([a, again, refused]) == set()
    assert doubles([a, again, b, refused]) == {1, 2, 3}
    assert gate_let_in("welcome", "already")
    assert gate_let_in(None, "welcome")
    assert not gate_let_in("already", "welcome")


@pytest.mark.parametrize(
    ("told", "outcome", "ended", "nonsense", "remark"),
    [
        ("welcome", Outcome.WELCOME, False, False, None),
        ("welcome", Outcome.ALREADY, False, False, None),
        ("already", Outcome.WELCOME, False, False, None),
        ("welcome", Outcome.REPLACED, False, False, Remark.STALE),
        ("already", Outcome.VOID_CODE, False, True, Remark.STALE),
        ("unknown", Outcome.WELCOME, False, False, Remark.UNLISTED),
        ("waitlisted", Outcome.ALREADY, False, True, Remark.UNLISTED),
        ("replaced", Outcome.REPLACED, False, False, None),
        (None, Outcome.WELCOME, False, True, Remark.CLOCK),
        (None, Outcome.REPLACED, False, False, None),
        ("welcome", Outcome.REPLACED, True, True, Remark.AFTER_REVOKE),
    ],
)
def test_why_the_desk_should_look(told, outcome, ended, nonsense, remark) -> None:
    assert remark_of(told, outcome, ended=ended, nonsense=nonsense) is remark
