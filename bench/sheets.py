"""Signed attendance sheets read back: what stood in a cell against what was read, and how fast."""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable

from app.hall_papers.sheet_intake import sheet_shape
from app.scans.reading import read_scan
from app.scans.sheet_reading import SheetToRead, read_sheets
from bench.figures import Row, Sizes
from tests.factories.signed_sheets import EMPTY, SIGNED, Paper, come_back, papers
from tests.printing.sheet_samples import attendance_sheet

FIRST = 10_000  # other pages than those the reader was tried on
LEAST_FOUND, MOST_FALSE, MOST_DOUBTFUL, SECONDS = 99.0, 1.0, 5.0, 1.0
Counts = Counter[tuple[str, str]]


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    heap = papers(attendance_sheet(14, 25, 13, 58))
    table: Counts = Counter()
    rows = doubtful_rows = unread = 0
    times = []
    for number in range(sizes.sheets):
        paper = heap[number % len(heap)]
        verdicts, truth, seconds = _read(paper, FIRST + number)
        times.append(seconds)
        if not verdicts:
            unread += 1
            continue
        table.update(zip(truth, verdicts, strict=True))
        told = list(zip(paper.cells, truth, verdicts, strict=True))
        for top in {cell.top for cell in paper.cells}:
            cells = [(real, read) for cell, real, read in told if cell.top == top]
            if all(real in (SIGNED, EMPTY) for real, _ in cells):
                rows += 1
                doubtful_rows += any(read == "doubtful" for _, read in cells)
    _print(table, unread)
    found = _share(table, SIGNED, "signed")
    wrong = _share(table, EMPTY, "signed")
    doubtful = 100 * doubtful_rows / max(1, rows)
    pages = f"{sizes.sheets} bad pages"
    for row in (
        Row(f"clear signatures found on {pages}", found, "%", target=f"≥ {LEAST_FOUND:g} %",
            ok=found >= LEAST_FOUND),
        Row("empty cells taken for signed", wrong, "%", target=f"≤ {MOST_FALSE:g} %",
            ok=wrong <= MOST_FALSE),
        Row("rows left to a person", doubtful, "%", target=f"≤ {MOST_DOUBTFUL:g} %",
            ok=doubtful <= MOST_DOUBTFUL),
        Row("pages not laid flat", 100 * unread / sizes.sheets, "%"),
    ):  # fmt: skip
        say(row)
    median = statistics.median(times)
    say(Row("reading a signed sheet, one page", median, "s", target=f"≤ {SECONDS:g} s",
            ok=median <= SECONDS))  # fmt: skip


def _read(paper: Paper, number: int) -> tuple[list[str], tuple[str, ...], float]:
    """(verdicts, truth, seconds of both readings); no verdicts when the page was refused."""
    content, truth = come_back(paper, number)
    began = time.perf_counter()
    (page,) = read_scan(content).pages
    code = next((one for one in page.codes if one.text == paper.code), None)
    if code is None:
        return [], truth, time.perf_counter() - began
    cells = tuple((one.left, one.top, one.right, one.bottom) for one in paper.cells)
    (read,) = read_sheets([SheetToRead(page.jpeg, code.corners, cells)], sheet_shape())
    return [one.verdict for one in read.cells], truth, time.perf_counter() - began


def _share(table: Counts, real: str, read: str) -> float:
    whole = sum(count for (one, _), count in table.items() if one == real)
    return 100 * table[real, read] / max(1, whole)


def _print(table: Counts, unread: int) -> None:
    """The confusion table, on the error stream like every figure on its way."""
    verdicts = ("signed", "doubtful", "empty")
    print(f"  {'cells':>10}" + "".join(f"{verdict:>10}" for verdict in verdicts), file=sys.stderr)
    for real in (SIGNED, EMPTY, "unclear"):
        line = "".join(f"{table[real, verdict]:>10}" for verdict in verdicts)
        print(f"  {real:>10}{line}", file=sys.stderr)
    print(f"  pages refused: {unread}", file=sys.stderr)
