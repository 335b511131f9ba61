"""The outbox: one row a mail, written in the transaction of its cause (design 4.4)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Instant
from app.extensions import Model


class MessageState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    RETRYING = "retrying"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"


class MailBatch(Model):
    """Mails sent together, watched together. ``state``: preparing → running ⇄ paused → stopped;
    done is counted. A paused or stopped batch's mails are not claimed. ``total``: mails in all,
    expected while preparing. ``options``: what is to prepare (mail.batches)."""

    __tablename__ = "mail_batch"
    __table_args__ = (
        CheckConstraint("state IN ('preparing','running','paused','stopped')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(30))  # letters | call | reminder:… | thanks
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default="preparing")
    total: Mapped[int] = mapped_column(default=0)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # what is still to prepare
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(200))


class Bounce(Model):
    """A delivery report or automatic answer found in the mailbox. ``message_ref`` None: it
    answers no mail of ours. ``kind``: permanent | temporary | auto_reply | unknown."""

    __tablename__ = "bounce"
    __table_args__ = (
        CheckConstraint("kind IN ('permanent','temporary','auto_reply','unknown')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_key: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256 of its Message-ID
    message_ref: Mapped[int | None] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str | None] = mapped_column(String(20))  # 5.1.1
    recipient: Mapped[str | None] = mapped_column(String(254))
    detail: Mapped[str | None] = mapped_column(Text)
    found_at: Mapped[datetime] = mapped_column(Instant)


class Message(Model):
    """``purpose`` names why (``receipt:17``); unique with the recipient, so nothing goes twice.

    Subject and bodies are made from ``template`` and ``context`` at the first attempt and kept.
    ``next_at`` and ``claimed_at`` are of the real clock, the other times of the rehearsal's.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("purpose", "recipient"),
        Index("ix_message_state_next_at", "state", "next_at"),
        Index("ix_message_event_id_id", "event_id", "id"),
        Index("ix_message_batch_id_state_next_at", "batch_id", "state", "next_at"),
        Index("ix_message_claimed_at", "claimed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("mail_batch.id"))
    purpose: Mapped[str] = mapped_column(String(120))
    recipient: Mapped[str] = mapped_column(String(254))
    recipient_name: Mapped[str] = mapped_column(String(300))
    thing_type: Mapped[str | None] = mapped_column(String(30))
    thing_id: Mapped[int | None]
    template: Mapped[str] = mapped_column(String(60))
    context: Mapped[dict[str, Any]] = mapped_column(JSON)
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    subject: Mapped[str | None] = mapped_column(String(300))
    text: Mapped[str | None] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default=MessageState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    next_at: Mapped[datetime] = mapped_column(Instant)
    claimed_at: Mapped[datetime | None] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_detail: Mapped[str | None] = mapped_column(Text)

    attachments: Mapped[list[MessageAttachment]] = relationship(
        order_by="MessageAttachment.id", cascade="all, delete-orphan", passive_deletes=True
    )


class MessageAttachment(Model):
    __tablename__ = "message_attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), index=True
    )
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    content: Mapped[bytes] = mapped_column(LargeBinary)
