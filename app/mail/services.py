"""Putting mails into the outbox, in the transaction of their cause, and what the desk does there.

Two clocks: ``created_at`` and ``sent_at`` are what people read, so they follow the rehearsal's
clock; ``next_at`` and ``claimed_at`` drive the queue and follow the real one, so that moving the
rehearsal's clock neither holds a mail back nor sends it early.
"""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.audit.services import record
from app.core import clock
from app.core.access import Actor
from app.core.addresses import clean_address
from app.core.database import after_commit, on_constraint
from app.core.errors import DomainError
from app.core.prepared import Prepared
from app.core.settings_store import write_setting
from app.extensions import db
from app.mail.models import MailBatch, Message, MessageState
from app.mail.queries import SERVER
from app.mail.rules import BatchState

NO_ADDRESS = "no_address"
NUDGE_SECONDS = 1.0
UNSENT = (MessageState.FAILED, MessageState.BOUNCED, MessageState.RETRYING, MessageState.QUEUED)


class AlreadySent(DomainError):
    message = _l("Thư này đã gửi rồi, không gửi lại lần nữa.")


class SameMailElsewhere(DomainError):
    message = _l("Thư này đã có một bản gửi tới địa chỉ đó. Hãy xem lại địa chỉ.")


class BeingSent(DomainError):
    message = _l("Thư này đang gửi. Hãy xem lại sau một phút.")


on_constraint("uq_message_purpose_recipient", SameMailElsewhere)


def enqueue(
    purpose: str,
    *,
    to: str | None,
    to_name: str,
    template: str,
    context: dict[str, Any],
    now: datetime,
    event_id: int | None = None,
    thing: tuple[str, int] | None = None,
    batch_id: int | None = None,
) -> int:
    """One mail. → its id; the same purpose and recipient a second time gives the first one's.

    ``template``: name under templates/mail/messages/; ``context``: JSON values for it. Files are
    made by the worker (see preparing.AttachmentMaker). ``batch_id``: sent and watched with others
    (mail.batches), after the mails that belong to none. Without an address the row is there,
    failed, for the desk to see. One statement, without a flush: registration's hot path.
    """
    recipient = to or ""
    values = {
        "event_id": event_id,
        "batch_id": batch_id,
        "purpose": purpose,
        "recipient": recipient,
        "recipient_name": to_name,
        "thing_type": thing[0] if thing else None,
        "thing_id": thing[1] if thing else None,
        "template": template,
        "context": context,
        "message_id": _message_id(),
        "state": MessageState.QUEUED if to else MessageState.FAILED,
        "error_code": None if to else NO_ADDRESS,
        "attempts": 0,
        "created_at": now,
        "next_at": clock.real_now(),
    }
    made = _INSERT.row(values)
    if made is None:
        made = _SAME.rows({"of_purpose": purpose, "to": recipient})[0]
    elif to:
        after_commit("outbox", nudge)
    return int(made.id)


_MESSAGE = Message.__table__.c
_INSERT = Prepared(
    {
        name: insert(Message.__table__)
        .on_conflict_do_nothing(index_elements=["purpose", "recipient"])
        .returning(_MESSAGE.id)
        for name, insert in (("sqlite", sqlite_insert), ("postgresql", postgres_insert))
    }
)
_SAME = Prepared(
    select(_MESSAGE.id).where(
        _MESSAGE.purpose == bindparam("of_purpose"), _MESSAGE.recipient == bindparam("to")
    )
)


def _message_id() -> str:
    domain = current_app.config["SETTINGS"].mail_sender.rsplit("@", 1)[-1]
    return f"<{secrets.token_hex(16)}@{domain}>"


def nudge() -> None:
    """Wake the worker, at most once a second a process: the task comes a second later, so it
    sees what is committed meanwhile; the worker's sweep finds whatever a crash left."""
    state = current_app.extensions.setdefault("outbox_nudge", {"until": 0.0})
    moment = time.monotonic()
    if moment < state["until"]:
        return
    state["until"] = moment + NUDGE_SECONDS
    from app.mail.tasks import schedule_drain  # tasks import services

    schedule_drain(delay=NUDGE_SECONDS)


def retry(message_id: int, *, by: Actor, now: datetime) -> Message:
    """Send one mail as soon as possible. Raises AlreadySent, BeingSent."""
    message = _unsent(message_id)
    record(
        "message.retried", ("message", message.id), by=by, now=now, event_id=message.event_id,
        before={"state": message.state, "error_code": message.error_code},
    )  # fmt: skip
    _queue_again(message)
    return message


def retry_temporary(*, by: Actor, now: datetime) -> int:
    """Try every mail with a temporary error now instead of later. → how many."""
    waiting = list(
        db.session.scalars(select(Message.id).where(Message.state == MessageState.RETRYING))
    )
    if waiting:
        db.session.execute(
            update(Message)
            .where(Message.state == MessageState.RETRYING)
            .values(next_at=clock.real_now())
        )
        record("message.retried_all", ("outbox", 0), by=by, now=now, after={"messages": waiting})
    _resume()
    return len(waiting)


def correct_address(message_id: int, address: str, *, by: Actor, now: datetime) -> Message:
    """Send a mail that did not go to another address. Raises DomainError for a wrong address,
    AlreadySent, BeingSent, SameMailElsewhere."""
    address = clean_address(address)
    message = _unsent(message_id)
    before = message.recipient
    if address != before:
        message.recipient = address
        message.message_id = _message_id()  # a late bounce of the old address is not this one's
        record(
            "message.address_corrected", ("message", message.id), by=by, now=now,
            event_id=message.event_id, before={"recipient": before}, after={"recipient": address},
        )  # fmt: skip
    _queue_again(message)
    db.session.flush()
    return message


def send_again(message: Message, batch_id: int | None = None) -> None:
    """A mail that did not arrive goes once more, with the batch a person has just started.

    What is on its way is left alone. Inside a unit of work that holds the lock of its event.
    """
    if message.state in (MessageState.FAILED, MessageState.BOUNCED) and message.recipient:
        message.batch_id = batch_id
        _queue_again(message)


def drop_unsent(thing: tuple[str, int]) -> set[str]:
    """Take back the mails of a thing that no longer holds, save those that reached somebody.

    → the addresses that have one, or are just getting it. Inside a unit of work.
    """
    where = (Message.thing_type == thing[0], Message.thing_id == thing[1])
    db.session.execute(
        delete(Message)
        .where(*where, Message.state.in_(UNSENT))
        .execution_options(synchronize_session=False)
    )
    return set(db.session.scalars(select(Message.recipient).where(*where)))


def _unsent(message_id: int) -> Message:
    from app.mail.queries import MessageNotFound

    message = db.session.scalar(select(Message).where(Message.id == message_id).with_for_update())
    if message is None:
        raise MessageNotFound()
    if message.state == MessageState.SENT:
        raise AlreadySent()
    if message.state == MessageState.SENDING:
        raise BeingSent()
    return message


def _queue_again(message: Message) -> None:
    batch = db.session.get(MailBatch, message.batch_id) if message.batch_id else None
    if batch is not None and batch.state == BatchState.STOPPED:
        message.batch_id = None  # its batch stands still for good; a person sends this one
    message.state = MessageState.QUEUED if message.recipient else MessageState.FAILED
    message.next_at = clock.real_now()
    message.attempts = 0
    message.error_code = None if message.recipient else NO_ADDRESS
    message.error_detail = None
    _resume()


def _resume() -> None:
    """A person asks: the pause after a failure of our own server ends."""
    write_setting(SERVER, {})
    after_commit("outbox", nudge)
