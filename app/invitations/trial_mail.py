"""A letter's mail to oneself, as its receiver would see it; it counts nowhere as sent."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.letter_mails import base_url
from app.invitations.letters import letters_pdf, make_letter
from app.invitations.queries import Addressed, addressed
from app.mail.models import Message
from app.mail.services import enqueue
from app.printing.letters import InvitationLetter
from app.registration.models import Registration

THING = "letter_trial"


class NobodyToShow(DomainError):
    message = _l("Chưa có giấy mời nào trong lựa chọn này để gửi thử.")


def send_trial(event: Event, row: Addressed, *, to: str, by: Actor, now: datetime) -> int:
    """Every press sends another one. → the mail's id. Inside a unit of work."""
    letter = _letter(event, row)
    record(
        "invitation.trial_sent", ("event", event.id), by=by, now=now, event_id=event.id,
        after={"unit": row.participation.name},
    )  # fmt: skip
    return enqueue(
        f"letter_trial:{row.participation.id}:{secrets.token_hex(8)}",
        to=to,
        to_name=by.label,
        template="invitation",
        context={
            "event_id": event.id,
            "event_title": event.short_title,
            "unit": row.participation.name,
            "person": row.registration.full_name if row.registration else None,
            "position": row.registration.position if row.registration else "",
            "time": letter.time,
            "place": letter.place,
            "version": 1,
            "instead_of": "",
            "trial": True,
            "url": f"{base_url()}/events/{event.slug}",
        },
        now=now,
        event_id=event.id,
        thing=(THING, row.participation.id),
    )


def trial_attachments(message: Message) -> list[tuple[str, str, bytes]]:
    """The letter as it would be made now."""
    participation = db.session.get(Participation, message.thing_id)
    if participation is None:
        raise NobodyToShow()
    event = participation.event
    row = next(iter(addressed(event, ids={participation.id})), None)
    if row is None:
        raise NobodyToShow()
    return [("Giay-moi-thu.pdf", "application/pdf", letters_pdf([_letter(event, row)]))]


def _letter(event: Event, row: Addressed) -> InvitationLetter:
    """Of a unit without a name: the letter to its representative, without a code."""
    registration = row.registration or Registration(
        event_id=event.id, full_name=None, position="", code_version=1
    )
    return make_letter(event, row.participation, registration)
