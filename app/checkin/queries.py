"""Reads of the hall and of its desk page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, and_, bindparam, func, or_, select, text
from sqlalchemy.orm import selectinload

from app.audit.models import AuditEntry
from app.checkin.arrivals import counts
from app.checkin.errors import SessionNotFound
from app.checkin.heirs import heirs
from app.checkin.models import REFUSED_SCAN, ExcusedAbsence, Gate, Presence, Scan
from app.checkin.results import Arrival, Counts, Door, Person
from app.checkin.rules import SessionTime, session_time
from app.core.access import Actor
from app.core.prepared import Prepared
from app.core.vietnamese import fold
from app.events.errors import EventNotFound
from app.events.models import Event, EventSession, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State

DESK_CALLED = "checkin.desk_called"


class Standing(NamedTuple):
    """A registration with its unit and, when it is in, its presence in one session."""

    registration: Registration
    participation: Participation
    presence: Presence | None


def door_of(actor: Actor, slug: str, session_id: int) -> Door:
    """The session a scan is for, in one query.

    Raises EventNotFound, also out of scope, and SessionNotFound.
    """
    row = _DOOR.row({"slug": slug, "session_id": session_id})
    if row is None or actor.event_id not in (None, row[0]):
        raise EventNotFound()
    if row[1] is None:
        raise SessionNotFound()
    return Door(*row)


_EVENT, _SESSION = Event.__table__.c, EventSession.__table__.c
_DOOR = Prepared(
    select(
        _EVENT.id.label("event_id"), _SESSION.id, _SESSION.name, _SESSION.starts_at,
        _SESSION.ends_at, _SESSION.opened_at, _SESSION.closed_at,
    )
    .select_from(
        Event.__table__.outerjoin(
            EventSession.__table__,
            and_(_SESSION.event_id == _EVENT.id, _SESSION.id == bindparam("session_id")),
        )
    )
    .where(_EVENT.slug == bindparam("slug"))
)  # fmt: skip


def chosen_session(event: Event, session_id: int | None, now: datetime) -> EventSession:
    """The session asked for, else the first not over, else the last. Raises SessionNotFound."""
    if session_id is not None:
        for session in event.sessions:
            if session.id == session_id:
                return session
        raise SessionNotFound()
    for session in event.sessions:
        if session_time(session, now) != SessionTime.OVER:
            return session
    if not event.sessions:
        raise SessionNotFound()
    return event.sessions[-1]


def standing_in(session_id: int) -> Select[Registration, Participation, Presence]:
    """Registrations with their units, and their presences in one session."""
    return (
        select(Registration, Participation, Presence)
        .join(Participation, Participation.id == Registration.participation_id)
        .outerjoin(
            Presence,
            and_(
                Presence.registration_id == Registration.id,
                Presence.session_id == session_id,
                Presence.undone_at.is_(None),
            ),
        )
    )


def successor_of(registration: Registration, session_id: int) -> Standing | None:
    """Who stands for the unit instead (see heirs), with their presence in this session."""
    rows = [
        Standing(*row)
        for row in db.session.execute(
            standing_in(session_id).where(
                Registration.participation_id == registration.participation_id
            )
        )
    ]
    heir = heirs([row.registration for row in rows]).get(registration.id)
    return next((row for row in rows if row.registration.id == heir), None)


def standing_presence(registration_id: int, session_id: int) -> Presence | None:
    return db.session.scalar(
        select(Presence)
        .where(
            Presence.registration_id == registration_id,
            Presence.session_id == session_id,
            Presence.undone_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )


def scan_of(client_id: str) -> Scan | None:
    return db.session.scalar(select(Scan).where(Scan.client_id == client_id))


def person_of(registration: Registration, participation: Participation) -> Person:
    return Person(
        registration_id=registration.id,
        name=registration.full_name,
        position=registration.position,
        unit=participation.name,
        state=State(registration.state),
    )


def arrival_of(presence: Presence | None) -> Arrival | None:
    return Arrival(presence.id, presence.at, presence.gate_name) if presence else None


# ---------------------------------------------------------------- the desk's page


def gates_of(event: Event) -> Sequence[Gate]:
    """Usable ones first, newest first; with their phones."""
    return db.session.scalars(
        select(Gate)
        .where(Gate.event_id == event.id)
        .options(selectinload(Gate.devices))
        .order_by(Gate.revoked_at.isnot(None), Gate.id.desc())
    ).all()


@dataclass(frozen=True)
class PresencePage:
    rows: list[Standing]
    total: int
    counts: Counts


ARRIVED, MISSING, EXCUSED = "arrived", "missing", "excused"


def presence_page(
    event: Event,
    session: EventSession,
    *,
    show: str = "",
    query: str = "",
    page: int = 1,
    per_page: int = 50,
) -> PresencePage:
    """Delegates with a seat, and whoever was let in and lost it since, in the order of names."""
    conditions = [
        Registration.event_id == event.id,
        or_(Registration.state == State.CONFIRMED, Presence.id.isnot(None)),
    ]
    if show == ARRIVED:
        conditions.append(Presence.id.isnot(None))
    elif show == MISSING:
        conditions.append(Presence.id.is_(None))
    elif show == EXCUSED:
        excused = select(ExcusedAbsence.registration_id).where(
            ExcusedAbsence.session_id == session.id
        )
        conditions += [Presence.id.is_(None), Registration.id.in_(excused)]
    if words := fold(query).split():
        conditions += [Registration.search.contains(word, autoescape=True) for word in words]
    wanted = standing_in(session.id).where(*conditions)
    total = db.session.scalar(
        wanted.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    )
    rows = db.session.execute(
        wanted.order_by(Registration.sort_key, Registration.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    ).all()
    return PresencePage([Standing(*row) for row in rows], total or 0, counts(event.id, session.id))


@dataclass(frozen=True)
class RefusedScan:
    """A scan that let nobody in. ``called``: the gate asked the desk to look at it."""

    scan: Scan
    name: str | None
    unit: str | None
    called: bool


def refused_scans(event: Event, *, most: int = 20) -> list[RefusedScan]:
    """The newest refusals, those the gates reported first."""
    called = (
        select(AuditEntry.id)
        .where(
            AuditEntry.thing_type == "scan",
            AuditEntry.thing_id == Scan.id,
            AuditEntry.action == DESK_CALLED,
        )
        .exists()
    )
    rows = db.session.execute(
        select(Scan, Registration.full_name, Participation.name, called.label("called"))
        .outerjoin(Registration, Registration.id == Scan.registration_id)
        .outerjoin(Participation, Participation.id == Registration.participation_id)
        .where(Scan.event_id == event.id, text(f"scan.{REFUSED_SCAN}"))
        .order_by(called.desc(), Scan.id.desc())
        .limit(most)
    ).all()
    return [RefusedScan(row[0], row[1], row[2], bool(row[3])) for row in rows]
