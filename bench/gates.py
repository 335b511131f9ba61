"""A paired gate for the cases of the hall."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass

from app.checkin.gate_services import create_gate
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from bench import load
from bench.stage import Stage
from bench.world import World, visit

OWN_PAGE = (
    "Sec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1\r\n"  # as load.post names the host
)
_COOKIE = re.compile(rb"set-cookie: (gate=[^;]+)", re.IGNORECASE)


@dataclass(frozen=True)
class PairedGate:
    """``cookie`` for its requests; ``session_id``: the event's first session."""

    slug: str
    cookie: str
    session_id: int

    def scan(self, code: str) -> bytes:
        """One check-in with a client id of its own."""
        return load.post(
            f"/hall/{self.slug}/scans", {}, self.cookie, headers=OWN_PAGE,
            json=json.dumps({"client_id": str(uuid.uuid4()), "session_id": self.session_id,
                             "how": "scan", "code": code}).encode(),
        )  # fmt: skip


def gate_secret(here: Stage, world: World, name: str = "Cổng A") -> str:
    """Before the server starts: a gate for this event. → the secret of its pairing address"""
    with visit(here.app), unit_of_work():
        event = db.session.get_one(Event, world.event_id)
        return create_gate(event, name, by=SYSTEM, now=now()).secret


def paired(here: Stage, world: World, secret: str) -> PairedGate:
    """Pairs over the running server, as a phone does."""
    path = f"/hall/pair/{secret}"
    cookie, token = load.session_of(here.port, path)
    answer = load.ask(here.port, load.post(path, {"csrf_token": token}, cookie))
    found = _COOKIE.search(answer.head)
    if found is None:
        raise RuntimeError(f"pairing answered {answer.status}")
    with visit(here.app):
        session_id = db.session.get_one(Event, world.event_id).sessions[0].id
    return PairedGate(world.slug, f"{cookie}; {found[1].decode()}", session_id)


def codes_of(here: Stage, delegates: list[int]) -> list[str]:
    """The digits of their square codes."""
    with visit(here.app):
        return [entry_code(db.session.get_one(Registration, one)) for one in delegates]
