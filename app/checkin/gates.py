"""Paired devices: a secret in an http-only cookie stands for a gate of one event (no account)."""

from __future__ import annotations

from flask import Response, current_app, g, request
from sqlalchemy import bindparam, select

from app.checkin.errors import GateNotFound
from app.checkin.models import Gate
from app.core.access import Actor
from app.core.clock import now
from app.core.tokens import hash_secret
from app.extensions import db

COOKIE = "gate"
COOKIE_PATH = "/hall/"


def usable_gate(secret: str) -> Gate | None:
    """The gate of a secret while it is neither revoked nor expired."""
    gate = db.session.scalar(select(Gate).where(Gate.secret_hash == hash_secret(secret)))
    if gate is None or gate.revoked_at is not None or gate.expires_at <= now():
        return None
    return gate


def gate_to_pair(secret: str) -> Gate:
    """Raises GateNotFound for a guessed, renewed, revoked or expired pairing address."""
    gate = usable_gate(secret)
    if gate is None:
        raise GateNotFound()
    return gate


def find_gate_actor() -> Actor | None:
    """Asked with every scan: one plain row."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    gate = db.session.connection().execute(_ACTOR, {"digest": hash_secret(secret)}).one_or_none()
    if gate is None or gate.revoked_at is not None or gate.expires_at <= now():
        return None
    g.gate_last_seen_at = gate.last_seen_at
    return Actor("gate", str(gate.id), gate.name, frozenset(), gate.event_id)


_COLUMNS = Gate.__table__.c
_ACTOR = select(
    _COLUMNS.id, _COLUMNS.name, _COLUMNS.event_id, _COLUMNS.expires_at, _COLUMNS.revoked_at,
    _COLUMNS.last_seen_at,
).where(_COLUMNS.secret_hash == bindparam("digest"))  # fmt: skip


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
