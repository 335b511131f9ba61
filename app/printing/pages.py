"""Dealing a table's rows out to pages.

A row never splits; a group row stays with its first row; the closing block stays together and
takes at least some rows with it to a new page. Heights in mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.printing.errors import RowTooTallError

_ROUNDING = 1e-6


@dataclass(frozen=True)
class RowBox:
    """A row's height and whether it must stay with the row after it."""

    height: float
    with_next: bool = False


@dataclass(frozen=True)
class PageRows:
    """Rows ``start`` up to, not including, ``stop``; the table's top is at ``top``."""

    start: int
    stop: int
    top: float


def deal(
    rows: Sequence[RowBox],
    *,
    first_top: float,
    top: float,
    bottom: float,
    head: float,
    end: float,
    with_end: int,
) -> list[PageRows]:
    """Pages of a table that has a head on every page and a closing block of height ``end``.

    The closing block is on the last page, below its rows; ``with_end`` rows at least stay with
    it. Raises :class:`RowTooTallError` when a row is taller than an empty page.
    """
    tops, starts = [first_top], [0]
    y = first_top + head
    for place, height in _unsplittable(rows):
        if height > bottom - top - head:
            raise RowTooTallError(place)
        if y + height > bottom + _ROUNDING:
            starts.append(place)
            tops.append(top)
            y = top + head
        y += height
    room = bottom - top - head - end
    if y + end > bottom + _ROUNDING:
        starts.append(_first_with_end(rows, starts[-1], room, with_end))
        tops.append(top)
    elif len(starts) > 1 and len(rows) - starts[-1] < with_end:
        starts[-1] = min(starts[-1], _first_with_end(rows, starts[-2], room, with_end))
    stops = [*starts[1:], len(rows)]
    return [
        PageRows(start, stop, top_of_table)
        for start, stop, top_of_table in zip(starts, stops, tops, strict=True)
    ]


def _unsplittable(rows: Sequence[RowBox]) -> list[tuple[int, float]]:
    """``(first row, height)`` of each run of rows that stay together."""
    runs: list[tuple[int, float]] = []
    open_run = False
    for place, row in enumerate(rows):
        if open_run:
            first, height = runs[-1]
            runs[-1] = (first, height + row.height)
        else:
            runs.append((place, row.height))
        open_run = row.with_next
    return runs


def _first_with_end(rows: Sequence[RowBox], page_start: int, room: float, with_end: int) -> int:
    """First row to go along to the closing block's own page; fewer when they have no room."""
    for kept in range(with_end, 0, -1):
        first = len(rows) - kept
        while first > 0 and rows[first - 1].with_next:
            first -= 1
        if first > page_start and sum(row.height for row in rows[first:]) <= room + _ROUNDING:
            return first
    return len(rows)
