"""The figures of the board: who has arrived in a session, counted by the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String, bindparam, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from app.audit.models import AuditEntry
from app.checkin.models import Presence
from app.checkin.rules import How
from app.events.guests import GuestKind, is_guest, kind_order
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State
from app.units.rules import district_order

LATEST = 7


@dataclass
class Share:
    """Delegates of one kind or district. More may have arrived than have a seat: who lost the
    seat after the door stays in the hall."""

    key: str
    arrived: int = 0
    expected: int = 0


@dataclass(frozen=True)
class LatestArrival:
    """``name`` None: "Đại diện Lãnh đạo"; ``unit`` is the short name."""

    at: datetime
    name: str | None
    unit: str


@dataclass(frozen=True)
class Board:
    """``kinds`` in the plan's order, all guests as one at the end; ``districts`` in the
    statistical office's, "" for none; ``minutes``: (start of the minute, how many arrived in it),
    ascending, without empty ones.
    """

    arrived: int
    expected: int
    kinds: list[Share]
    districts: list[Share]
    latest: list[LatestArrival]
    minutes: list[tuple[datetime, int]]


def board_of(event_id: int, session_id: int) -> Board:
    """Four queries whatever the number of people."""
    about = {"event_id": event_id, "session_id": session_id}
    connection = db.session.connection()
    expected = connection.execute(_EXPECTED, about).all()
    arrived = connection.execute(_ARRIVED, about).all()
    latest = connection.execute(_LATEST, about).all()
    minutes = connection.execute(_MINUTES, {**about, "paper": How.PAPER.value}).all()
    kinds = _shares(
        expected, arrived, lambda row: GuestKind.GUEST if is_guest(row.kind) else row.kind
    )
    districts = _shares(expected, arrived, lambda row: row.district or "")
    return Board(
        arrived=sum(row.people for row in arrived),
        expected=sum(row.people for row in expected),
        kinds=sorted(kinds, key=lambda one: (kind_order(one.key), one.key)),
        districts=sorted(districts, key=lambda one: (district_order(one.key or None), one.key)),
        latest=[LatestArrival(*row) for row in latest],
        minutes=[(_minute(row.minute), row.people) for row in minutes],
    )


def last_change() -> int:
    """Rises with everything that is written of any event: whatever changes a board is audited."""
    return db.session.connection().execute(_LAST_CHANGE).scalar() or 0


def _shares(
    expected: Iterable[Any], arrived: Iterable[Any], key_of: Callable[[Any], str]
) -> list[Share]:
    shares: dict[str, Share] = {}
    for row in expected:
        key = str(key_of(row))
        shares.setdefault(key, Share(key)).expected += row.people
    for row in arrived:
        key = str(key_of(row))
        shares.setdefault(key, Share(key)).arrived += row.people
    return list(shares.values())


def _minute(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


class minute_of(GenericFunction[str]):
    """The minute of an instant in UTC, "2024-03-12 00:41"."""

    type = String()
    inherit_cache = True


@compiles(minute_of)
def _to_char(element: Any, compiler: Any, **kw: Any) -> str:
    moment = compiler.process(element.clauses, **kw)
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"


@compiles(minute_of, "sqlite")
def _substr(element: Any, compiler: Any, **kw: Any) -> str:
    return f"substr({compiler.process(element.clauses, **kw)}, 1, 16)"


_standing = (
    Presence.event_id == bindparam("event_id"),
    Presence.session_id == bindparam("session_id"),
    Presence.undone_at.is_(None),
)
_EXPECTED = (
    select(Participation.kind, Participation.district, func.count().label("people"))
    .select_from(Registration)
    .join(Participation, Participation.id == Registration.participation_id)
    .where(
        Registration.event_id == bindparam("event_id"),
        Registration.state == State.CONFIRMED.value,
    )
    .group_by(Participation.kind, Participation.district)
)
_ARRIVED = (
    select(Participation.kind, Participation.district, func.count().label("people"))
    .select_from(Presence)
    .join(Registration, Registration.id == Presence.registration_id)
    .join(Participation, Participation.id == Registration.participation_id)
    .where(*_standing)
    .group_by(Participation.kind, Participation.district)
)
_LATEST = (
    select(Presence.at, Registration.full_name, Participation.short_name)
    .select_from(Presence)
    .join(Registration, Registration.id == Presence.registration_id)
    .join(Participation, Participation.id == Registration.participation_id)
    .where(*_standing)
    .order_by(Presence.at.desc(), Presence.id.desc())
    .limit(LATEST)
)
_of_minute = minute_of(Presence.at).label("minute")
_MINUTES = (  # a signature on paper has no minute of its own
    select(_of_minute, func.count().label("people"))
    .where(*_standing, Presence.how != bindparam("paper"))
    .group_by(_of_minute)
    .order_by(_of_minute)
)
_LAST_CHANGE = select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(1)
