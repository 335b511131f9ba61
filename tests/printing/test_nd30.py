import pytest

from app.printing.nd30 import (
    MARGIN,
    MARGIN_RANGES,
    STYLES,
    issuing_rule_length,
    subject_rule_length,
)


@pytest.mark.parametrize("key", STYLES)
def test_style_size_is_in_the_decrees_range(key: str) -> None:
    style = STYLES[key]
    assert style.smallest <= style.size <= style.largest


@pytest.mark.parametrize("side", MARGIN)
def test_margin_is_in_the_decrees_range(side: str) -> None:
    least, most = MARGIN_RANGES[side]
    assert least <= MARGIN[side] <= most


@pytest.mark.parametrize(
    ("widths", "length"),
    [
        ([57.5], 24.15),  # one line: 0.42
        ([60.0, 40.0], 20.0),  # a third of the longest, not over half of the last
        ([45.0, 40.0], 16.8),
        ([70.0, 20.0], 10.0),
    ],
)
def test_issuing_rule_length(widths: list[float], length: float) -> None:
    assert issuing_rule_length(widths) == pytest.approx(length)


def test_subject_rule_is_between_a_third_and_a_half() -> None:
    assert 1 / 3 <= subject_rule_length(100) / 100 <= 1 / 2


def test_single_spacing_pitches() -> None:
    pitches = [round(STYLES[key].pitch, 1) for key in ("quoc_hieu", "tieu_ngu", "body")]
    assert pitches == [4.9, 5.3, 5.7]
