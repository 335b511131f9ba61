"""What has changed in a list since a version of it: the audit log says so.

A version is an id of the log: everything that changes a list or a presence is audited in its own
transaction.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, text

from app.audit.models import AuditEntry
from app.extensions import db

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
class Changes:
    """Since a version. ``whole``: it cannot be told by lines."""

    registrations: frozenset[int] = frozenset()
    participations: frozenset[int] = frozenset()
    queue: bool = False
    whole: bool = False


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


def versions(now: datetime) -> tuple[int, int]:
    """(the newest id, the one up to which nothing more will appear), read before the people: what
    is listed is at least as new. SQLite has one writer at a time."""
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        newest = int(connection.execute(_NEWEST).scalar_one())
        return newest, newest
    row = connection.execute(_BELOW_RUNNING, {"recent": now - LONGEST_WRITE}).one()
    return int(row.newest), int(row.settled)


_ENTRY = AuditEntry.__table__.c
_CHANGES = (
    select(_ENTRY.action, _ENTRY.thing_type, _ENTRY.thing_id)
    .where(
        _ENTRY.id > bindparam("since"),
        # "+ 0": the log's newest end is short, the event's own index is not
        or_(_ENTRY.event_id + 0 == bindparam("event_id"), _ENTRY.event_id.is_(None)),
    )
    .distinct()
)


def changes_since(event_id: int, since: int) -> Changes:
    rows = db.session.connection().execute(_CHANGES, {"event_id": event_id, "since": since}).all()
    things: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        things[row.thing_type].add(row.thing_id)
    actions = {row.action for row in rows}
    people = frozenset(things["registration"])
    return Changes(
        people,
        frozenset(things["participation"]),
        queue=not actions.isdisjoint(QUEUE_MOVED),
        whole=len(people) > MOST_CHANGED or not actions.isdisjoint(WHOLE_AGAIN),
    )
