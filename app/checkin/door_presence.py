"""A presence that no scan of a code made: at the door, or by the desk. Called in a unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from app.audit.services import record
from app.checkin import queries
from app.checkin.models import Presence
from app.checkin.rules import How
from app.core.access import Actor
from app.events.models import EventSession
from app.extensions import db
from app.registration.models import Registration

_INSERT: Mapping[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def let_in(
    registration: Registration,
    session: EventSession,
    *,
    at: datetime,
    now: datetime,
    gate_name: str,
    by: Actor,
    how: How,
) -> Presence:
    """The presence that stands in this session: a new one, or the one there is, which keeps the
    earlier of both times. Call with the event locked; a gate's scan may come in between."""
    connection = db.session.connection()
    statement = _INSERT[connection.dialect.name](Presence.__table__)
    made = connection.execute(
        statement.on_conflict_do_nothing().returning(Presence.__table__.c.id),
        {
            "event_id": registration.event_id,
            "session_id": session.id,
            "registration_id": registration.id,
            "at": at,
            "gate_name": gate_name[:60],
            "by": by.label[:200],
            "how": str(how),
        },
    ).scalar()
    if made is None:
        return _earlier(registration, session, at, gate_name, by, how, now)
    record(
        "checkin.arrived",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=registration.event_id,
        after={
            "session": session.name, "gate": gate_name[:60], "how": str(how), "presence": made,
        },
    )  # fmt: skip
    return db.session.get_one(Presence, made)


def _earlier(
    registration: Registration,
    session: EventSession,
    at: datetime,
    gate_name: str,
    by: Actor,
    how: How,
    now: datetime,
) -> Presence:
    presence = queries.standing_presence(registration.id, session.id)
    assert presence is not None  # the index says that one stands
    if at < presence.at:
        before = {"at": presence.at.isoformat(), "gate": presence.gate_name, "how": presence.how}
        presence.at, presence.gate_name = at, gate_name[:60]
        presence.by, presence.how = by.label[:200], str(how)
        db.session.flush()
        record(
            "checkin.earlier",
            ("registration", registration.id),
            by=by,
            now=now,
            event_id=registration.event_id,
            before=before,
            after={
                "at": at.isoformat(), "gate": presence.gate_name, "how": presence.how,
                "presence": presence.id,
            },
        )  # fmt: skip
    return presence
