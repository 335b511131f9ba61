"""Entering a delegate: the path 89 clerks take in the same hours (design 4.1–4.3).

`draft` works out everything that needs no lock; `enter` reads under the lock, in two plain
statements, whatever it compares, and writes with one statement a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, union, update

from app.audit.services import record
from app.core.access import Actor
from app.core.policies import is_staff
from app.core.prepared import Prepared
from app.events.models import Event, Participation, SeatPool
from app.events.rules import accepts_entries, has_ended
from app.extensions import db
from app.registration import mails
from app.registration.errors import EventOver, NotOpen, QuotaReached, SomebodyElse
from app.registration.flags import flags_of
from app.registration.models import Registration
from app.registration.rows import Entry, facts_of, new_registration
from app.registration.rules import ACTIVE, State, effective_cutoff, is_late, pool_order
from app.registration.seats import place_in_queue, take_seat
from app.registration.services import Outcome


@dataclass(frozen=True)
class Entered:
    """``created`` is False when the same person was there already: a double click, a reload."""

    registration_id: int
    created: bool
    place: int | None = None


def register(
    participation: Participation,
    entry: Entry,
    *,
    by: Actor,
    now: datetime,
    source: str = "web",
    reason: str | None = None,
) -> Outcome:
    """Enter a unit's delegate: a seat, a numbered place in the queue, or late (design 4.2).

    Raises NotOpen, SomebodyElse (another person stands for the unit), QuotaReached, EventOver (a
    late one after the event itself).
    """
    db.session.flush()
    drafted = draft(participation, entry, now=now, source=source, reason=reason)
    entered = enter(participation, drafted, by=by, now=now)
    registration = db.session.get_one(Registration, entered.registration_id, populate_existing=True)
    return Outcome(registration, created=entered.created, place=entered.place)


def draft(
    participation: Participation,
    entry: Entry,
    *,
    now: datetime,
    source: str = "web",
    reason: str | None = None,
) -> Registration:
    """The entry as it will be stored, but for state, seat, slot and flags. Not in the session."""
    return new_registration(participation, entry, now=now, source=source, reason=reason)


def enter(
    participation: Participation, drafted: Registration, *, by: Actor, now: datetime
) -> Entered:
    """Store a draft. ``participation`` may be a row with its columns. Raises as `register`."""
    event, pools = _lock(drafted.event_id)
    by_desk = is_staff(by)
    if not by_desk and not accepts_entries(event.state, event.opens_at, now):
        raise NotOpen()
    standing, twins = _unit_and_twins(drafted)
    same = next((one for one in standing if one.person_key == drafted.person_key), None)
    if same is not None:
        return Entered(same.id, created=False, place=_place(drafted.event_id, same.queue_no))
    quota = participation.quota or event.unit_quota
    if len(standing) >= quota:
        if quota > 1:
            raise QuotaReached()
        raise SomebodyElse(db.session.get_one(Registration, standing[0].id, populate_existing=True))
    taken = {one.slot for one in standing}
    drafted.slot = next(slot for slot in range(quota) if slot not in taken)
    drafted.flags = flags_of(drafted, participation, [one.id for one in twins])
    drafted.on_time = not is_late(now, effective_cutoff(event.cutoff_at, participation.cutoff_at))
    if not (drafted.on_time or by_desk) and _is_over(event, now):
        raise EventOver()
    drafted.state, drafted.pool_id, drafted.queue_no = (
        _seat(event.id, pools, participation.kind)
        if drafted.on_time or by_desk
        else (State.LATE, None, None)
    )
    drafted.seated_at = now if drafted.pool_id is not None else None
    position = _store(drafted, participation, by=by, now=now)
    return Entered(drafted.id, created=True, place=position)


def _seat(
    event_id: int, pools: list[tuple[int, list[str]]], kind: str
) -> tuple[State, int | None, int | None]:
    """(state, pool, number in the queue): a seat this kind may use, or the end of the queue."""
    pool_id = take_seat(pool_order(kind, pools))
    if pool_id is not None:
        return State.CONFIRMED, pool_id, None
    ((number,),) = _NEXT_NUMBER.rows({"of_event": event_id})
    return State.WAITLISTED, None, number


def _store(
    drafted: Registration, participation: Participation, *, by: Actor, now: datetime
) -> int | None:
    """→ the place in the queue."""
    values = {name: getattr(drafted, name) for name in _WRITTEN}
    ((drafted.id,),) = _STORE.rows(values)
    record(
        "registration.received",
        ("registration", drafted.id),
        by=by,
        now=now,
        event_id=drafted.event_id,
        after=facts_of(drafted),
        reason=drafted.desk_reason,
    )
    position = _place(drafted.event_id, drafted.queue_no)
    if drafted.full_name is not None:  # nobody to confirm while a unit is only represented
        mails.tell_received(drafted, participation, now=now, place=position)
    return position


def _place(event_id: int, queue_no: int | None) -> int | None:
    return place_in_queue(event_id, queue_no) if queue_no is not None else None


# ---------------------------------------------------------------- statements

_EVENT, _POOL, _TABLE = Event.__table__.c, SeatPool.__table__.c, Registration.__table__.c

_LOCK = Prepared(
    select(
        _EVENT.id, _EVENT.state, _EVENT.opens_at, _EVENT.cutoff_at, _EVENT.unit_quota,
        _EVENT.starts_at, _EVENT.ends_at, _EVENT.valid_on,
        _POOL.id.label("pool_id"), _POOL.kinds,
    )
    .select_from(Event.__table__.outerjoin(SeatPool.__table__, _POOL.event_id == _EVENT.id))
    .where(_EVENT.id == bindparam("of_event"))
    .order_by(_POOL.id)
    .with_for_update(of=Event.__table__)
)  # fmt: skip
_NEXT_NUMBER = Prepared(
    update(Event.__table__)
    .where(_EVENT.id == bindparam("of_event"))
    .values(queue_last=_EVENT.queue_last + 1)
    .returning(_EVENT.queue_last)
)
_COLUMNS = (
    _TABLE.id, _TABLE.participation_id, _TABLE.state, _TABLE.slot, _TABLE.queue_no,
    _TABLE.person_key,
)  # fmt: skip
# Two searches by their own index; with the state in the condition SQLite would read the whole event.
_UNIT_OR_PERSON = Prepared(
    union(
        select(*_COLUMNS).where(_TABLE.participation_id == bindparam("unit")),
        select(*_COLUMNS).where(
            _TABLE.event_id == bindparam("event"), _TABLE.person_key == bindparam("person")
        ),
    )
)
_WRITTEN = (
    "event_id", "participation_id", "slot", "state", "full_name", "position", "honorific", "phone",
    "email", "person_key", "sort_key", "search", "source", "received_at", "seated_at", "queue_no",
    "pool_id", "flags", "late_reason", "desk_reason", "notice_version", "receipt_code", "on_time",
    "code_version", "form_version",
)  # fmt: skip
_STORE = Prepared(insert(Registration.__table__).returning(_TABLE.id))


def _lock(event_id: int) -> tuple[Any, list[tuple[int, list[str]]]]:
    """The event, locked on PostgreSQL (SQLite has locked the database), and (id, kinds) of its pools."""
    rows = _LOCK.rows({"of_event": event_id})
    return rows[0], [(row.pool_id, row.kinds) for row in rows if row.pool_id is not None]


def _is_over(event: Any, now: datetime) -> bool:
    return has_ended(event.starts_at, event.ends_at, event.valid_on, now)


def _unit_and_twins(drafted: Registration) -> tuple[list[Any], list[Any]]:
    """The unit's active entries, and the same person's for other units."""
    found = _UNIT_OR_PERSON.rows(
        {
            "event": drafted.event_id,
            "unit": drafted.participation_id,
            "person": drafted.person_key,
        }
    )
    rows = [row for row in found if row.state in ACTIVE]
    own = [row for row in rows if row.participation_id == drafted.participation_id]
    others = [row for row in rows if row.participation_id != drafted.participation_id]
    own.sort(key=lambda row: row.slot)
    return own, others if drafted.person_key else []
