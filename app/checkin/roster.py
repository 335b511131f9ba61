"""The list a phone decides by: everybody of an event, or whoever changed since a version.

See list_versions for what a version is. Codes leave the server as keys only; phones and addresses
do not leave it at all.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    func,
    null,
    or_,
    select,
)

from app.checkin.door_questions import seats_now
from app.checkin.hall_events import ListedEvent
from app.checkin.heirs import heirs
from app.checkin.list_versions import Changes, changes_since, versions
from app.checkin.models import Presence
from app.checkin.results import SessionFacts
from app.core.tokens import ENTRY_CODE, accepted_digits
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State
from app.registration.seats import seats_taken

KEY_LENGTH = 12
OLD_VERSIONS = 9  # of a code; those before them share a digit with a newer one and are unknown


@dataclass(frozen=True)
class GateFacts:
    """Whose list it is. ``session_ids``: the sessions it serves, in their order."""

    name: str
    role: str
    session_ids: tuple[int, ...]


def roster(
    event: ListedEvent, gate: GateFacts, *, since: int | None, now: datetime
) -> dict[str, Any]:
    """As the phone takes it: whole for ``since`` None or a version never given, else the changes."""
    newest, version = versions(now)
    changes = Changes(whole=True)
    if since is not None and 0 < since <= newest:
        changes, version = changes_since(event.id, since), max(since, version)
    rows = _people(event.id, changes)
    full = rows is None
    if rows is None:
        rows = _all_people(event.id)
    sessions = [one for one in event.sessions if one.id in gate.session_ids]
    listed = {row.id for row in rows}
    return {
        "version": version,
        "full": full,
        "server_time": now.isoformat(),
        "event": {"slug": event.slug, "title": event.short_title, "number": event.id},
        "gate": {"name": gate.name, "role": gate.role, "sessions": list(gate.session_ids)},
        "sessions": [session_json(one) for one in sessions],
        "people": _lines(event.id, rows, gate.session_ids, whole=full),
        "gone": [] if full else sorted(changes.registrations - listed),
        **({"units": _units(event.id)} if full else {}),
        "counts": counts(event.id, gate.session_ids),
        "seats": asdict(seats_now(event)),
    }


def session_json(session: SessionFacts) -> dict[str, Any]:
    def iso(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment is not None else None

    return {
        "id": session.id, "name": session.name,
        "starts_at": iso(session.starts_at), "ends_at": iso(session.ends_at),
        "opened_at": iso(session.opened_at), "closed_at": iso(session.closed_at),
    }  # fmt: skip


def code_key(digits: str) -> str:
    """What a phone knows a code of 32 digits by."""
    digest = hashlib.sha256(digits.encode()).digest()
    return base64.urlsafe_b64encode(digest[: KEY_LENGTH * 3 // 4]).decode()


_R, _P, _I = Registration.__table__.c, Participation.__table__.c, Presence.__table__.c
_EVENT_ID: BindParameter[int] = bindparam("event_id")
_COUNTS = (  # the delegates first, then the sessions anybody is in
    select(
        null().label("session_id"), seats_taken(_EVENT_ID).scalar_subquery().label("number")
    ).union_all(
        select(_I.session_id, func.count())
        .where(_I.event_id == _EVENT_ID, _I.undone_at.is_(None))
        .group_by(_I.session_id)
    )
)


def counts(event_id: int, session_ids: Iterable[int]) -> dict[str, dict[str, int]]:
    """By session: arrived, and delegates with a seat."""
    rows = db.session.connection().execute(_COUNTS, {"event_id": event_id}).all()
    expected = rows[0].number
    arrived = {row.session_id: row.number for row in rows[1:]}
    return {str(one): {"arrived": arrived.get(one, 0), "expected": expected} for one in session_ids}


# ---------------------------------------------------------------- people

_PEOPLE = (
    select(
        _R.id, _R.participation_id, _R.slot, _R.state, _R.full_name, _R.position, _R.code_version,
        _R.queue_no, _R.replaces_id, _P.name.label("unit"),
    )
    .select_from(Registration.__table__.join(Participation.__table__, _P.id == _R.participation_id))
    .order_by(_R.id)
)  # fmt: skip


_ALL_PEOPLE = _PEOPLE.where(_R.event_id == _EVENT_ID)
_WAITING = (
    select(_R.id)
    .where(_R.event_id == _EVENT_ID, _R.state == State.WAITLISTED.value)
    .order_by(_R.queue_no)
)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_ALL_ARRIVALS = select(_I.registration_id, _I.session_id, _I.at, _I.gate_name).where(
    _I.event_id == _EVENT_ID, _I.undone_at.is_(None)
)
_ARRIVALS = select(_I.registration_id, _I.session_id, _I.at, _I.gate_name).where(
    _I.registration_id.in_(_IDS), _I.undone_at.is_(None)
)
_UNITS = (
    select(_P.id, _P.name)
    .where(_P.event_id == _EVENT_ID, _P.unit_id.is_not(None))
    .order_by(_P.sort_key, _P.id)
)


@cache
def _changed(*, people: bool, units: bool, queue: bool) -> Select[*tuple[Any, ...]]:
    """The statement for changes of these kinds: one with all of them would find no index."""
    wanted: list[ColumnElement[bool]] = []
    if people:
        registrations: BindParameter[Any] = bindparam("registrations", expanding=True)
        theirs = select(_R.participation_id).where(_R.id.in_(registrations))
        wanted.append(_R.participation_id.in_(theirs))
    if units:
        wanted.append(_R.participation_id.in_(bindparam("participations", expanding=True)))
    if queue:
        waiting = and_(_R.event_id == _EVENT_ID, _R.state == State.WAITLISTED.value)
        wanted.append(waiting)
    # "+ 0": each of these has a better index than all of an event
    return _PEOPLE.where(and_(_R.event_id + 0 == _EVENT_ID, or_(*wanted)))


def _all_people(event_id: int) -> Sequence[Row[*tuple[Any, ...]]]:
    return db.session.connection().execute(_ALL_PEOPLE, {"event_id": event_id}).all()


def _people(event_id: int, changes: Changes) -> Sequence[Row[*tuple[Any, ...]]] | None:
    """Who changed, with everybody else of their units: who stands instead may be another now.

    None: everybody is to be read.
    """
    if changes.whole:
        return None
    people, units = changes.registrations, changes.participations
    if not (people or units or changes.queue):
        return []
    values: dict[str, Any] = {"event_id": event_id}
    values |= {"registrations": sorted(people)} if people else {}
    values |= {"participations": sorted(units)} if units else {}
    statement = _changed(people=bool(people), units=bool(units), queue=changes.queue)
    return db.session.connection().execute(statement, values).all()


def _lines(
    event_id: int,
    rows: Sequence[Row[*tuple[Any, ...]]],
    session_ids: tuple[int, ...],
    *,
    whole: bool,
) -> list[dict[str, Any]]:
    if not rows:
        return []
    nowhere: dict[str, list[str]] = {}  # one for all: a list of thousands is made in a moment
    instead, digits = heirs(rows), accepted_digits(ENTRY_CODE, event_id=event_id)
    wait = any(state == State.WAITLISTED.value for _, _, _, state, *_ in rows)
    places = waiting_places(event_id) if wait else {}
    arrivals = _arrivals(event_id, None if whole else [row.id for row in rows], session_ids)
    return [
        {
            "id": one,
            **_keys(digits, one, version),
            "n": name,
            "p": position,
            "u": unit,
            "s": state,
            "w": places.get(one),
            "next": instead.get(one),
            "in": arrivals.get(one, nowhere),
        }
        for one, _, _, state, name, position, version, _, _, unit in rows  # as _PEOPLE has them
    ]


def _keys(
    digits: Callable[[int, int], list[str]], registration_id: int, code_version: int
) -> dict[str, Any]:
    """``c`` of the code that holds, ``old`` of those before it, ``also``: of the same code as it was
    printed under an older key of ours."""
    first, *also = digits(registration_id, code_version)
    before = range(max(1, code_version - OLD_VERSIONS), code_version)
    keys: dict[str, Any] = {
        "c": code_key(first),
        "old": [code_key(one) for version in before for one in digits(registration_id, version)],
    }
    if also:
        keys["also"] = [code_key(one) for one in also]
    return keys


def waiting_places(event_id: int) -> dict[int, int]:
    """id of who waits → the place as people count it."""
    waiting = db.session.connection().execute(_WAITING, {"event_id": event_id}).scalars()
    return {one: place for place, one in enumerate(waiting, 1)}


def _arrivals(
    event_id: int, ids: list[int] | None, session_ids: tuple[int, ...]
) -> dict[int, dict[str, list[str]]]:
    """registration → session → [time, gate], of these people or of all."""
    found: dict[int, dict[str, list[str]]] = defaultdict(dict)
    connection = db.session.connection()
    for row in (
        connection.execute(_ALL_ARRIVALS, {"event_id": event_id})
        if ids is None
        else connection.execute(_ARRIVALS, {"ids": ids})
    ):
        if row.session_id in session_ids:
            found[row.registration_id][str(row.session_id)] = [row.at.isoformat(), row.gate_name]
    return found


def _units(event_id: int) -> list[dict[str, Any]]:
    """Those called to the event: a guest's own line is no unit."""
    rows = db.session.connection().execute(_UNITS, {"event_id": event_id})
    return [{"id": row.id, "n": row.name} for row in rows]
