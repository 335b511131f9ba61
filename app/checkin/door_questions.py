"""What the door's page finds out before anybody is entered: which unit, and whose place it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from app.checkin.door_entries import WalkIn, unit_meant
from app.checkin.errors import DelegateIsIn
from app.checkin.hall_events import ListedEvent
from app.checkin.queries import standing_presence
from app.core.vietnamese import fold
from app.events.guests import is_guest_pool
from app.events.models import Event, EventSession, Participation, SeatPool
from app.extensions import db
from app.registration.models import Registration
from app.registration.rows import person_key
from app.registration.services import active_of

LISTED_MOST = 400  # units offered while the name is typed; a browser draws no longer list
SIMILAR_MOST = 6


@dataclass(frozen=True)
class Seats:
    """``taken`` of the ``planned``; ``spare``: seats of the hall beyond plan and guests, None: unknown."""

    taken: int
    planned: int
    spare: int | None

    @property
    def free(self) -> int:
        return max(0, self.planned - self.taken)


_POOL = SeatPool.__table__.c
_POOLS = select(_POOL.kinds, _POOL.seats, _POOL.taken).where(
    _POOL.event_id == bindparam("event_id")
)


def seats_now(event: ListedEvent) -> Seats:
    pools = db.session.connection().execute(_POOLS, {"event_id": event.id}).all()
    taken = sum(pool.taken for pool in pools if not is_guest_pool(pool.kinds))
    spare = None
    if event.hall_seats is not None:
        guests = sum(pool.seats for pool in pools if is_guest_pool(pool.kinds))
        spare = max(0, event.hall_seats - event.planned_seats - guests)
    return Seats(taken, event.planned_seats, spare)


def unit_names(event: Event) -> Sequence[str]:
    """For the list under the field; none of an event with more units than a list can hold."""
    called = (Participation.event_id == event.id, Participation.unit_id.is_not(None))
    count = db.session.scalar(select(func.count()).select_from(Participation).where(*called)) or 0
    if count > LISTED_MOST:
        return []
    return db.session.scalars(
        select(Participation.name).where(*called).order_by(Participation.sort_key, Participation.id)
    ).all()


@dataclass(frozen=True)
class WhichUnit:
    """No unit of the event has this name; ``similar`` ones do nearly."""

    similar: Sequence[Participation]


@dataclass(frozen=True)
class WhosePlace:
    """The unit's place is taken by ``standing``, none of whom is in."""

    unit: Participation
    standing: Sequence[Registration]


def question(
    event: Event, session: EventSession, given: WalkIn, *, is_guest: bool
) -> WhichUnit | WhosePlace | None:
    """What must be answered first; None when it is clear. Raises DelegateIsIn, WalkInIncomplete."""
    unit = unit_meant(event, given)
    if unit is None:
        return None if is_guest else WhichUnit(_similar(event, given.unit))
    standing = active_of(unit.id)
    key = person_key(given.name)
    if given.replaces is not None or any(one.person_key == key for one in standing):
        return None
    if len(standing) < (unit.quota or event.unit_quota):
        return None
    found = [(one, standing_presence(one.id, session.id)) for one in standing]
    absent = [one for one, presence in found if presence is None]
    for one, presence in found:
        if presence is not None and not absent:
            raise DelegateIsIn(one.full_name, presence.at, presence.gate_name)
    if len(absent) == 1 and absent[0].full_name is None:
        return None  # "Đại diện Lãnh đạo" gets a name
    return WhosePlace(unit, absent)


def _similar(event: Event, words: str) -> Sequence[Participation]:
    """Units with every typed word somewhere in their name; none when no word is left to look for."""
    wanted = [word for word in fold(words).split() if word not in ("truong", "phong", "tt")]
    if not wanted:
        return []
    return db.session.scalars(
        select(Participation)
        .where(
            Participation.event_id == event.id,
            Participation.unit_id.is_not(None),
            *(Participation.search.contains(word, autoescape=True) for word in wanted),
        )
        .order_by(Participation.sort_key, Participation.id)
        .limit(SIMILAR_MOST)
    ).all()
