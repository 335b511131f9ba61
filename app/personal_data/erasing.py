"""Erasing an event for good when its retention date has passed (domain.md 5.3, Luật Điều 14).

What stays is the archived document: the delegates' names, positions and units, the letters as they
were issued, who was present, and who did what when. Everything here says what the notice
(templates/events/privacy.html) promises; change both together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, or_, select, update

from app.audit.services import record
from app.core.access import SYSTEM
from app.core.clock import local_date
from app.events.models import Event, LinkDevice, Participation
from app.events.notice import day_of
from app.events.queries import lock_event
from app.events.rules import EventState
from app.events.services import move_event
from app.extensions import db
from app.invitations.models import Invitation, LetterFile
from app.mail.models import Message
from app.personal_data.erasing_hall import erase_hall, strip_sheets
from app.personal_data.scrubbing import (
    ERASED_NAME,
    ensure_none_in_flight,
    purge_mails,
    scrub_event_log,
)
from app.registration.models import ChangeRequest, Registration
from app.registration.rules import State
from app.signed_forms.models import SignedForm, SignedFormPage

Counts = dict[str, int]


def due_events(today: date) -> list[Event]:
    """Events past their retention date that still hold what must go. Never one still to come,
    whatever was typed as its date."""
    has_contacts = (
        select(Registration.id)
        .where(
            Registration.event_id == Event.id,
            or_(Registration.phone.is_not(None), Registration.email.is_not(None)),
        )
        .exists()
    )
    found = db.session.scalars(
        select(Event)
        .where(
            Event.retention_until < today,
            or_(Event.erased_at.is_(None), has_contacts),
        )
        .order_by(Event.id)
    )
    return [
        one
        for one in found
        if day_of(one.starts_at, one.ends_at, one.valid_on) < today
        and local_date(one.cutoff_at) < today
    ]


def erase_event(event_id: int, *, now: datetime) -> Counts:
    """Inside a unit of work. → how much of each kind went (keys of words.ERASED_WORDS).

    Raises BeingSent while one of its mails is under way.
    """
    event = lock_event(event_id)
    ensure_none_in_flight(event.id)
    entries = list(
        db.session.scalars(select(Registration).where(Registration.event_id == event.id))
    )
    listed = {one.id for one in entries if one.state == State.CONFIRMED}
    counts: Counts = {
        "contacts": sum(one.phone is not None or one.email is not None for one in entries),
        "unlisted": sum(
            one.id not in listed and one.full_name not in (None, ERASED_NAME) for one in entries
        ),
    }
    for one in entries:
        strip_contacts(one)
        if one.id not in listed:
            strip_name(one)
    db.session.flush()
    counts["change_requests"] = _erase_requests(event)
    counts["form_pages"] = erase_forms(SignedForm.event_id == event.id)
    counts["letters"] = _erase_letters(event, listed)
    _erase_letter_files(event, listed)
    messages = db.session.scalars(select(Message).where(Message.event_id == event.id)).all()
    counts["mails"], counts["mail_files"] = purge_mails(messages)
    counts["devices"] = _rows(
        delete(LinkDevice).where(LinkDevice.participation_id.in_(_units(event)))
    )
    counts.update(erase_hall(event.id))
    strip_sheets(event.id, {one.id for one in entries} - listed)
    counts["log"] = scrub_event_log(event.id, listed)
    _close(event, now)
    record(
        "personal_data.event_erased", ("event", event.id), by=SYSTEM, now=now,
        event_id=event.id, after=dict(counts),
    )  # fmt: skip
    return counts


def _close(event: Event, now: datetime) -> None:
    """An erased event is a closed file: nothing personal comes in any more."""
    event.erased_at = now
    for state in (EventState.CLOSED, EventState.ARCHIVED):
        if event.state in (EventState.OPEN, EventState.CLOSED):
            move_event(event, state, by=SYSTEM, now=now)
    db.session.flush()


def strip_contacts(registration: Registration) -> None:
    """All that is no line of the list: contacts, form of address, what somebody typed freely."""
    registration.phone = registration.email = registration.honorific = None
    registration.late_reason = registration.desk_reason = registration.allowed_by = None
    if registration.participation.unit_id is None:  # a guest's own, not an office's
        registration.participation.phone = registration.participation.email = None


def strip_name(registration: Registration) -> None:
    if registration.full_name is None:
        return
    registration.full_name, registration.position = ERASED_NAME, ""
    registration.person_key = registration.sort_key = ""
    registration.search = registration.participation.search


def _erase_requests(event: Event) -> int:
    """Who asked for what and what was decided stays; about whom and why does not."""
    requests = db.session.scalars(
        select(ChangeRequest).where(ChangeRequest.event_id == event.id)
    ).all()
    return sum(strip_request(one) for one in requests)


def strip_request(request: ChangeRequest) -> bool:
    """→ whether anything was there."""
    names = ("full_name", "position", "honorific", "phone", "email", "reason", "sentence")
    filled = [name for name in names if getattr(request, name) is not None]
    for name in filled:
        setattr(request, name, None)
    return bool(filled)


def erase_forms(*where: Any) -> int:
    """Pictures of signed forms, their file names and what the desk wrote of them; the hash stays,
    so that a receipt can still be checked. → pages."""
    forms = select(SignedForm.id).where(*where)
    pages = _rows(delete(SignedFormPage).where(SignedFormPage.signed_form_id.in_(forms)))
    db.session.execute(
        update(SignedForm)
        .where(*where)
        .values(filename="", sentence=None)
        .execution_options(synchronize_session="fetch")
    )
    return pages


def _erase_letters(event: Event, listed: set[int]) -> int:
    """Letters to people who are not on the list keep their number and lose their addressee."""
    letters = db.session.scalars(select(Invitation).where(Invitation.event_id == event.id)).all()
    changed = 0
    for one in letters:
        unlisted = one.registration_id not in listed and strip_letter(one)
        changed += strip_notes(one) or unlisted
    return changed


def strip_notes(letter: Invitation) -> bool:
    """What a delegate wrote as a reason, and the desk of a call. → whether anything was there."""
    filled = letter.answer_reason is not None or letter.told_note is not None
    letter.answer_reason = letter.told_note = None
    return filled


def strip_letter(letter: Invitation) -> bool:
    addressee = letter.content["addressee"]
    if not addressee["name"] or addressee["name"] == ERASED_NAME:
        return False
    blank = {**addressee, "name": ERASED_NAME, "position": "", "honorific": ""}
    letter.content = {**letter.content, "addressee": blank}
    return True


def _erase_letter_files(event: Event, listed: set[int]) -> None:
    """Signed letters to people who are not on the list; the others are the archive's."""
    unlisted = select(Invitation.id).where(
        Invitation.event_id == event.id, Invitation.registration_id.not_in(listed)
    )
    _rows(delete(LetterFile).where(LetterFile.invitation_id.in_(unlisted)))


def _units(event: Event) -> Any:
    return select(Participation.id).where(Participation.event_id == event.id)


def _rows(statement: Any) -> int:
    result: Any = db.session.execute(statement.execution_options(synchronize_session="fetch"))
    return int(result.rowcount)


def total(counts: Sequence[Counts]) -> int:
    return sum(sum(one.values()) for one in counts)
