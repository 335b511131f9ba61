"""Working days: Monday to Friday, less the holidays (Bộ luật Lao động, Điều 112).

Holidays by the sun stand in one table. Those by the moon (Tết, Giỗ Tổ) and the days that a year's
decision moves are typed by the desk. One that nobody typed counts as a working day: a term then
ends earlier, never later.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from app.core.settings_store import read_setting, write_setting

SATURDAY = 5
FIXED_HOLIDAYS = frozenset({(1, 1), (4, 30), (5, 1), (9, 2)})  # (month, day)
SETTING = "days_off"
MOST_DAYS = 200


def is_working_day(day: date, days_off: Collection[date] = ()) -> bool:
    return (
        day.weekday() < SATURDAY
        and (day.month, day.day) not in FIXED_HOLIDAYS
        and day not in days_off
    )


def add_working_days(day: date, number: int, days_off: Collection[date] = ()) -> date:
    """The `number`-th working day after `day`; the day itself does not count."""
    while number > 0:
        day += timedelta(days=1)
        number -= is_working_day(day, days_off)
    return day


def read_days_off() -> list[date]:
    """What the desk has typed, in order."""
    return [date.fromisoformat(one) for one in read_setting(SETTING, [])]


def write_days_off(days: Collection[date]) -> None:
    """Inside a unit of work."""
    write_setting(SETTING, [one.isoformat() for one in sorted(set(days))])
