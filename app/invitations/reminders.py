"""Calls and reminders: the batches of mails made of the schedule, or of the desk's button.

Every reminder is a batch of the outbox, whether its hour came or the desk pressed the button. The
row of the schedule is marked in the transaction that starts the batch, under the event's lock, so
that any number of workers start it once. Callers open the unit of work.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit.services import record
from app.core import clock
from app.core.access import SYSTEM, Actor
from app.core.clock import local_date, rehearsal_offset
from app.core.errors import DomainError
from app.events.models import Event, EventDocument, Participation
from app.extensions import db
from app.invitations.models import Reminder
from app.invitations.reminder_queries import (
    BATCH_KIND,
    Target,
    event_day,
    is_switched_on,
    last_batches,
    makes_sense,
    reminded_lately,
    slot_of,
    targets,
)
from app.invitations.reminder_rules import (
    AGAIN_AFTER,
    KINDS_OF_TEMPLATES,
    TEMPLATES,
    Decision,
    Deed,
    Kind,
    Slot,
    decide,
    is_night,
    out_of_night,
)
from app.invitations.reminder_schedule import slot_facts, store_schedule
from app.mail.batches import Maker, start_batch
from app.mail.guards import Held
from app.mail.models import MailBatch, Message
from app.mail.services import enqueue

ATTACHED_MOST = 3 * 1024 * 1024  # bytes of the plan that go with a call; a bigger one is linked

TITLES = {
    Kind.CALL: _l("Thư mời đăng ký"),
    Kind.NOT_REGISTERED: _l("Nhắc đăng ký"),
    Kind.NO_FORM: _l("Nhắc gửi bản ký"),
    Kind.NO_ANSWER: _l("Nhắc trả lời giấy mời"),
    Kind.THANKS: _l("Cảm ơn, giấy xác nhận tham dự"),
    Kind.ABSENT: _l("Thư báo vắng mặt"),
}


class NobodyToRemind(DomainError):
    message = _l("Không còn ai cần gửi thư này.")


class NightTime(DomainError):
    message = _l("Từ 20:00 đến 07:00 không gửi thư nhắc. Hãy gửi sau 07:00.")


class SentLately(DomainError):
    """The same kind went a short while ago; the desk may say that it means it."""

    message = _l("Thư này vừa được gửi. Muốn gửi lần nữa, hãy đánh dấu vào ô bên dưới.")


# ---------------------------------------------------------------- sending


def send_now(
    event: Event,
    kind: Kind,
    *,
    ids: Collection[int] | None = None,
    again: bool = False,
    key: str = "",
    by: Actor,
    now: datetime,
) -> MailBatch:
    """The desk's button. ``ids``: only these, None: everybody it would reach. ``again``: though
    one of this kind went within the last hours. Raises NightTime, SentLately, NobodyToRemind."""
    if is_night(now):
        raise NightTime()
    last = last_batches(event).get(kind)
    pressed_twice = last is not None and key and last.options.get("key") == key
    if ids is None and not again and not pressed_twice and sent_lately(last, now):
        raise SentLately()
    found = targets(event, kind, ids)
    if not found and not pressed_twice:
        raise NobodyToRemind()
    return _start(event, kind, found, None, ids=ids, key=key, by=by, now=now)


def sent_lately(last: MailBatch | None, now: datetime) -> bool:
    return last is not None and now - AGAIN_AFTER < last.created_at <= now


def run_due(event: Event, now: datetime) -> list[Decision]:
    """What the schedule asks for at this moment, done. Holds the event's lock."""
    store_schedule(event)
    if not is_switched_on(event):
        return []
    rows = {
        one.id: one
        for one in db.session.scalars(
            select(Reminder)
            .where(Reminder.event_id == event.id)
            .execution_options(populate_existing=True)
        )
    }
    decisions = decisions_for(event, [slot_of(one) for one in rows.values()], now)
    for one in decisions:
        row = rows[one.slot.id or 0]
        row.done_at, row.batch_id = now, None
        found = []
        if one.deed == Deed.SEND and makes_sense(event, one.slot.kind):
            found = targets(event, one.slot.kind)
        if found:
            with force_locale("vi"):
                batch = _start(event, one.slot.kind, found, one, by=SYSTEM, now=now)
            row.batch_id = batch.id
        elif one.deed != Deed.SEND:
            record("reminder.skipped", ("event", event.id), by=SYSTEM, now=now, event_id=event.id,
                   after=slot_facts(one.slot, reason=one.deed))  # fmt: skip
    return decisions


