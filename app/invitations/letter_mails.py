"""The mails that carry letters: one each, or several of one mailbox in one; and taking them back.

Callers open the unit of work and hold the event's lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.core.clock import local
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.letters import from_content
from app.invitations.models import Invitation
from app.invitations.queries import TOGETHER, letter_secret, purpose_of, together_messages
from app.mail.models import Message, MessageState
from app.mail.services import drop_unsent, enqueue
from app.printing.model import short_date
from app.registration.models import Registration


@dataclass(frozen=True)
class Batched:
    """Options of one sending. ``batch_id``: of mail.batches; ``instead_of``: the delegate whose
    letter died for this one."""

    batch_id: int | None = None
    instead_of: str = ""


def base_url() -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return base


def letter_url(invitation: Invitation) -> str:
    return f"{base_url()}/invitations/{letter_secret(invitation)}"


def mail_context(
    event: Event, participation: Participation, registration: Registration, invitation: Invitation
) -> dict[str, Any]:
    """What the mail of one letter says."""
    letter = from_content(invitation.content)
    return {
        "event_id": event.id,
        "event_title": event.short_title,
        "unit": participation.name,
        "by_unit": participation.unit_id is not None,
        "person": registration.full_name,
        "position": registration.position,
        "time": letter.time,
        "place": letter.place,
        "version": invitation.version,
        "replaced_on": _replaced_on(invitation),
        "instead_of": "",
        "url": letter_url(invitation),
    }


def _replaced_on(invitation: Invitation) -> str:
    """The day ("07/03/2024") the letter went out that this version takes the place of; or ""."""
    if invitation.version == 1:
        return ""
    sent_at = db.session.scalar(
        select(Invitation.queued_at)
        .where(
            Invitation.registration_id == invitation.registration_id,
            Invitation.version < invitation.version,
            Invitation.queued_at.is_not(None),
        )
        .order_by(Invitation.version.desc())
        .limit(1)
    )
    return short_date(local(sent_at).date()) if sent_at else ""


def mail_letter(
    event: Event,
    participation: Participation,
    registration: Registration,
    invitation: Invitation,
    how: Batched,
    *,
    now: datetime,
    copy_only: bool = False,
) -> None:
    context = mail_context(event, participation, registration, invitation)
    context["instead_of"] = how.instead_of
    addresses = dict.fromkeys([participation.email, registration.email])
    for address in addresses:
        to_unit = address == participation.email
        if (to_unit and copy_only) or not (address or to_unit):
            continue
        enqueue(
            purpose_of(invitation),
            to=address,
            to_name=registration.full_name or participation.name,
            template="invitation",
            context=context,
            now=now,
            event_id=event.id,
            thing=("invitation", invitation.id),
            batch_id=how.batch_id,
        )


def mail_together(
    event: Event,
    letters: Sequence[tuple[Participation, Registration, Invitation]],
    how: Batched,
    *,
    now: datetime,
) -> None:
    """One mail with every letter of a mailbox; delegates' own mailboxes get their copies."""
    unit, _registration, first = letters[0]
    ids = [invitation.id for _unit, _registration, invitation in letters]
    shared = mail_context(event, unit, _registration, first)
    context = {
        **{name: shared[name] for name in ("event_id", "event_title", "time", "place")},
        "invitations": ids,
        "letters": [_line(*letter) for letter in letters],
    }
    enqueue(
        f"invitations:{hashlib.sha256(','.join(map(str, ids)).encode()).hexdigest()[:40]}",
        to=unit.email,
        to_name=_("%(unit)s và %(count)s đơn vị cùng hộp thư", unit=unit.name, count=len(ids) - 1),
        template="invitations",
        context=context,
        now=now,
        event_id=event.id,
        thing=(TOGETHER, first.id),
        batch_id=how.batch_id,
    )
    for participation, registration, invitation in letters:
        mail_letter(event, participation, registration, invitation, how, now=now, copy_only=True)


def _line(
    participation: Participation, registration: Registration, invitation: Invitation
) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "unit": participation.name,
        "person": registration.full_name,
        "position": registration.position,
        "version": invitation.version,
        "url": letter_url(invitation),
    }


def take_back(invitation: Invitation) -> set[str]:
    """Unsent mails of a letter that died never go; a mail with other letters goes without it.

    → the addresses that have the letter, or are just getting it.
    """
    reached = drop_unsent(("invitation", invitation.id))
    for message in together_mails(invitation):
        if message.state in (MessageState.SENT, MessageState.SENDING, MessageState.BOUNCED):
            reached.add(message.recipient)
            continue
        left = [one for one in message.context["letters"] if one["id"] != invitation.id]
        if not left:
            db.session.delete(message)
            continue
        ids = [one["id"] for one in left]
        message.context = {**message.context, "letters": left, "invitations": ids}
        message.thing_id = ids[0]
        message.subject = message.text = message.html = None  # written anew
        message.attachments.clear()
    db.session.flush()
    return reached


def together_mails(invitation: Invitation) -> list[Message]:
    """Mails that carry this letter with others."""
    return [
        one
        for one in together_messages(invitation.event_id)
        if invitation.id in one.context["invitations"]
    ]
