"""One person on two routes (plan 8), and names that differ only in their marks: shown and settled.

Callers open the unit of work for what changes something.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.audit.services import record
from app.core.access import Actor
from app.core.vietnamese import fold
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.rules import Route
from app.events.services import ensure_editable
from app.extensions import db
from app.invitations import changes, guests
from app.invitations.changes import Change
from app.invitations.models import Invitation
from app.invitations.rules import LetterState
from app.registration.desk_services import ensure_as_seen
from app.registration.errors import ChangedMeanwhile, RegistrationNotFound
from app.registration.flags import NEAR_PERSON, SAME_PERSON, SEEN
from app.registration.models import Registration
from app.registration.rules import ACTIVE


class NoLongerTwice(ChangedMeanwhile):
    message = _l("Người này không còn đứng tên ở hai nơi. Chưa ghi gì.")


@dataclass(frozen=True)
class Member:
    """``letter``: the newest letter's state, None while there is none."""

    registration: Registration
    participation: Participation
    letter: str | None


@dataclass(frozen=True)
class Double:
    """Standing entries of one name for different units. ``near``: the names differ in their marks;
    ``seen``: the desk has looked at it and they are different people."""

    members: Sequence[Member]
    near: bool
    seen: bool

    @property
    def ids(self) -> set[int]:
        return {one.registration.id for one in self.members}

    @property
    def flag(self) -> str:
        return NEAR_PERSON if self.near else SAME_PERSON


def doubles_of(event: Event) -> list[Double]:
    """Those to look at first. Three queries whatever the number of entries."""
    named = db.session.execute(
        select(
            Registration.id, Registration.participation_id, Registration.full_name,
            Registration.person_key, Registration.flags,
        )
        .where(
            Registration.event_id == event.id,
            Registration.state.in_(ACTIVE),
            Registration.full_name.is_not(None),
        )
        .order_by(Registration.sort_key, Registration.id)
    ).all()  # fmt: skip
    exact, near = defaultdict(list), defaultdict(list)
    for row in named:
        if row.person_key:
            exact[row.person_key].append(row)
            near[fold(row.full_name)].append(row)
    found = [(rows, False) for rows in exact.values() if _units(rows) > 1]
    found += [
        (rows, True)
        for rows in near.values()
        if len({one.person_key for one in rows}) > 1 and _units(rows) > 1
    ]
    members = _members({row.id for rows, _near in found for row in rows})
    doubles = [
        Double(
            [members[row.id] for row in rows if row.id in members], is_near, _seen(rows, is_near)
        )
        for rows, is_near in found
    ]
    return sorted(doubles, key=lambda one: (one.seen, one.near))


def _units(rows: Sequence[object]) -> int:
    return len({one.participation_id for one in rows})  # type: ignore[attr-defined]


def _seen(rows: Sequence[object], near: bool) -> bool:
    flag = SEEN + (NEAR_PERSON if near else SAME_PERSON)
    return all(flag in one.flags for one in rows)  # type: ignore[attr-defined]


def _members(ids: set[int]) -> Mapping[int, Member]:
    if not ids:
        return {}
    newest = (
        select(Invitation.registration_id, func.max(Invitation.version).label("version"))
        .where(Invitation.registration_id.in_(ids))
        .group_by(Invitation.registration_id)
        .subquery()
    )
    letters = {
        one: state
        for one, state in db.session.execute(
            select(Invitation.registration_id, Invitation.state).join(
                newest,
                (newest.c.registration_id == Invitation.registration_id)
                & (newest.c.version == Invitation.version),
            )
        )
        if state != LetterState.VOID
    }
    rows = db.session.execute(
        select(Registration, Participation)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(Registration.id.in_(ids))
    )
    return {one.id: Member(one, unit, letters.get(one.id)) for one, unit in rows}


def double_of(event: Event, registration_id: int) -> tuple[Double, Member]:
    """The double an entry is part of, and the entry. Raises RegistrationNotFound."""
    for double in doubles_of(event):
        for member in double.members:
            if member.registration.id == registration_id:
                return double, member
    raise RegistrationNotFound()


def end_entry(
    event_id: int, registration_id: int, *, mark: str, reason: str, by: Actor, now: datetime
) -> Change:
    """This entry goes, the other of the same person stays. A unit that registers is told why and
    its seat goes to the next; an invited unit keeps its seat for another representative.

    Raises ChangedMeanwhile when the entry is another than the page showed, NoLongerTwice when the
    person stands nowhere else by now.
    """
    event = lock_event(event_id)
    ensure_editable(event)
    registration = db.session.get(Registration, registration_id, populate_existing=True)
    if registration is None or registration.event_id != event.id:
        raise RegistrationNotFound()
    ensure_as_seen(registration, mark)
    try:
        double_of(event, registration_id)
    except RegistrationNotFound:
        raise NoLongerTwice() from None
    if registration.participation.route == Route.INVITATION:
        return guests.fall_back(registration, by=by, now=now, reason=reason)
    return changes.withdraw_delegate(
        registration, registration.participation, by=by, now=now, reason=reason, told=reason
    )


def keep_all(
    event_id: int, marks: Mapping[int, str], flag: str, *, by: Actor, now: datetime
) -> None:
    """They are different people: nobody need look again until another one of the name comes.

    ``marks``: of every entry the page showed. Raises ChangedMeanwhile, NoLongerTwice.
    """
    event = lock_event(event_id)
    ensure_editable(event)
    double = next(
        (one for one in doubles_of(event) if one.ids == set(marks) and one.flag == flag), None
    )
    if double is None:
        raise NoLongerTwice()
    for member in double.members:
        ensure_as_seen(member.registration, marks[member.registration.id])
    for member in double.members:
        one = member.registration
        if SEEN + flag in one.flags:
            continue
        one.flags = [*(kept for kept in one.flags if kept != flag), SEEN + flag]
        db.session.flush()
        record(
            "registration.flag_cleared", ("registration", one.id), by=by, now=now,
            event_id=event.id, before={"flag": flag},
        )  # fmt: skip
