"""The board's chart: which minutes a column stands for, and where it is drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.checkin.board_chart import MOST_COLUMNS, arrivals_chart

EIGHT = datetime(2024, 3, 13, 8, 0)


def at(minutes: float) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


def test_nobody_yet_is_no_chart() -> None:
    assert arrivals_chart([], now=EIGHT, starts_at=EIGHT) is None


def test_each_minute_has_its_column_also_the_empty_ones_until_now() -> None:
    chart = arrivals_chart([(at(-20), 3), (at(-18), 8)], now=at(-15.5), starts_at=EIGHT)
    assert chart is not None
    assert chart.step == 1
    assert [one.people for one in chart.columns] == [3, 0, 8, 0, 0]
    assert (chart.most.at, chart.most.people) == (at(-18), 8)
    assert chart.most.y == chart.top
    assert chart.start_x is None  # eight o'clock is not drawn yet


def test_the_start_is_marked_once_it_is_in_the_drawing() -> None:
    chart = arrivals_chart([(at(-10), 1), (at(5), 1)], now=at(5), starts_at=EIGHT)
    assert chart is not None
    assert chart.start_x == chart.columns[10].x


def test_long_after_the_last_arrival_nothing_more_is_drawn() -> None:
    chart = arrivals_chart([(at(0), 2)], now=at(600), starts_at=None)
    assert chart is not None
    assert [one.people for one in chart.columns] == [2]


@pytest.mark.parametrize(
    ("span", "step"), [(50, 1), (100, 2), (200, 5), (500, 10), (3 * 1440, 120)]
)
def test_a_longer_time_makes_columns_of_more_minutes(span: int, step: int) -> None:
    chart = arrivals_chart([(at(0), 1), (at(span), 1)], now=at(span), starts_at=None)
    assert chart is not None
    assert chart.step == step


@given(
    st.dictionaries(st.integers(0, 60_000), st.integers(1, 3000), min_size=1, max_size=40),
    st.integers(-100, 70_000),
)
def test_nobody_is_lost_and_everything_is_inside_the_drawing(
    arrivals: dict[int, int], now: int
) -> None:
    minutes = [(at(minute), people) for minute, people in sorted(arrivals.items())]
    chart = arrivals_chart(minutes, now=at(now), starts_at=EIGHT)
    assert chart is not None
    assert sum(one.people for one in chart.columns) == sum(arrivals.values())
    assert 1 <= len(chart.columns) <= MOST_COLUMNS
    for one in chart.columns:
        assert chart.left <= one.x
        assert one.x + one.width <= chart.right + 0.5
        assert chart.top - 0.1 <= one.y <= chart.bottom
        assert (one.height > 0) == (one.people > 0) or one.people * 500 < chart.most.people
