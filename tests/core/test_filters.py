"""Dates in words, in the two languages."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.filters import number, official_words

WORDS = "trước 17 giờ 00 phút, ngày 05/03/2024"
CUTOFF = datetime(2024, 3, 5, 10, tzinfo=UTC)


def test_a_cutoff_keeps_the_words_of_the_plan(app: Flask) -> None:
    with app.test_request_context():
        assert official_words(WORDS, CUTOFF) == WORDS


def test_a_cutoff_is_told_in_english_on_an_english_page(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert official_words(WORDS, CUTOFF) == "before 17:00 on 05/03/2024"


@pytest.mark.parametrize(
    ("language", "figures"), [("vi", ["1.024", "16,4", "92,0"]), ("en", ["1,024", "16.4", "92.0"])]
)
def test_figures_are_written_as_the_language_does(
    app: Flask, language: str, figures: list[str]
) -> None:
    with app.test_request_context(), force_locale(language):
        told = [number(one) for one in (1024, Decimal("16.4"), Decimal("92.0"))]
    assert told == figures
