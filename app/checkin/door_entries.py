"""Walk-ins and substitutes: entered into the same list at the door, and let in at once.

One way for the door's own page and for what a phone wrote down offline. Called inside a unit of
work; a refusal leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.audit.services import record
from app.checkin import queries
from app.checkin.door_presence import let_in
from app.checkin.door_seats import ensure_seat, ensure_seated
from app.checkin.errors import (
    DelegateIsIn,
    DoorForbidden,
    NobodyToReplace,
    ScanRefused,
    SessionNotOpen,
    WalkInIncomplete,
    WhoIsReplaced,
)
from app.checkin.models import Presence, Scan
from app.checkin.places import place_name
from app.checkin.rules import How, Outcome, SessionTime, is_client_id, session_time
from app.core.access import Actor
from app.core.names import name_problem
from app.core.policies import can_admit
from app.core.vietnamese import clean_text
from app.events.guests import GUEST_POOL, GuestKind
from app.events.models import Event, EventSession, Participation
from app.events.queries import lock_event
from app.events.services import ensure_editable
from app.extensions import db
from app.registration.entering import register
from app.registration.errors import RegistrationNotFound
from app.registration.flags import DOOR, SUBSTITUTE, WALK_IN
from app.registration.guests import Guest, add_guest
from app.registration.models import Registration
from app.registration.rows import Entry, person_key
from app.registration.rules import ACTIVE
from app.registration.services import active_of
from app.units.rules import unit_match_key

NAME_MAX, POSITION_MAX, UNIT_MAX, ALLOWED_MAX = 120, 120, 200, 120


class Kind(StrEnum):
    WALK_IN = "walk_in"
    SUBSTITUTE = "substitute"
    KNOWN = "known"  # this very person had an entry


@dataclass(frozen=True)
class WalkIn:
    """Who stands at the door, as typed. ``participation_id``: of the event's unit; without it
    ``unit`` in words: a unit of the event when it has that name, else a guest's organisation.
    ``replaces``: the delegate whose place it is; None: whoever stands for the unit."""

    name: str
    position: str = ""
    participation_id: int | None = None
    unit: str = ""
    replaces: int | None = None
    allowed_by: str = ""


@dataclass(frozen=True)
class Admitted:
    """``repeat``: this client id was dealt with before; nothing was added."""

    registration: Registration
    presence: Presence
    scan: Scan
    kind: Kind
    repeat: bool = False


def admit(
    event: Event,
    session: EventSession,
    given: WalkIn,
    *,
    by: Actor,
    at: datetime,
    now: datetime,
    client_id: str,
    gate_name: str | None = None,
    device_id: int | None = None,
    device_at: datetime | None = None,
    told: str | None = None,
) -> Admitted:
    """Enter this person and let them in. ``at``: corrected time it happened, ``now``: it arrived.

    A unit without a delegate gets one; else its delegate is replaced, whose code and letter die;
    a person without a unit is a guest. Raises a DomainError whose sentence says why not: not this
    actor's to do, session not open at that time, hall full, the unit's delegate is in already,
    names missing, event archived. Then nothing is stored, not even the scan.
    """
    if not can_admit(by):
        raise DoorForbidden()
    if not is_client_id(client_id):
        raise ScanRefused()
    event = lock_event(event.id)
    known = _again(event, session, client_id)
    if known is not None:
        return known
    ensure_editable(event)
    given = _checked(given)
    if session_time(session, at) != SessionTime.OPEN:
        raise SessionNotOpen(session.name)
    with db.session.begin_nested():
        registration, kind = _entered(event, session, given, by=by, now=now)
        ensure_seated(event, registration, reason_of(given), by=by, now=now)
        place = gate_name or place_name(by)
        presence = let_in(
            registration, session, at=at, now=now, gate_name=place, by=by, how=How.WALK_IN
        )
        scan = Scan(
            client_id=client_id, event_id=event.id, session_id=session.id,
            registration_id=registration.id, presence_id=presence.id, device_id=device_id,
            gate_name=place[:60], by=by.label[:200], how=How.WALK_IN, given=_facts(given),
            device_at=device_at, arrived_at=now, counted_at=at, outcome=Outcome.WELCOME, told=told,
        )  # fmt: skip
        db.session.add(scan)
    return Admitted(registration, presence, scan, kind)


def _again(event: Event, session: EventSession, client_id: str) -> Admitted | None:
    """Raises ScanRefused when the id is another scan's."""
    scan = queries.scan_of(client_id)
    if scan is None:
        return None
    if scan.event_id != event.id or scan.session_id != session.id or scan.presence_id is None:
        raise ScanRefused()
    registration = db.session.get_one(Registration, scan.registration_id)
    presence = db.session.get_one(Presence, scan.presence_id)
    return Admitted(registration, presence, scan, kind_of(registration), repeat=True)


def kind_of(registration: Registration) -> Kind:
    if SUBSTITUTE in registration.flags:
        return Kind.SUBSTITUTE
    return Kind.WALK_IN if WALK_IN in registration.flags else Kind.KNOWN


