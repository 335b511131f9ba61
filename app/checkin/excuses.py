"""Absences with a reason (vắng có lý do), as the desk hears of them.

Per delegate and session; who comes after all is present, and the reason is only history.
Called inside a unit of work.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select

from app.audit.services import record
from app.checkin.errors import AlreadyArrived, NothingToExcuse, SessionNotFound
from app.checkin.models import ExcusedAbsence
from app.checkin.queries import standing_presence
from app.checkin.session_services import session_in
from app.core.access import Actor
from app.events.models import Event
from app.events.queries import lock_event
from app.events.services import ensure_editable
from app.extensions import db
from app.registration.errors import RegistrationNotFound
from app.registration.models import Registration
from app.registration.rules import State


def excuse(
    event: Event,
    registration_id: int,
    session_ids: Collection[int],
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> Registration:
    """Set down the reason for these sessions; another reason than before takes its place.

    Raises RegistrationNotFound, NothingToExcuse (no seat), SessionNotFound, AlreadyArrived.
    """
    event = lock_event(event.id)
    ensure_editable(event)
    registration = _registration(event, registration_id)
    if registration.state != State.CONFIRMED:
        raise NothingToExcuse()
    if not session_ids:
        raise SessionNotFound()
    for session in [session_in(event, one) for one in sorted(session_ids)]:
        presence = standing_presence(registration.id, session.id)
        if presence is not None:
            raise AlreadyArrived(session.name, presence.at)
        known = _excuse_of(registration.id, session.id)
        if known is not None and known.reason == reason:
            continue
        if known is None:
            known = ExcusedAbsence(
                event_id=event.id, session_id=session.id, registration_id=registration.id
            )
            db.session.add(known)
        known.reason, known.at, known.by = reason, now, by.label[:200]
        db.session.flush()
        record(
            "checkin.excused",
            ("registration", registration.id),
            by=by,
            now=now,
            event_id=event.id,
            after={"session": session.name},
            reason=reason,
        )
    return registration


def take_back_excuse(
    event: Event, registration_id: int, session_id: int, *, by: Actor, now: datetime
) -> Registration:
    """The delegate comes after all, or it was a mistake. Twice is once."""
    event = lock_event(event.id)
    ensure_editable(event)
    registration = _registration(event, registration_id)
    session = session_in(event, session_id)
    known = _excuse_of(registration.id, session.id)
    if known is None:
        return registration
    reason = known.reason
    db.session.delete(known)
    db.session.flush()
    record(
        "checkin.excuse_removed",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=event.id,
        before={"session": session.name},
        reason=reason,
    )
    return registration


def excuses_in(session_id: int, registration_ids: Collection[int]) -> Mapping[int, ExcusedAbsence]:
    """By registration."""
    found = db.session.scalars(
        select(ExcusedAbsence).where(
            ExcusedAbsence.session_id == session_id,
            ExcusedAbsence.registration_id.in_(registration_ids),
        )
    )
    return {one.registration_id: one for one in found}


def excuses_of(registration: Registration) -> Mapping[int, ExcusedAbsence]:
    """By session."""
    found = db.session.scalars(
        select(ExcusedAbsence).where(ExcusedAbsence.registration_id == registration.id)
    )
    return {one.session_id: one for one in found}


def _registration(event: Event, registration_id: int) -> Registration:
    found = db.session.get(Registration, registration_id, populate_existing=True)
    if found is None or found.event_id != event.id:
        raise RegistrationNotFound()
    return found


def _excuse_of(registration_id: int, session_id: int) -> ExcusedAbsence | None:
    return db.session.scalar(
        select(ExcusedAbsence).where(
            ExcusedAbsence.registration_id == registration_id,
            ExcusedAbsence.session_id == session_id,
        )
    )
