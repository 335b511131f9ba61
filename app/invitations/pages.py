"""What other pages show of a letter."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import current_app

from app.core.access import Actor
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import NotStored
from app.core.visitors import is_visitor
from app.events.models import Event
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.proof import delegate_actor, note_first
from app.invitations.queries import is_standing, letter_secret
from app.invitations.services import letter_of
from app.printing.qr import group_digits, qr_svg
from app.registration.codes import entry_code
from app.registration.models import Registration


def code_values(registration: Registration) -> dict[str, Any]:
    """The square code and its digits, for templates."""
    digits = entry_code(registration)
    return {"code_svg": qr_svg(digits), "code_lines": group_digits(digits)}


def map_url(event: Event) -> str:
    """A search for the venue: opens the phone's map application, or a page of another site."""
    place = f"{event.venue_address}, {event.letter.get('place', '')}".strip(", ")
    return "https://www.google.com/maps/search/?" + urlencode({"api": 1, "query": place})


def noted(invitation: Invitation, step: str, *, by: Actor | None = None) -> Invitation:
    """Outside a unit of work: a first time (proof.STEPS) is kept when it is a person from
    outside. ``by``: the delegate when not said. A full disk stops nobody from reading."""
    if getattr(invitation, step) is not None or not is_standing(invitation) or not is_visitor():
        return invitation
    actor, key = by or delegate_actor(invitation.registration), invitation.id
    try:
        with unit_of_work():
            note_first(invitation, step, by=actor, now=now())
    except NotStored:
        current_app.logger.warning("%s of a letter not noted", step)
    return db.session.get_one(Invitation, key)


def unit_letter(registration: Registration) -> dict[str, Any] | None:
    """What the unit's page shows of the letter; None while there is none. A unit that sees its
    letter there has been reached: it counts as opened."""
    invitation = letter_of(registration)
    if invitation is None:
        return None
    unit = registration.participation
    by = Actor("unit", unit.code, unit.name, event_id=unit.event_id)
    invitation = noted(invitation, "opened_at", by=by)
    registration = invitation.registration
    return {
        "secret": letter_secret(invitation),
        "number": invitation.number,
        "symbol": invitation.content["numbering"]["symbol"],
        "issued_on": invitation.issued_on,
        "time": invitation.content["time"],
        "answer": invitation.answer,
        "answer_reason": invitation.answer_reason,
        "answered_at": invitation.answered_at,
        **code_values(registration),
    }
