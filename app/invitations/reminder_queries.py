"""Whom a reminder would reach at this moment, and why.

One question for the page's count, the preview, the making of the mails and the last look before
each leaves: so they agree. Who was present is known further up: the packages there bind their
readers in ``app.extensions["reminder_readers"][kind]``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, select

from app.core import clock
from app.core.clock import local, local_date
from app.events.links import unit_url
from app.events.models import Event, Participation
from app.events.rules import Route, accepts_entries, cutoff_sentence, has_ended
from app.extensions import db
from app.invitations.models import Invitation, Reminder
from app.invitations.queries import addressed, letter_secret
from app.invitations.reminder_rules import (
    AGAIN_AFTER,
    TEMPLATES,
    USUAL_SCHEDULE,
    Anchor,
    Kind,
    Slot,
    has_sense,
    in_order,
)
from app.invitations.rules import LetterState
from app.mail.models import MailBatch, Message, MessageState
from app.registration.flags import DOOR
from app.registration.models import Registration
from app.registration.rules import ACTIVE, State, effective_cutoff
from app.signed_forms.queries import entry_form_state
from app.signed_forms.rules import IN_HAND, FormState
from app.signed_forms.services import TAKES_SCANS

BATCH_KIND = "reminder:{}"
MADE = "reminders_made"  # in Event.delivery: the usual schedule was stored, the desk's from then on
SWITCH = "reminders"
UNSEEN = (LetterState.QUEUED, LetterState.SENT)


@dataclass(frozen=True)
class Target:
    """One mail a reminder would send. ``thing``: (type, id), the id tells it apart within the
    kind; ``reason``: why this one; ``context``: of the mail's template."""

    thing: tuple[str, int]
    to: str | None
    unit: str
    code: str
    reason: Any
    person: str | None = None
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> int:
        return self.thing[1]


Reader = Callable[[Event, Collection[int] | None], list[Target]]


def targets(event: Event, kind: Kind, ids: Collection[int] | None = None) -> list[Target]:
    """In the order of names. ``ids``: only these things. Nobody while the reminder would say
    what is no longer or not yet so."""
    if not makes_sense(event, kind):
        return []
    readers: dict[str, Reader] = {
        Kind.CALL: _uncalled,
        Kind.NOT_REGISTERED: _missing,
        Kind.NO_FORM: _without_form,
        Kind.NO_ANSWER: _without_answer,
        **current_app.extensions.get("reminder_readers", {}),
    }
    return readers[kind](event, ids)


def makes_sense(event: Event, kind: Kind) -> bool:
    now = clock.now()
    return has_sense(
        kind,
        is_open=accepts_entries(event.state, event.opens_at, now),
        takes_forms=event.state in TAKES_SCANS,
        now=now,
        cutoff_at=_last_cutoff(event),
        ended=has_ended(event.starts_at, event.ends_at, event.valid_on, now),
    )


def event_day(event: Event) -> date:
    return local_date(event.starts_at) if event.starts_at else event.valid_on


def _last_cutoff(event: Event) -> datetime:
    own = db.session.scalar(
        select(func.max(Participation.cutoff_at)).where(Participation.event_id == event.id)
    )
    return effective_cutoff(event.cutoff_at, own)


# ---------------------------------------------------------------- before the cut-off


def _of_units(event: Event, ids: Collection[int] | None, *more: Any) -> Sequence[Participation]:
    entered = (
        select(Registration.id)
        .where(Registration.participation_id == Participation.id, Registration.state.in_(ACTIVE))
        .exists()
    )
    conditions: list[ColumnElement[bool]] = [
        Participation.event_id == event.id,
        Participation.route == Route.REGISTRATION,
        ~entered,
        *more,
    ]
    if ids is not None:
        conditions.append(Participation.id.in_(ids))
    return db.session.scalars(
        select(Participation).where(*conditions).order_by(Participation.sort_key, Participation.id)
    ).all()


def _uncalled(event: Event, ids: Collection[int] | None) -> list[Target]:
    units = _of_units(event, ids, Participation.link_sent_at.is_(None))
    return [_unit_target(event, one, _l("Chưa được gửi đường dẫn")) for one in units]


def _missing(event: Event, ids: Collection[int] | None) -> list[Target]:
    """A unit's own later cut-off counts: it is reminded as long as it is on time."""
    now = clock.now()
    return [
        _unit_target(event, one, _missing_reason(one))
        for one in _of_units(event, ids)
        if now < effective_cutoff(event.cutoff_at, one.cutoff_at)
    ]


def _missing_reason(one: Participation) -> Any:
    if one.link_sent_at is None:
        return _l("Chưa được gửi đường dẫn, chưa đăng ký")
    if one.opened_at is None:
        return _l("Chưa mở đường dẫn")
    return _l("Đã mở đường dẫn, chưa đăng ký")


def _unit_target(event: Event, one: Participation, reason: Any) -> Target:
    return Target(
        ("participation", one.id), one.email or None, one.name, one.code, reason,
        context=unit_context(event, one),
    )  # fmt: skip


