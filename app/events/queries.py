"""Reads of events that more than one package needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import defer, joinedload

from app.core.access import Actor
from app.core.tokens import is_link_secret, link_secret, link_thing_id
from app.core.unchanged import unchanged
from app.events.errors import EventNotFound
from app.events.guests import is_guest_pool
from app.events.models import Event, EventDocument, Participation, SeatPool
from app.events.rules import EventState
from app.extensions import db

UNIT_LINK = "unit"


def public_event(slug: str) -> Event:
    """An event everybody may read. Raises EventNotFound for drafts and unknown slugs."""
    event = (
        db.session.scalars(
            select(Event).where(Event.slug == slug).options(joinedload(Event.sessions))
        )
        .unique()
        .one_or_none()
    )
    if event is None or event.state == EventState.DRAFT:
        raise EventNotFound()
    return event


def public_events() -> Sequence[Event]:
    """What is not a draft, with sessions: the open first, then the newest."""
    return (
        db.session.scalars(
            select(Event)
            .where(Event.state != EventState.DRAFT)
            .options(joinedload(Event.sessions))
            .order_by((Event.state == EventState.OPEN).desc(), Event.id.desc())
        )
        .unique()
        .all()
    )


def revision_of(slug: str) -> Row[int, int, datetime, datetime | None]:
    """(id, revision, cutoff_at, opens_at): what a kept page of a public event depends on."""
    row = unchanged(("revision", slug), lambda: _revision_of(slug))
    if row is None:
        raise EventNotFound()
    return row


def _revision_of(slug: str) -> Row[int, int, datetime, datetime | None] | None:
    return db.session.connection().execute(_REVISION, {"slug": slug}).one_or_none()


_E = Event.__table__.c
_REVISION = select(_E.id, _E.revision, _E.cutoff_at, _E.opens_at).where(
    _E.slug == bindparam("slug"), _E.state != EventState.DRAFT
)


def event_for(actor: Actor, slug: str) -> Event:
    """Any event for an account; only its own for a gate. Raises EventNotFound."""
    event = db.session.scalar(select(Event).where(Event.slug == slug))
    if event is None or actor.event_id not in (None, event.id):
        raise EventNotFound()
    return event


def current_event() -> Event | None:
    """The newest event that is open, else the newest that is not archived."""
    return db.session.scalar(
        select(Event)
        .where(Event.state != EventState.ARCHIVED)
        .order_by((Event.state == EventState.OPEN).desc(), Event.id.desc())
        .limit(1)
    )


def all_events() -> Sequence[Event]:
    return db.session.scalars(select(Event).order_by(Event.id.desc())).all()


def lock_event(event_id: int) -> Event:
    """The event's row, locked on PostgreSQL until the end of the unit of work; SQLite's
    BEGIN IMMEDIATE has locked the whole database already (design 4.1).

    The plan's and the letter's words are read when they are asked for.
    """
    return db.session.scalars(_LOCKED, {"event_id": event_id}).one()


def guest_seats(event_id: int) -> int:
    """Seats of guests, who sit in the hall on top of the plan's number; read afresh."""
    rows = db.session.execute(
        select(SeatPool.kinds, SeatPool.seats).where(SeatPool.event_id == event_id)
    )
    return sum(row.seats for row in rows if is_guest_pool(row.kinds))


_LOCKED = (
    select(Event)
    .where(Event.id == bindparam("event_id"))
    .options(defer(Event.plan), defer(Event.letter), defer(Event.contact))
    .with_for_update(of=Event)
    .execution_options(populate_existing=True)
)


def unit_secret(participation: Participation) -> str:
    return link_secret(UNIT_LINK, participation.id, participation.link_version)


def participation_of_secret(secret: str) -> Participation | None:
    """The participation a unit's link opens; None for a guessed, old or foreign one."""
    thing_id = link_thing_id(secret)
    if thing_id is None:
        return None
    participation = db.session.get(Participation, thing_id)
    if participation is None or not is_link_secret(
        secret, UNIT_LINK, participation.id, participation.link_version
    ):
        return None
    return participation


def documents_of(event: Event) -> Sequence[EventDocument]:
    return db.session.scalars(
        select(EventDocument).where(EventDocument.event_id == event.id).order_by(EventDocument.id)
    ).all()


def document_of(slug: str, document_id: int) -> Any:
    """A document with its content and its event's state, by the event's address."""
    return db.session.execute(
        select(
            EventDocument.content,
            EventDocument.filename,
            EventDocument.media_type,
            Event.state,
        )
        .join(Event, Event.id == EventDocument.event_id)
        .where(Event.slug == slug, EventDocument.id == document_id)
    ).one_or_none()


def called_counts(event: Event) -> dict[str, int]:
    """How many units of each kind are called."""
    rows = db.session.execute(
        select(Participation.kind, func.count())
        .where(Participation.event_id == event.id)
        .group_by(Participation.kind)
    )
    return {row[0]: row[1] for row in rows}