def _checked(given: WalkIn) -> WalkIn:
    """Cleaned and cut. Raises WalkInIncomplete without a name, a unit, or who allowed it."""
    problem = name_problem(given.name[:400])
    if problem is not None and not problem.is_warning:
        raise WalkInIncomplete(problem.message)
    allowed_by = clean_text(given.allowed_by)[:ALLOWED_MAX]
    if not allowed_by:
        raise WalkInIncomplete()
    return WalkIn(
        clean_text(given.name)[:NAME_MAX],
        clean_text(given.position)[:POSITION_MAX],
        given.participation_id,
        clean_text(given.unit)[:UNIT_MAX],
        given.replaces,
        allowed_by,
    )


def _facts(given: WalkIn) -> dict[str, Any]:
    return {
        "name": given.name, "position": given.position, "unit": given.unit,
        "participation_id": given.participation_id, "allowed_by": given.allowed_by,
    }  # fmt: skip


def _entered(
    event: Event, session: EventSession, given: WalkIn, *, by: Actor, now: datetime
) -> tuple[Registration, Kind]:
    entry = Entry(full_name=given.name, position=given.position)
    participation = unit_meant(event, given)
    if participation is None:
        return _guest(event, given, entry, by=by, now=now)
    standing = active_of(participation.id)
    key = person_key(given.name)
    same = next((one for one in standing if one.person_key == key), None)
    if same is not None:
        return same, Kind.KNOWN
    old = _replaced(event, session, standing, participation, given)
    if old is None:
        ensure_seat(event, participation.kind, reason_of(given), by=by, now=now)
        made = register(participation, entry, by=by, now=now, source=DOOR).registration
        return _marked(made, WALK_IN, given, by=by, now=now), Kind.WALK_IN
    if was := queries.standing_presence(old.id, session.id):
        raise DelegateIsIn(old.full_name, was.at, was.gate_name)
    replace: Callable[..., tuple[Registration, bool]] = current_app.extensions["replace_at_door"]
    stands, created = replace(old, participation, entry, by=by, now=now, reason=reason_of(given))
    if not created:
        return stands, Kind.KNOWN  # "Đại diện Lãnh đạo" has a name now
    return _marked(stands, SUBSTITUTE, given, by=by, now=now), Kind.SUBSTITUTE


def unit_meant(event: Event, given: WalkIn) -> Participation | None:
    """The event's unit this person comes from; None for a guest. Raises WalkInIncomplete."""
    if given.participation_id is not None:
        found = db.session.get(Participation, given.participation_id)
        if found is None or found.event_id != event.id:
            raise WalkInIncomplete()
        return found
    if given.replaces is not None:
        old = db.session.get(Registration, given.replaces)
        if old is None or old.event_id != event.id:
            raise RegistrationNotFound()
        return old.participation
    key = unit_match_key(given.unit)
    if not key:
        raise WalkInIncomplete()
    for one in db.session.scalars(
        select(Participation)
        .where(Participation.event_id == event.id, Participation.unit_id.is_not(None))
        .order_by(Participation.id)
    ):
        if key in (unit_match_key(one.name), unit_match_key(one.short_name), one.code.lower()):
            return one
    return None


def _replaced(
    event: Event,
    session: EventSession,
    standing: list[Registration],
    participation: Participation,
    given: WalkIn,
) -> Registration | None:
    """Whose place this is; None while the unit has a free one."""
    if given.replaces is not None and standing:
        for one in standing:
            if one.id == given.replaces:
                return one
        raise NobodyToReplace(standing[0].full_name)
    if len(standing) < (participation.quota or event.unit_quota):
        return None
    if len(standing) == 1:
        return standing[0]
    absent = [one for one in standing if not queries.standing_presence(one.id, session.id)]
    if len(absent) > 1:
        raise WhoIsReplaced(len(standing))
    return absent[0] if absent else standing[0]  # who is in is not replaced: the caller says so


def _guest(
    event: Event, given: WalkIn, entry: Entry, *, by: Actor, now: datetime
) -> tuple[Registration, Kind]:
    """The same person of the same organisation was perhaps entered at another door."""
    organisation = given.unit or GUEST_POOL
    key = unit_match_key(organisation)
    same = db.session.scalars(
        select(Registration)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(
            Registration.event_id == event.id,
            Registration.person_key == person_key(given.name),
            Registration.state.in_(ACTIVE),
            Participation.unit_id.is_(None),
        )
    )
    for one in same:
        if unit_match_key(one.participation.name) == key:
            return one, Kind.KNOWN
    guest = Guest(GuestKind.GUEST, organisation, entry)
    made = add_guest(event.id, guest, by=by, now=now, source=DOOR)
    return _marked(made, WALK_IN, given, by=by, now=now), Kind.WALK_IN


def _marked(
    registration: Registration, mark: str, given: WalkIn, *, by: Actor, now: datetime
) -> Registration:
    registration.flags = [*registration.flags, mark]
    registration.allowed_by = given.allowed_by
    db.session.flush()
    record(
        "registration.at_door",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=registration.event_id,
        after={"mark": mark, "allowed_by": given.allowed_by},
    )
    return registration


def reason_of(given: WalkIn) -> str:
    return f"Ghi tại cửa, người cho phép: {given.allowed_by}"  # stored
