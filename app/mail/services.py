"""Putting mails into the outbox, in the transaction of their cause."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.core.database import after_commit
from app.extensions import db
from app.mail.models import Message, MessageAttachment, MessageState

NO_ADDRESS = "no_address"
NUDGE_SECONDS = 1.0


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
    attachments: Sequence[tuple[str, str, bytes]] = (),
) -> Message:
    """One mail. The same purpose and recipient a second time returns the first one.

    ``template``: name under templates/mail/; ``context``: JSON values for it; ``attachments``:
    (file name, media type, content). Without an address the row is there, failed, for the desk to see.
    """
    recipient = to or ""
    known = db.session.scalar(
        select(Message).where(Message.purpose == purpose, Message.recipient == recipient)
    )
    if known is not None:
        return known
    message = Message(
        event_id=event_id,
        purpose=purpose,
        recipient=recipient,
        recipient_name=to_name,
        thing_type=thing[0] if thing else None,
        thing_id=thing[1] if thing else None,
        template=template,
        context=context,
        message_id=_message_id(),
        state=MessageState.QUEUED if to else MessageState.FAILED,
        error_code=None if to else NO_ADDRESS,
        created_at=now,
        next_at=now,
    )
    for filename, media_type, content in attachments:
        message.attachments.append(
            MessageAttachment(filename=filename, media_type=media_type, content=content)
        )
    db.session.add(message)
    if to:
        after_commit("outbox", nudge)
    return message


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
