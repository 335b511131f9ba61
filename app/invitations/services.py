"""Making letters and sending them through the outbox. Callers open the unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.letters import from_content, letters_pdf, make_letter, to_content
from app.invitations.models import Invitation
from app.invitations.queries import Addressed, addressed, letter_secret, newest_letter, purpose_of
from app.invitations.rules import LetterState
from app.mail.models import Message, MessageState
from app.mail.services import drop_unsent, enqueue
from app.printing.calendar import invitation_ics
from app.registration.entering import register
from app.registration.models import Registration
from app.registration.rows import Entry


class LetterRefused(DomainError):
    """A letter that cannot go out; the sentence says why."""


@dataclass(frozen=True)
class Sending:
    """``sent``: letters put into the outbox now; ``known``: had this very letter already;
    ``without_address``: the unit has no mailbox, the letter must be printed."""

    sent: int
    known: int
    without_address: int


def set_number(
    event: Event, number: str | None, issued_on: date | None, *, by: Actor, now: datetime
) -> None:
    """Number and date once for all letters, as the clerk's office gave them (design 4.10)."""
    before = {"number": event.letter.get("number"), "issued_on": event.letter.get("issued_on")}
    after = {"number": number or "", "issued_on": issued_on.isoformat() if issued_on else ""}
    event.letter.update(after)
    flag_modified(event, "letter")
    record(
        "invitation.numbered",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        before=before,
        after=after,
    )


def send_letters(event: Event, participation_ids: set[int] | None, *, by: Actor,
                 now: datetime) -> Sending:  # fmt: skip
    """Send to these units (None: to everybody). The same letter never goes twice; a changed one is
    a new version. Invited units without a name get a letter to their representative."""
    counts = {"sent": 0, "known": 0, "without_address": 0}
    for row in addressed(event):
        if participation_ids is not None and row.participation.id not in participation_ids:
            continue
        counts[_send_one(event, row, by=by, now=now)] += 1
    return Sending(**counts)


def send_letter(
    event: Event, registration: Registration, *, by: Actor, now: datetime, instead_of: str = ""
) -> str:
    """One delegate's letter. → "sent", "known" (the very same is out) or "without_address".

    ``instead_of``: the delegate whose letter died for this one.
    """
    letter = newest_letter(registration)
    message = None
    if letter is not None:
        message = db.session.scalar(
            select(Message).where(
                Message.purpose == purpose_of(letter),
                Message.recipient == (registration.participation.email or ""),
            )
        )
    row = Addressed(registration.participation, registration, letter, message)
    return _send_one(event, row, by=by, now=now, instead_of=instead_of)


def void_letter(
    letter: Invitation, participation: Participation, *, by: Actor, now: datetime
) -> None:
    """The letter holds no more: its page, paper and code die, what was not sent never goes out,
    and a delegate who has it in a mailbox of their own is told. The unit's own mail says it too.
    """
    letter.state = LetterState.VOID
    db.session.flush()
    registration = letter.registration
    record(
        "invitation.voided",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=letter.event_id,
        after={"version": letter.version},
    )
    reached = drop_unsent(("invitation", letter.id))
    if registration.email in reached - {participation.email}:
        enqueue(
            f"letter_void:{letter.id}",
            to=registration.email,
            to_name=registration.full_name or participation.name,
            template="letter_void",
            context={
                "event_id": letter.event_id,
                "unit": participation.name,
                "person": registration.full_name,
                "position": registration.position,
                "url": f"{_base_url()}/events/{participation.event.slug}",
            },
            now=now,
            event_id=letter.event_id,
            thing=("registration", registration.id),
        )


def _send_one(
    event: Event, row: Addressed, *, by: Actor, now: datetime, instead_of: str = ""
) -> str:
    participation = row.participation
    registration = row.registration or _representative(participation, by=by, now=now)
    content = to_content(make_letter(event, participation, registration))
    standing = row.invitation
    if standing is not None and standing.state != LetterState.VOID and standing.content == content:
        again = row.message is None or row.message.state == MessageState.FAILED
        if not again or not participation.email:
            return "known" if participation.email else "without_address"
        _enqueue(event, participation, registration, standing, now=now)
        return "sent"
    invitation = Invitation(
        event_id=event.id,
        registration_id=registration.id,
        version=standing.version + 1 if standing else 1,
        number=event.letter.get("number") or None,
        issued_on=date.fromisoformat(event.letter["issued_on"])
        if event.letter.get("issued_on")
        else None,
        state=LetterState.QUEUED,
        content=content,
        created_at=now,
        queued_at=now,
    )
    if standing is not None:
        standing.state = LetterState.VOID
        drop_unsent(("invitation", standing.id))
    db.session.add(invitation)
    db.session.flush()
    record(
        "invitation.sent",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"version": invitation.version},
    )
    _enqueue(event, participation, registration, invitation, now=now, instead_of=instead_of)
    return "sent" if participation.email else "without_address"


def _representative(participation: Participation, *, by: Actor, now: datetime) -> Registration:
    """A seat for an invited unit that has named nobody yet (P13, P14)."""
    return register(
        participation, Entry(full_name=None), by=by, now=now, source="invitation"
    ).registration


def _base_url() -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return base


def _enqueue(
    event: Event,
    participation: Participation,
    registration: Registration,
    invitation: Invitation,
    *,
    now: datetime,
    instead_of: str = "",
) -> None:
    base = _base_url()
    letter = from_content(invitation.content)
    context: dict[str, Any] = {
        "event_id": event.id,
        "event_title": event.short_title,
        "unit": participation.name,
        "person": registration.full_name,
        "position": registration.position,
        "time": letter.time,
        "place": letter.place,
        "version": invitation.version,
        "instead_of": instead_of,
        "url": f"{base}/invitations/{letter_secret(invitation)}",
    }
    for address in dict.fromkeys([participation.email, registration.email]):
        if address or address == participation.email:
            enqueue(
                purpose_of(invitation),
                to=address,
                to_name=registration.full_name or participation.name,
                template="invitation",
                context=context,
                now=now,
                event_id=event.id,
                thing=("invitation", invitation.id),
            )


def letter_attachments(message: Message) -> list[tuple[str, str, bytes]]:
    """What the worker puts into an invitation's mail: the letter and the calendar entry."""
    invitation = db.session.get(Invitation, message.thing_id)
    if invitation is None or invitation.state == LetterState.VOID:
        raise LetterRefused(_l("Giấy mời của thư này không còn."))
    pdf = letters_pdf([from_content(invitation.content)])
    files = [("Giay-moi.pdf", "application/pdf", pdf)]
    calendar = calendar_file(invitation)
    if calendar is not None:
        files.append(("tap-huan.ics", "text/calendar", calendar))
    return files


def calendar_file(invitation: Invitation) -> bytes | None:
    """The .ics of a letter, or None while the time is tentative."""
    event: Event = invitation.registration.participation.event
    if event.starts_at is None:
        return None
    base = _base_url()
    return invitation_ics(
        uid=f"{event.slug}-{invitation.registration.participation_id}@{base.split('//')[1]}",
        sequence=invitation.version - 1,
        summary=event.short_title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        location=f"{event.venue}, {event.venue_address}",
        description=event.title,
        url=f"{base}/invitations/{letter_secret(invitation)}",
        stamp=invitation.created_at,
    )


def letter_of(registration: Registration) -> Invitation | None:
    """For the unit's page: the letter that stands."""
    return newest_letter(registration)
