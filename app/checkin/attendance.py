"""Who was there: each delegate and session once, for the report, the board, the sheets and the
confirmations (design 4.8). Four queries, whatever the number of people.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from app.checkin.models import ExcusedAbsence, Presence
from app.checkin.rules import is_late
from app.events.guests import kind_order
from app.events.models import Event, EventSession, Participation
from app.extensions import db
from app.registration.flags import SUBSTITUTE, WALK_IN
from app.registration.models import Registration
from app.registration.rules import State


class Mark(StrEnum):
    """A delegate, or a unit, in one session: exactly one holds."""

    PRESENT = "present"
    LATE = "late"  # present, too
    EXCUSED = "excused"
    ABSENT = "absent"


THERE = frozenset({Mark.PRESENT, Mark.LATE})


@dataclass(frozen=True, slots=True)
class SessionMark:
    """``at``, ``how`` (rules.How), ``gate``: of the arrival; ``reason``: of an excused absence."""

    mark: Mark
    at: datetime | None = None
    how: str | None = None
    gate: str | None = None
    reason: str | None = None


_ABSENT = SessionMark(Mark.ABSENT)


@dataclass(frozen=True, slots=True)
class Delegate:
    """Somebody with a seat, or who was let in and lost it since. ``marks``: one a session."""

    id: int
    name: str | None
    position: str
    state: State
    flags: tuple[str, ...]
    participation_id: int
    marks: tuple[SessionMark, ...]

    @property
    def came(self) -> bool:
        return any(one.mark in THERE for one in self.marks)

    @property
    def excuse(self) -> str | None:
        """The first reason given; "" when only the fact is known."""
        reasons = [one.reason or "" for one in self.marks if one.mark == Mark.EXCUSED]
        return reasons[0] if reasons else None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit called to the event, or a guest's organisation, with its delegates in order of names.

    ``states``: of all its entries, ended ones too. ``uncalled``: came to the door without having
    been invited. ``marks``: one a session; a unit is there when one of its delegates is.
    """

    id: int
    name: str
    short_name: str
    kind: str
    district: str | None
    is_guest: bool
    uncalled: bool
    states: frozenset[State]
    delegates: tuple[Delegate, ...]
    marks: tuple[Mark, ...]

    @property
    def registered(self) -> bool:
        return bool(self.delegates)

    @property
    def came(self) -> bool:
        return any(one in THERE for one in self.marks)

    @property
    def excused(self) -> bool:
        return not self.came and Mark.EXCUSED in self.marks


@dataclass(frozen=True)
class Attendance:
    """``units`` in the plan's order of kinds, then of names; ``delegates`` in order of names."""

    event: Event
    sessions: tuple[EventSession, ...]
    units: tuple[Unit, ...]
    delegates: tuple[Delegate, ...]

    @property
    def absent_units(self) -> list[Unit]:
        """Called, and nobody came to any session."""
        return [one for one in self.units if not one.uncalled and not one.came]


def attendance(event: Event, ids: Collection[int] | None = None) -> Attendance:
    """Of everybody; ``ids``: only of these registrations and their units."""
    sessions = tuple(event.sessions)
    arrivals = _arrivals(event.id, sessions, ids)
    excuses = _excuses(event.id, ids)
    places: dict[int, Any] = {}
    delegates: list[Delegate] = []
    states: dict[int, set[State]] = {}
    for row in _rows(event.id, ids):
        places[row.participation_id] = row
        known = states.setdefault(row.participation_id, set())
        if row.id is None:
            continue
        known.add(State(row.state))
        if row.state == State.CONFIRMED or row.id in arrivals:
            delegates.append(_delegate(row, sessions, arrivals.get(row.id, {}), excuses))
    of_unit: dict[int, list[Delegate]] = {}
    for one in delegates:
        of_unit.setdefault(one.participation_id, []).append(one)
    units = [
        _unit(row, len(sessions), frozenset(states[key]), tuple(of_unit.get(key, ())))
        for key, row in places.items()
        if row.unit_id is not None or key in of_unit  # a guest taken off the list was not called
    ]
    order = {key: (kind_order(row.kind), row.unit_key, key) for key, row in places.items()}
    units.sort(key=lambda one: order[one.id])
    return Attendance(event, sessions, tuple(units), tuple(delegates))


