"""From the reads to what the dashboard draws; plain functions of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.core.clock import ZONE, local

MOST_POINTS = 60
SATURDAY = 5


@dataclass(frozen=True)
class Progress:
    """Points of the chart: (local time, seats taken), and the days off between them."""

    points: list[tuple[datetime, int]]
    days_off: list[date]


def progress_over_time(
    changes: Sequence[tuple[datetime, int]],
    *,
    opens_at: datetime | None,
    cutoff_at: datetime,
    now: datetime,
) -> Progress | None:
    """One point a midnight and the last one now; None before anything can have happened.

    The axis ends at the cut-off or the last change, so that an event of last year stays readable.
    """
    first = min([one for one in (opens_at, changes[0][0] if changes else None) if one] or [now])
    last = min(now, max([cutoff_at, *(moment for moment, _step in changes)]))
    if first >= last:
        return None
    start, end = local(first), local(last)
    days = (end.date() - start.date()).days
    step = max(1, -(-days // MOST_POINTS))
    moments = [start] + [
        datetime.combine(start.date() + timedelta(days=number), time(), tzinfo=ZONE)
        for number in range(step, days + 1, step)
    ]
    moments = [one for one in moments if one < end] + [end]
    return Progress(
        [(moment, sum(by for at, by in changes if at <= moment)) for moment in moments],
        [
            day
            for day in _days(start.date(), max(end, local(cutoff_at)).date())
            if day.weekday() >= SATURDAY
        ],
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
