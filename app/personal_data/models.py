"""What a person asks of their data, and the statutory clock of each request (domain.md 5.3)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Instant
from app.extensions import Model


class DataRequest(Model):
    """``kind``: see · correct · erase · restrict · object. ``answer_by``: 2 working days;
    ``act_by``: 10, 15 or 20 days (NĐ 356/2025 Điều 5); ``extended_at``: the one extension.
    ``state``: open → answered → done, or refused with its written reason (``answer``)."""

    __tablename__ = "data_request"
    __table_args__ = (
        CheckConstraint("kind IN ('see','correct','erase','restrict','object')", name="kind"),
        CheckConstraint("state IN ('open','answered','done','refused')", name="state"),
        Index("ix_data_request_state_answer_by", "state", "answer_by"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="open")
    full_name: Mapped[str | None] = mapped_column(String(120))
    unit_name: Mapped[str | None] = mapped_column(String(300))
    contact: Mapped[str | None] = mapped_column(String(254))  # where the answer goes
    text: Mapped[str | None] = mapped_column(Text)
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="SET NULL")
    )
    received_at: Mapped[datetime] = mapped_column(Instant)
    answer_by: Mapped[datetime] = mapped_column(Instant)
    act_by: Mapped[datetime] = mapped_column(Instant)
    extended_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str | None] = mapped_column(Text)
    receipt_code: Mapped[str] = mapped_column(String(12), unique=True)
