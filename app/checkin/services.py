"""Undoing, calling the desk, gates; scans are in `scanning`. Callers open the unit of work."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.audit.services import record
from app.checkin import queries
from app.checkin.errors import (
    GateNameTaken,
    GateNotFound,
    NotOwnPresence,
    PresenceNotFound,
    ScanRefused,
)
from app.checkin.models import Gate, Presence, Scan
from app.checkin.rules import gate_expiry
from app.core.access import Actor
from app.core.tokens import hash_secret
from app.events.models import Event
from app.extensions import db
from app.registration.models import Registration


@dataclass(frozen=True)
class Undone:
    """``changed`` is False when somebody had undone it already."""

    presence: Presence
    registration: Registration
    changed: bool


def undo(event: Event, presence_id: int, *, by: Actor, now: datetime) -> Undone:
    """Take a presence back; its row stays, and a later scan makes a new one.

    A gate may undo its own only. Raises PresenceNotFound, NotOwnPresence.
    """
    row = db.session.execute(
        select(Presence, Registration)
        .join(Registration, Registration.id == Presence.registration_id)
        .where(Presence.id == presence_id, Presence.event_id == event.id)
        .with_for_update(of=Presence)
    ).one_or_none()
    if row is None:
        raise PresenceNotFound()
    presence, registration = row
    if by.kind == "gate" and presence.gate_name != by.label:
        raise NotOwnPresence()
    if presence.undone_at is not None:
        return Undone(presence, registration, changed=False)
    presence.undone_at = now
    presence.undone_by = by.label[:200]
    db.session.flush()
    record(
        "checkin.undone",
        ("registration", presence.registration_id),
        by=by,
        now=now,
        event_id=event.id,
        before={"at": presence.at.isoformat(), "gate": presence.gate_name},
        after={"presence": presence.id},
    )
    return Undone(presence, registration, changed=True)


def call_desk(event: Event, client_id: str, *, by: Actor, now: datetime) -> Scan:
    """A gate sends somebody to the desk: the refused scan goes to the top there. Twice is once."""
    scan = queries.scan_of(client_id)
    if scan is None or scan.event_id != event.id:
        raise ScanRefused()
    known = db.session.scalar(
        select(AuditEntry.id).where(
            AuditEntry.thing_type == "scan",
            AuditEntry.thing_id == scan.id,
            AuditEntry.action == queries.DESK_CALLED,
        )
    )
    if known is None:
        record(
            queries.DESK_CALLED,
            ("scan", scan.id),
            by=by,
            now=now,
            event_id=event.id,
            after={"gate": scan.gate_name, "outcome": scan.outcome},
        )
    return scan


# ---------------------------------------------------------------- gates


class NewGate(NamedTuple):
    """``secret``: shown once, in the pairing address; only its hash is kept."""

    gate: Gate
    secret: str


def create_gate(event: Event, name: str, *, by: Actor, now: datetime) -> NewGate:
    """A gate of this event. Raises GateNameTaken while another usable one has the name."""
    _ensure_name_free(event, name, now=now)
    secret = secrets.token_urlsafe(16)
    gate = Gate(
        event_id=event.id,
        name=name[:60],
        secret_hash=hash_secret(secret),
        created_at=now,
        expires_at=_expiry(event, now),
    )
    db.session.add(gate)
    db.session.flush()
    record(
        "gate.created",
        ("gate", gate.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"name": gate.name, "expires_at": gate.expires_at.isoformat()},
    )
    return NewGate(gate, secret)


def _ensure_name_free(event: Event, name: str, *, now: datetime, but: int = 0) -> None:
    taken = db.session.scalar(
        select(Gate.id).where(
            Gate.event_id == event.id,
            Gate.name == name,
            Gate.id != but,
            Gate.revoked_at.is_(None),
            Gate.expires_at > now,
        )
    )
    if taken is not None:
        raise GateNameTaken()


def _expiry(event: Event, now: datetime) -> datetime:
    return gate_expiry(
        ends_at=event.ends_at, starts_at=event.starts_at, cutoff_at=event.cutoff_at, now=now
    )


def gate_in(event: Event, gate_id: int) -> Gate:
    """Raises GateNotFound for another event's gate."""
    gate = db.session.get(Gate, gate_id)
    if gate is None or gate.event_id != event.id:
        raise GateNotFound()
    return gate


def renew_gate(gate: Gate, event: Event, *, by: Actor, now: datetime) -> NewGate:
    """A new pairing secret and a new term: the device paired before is out at once.

    Raises GateNameTaken when another gate took the name meanwhile.
    """
    _ensure_name_free(event, gate.name, now=now, but=gate.id)
    secret = secrets.token_urlsafe(16)
    gate.secret_hash = hash_secret(secret)
    gate.revoked_at = None
    gate.expires_at = _expiry(event, now)
    db.session.flush()
    record(
        "gate.renewed",
        ("gate", gate.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"name": gate.name},
    )
    return NewGate(gate, secret)


def revoke_gate(gate: Gate, *, by: Actor, now: datetime) -> None:
    """At once: the device's next request is refused. Twice is once."""
    if gate.revoked_at is not None:
        return
    gate.revoked_at = now
    record(
        "gate.revoked",
        ("gate", gate.id),
        by=by,
        now=now,
        event_id=gate.event_id,
        after={"name": gate.name},
    )


def pair_gate(gate: Gate, *, now: datetime) -> None:
    """A device opened the pairing address and agreed."""
    gate.last_seen_at = now
    record(
        "gate.paired",
        ("gate", gate.id),
        by=Actor("gate", str(gate.id), gate.name),
        now=now,
        event_id=gate.event_id,
    )


def note_gate_seen(gate_id: int, *, now: datetime) -> None:
    """At most once a minute, so that a busy gate does not rewrite its row with every scan."""
    db.session.execute(
        update(Gate)
        .where(
            Gate.id == gate_id,
            (Gate.last_seen_at.is_(None)) | (Gate.last_seen_at < now - timedelta(minutes=1)),
        )
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )
