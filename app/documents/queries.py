"""The participant list's one query: screen, files and command read it (design 4.8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from app.events.guests import LIST_GROUPS, list_group
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State


def delegates(event_id: int) -> list[Row[tuple[object, ...]]]:
    """Everybody with a seat and a name: id, code_version, form_version, name, position, phone, email,
    unit, kind, district, and the flags (how they came onto the list).

    In Vietnamese order of tên, họ, đệm, then unit (domain.md 2.4).
    """
    return list(
        db.session.execute(
            select(
                Registration.id,
                Registration.code_version,
                Registration.form_version,
                Registration.full_name,
                Registration.position,
                Registration.phone,
                Registration.email,
                Registration.state,
                Registration.flags,
                Participation.name.label("unit"),
                Participation.short_name.label("unit_short"),
                Participation.kind,
                Participation.district,
            )
            .join(Participation, Participation.id == Registration.participation_id)
            .where(
                Registration.event_id == event_id,
                Registration.state == State.CONFIRMED,
                Registration.full_name.is_not(None),
            )
            .order_by(Registration.sort_key, Participation.sort_key, Registration.id)
        )
    )


def in_groups(rows: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """(title, rows) of each group of the list in the plan's order, empty ones too; each row has a
    ``kind`` and keeps its place among the others."""
    groups: dict[str, list[Any]] = {group.key: [] for group in LIST_GROUPS}
    for row in rows:
        groups[list_group(row.kind).key].append(row)
    return [(group.title, groups[group.key]) for group in LIST_GROUPS]