def unit_context(event: Event, one: Participation) -> dict[str, Any]:
    """What the mails to a unit say of it and its cut-off."""
    own = effective_cutoff(event.cutoff_at, one.cutoff_at)
    words = event.cutoff_words if own == event.cutoff_at else cutoff_sentence(local(own))
    return {
        "unit": one.name,
        "url": unit_url(one),
        "event_id": event.id,
        "cutoff_words": words,
    }


def _without_form(event: Event, ids: Collection[int] | None) -> list[Target]:
    state = entry_form_state()
    conditions = [
        Registration.event_id == event.id,
        Registration.state.in_((State.CONFIRMED, State.WAITLISTED)),
        Participation.route == Route.REGISTRATION,
        state.not_in(IN_HAND),
    ]
    if ids is not None:
        conditions.append(Registration.id.in_(ids))
    rows = db.session.execute(
        select(Registration, Participation, state)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(*conditions)
        .order_by(Participation.sort_key, Registration.id)
    )
    return [
        Target(
            ("registration", entry.id), unit.email or None, unit.name, unit.code,
            _FORM_REASONS.get(form_state, _FORM_REASONS[FormState.NONE]), entry.full_name,
            {**unit_context(event, unit), "person": entry.full_name, "position": entry.position,
             "form_state": form_state, "at_door": entry.source == DOOR},
        )
        for entry, unit, form_state in rows
    ]  # fmt: skip


_FORM_REASONS: dict[str, Any] = {
    FormState.NONE: _l("Chưa gửi bản ký"),
    FormState.OLD: _l("Bản ký đã gửi là của bản cũ"),
    FormState.REFUSED: _l("Sở đã yêu cầu gửi lại bản ký"),
}


# ---------------------------------------------------------------- before the event


def _without_answer(event: Event, ids: Collection[int] | None) -> list[Target]:
    """Letters that reached a mail server, not answered, nobody told by telephone."""
    units = None
    if ids is not None:
        units = set(
            db.session.scalars(
                select(Registration.participation_id).where(Registration.id.in_(ids))
            )
        )
    rows = [
        row
        for row in addressed(event, ids=units)
        if row.registration is not None
        and (ids is None or row.registration.id in ids)
        and row.invitation is not None
        and _awaits(row.invitation, row.message)
    ]
    rows.sort(key=lambda row: (row.participation.sort_key, row.participation.id))
    return [_letter_target(event, row) for row in rows]


def _awaits(letter: Invitation, message: Message | None) -> bool:
    return (
        letter.state in UNSEEN
        and letter.answer is None
        and letter.told_at is None
        and message is not None
        and message.state == MessageState.SENT
    )


def _letter_target(event: Event, row: Any) -> Target:
    unit, entry, letter = row.participation, row.registration, row.invitation
    base = current_app.config["SETTINGS"].base_url
    return Target(
        ("registration", entry.id), entry.email or unit.email or None, unit.name, unit.code,
        _l("Đã mở giấy mời, chưa trả lời") if letter.opened_at else _l("Chưa mở giấy mời"),
        entry.full_name,
        {"unit": unit.name, "person": entry.full_name, "position": entry.position,
         "event_id": event.id, "time": letter.content["time"], "place": letter.content["place"],
         "url": f"{base}/invitations/{letter_secret(letter)}"},
    )  # fmt: skip


# ---------------------------------------------------------------- what was planned and done


def schedule_of(event: Event) -> list[Slot]:
    """The stored schedule; the usual one until the desk or the worker has stored it."""
    if not event.delivery.get(MADE):
        return in_order(USUAL_SCHEDULE)
    rows = db.session.scalars(select(Reminder).where(Reminder.event_id == event.id))
    return in_order([slot_of(one) for one in rows])


def slot_of(one: Reminder) -> Slot:
    return Slot(
        Kind(one.kind), Anchor(one.anchor), one.days, one.at, one.active, one.done_at,
        one.batch_id, one.id,
    )  # fmt: skip


def is_switched_on(event: Event) -> bool:
    """Whether reminders go out by themselves."""
    return bool(event.delivery.get(SWITCH, True))


def last_batches(event: Event) -> dict[str, MailBatch]:
    """The newest batch of each kind of reminder."""
    kinds = [BATCH_KIND.format(kind) for kind in Kind]
    newest = (
        select(func.max(MailBatch.id))
        .where(MailBatch.event_id == event.id, MailBatch.kind.in_(kinds))
        .group_by(MailBatch.kind)
    )
    found = db.session.scalars(select(MailBatch).where(MailBatch.id.in_(newest)))
    return {one.kind.removeprefix("reminder:"): one for one in found}


def reminded_lately(event: Event, kind: Kind, keys: Collection[int], now: datetime) -> set[int]:
    """Which of these things had this very reminder within the last hours."""
    return set(
        db.session.scalars(
            select(Message.thing_id).where(
                Message.event_id == event.id,
                Message.template == TEMPLATES[kind],
                Message.thing_id.in_(keys),
                Message.recipient != "",
                Message.created_at > now - AGAIN_AFTER,
                Message.created_at <= now,
            )
        )
    )
