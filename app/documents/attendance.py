"""Whom papers and mails after the event are for: who was there, and units nobody of which was."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from app.checkin.attendance import THERE, attendance
from app.events.models import Event, EventSession, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State


@dataclass(frozen=True)
class Attended:
    """A delegate and the sessions they were there for, late or not, in order."""

    registration: Registration
    participation: Participation
    sessions: tuple[EventSession, ...]


def attended(event: Event, ids: Collection[int] | None = None) -> list[Attended]:
    """Everybody who came to a session, in the order of names. ``ids``: only these entries."""
    found = attendance(event, ids)
    present = [one for one in found.delegates if one.came]
    entries = _entries(event, None if ids is None else [one.id for one in present])
    return [
        Attended(
            entries[one.id],
            entries[one.id].participation,
            tuple(
                session
                for session, mark in zip(found.sessions, one.marks, strict=True)
                if mark.mark in THERE
            ),
        )
        for one in present
    ]


def absent_units(
    event: Event, ids: Collection[int] | None = None
) -> list[tuple[Participation, Registration]]:
    """Units with a seat and nobody there, with one delegate of theirs: not those who gave a reason,
    and no guests. ``ids``: of units."""
    wanted = [
        next(one.id for one in unit.delegates if one.state == State.CONFIRMED)
        for unit in attendance(event).absent_units
        if not unit.is_guest
        and not unit.excused
        and State.CONFIRMED in unit.states
        and (ids is None or unit.id in ids)
    ]
    entries = _entries(event, wanted if ids is not None else None)
    return [(entries[one].participation, entries[one]) for one in wanted]


def _entries(event: Event, ids: Collection[int] | None) -> dict[int, Registration]:
    """By id, with their units; ``ids`` None: all of the event, which no list of numbers may be
    too long for."""
    query = (
        select(Registration)
        .join(Registration.participation)
        .options(contains_eager(Registration.participation))
        .where(Registration.event_id == event.id)
    )
    if ids is not None:
        query = query.where(Registration.id.in_(ids))
    return {one.id: one for one in db.session.scalars(query)}
