"""Guests and presenters without a unit (P20, P35), and names for units that are invited (P13, P14).

Callers open the unit of work. Letters follow as for everybody (invitations.changes).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.rules import Route
from app.events.services import ensure_editable
from app.extensions import db
from app.invitations import changes
from app.invitations.changes import Change
from app.invitations.services import send_letter
from app.registration.desk_services import ensure_as_seen
from app.registration.entering import register
from app.registration.errors import RegistrationNotFound
from app.registration.guests import Guest, fill_guest, guest_facts
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.rules import ACTIVE

SOURCE = "invitation"


def edit_guest(
    registration: Registration, guest: Guest, *, mark: str, by: Actor, now: datetime
) -> Change:
    """The same guest put right, or a representative named at last: the code stays, a letter that
    is out and says something else now goes out anew.

    Raises ChangedMeanwhile when the guest is no more as the page showed (`mark`).
    """
    event = lock_event(registration.event_id)
    ensure_editable(event)
    db.session.refresh(registration)
    ensure_as_seen(registration, mark)
    participation = registration.participation
    before, was = guest_facts(participation), participation.name
    fill_guest(participation, guest)
    db.session.flush()
    if guest_facts(participation) != before:
        record(
            "guest.edited", ("participation", participation.id), by=by, now=now,
            event_id=event.id, before=before, after=guest_facts(participation),
        )  # fmt: skip
    change = changes.amend_delegate(registration, participation, guest.entry, by=by, now=now)
    if change.letter == "known" and participation.name != was:
        letter = send_letter(event, registration, by=by, now=now)
        return Change(registration, letter=letter)
    return change


def remove_guest(
    registration: Registration, *, mark: str, reason: str, by: Actor, now: datetime
) -> Change:
    """The guest is no longer invited: letter and code die, the seat in the hall is free again."""
    ensure_editable(lock_event(registration.event_id))
    db.session.refresh(registration)
    ensure_as_seen(registration, mark)
    return changes.withdraw_delegate(
        registration, registration.participation, by=by, now=now, reason=reason
    )


def guest_of(event: Event, participation_id: int) -> Registration:
    """The standing entry of a guest of this event. Raises RegistrationNotFound."""
    found = db.session.scalar(
        select(Registration)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(
            Participation.id == participation_id,
            Participation.event_id == event.id,
            Participation.unit_id.is_(None),
            Registration.state.in_(ACTIVE),
        )
    )
    if found is None:
        raise RegistrationNotFound()
    return found


# ---------------------------------------------------------------- units that are invited


@dataclass(frozen=True)
class Named:
    """What the desk typed for one invited unit. ``mark``: of the entry the page showed, "" for none."""

    participation: Participation
    standing: Registration | None
    entry: Entry
    mark: str


def name_representative(
    named: Named, *, by: Actor, now: datetime, reason: str | None = None
) -> Change | None:
    """A unit's representative gets a name, another person, or stands for "Đại diện …" again.

    → None when nothing changed. A first name amends the representative (same seat and code), any
    other change of person is a replacement: the old code and letter die.
    """
    lock_event(named.participation.event_id)
    standing, entry = named.standing, named.entry
    if standing is None:
        if entry.full_name is None:
            return None
        done = register(named.participation, entry, by=by, now=now, source=SOURCE, reason=reason)
        return Change(done.registration, created=True)
    if same_facts(standing, entry):
        return None
    return changes.replace_delegate(
        standing, named.participation, entry, by=by, now=now, reason=reason
    )


def same_facts(registration: Registration, entry: Entry) -> bool:
    facts = ("full_name", "position", "phone", "email", "honorific")
    return all((getattr(registration, one) or "") == (getattr(entry, one) or "") for one in facts)


def fall_back(registration: Registration, *, by: Actor, now: datetime, reason: str) -> Change:
    """An invited unit keeps its seat, "Đại diện …" stands for whoever it names later."""
    return changes.replace_delegate(
        registration, registration.participation, Entry(full_name=None),
        by=by, now=now, reason=reason,
    )  # fmt: skip


def invited_units(event: Event) -> list[tuple[Participation, Registration | None]]:
    """The units invited without a form, in the plan's order, with each standing entry or None."""
    rows = db.session.execute(
        select(Participation, Registration)
        .outerjoin(
            Registration,
            (Registration.participation_id == Participation.id) & Registration.state.in_(ACTIVE),
        )
        .where(Participation.event_id == event.id, Participation.route == Route.INVITATION)
        .order_by(Participation.id, Registration.slot)
    ).all()
    return [(participation, registration) for participation, registration in rows]
