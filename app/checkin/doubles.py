"""What a phone is told of its own greens that another place gave too (rules.Remark.DOUBLE)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from app.checkin.models import Scan
from app.checkin.rules import Outcome, Remark
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration

MOST = 50  # the newest: a phone has told its earlier ones long ago

_R, _P = Registration.__table__, Participation.__table__
_OWN, _OTHER = Scan.__table__, Scan.__table__.alias("other")
_DOUBLES = (
    select(
        _OWN.c.client_id, _OWN.c.counted_at, _R.c.full_name, _P.c.name,
        _OTHER.c.counted_at.label("other_at"), _OTHER.c.gate_name,
    )
    .select_from(
        _OWN.join(_R, _R.c.id == _OWN.c.registration_id)
        .join(_P, _P.c.id == _R.c.participation_id)
        .join(
            _OTHER,  # of the same person: there is an index
            (_OTHER.c.registration_id == _OWN.c.registration_id)
            & (_OTHER.c.presence_id == _OWN.c.presence_id),
        )
    )
    .where(
        _OWN.c.event_id == bindparam("event_id"),
        _OWN.c.remark == Remark.DOUBLE.value,
        _OWN.c.device_id == bindparam("device_id"),
        _OTHER.c.remark == Remark.DOUBLE.value,
        _OTHER.c.device_id.is_distinct_from(bindparam("device_id")),
        _OTHER.c.told == Outcome.WELCOME.value,
    )
    .order_by(_OWN.c.id.desc(), _OTHER.c.counted_at)
    .limit(MOST)
)  # fmt: skip


def doubles_of(event_id: int, device_id: int) -> list[dict[str, Any]]:
    """[{client_id, at, name, unit, other_at, other_gate}]; ``other``: the first green elsewhere."""
    values = {"event_id": event_id, "device_id": device_id}
    rows = db.session.connection().execute(_DOUBLES, values)
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
