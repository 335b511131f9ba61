"""Checking in, undoing, gates. Callers open the unit of work and pass who and when (design 4.6)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

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
from app.checkin.queries import Standing
from app.checkin.results import ScanResult
from app.checkin.rules import Finding, How, Outcome, decide, gate_expiry, is_client_id, session_time
from app.core.access import Actor
from app.core.tokens import ENTRY_CODE, hash_secret, is_code, read_code
from app.events.models import Event, EventSession
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State
from app.registration.seats import waiting_place

_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
NAME_SUCCESSOR = frozenset({Outcome.REPLACED, Outcome.WITHDRAWN})


@dataclass(frozen=True)
class _Subject:
    """Whom a scan means. ``standing`` None: nobody of ours; ``current_code`` False: an old code."""

    standing: Standing | None
    current_code: bool = True
    same_event: bool = True


def check_in(
    event: Event,
    session: EventSession,
    *,
    client_id: str,
    how: How | str,
    by: Actor,
    gate_name: str,
    now: datetime,
    code_text: str | None = None,
    registration_id: int | None = None,
    device_at: datetime | None = None,
) -> ScanResult:
    """Decide one scan and store it, the refused too.

    The same ``client_id`` again gets the same answer and adds nothing. A second scan of one code is
    told the first presence's time and gate. Raises ScanRefused when there is nothing to look up.
    """
    if not is_client_id(client_id) or (code_text is None) == (registration_id is None):
        raise ScanRefused()
    earlier = queries.scan_of(client_id)
    if earlier is not None:
        return _again(event, earlier)
    subject = (
        _by_code(event, session, code_text)
        if code_text is not None
        else _by_id(event, session, registration_id or 0)
    )
    outcome = _decide(subject, session, now)
    stamp = {"gate_name": gate_name[:60], "by": by.label[:200], "how": str(how)}
    presence: Presence | None = subject.standing.presence if subject.standing else None
    made: int | None = None
    if outcome is Outcome.WELCOME and subject.standing is not None:
        registration = subject.standing.registration
        made = _insert_once(
            Presence,
            event_id=event.id,
            session_id=session.id,
            registration_id=registration.id,
            at=now,
            **stamp,
        )
        presence = (
            queries.presence_in(registration.id, session.id)
            if made is None
            else Presence(id=made, at=now, gate_name=stamp["gate_name"])
        )
        if made is None:  # another gate was quicker by less than this transaction
            outcome = Outcome.ALREADY
    known = subject.standing if subject.same_event else None
    scan_id = _insert_once(
        Scan,
        client_id=client_id,
        event_id=event.id,
        session_id=session.id,
        registration_id=known.registration.id if known else None,
        presence_id=presence.id if presence and known else None,
        code=code_text.strip()[:40] if code_text else None,
        device_at=device_at,
        arrived_at=now,
        outcome=outcome,
        **stamp,
    )
    if scan_id is None:  # the same scan arrived twice at once: the other one stands
        if made is not None:
            db.session.execute(delete(Presence).where(Presence.id == made))
        return _again(event, _stored(client_id))
    if made is not None and known is not None:
        record(
            "checkin.arrived",
            ("registration", known.registration.id),
            by=by,
            now=now,
            event_id=event.id,
            after={
                "session": session.name,
                "gate": stamp["gate_name"],
                "how": stamp["how"],
                "presence": made,
            },
        )
    scan = Scan(id=scan_id, client_id=client_id, code=code_text, arrived_at=now, outcome=outcome)
    return _result(event, session, scan, known, presence)


def _by_code(event: Event, session: EventSession, text: str) -> _Subject:
    code = read_code(text)
    if code is None or code.purpose != ENTRY_CODE:
        return _Subject(None)
    standing = queries.standing_of(code.thing_id, session.id)
    if standing is None or standing.registration.event_id != code.event_id:
        return _Subject(None)
    current = standing.registration.code_version
    versions = [v for v in range(current, 0, -1) if v % 10 == code.version_digit]
    version = next((v for v in versions if is_code(code, v)), None)
    if version is None:
        return _Subject(None)
    return _Subject(standing, version == current, code.event_id == event.id)


def _by_id(event: Event, session: EventSession, registration_id: int) -> _Subject:
    standing = queries.standing_of(registration_id, session.id)
    if standing is None or standing.registration.event_id != event.id:
        return _Subject(None)
    return _Subject(standing)


def _decide(subject: _Subject, session: EventSession, now: datetime) -> Outcome:
    standing = subject.standing
    return decide(
        Finding(
            state=State(standing.registration.state) if standing else None,
            same_event=subject.same_event,
            current_code=subject.current_code,
            session=session_time(session.starts_at, session.ends_at, now),
            present=standing is not None and standing.presence is not None,
        )
    )


def _insert_once(model: Any, **values: Any) -> int | None:
    """→ the new row's id, or None when a unique index already holds one (on both databases)."""
    insert = _INSERTS[db.session.get_bind().dialect.name]
    return db.session.scalar(
        insert(model).values(**values).on_conflict_do_nothing().returning(model.id)
    )


def _stored(client_id: str) -> Scan:
    scan = queries.scan_of(client_id)
    if scan is None:
        raise ScanRefused()
    return scan


def _again(event: Event, scan: Scan) -> ScanResult:
    """The answer of a scan that was stored before."""
    if scan.event_id != event.id or scan.session_id is None:
        raise ScanRefused()
    session = db.session.get_one(EventSession, scan.session_id)
    standing = (
        queries.standing_of(scan.registration_id, session.id) if scan.registration_id else None
    )
    presence = db.session.get(Presence, scan.presence_id) if scan.presence_id else None
    return replace(_result(event, session, scan, standing, presence), repeat=True)


def _result(
    event: Event,
    session: EventSession,
    scan: Scan,
    standing: Standing | None,
    presence: Presence | None,
) -> ScanResult:
    outcome = Outcome(scan.outcome)
    successor = (
        queries.successor_of(standing.registration, session.id)
        if standing is not None and outcome in NAME_SUCCESSOR
        else None
    )
    waiting = standing is not None and standing.registration.state == State.WAITLISTED
    return ScanResult(
        outcome=outcome,
        client_id=scan.client_id,
        scan_id=scan.id,
        at=scan.arrived_at,
        session_id=session.id,
        code=scan.code,
        person=queries.person_of(standing.registration, standing.participation)
        if standing
        else None,
        arrival=queries.arrival_of(presence) if standing else None,
        successor=queries.person_of(successor.registration, successor.participation)
        if successor
        else None,
        successor_arrival=queries.arrival_of(successor.presence) if successor else None,
        place=waiting_place(standing.registration) if standing and waiting else None,
        session=session_time(session.starts_at, session.ends_at, scan.arrived_at),
        counts=queries.counts(event.id, session.id),
    )


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
