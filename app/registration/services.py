"""One function per intention; callers open the unit of work and pass who and when.

Each begins by locking the event, so that seats, queue and quota are counted in peace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.core.policies import is_staff
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.rules import accepts_entries
from app.extensions import db
from app.registration import mails
from app.registration.errors import (
    AfterCutoff,
    MoveRefused,
    SamePersonStands,
)
from app.registration.flags import (
    DOOR_MARKS,
    NEAR_PERSON,
    NOT_LEADER,
    SAME_PERSON,
    SEEN,
    flags_of,
    twins_of,
    unflag_twins,
)
from app.registration.models import Registration
from app.registration.request_queries import open_request_of
from app.registration.rows import Entry, facts_of, fill, new_registration, person_key
from app.registration.rules import (
    ACTIVE,
    RequestState,
    State,
    effective_cutoff,
    is_late,
    may_move,
)
from app.registration.seats import free_seat, place, waiting_place

PRINTED = ("full_name", "position")  # on the official form (P44): a change makes a printed one old


@dataclass(frozen=True)
class Outcome:
    """``created`` is False when the same person was there already: a double click, a reload."""

    registration: Registration
    created: bool
    place: int | None = None


def replace(
    registration: Registration,
    participation: Participation,
    entry: Entry,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
    had_letter: bool = False,
    source: str | None = None,
) -> Outcome:
    """Another person in place of this one: seat, queue number and slot go over, the old code dies.

    The same person with another position or phone is amended in place. ``had_letter``: a letter
    went out to the old delegate; the receipt says that it is void. ``source``: where the new one
    comes from, None for as before. Raises MoveRefused when the
    entry stands no more, AfterCutoff for a unit that is too late, SamePersonStands when that
    person already has another place of this unit.
    """
    event = lock_event(registration.event_id)
    db.session.refresh(registration)
    _ensure_own_time(event, participation, registration, by=by, now=now)
    if registration.state not in ACTIVE:
        raise MoveRefused()
    if registration.full_name is None or _same_person([registration], entry) is not None:
        return _amend(registration, participation, entry, by=by, now=now, reason=reason)
    ensure_not_twice(registration, entry)
    successor = new_registration(
        participation, entry, now=now, source=source or registration.source, reason=reason
    )
    successor.flags = flags_of(successor, participation, twins_of(successor))
    successor.on_time = not _too_late(event, participation, now)
    successor.slot = registration.slot
    successor.state = registration.state
    successor.pool_id, registration.pool_id = registration.pool_id, None
    successor.queue_no, registration.queue_no = registration.queue_no, None
    successor.seated_at = registration.seated_at
    successor.late_reason = entry.late_reason or registration.late_reason
    successor.replaces_id = registration.id
    registration.state = State.REPLACED
    registration.ended_at = now
    db.session.flush()
    record(
        "registration.replaced",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=event.id,
        reason=reason,
        before={"full_name": registration.full_name},
        after={"full_name": entry.full_name},
    )
    _drop_request(registration, by=by, now=now)
    _add(
        successor,
        participation,
        by=by,
        now=now,
        instead_of=registration.full_name,
        had_letter=had_letter,
    )
    unflag_twins(event.id, registration.person_key)
    return Outcome(successor, created=True, place=_place_of(successor))


def amend(
    registration: Registration,
    participation: Participation,
    entry: Entry,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> Outcome:
    """Put a misspelt name, a position or a contact right: the same person, the same code.

    Raises as `replace`.
    """
    event = lock_event(registration.event_id)
    db.session.refresh(registration)
    _ensure_own_time(event, participation, registration, by=by, now=now)
    if registration.state not in ACTIVE:
        raise MoveRefused()
    if _same_person([registration], entry) is None:
        ensure_not_twice(registration, entry)
    return _amend(registration, participation, entry, by=by, now=now, reason=reason)


def withdraw(
    registration: Registration,
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
    had_letter: bool = False,
    told: str | None = None,
) -> Registration | None:
    """Give the place up. → the entry that got the freed seat, if any. ``told``: why, for the unit.

    Raises as `replace`.
    """
    event = lock_event(registration.event_id)
    db.session.refresh(registration)
    if registration.state == State.WITHDRAWN:
        return None
    _ensure_own_time(event, participation, registration, by=by, now=now)
    return _end(
        registration, participation, event, State.WITHDRAWN,
        by=by, now=now, reason=reason, had_letter=had_letter, told=told,
    )  # fmt: skip


def reject(
    registration: Registration,
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
    sentence: str,
    had_letter: bool = False,
) -> Registration | None:
    """The desk does not take this entry; the unit is told the sentence."""
    event = lock_event(registration.event_id)
    db.session.refresh(registration)
    registration.desk_reason = sentence
    return _end(
        registration, participation, event, State.REJECTED,
        by=by, now=now, reason=sentence, had_letter=had_letter,
    )  # fmt: skip


def accept_late(
    registration: Registration,
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> Outcome:
    """Take a late entry: a seat if one is free, else the end of the queue."""
    event = lock_event(registration.event_id)
    db.session.refresh(registration)
    if registration.state != State.LATE:
        raise MoveRefused()
    place(registration, event, participation.kind, now=now)
    db.session.flush()
    record(
        "registration.late_accepted",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=event.id,
        before={"state": State.LATE},
        after={"state": registration.state},
        reason=reason,
    )
    position = _place_of(registration)
    mails.tell_decided(registration, participation, now=now, sentence=reason, place=position)
    return Outcome(registration, created=False, place=position)


def active_of(participation_id: int) -> list[Registration]:
    return list(
        db.session.scalars(
            select(Registration)
            .where(
                Registration.participation_id == participation_id,
                Registration.state.in_(ACTIVE),
            )
            .order_by(Registration.slot)
            .execution_options(populate_existing=True)
        )
    )


def _same_person(standing: list[Registration], entry: Entry) -> Registration | None:
    key = person_key(entry.full_name)
    return next((one for one in standing if one.person_key == key), None)


def ensure_not_twice(registration: Registration, entry: Entry) -> None:
    """A unit with several places sends several people."""
    others = [one for one in active_of(registration.participation_id) if one is not registration]
    if _same_person(others, entry) is not None:
        raise SamePersonStands()


def _ensure_own_time(
    event: Event,
    participation: Participation,
    registration: Registration,
    *,
    by: Actor,
    now: datetime,
) -> None:
    if not is_staff(by) and not in_own_hands(event, participation, registration, now):
        raise AfterCutoff()


def in_own_hands(
    event: Event, participation: Participation, registration: Registration, now: datetime
) -> bool:
    """Whether the time lets the unit change and withdraw this entry itself: before its cut-off,
    and afterwards while the entry is only a late request the desk has not decided."""
    in_time = registration.state == State.LATE or not _too_late(event, participation, now)
    return in_time and accepts_entries(event.state, event.opens_at, now)


def _too_late(event: Event, participation: Participation, now: datetime) -> bool:
    return is_late(now, effective_cutoff(event.cutoff_at, participation.cutoff_at))


def _add(
    registration: Registration,
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
    **instead: Any,
) -> None:
    db.session.add(registration)
    db.session.flush()
    record(
        "registration.received",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=registration.event_id,
        after=facts_of(registration),
        reason=registration.desk_reason,
    )
    if registration.full_name is not None:  # nobody to confirm while a unit is only represented
        position = _place_of(registration)
        mails.tell_received(registration, participation, now=now, place=position, **instead)


def _amend(
    registration: Registration,
    participation: Participation,
    entry: Entry,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> Outcome:
    before, old_key, old_flags = facts_of(registration), registration.person_key, registration.flags
    same_post = registration.position == (entry.position or "")
    honorific = registration.honorific if entry.honorific is None else entry.honorific or None
    fill(registration, participation, entry)
    registration.honorific = honorific
    registration.flags = flags_of(registration, participation, twins_of(registration))
    keeps_looked_at = {NOT_LEADER: same_post, SAME_PERSON: old_key == registration.person_key}
    registration.flags = [
        SEEN + flag if SEEN + flag in old_flags and keeps_looked_at[flag] else flag
        for flag in registration.flags
    ]
    if SEEN + NEAR_PERSON in old_flags and keeps_looked_at[SAME_PERSON]:
        registration.flags = [*registration.flags, SEEN + NEAR_PERSON]
    registration.flags += [flag for flag in old_flags if flag in DOOR_MARKS]
    after = facts_of(registration)
    if before != after:
        if any(before[name] != after[name] for name in PRINTED):
            registration.form_version += 1
        db.session.flush()
        if old_key != registration.person_key:
            unflag_twins(registration.event_id, old_key)
        record(
            "registration.amended",
            ("registration", registration.id),
            by=by,
            now=now,
            event_id=registration.event_id,
            before=before,
            after=after,
            reason=reason,
        )
    return Outcome(registration, created=False, place=_place_of(registration))


def _end(
    registration: Registration,
    participation: Participation,
    event: Event,
    state: State,
    *,
    by: Actor,
    now: datetime,
    reason: str | None,
    had_letter: bool,
    told: str | None = None,
) -> Registration | None:
    if not may_move(registration.state, state):
        raise MoveRefused()
    before = registration.state
    pool_id, registration.pool_id = registration.pool_id, None
    registration.state = state
    registration.queue_no = None
    registration.ended_at = now
    record(
        f"registration.{state}",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=event.id,
        before={"state": before},
        after={"state": state},
        reason=reason,
    )
    _drop_request(registration, by=by, now=now)
    if state == State.REJECTED:
        mails.tell_decided(
            registration, participation, now=now, sentence=reason, had_letter=had_letter
        )
    else:
        mails.tell_withdrawn(
            registration, participation, now=now, had_letter=had_letter, sentence=told
        )
    db.session.flush()
    unflag_twins(event.id, registration.person_key)
    return free_seat(pool_id, event, now=now) if pool_id is not None else None


def _drop_request(registration: Registration, *, by: Actor, now: datetime) -> None:
    """The entry ended: what its unit still asks of the desk about it is moot."""
    request = open_request_of(registration.id)
    if request is None:
        return
    request.state = RequestState.MOOT
    request.decided_at = now
    record(
        "request.moot",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=registration.event_id,
        after={"asked": request.kind},
    )


def _place_of(registration: Registration) -> int | None:
    return waiting_place(registration) if registration.state == State.WAITLISTED else None
