from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from app.core.look import share, time_left, url_with

DEADLINE = datetime(2024, 3, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (timedelta(days=1, hours=8, minutes=15), (1, 8, 15, 0, False, False)),
        (timedelta(minutes=10), (0, 0, 10, 0, False, False)),
        (timedelta(minutes=9, seconds=59), (0, 0, 9, 59, False, True)),
        (timedelta(milliseconds=1), (0, 0, 0, 0, False, True)),
        (timedelta(), (0, 0, 0, 0, True, True)),
        (timedelta(days=-2), (0, 0, 0, 0, True, True)),
    ],
)
def test_time_left_is_over_at_the_very_instant(before: timedelta, shown: tuple) -> None:
    left = time_left(DEADLINE, DEADLINE - before)
    assert (
        left.days, left.hours, left.minutes, left.seconds, left.over, left.last_minutes,
    ) == shown  # fmt: skip


def test_url_with_changes_one_value_and_keeps_the_others(look_app: Flask) -> None:
    with look_app.test_request_context(
        "/desk/registrations?kind=thpt&kind=pgd&page=3&q=hi%E1%BB%81n"
    ):
        assert url_with(page=None, sort="-received") == (
            "/desk/registrations?kind=thpt&kind=pgd&q=hi%E1%BB%81n&sort=-received"
        )
    with look_app.test_request_context("/desk?page=2"):
        assert url_with(page=None) == "/desk"


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(72, 110, 65.5), (0, 0, 0.0), (7, 5, 100.0), (-1, 5, 0.0)]
)
def test_share_stays_between_nothing_and_all(part: int, whole: int, percent: float) -> None:
    assert share(part, whole) == percent
