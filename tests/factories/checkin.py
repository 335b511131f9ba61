"""A hall: an event with delegates who have codes, and gates."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from app.checkin.gate_services import NewGate, create_gate
from app.checkin.results import ScanResult
from app.checkin.scanning import check_in
from app.core.access import Actor
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event, EventSession
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from tests.factories.events import DESK

MORNING = from_local(datetime(2024, 3, 12, 7, 41))
GATE = Actor("gate", "1", "Cổng B")


def client_id() -> str:
    return str(uuid.uuid4())


def make_gate(
    event: Event, name: str = "Cổng A", *, now: datetime = MORNING, **values: Any
) -> NewGate:
    with unit_of_work():
        one = db.session.get_one(Event, event.id)
        return create_gate(one, name, by=DESK, now=now, **values)


def scan(
    registration: Registration | None = None,
    *,
    code: str | None = None,
    event: Event | None = None,
    session: EventSession | None = None,
    by: Actor = GATE,
    now: datetime = MORNING,
    client: str | None = None,
) -> ScanResult:
    """One scan of a registration's code (or of `code`) in a unit of work of its own."""
    if code is None:
        assert registration is not None
        code = entry_code(registration)
    event_id = event.id if event else registration.event_id
    session_id = session.id if session else None
    with unit_of_work():
        found = db.session.get_one(Event, event_id)
        chosen = db.session.get_one(EventSession, session_id) if session_id else found.sessions[0]
        return check_in(
            found.id,
            chosen,
            code_text=code,
            client_id=client or client_id(),
            how="scan",
            by=by,
            gate_name=by.label,
            now=now,
        )
