"""Erasing one person at their request, out of every place where `people` finds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.clock import local_date
from app.core.errors import DomainError
from app.core.filters import phone_display
from app.events.models import Event
from app.events.notice import day_of
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.models import Invitation
from app.mail.models import Message
from app.personal_data.erasing import (
    erase_forms,
    strip_contacts,
    strip_letter,
    strip_name,
    strip_notes,
    strip_request,
)
from app.personal_data.erasing_hall import strip_absences, strip_scans, strip_sheets
from app.personal_data.people import Found
from app.personal_data.scrubbing import (
    ERASED_NAME,
    Traces,
    ensure_none_in_flight,
    holds,
    purge_mails,
    scrub_person,
)
from app.registration.models import ChangeRequest, Registration
from app.registration.rules import ACTIVE
from app.signed_forms.models import SignedForm

CONTACTS, EVERYTHING = "contacts", "everything"


class StillStanding(DomainError):
    """A delegate who is still to come is on a list that others work with."""

    message = _l(
        "Đợt tập huấn này chưa xong và đăng ký còn hiệu lực. Hãy rút đăng ký hoặc đổi người dự "
        "trước, hoặc chỉ xóa điện thoại, thư và bản ký."
    )


def erase_person(found: Sequence[Found], scope: str, *, now: datetime) -> dict[str, int]:
    """Inside a unit of work. ``scope``: CONTACTS (the line of the list stays) or EVERYTHING.

    → {registrations, mails, form_pages, log}. Raises StillStanding for EVERYTHING of a delegate
    still to come, BeingSent while a mail of the event is under way.
    """
    done = {"registrations": 0, "mails": 0, "form_pages": 0, "log": 0}
    for one in sorted(found, key=lambda one: one.event.id):  # locks always in the same order
        event = lock_event(one.event.id)
        registration = db.session.get_one(Registration, one.registration.id, populate_existing=True)
        ensure_none_in_flight(event.id)
        day = day_of(event.starts_at, event.ends_at, event.valid_on)
        if scope == EVERYTHING and registration.state in ACTIVE and day >= local_date(now):
            raise StillStanding()
        for key, number in _erase_entry(event, registration, scope).items():
            done[key] += number
    return done


def _erase_entry(event: Event, registration: Registration, scope: str) -> dict[str, int]:
    everything = scope == EVERYTHING
    requests = _requests(registration, everything)
    letters = _all(Invitation, Invitation.registration_id == registration.id)
    forms = SignedForm.registration_id == registration.id
    traces = Traces(
        own={
            ("registration", registration.id),
            *(("change_request", one.id) for one in requests),
            *(("invitation", one.id) for one in letters),
            *(("signed_form", one.id) for one in _all(SignedForm, forms)),
        },
        near=_near(registration),
        contacts=_contacts(registration),
        names=_names(registration) if everything else [],
    )
    mails = [one for one in _all(Message, Message.event_id == event.id) if _goes(one, traces)]
    strip_contacts(registration)
    strip_absences(registration.id)
    for letter in letters:
        strip_notes(letter)
    if everything:
        strip_name(registration)
        for letter in letters:
            strip_letter(letter)
        strip_scans(event.id, registration.id, traces.names)
        strip_sheets(event.id, {registration.id})
    for request in requests:
        strip_request(request)
    db.session.flush()
    return {
        "registrations": 1,
        "form_pages": erase_forms(forms),
        "mails": purge_mails(mails)[0],
        "log": scrub_person(event.id, traces),
    }


def _contacts(registration: Registration) -> list[str]:
    """Phone as stored and as offices write it, and address."""
    spoken = phone_display(registration.phone)
    found = (registration.phone, spoken, spoken.replace(" ", ""), registration.email)
    return [word for word in found if word]


def _names(registration: Registration) -> list[str]:
    name = registration.full_name
    return [name] if name and name != ERASED_NAME else []


def _requests(registration: Registration, everything: bool) -> list[ChangeRequest]:
    """Those about this entry, and the one by which this person was to come."""
    words = _contacts(registration) + (_names(registration) if everything else [])
    return [
        one
        for one in _all(
            ChangeRequest, ChangeRequest.participation_id == registration.participation_id
        )
        if one.registration_id == registration.id
        or holds([one.full_name, one.phone, one.email, one.reason, one.sentence], words)
    ]


def _near(registration: Registration) -> set[tuple[str, int]]:
    """What belongs to the same unit of the event."""
    unit = registration.participation_id
    entries = list(
        db.session.scalars(select(Registration.id).where(Registration.participation_id == unit))
    )
    letters = select(Invitation.id).where(Invitation.registration_id.in_(entries))
    requests = select(ChangeRequest.id).where(ChangeRequest.participation_id == unit)
    forms = select(SignedForm.id).where(SignedForm.participation_id == unit)
    return {
        ("participation", unit),
        *(("registration", one) for one in entries),
        *(("invitation", one) for one in db.session.scalars(letters)),
        *(("change_request", one) for one in db.session.scalars(requests)),
        *(("signed_form", one) for one in db.session.scalars(forms)),
    }


def _goes(message: Message, traces: Traces) -> bool:
    """Mails to the person go; with everything erased also those about them."""
    thing = (message.thing_type or "", message.thing_id or 0)
    if traces.names and thing in traces.own:
        return True
    told = [message.recipient, message.recipient_name, message.subject, message.text,
            message.context]  # fmt: skip
    return holds(told, traces.words_for(thing))


def _all(model: Any, *where: Any) -> Sequence[Any]:
    return db.session.scalars(select(model).where(*where).order_by(model.id)).all()
