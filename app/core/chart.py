"""Geometry of the one chart of the desk, computed here so that the template only draws it.

Units are those of the SVG's viewBox (``width`` × :data:`HEIGHT`), x to the right, y downwards.
Text keeps its size, so a phone gets a narrower drawing instead of a smaller one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil

WIDE, NARROW, HEIGHT = 600.0, 320.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 24.0, 34.0, 26.0
NICE_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000)
WIDTH_OF_A_DAY_LABEL = 90
SECONDS_A_DAY = 86400


@dataclass(frozen=True)
class Mark:
    """A labelled position on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Band:
    """A grey day off."""

    x: float
    width: float


@dataclass(frozen=True)
class Dot:
    """The last point."""

    x: float
    y: float
    value: int
    when: datetime
    label_left: bool


@dataclass(frozen=True)
class LineChart:
    """Everything ``components/chart.html`` draws."""

    line: str
    area: str
    y_marks: tuple[Mark, ...]
    x_marks: tuple[Mark, ...]
    days_off: tuple[Band, ...]
    seats_y: float | None
    cutoff_x: float | None
    last: Dot
    width: float
    right: float
    height: float = HEIGHT
    left: float = LEFT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


@dataclass(frozen=True)
class _Scale:
    start: datetime
    end: datetime
    most: int
    width: float

    def x(self, moment: datetime) -> float:
        span = (self.end - self.start).total_seconds()
        share = (moment - self.start).total_seconds() / span
        return round(LEFT + share * (self.width - RIGHT - LEFT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - value / self.most * (HEIGHT - BOTTOM - TOP), 1)


def _midnight(day: date, like: datetime) -> datetime:
    return datetime.combine(day, time(), tzinfo=like.tzinfo)


def _scale(
    points: Sequence[tuple[datetime, int]],
    seats: int | None,
    cutoff: datetime | None,
    width: float,
) -> _Scale:
    first, last = points[0][0], points[-1][0]
    start = _midnight(first.date(), first)
    end = max(last, cutoff) if cutoff else last
    if (end - start).total_seconds() < SECONDS_A_DAY:
        end = start + timedelta(days=1)
    most = max([1, seats or 0, *(value for _, value in points)])
    return _Scale(start, end, ceil(most * 1.03), width)


def _value_marks(scale: _Scale) -> tuple[Mark, ...]:
    step = next((step for step in NICE_STEPS if scale.most / step <= 4), NICE_STEPS[-1])
    return tuple(Mark(scale.y(value), str(value)) for value in range(0, scale.most + 1, step))


def _days(scale: _Scale) -> list[date]:
    count = (scale.end.date() - scale.start.date()).days + 1
    return [scale.start.date() + timedelta(days=number) for number in range(count)]


def _day_marks(scale: _Scale) -> tuple[Mark, ...]:
    days = _days(scale)
    step = max(1, ceil(len(days) * WIDTH_OF_A_DAY_LABEL / scale.width))
    return tuple(
        Mark(scale.x(_midnight(day, scale.start)), day.strftime("%d/%m")) for day in days[::step]
    )


def _bands(scale: _Scale, days_off: Sequence[date]) -> tuple[Band, ...]:
    """One band for each run of days, so that no seam shows between Saturday and Sunday."""
    runs: list[tuple[date, date]] = []
    for day in sorted(set(days_off)):
        if runs and runs[-1][1] + timedelta(days=1) == day:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    bands = []
    for first, last in runs:
        begins = max(_midnight(first, scale.start), scale.start)
        ends = min(_midnight(last, scale.start) + timedelta(days=1), scale.end)
        if begins < ends:
            x = scale.x(begins)
            bands.append(Band(x, round(scale.x(ends) - x, 1)))
    return tuple(bands)


def line_chart(
    points: Sequence[tuple[datetime, int]],
    *,
    seats: int | None = None,
    cutoff: datetime | None = None,
    days_off: Sequence[date] = (),
    width: float = WIDE,
) -> LineChart:
    """The chart of a running total over days.

    Args:
        points: (local time, total), ascending, at least one.
        seats: the limit drawn as a dotted line.
        cutoff: local time of the red line.
        days_off: local dates with a grey ground.
        width: of the drawing; :data:`NARROW` on a phone.

    Raises:
        ValueError: no points.
    """
    if not points:
        raise ValueError("a chart needs at least one point")
    scale = _scale(points, seats, cutoff, width)
    placed = [(scale.x(moment), scale.y(value)) for moment, value in points]
    line = "M" + " L".join(f"{x} {y}" for x, y in placed)
    floor = scale.y(0)
    when, value = points[-1]
    last_x, last_y = placed[-1]
    return LineChart(
        line=line,
        area=f"{line} L{last_x} {floor} L{placed[0][0]} {floor} Z",
        y_marks=_value_marks(scale),
        x_marks=_day_marks(scale),
        days_off=_bands(scale, days_off),
        seats_y=scale.y(seats) if seats is not None else None,
        cutoff_x=scale.x(cutoff) if cutoff is not None else None,
        last=Dot(last_x, last_y, value, when, label_left=last_x > width / 3),
        width=width,
        right=width - RIGHT,
    )
