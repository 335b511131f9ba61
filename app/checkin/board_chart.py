"""Geometry of the board's chart, so that the template only draws it: arrivals a minute.

Units are those of the SVG's viewBox, x to the right, y downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

WIDTH, HEIGHT = 400.0, 290.0
LEFT, RIGHT, TOP, BOTTOM = 50.0, 8.0, 26.0, 28.0
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440)  # minutes a column stands for
MOST_COLUMNS = 60
NICE = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000)
LABELS = 4
FRESH = timedelta(hours=1)  # so long after the last arrival the empty minutes are still drawn


@dataclass(frozen=True)
class Column:
    """``at``: start of its minutes; x, y, width, height in the viewBox."""

    at: datetime
    people: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Label:
    at: float
    text: str


@dataclass(frozen=True)
class ArrivalsChart:
    """``step``: minutes a column stands for; ``outline``: the path over the columns;
    ``start_x``: where the session began, None when outside."""

    step: int
    columns: tuple[Column, ...]
    outline: str
    y_labels: tuple[Label, ...]
    x_labels: tuple[Label, ...]
    start_x: float | None
    most: Column
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def arrivals_chart(
    minutes: Sequence[tuple[datetime, int]], *, now: datetime, starts_at: datetime | None
) -> ArrivalsChart | None:
    """None while nobody has come. All moments in local time, ``minutes`` ascending."""
    if not minutes:
        return None
    last = minutes[-1][0]
    end = now if timedelta() <= now - last <= FRESH else last
    span = int((end - minutes[0][0]).total_seconds() // 60) + 1
    step = next((one for one in STEPS if span / one <= MOST_COLUMNS - 1), STEPS[-1])
    begin = _floor(minutes[0][0], step)
    number = min(int((end - begin).total_seconds() // 60 // step) + 1, MOST_COLUMNS)
    begin = max(begin, _floor(end, step) - timedelta(minutes=step * (number - 1)))
    counts = [0] * number
    for minute, people in minutes:
        place = int((minute - begin).total_seconds() // 60 // step)
        if 0 <= place < number:
            counts[place] += people
    return _drawn(begin, step, counts, starts_at)


def _floor(moment: datetime, step: int) -> datetime:
    """The start of the columns' minutes: steps are counted from midnight."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = int((moment - midnight).total_seconds() // 60)
    return midnight + timedelta(minutes=passed // step * step)


def _drawn(
    begin: datetime, step: int, counts: list[int], starts_at: datetime | None
) -> ArrivalsChart:
    top_value = max(4, *counts)
    unit = next((one for one in NICE if top_value / one <= 4), NICE[-1])
    ceiling = ceil(top_value / unit) * unit
    wide = (WIDTH - LEFT - RIGHT) / max(len(counts), 10)
    floor, tall = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP

    def column(place: int, people: int) -> Column:
        height = round(people / ceiling * tall, 1)
        return Column(
            begin + timedelta(minutes=place * step), people,
            round(LEFT + place * wide, 1), round(floor - height, 1), round(wide, 1), height,
        )  # fmt: skip

    columns = tuple(column(place, people) for place, people in enumerate(counts))
    outline = f"M{LEFT} {floor}" + "".join(f"V{one.y}H{round(one.x + wide, 1)}" for one in columns)
    every = ceil(max(len(columns), 10) / LABELS)
    start_x = None
    if starts_at is not None:
        place = (starts_at - begin).total_seconds() / 60 / step
        if 0 <= place <= max(len(counts), 10):
            start_x = round(LEFT + place * wide, 1)
    return ArrivalsChart(
        step=step,
        columns=columns,
        outline=f"{outline}V{floor}",
        y_labels=tuple(
            Label(round(floor - value / ceiling * tall, 1), f"{value:,}".replace(",", "."))
            for value in range(0, ceiling + 1, unit)
        ),
        x_labels=tuple(Label(one.x, _when(one.at, step)) for one in columns[::every]),
        start_x=start_x,
        most=max(columns, key=lambda one: one.people),
    )


def _when(moment: datetime, step: int) -> str:
    return moment.strftime("%d/%m" if step >= 1440 else "%H:%M")
