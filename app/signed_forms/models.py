"""The signed and stamped form as it came back: pages as pictures, and what was read from them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
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
from app.events.models import Participation
from app.extensions import Model
from app.registration.models import Registration


class SignedForm(Model):
    """One upload. ``state``: received (its code names this entry and version) · doubtful (no
    readable code: the desk looks) · accepted (by the desk) · refused (by the desk, ``sentence``) ·
    old (a newer form or another delegate took its place).

    ``sha256`` is of the bytes as the unit sent them; what is kept are the pages, drawn anew.
    """

    __tablename__ = "signed_form"
    __table_args__ = (
        CheckConstraint(
            "state IN ('received','doubtful','accepted','refused','old')", name="state"
        ),
        UniqueConstraint("participation_id", "sha256"),
        Index("ix_signed_form_event_id_state", "event_id", "state"),
        Index("ix_signed_form_registration_id", "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    participation_id: Mapped[int] = mapped_column(
        ForeignKey("participation.id", ondelete="CASCADE")
    )
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(20))
    form_version: Mapped[int | None]  # as its code says; None: no code was read
    source: Mapped[str] = mapped_column(String(20))  # web | desk | mail
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))  # of the bytes sent
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    page_count: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(Instant)
    on_time: Mapped[bool]
    receipt_code: Mapped[str] = mapped_column(String(12), unique=True)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    sentence: Mapped[str | None] = mapped_column(Text)

    registration: Mapped[Registration] = relationship()
    participation: Mapped[Participation] = relationship()
    pages: Mapped[list[SignedFormPage]] = relationship(
        order_by="SignedFormPage.number", cascade="all, delete-orphan", passive_deletes=True
    )


class SignedFormPage(Model):
    """One page, upright, as JPEG without metadata. In the database: no machine keeps files."""

    __tablename__ = "signed_form_page"
    __table_args__ = (UniqueConstraint("signed_form_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    signed_form_id: Mapped[int] = mapped_column(ForeignKey("signed_form.id", ondelete="CASCADE"))
    number: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    picture: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
