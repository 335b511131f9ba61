"""A last look before a mail leaves: whether it is still wanted, and whether now is the hour.

The package that knows the cause binds a guard for its template in
``app.extensions["mail_guards"][template]``; mails of other templates always go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import current_app
from sqlalchemy import delete, select

from app.extensions import db
from app.mail.models import MailBatch, Message, MessageState

DROPPED = "dropped"  # in a batch's notes: mails that were wanted no more when their turn came


class Held(Exception):
    """The mail does not go now. ``until``: of the real clock; None: it is wanted no more."""

    def __init__(self, until: datetime | None = None) -> None:
        super().__init__(until)
        self.until = until


Guard = Callable[[Message], None]


def look_again(message: Message) -> None:
    """Raises Held."""
    guard: Guard | None = current_app.extensions.get("mail_guards", {}).get(message.template)
    if guard is not None:
        guard(message)


def note_held(message_id: int, held: Held) -> None:
    """Inside a unit of work: a mail put off costs no attempt; one wanted no more is gone, and its
    batch counts it."""
    message = db.session.get_one(Message, message_id)
    if held.until is not None:
        message.state, message.next_at = MessageState.QUEUED, held.until
        message.attempts -= 1
        return
    batch_id = message.batch_id
    db.session.expunge(message)
    db.session.execute(delete(Message).where(Message.id == message_id))
    if batch_id is None:
        return
    batch = db.session.scalars(
        select(MailBatch)
        .where(MailBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    notes = dict(batch.options.get("notes", {}))
    notes[DROPPED] = notes.get(DROPPED, 0) + 1
    batch.options = {**batch.options, "notes": notes}
    batch.total = max(0, batch.total - 1)
