"""What a phone sends of the time it was alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient

from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import replace
from tests.factories.checkin import client_id, make_gate
from tests.factories.events import participations
from tests.factories.registration import IN_TIME, enter, unit_actor

OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}


def late(session_id: int, code: str | int, at: datetime, **values: Any) -> dict[str, Any]:
    """One scan of a code, or of a registration found by name."""
    who = {"code": code} if isinstance(code, str) else {"registration_id": code}
    how = "scan" if isinstance(code, str) else "search"
    return {
        "client_id": client_id(), "session_id": session_id, "how": how, "offset_ms": 0,
        "device_at": at.isoformat(), "told": "welcome", **who, **values,
    }  # fmt: skip


def send_batch(
    client: FlaskClient,
    slug: str,
    scans: Iterable[Mapping[str, Any]] = (),
    walk_ins: Iterable[Mapping[str, Any]] = (),
    headers: Mapping[str, str] = OWN_PAGE,
    **device: Any,
) -> Any:
    """→ the response of /sync."""
    said = {"unsent": 0, "battery": None, "list_version": None, "offset_ms": 0, "sent_at": None}
    return client.post(
        f"/hall/{slug}/sync",
        json={"device": {**said, **device}, "scans": list(scans), "walk_ins": list(walk_ins)},
        headers={"Accept": "application/json", **headers},
    )


def outcomes(answer: Any) -> list[tuple[str, str | None]]:
    """(outcome, remark) of each result."""
    assert answer.status_code == 200, answer.text
    return [(one["outcome"], one["remark"]) for one in answer.json["results"]]


def paired(client: FlaskClient, event: Event, name: str = "Cổng A", **values) -> FlaskClient:
    made = make_gate(event, name, **values)
    assert client.post(f"/hall/pair/{made.secret}").status_code == 303
    return client


def second_phone(phone: FlaskClient, event: Event, name: str = "Cổng B", **values) -> FlaskClient:
    return paired(phone.application.test_client(), event, name, **values)


def delegate(event: Event, index: int = 0, name: str = "Phạm Thu Hiên") -> tuple[int, str]:
    made = enter(participations(event)[index], name).registration
    return made.id, entry_code(made)


def exchange(registration_id: int, name: str = "Ưng Hoài Ân") -> int:
    with unit_of_work():
        one = db.session.get_one(Registration, registration_id)
        by = unit_actor(one.participation)
        entry = Entry(name, "Phó Hiệu trưởng")
        return replace(one, one.participation, entry, by=by, now=IN_TIME).registration.id
