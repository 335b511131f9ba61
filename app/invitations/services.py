"""Making letters and sending them through the outbox. Callers open the unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import joinedload

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.ahead import letter_pdf
from app.invitations.calendars import calendar_attachment
from app.invitations.letter_mails import Batched, base_url, take_back
from app.invitations.models import Invitation
from app.invitations.queries import addressed, invitations_of, letter_out
from app.invitations.rules import LetterState
from app.invitations.sending import send_row
from app.mail.models import Message
from app.mail.services import enqueue
from app.registration.models import Registration
from app.registration.rules import State

PDF = "application/pdf"


class LetterRefused(DomainError):
    """A letter that cannot go out; the sentence says why."""


@dataclass(frozen=True)
class Sending:
    """``sent``: letters put into the outbox now; ``known``: had this very letter already;
    ``without_address``: the unit has no mailbox, the letter must be printed; ``not_ready``: waits
    for a leader or for its number."""

    sent: int
    known: int
    without_address: int
    not_ready: int = 0


def send_letters(event: Event, participation_ids: set[int] | None, *, by: Actor,
                 now: datetime) -> Sending:  # fmt: skip
    """Send to these units (None: to everybody), each in a mail of its own. The same letter never
    goes twice; a changed one is a new version. Invited units without a name get a letter to their
    representative. For many letters start a batch (invitations.batches)."""
    counts = {"sent": 0, "known": 0, "without_address": 0, "not_ready": 0}
    for row in addressed(event, ids=participation_ids):
        counts[send_row(event, row, Batched(), by=by, now=now)] += 1
    return Sending(**counts)


def send_letter(
    event: Event, registration: Registration, *, by: Actor, now: datetime, instead_of: str = ""
) -> str:
    """One delegate's letter. → "sent", "known" (the very same is out), "without_address" or
    "not_ready" (it waits for approval).

    ``instead_of``: the delegate whose letter died for this one.
    """
    rows = addressed(event, ids={registration.participation_id})
    row = next((one for one in rows if one.registration is registration), None)
    if row is None:
        raise LetterRefused(_l("Người này không có chỗ, không gửi giấy mời."))
    return send_row(event, row, Batched(instead_of=instead_of), by=by, now=now)


def void_letter(
    letter: Invitation, participation: Participation, *, by: Actor, now: datetime
) -> None:
    """The letter holds no more: its page, paper and code die, what was not sent never goes out,
    and a delegate who has it in a mailbox of their own is told. The unit's own mail says it too;
    a guest has no unit, and the mailbox hears of it unless the next letter comes there.
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
    reached = take_back(letter)
    hears_otherwise = participation.unit_id is not None or registration.state == State.REPLACED
    if registration.email in reached - ({participation.email} if hears_otherwise else set()):
        enqueue(
            f"letter_void:{letter.id}",
            to=registration.email,
            to_name=registration.full_name or participation.name,
            template="letter_void",
            context={
                "event_id": letter.event_id,
                "unit": participation.name,
                "by_unit": participation.unit_id is not None,
                "person": registration.full_name,
                "position": registration.position,
                "url": f"{base_url()}/events/{participation.event.slug}",
            },
            now=now,
            event_id=letter.event_id,
            thing=("registration", registration.id),
        )


def letter_attachments(message: Message) -> list[tuple[str, str, bytes]]:
    """What the worker puts into an invitation's mail: the letter and the calendar entry."""
    whole = joinedload(Invitation.registration).joinedload(Registration.participation)
    invitation = db.session.get(
        Invitation, message.thing_id, options=[whole.joinedload(Participation.event)]
    )
    if invitation is None or invitation.state == LetterState.VOID:
        raise LetterRefused(_l("Giấy mời của thư này không còn."))
    return [("Giay-moi.pdf", PDF, letter_pdf(invitation)), *calendar_attachment(invitation)]


def together_attachments(message: Message) -> list[tuple[str, str, bytes]]:
    """All letters of a shared mailbox, each with its diary entry."""
    letters = {one.id: one for one in invitations_of(message) if one.state != LetterState.VOID}
    if not letters:
        raise LetterRefused(_l("Giấy mời của thư này không còn."))
    files = []
    for number, letter in enumerate(letters.values(), 1):
        whose = f"{letter.registration.participation.code}-{number}"
        files.append((f"Giay-moi-{whose}.pdf", PDF, letter_pdf(letter)))
        files += [
            (f"tap-huan-{whose}.ics", kind, content)
            for _name, kind, content in calendar_attachment(letter)
        ]
    return files


def letter_of(registration: Registration) -> Invitation | None:
    """For the unit's page: the letter that stands."""
    return letter_out(registration)
