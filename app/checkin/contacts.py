"""Who speaks behind the page: a paired phone, also one that is a gate no more, or an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import g
from sqlalchemy import BigInteger, Integer, bindparam, case, func, or_, update

from app.checkin.errors import NoGate, SyncTooOften
from app.checkin.gates import Device, ended_at, gate_actor
from app.checkin.hall_events import HallEvent, ListedEvent, event_here, phone_here
from app.checkin.late_scans import From
from app.checkin.models import GateDevice
from app.checkin.places import place_name
from app.checkin.roster import GateFacts
from app.checkin.sync_forms import DeviceWord
from app.core.access import Actor, current_actor
from app.core.database import Instant
from app.core.policies import SUPERVISOR, can_admit, can_check_in
from app.core.prepared import Prepared
from app.events.errors import EventNotFound

MOST_HEARD, HEARD_WITHIN = 600, timedelta(minutes=5)  # two a second: each scan at once, and more
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
        return From(self.actor, place_name(self.actor), device_id, self.ended_at)

    def gate(self, event: ListedEvent) -> GateFacts:
        """With the sessions this contact may be about."""
        own = self.device.session_ids if self.device is not None else []
        served = tuple(one.id for one in event.sessions if not own or one.id in own)
        role = SUPERVISOR if can_admit(self.actor) else "steward"
        return GateFacts(place_name(self.actor), role, served)


def find_contact(slug: str, now: datetime) -> tuple[HallEvent, Contact]:
    """The phone before the account: the page belongs to the phone.

    Raises NoGate for who is neither, EventNotFound, also for another event's phone.
    """
    found = phone_here(slug)
    if found is not None:
        event, device = found
        actor = g.actor = gate_actor(device)
        return event, Contact(actor, device, ended_at(device, now))
    actor = current_actor()
    if not can_check_in(actor):
        raise NoGate()
    of_slug = event_here(slug)
    if of_slug is None or actor.event_id not in (None, of_slug.id):
        raise EventNotFound()
    return of_slug, Contact(actor)


def ensure_not_too_often(device: Device, now: datetime) -> None:
    """Raises SyncTooOften."""
    recent = device.heard_from is not None and now - HEARD_WITHIN < device.heard_from <= now
    if recent and device.heard >= MOST_HEARD:
        raise SyncTooOften()


def hear(device: Device, word: DeviceWord, *, answered: int, now: datetime) -> None:
    """Keep what the phone says of itself; inside a unit of work, first: it locks the phone's row.
    ``answered``: items it need not send again."""
    values = {
        "device": device.id,
        "now": now,
        "long_ago": now - HEARD_WITHIN,
        "left": max(0, word.unsent - answered),
        "said_battery": word.battery,
        "said_version": word.list_version,
        "said_offset": word.offset_ms,
    }
    _HEAR.rows(values)
    if word.wiped:
        _WIPED.rows({"device": device.id, "now": now})


# ---------------------------------------------------------------- statements

_NOW = bindparam("now", type_=Instant)
_LONG_AGO = or_(
    _DEVICE.heard_from.is_(None),
    _DEVICE.heard_from <= bindparam("long_ago", type_=Instant),
    _DEVICE.heard_from > _NOW,  # a rehearsal's clock went back
)
_THIS = update(GateDevice.__table__).where(_DEVICE.id == bindparam("device"))
_HEAR = Prepared(
    _THIS.values(
        last_seen_at=_NOW,
        unsent=bindparam("left"),
        battery=func.coalesce(bindparam("said_battery", type_=Integer), _DEVICE.battery),
        list_version=func.coalesce(bindparam("said_version", type_=Integer), _DEVICE.list_version),
        offset_ms=func.coalesce(bindparam("said_offset", type_=BigInteger), _DEVICE.offset_ms),
        heard=case((_LONG_AGO, 1), else_=_DEVICE.heard + 1),
        heard_from=case((_LONG_AGO, _NOW), else_=_DEVICE.heard_from),
    )
)
_WIPED = Prepared(_THIS.values(wiped_at=_NOW, list_version=None))