def decisions_for(event: Event, slots: Sequence[Slot], now: datetime) -> list[Decision]:
    return decide(slots, now=now, cutoff_at=event.cutoff_at, event_day=event_day(event))


def _start(
    event: Event,
    kind: Kind,
    found: Sequence[Target],
    due: Decision | None,
    *,
    by: Actor,
    now: datetime,
    ids: Collection[int] | None = None,
    key: str = "",
) -> MailBatch:
    choice = {
        "kind": kind,
        "ids": None if ids is None else sorted(ids),
        "reminder": due.slot.id if due else None,
        "day": local_date(due.due).isoformat() if due else None,
    }
    return start_batch(
        BATCH_KIND.format(kind), str(TITLES[kind]), event_id=event.id, choice=choice,
        expected=len(found), key=key, by=by, now=now,
    )  # fmt: skip


# ---------------------------------------------------------------- the worker's part


def plan_reminders(batch: MailBatch) -> list[int]:
    """Whom the mails go to, by the id of the thing they are about."""
    choice = batch.options["choice"]
    event = db.session.get_one(Event, batch.event_id)
    return [one.key for one in targets(event, Kind(choice["kind"]), choice["ids"])]


def make_reminders(batch: MailBatch, items: list[int], by: Actor, now: datetime) -> dict[str, int]:
    """Who has done it since, or was reminded a few hours ago, gets nothing; who has no address
    stands on the page, not among the mails that failed."""
    choice = batch.options["choice"]
    event, kind = db.session.get_one(Event, batch.event_id), Kind(choice["kind"])
    wanted = targets(event, kind, items)
    lately = reminded_lately(event, kind, items, now) if choice["reminder"] else set()
    prefix = _purpose(batch)
    counts = {"just_done": len(items) - len(wanted), "lately": 0, "without_address": 0}
    for one in wanted:
        if one.key in lately:
            counts["lately"] += 1
            continue
        if one.to is None:
            counts["without_address"] += 1
            continue
        enqueue(
            f"{prefix}:{one.key}", to=one.to, to_name=one.person or one.unit,
            template=TEMPLATES[kind], context=one.context, now=now, event_id=event.id,
            thing=one.thing, batch_id=batch.id,
        )  # fmt: skip
        if kind in (Kind.CALL, Kind.NOT_REGISTERED):
            db.session.get_one(Participation, one.key).link_sent_at = now
    return {name: number for name, number in counts.items() if number}


def _purpose(batch: MailBatch) -> str:
    """A reminder of the schedule has one name a day, whatever batch makes it."""
    choice = batch.options["choice"]
    if choice["reminder"]:
        return f"reminder:{choice['reminder']}:{choice['day']}"
    return f"reminder:now:{batch.id}"


REMINDERS = Maker(plan_reminders, make_reminders)


def guard(message: Message) -> None:
    """The last look before a reminder leaves: never at night, never to one that has just done
    it, none of the schedule once that is switched off. Raises Held."""
    if message.batch_id is None or message.event_id is None:
        return  # sent by hand to one unit that asked
    offset = rehearsal_offset()
    now = clock.real_now() + offset
    event = db.session.get(Event, message.event_id)
    by_itself = not message.purpose.startswith("reminder:now:")
    if event is None or (by_itself and not is_switched_on(event)):
        raise Held()
    kind = KINDS_OF_TEMPLATES[message.template]
    if kind == Kind.CALL:
        kind = Kind.NOT_REGISTERED  # its own mark, that the link was sent, is set by now
    if not targets(event, kind, [message.thing_id or 0]):
        raise Held()
    if is_night(now):
        raise Held(out_of_night(now) - offset)


# ---------------------------------------------------------------- the plan with the call


def plan_document(event_id: int) -> EventDocument | None:
    """The event's plan among its documents: the one that calls itself so, else the first."""
    found = db.session.scalars(
        select(EventDocument).where(EventDocument.event_id == event_id).order_by(EventDocument.id)
    ).all()
    named = [one for one in found if "kế hoạch" in one.title.lower()]
    return next(iter(named or found), None)


def call_attachments(message: Message) -> list[tuple[str, str, bytes]]:
    """What the worker puts into a call: the plan, unless it is too big to send to everybody."""
    if message.template != TEMPLATES[Kind.CALL] or message.event_id is None:
        return []
    document = plan_document(message.event_id)
    if document is None or document.size > ATTACHED_MOST:
        return []
    return [(document.filename, document.media_type, document.content)]
