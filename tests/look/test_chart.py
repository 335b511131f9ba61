from datetime import date, datetime

import pytest

from app.core.chart import NARROW, Band, line_chart

START = datetime(2024, 2, 19)
POINTS = [(START, 0), (datetime(2024, 2, 24), 25), (datetime(2024, 3, 4, 15, 20), 87)]
CUTOFF = datetime(2024, 3, 5, 17)


def test_chart_places_seats_above_the_last_point_and_cutoff_after_it() -> None:
    chart = line_chart(POINTS, seats=110, cutoff=CUTOFF)
    assert chart.seats_y is not None
    assert chart.cutoff_x is not None
    assert chart.top <= chart.seats_y < chart.last.y < chart.bottom
    assert chart.last.x < chart.cutoff_x == chart.right
    assert [mark.label for mark in chart.y_marks] == ["0", "50", "100"]


def test_chart_joins_neighbouring_days_off_into_one_band() -> None:
    days = [date(2024, 2, 24), date(2024, 2, 25), date(2024, 3, 2)]
    chart = line_chart(POINTS, cutoff=CUTOFF, days_off=days)
    first, second = chart.days_off
    assert first.width == pytest.approx(2 * second.width, abs=0.3)


def test_chart_ignores_days_off_outside_its_span() -> None:
    assert line_chart(POINTS, cutoff=CUTOFF, days_off=[date(2024, 1, 1)]).days_off == ()


def test_chart_cuts_a_day_off_that_reaches_beyond_the_end() -> None:
    chart = line_chart(POINTS, days_off=[date(2024, 3, 4)])
    assert chart.days_off == (
        Band(chart.days_off[0].x, pytest.approx(chart.right - chart.days_off[0].x, abs=0.2)),
    )


def test_chart_of_one_point_spans_a_day() -> None:
    chart = line_chart([(START, 0)])
    assert chart.line == f"M{chart.left} {chart.last.y}"
    assert [mark.label for mark in chart.x_marks] == ["19/02", "20/02"]


def test_narrow_chart_has_fewer_day_labels() -> None:
    wide = line_chart(POINTS, cutoff=CUTOFF)
    narrow = line_chart(POINTS, cutoff=CUTOFF, width=NARROW)
    assert (len(wide.x_marks), len(narrow.x_marks)) == (6, 4)


def test_chart_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        line_chart([])
