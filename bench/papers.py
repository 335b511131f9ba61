"""Lists, letters and forms, each made in a process of its own so that its peak of memory is its own.

Floors: the same cells written plainly by openpyxl; a PDF of as many empty pages; the process before.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.figures import Pair, Row, Sizes, at_most
from bench.server import ROOT, environment
from bench.world import make_app, make_world, seat_everybody

XLSX_S, XLSX_MB, PDF_S = 1.5, 150, 0.5
BADGES_S, BADGES_MB = {1_000: 2.0, 10_000: 20.0}, 300
FORM_MS = {"docx": 50.0, "pdf": 80.0}
LETTERS_S = {110: 0.6, 1_000: 4.0}
SHEET_S = {113: 0.4, 10_000: 12.0}


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        env = environment(directory, f"sqlite:///{directory / 'app.db'}", 8000)
        app = make_app(env)
        for number in sorted(
            {sizes.list_rows, sizes.seats, *sizes.letters, *sizes.sheet_people, *sizes.badges}
        ):
            seat_everybody(app, make_world(app, seats=number, units=number, slug=f"dot-{number}"))
        rows = sizes.list_rows
        made = child(env, "xlsx", rows, sizes)
        say(at_most(f"list .xlsx of {rows:,} rows", _seconds(made), "s", XLSX_S))
        memory = Pair(made["peak_mb"], made["start_mb"], made["peak_mb"] / made["start_mb"])
        say(at_most(f"list .xlsx of {rows:,} rows, peak memory", memory, "MB", XLSX_MB))
        made = child(env, "pdf", sizes.seats, sizes)
        say(at_most(f"list PDF of {sizes.seats}", _seconds(made), "s", PDF_S))
        for file_format, limit in FORM_MS.items():
            made = child(env, f"form-{file_format}", sizes.seats, sizes, repeats=sizes.repeats * 7)
            say(at_most(f"a form made, {file_format}", _milliseconds(made), "ms", limit))
        for number in sizes.sheet_people:
            made = child(env, "sheet", number, sizes)
            limit = SHEET_S.get(number, SHEET_S[113])
            say(at_most(f"attendance sheet kept and made, {number:,}", _seconds(made), "s", limit))
        for number in sizes.badges:
            made = child(env, "badges", number, sizes)
            limit = BADGES_S.get(number, BADGES_S[1_000])
            say(at_most(f"badges, eight a sheet, {number:,}", _seconds(made), "s", limit))
            made = child(env, "badges", number, sizes, repeats=1)  # as the press: a process a print
            memory = Pair(made["peak_mb"], made["start_mb"], made["peak_mb"] / made["start_mb"])
            say(at_most(f"badges of {number:,}, peak memory", memory, "MB", BADGES_MB))
        for number in sizes.letters:
            made = child(env, "letters", number, sizes)
            limit = LETTERS_S.get(number, LETTERS_S[110])
            say(at_most(f"letters with codes, one PDF, {number:,}", _seconds(made), "s", limit))


def _seconds(made: dict[str, float]) -> Pair:
    return Pair(made["seconds"], made["floor"], made["seconds"] / made["floor"])


def _milliseconds(made: dict[str, float]) -> Pair:
    seconds = _seconds(made)
    return Pair(seconds.value * 1000, seconds.floor * 1000, seconds.ratio)


def child(
    env: dict[str, str], what: str, number: int, sizes: Sizes, repeats: int | None = None
) -> dict[str, float]:
    times = str(repeats or sizes.repeats)
    done = subprocess.run(
        [sys.executable, "-m", "bench.paper_child", what, f"dot-{number}", times],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{what}: {done.stderr[-2000:]}")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer
