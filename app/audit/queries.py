"""Reading the audit log with filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from app.audit.models import AuditEntry
from app.extensions import db

PAGE_SIZE = 50


@dataclass(frozen=True)
class AuditFilter:
    """`actor`: "account:7", or a kind ("unit", "gate", "system"); `since`/`until`: half open."""

    actor: str = ""
    action: str = ""
    event_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class AuditPage:
    entries: Sequence[AuditEntry]
    page: int
    total: int


def audit_page(wanted: AuditFilter, page: int) -> AuditPage:
    """Newest first. A page past the end is the last one. Two queries."""
    where = _conditions(wanted)
    total = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*where)) or 0
    shown = min(max(page, 1), max(1, -(-total // PAGE_SIZE)))
    entries = db.session.scalars(
        select(AuditEntry)
        .where(*where)
        .order_by(AuditEntry.id.desc())
        .limit(PAGE_SIZE)
        .offset((shown - 1) * PAGE_SIZE)
    ).all()
    return AuditPage(entries, shown, total)


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    kind, _, ref = wanted.actor.partition(":")
    if kind:
        where.append(AuditEntry.actor_kind == kind)
    if ref:
        where.append(AuditEntry.actor_ref == ref)
    if wanted.action:
        where.append(AuditEntry.action == wanted.action)
    if wanted.event_id is not None:
        where.append(AuditEntry.event_id == wanted.event_id)
    if wanted.since is not None:
        where.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        where.append(AuditEntry.at < wanted.until)
    return where
