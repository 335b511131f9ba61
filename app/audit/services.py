"""Writing and reading the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from app.audit.models import AuditEntry
from app.core.access import Actor
from app.core.prepared import Prepared
from app.extensions import db

_INSERT = Prepared(insert(AuditEntry.__table__))


def record(
    action: str,
    thing: tuple[str, int],
    *,
    by: Actor,
    now: datetime,
    event_id: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """One line, written in the transaction of its cause. ``thing``: ("registration", 7).

    One statement, without a flush of what the session still holds.
    """
    _INSERT.rows(
        {
            "at": now,
            "actor_kind": by.kind,
            "actor_ref": by.ref,
            "actor_label": by.label,
            "action": action,
            "event_id": event_id,
            "thing_type": thing[0],
            "thing_id": thing[1],
            "before": before,
            "after": after,
            "reason": reason,
        },
    )


def record_all(
    action: str,
    thing_type: str,
    facts: Iterable[tuple[int, dict[str, Any] | None, dict[str, Any] | None]],
    *,
    by: Actor,
    now: datetime,
    event_id: int,
) -> None:
    """Many lines of one action as one statement. ``facts``: (thing's id, before, after)."""
    rows = [
        {
            "at": now,
            "actor_kind": by.kind,
            "actor_ref": by.ref,
            "actor_label": by.label,
            "action": action,
            "event_id": event_id,
            "thing_type": thing_type,
            "thing_id": thing_id,
            "before": before,
            "after": after,
            "reason": None,
        }
        for thing_id, before, after in facts
    ]
    if rows:
        _INSERT.each(rows)


def history_of(*things: tuple[str, int], limit: int = 200) -> Sequence[AuditEntry]:
    """What happened to these things, newest first."""
    if not things:
        return []
    wanted = [
        (AuditEntry.thing_type == kind) & (AuditEntry.thing_id == thing_id)
        for kind, thing_id in things
    ]
    condition = wanted[0]
    for one in wanted[1:]:
        condition = condition | one
    return db.session.scalars(
        select(AuditEntry)
        .where(condition)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(limit)
    ).all()
