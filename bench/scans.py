"""Forms as they come back, read in the child: how many are known by their code, and how fast.

Floor of the time: a process that loads the same libraries and reads nothing.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.scans.reading import read_scan
from bench.figures import Pair, Row, Sizes, at_most
from tests.factories.scans import CODE, chosen_degradation, degraded, form_page

LEAST_RATE, SECONDS = 97.0, 1.5
# Of ten pages so many at each resolution; some of the large ones are made of fewer.
RESOLUTIONS = (150, 200, 150, 300, 150, 200, 150, 300, 200, 400)
FIRST_SEED = 1_000  # other pages than those the search was tried on
LARGEST_EVERY = 60  # one page of so many is scanned at 600 dpi
_NOTHING = "import zxingcpp, PIL.Image, PIL.JpegImagePlugin"


@dataclass(frozen=True)
class _Read:
    known: bool
    seconds: float


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    form = form_page()
    usual = [_read(form, seed, _resolution(seed)) for seed in range(sizes.scans)]
    coarse = [_read(form, seed, 100) for seed in range(sizes.scans // 4)]
    rate = _rate(usual)
    say(
        Row(f"codes read on {len(usual)} bad pages, 150 dpi and more", rate, "%",
            target=f"≥ {LEAST_RATE:g} %", ok=rate >= LEAST_RATE)
    )  # fmt: skip
    say(Row(f"codes read on {len(coarse)} bad pages, 100 dpi", _rate(coarse), "%"))
    floor = statistics.median(_floor() for _ in range(sizes.repeats))
    times = sorted(read.seconds for read in usual)
    median, late = statistics.median(times), times[int(len(times) * 0.95)]
    say(at_most("reading a scan of one page, median", _beside(median, floor), "s", SECONDS))
    say(at_most("reading a scan of one page, 95 of 100", _beside(late, floor), "s", SECONDS))


def _resolution(number: int) -> int:
    if number % LARGEST_EVERY == LARGEST_EVERY - 1:
        return 600
    return RESOLUTIONS[number % len(RESOLUTIONS)]


def _read(form: bytes, number: int, dpi: int) -> _Read:
    content = degraded(form, **chosen_degradation(FIRST_SEED + number, dpi))
    began = time.perf_counter()
    (page,) = read_scan(content).pages
    return _Read(CODE in {code.text for code in page.codes}, time.perf_counter() - began)


def _rate(pages: list[_Read]) -> float:
    return 100 * sum(page.known for page in pages) / len(pages)


def _beside(value: float, floor: float) -> Pair:
    return Pair(value, floor, value / floor)


def _floor() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", _NOTHING], check=True, env={})
    return time.perf_counter() - began
