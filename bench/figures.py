"""Rows of the table, and how each is measured: beside its floor, interleaved, the median kept."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sizes:
    """How much of each work; the quick form only shows that all of it runs."""

    repeats: int = 3
    requests: int = 600  # with fewer, connecting and the last ones weigh too much
    empty_requests: int = 3000
    attempts: int = 400
    seats: int = 110
    processes: tuple[int, ...] = (2, 16)
    list_rows: int = 10_000
    letters: tuple[int, ...] = (110, 1_000)
    badges: tuple[int, ...] = (1_000,)
    server_kills: int = 10
    worker_kills: int = 100
    scans: int = 240
    list_people: int = 20_000
    door_scans: int = 200
    door_pictures: int = 240
    sheets: int = 300
    sheet_people: tuple[int, ...] = (113, 10_000)
    batch: int = 10_000
    print_runs: tuple[int, ...] = (1_000, 10_000)
    kill_mails: int = 2_000
    mail_kills: int = 20
    hall: int = 20_000
    kept_scans: int = 5_000
    hall_people: int = 20_000
    searches: int = 40
    viewers: int = 200


FULL = Sizes()
QUICK = Sizes(
    repeats=1, requests=24, empty_requests=100, attempts=30, seats=10, processes=(2,),
    list_rows=300, letters=(5,), badges=(10,), server_kills=1, worker_kills=3,
    scans=8, sheets=7, sheet_people=(12,), batch=30, print_runs=(8,), kill_mails=60, mail_kills=2,
    hall=200, kept_scans=100, list_people=300, door_scans=8, door_pictures=8,
    hall_people=300, searches=4, viewers=12,
)  # fmt: skip
LONG = Sizes(server_kills=200, worker_kills=2_000, kill_mails=10_000, mail_kills=200)


@dataclass(frozen=True)
class Row:
    """One figure. ``ratio``: value ÷ floor; ``target`` in words; ``ok`` None: nothing demanded.

    ``exact``: the target holds on any machine and with any numbers (seats, nothing lost).
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    target: str = ""
    ok: bool | None = None
    exact: bool = False


@dataclass(frozen=True)
class Pair:
    """Medians of the repeats; ``ratio`` is the median of each repeat's own."""

    value: float
    floor: float
    ratio: float


def side_by_side(value: Callable[[], float], floor: Callable[[], float], repeats: int) -> Pair:
    """Floor and work in turn, so that a slow moment of the machine meets both."""
    pairs = [(floor(), value()) for _ in range(repeats)]
    return Pair(
        value=statistics.median(work for _, work in pairs),
        floor=statistics.median(empty for empty, _ in pairs),
        ratio=statistics.median(work / empty for empty, work in pairs),
    )


def at_least(name: str, pair: Pair, unit: str, share: float) -> Row:
    """A rate that must reach a share of its floor."""
    return Row(
        name, pair.value, unit, pair.floor, pair.ratio, f"≥ {share:.0%}", pair.ratio >= share
    )


def at_most(name: str, pair: Pair, unit: str, limit: float) -> Row:
    """A time or size that must stay under a limit."""
    return Row(
        name, pair.value, unit, pair.floor, pair.ratio, f"≤ {limit:g} {unit}", pair.value <= limit
    )


HEADINGS = ("figure", "value", "unit", "floor", "ratio", "target", "")


def table(rows: list[Row]) -> str:
    """The rows as lines of text in columns."""
    cells = [HEADINGS] + [
        (
            row.name,
            number(row.value),
            row.unit,
            number(row.floor),
            "" if row.ratio is None else f"{row.ratio:.3g}",
            row.target,
            {True: "ok", False: "MISSED", None: ""}[row.ok],
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    right = {1, 3, 4}
    return "\n".join(
        "  ".join(
            text.rjust(widths[at]) if at in right else text.ljust(widths[at])
            for at, text in enumerate(line)
        ).rstrip()
        for line in cells
    )


def number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write_json(rows: list[Row], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = [
        {
            "name": row.name,
            "value": round(row.value, 4),
            "unit": row.unit,
            "floor": None if row.floor is None else round(row.floor, 4),
            "ratio": None if row.ratio is None else round(row.ratio, 4),
        }
        for row in rows
    ]
    path.write_text(json.dumps(shown, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
