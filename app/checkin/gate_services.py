"""Gates and their phones: made, paired, renewed, revoked. Callers open the unit of work."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update

from app.audit.services import record
from app.checkin.errors import DeviceNotFound, GateNameTaken, GateNotFound
from app.checkin.models import Gate, GateDevice
from app.checkin.rules import gate_expiry
from app.core.access import Actor
from app.core.tokens import hash_secret
from app.events.models import Event
from app.extensions import db


class NewGate(NamedTuple):
    """``secret``: shown once, in the pairing address; only its hash is kept."""

    gate: Gate
    secret: str


def create_gate(
    event: Event,
    name: str,
    *,
    by: Actor,
    now: datetime,
    role: str = "steward",
    session_ids: tuple[int, ...] = (),
    many_devices: bool = False,
) -> NewGate:
    """A gate of this event. Raises GateNameTaken while another usable one has the name."""
    _ensure_name_free(event, name, now=now)
    secret = secrets.token_urlsafe(16)
    gate = Gate(
        event_id=event.id,
        name=name[:60],
        role=role,
        session_ids=list(session_ids),
        many_devices=many_devices,
        pair_hash=hash_secret(secret),
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
        after={"name": gate.name, "role": role, "expires_at": gate.expires_at.isoformat()},
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
    """A new pairing secret and a new term: the phones paired before are out at once.

    Raises GateNameTaken when another gate took the name meanwhile.
    """
    _ensure_name_free(event, gate.name, now=now, but=gate.id)
    secret = secrets.token_urlsafe(16)
    gate.pair_hash = hash_secret(secret)
    gate.revoked_at = None
    gate.expires_at = _expiry(event, now)
    _revoke_devices(gate, now)
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
    """At once: the next request of its phones is refused. Twice is once."""
    if gate.revoked_at is not None:
        return
    gate.revoked_at = now
    _revoke_devices(gate, now)
    record(
        "gate.revoked",
        ("gate", gate.id),
        by=by,
        now=now,
        event_id=gate.event_id,
        after={"name": gate.name},
    )


def revoke_device(gate: Gate, device_id: int, *, by: Actor, now: datetime) -> GateDevice:
    """One phone of the gate, at once; the others stay. Twice is once. Raises DeviceNotFound.

    A gate for one phone takes no other by the same address: that one was used.
    """
    device = next((one for one in gate.devices if one.id == device_id), None)
    if device is None:
        raise DeviceNotFound()
    if device.revoked_at is None:
        device.revoked_at = now
        if not gate.many_devices:
            gate.pair_hash = hash_secret(secrets.token_urlsafe(16))
        record(
            "gate.device_revoked",
            ("gate", gate.id),
            by=by,
            now=now,
            event_id=gate.event_id,
            after={"name": gate.name, "label": device.label},
        )
    return device


def _revoke_devices(gate: Gate, now: datetime) -> None:
    for device in gate.devices:
        device.revoked_at = device.revoked_at or now


class NewDevice(NamedTuple):
    """``secret``: for the phone's cookie; only its hash is kept."""

    device: GateDevice
    secret: str


def pair_device(gate: Gate, *, label: str, now: datetime) -> NewDevice:
    """A phone opened the pairing address and agreed. See gates.gate_to_pair for who may."""
    secret = secrets.token_urlsafe(16)
    device = GateDevice(
        gate_id=gate.id,
        secret_hash=hash_secret(secret),
        label=label[:60],
        paired_at=now,
        last_seen_at=now,
    )
    db.session.add(device)
    db.session.flush()
    record(
        "gate.paired",
        ("gate", gate.id),
        by=Actor("gate", str(gate.id), gate.name),
        now=now,
        event_id=gate.event_id,
        after={"device": device.id, "label": device.label},
    )
    return NewDevice(device, secret)


def note_device_seen(device_id: int, *, now: datetime) -> None:
    """At most once a minute, so that a busy gate does not rewrite its row with every scan."""
    db.session.execute(
        update(GateDevice)
        .where(
            GateDevice.id == device_id,
            (GateDevice.last_seen_at.is_(None))
            | (GateDevice.last_seen_at < now - timedelta(minutes=1)),
        )
        .values(last_seen_at=now)
        .execution_options(synchronize_session=False)
    )
