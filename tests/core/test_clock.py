from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.database import unit_of_work
from app.core.rehearsal import move_clock_to
from app.core.settings_store import write_setting
from tests.conftest import FrozenClock

CUT_OFF = datetime(2024, 3, 5, 10, 0, tzinfo=UTC)  # 17:00 in Hải Phòng


def test_now_is_one_instant_all_through_a_request(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(CUT_OFF + timedelta(seconds=number) for number in range(9))
    monkeypatch.setattr(clock, "real_now", lambda: next(ticks))
    clock.forget_now()
    assert clock.now() == clock.now() == CUT_OFF
    clock.forget_now()
    assert clock.now() == CUT_OFF + timedelta(seconds=1)


def test_the_real_clock_is_aware_and_right(app: Flask) -> None:
    assert clock.real_now().utcoffset() == timedelta()
    assert abs(clock.real_now().timestamp() - time.time()) < 1


def test_the_zone_is_seven_hours_ahead(app: Flask) -> None:
    assert clock.local(CUT_OFF).strftime("%H:%M %z") == "17:00 +0700"
    assert clock.local_date(datetime(2024, 3, 4, 17, 0, tzinfo=UTC)) == date(2024, 3, 5)
    assert clock.from_local(datetime(2024, 3, 5, 17, 0)) == CUT_OFF


def test_without_a_rehearsal_the_offset_counts_for_nothing(
    app: Flask, frozen_clock: FrozenClock
) -> None:
    with unit_of_work():
        write_setting("rehearsal_offset", 3600)
    clock.forget_now()
    assert clock.rehearsal_offset() == timedelta()
    assert clock.now() == frozen_clock.at


def test_in_a_rehearsal_the_clock_runs_on_from_where_it_was_put(
    rehearsal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = [datetime(2026, 1, 1, tzinfo=UTC)]
    monkeypatch.setattr(clock, "real_now", lambda: real[0])
    monkeypatch.setattr("app.core.rehearsal.real_now", lambda: real[0])
    with unit_of_work():
        move_clock_to(CUT_OFF)
    assert clock.now() == CUT_OFF
    real[0] += timedelta(minutes=3)
    clock.forget_now()
    assert clock.now() == CUT_OFF + timedelta(minutes=3)
