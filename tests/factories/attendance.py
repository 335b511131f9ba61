"""The plan's day in the hall: every unit of the register, who came, who was late, who was excused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from app.checkin.models import ExcusedAbsence, Presence
from app.core.access import SYSTEM
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.core.vietnamese import sort_key
from app.events.models import Event, Participation
from app.events.plan_files import SHIPPED_PLAN, read_plan
from app.events.services import create_event
from app.extensions import db
from app.registration.models import Registration
from app.units.services import import_file
from tests.factories.events import OPENED, participations
from tests.factories.registration import IN_TIME, person

UNITS_FILE = SHIPPED_PLAN.parent / "units-haiphong-2024.csv"
DAY = datetime(2024, 3, 13, 8, 0)
#: By the remainder of a unit's place in the list: nobody registered, absent, excused, late in the
#: morning, gone in the afternoon; all others were there twice.
EVERY = {"unregistered": 37, "absent": 31, "excused": 29, "late": 13, "gone": 17}
REASON = "phà tạm dừng"


def make_hall(
    sessions: int = 2, *, timed: bool = True, came: bool = True, registered: bool = True,
    every: Mapping[str, int] = EVERY,
) -> Event:  # fmt: skip
    """The 2024 plan with its 113 units on its day; commits."""
    with unit_of_work():
        import_file(UNITS_FILE.read_bytes(), UNITS_FILE.name, by=SYSTEM, now=OPENED)
        names = [{"name": one, "topic": ""} for one in ("Sáng", "Chiều", "Tối", "Sáng", "Chiều")]
        plan = replace(read_plan(SHIPPED_PLAN.read_bytes()), sessions=names[:sessions])
        event = create_event(plan, by=SYSTEM, now=OPENED)
        if timed:
            set_times(event)
    if registered:
        people = register_all(event, every["unregistered"])
        if came:
            let_in_all(event, people, every)
    return db.session.get_one(Event, event.id)


def set_times(event: Event) -> None:
    """At 8, 13:30 and 19 o'clock of one day, then the next; late after a quarter of an hour."""
    hours = (timedelta(), timedelta(hours=5, minutes=30), timedelta(hours=11))
    for place, session in enumerate(event.sessions):
        starts = from_local(DAY) + timedelta(days=place // 3) + hours[place % 3]
        session.starts_at, session.ends_at = starts, starts + timedelta(hours=3)
        session.late_after = 15


def register_all(event: Event, every: int = EVERY["unregistered"]) -> list[int]:
    """A delegate of each unit but every so many. → ids in order."""
    pool = next(one.id for one in event.pools if not one.kinds)
    rows: list[dict[str, Any]] = []
    for place, unit in enumerate(participations(event), start=1):
        if place % every:
            name = person(place)
            rows.append(
                {"event_id": event.id, "participation_id": unit.id, "state": "confirmed",
                 "full_name": name, "position": "Hiệu trưởng", "sort_key": sort_key(name),
                 "source": "web", "received_at": IN_TIME, "on_time": True, "pool_id": pool,
                 "receipt_code": f"{place:012d}", "flags": []}
            )  # fmt: skip
    with unit_of_work():
        db.session.execute(insert(Registration), rows)
    query = db.session.query(Registration.id, Participation.id).join(Participation)
    return [row[0] for row in query.order_by(Registration.id)]


def let_in_all(event: Event, people: list[int], every: Mapping[str, int] = EVERY) -> None:
    event = db.session.get_one(Event, event.id)
    there, excused = [], []
    for place, who in enumerate(people, start=1):
        for number, session in enumerate(event.sessions):
            fact = {"event_id": event.id, "session_id": session.id, "registration_id": who}
            starts = session.starts_at or from_local(DAY)
            if not place % every["excused"]:
                excused.append({**fact, "reason": REASON, "at": IN_TIME, "by": "Bàn"})
            elif place % every["absent"] and (not number or place % every["gone"]):
                late = not number and not place % every["late"]
                at = starts + timedelta(minutes=20 if late else -15)
                there.append({**fact, "at": at, "gate_name": "Cổng A", "by": "Cổng A",
                              "how": "scan"})  # fmt: skip
    with unit_of_work():
        db.session.execute(insert(Presence), there)
        if excused:
            db.session.execute(insert(ExcusedAbsence), excused)
