"""Sessions opened and closed by hand, which comes before the clock. Called in a unit of work."""

from __future__ import annotations

from datetime import datetime

from app.audit.services import record
from app.checkin.errors import SessionNotFound
from app.core.access import Actor
from app.events.models import Event, EventSession
from app.events.queries import lock_event
from app.events.services import ensure_editable
from app.extensions import db


def session_in(event: Event, session_id: int) -> EventSession:
    """Raises SessionNotFound for another event's session."""
    for session in event.sessions:
        if session.id == session_id:
            return session
    raise SessionNotFound()


def open_session(event: Event, session_id: int, *, by: Actor, now: datetime) -> EventSession:
    """Open from now on, whatever the clock says, until it is closed by hand. Twice is once.

    What was scanned while it had been open by hand before still counts. Raises
    EventStateRefused for an archived event.
    """
    event, session = _locked(event, session_id)
    if session.closed_at is None and session.opened_at is not None:
        return session
    session.opened_at = session.opened_at or now
    session.closed_at = None
    return _recorded("session.opened", event, session, by=by, now=now)


def close_session(event: Event, session_id: int, *, by: Actor, now: datetime) -> EventSession:
    """Closed from now on. Scans made before, on phones that were offline, still count."""
    event, session = _locked(event, session_id)
    if session.closed_at is not None:
        return session
    session.closed_at = now
    return _recorded("session.closed", event, session, by=by, now=now)


def follow_clock(event: Event, session_id: int, *, by: Actor, now: datetime) -> EventSession:
    """Open and over as its times say."""
    event, session = _locked(event, session_id)
    if session.opened_at is None and session.closed_at is None:
        return session
    session.opened_at = session.closed_at = None
    return _recorded("session.by_clock", event, session, by=by, now=now)


def _locked(event: Event, session_id: int) -> tuple[Event, EventSession]:
    event = lock_event(event.id)
    ensure_editable(event)
    session = session_in(event, session_id)
    db.session.refresh(session)
    return event, session


def _recorded(
    action: str, event: Event, session: EventSession, *, by: Actor, now: datetime
) -> EventSession:
    db.session.flush()
    record(
        action,
        ("session", session.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"session": session.name},
    )
    return session
