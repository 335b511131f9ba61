from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import unit_of_work
from app.core.errors import TooManyAttempts
from app.core.limits import (
    Attempt,
    count_attempt,
    ensure_allowed,
    forget_attempts,
    take_back_attempts,
)
from app.extensions import db

NOW = datetime(2024, 3, 5, 3, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=15)
pytestmark = pytest.mark.both_databases


def tries(number: int, *, at: datetime = NOW, who: str = "a@example.vn") -> list[int]:
    with unit_of_work():
        return [count_attempt("sign-in", who, now=at) for _ in range(number)]


def ask(*, at: datetime = NOW, who: str = "a@example.vn", purpose: str = "sign-in") -> None:
    ensure_allowed(purpose, who, most=3, within=WINDOW, now=at)


def test_as_many_as_allowed_and_no_more(app: Flask) -> None:
    tries(2)
    ask()
    tries(1)
    with pytest.raises(TooManyAttempts):
        ask()


def test_it_holds_for_one_purpose_and_one_person_however_written(app: Flask) -> None:
    tries(3)
    ask(purpose="reset")
    ask(who="b@example.vn")
    with pytest.raises(TooManyAttempts):
        ask(who=" A@Example.vn ")


def test_it_ends_when_the_time_has_passed(app: Flask) -> None:
    tries(3)
    with pytest.raises(TooManyAttempts):
        ask(at=NOW + WINDOW - timedelta(microseconds=1))
    ask(at=NOW + WINDOW)


def test_what_was_no_failure_is_taken_back(app: Flask) -> None:
    ids = tries(3)
    with unit_of_work():
        take_back_attempts(ids[:1])
    ask()
    with unit_of_work():
        forget_attempts("sign-in", "A@example.vn")
    assert db.session.scalars(select(Attempt)).all() == []


def test_no_address_is_stored_and_nothing_longer_than_a_day(app: Flask) -> None:
    tries(1)
    tries(1, at=NOW + timedelta(days=1, seconds=1), who="b@example.vn")
    (kept,) = db.session.scalars(select(Attempt))
    assert len(kept.bucket) == 40
    assert "example" not in kept.bucket
