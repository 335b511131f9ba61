"""Who has a seat and has not come to a session, with whom to call: for the desk only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select

from app.checkin.models import ExcusedAbsence, Presence
from app.checkin.search import has_words
from app.core.vietnamese import fold
from app.events.guests import kind_order
from app.events.models import Event, EventSession, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State
from app.units.rules import district_order

PER_PAGE = 50
QUERY_MAX = 100


@dataclass(frozen=True)
class Wanted:
    """The filters of the address."""

    kind: str = ""
    district: str = ""
    q: str = ""
    page: int = 1

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> Wanted:
        page = values.get("page", "")
        return cls(
            values.get("kind", "")[:QUERY_MAX],
            values.get("district", "")[:QUERY_MAX],
            " ".join(values.get("q", "").split())[:QUERY_MAX],
            max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )


@dataclass(frozen=True)
class NotArrived:
    """``excused``: the reason given for staying away, None when nothing was said."""

    registration_id: int
    name: str | None
    position: str
    phone: str | None
    unit: str
    unit_phone: str | None
    kind: str
    district: str | None
    excused: str | None


@dataclass(frozen=True)
class NotArrivedPage:
    """``total`` of the filters, ``excused`` among them; kinds and districts of all who have a seat."""

    rows: list[NotArrived]
    total: int
    excused: int
    kinds: list[str]
    districts: list[str]
    page: int


def not_arrived_page(event: Event, session: EventSession, wanted: Wanted) -> NotArrivedPage:
    """Three queries, in the order of the units' names."""
    missing = (
        select(
            Registration.id, Registration.full_name, Registration.position, Registration.phone,
            Participation.short_name, Participation.phone.label("unit_phone"), Participation.kind,
            Participation.district, ExcusedAbsence.reason,
        )
        .select_from(Registration)
        .join(Participation, Participation.id == Registration.participation_id)
        .outerjoin(
            ExcusedAbsence,
            and_(
                ExcusedAbsence.registration_id == Registration.id,
                ExcusedAbsence.session_id == session.id,
            ),
        )
        .where(*_conditions(event, session, wanted))
    )  # fmt: skip
    total, excused = db.session.execute(
        missing.with_only_columns(
            func.count(), func.count(ExcusedAbsence.id), maintain_column_froms=True
        )
    ).one()
    page = min(wanted.page, max(1, -(-total // PER_PAGE)))
    rows = db.session.execute(
        missing.order_by(Participation.sort_key, Registration.sort_key, Registration.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    kinds, districts = _choices(event)
    return NotArrivedPage(
        [NotArrived(*row) for row in rows], total, excused, kinds, districts, page
    )


def _conditions(event: Event, session: EventSession, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Registration.event_id == event.id,
        Registration.state == State.CONFIRMED,
        ~select(Presence.id)
        .where(
            Presence.registration_id == Registration.id,
            Presence.session_id == session.id,
            Presence.undone_at.is_(None),
        )
        .exists(),
    ]
    if wanted.kind:
        conditions.append(Participation.kind == wanted.kind)
    if wanted.district:
        conditions.append(Participation.district == wanted.district)
    if words := fold(wanted.q).split():
        conditions.append(has_words(Registration.search, words))
    return conditions


def _choices(event: Event) -> tuple[list[str], list[str]]:
    rows = db.session.execute(
        select(Participation.kind, Participation.district)
        .join(Registration, Registration.participation_id == Participation.id)
        .where(Registration.event_id == event.id, Registration.state == State.CONFIRMED)
        .distinct()
    ).all()
    return (
        sorted({row.kind for row in rows}, key=kind_order),
        sorted({row.district for row in rows if row.district}, key=district_order),
    )
