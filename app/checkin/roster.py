"""The list a phone decides by: everybody of an event, or whoever changed since a version.

A version is an id of the audit log: everything that changes a list or a presence is audited in its
own transaction. Codes leave the server as keys only; phones and addresses do not leave it at all.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, text

from app.audit.models import AuditEntry
from app.checkin.door_questions import seats_now
from app.checkin.heirs import heirs
from app.checkin.models import Presence
from app.core.tokens import ENTRY_CODE, accepted_digits
from app.events.models import Event, EventSession, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State

KEY_LENGTH = 12
OLD_VERSIONS = 9  # of a code; those before them share a digit with a newer one and are unknown
MOST_CHANGED = 8_000  # people; beyond it the whole list is the smaller work
LONGEST_WRITE = timedelta(seconds=60)  # from the moment a request began to its commit

# Of an event, or of nobody in particular: these may change any line.
WHOLE_AGAIN = frozenset(
    {"event.edited", "event.units_called", "personal_data.erased", "personal_data.event_erased"}
)
# These move everybody who waits.
QUEUE_MOVED = frozenset(
    {
        "registration.withdrawn", "registration.rejected", "registration.promoted",
        "registration.late_accepted",
    }
)  # fmt: skip


@dataclass(frozen=True)
class GateFacts:
    """Whose list it is. ``session_ids``: the sessions it serves, in their order."""

    name: str
    role: str
    session_ids: tuple[int, ...]


@dataclass(frozen=True)
class _Changes:
    """Since a version. ``whole``: it cannot be told by lines."""

    registrations: frozenset[int] = frozenset()
    participations: frozenset[int] = frozenset()
    queue: bool = False
    whole: bool = False


def roster(event: Event, gate: GateFacts, *, since: int | None, now: datetime) -> dict[str, Any]:
    """As the phone takes it: whole for ``since`` None or a version never given, else the changes."""
    newest, version = _versions(now)
    changes = _Changes(whole=True)
    if since is not None and 0 < since <= newest:
        changes, version = _changes(event.id, since), max(since, version)
    rows = _people(event.id, changes)
    full = rows is None
    if rows is None:
        rows = _all_people(event.id)
    sessions = [one for one in event.sessions if one.id in gate.session_ids]
    listed = {row.id for row in rows}
    return {
        "version": version,
        "full": full,
        "server_time": now.isoformat(),
        "event": {"slug": event.slug, "title": event.short_title, "number": event.id},
        "gate": {"name": gate.name, "role": gate.role, "sessions": list(gate.session_ids)},
        "sessions": [session_json(one) for one in sessions],
        "people": _lines(event.id, rows, gate.session_ids, whole=full),
        "gone": [] if full else sorted(changes.registrations - listed),
        **({"units": _units(event.id)} if full else {}),
        "counts": counts(event.id, gate.session_ids),
        "seats": asdict(seats_now(event)),
    }


def session_json(session: EventSession) -> dict[str, Any]:
    def iso(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment is not None else None

    return {
        "id": session.id, "name": session.name,
        "starts_at": iso(session.starts_at), "ends_at": iso(session.ends_at),
        "opened_at": iso(session.opened_at), "closed_at": iso(session.closed_at),
    }  # fmt: skip


def code_key(digits: str) -> str:
    """What a phone knows a code of 32 digits by."""
    digest = hashlib.sha256(digits.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:KEY_LENGTH]


def counts(event_id: int, session_ids: Iterable[int]) -> dict[str, dict[str, int]]:
    """By session: arrived, and delegates with a seat."""
    expected = db.session.scalar(
        select(func.count()).select_from(Registration).where(
            Registration.event_id == event_id, Registration.state == State.CONFIRMED
        )
    )  # fmt: skip
    rows = db.session.execute(
        select(Presence.session_id, func.count().label("number"))
        .where(Presence.event_id == event_id, Presence.undone_at.is_(None))
        .group_by(Presence.session_id)
    )
    arrived = {row.session_id: row.number for row in rows}
    return {
        str(one): {"arrived": arrived.get(one, 0), "expected": expected or 0} for one in session_ids
    }


# ---------------------------------------------------------------- versions

_NEWEST = text("SELECT coalesce(max(id), 0) AS newest FROM audit_entry")
# Ids are given before the commit: while anybody writes, a lower id may become visible after a
# higher one. Then the version stays below all that is as young as a running request may be.
_BELOW_RUNNING = text("""
    WITH newest AS (SELECT coalesce(max(id), 0) AS id FROM audit_entry),
    recent AS (
        SELECT min(id) AS id FROM audit_entry
        WHERE id > (SELECT id FROM newest) - 20000 AND at > :recent
    )
    SELECT newest.id AS newest, CASE
        WHEN pg_snapshot_xmin(now.snapshot) = pg_snapshot_xmax(now.snapshot) THEN newest.id
        WHEN recent.id IS NULL THEN newest.id
        ELSE coalesce((SELECT max(id) FROM audit_entry WHERE id < recent.id), 0)
    END AS settled
    FROM newest, recent, (SELECT pg_current_snapshot() AS snapshot) AS now
""")


def _versions(now: datetime) -> tuple[int, int]:
    """(the newest id, the one up to which nothing more will appear), read before the people: what
    is listed is at least as new. SQLite has one writer at a time."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        newest = int(connection.execute(_NEWEST).scalar_one())
        return newest, newest
    row = connection.execute(_BELOW_RUNNING, {"recent": now - LONGEST_WRITE}).one()
    return int(row.newest), int(row.settled)


