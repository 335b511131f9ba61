"""Whom to invite, and what became of each letter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload

from app.core.tokens import is_link_secret, link_secret, link_thing_id
from app.core.vietnamese import fold
from app.events.models import Event, Participation
from app.events.rules import Route
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.rules import NOT_OUT, LetterState
from app.mail.models import Message
from app.registration.models import Registration
from app.registration.rules import ACTIVE, State

LETTER_LINK = "invitation"
TOGETHER = "letters"  # thing of a mail with several letters: its context names them


@dataclass(frozen=True)
class Addressed:
    """One person to invite: the delegate, the unit, the standing letter and its mail, if any.

    ``changed``: the letter would say something else now; set by `ageing.with_changes` only.
    """

    participation: Participation
    registration: Registration | None
    invitation: Invitation | None
    message: Message | None
    changed: bool = False

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


def addressed(event: Event, *, q: str = "", ids: Collection[int] | None = None) -> list[Addressed]:
    """Everybody with a seat, and the invited units that have nobody yet; in the order of the list.

    ``ids``: only these participations.
    """
    people = _with_mails_together(event, _people(event, ids))
    invited = _unnamed_units(event, ids)
    rows = people + [Addressed(one, None, None, None) for one in invited]
    if q.strip():
        wanted = fold(q)
        rows = [
            row
            for row in rows
            if wanted in (row.registration.search if row.registration else row.participation.search)
        ]
    return sorted(rows, key=lambda row: (row.participation.route, row.participation.id))


def _with_mails_together(event: Event, rows: list[Addressed]) -> list[Addressed]:
    """Letters that went with others in one mail get that mail."""
    if not any(row.invitation is not None and row.message is None for row in rows):
        return rows
    mail_of = {
        letter_id: message
        for message in together_messages(event.id)
        for letter_id in message.context["invitations"]
    }

    def completed(row: Addressed) -> Addressed:
        mail = mail_of.get(row.invitation.id) if row.invitation and not row.message else None
        if mail is None or mail.recipient != row.participation.email:
            return row
        return replace(row, message=mail)

    return [completed(row) for row in rows]


def together_messages(event_id: int) -> Sequence[Message]:
    """The event's mails that carry several letters, oldest first."""
    return db.session.scalars(
        select(Message)
        .where(Message.event_id == event_id, Message.thing_type == TOGETHER)
        .order_by(Message.id)
        .options(defer(Message.text), defer(Message.html))
    ).all()


def invitation_ids_of(message: Message) -> list[int]:
    """The letters a mail carries: one, or those of a shared mailbox."""
    if message.thing_type == TOGETHER:
        return list(message.context["invitations"])
    return [message.thing_id] if message.thing_type == "invitation" and message.thing_id else []


def invitations_of(message: Message) -> list[Invitation]:
    """The same as rows, in the mail's order; what no longer exists is left out."""
    return invitations_of_all([message])


def invitations_of_all(messages: Sequence[Message]) -> list[Invitation]:
    """The letters of several mails, asked for at once."""
    ids = [one for message in messages for one in invitation_ids_of(message)]
    found = {
        one.id: one
        for one in db.session.scalars(
            select(Invitation)
            .where(Invitation.id.in_(ids))
            .options(
                joinedload(Invitation.registration)
                .joinedload(Registration.participation)
                .joinedload(Participation.event)
            )
        )
    }
    return [found[one] for one in ids if one in found]


def _people(event: Event, ids: Collection[int] | None) -> list[Addressed]:
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
    if ids is not None:
        query = query.where(Participation.id.in_(ids))
    return [
        Addressed(participation, registration, invitation, message)
        for registration, participation, invitation, message in db.session.execute(query)
    ]


def _unnamed_units(event: Event, ids: Collection[int] | None) -> Sequence[Participation]:
    taken = select(Registration.participation_id).where(
        Registration.event_id == event.id, Registration.state.in_(ACTIVE)
    )
    query = select(Participation).where(
        Participation.event_id == event.id,
        Participation.route == Route.INVITATION,
        Participation.id.not_in(taken),
    )
    if ids is not None:
        query = query.where(Participation.id.in_(ids))
    return db.session.scalars(query).all()


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


def letter_out(registration: Registration) -> Invitation | None:
    """The letter that went out to this delegate and holds: from then on a unit asks the desk
    before it changes anything."""
    return db.session.scalar(
        select(Invitation)
        .where(
            Invitation.registration_id == registration.id,
            Invitation.state.not_in((LetterState.VOID, *NOT_OUT)),
        )
        .order_by(Invitation.version.desc())
        .limit(1)
    )
