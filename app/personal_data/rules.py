"""The statutory clock of a request, and which step may follow which; plain functions of values.

Nghị định 356/2025/NĐ-CP Điều 5: an answer in 02 working days; seeing, correcting and giving in
10 days; restriction, objection and withdrawal of consent in 15; erasure in 20; one extension.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from app.core.clock import from_local, local_date
from app.core.days_off import add_working_days

ANSWER_WORKING_DAYS = 2
SOON = timedelta(days=1)
KEPT_DAYS = 365  # a finished request and its answer live so long as proof, then their texts go


class Kind(StrEnum):
    SEE = "see"
    CORRECT = "correct"
    ERASE = "erase"
    RESTRICT = "restrict"
    OBJECT = "object"  # also the withdrawal of consent


class State(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    DONE = "done"
    REFUSED = "refused"


ACT_DAYS = {Kind.SEE: 10, Kind.CORRECT: 10, Kind.RESTRICT: 15, Kind.OBJECT: 15, Kind.ERASE: 20}
RUNNING = frozenset({State.OPEN, State.ANSWERED})
MOVES: dict[State, frozenset[State]] = {
    State.OPEN: frozenset({State.ANSWERED, State.DONE, State.REFUSED}),
    State.ANSWERED: frozenset({State.DONE, State.REFUSED}),
    State.DONE: frozenset(),
    State.REFUSED: frozenset(),
}


def end_of(day: date) -> datetime:
    """The last second of a day in Hải Phòng, as an instant: what comes later is too late."""
    return from_local(datetime.combine(day, time(23, 59, 59)))


def answer_by(received_at: datetime, days_off: Collection[date] = ()) -> datetime:
    """The end of the second working day after the one it came on."""
    return end_of(add_working_days(local_date(received_at), ANSWER_WORKING_DAYS, days_off))


def act_by(received_at: datetime, kind: str) -> datetime:
    """The end of the last day. Not moved when that is a day off: too early is never wrong."""
    return end_of(local_date(received_at) + timedelta(days=ACT_DAYS[Kind(kind)]))


def latest_extension(received_at: datetime, kind: str) -> date:
    """The law names no length: once more the same term at most."""
    return local_date(received_at) + timedelta(days=2 * ACT_DAYS[Kind(kind)])


def may_move(before: str, after: str) -> bool:
    return State(after) in MOVES[State(before)]


def may_extend(state: str, extended_at: datetime | None) -> bool:
    """Once, while it runs."""
    return State(state) in RUNNING and extended_at is None


@dataclass(frozen=True)
class Clock:
    """``step``: answer or act; ``by``: the instant it must be done; ``left``: below zero when late;
    ``tone``: stop when late, look within a day, else waiting."""

    step: str
    by: datetime
    left: timedelta
    tone: str


def clock_of(state: str, answer_at: datetime, act_at: datetime, now: datetime) -> Clock | None:
    """What the desk must do next and by when; None when all is done."""
    if State(state) not in RUNNING:
        return None
    answers = State(state) == State.OPEN and answer_at <= act_at
    by = answer_at if answers else act_at
    left = by - now
    tone = "stop" if left < timedelta() else "look" if left <= SOON else "waiting"
    return Clock("answer" if answers else "act", by, left, tone)
