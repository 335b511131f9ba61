"""What a scan is answered, as plain functions of values (design 4.6, look 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.core.clock import from_local, local_date
from app.registration.rules import ACTIVE, State


class Outcome(StrEnum):
    """Only WELCOME and ALREADY let somebody in."""

    WELCOME = "welcome"
    ALREADY = "already"
    REPLACED = "replaced"
    WAITLISTED = "waitlisted"
    WITHDRAWN = "withdrawn"
    NOT_CONFIRMED = "not_confirmed"  # late or rejected
    VOID_CODE = "void_code"  # a newer code was given to the same person
    WRONG_SESSION = "wrong_session"
    WRONG_EVENT = "wrong_event"
    UNKNOWN = "unknown"


ADMITTED = frozenset({Outcome.WELCOME, Outcome.ALREADY})
REFUSED = frozenset(Outcome) - ADMITTED


class How(StrEnum):
    """How the person was found."""

    SCAN = "scan"
    TYPED = "typed"
    SEARCH = "search"
    PHOTO = "photo"  # a picture sent because the page gets no camera
    WALK_IN = "walk_in"
    DESK = "desk"
    PAPER = "paper"  # signed on the attendance sheet; its time is when that was confirmed


class Remark(StrEnum):
    """Why the desk should look at a scan that came from a phone that was offline."""

    DOUBLE = "double"  # two gates let the same code in
    STALE = "stale"  # the phone let in who has no seat any more
    UNLISTED = "unlisted"  # the phone refused whom the server has on its list
    AFTER_REVOKE = "after_revoke"  # made when the gate had been revoked or was over
    CLOCK = "clock"  # its time cannot be right (before the gate was, or in the future)
    WALK_IN = "walk_in"  # could not be entered: no seat, or the unit is there already


class SessionTime(StrEnum):
    TOO_EARLY = "too_early"
    OPEN = "open"
    OVER = "over"


@dataclass(frozen=True)
class Finding:
    """What is known of a scan. ``state`` None: it belongs to no registration of ours."""

    state: State | None
    same_event: bool = True
    current_code: bool = True
    session: SessionTime = SessionTime.OPEN
    present: bool = False


_BY_STATE = {
    State.REPLACED: Outcome.REPLACED,
    State.WITHDRAWN: Outcome.WITHDRAWN,
    State.REJECTED: Outcome.NOT_CONFIRMED,
    State.LATE: Outcome.NOT_CONFIRMED,
    State.WAITLISTED: Outcome.WAITLISTED,
}


def decide(finding: Finding) -> Outcome:
    """The first reason that holds: whose code, which event, state, code, session."""
    if finding.state is None:
        return Outcome.UNKNOWN
    if not finding.same_event:
        return Outcome.WRONG_EVENT
    if finding.state in _BY_STATE:
        return _BY_STATE[finding.state]
    if not finding.current_code:
        return Outcome.VOID_CODE
    if finding.session != SessionTime.OPEN:
        return Outcome.WRONG_SESSION
    return Outcome.ALREADY if finding.present else Outcome.WELCOME


class SessionTimes(Protocol):
    """An EventSession, or the door of a scan."""

    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def ends_at(self) -> datetime | None: ...
    @property
    def opened_at(self) -> datetime | None: ...
    @property
    def closed_at(self) -> datetime | None: ...


def session_time(session: SessionTimes, moment: datetime) -> SessionTime:
    """Doors open at midnight of the session's day and shut at its end; no times, always open.

    The hand comes before the clock: from ``opened_at`` it is open, from ``closed_at`` it is over.
    """
    if session.closed_at is not None and moment >= session.closed_at:
        return SessionTime.OVER
    if session.opened_at is not None and moment >= session.opened_at:
        return SessionTime.OPEN
    if session.ends_at is not None and moment >= session.ends_at:
        return SessionTime.OVER
    if session.starts_at is not None and local_date(moment) < local_date(session.starts_at):
        return SessionTime.TOO_EARLY
    return SessionTime.OPEN


def is_late(at: datetime, how: str, starts_at: datetime | None, late_after: int | None) -> bool:
    """Arrived ``late_after`` minutes after the start or later; a signature on paper has no time."""
    if starts_at is None or late_after is None or how == How.PAPER:
        return False
    return at >= starts_at + timedelta(minutes=late_after)


def gate_expiry(
    *,
    ends_at: datetime | None,
    starts_at: datetime | None,
    cutoff_at: datetime,
    now: datetime,
) -> datetime:
    """23:59 of the day after the event; of a tentative one, of 30 days after the cut-off.

    At least a day from now, so that a rehearsal after the event has working gates.
    """
    moment = ends_at or starts_at
    last = (
        local_date(moment) + timedelta(days=1)
        if moment
        else local_date(cutoff_at + timedelta(days=30))
    )
    return max(_end_of(last), now + timedelta(days=1))


def _end_of(day: date) -> datetime:
    return from_local(datetime(day.year, day.month, day.day, 23, 59))


_CLIENT_ID = re.compile(r"[0-9A-Za-z_-]{8,40}", re.ASCII)


def is_client_id(text: str) -> bool:
    """Made by the device for each scan: 8 to 40 letters, digits, dashes (a UUID has 36)."""
    return _CLIENT_ID.fullmatch(text) is not None


MARK_OF_RANK = {"given": 0, "name": 1, "word": 2, "within": 3}
MARK_OF_GONE = len(MARK_OF_RANK)  # added: behind everybody who stands
GONE = frozenset({State.REPLACED, State.WITHDRAWN})
SEARCHED = ACTIVE | GONE  # who can be found by name: the gone are answered as their code would be


def search_rank(words: list[str], name: str, search: str, state: str = State.CONFIRMED) -> int:
    """How well folded query ``words`` fit a person; lower is better.

    ``name``: the folded full name; ``search``: folded name and unit together.
    0 the tên begins with the last word typed · 1 every word begins a word of the name ·
    2 every word begins some word · 3 only inside words; in the same order, 4 to 7 for those
    who were replaced or withdrew.
    """
    return _fit(words, name, search) + (MARK_OF_GONE if state in GONE else 0)


def _fit(words: list[str], name: str, search: str) -> int:
    parts = name.split()
    name_fits = all(any(part.startswith(word) for part in parts) for word in words)
    if parts and name_fits and parts[-1].startswith(words[-1]):
        return MARK_OF_RANK["given"]
    if name_fits:
        return MARK_OF_RANK["name"]
    everything = search.split()
    if all(any(part.startswith(word) for part in everything) for word in words):
        return MARK_OF_RANK["word"]
    return MARK_OF_RANK["within"]
