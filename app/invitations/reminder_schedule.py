"""The schedule of calls and reminders: the usual one, and what the desk changes of it.

Callers open the unit of work and hold the event's lock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.events.models import Event
from app.extensions import db
from app.invitations.models import Reminder
from app.invitations.reminder_queries import (
    MADE,
    SWITCH,
    is_switched_on,
    schedule_of,
    slot_of,
)
from app.invitations.reminder_rules import ANCHORS, USUAL_SCHEDULE, Kind, Slot

MOST_TIMES = 40  # of one event's schedule


class SameTime(DomainError):
    message = _l("Đã có lần nhắc này trong lịch.")


class TooManyTimes(DomainError):
    message = _l("Lịch nhắc đã có 40 lần. Hãy bỏ bớt trước khi thêm.")


class TimeNotFound(DomainError):
    message = _l("Lần nhắc này không còn trong lịch. Hãy tải lại trang.")
    status = 404


def store_schedule(event: Event) -> None:
    """The usual schedule as rows, once an event; the desk's changes hold from then on."""
    if event.delivery.get(MADE):
        return
    event.delivery = {**event.delivery, MADE: True}
    db.session.add_all(_row(event, slot) for slot in USUAL_SCHEDULE)
    db.session.flush()


def _row(event: Event, slot: Slot) -> Reminder:
    return Reminder(
        event_id=event.id, kind=slot.kind, anchor=slot.anchor, days=slot.days, at=slot.at,
        active=slot.active,
    )  # fmt: skip


def add_time(event: Event, kind: Kind, days: int, at: str, *, by: Actor, now: datetime) -> None:
    """Raises SameTime, TooManyTimes. A time that is past already is never made up for."""
    store_schedule(event)
    slots = schedule_of(event)
    slot = Slot(kind, ANCHORS[kind], days, at)
    if any(one.key == slot.key for one in slots):
        raise SameTime()
    if len(slots) >= MOST_TIMES:
        raise TooManyTimes()
    db.session.add(_row(event, slot))
    db.session.flush()
    record("reminder.added", ("event", event.id), by=by, now=now, event_id=event.id,
           after=slot_facts(slot))  # fmt: skip


def remove_time(event: Event, key: tuple[str, str, int], *, by: Actor, now: datetime) -> None:
    row = _stored(event, key)
    db.session.delete(row)
    db.session.flush()
    record("reminder.removed", ("event", event.id), by=by, now=now, event_id=event.id,
           after=slot_facts(slot_of(row)))  # fmt: skip


def switch_time(
    event: Event, key: tuple[str, str, int], active: bool, *, by: Actor, now: datetime
) -> None:
    row = _stored(event, key)
    if row.active != active:
        row.active = active
        record("reminder.switched", ("event", event.id), by=by, now=now, event_id=event.id,
               after=slot_facts(slot_of(row), active=active))  # fmt: skip


def switch_all(event: Event, on: bool, *, by: Actor, now: datetime) -> None:
    """Off: nothing goes by itself, mails of reminders that still wait are dropped."""
    store_schedule(event)
    if is_switched_on(event) == on:
        return
    record("reminder.all_switched", ("event", event.id), by=by, now=now, event_id=event.id,
           before={"active": not on}, after={"active": on})  # fmt: skip
    event.delivery = {**event.delivery, SWITCH: on}


def _stored(event: Event, key: tuple[str, str, int]) -> Reminder:
    store_schedule(event)
    kind, anchor, days = key
    row = db.session.scalar(
        select(Reminder).where(
            Reminder.event_id == event.id,
            Reminder.kind == kind,
            Reminder.anchor == anchor,
            Reminder.days == days,
        )
    )
    if row is None:
        raise TimeNotFound()
    return row


def slot_facts(slot: Slot, **more: Any) -> dict[str, Any]:
    """For the audit log."""
    return {"reminder": slot.kind, "anchor": slot.anchor, "days": slot.days, "at": slot.at, **more}
