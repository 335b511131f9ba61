"""What a scan leads to, as plain values: the same shape whether decided now or read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.checkin.rules import Outcome, SessionTime
from app.registration.rules import State


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
