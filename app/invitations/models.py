"""The giấy mời: one row per letter version of a delegate. A sent letter is never overwritten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, String, UniqueConstraint
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
            "state IN ('draft','approved','queued','sent','failed','bounced','void')", name="state"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(default=1)
    number: Mapped[str | None] = mapped_column(String(40))
    issued_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    downloaded_at: Mapped[datetime | None] = mapped_column(Instant)

    registration: Mapped[Registration] = relationship()
