"""The participant list's one query: screen, files and command read it (design 4.8)."""

from __future__ import annotations

from sqlalchemy import Row, select

from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State


def delegates(event_id: int) -> list[Row[tuple[object, ...]]]:
    """Everybody with a seat and a name: name, position, honorific, phone, email, unit, kind, district.

    In Vietnamese order of tên, họ, đệm, then unit (domain.md 2.4).
    """
    return list(
        db.session.execute(
            select(
                Registration.full_name,
                Registration.position,
                Registration.phone,
                Registration.email,
                Registration.state,
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