def _rows(event_id: int, ids: Collection[int] | None) -> Any:
    """Every unit called, with each of its entries or none; in order of the delegates' names."""
    query = (
        select(
            Participation.id.label("participation_id"), Participation.unit_id, Participation.kind,
            Participation.name.label("unit"), Participation.short_name, Participation.district,
            Participation.sort_key.label("unit_key"), Registration.id, Registration.full_name,
            Registration.position, Registration.state, Registration.flags,
        )
        .outerjoin(Registration, Registration.participation_id == Participation.id)
        .where(Participation.event_id == event_id)
        .order_by(Registration.sort_key, Participation.sort_key, Registration.id)
    )  # fmt: skip
    if ids is not None:
        query = query.where(Registration.id.in_(ids))
    return db.session.execute(query)


Arrivals = dict[int, dict[int, SessionMark]]


def _arrivals(
    event_id: int, sessions: tuple[EventSession, ...], ids: Collection[int] | None
) -> Arrivals:
    """registration → session → arrival, of the presences that stand."""
    times = {one.id: (one.starts_at, one.late_after) for one in sessions}
    query = select(
        Presence.registration_id, Presence.session_id, Presence.at, Presence.how, Presence.gate_name
    ).where(Presence.event_id == event_id, Presence.undone_at.is_(None))
    if ids is not None:
        query = query.where(Presence.registration_id.in_(ids))
    found: Arrivals = {}
    for registration, session, at, how, gate in db.session.execute(query):
        mark = Mark.LATE if is_late(at, how, *times[session]) else Mark.PRESENT
        found.setdefault(registration, {})[session] = SessionMark(mark, at, how, gate)
    return found


def _excuses(event_id: int, ids: Collection[int] | None) -> dict[tuple[int, int], str]:
    query = select(
        ExcusedAbsence.registration_id, ExcusedAbsence.session_id, ExcusedAbsence.reason
    ).where(ExcusedAbsence.event_id == event_id)
    if ids is not None:
        query = query.where(ExcusedAbsence.registration_id.in_(ids))
    return {(row[0], row[1]): row[2] for row in db.session.execute(query)}


def _delegate(
    row: Any,
    sessions: tuple[EventSession, ...],
    arrived: dict[int, SessionMark],
    excuses: dict[tuple[int, int], str],
) -> Delegate:
    """Who came was not absent, whatever reason was given before."""
    marks = []
    for session in sessions:
        mark = arrived.get(session.id, _ABSENT)
        reason = excuses.get((row.id, session.id)) if mark is _ABSENT else None
        marks.append(mark if reason is None else SessionMark(Mark.EXCUSED, reason=reason))
    return Delegate(
        id=row.id, name=row.full_name, position=row.position, state=State(row.state),
        flags=tuple(row.flags), participation_id=row.participation_id, marks=tuple(marks),
    )  # fmt: skip


def _unit(row: Any, sessions: int, states: frozenset[State], own: tuple[Delegate, ...]) -> Unit:
    guest = row.unit_id is None
    return Unit(
        id=row.participation_id, name=row.unit, short_name=row.short_name, kind=row.kind,
        district=row.district, is_guest=guest,
        uncalled=guest and all(WALK_IN in one.flags for one in own),
        states=states, delegates=own,
        marks=tuple(unit_mark([one.marks[n].mark for one in own]) for n in range(sessions)),
    )  # fmt: skip


def unit_mark(marks: Collection[Mark]) -> Mark:
    """Of a unit with these delegates: the best of theirs, absent without any."""
    return next((one for one in Mark if one in marks), Mark.ABSENT)


def substitutes(units: Collection[Unit]) -> int:
    """Units that sent somebody else on the day, who came."""
    return sum(
        any(SUBSTITUTE in one.flags and one.came for one in unit.delegates) for unit in units
    )


def walk_ins(delegates: Collection[Delegate]) -> int:
    """People written down at the door who came, of units or not."""
    return sum(WALK_IN in one.flags and one.came for one in delegates)
