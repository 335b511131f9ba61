"""One scan: who is meant, what it is answered, what is stored (design 4.6).

The hall's hot path, so in three steps: `find_subject` reads before the database is locked,
`store_scan` writes under the lock and proves again what it was told, `result_of` reads what the
answer says beside it once the lock is gone. Statements are made once and read plain rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from app.audit.services import record
from app.checkin import queries
from app.checkin.arrivals import counts
from app.checkin.errors import ScanRefused
from app.checkin.faces import NOBODY, Subject, entry_code_in, subject_of_code
from app.checkin.models import Presence, Scan
from app.checkin.results import Arrival, Face, Person, ScanResult, SessionFacts
from app.checkin.rules import Finding, How, Outcome, decide, is_client_id, session_time
from app.core.access import Actor
from app.core.database import Instant
from app.core.prepared import Prepared
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State
from app.registration.seats import waiting_place

NAME_SUCCESSOR = frozenset({Outcome.REPLACED, Outcome.WITHDRAWN})


@dataclass(frozen=True)
class Stored:
    """A scan on disk. ``repeat``: this client id was answered before and nothing was added."""

    scan_id: int
    client_id: str
    code: str | None
    at: datetime
    outcome: Outcome
    subject: Subject
    arrival: Arrival | None
    repeat: bool = False


def check_in(event_id: int, session: SessionFacts, *, by: Actor, **scan: Any) -> ScanResult:
    """All three steps inside one unit of work. Arguments and errors as `store_scan`."""
    subject = find_subject(event_id, session.id, scan.get("code_text"), scan.get("registration_id"))
    return result_of(store_scan(event_id, session, subject, by=by, **scan), event_id, session)


def find_subject(
    event_id: int, session_id: int, code_text: str | None, registration_id: int | None
) -> Subject:
    """Whom these digits, or this row of the search, mean. Raises ScanRefused for neither or both."""
    if (code_text is None) == (registration_id is None):
        raise ScanRefused()
    if code_text is None:
        face = _face(registration_id or 0, session_id)
        return Subject(face) if face is not None and face.event_id == event_id else NOBODY
    code = entry_code_in(code_text)
    if code is None:
        return NOBODY
    return subject_of_code(event_id, code, _face(code.thing_id, session_id))


def store_scan(
    event_id: int,
    session: SessionFacts,
    subject: Subject,
    *,
    client_id: str,
    how: How | str,
    by: Actor,
    gate_name: str,
    now: datetime,
    code_text: str | None = None,
    registration_id: int | None = None,
    device_at: datetime | None = None,
    device_id: int | None = None,
) -> Stored:
    """Decide and store, the refused too; inside a unit of work. It counts now: what a phone kept
    for later comes through syncing.store_batch.

    The same ``client_id`` again gets the same answer and adds nothing. A second scan of one code is
    told the first presence's time and gate. Raises ScanRefused when the scan cannot be kept.
    """
    if not is_client_id(client_id):
        raise ScanRefused()
    stamp = {"gate_name": gate_name[:60], "by": by.label[:200], "how": str(how)}
    outcome, arrival, made = _decide(subject, session, now), _arrival(subject), None
    if outcome is Outcome.WELCOME and subject.face is not None:
        made = _let_in(subject.face, session.id, now, stamp)
        if made is None:  # another gate was quicker, or the entry changed since it was read
            subject = find_subject(event_id, session.id, code_text, registration_id)
            outcome, arrival = _decide(subject, session, now), _arrival(subject)
            if outcome is Outcome.WELCOME:
                raise ScanRefused()
        else:
            arrival = Arrival(made, now, stamp["gate_name"])
    face = subject.face if subject.same_event else None
    scan_id = _insert_scan(
        client_id=client_id,
        event_id=event_id,
        session_id=session.id,
        registration_id=face.id if face is not None else None,
        presence_id=arrival.presence_id if arrival and face is not None else None,
        code=code_text.strip()[:40] if code_text else None,
        device_id=device_id,
        device_at=device_at,
        arrived_at=now,
        counted_at=now,
        outcome=outcome,
        **stamp,
    )
    if scan_id is None:  # the same scan came before: that one stands
        if made is not None:
            db.session.execute(delete(Presence).where(Presence.id == made))
        return _again(event_id, session, client_id)
    if made is not None and face is not None:
        record(
            "checkin.arrived",
            ("registration", face.id),
            by=by,
            now=now,
            event_id=event_id,
            after={
                "session": session.name,
                "gate": stamp["gate_name"],
                "how": stamp["how"],
                "presence": made,
            },
        )
    return Stored(scan_id, client_id, code_text, now, outcome, subject, arrival)


def result_of(stored: Stored, event_id: int, session: SessionFacts) -> ScanResult:
    """What the answer to a stored scan says."""
    face = stored.subject.face if stored.subject.same_event else None
    person = _person(face) if face is not None else None
    successor = (
        queries.successor_of(db.session.get_one(Registration, face.id), session.id)
        if face is not None and stored.outcome in NAME_SUCCESSOR
        else None
    )
    waits = face is not None and face.state == State.WAITLISTED
    return ScanResult(
        outcome=stored.outcome,
        client_id=stored.client_id,
        scan_id=stored.scan_id,
        at=stored.at,
        session_id=session.id,
        code=stored.code,
        person=person,
        arrival=stored.arrival if person else None,
        successor=queries.person_of(successor.registration, successor.participation)
        if successor
        else None,
        successor_arrival=queries.arrival_of(successor.presence) if successor else None,
        place=waiting_place(db.session.get_one(Registration, face.id))
        if face is not None and waits
        else None,
        session=session_time(session, stored.at),
        counts=counts(event_id, session.id),
        repeat=stored.repeat,
    )


def _decide(subject: Subject, session: SessionFacts, now: datetime) -> Outcome:
    face = subject.face
    return decide(
        Finding(
            state=State(face.state) if face is not None else None,
            same_event=subject.same_event,
            current_code=subject.current_code,
            session=session_time(session, now),
            present=face is not None and face.presence_id is not None,
        )
    )


def _arrival(subject: Subject) -> Arrival | None:
    face = subject.face
    if face is None or face.presence_id is None or face.presence_at is None:
        return None
    return Arrival(face.presence_id, face.presence_at, face.gate_name or "")


def _person(face: Face) -> Person:
    return Person(face.id, face.full_name, face.position, face.unit, State(face.state))


def _again(event_id: int, session: SessionFacts, client_id: str) -> Stored:
    """The answer of a scan that was stored before. Raises ScanRefused for another event's."""
    scan = queries.scan_of(client_id)
    if scan is None or scan.event_id != event_id or scan.session_id != session.id:
        raise ScanRefused()
    subject = Subject(_face(scan.registration_id, session.id) if scan.registration_id else None)
    presence = db.session.get(Presence, scan.presence_id) if scan.presence_id else None
    return Stored(
        scan.id, client_id, scan.code, scan.arrived_at, Outcome(scan.outcome), subject,
        queries.arrival_of(presence), repeat=True,
    )  # fmt: skip


