"""Who speaks behind the page: a paired phone, also one that is a gate no more, or an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import g
from sqlalchemy import case, or_, select, update

from app.checkin.errors import NoGate, SyncTooOften
from app.checkin.gates import Device, ended_at, gate_actor, known_device
from app.checkin.late_scans import From
from app.checkin.models import GateDevice
from app.checkin.roster import GateFacts
from app.checkin.sync_forms import DeviceWord
from app.core.access import Actor, current_actor
from app.core.policies import SUPERVISOR, can_admit, can_check_in
from app.events.errors import EventNotFound
from app.events.models import Event
from app.extensions import db

MOST_HEARD, HEARD_WITHIN = 600, timedelta(minutes=5)  # two a second: each scan at once, and more
_INT4 = 2**31 - 1
_DEVICE = GateDevice.__table__.c


@dataclass(frozen=True)
class Contact:
    """``device`` None: an account. ``ended_at``: since when the phone is a gate no more."""

    actor: Actor
    device: Device | None = None
    ended_at: datetime | None = None

    @property
    def sender(self) -> From:
        device_id = self.device.id if self.device is not None else None
        return From(self.actor, self.actor.label, device_id, self.ended_at)

    def gate(self, event: Event) -> GateFacts:
        """With the sessions this contact may be about."""
        own = self.device.session_ids if self.device is not None else []
        served = tuple(one.id for one in event.sessions if not own or one.id in own)
        role = SUPERVISOR if can_admit(self.actor) else "steward"
        return GateFacts(self.actor.label, role, served)


def find_contact(slug: str, now: datetime) -> tuple[Event, Contact]:
    """The phone before the account: the page belongs to the phone.

    Raises NoGate for who is neither, EventNotFound, also for another event's phone.
    """
    event = db.session.scalar(select(Event).where(Event.slug == slug))
    device = known_device()
    if device is not None and event is not None and device.event_id == event.id:
        actor = g.actor = gate_actor(device)
        return event, Contact(actor, device, ended_at(device, now))
    actor = current_actor()
    if not can_check_in(actor):
        raise NoGate()
    if event is None or actor.event_id not in (None, event.id):
        raise EventNotFound()
    return event, Contact(actor)


def ensure_not_too_often(device: Device, now: datetime) -> None:
    """Raises SyncTooOften."""
    recent = device.heard_from is not None and now - HEARD_WITHIN < device.heard_from <= now
    if recent and device.heard >= MOST_HEARD:
        raise SyncTooOften()


def hear(device: Device, word: DeviceWord, *, answered: int, now: datetime) -> None:
    """Keep what the phone says of itself; inside a unit of work. ``answered``: items it need not
    send again."""
    long_ago = or_(
        _DEVICE.heard_from.is_(None),
        _DEVICE.heard_from <= now - HEARD_WITHIN,
        _DEVICE.heard_from > now,  # a rehearsal's clock went back
    )
    said = {
        "battery": word.battery,
        "list_version": word.list_version,
        "offset_ms": max(-_INT4, min(_INT4, word.offset_ms)) if word.offset_ms else word.offset_ms,
    }
    known: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    if word.wiped:
        known |= {"wiped_at": now, "list_version": None}
    db.session.connection().execute(
        update(GateDevice.__table__)
        .where(_DEVICE.id == device.id)
        .values(
            last_seen_at=now,
            unsent=max(0, word.unsent - answered),
            heard=case((long_ago, 1), else_=_DEVICE.heard + 1),
            heard_from=case((long_ago, now), else_=_DEVICE.heard_from),
            **known,
        )
    )