def _changes(event_id: int, since: int) -> _Changes:
    rows = db.session.execute(
        select(AuditEntry.action, AuditEntry.thing_type, AuditEntry.thing_id)
        .where(
            AuditEntry.id > since,
            # "+ 0": the log's newest end is short, the event's own index is not
            or_(AuditEntry.event_id + 0 == event_id, AuditEntry.event_id.is_(None)),
        )
        .distinct()
    ).all()
    things: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        things[row.thing_type].add(row.thing_id)
    actions = {row.action for row in rows}
    people = frozenset(things["registration"])
    return _Changes(
        people,
        frozenset(things["participation"]),
        queue=not actions.isdisjoint(QUEUE_MOVED),
        whole=len(people) > MOST_CHANGED or not actions.isdisjoint(WHOLE_AGAIN),
    )


# ---------------------------------------------------------------- people

_R, _P = Registration.__table__.c, Participation.__table__.c
_PEOPLE = (
    select(
        _R.id, _R.participation_id, _R.slot, _R.state, _R.full_name, _R.position, _R.code_version,
        _R.queue_no, _R.replaces_id, _P.name.label("unit"),
    )
    .select_from(Registration.__table__.join(Participation.__table__, _P.id == _R.participation_id))
    .order_by(_R.id)
)  # fmt: skip


def _all_people(event_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    return db.session.connection().execute(_PEOPLE.where(_R.event_id == event_id)).all()


def _people(event_id: int, changes: _Changes) -> Sequence[Row[*tuple[Any, ...]]] | None:
    """Who changed, with everybody else of their units: who stands instead may be another now.

    None: everybody is to be read.
    """
    if changes.whole:
        return None
    wanted: list[ColumnElement[bool]] = []
    if changes.registrations:
        theirs = select(_R.participation_id).where(_R.id.in_(changes.registrations))
        wanted.append(_R.participation_id.in_(theirs))
    if changes.participations:
        wanted.append(_R.participation_id.in_(changes.participations))
    if changes.queue:
        wanted.append(_R.state == State.WAITLISTED)
    if not wanted:
        return []
    found = _PEOPLE.where(and_(_R.event_id == event_id, or_(*wanted)))
    return db.session.connection().execute(found).all()


def _lines(
    event_id: int,
    rows: Sequence[Row[*tuple[Any, ...]]],
    session_ids: tuple[int, ...],
    *,
    whole: bool,
) -> list[dict[str, Any]]:
    if not rows:
        return []
    instead = heirs(rows)
    places = waiting_places(event_id) if any(row.state == State.WAITLISTED for row in rows) else {}
    arrivals = _arrivals(event_id, None if whole else [row.id for row in rows], session_ids)
    return [
        {
            "id": row.id,
            **_keys(event_id, row),
            "n": row.full_name,
            "p": row.position,
            "u": row.unit,
            "s": row.state,
            "w": places.get(row.id),
            "next": instead.get(row.id),
            "in": arrivals.get(row.id, {}),
        }
        for row in rows
    ]


def _keys(event_id: int, row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """``c`` of the code that holds, ``old`` of those before it, ``also``: of the same code as it was
    printed under an older key of ours."""

    def of(version: int) -> list[str]:
        return [
            code_key(digits)
            for digits in accepted_digits(
                ENTRY_CODE, event_id=event_id, thing_id=row.id, version=version
            )
        ]

    first, *also = of(row.code_version)
    before = range(max(1, row.code_version - OLD_VERSIONS), row.code_version)
    keys: dict[str, Any] = {"c": first, "old": [key for version in before for key in of(version)]}
    if also:
        keys["also"] = also
    return keys


def waiting_places(event_id: int) -> dict[int, int]:
    """id of who waits → the place as people count it."""
    waiting = db.session.scalars(
        select(Registration.id)
        .where(Registration.event_id == event_id, Registration.state == State.WAITLISTED)
        .order_by(Registration.queue_no)
    )
    return {one: place for place, one in enumerate(waiting, 1)}


def _arrivals(
    event_id: int, ids: list[int] | None, session_ids: tuple[int, ...]
) -> dict[int, dict[str, list[str]]]:
    """registration → session → [time, gate], of these people or of all."""
    wanted = [Presence.event_id == event_id, Presence.undone_at.is_(None)]
    if ids is not None:
        wanted.append(Presence.registration_id.in_(ids))
    found: dict[int, dict[str, list[str]]] = defaultdict(dict)
    for row in db.session.execute(
        select(
            Presence.registration_id, Presence.session_id, Presence.at, Presence.gate_name
        ).where(*wanted)
    ):
        if row.session_id in session_ids:
            found[row.registration_id][str(row.session_id)] = [row.at.isoformat(), row.gate_name]
    return found


def _units(event_id: int) -> list[dict[str, Any]]:
    """Those called to the event: a guest's own line is no unit."""
    rows = db.session.execute(
        select(Participation.id, Participation.name)
        .where(Participation.event_id == event_id, Participation.unit_id.is_not(None))
        .order_by(Participation.sort_key, Participation.id)
    )
    return [{"id": row.id, "n": row.name} for row in rows]
