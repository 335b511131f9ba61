"""Which letters go out, and how they get into the outbox: one mail each, or several in one.

Callers open the unit of work and hold the event's lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.core.clock import local
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.letters import fresh_content, from_content, same_letter
from app.invitations.models import Invitation
from app.invitations.proof import carry_answer
from app.invitations.queries import (
    TOGETHER,
    Addressed,
    letter_secret,
    purpose_of,
    together_messages,
)
from app.invitations.rules import NOT_OUT, LetterState, approval_demanded, has_number
from app.invitations.templates import letter_body
from app.mail.models import Message, MessageState
from app.mail.services import drop_unsent, enqueue, send_again
from app.printing.model import short_date
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


@dataclass(frozen=True)
class Batched:
    """Options of one sending. ``batch_id``: of mail.batches; ``instead_of``: the delegate whose
    letter died for this one."""

    batch_id: int | None = None
    instead_of: str = ""


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
        _mail_together(event, fresh, how, now=now)
    else:
        for participation, registration, invitation in fresh:
            _mail(event, participation, registration, invitation, how, now=now)
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


# ---------------------------------------------------------------- mails


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


def _mail(
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


def _mail_together(
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
        _mail(event, participation, registration, invitation, how, now=now, copy_only=True)


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
