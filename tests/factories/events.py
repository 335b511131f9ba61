"""Events and units for tests, without surprises: invented names, addresses under example.vn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.core.access import SYSTEM, Actor
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.core.vietnamese import fold, sort_key
from app.events.models import Event, Participation
from app.events.plan_files import SHIPPED_PLAN, read_plan
from app.events.services import create_event, move_event
from app.extensions import db
from app.units.models import Unit

OPENED = from_local(datetime(2024, 2, 19, 9, 0))
DESK = Actor("account", "1", "Cán bộ thử", frozenset({"desk"}))


def make_unit(code: str = "THPT-001", name: str = "Trường THPT Số Một", **values: Any) -> Unit:
    """Inside a unit of work."""
    values.setdefault("kind", "high_school")
    values.setdefault("email", f"{code.lower()}@example.vn")
    unit = Unit(code=code, name=name, **values)
    unit.search = fold(f"{code} {name}")
    unit.sort_key = sort_key(name)
    db.session.add(unit)
    db.session.flush()
    return unit


def make_event(
    seats: int = 3,
    units: int = 5,
    reserves: list[dict[str, Any]] | None = None,
    state: str = "open",
    approval: bool = False,
    **changes: Any,
) -> Event:
    """The 2024 plan with other seats, and `units` high schools THPT-001 …; commits."""
    plan = replace(
        read_plan(SHIPPED_PLAN.read_bytes()),
        planned_seats=seats,
        reserves=reserves or [],
        **changes,
    )
    with unit_of_work():
        for number in range(1, units + 1):
            make_unit(f"THPT-{number:03d}", f"Trường THPT Thử {number:03d}")
        event = create_event(plan, by=SYSTEM, now=OPENED, approval=approval)
        if state != "draft":
            move_event(event, "open", by=SYSTEM, now=OPENED)
        if state not in ("draft", "open"):
            move_event(event, state, by=SYSTEM, now=OPENED)
    return event


def participations(event: Event) -> list[Participation]:
    return list(
        db.session.scalars(
            select(Participation)
            .where(Participation.event_id == event.id)
            .order_by(Participation.id)
        )
    )
