"""The code is read from pages as they come back; the full measure is in the benchmark."""

from __future__ import annotations

import pytest

from app.scans.reading import read_scan
from tests.factories.scans import CODE, chosen_degradation, degraded, form_page

SAMPLES = [(seed, (150, 200)[seed // 4]) for seed in range(8)]


@pytest.fixture(scope="module")
def form() -> bytes:
    return form_page()


def test_every_kind_of_return_is_read_and_turned_upright(form: bytes) -> None:
    """A photograph, a copy, a scan and a fax, each at 150 and 200 dpi."""
    failed = []
    for seed, dpi in SAMPLES:
        (page,) = read_scan(degraded(form, **chosen_degradation(seed, dpi))).pages
        ours = [code for code in page.codes if code.text == CODE]
        if not ours or ours[0].corners[1][0] <= ours[0].corners[0][0]:
            failed.append((seed, dpi))
    assert failed == []


WORST = {
    "streak of a copier through the code": (57, 150),
    "the same at 100 dpi": (57, 100),
    "streak, turned on its side": (238, 200),
}


@pytest.mark.parametrize("what", WORST)
def test_pages_that_were_once_not_read(form: bytes, what: str) -> None:
    seed, dpi = WORST[what]
    (page,) = read_scan(degraded(form, **chosen_degradation(seed, dpi))).pages
    assert [code.text for code in page.codes] == [CODE]
