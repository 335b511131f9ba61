"""Paired devices: a secret in an http-only cookie stands for a gate of one event (no account)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from flask import Response, current_app, g, request
from sqlalchemy import bindparam, select

from app.checkin.errors import GateExpired, GateNotFound, GateUsedUp, SessionNotServed
from app.checkin.models import Gate, GateDevice
from app.checkin.queries import chosen_session
from app.checkin.rules import SessionTime, session_time
from app.core.access import Actor
from app.core.clock import now
from app.core.policies import SUPERVISOR
from app.core.prepared import Prepared
from app.core.tokens import hash_secret
from app.events.models import Event, EventSession
from app.extensions import db

COOKIE = "gate"
COOKIE_PATH = "/hall/"


def gate_to_pair(secret: str, *, lock: bool = False) -> Gate:
    """The gate of a pairing address while it may take a phone. An address for one phone works
    once: see gate_services.revoke_device for that phone's end.

    Raises GateNotFound for a guessed, renewed or revoked address, GateExpired, GateUsedUp.
    """
    query = select(Gate).where(Gate.pair_hash == hash_secret(secret))
    gate = db.session.scalar(query.with_for_update() if lock else query)
    if gate is None or gate.revoked_at is not None:
        raise GateNotFound()
    if gate.expires_at <= now():
        raise GateExpired()
    if not gate.many_devices and any(device.revoked_at is None for device in gate.devices):
        raise GateUsedUp()
    return gate


def is_own_address(secret: str) -> bool:
    """Whether this phone is paired with the gate of this address already, used up or not."""
    device = known_device()
    if device is None or ended_at(device, now()) is not None:
        return False
    gate_id = db.session.scalar(select(Gate.id).where(Gate.pair_hash == hash_secret(secret)))
    return gate_id == device.gate_id


def find_gate_actor() -> Actor | None:
    """Asked with every scan: one plain row."""
    row = known_device()
    if row is None or ended_at(row, now()) is not None:
        return None
    g.gate_device = row
    return gate_actor(row)


def known_device() -> Device | None:
    """The phone this request comes from, also one that is a gate no more."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    row = _ACTOR.row({"digest": hash_secret(secret)})
    return Device._make(row) if row is not None else None


def ended_at(device: Device, moment: datetime) -> datetime | None:
    """Since when this phone is a gate no more; None while it is one."""
    ends = [one for one in (device.revoked_at, device.gate_revoked_at) if one is not None]
    ends += [device.expires_at] if device.expires_at <= moment else []
    return min(ends, default=None)


def gate_actor(device: Device) -> Actor:
    roles = frozenset({SUPERVISOR}) if device.role == SUPERVISOR else frozenset()
    return Actor("gate", str(device.gate_id), device.name, roles, device.event_id)


def serves(session_id: int) -> bool:
    """Whether this request may be about this session: a gate may be limited to some."""
    device = g.get("gate_device")
    return device is None or not device.session_ids or session_id in device.session_ids


def ensure_serves(session_id: int) -> None:
    """Raises SessionNotServed."""
    if not serves(session_id):
        raise SessionNotServed()


def served_session(event: Event, asked: int | None) -> EventSession:
    """The session asked for, else the one of now, among those this gate serves.

    Raises SessionNotServed, SessionNotFound."""
    if asked is not None:
        ensure_serves(asked)
    session = chosen_session(event, asked, now())
    served = [one for one in event.sessions if serves(one.id)]
    if session in served or not served:
        return session
    running = (one for one in served if session_time(one, now()) != SessionTime.OVER)
    return next(running, served[-1])


class Device(NamedTuple):
    """A phone and its gate, as one row."""

    id: int
    gate_id: int
    last_seen_at: datetime | None
    revoked_at: datetime | None
    offset_ms: int | None
    heard_from: datetime | None
    heard: int
    name: str
    role: str
    session_ids: list[int]
    event_id: int
    created_at: datetime
    expires_at: datetime
    gate_revoked_at: datetime | None


_GATE, _DEVICE = Gate.__table__.c, GateDevice.__table__.c
DEVICE_COLUMNS = (  # as Device names them
    _DEVICE.id, _DEVICE.gate_id, _DEVICE.last_seen_at, _DEVICE.revoked_at, _DEVICE.offset_ms,
    _DEVICE.heard_from, _DEVICE.heard,
    _GATE.name, _GATE.role, _GATE.session_ids, _GATE.event_id, _GATE.created_at,
    _GATE.expires_at, _GATE.revoked_at.label("gate_revoked_at"),
)  # fmt: skip
_ACTOR = Prepared(
    select(*DEVICE_COLUMNS)
    .select_from(GateDevice.__table__.join(Gate.__table__, _GATE.id == _DEVICE.gate_id))
    .where(_DEVICE.secret_hash == bindparam("digest"))
)


def set_gate_cookie(response: Response, gate: Gate, secret: str) -> None:
    """Until the gate's own end; seen by no script, sent to the hall's pages only."""
    response.set_cookie(
        COOKIE,
        secret,
        expires=gate.expires_at,
        max_age=max(60, int((gate.expires_at - now()).total_seconds())),
        path=COOKIE_PATH,
        secure=current_app.config["SETTINGS"].secure_cookies,
        httponly=True,
        samesite="Lax",
    )
