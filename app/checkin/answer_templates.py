"""The screens of `answers`, with {names} where a phone fills in what it knows.

A phone without a network says the same words as the server, in the language of its page: each
screen is made once from values that stand for others. Filled by static/js/hall/words.js.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.checkin.answers import answer_of, code_lines
from app.checkin.places import PAPER_PLACE
from app.checkin.results import Arrival, Counts, Person, ScanResult
from app.checkin.rules import Outcome, SessionTime
from app.core.clock import from_local
from app.core.filters import clock_time, short_date
from app.core.tokens import CODE_DIGITS, FORM_CODE
from app.registration.rules import State

SUCCESSOR_ID = -1  # in an action: who stands instead
_FORM = str(FORM_CODE) + "7" * (CODE_DIGITS - 1)
_AT, _ARRIVED, _NEW_ARRIVED, _STARTS, _ENDS = (
    from_local(datetime(2095, month, 20 + month, month, 50 + month)) for month in range(1, 6)
)
_PLACE, _NUMBER = 876_543, 765_432
_NAMES = {
    clock_time(_AT): "{at}",
    clock_time(_ARRIVED): "{time}",
    clock_time(_NEW_ARRIVED): "{new_time}",
    clock_time(_STARTS): "{session_time}",
    clock_time(_ENDS): "{session_time}",
    short_date(_STARTS): "{session_day}",
    short_date(_ENDS): "{session_day}",
    str(_PLACE): "{place}",
    str(_NUMBER): "{number}",
    code_lines(_FORM): "{code}",
}


@dataclass(frozen=True)
class _Session:
    id: int = 1
    name: str = "{session}"
    starts_at: datetime | None = _STARTS
    ends_at: datetime | None = _ENDS
    opened_at: datetime | None = None
    closed_at: datetime | None = None


def answer_templates() -> dict[str, dict[str, Any]]:
    """Outcome, with its variant behind a dot → the answer as JSON, in the request's language."""
    return {name: _named(asdict(answer_of(found, _Session()))) for name, found in _variants()}


def _named(value: Any) -> Any:
    if isinstance(value, str):
        for stand_in, name in _NAMES.items():
            value = value.replace(stand_in, name)
        return value
    if isinstance(value, list):
        return [_named(one) for one in value]
    if isinstance(value, dict):
        return {key: _named(one) for key, one in value.items()}
    return value


def _person(state: State) -> Person:
    return Person(0, "{name}", "{position}", "{unit}", state)


def _successor(state: State) -> Person:
    return Person(SUCCESSOR_ID, "{new_name}", "{new_position}", "{new_unit}", state)


def _found(outcome: Outcome, state: State | None = State.CONFIRMED, **values: Any) -> ScanResult:
    given: dict[str, Any] = {
        "outcome": outcome, "client_id": "", "scan_id": 0, "at": _AT, "session_id": 1,
        "code": "{code}", "person": _person(state) if state else None, "arrival": None,
        "successor": None, "successor_arrival": None, "place": None,
        "session": SessionTime.OPEN, "counts": Counts(_NUMBER, _NUMBER),
    }  # fmt: skip
    return ScanResult(**given | values)


def _variants() -> Iterator[tuple[str, ScanResult]]:
    yield "welcome", _found(Outcome.WELCOME)
    yield "already", _found(Outcome.ALREADY, arrival=Arrival(0, _ARRIVED, "{gate}"))
    yield "already.paper", _found(Outcome.ALREADY, arrival=Arrival(0, _ARRIVED, PAPER_PLACE))
    yield "waitlisted", _found(Outcome.WAITLISTED, State.WAITLISTED)
    yield "waitlisted.placed", _found(Outcome.WAITLISTED, State.WAITLISTED, place=_PLACE)
    for state in (State.LATE, State.REJECTED):
        yield f"not_confirmed.{state}", _found(Outcome.NOT_CONFIRMED, state)
    yield "void_code", _found(Outcome.VOID_CODE)
    for time in (SessionTime.TOO_EARLY, SessionTime.OVER):
        yield f"wrong_session.{time}", _found(Outcome.WRONG_SESSION, session=time)
    yield "wrong_event", _found(Outcome.WRONG_EVENT, None)
    yield "unknown", _found(Outcome.UNKNOWN, None)
    yield "unknown.form", _found(Outcome.UNKNOWN, None, code=_FORM)
    for outcome, state in (
        (Outcome.REPLACED, State.REPLACED),
        (Outcome.WITHDRAWN, State.WITHDRAWN),
    ):
        yield f"{outcome}.alone", _found(outcome, state)
        for standing in (State.CONFIRMED, State.WAITLISTED, State.LATE):
            yield f"{outcome}.{standing}", _found(outcome, state, successor=_successor(standing))
        gone = _successor(State.WITHDRAWN)
        yield f"{outcome}.gone", _found(outcome, state, successor=gone)
        new = _successor(State.CONFIRMED)
        for name, place in (("arrived", "{new_gate}"), ("arrived_paper", PAPER_PLACE)):
            arrival = Arrival(0, _NEW_ARRIVED, place)
            yield (
                f"{outcome}.{name}",
                _found(outcome, state, successor=new, successor_arrival=arrival),
            )
