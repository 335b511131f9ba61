"""The state table, the cut-off's instant and the order of pools, as values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.registration.rules import (
    ACTIVE,
    MOVES,
    State,
    effective_cutoff,
    is_late,
    may_move,
    pool_order,
)

CUTOFF = datetime(2024, 3, 5, 10, 0, tzinfo=UTC)  # 17:00:00.000 in Hải Phòng

ALLOWED = {
    (None, "confirmed"), (None, "waitlisted"), (None, "late"),
    ("confirmed", "withdrawn"), ("confirmed", "replaced"), ("confirmed", "rejected"),
    ("waitlisted", "confirmed"), ("waitlisted", "withdrawn"), ("waitlisted", "replaced"),
    ("waitlisted", "rejected"),
    ("late", "confirmed"), ("late", "waitlisted"), ("late", "withdrawn"), ("late", "replaced"),
    ("late", "rejected"),
}  # fmt: skip


@pytest.mark.parametrize("before", [None, *State])
@pytest.mark.parametrize("after", list(State))
def test_may_move_is_the_table(before: State | None, after: State) -> None:
    key = (before.value if before else None, after.value)
    assert may_move(before, after) is (key in ALLOWED)


def test_an_ended_entry_moves_nowhere() -> None:
    assert all(not MOVES[state] for state in State if state not in ACTIVE)


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (CUTOFF - timedelta(microseconds=1), False),
        (CUTOFF, True),
        (CUTOFF + timedelta(microseconds=1), True),
    ],
)
def test_the_cutoff_itself_is_late(now: datetime, late: bool) -> None:
    assert is_late(now, CUTOFF) is late


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (None, CUTOFF),
        (CUTOFF + timedelta(days=1), CUTOFF + timedelta(days=1)),
        (CUTOFF - timedelta(days=1), CUTOFF),
    ],
)
def test_an_own_cutoff_counts_when_later(own: datetime | None, expected: datetime) -> None:
    assert effective_cutoff(CUTOFF, own) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("district_committee", [2, 1]),
        ("department", [2, 3, 1]),
        ("high_school", [1]),
    ],
)
def test_own_reserves_come_before_the_general_seats(kind: str, expected: list[int]) -> None:
    pools: list[tuple[int, list[str]]] = [
        (1, []), (2, ["district_committee", "department"]), (3, ["department"]),
    ]  # fmt: skip
    assert pool_order(kind, pools) == expected
