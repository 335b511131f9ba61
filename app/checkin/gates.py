"""Paired devices: a secret in an http-only cookie stands for a gate of one event (no account)."""

from __future__ import annotations

from flask import request
from sqlalchemy import select

from app.checkin.models import Gate
from app.core.access import Actor
from app.core.clock import now
from app.core.tokens import hash_secret
from app.extensions import db

COOKIE = "gate"


def gate_of_request() -> Gate | None:
    """The gate of this device while it is neither revoked nor expired."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    gate = db.session.scalar(select(Gate).where(Gate.secret_hash == hash_secret(secret)))
    if gate is None or gate.revoked_at is not None or gate.expires_at <= now():
        return None
    return gate


def find_gate_actor() -> Actor | None:
    gate = gate_of_request()
    if gate is None:
        return None
    return Actor("gate", str(gate.id), gate.name, frozenset(), gate.event_id)
