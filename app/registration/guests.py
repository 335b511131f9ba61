"""Guests and presenters without a unit (P20, P35): a seat on top of the planned ones.

Callers open the unit of work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.audit.services import record
from app.core.access import Actor
from app.core.vietnamese import fold, sort_key
from app.events.guests import GuestKind
from app.events.models import Participation
from app.events.queries import lock_event
from app.events.rules import Route
from app.events.services import ensure_editable
from app.extensions import db
from app.registration.entering import register
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.seats import add_guest_seat
from app.units.rules import default_short_name

CODE = "KM"
INVITED = "invitation"  # a registration's source


@dataclass(frozen=True)
class Guest:
    """As it was typed, cleaned. ``entry.full_name`` None: "Đại diện Lãnh đạo …"."""

    role: GuestKind
    organisation: str
    entry: Entry


def add_guest(
    event_id: int, guest: Guest, *, by: Actor, now: datetime, source: str = INVITED
) -> Registration:
    """A guest with a seat of their own.

    Raises SeatsRefused when the hall is full, EventStateRefused for an archived event.
    """
    event = lock_event(event_id)
    ensure_editable(event)
    add_guest_seat(event)
    participation = Participation(
        event_id=event.id, unit_id=None, route=Route.GUEST, quota=1, code=_next_code(event.id)
    )
    fill_guest(participation, guest)
    db.session.add(participation)
    db.session.flush()
    record(
        "guest.added", ("participation", participation.id), by=by, now=now,
        event_id=event.id, after=guest_facts(participation),
    )  # fmt: skip
    return register(participation, guest.entry, by=by, now=now, source=source).registration


def _next_code(event_id: int) -> str:
    """KM-001 …; called with the event locked, and no guest's row is ever deleted."""
    number = db.session.scalar(
        select(func.count())
        .select_from(Participation)
        .where(Participation.event_id == event_id, Participation.unit_id.is_(None))
    )
    return f"{CODE}-{(number or 0) + 1:03d}"


def fill_guest(participation: Participation, guest: Guest) -> None:
    """Mails go to the participation's address; for a guest it is their own."""
    name = guest.organisation
    participation.kind = guest.role
    participation.name = name
    participation.short_name = default_short_name("", name)
    participation.email = guest.entry.email
    participation.phone = guest.entry.phone
    participation.search = fold(f"{participation.code} {name} {participation.short_name}")
    participation.sort_key = sort_key(name)


def guest_facts(participation: Participation) -> dict[str, Any]:
    return {"organisation": participation.name, "role": str(participation.kind)}
