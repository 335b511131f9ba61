"""Dates in words, in the two languages."""

from datetime import UTC, datetime

from flask import Flask
from flask_babel import force_locale

from app.core.filters import official_words

WORDS = "trước 17 giờ 00 phút, ngày 05/03/2024"
CUTOFF = datetime(2024, 3, 5, 10, tzinfo=UTC)


def test_a_cutoff_keeps_the_words_of_the_plan(app: Flask) -> None:
    with app.test_request_context():
        assert official_words(WORDS, CUTOFF) == WORDS


def test_a_cutoff_is_told_in_english_on_an_english_page(app: Flask) -> None:
    with app.test_request_context(), force_locale("en"):
        assert official_words(WORDS, CUTOFF) == "before 17:00 on 05/03/2024"
