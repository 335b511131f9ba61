"""Paired devices: a secret in an http-only cookie stands for a gate of one event (no account)."""

from __future__ import annotations

from flask import Response, current_app, g, request
from sqlalchemy import bindparam, select

from app.checkin.errors import GateNotFound
from app.checkin.models import Gate, GateDevice
from app.core.access import Actor
from app.core.clock import now
from app.core.policies import SUPERVISOR
from app.core.tokens import hash_secret
from app.extensions import db

COOKIE = "gate"
COOKIE_PATH = "/hall/"


def gate_to_pair(secret: str) -> Gate:
    """The gate of a pairing address while it may take a phone.

    Raises GateNotFound for a guessed, renewed, revoked, expired or used up address.
    """
    gate = db.session.scalar(select(Gate).where(Gate.pair_hash == hash_secret(secret)))
    if gate is None or gate.revoked_at is not None or gate.expires_at <= now():
        raise GateNotFound()
    if not gate.many_devices and any(device.revoked_at is None for device in gate.devices):
        raise GateNotFound()
    return gate


def find_gate_actor() -> Actor | None:
    """Asked with every scan: one plain row."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    row = db.session.connection().execute(_ACTOR, {"digest": hash_secret(secret)}).one_or_none()
    if row is None or row.revoked_at is not None or row.gate_revoked_at is not None:
        return None
    if row.expires_at <= now():
        return None
    g.gate_device = row
    roles = frozenset({SUPERVISOR}) if row.role == SUPERVISOR else frozenset()
    return Actor("gate", str(row.gate_id), row.name, roles, row.event_id)


_GATE, _DEVICE = Gate.__table__.c, GateDevice.__table__.c
_ACTOR = (
    select(
        _DEVICE.id, _DEVICE.gate_id, _DEVICE.last_seen_at, _DEVICE.revoked_at,
        _GATE.name, _GATE.role, _GATE.session_ids, _GATE.event_id, _GATE.expires_at,
        _GATE.revoked_at.label("gate_revoked_at"),
    )
    .select_from(GateDevice.__table__.join(Gate.__table__, _GATE.id == _DEVICE.gate_id))
    .where(_DEVICE.secret_hash == bindparam("digest"))
)  # fmt: skip


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
