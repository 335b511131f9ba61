"""Whom to invite, and what became of each letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.core.tokens import is_link_secret, link_secret, link_thing_id
from app.core.vietnamese import fold
from app.events.models import Event, Participation
from app.events.rules import Route
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.rules import LetterState
from app.mail.models import Message
from app.registration.models import Registration
from app.registration.rules import ACTIVE, State

LETTER_LINK = "invitation"


@dataclass(frozen=True)
class Addressed:
    """One person to invite: the delegate, the unit, the standing letter and its mail, if any."""

    participation: Participation
    registration: Registration | None
    invitation: Invitation | None
    message: Message | None

    @property
    def state(self) -> str:
        """The letter's state as the desk sees it: that of its mail once it is in the outbox."""
        if self.invitation is None:
            return LetterState.DRAFT
        if self.message is None or self.invitation.state == LetterState.VOID:
            return self.invitation.state
        return {
            "sent": LetterState.SENT,
            "failed": LetterState.FAILED,
            "bounced": LetterState.BOUNCED,
        }.get(self.message.state, LetterState.QUEUED)


def purpose_of(invitation: Invitation) -> str:
    return f"invitation:{invitation.id}"


def addressed(event: Event, *, q: str = "") -> list[Addressed]:
    """Everybody with a seat, and the invited units that have nobody yet; in the order of the list."""
    people = _people(event)
    invited = _unnamed_units(event)
    rows = people + [Addressed(one, None, None, None) for one in invited]
    if q.strip():
        wanted = fold(q)
        rows = [
            row
            for row in rows
            if wanted in (row.registration.search if row.registration else row.participation.search)
        ]
    return sorted(rows, key=lambda row: (row.participation.route, row.participation.id))


def _people(event: Event) -> list[Addressed]:
    latest = (
        select(Invitation.registration_id, func.max(Invitation.version).label("version"))
        .where(Invitation.event_id == event.id)
        .group_by(Invitation.registration_id)
        .subquery()
    )
    query = (
        select(Registration, Participation, Invitation, Message)
        .join(Participation, Participation.id == Registration.participation_id)
        .outerjoin(latest, latest.c.registration_id == Registration.id)
        .outerjoin(
            Invitation,
            (Invitation.registration_id == Registration.id)
            & (Invitation.version == latest.c.version),
        )
        .outerjoin(
            Message,
            (Message.thing_type == "invitation")
            & (Message.thing_id == Invitation.id)
            & (Message.recipient == func.coalesce(Participation.email, "")),
        )
        .where(Registration.event_id == event.id, Registration.state == State.CONFIRMED)
    )
    return [
        Addressed(participation, registration, invitation, message)
        for registration, participation, invitation, message in db.session.execute(query)
    ]


def _unnamed_units(event: Event) -> Sequence[Participation]:
    taken = select(Registration.participation_id).where(
        Registration.event_id == event.id, Registration.state.in_(ACTIVE)
    )
    return db.session.scalars(
        select(Participation).where(
            Participation.event_id == event.id,
            Participation.route == Route.INVITATION,
            Participation.id.not_in(taken),
        )
    ).all()


def letter_secret(invitation: Invitation) -> str:
    return link_secret(LETTER_LINK, invitation.id, invitation.version)


def invitation_of_secret(secret: str) -> Invitation | None:
    """The letter a delegate's link opens, with registration and unit; None for any other secret."""
    thing_id = link_thing_id(secret)
    if thing_id is None:
        return None
    invitation = db.session.scalar(
        select(Invitation)
        .where(Invitation.id == thing_id)
        .options(
            joinedload(Invitation.registration)
            .joinedload(Registration.participation)
            .joinedload(Participation.event)
        )
    )
    if invitation is None or not is_link_secret(
        secret, LETTER_LINK, invitation.id, invitation.version
    ):
        return None
    return invitation


def is_standing(invitation: Invitation) -> bool:
    """Whether the letter still lets its delegate in: nobody replaced, withdrew or voided it."""
    return invitation.state != LetterState.VOID and invitation.registration.state == State.CONFIRMED


def newest_letter(registration: Registration) -> Invitation | None:
    return db.session.scalar(
        select(Invitation)
        .where(Invitation.registration_id == registration.id, Invitation.state != LetterState.VOID)
        .order_by(Invitation.version.desc())
        .limit(1)
    )


def letter_out(registration: Registration) -> Invitation | None:
    """The letter that went out to this delegate and holds: from then on a unit asks the desk
    before it changes anything."""
    letter = newest_letter(registration)
    return letter if letter is not None and letter.state != LetterState.DRAFT else None
