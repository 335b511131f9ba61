"""Guesses of passwords and codes, counted in the database by account and by client address.

An attempt is written before the password is looked at and taken back when it was right: any
number of processes asked at once lets through no more than the limit. The real clock counts:
moving the rehearsal's clock neither locks nor frees anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from flask import request

from app.core import clock
from app.core.database import unit_of_work
from app.core.limits import count_attempt, ensure_allowed, forget_attempts, take_back_attempts
from app.extensions import db

WITHIN = timedelta(minutes=15)


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts of one purpose WITHIN the past quarter of an hour."""

    purpose: str
    most: int


PASSWORD = Limit("password", 10)  # by mail address
PASSWORD_FROM = Limit("password from", 30)  # by client address
CODE = Limit("second step", 10)  # by account
RESET = Limit("reset", 5)  # mails to one address
RESET_FROM = Limit("reset from", 30)


@dataclass(frozen=True)
class Begun:
    """Attempts written down; `right()` takes them back, and all earlier ones of the first."""

    first: tuple[Limit, str]
    ids: Sequence[int]

    def right(self) -> None:
        with joined_work():
            take_back_attempts(self.ids)
            forget_attempts(self.first[0].purpose, self.first[1])


def begin(*limited: tuple[Limit, str]) -> Begun:
    """Write down one attempt for each. Raises TooManyAttempts, and then counts nothing more."""
    for limit, who in limited:
        _ensure(limit, who, limit.most)
    with unit_of_work():
        ids = [count_attempt(limit.purpose, who, now=clock.real_now()) for limit, who in limited]
    for limit, who in limited:
        _ensure(limit, who, limit.most + 1)  # this one is among them now
    return Begun(limited[0], ids)


def client_address() -> str:
    return request.remote_addr or "unknown"


@contextmanager
def joined_work() -> Iterator[None]:
    """A unit of work; or, when Flask-Security has changes waiting, one commit with them."""
    session = db.session
    if session.new or session.dirty or session.deleted:
        yield
        session.commit()
    else:
        with unit_of_work():
            yield


def _ensure(limit: Limit, who: str, most: int) -> None:
    ensure_allowed(limit.purpose, who, most=most, within=WITHIN, now=clock.real_now())
