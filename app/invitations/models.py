"""The giấy mời: one row per letter version of a delegate. A sent letter is never overwritten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Instant
from app.extensions import Model
from app.registration.models import Registration


class Invitation(Model):
    """``content``: every word of the letter as it was made (input of printing.letters), so that
    the same PDF can be made again. Number and date are given by a person (design 4.10)."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("registration_id", "version"),
        CheckConstraint(
            "state IN ('draft','submitted','approved','ready','queued','sent','failed','bounced',"
            "'void')",
            name="state",
        ),
        CheckConstraint("answer IS NULL OR answer IN ('yes','other','no')", name="answer"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(default=1)
    template_id: Mapped[int | None] = mapped_column(ForeignKey("letter_template.id"))
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"), index=True)
    number: Mapped[str | None] = mapped_column(String(40))
    issued_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    downloaded_at: Mapped[datetime | None] = mapped_column(Instant)
    calendar_at: Mapped[datetime | None] = mapped_column(Instant)  # calendar file taken
    answer: Mapped[str | None] = mapped_column(String(10))  # yes | other | no
    answer_reason: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)  # "đã báo qua điện thoại"
    told_by: Mapped[str | None] = mapped_column(String(200))
    told_note: Mapped[str | None] = mapped_column(Text)
    printed_at: Mapped[datetime | None] = mapped_column(Instant)

    registration: Mapped[Registration] = relationship()


class LetterTemplate(Model):
    """The body of the letter as the desk wrote it; every saving is a new version.

    ``kind``: text (``body`` {"subject": [...], "purpose", "chair", "notes": [...], …} with
    placeholders) or docx (``content``, the department's own Word template).
    """

    __tablename__ = "letter_template"
    __table_args__ = (
        UniqueConstraint("event_id", "kind", "version"),
        CheckConstraint("kind IN ('text','docx')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    filename: Mapped[str | None] = mapped_column(String(200))
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(200))


class Approval(Model):
    """Letters laid before a leader together. ``digest``: SHA-256 over the contents submitted; what
    is approved is exactly this, a later change makes letters that must be submitted anew.

    ``state``: submitted → approved | returned (with ``sentence``) | taken_back.
    """

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("state IN ('submitted','approved','returned','taken_back')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="submitted")
    digest: Mapped[str] = mapped_column(String(64))
    letters: Mapped[int]
    note: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[datetime] = mapped_column(Instant)
    submitted_by: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(200))
    sentence: Mapped[str | None] = mapped_column(Text)


class LetterFile(Model):
    """The real letter as it goes out: the scan with signature and seal, or the PDF signed
    digitally. ``covers``: one letter (``invitation_id``), all letters of the event made before it
    came, or nobody yet (a person says whose it is)."""

    __tablename__ = "letter_file"
    __table_args__ = (
        CheckConstraint("kind IN ('signed_scan','digitally_signed')", name="kind"),
        CheckConstraint("covers IN ('one','all','nobody')", name="covers"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    invitation_id: Mapped[int | None] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    covers: Mapped[str] = mapped_column(String(10), default="one")
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)  # another file took its place


class Reminder(Model):
    """A call or reminder of an event. ``anchor``: cutoff | event; ``days``: −7 is a week before;
    ``at``: "08:00". ``kind``: call | not_registered | no_form | no_answer | thanks | absent."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("event_id", "kind", "anchor", "days"),
        CheckConstraint(
            "kind IN ('call','not_registered','no_form','no_answer','thanks','absent')",
            name="kind",
        ),
        CheckConstraint("anchor IN ('cutoff','event')", name="anchor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    anchor: Mapped[str] = mapped_column(String(10))
    days: Mapped[int]
    at: Mapped[str] = mapped_column(String(5), default="08:00")
    active: Mapped[bool] = mapped_column(default=True)
    done_at: Mapped[datetime | None] = mapped_column(Instant)  # the day it was for is past
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("mail_batch.id"))
