"""Which letters go out, and as which version; the mails that carry them: letter_mails.

Callers open the unit of work and hold the event's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.letter_mails import Batched, mail_letter, mail_together, take_back
from app.invitations.letters import fresh_content, same_letter
from app.invitations.models import Invitation
from app.invitations.proof import carry_answer
from app.invitations.queries import (
    Addressed,
)
from app.invitations.rules import NOT_OUT, LetterState, approval_demanded, has_number
from app.invitations.templates import letter_body
from app.mail.models import MessageState
from app.mail.services import send_again
from app.registration.entering import register
from app.registration.models import Registration
from app.registration.rows import Entry

NOT_REACHED = (MessageState.FAILED, MessageState.BOUNCED)


class Verdict(StrEnum):
    """What sending would do for one person."""

    NEW = "new"  # the first letter
    CHANGED = "changed"  # another version of a letter that is out
    AGAIN = "again"  # this very letter, which did not arrive
    KNOWN = "known"  # has this very letter
    NOT_READY = "not_ready"  # approval, number or date are missing


def judge(event: Event, row: Addressed) -> Verdict:
    """Never the same letter twice; nothing that a leader has not approved where that is demanded."""
    standing = row.invitation
    demanded = approval_demanded(event.delivery)
    if standing is None or standing.state == LetterState.VOID or row.registration is None:
        return Verdict.NOT_READY if demanded else Verdict.NEW
    fresh = fresh_content(event, row.participation, row.registration, standing)
    same = same_letter(standing.content, fresh)
    out = standing.state not in NOT_OUT
    if demanded and (not same or (not out and standing.state != LetterState.READY)):
        return Verdict.NOT_READY
    if not out:
        return Verdict.NEW
    if not same:
        return Verdict.CHANGED
    if row.message is None or row.message.state in NOT_REACHED:
        return Verdict.AGAIN
    return Verdict.KNOWN


def send_row(event: Event, row: Addressed, how: Batched, *, by: Actor, now: datetime) -> str:
    """One person's letter in a mail of its own. → sent, known, not_ready or without_address."""
    return send_group(event, [row], how, by=by, now=now)[0]


def send_group(
    event: Event, rows: Sequence[Addressed], how: Batched, *, by: Actor, now: datetime
) -> list[str]:
    """Letters for one mailbox: one mail with all of them when there are several, else one.

    → for each row sent, known, not_ready or without_address.
    """
    done: list[str] = []
    fresh: list[tuple[Participation, Registration, Invitation]] = []
    for row in rows:
        verdict = judge(event, row)
        if verdict in (Verdict.KNOWN, Verdict.NOT_READY):
            known = verdict == Verdict.KNOWN
            without = known and not row.participation.email
            done.append("without_address" if without else str(verdict))
            continue
        done.append("sent" if row.participation.email else "without_address")
        if verdict == Verdict.AGAIN and row.message is not None:
            if row.participation.email:
                send_again(row.message, how.batch_id)
            continue
        registration = row.registration or representative(row.participation, by=by, now=now)
        invitation = _letter(event, row, registration, by=by, now=now)
        fresh.append((row.participation, registration, invitation))
    if len(fresh) > 1 and fresh[0][0].email:
        mail_together(event, fresh, how, now=now)
    else:
        for participation, registration, invitation in fresh:
            mail_letter(event, participation, registration, invitation, how, now=now)
    return done


def representative(participation: Participation, *, by: Actor, now: datetime) -> Registration:
    """A seat for an invited unit that has named nobody yet (P13, P14)."""
    return register(
        participation, Entry(full_name=None), by=by, now=now, source="invitation"
    ).registration


def _letter(
    event: Event, row: Addressed, registration: Registration, *, by: Actor, now: datetime
) -> Invitation:
    """The letter that goes out, its words as they are now. One that was out is never overwritten."""
    standing = row.invitation
    content = fresh_content(event, row.participation, registration, standing)
    alive = standing is not None and standing.state != LetterState.VOID
    if standing is not None and alive and same_letter(standing.content, content):
        if standing.state not in NOT_OUT:
            return standing  # its mail was taken back, or the address is another one
        invitation = standing
        invitation.state, invitation.queued_at = LetterState.QUEUED, now
        _end_older(invitation)
    else:
        invitation = _new_version(event, registration, standing, content, now)
    db.session.flush()
    record(
        "invitation.sent",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"version": invitation.version},
    )
    return invitation


def _new_version(
    event: Event,
    registration: Registration,
    standing: Invitation | None,
    content: dict[str, Any],
    now: datetime,
) -> Invitation:
    number, issued_on = has_number(content)
    invitation = Invitation(
        event_id=event.id,
        registration_id=registration.id,
        version=standing.version + 1 if standing else 1,
        number=number,
        issued_on=issued_on,
        template_id=letter_body(event)[1],
        state=LetterState.QUEUED,
        content=content,
        created_at=now,
        queued_at=now,
    )
    db.session.add(invitation)
    db.session.flush()
    _end_older(invitation)
    return invitation


def _end_older(invitation: Invitation) -> None:
    """Versions before this one hold no more, and what was not sent of them never goes."""
    older = db.session.scalars(
        select(Invitation).where(
            Invitation.registration_id == invitation.registration_id,
            Invitation.version < invitation.version,
            Invitation.state != LetterState.VOID,
        )
    ).all()
    for one in older:
        carry_answer(one, invitation)
        one.state = LetterState.VOID
        take_back(one)
