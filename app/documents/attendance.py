"""Who was there: the sessions a delegate attended, and units nobody of which was checked in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.checkin.models import Presence
from app.events.models import Event, EventSession, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State


@dataclass(frozen=True)
class Attended:
    """A delegate and the sessions they were checked in for, in order."""

    registration: Registration
    participation: Participation
    sessions: tuple[EventSession, ...]


def attended(event: Event, ids: Collection[int] | None = None) -> list[Attended]:
    """Everybody with a standing presence, in the order of names. ``ids``: only these entries."""
    query = (
        select(Registration, EventSession)
        .join(Presence, Presence.registration_id == Registration.id)
        .join(EventSession, EventSession.id == Presence.session_id)
        .join(Registration.participation)
        .options(contains_eager(Registration.participation))
        .where(Presence.event_id == event.id, Presence.undone_at.is_(None))
        .order_by(Registration.sort_key, Registration.id, EventSession.ordinal)
    )
    if ids is not None:
        query = query.where(Registration.id.in_(ids))
    found: dict[int, tuple[Registration, list[EventSession]]] = {}
    for entry, session in db.session.execute(query):
        found.setdefault(entry.id, (entry, []))[1].append(session)
    return [
        Attended(entry, entry.participation, tuple(sessions)) for entry, sessions in found.values()
    ]


def absent_units(
    event: Event, ids: Collection[int] | None = None
) -> list[tuple[Participation, Registration]]:
    """Units with a seat and nobody checked in, with one delegate of theirs. ``ids``: of units."""
    present = (
        select(Presence.id)
        .join(Registration, Registration.id == Presence.registration_id)
        .where(Registration.participation_id == Participation.id, Presence.undone_at.is_(None))
        .exists()
    )
    query = (
        select(Participation, Registration)
        .join(Registration, Registration.participation_id == Participation.id)
        .where(
            Participation.event_id == event.id,
            Participation.unit_id.is_not(None),
            Registration.state == State.CONFIRMED,
            ~present,
        )
        .order_by(Participation.sort_key, Participation.id, Registration.slot)
    )
    if ids is not None:
        query = query.where(Participation.id.in_(ids))
    first: dict[int, tuple[Participation, Registration]] = {}
    for unit, entry in db.session.execute(query):
        first.setdefault(unit.id, (unit, entry))
    return list(first.values())