# ---------------------------------------------------------------- statements

_REGISTRATION, _UNIT = Registration.__table__.c, Participation.__table__.c
_PRESENCE, _SCAN = Presence.__table__.c, Scan.__table__.c

# Of any event: the caller compares. The presence is the one that stands in the session.
_FACE = Prepared(
    select(
        _REGISTRATION.id, _REGISTRATION.event_id, _REGISTRATION.state, _REGISTRATION.full_name,
        _REGISTRATION.position, _REGISTRATION.code_version, _UNIT.name.label("unit"),
        _PRESENCE.id.label("presence_id"), _PRESENCE.at.label("presence_at"), _PRESENCE.gate_name,
    )
    .select_from(
        Registration.__table__.join(
            Participation.__table__, _UNIT.id == _REGISTRATION.participation_id
        ).outerjoin(
            Presence.__table__,
            and_(
                _PRESENCE.registration_id == _REGISTRATION.id,
                _PRESENCE.session_id == bindparam("session_id"),
                _PRESENCE.undone_at.is_(None),
            ),
        )
    )
    .where(_REGISTRATION.id == bindparam("registration_id"))
)  # fmt: skip

# Only who has a seat, by the code that was shown, gets in; PostgreSQL keeps the entry from
# changing until the transaction ends, SQLite has locked the whole database.
_ENTITLED = (
    select(
        _REGISTRATION.event_id, bindparam("session_id"), _REGISTRATION.id,
        bindparam("at", type_=Instant), bindparam("gate_name"), bindparam("by"), bindparam("how"),
    )
    .where(
        _REGISTRATION.id == bindparam("registration_id"),
        _REGISTRATION.state == literal(State.CONFIRMED.value),
        _REGISTRATION.code_version == bindparam("code_version"),
    )
    .with_for_update(read=True)
)  # fmt: skip
_PRESENCE_COLUMNS = ("event_id", "session_id", "registration_id", "at", "gate_name", "by", "how")
_SCAN_COLUMNS = (
    "client_id", "event_id", "session_id", "registration_id", "presence_id", "device_id", "code", "device_at",
    "arrived_at", "counted_at", "outcome", "gate_name", "by", "how",
)  # fmt: skip
_LET_IN = Prepared(
    {
        name: insert(Presence.__table__)
        .from_select(_PRESENCE_COLUMNS, _ENTITLED)
        .on_conflict_do_nothing()
        .returning(_PRESENCE.id)
        for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
    }
)
_KEEP = Prepared(
    {
        name: insert(Scan.__table__)
        .values({column: bindparam(column, type_=_SCAN[column].type) for column in _SCAN_COLUMNS})
        .on_conflict_do_nothing()
        .returning(_SCAN.id)
        for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
    }
)


def _face(registration_id: int, session_id: int) -> Face | None:
    row = _FACE.row({"registration_id": registration_id, "session_id": session_id})
    return Face._make(row) if row is not None else None


def _let_in(face: Face, session_id: int, now: datetime, stamp: dict[str, str]) -> int | None:
    """→ the new presence's id, or None when one stands already or the entry is another by now."""
    made = _LET_IN.row(
        {
            "registration_id": face.id,
            "session_id": session_id,
            "code_version": face.code_version,
            "at": now,
            **stamp,
        }
    )
    return made[0] if made else None


def _insert_scan(**values: Any) -> int | None:
    """→ the new row's id, or None when its client id is there already."""
    kept = _KEEP.row(values)
    return kept[0] if kept else None
