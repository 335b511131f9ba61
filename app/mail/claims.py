"""The queue inside the outbox table: claiming a mail, noting its outcome, finding what was left.

All times are of the real clock. Every function belongs inside a unit of work.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Any, cast

from flask import current_app
from sqlalchemy import ColumnElement, CursorResult, case, func, or_, select, update

from app.core.clock import rehearsal_offset
from app.core.settings_store import read_setting, write_setting
from app.extensions import db
from app.mail.mime import Content
from app.mail.models import MailBatch, Message, MessageAttachment, MessageState
from app.mail.queries import SERVER
from app.mail.rules import (
    BACKOFF,
    FARTHEST,
    GOING,
    SERVER_PAUSE,
    STOPPED,
    BatchState,
    claim_limit,
    next_attempt,
)
from app.mail.smtp_errors import TransportError

_DUE = (MessageState.QUEUED, MessageState.RETRYING)
SECURITY = "security:"  # purpose of mails that carry an account's secret link


class Due:
    """Mails in the order they go, looked up anew every second: asking the database for the next
    one before each mail cost a tenth of it. The list is a hint, the claim is the truth."""

    KEPT = timedelta(seconds=1)
    MOST = 50

    def __init__(self) -> None:
        self._ids: deque[int] = deque()
        self._until: datetime | None = None

    def claim(self, now: datetime) -> int | None:
        """Take the next mail; None when none is due."""
        while self._until is not None and now < self._until and self._ids:
            if _claim(message_id := self._ids.popleft(), now):
                return message_id
        while found := due_mails(now, self.MOST):
            self._ids, self._until = deque(found), now + self.KEPT
            while self._ids:
                if _claim(message_id := self._ids.popleft(), now):
                    return message_id
        return None


def due_mails(now: datetime, most: int) -> list[int]:
    """Whose turn it is. A receipt or a secret link does not wait behind ten thousand letters:
    mails of no batch go first, then batch after batch, none of one that is paused or stopped."""
    found = _oldest(Message.batch_id.is_(None), now, most)
    waits = select(Message.id).where(
        Message.batch_id == MailBatch.id, Message.state.in_(_DUE), Message.next_at <= now
    )
    batches = (
        select(MailBatch.id)
        .where(MailBatch.state.in_(GOING), waits.exists())
        .order_by(MailBatch.id)
    )
    for batch_id in db.session.scalars(batches).all():
        if len(found) >= most:
            break
        found += _oldest(Message.batch_id == batch_id, now, most - len(found))
    return found


def _oldest(which: ColumnElement[bool], now: datetime, most: int) -> list[int]:
    """The longest waiting of one batch (or of none), by the index on batch, state and time."""
    rows = [
        (row.next_at, row.id)
        for state in _DUE
        for row in db.session.execute(
            select(Message.next_at, Message.id)
            .where(which, Message.state == state, Message.next_at <= now)
            .order_by(Message.next_at, Message.id)
            .limit(most)
        )
    ]
    return [message_id for _, message_id in sorted(rows)[:most]]


def _claim(message_id: int, now: datetime) -> bool:
    """Two workers never get one mail, and a batch halted meanwhile sends no more: the update
    counts only where the row is still due."""
    going = select(MailBatch.id).where(MailBatch.id == Message.batch_id, MailBatch.state.in_(GOING))
    return bool(
        _changed(
            update(Message)
            .where(
                Message.id == message_id,
                Message.state.in_(_DUE),
                Message.next_at <= now,
                or_(Message.batch_id.is_(None), going.exists()),
            )
            .values(state=MessageState.SENDING, claimed_at=now, attempts=Message.attempts + 1)
        )
    )


def keep_content(message_id: int, content: Content) -> None:
    """What was made at the first attempt goes out unchanged at the next ones."""
    message = db.session.get_one(Message, message_id)
    message.subject, message.text, message.html = content.subject, content.text, content.html
    for file in content.made:
        db.session.add(
            MessageAttachment(
                message_id=message_id,
                filename=file.filename,
                media_type=file.media_type,
                content=file.content,
            )
        )


def note_sent(message_id: int, now: datetime) -> None:
    message = db.session.get_one(Message, message_id)
    message.state = MessageState.SENT
    message.sent_at = now + rehearsal_offset()
    message.error_code = message.error_detail = None
    rehearsal = current_app.config["SETTINGS"].rehearsal
    if message.purpose.startswith(SECURITY) and not rehearsal:
        # The link has reached its owner and must be of no use to anybody else.
        message.text, message.html, message.context = "", "", {}


def note_failure(message_id: int, error: TransportError, now: datetime) -> None:
    """Failed for good, or to be tried again. The fault of our own server costs no attempt."""
    message = db.session.get_one(Message, message_id)
    message.error_code, message.error_detail = error.code, error.detail
    if error.server:
        message.attempts -= 1
        message.state, message.next_at = MessageState.RETRYING, now + SERVER_PAUSE
        return
    again = None if error.permanent else next_attempt(message.attempts, now)
    if again is not None and _is_stopped(message.batch_id):
        again, message.error_code = None, STOPPED
    message.state = MessageState.FAILED if again is None else MessageState.RETRYING
    message.next_at = again or now


def _is_stopped(batch_id: int | None) -> bool:
    if batch_id is None:
        return False
    state = db.session.scalar(select(MailBatch.state).where(MailBatch.id == batch_id))
    return state == BatchState.STOPPED


def note_server(error: TransportError | None, now: datetime) -> None:
    """What our own server did last: taking mails (None), or failing since when and till when."""
    if error is None:
        write_setting(SERVER, {})
        return
    before = read_setting(SERVER) or {}
    since = before.get("since") or (now + rehearsal_offset()).isoformat()
    write_setting(
        SERVER,
        {"code": error.code, "detail": error.detail, "since": since,
         "until": (now + SERVER_PAUSE).isoformat()},
    )  # fmt: skip


def release_lost(now: datetime) -> int:
    """Mails claimed by a worker that died, and times that a wrong clock has set. → how many."""
    limit = claim_limit(current_app.config["SETTINGS"].mail_timeout)
    lost = update(Message).where(
        Message.state == MessageState.SENDING,
        or_(
            Message.claimed_at.is_(None),
            Message.claimed_at < now - limit,
            Message.claimed_at > now + limit,
        ),
    )
    hopeless = Message.attempts > len(BACKOFF)
    number = _changed(
        lost.values(
            state=case((hopeless, MessageState.FAILED), else_=MessageState.RETRYING),
            next_at=now,
            error_code="interrupted",
        )
    )
    halted = select(MailBatch.id).where(MailBatch.state == BatchState.STOPPED)
    _changed(
        update(Message)
        .where(Message.batch_id.in_(halted), Message.state.in_(_DUE))
        .values(state=MessageState.FAILED, error_code=STOPPED)
    )
    far = update(Message).where(Message.state.in_(_DUE), Message.next_at > now + FARTHEST)
    return number + _changed(far.values(next_at=now))


def wait_for_rate(per_minute: int, now: datetime) -> float:
    """Seconds until the provider's rate allows another mail; 0 when it does now."""
    if per_minute <= 0:
        return 0.0
    window = now - timedelta(minutes=1)
    recent = select(Message.claimed_at).where(Message.claimed_at > window).subquery()
    number, oldest = db.session.execute(select(func.count(), func.min(recent.c.claimed_at))).one()
    if number < per_minute:
        return 0.0
    return max(1.0, (oldest - window).total_seconds())


def _changed(statement: Any) -> int:
    result = cast(
        CursorResult[Any],
        db.session.execute(statement, execution_options={"synchronize_session": False}),
    )
    return result.rowcount
