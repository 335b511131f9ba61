"""The diary entry of a letter, and what takes it out of diaries again (RFC 5545, 5546).

One entry for one seat of a unit: a new version, or another delegate on that seat, changes the entry
that mailboxes have, and never makes a second one. Nobody is asked to answer by calendar: a letter
often goes to a unit's mailbox, whose calendar's owner is not the delegate, and the answer belongs on
the delegate's page. So it is PUBLISH, not REQUEST; CANCEL with the same UID takes it back.
"""

from __future__ import annotations

from flask import current_app
from sqlalchemy import func, select

from app.core.clock import now
from app.events.models import Event
from app.extensions import db
from app.invitations.letter_mails import base_url, letter_url
from app.invitations.models import Invitation
from app.invitations.rules import LetterState
from app.mail.models import Message
from app.printing.calendar import CANCEL, PUBLISH, invitation_ics, media_type
from app.registration.models import Registration

FILE, CANCEL_FILE = "tap-huan.ics", "huy-lich-tap-huan.ics"
TOLD = ("withdrawn", "decided")  # mails that tell a unit its letter died, when there was one


def calendar_file(invitation: Invitation, *, cancelled: bool = False) -> bytes | None:
    """The .ics of a letter, or None while the time is tentative."""
    event: Event = invitation.registration.participation.event
    if event.starts_at is None:
        return None
    settings = current_app.config["SETTINGS"]
    registration = invitation.registration
    return invitation_ics(
        uid=f"letter-{event.id}-{registration.participation_id}-{registration.slot}"
        f"@{base_url().split('//')[1]}",
        # A cancellation comes after its letter and before the next one on this seat.
        sequence=2 * _letters_before(invitation) + cancelled,
        summary=event.short_title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        location=f"{event.venue}, {event.venue_address}",
        description=event.title,
        url="" if cancelled else letter_url(invitation),
        stamp=now() if cancelled else invitation.created_at,
        method=CANCEL if cancelled else PUBLISH,
        organizer=(settings.mail_sender_name, settings.mail_reply_to or settings.mail_sender),
    )


def calendar_attachment(invitation: Invitation) -> list[tuple[str, str, bytes]]:
    """What goes with the letter; empty while the time is tentative."""
    content = calendar_file(invitation)
    return [] if content is None else [(FILE, media_type(PUBLISH), content)]


def void_attachments(message: Message) -> list[tuple[str, str, bytes]]:
    """What goes with a mail about a registration that says its letter holds no more."""
    void = message.template == "letter_void" or (
        message.template in TOLD and message.context.get("had_letter")
    )
    letter = _void_letter(message) if void else None
    content = calendar_file(letter, cancelled=True) if letter is not None else None
    return [] if content is None else [(CANCEL_FILE, media_type(CANCEL), content)]


def _void_letter(message: Message) -> Invitation | None:
    """The letter of this registration that died last."""
    return db.session.scalar(
        select(Invitation)
        .where(Invitation.registration_id == message.thing_id, Invitation.state == LetterState.VOID)
        .order_by(Invitation.version.desc())
        .limit(1)
    )


def _letters_before(invitation: Invitation) -> int:
    """How many letters this seat had before this one."""
    registration = invitation.registration
    number = db.session.scalar(
        select(func.count())
        .select_from(Invitation)
        .join(Registration, Registration.id == Invitation.registration_id)
        .where(
            Registration.participation_id == registration.participation_id,
            Registration.slot == registration.slot,
            Invitation.id < invitation.id,
        )
    )
    return number or 0
