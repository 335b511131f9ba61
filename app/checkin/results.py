"""What a scan leads to, as plain values: the same shape whether decided now or read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from app.checkin.rules import Outcome, SessionTime, SessionTimes
from app.registration.rules import State


class SessionFacts(SessionTimes, Protocol):
    """An EventSession, or the door of a scan."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...


class Door(NamedTuple):
    """The session a scan is for."""

    event_id: int
    id: int
    name: str
    starts_at: datetime | None
    ends_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None


class Face(NamedTuple):
    """A registration as a scan needs it, with its presence in one session."""

    id: int
    event_id: int
    state: str
    full_name: str | None
    position: str
    code_version: int
    unit: str
    presence_id: int | None
    presence_at: datetime | None
    gate_name: str | None


@dataclass(frozen=True)
class Person:
    """A delegate as the hall may see one: no phone, no address (design 5, domain 5.3)."""

    registration_id: int
    name: str | None  # None: "Đại diện Lãnh đạo"
    position: str
    unit: str
    state: State


@dataclass(frozen=True)
class Arrival:
    """A presence: when and where the person was first let in."""

    presence_id: int
    at: datetime
    gate_name: str


@dataclass(frozen=True)
class Counts:
    """Delegates let into a session, and delegates with a seat."""

    arrived: int
    expected: int


@dataclass(frozen=True)
class ScanResult:
    """One scan's answer. ``repeat``: this client id was answered before; nothing was added."""

    outcome: Outcome
    client_id: str
    scan_id: int
    at: datetime
    session_id: int
    code: str | None
    person: Person | None
    arrival: Arrival | None
    successor: Person | None
    successor_arrival: Arrival | None
    place: int | None  # in the waiting list, 1 is next
    session: SessionTime
    counts: Counts
    repeat: bool = False
