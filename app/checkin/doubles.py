"""What a phone is told of its own greens that another place gave too (rules.Remark.DOUBLE)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.checkin.models import Scan
from app.checkin.rules import Outcome, Remark
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration

MOST = 50  # the newest: a phone has told its earlier ones long ago


def doubles_of(event_id: int, device_id: int) -> list[dict[str, Any]]:
    """[{client_id, at, name, unit, other_at, other_gate}]; ``other``: the first green elsewhere."""
    other = aliased(Scan)
    rows = db.session.execute(
        select(
            Scan.client_id, Scan.counted_at, Registration.full_name, Participation.name,
            other.counted_at, other.gate_name,
        )
        .join(Registration, Registration.id == Scan.registration_id)
        .join(Participation, Participation.id == Registration.participation_id)
        .join(
            other,  # of the same person: there is an index
            (other.registration_id == Scan.registration_id)
            & (other.presence_id == Scan.presence_id),
        )
        .where(
            Scan.event_id == event_id,
            Scan.remark == Remark.DOUBLE,
            Scan.device_id == device_id,
            other.remark == Remark.DOUBLE,
            other.device_id.is_distinct_from(device_id),
            other.told == Outcome.WELCOME,
        )
        .order_by(Scan.id.desc(), other.counted_at)
        .limit(MOST)
    ).all()  # fmt: skip
    first: dict[str, dict[str, Any]] = {}
    for client_id, at, name, unit, other_at, gate in rows:
        first.setdefault(
            client_id,
            {
                "client_id": client_id, "at": at.isoformat(), "name": name, "unit": unit,
                "other_at": other_at.isoformat(), "other_gate": gate,
            },
        )  # fmt: skip
    return list(first.values())
