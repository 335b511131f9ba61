"""A unit's delegate, and every state the entry goes through."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Instant, SortKey
from app.events.models import Participation
from app.extensions import Model
from app.registration.rules import ACTIVE, State

_ACTIVE = text("state IN ({})".format(",".join(f"'{state}'" for state in sorted(ACTIVE))))


class Registration(Model):
    """One delegate of one participation. ``slot`` (0 … quota-1) is unique among the active ones:
    the database refuses a second active entry of a unit (design 4.1)."""

    __tablename__ = "registration"
    __table_args__ = (
        Index(
            "uq_registration_active_slot",
            "participation_id",
            "slot",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        CheckConstraint(
            "state IN ({})".format(",".join(f"'{state}'" for state in State)), name="state"
        ),
        CheckConstraint("(state = 'confirmed') = (pool_id IS NOT NULL)", name="seat"),
        CheckConstraint("(state = 'waitlisted') = (queue_no IS NOT NULL)", name="queue"),
        Index("ix_registration_event_id_state_queue_no", "event_id", "state", "queue_no"),
        Index("ix_registration_event_id_person_key", "event_id", "person_key"),
        Index("ix_registration_participation_id", "participation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    participation_id: Mapped[int] = mapped_column(
        ForeignKey("participation.id", ondelete="CASCADE")
    )
    slot: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(20))
    full_name: Mapped[str | None] = mapped_column(String(120))  # None: "Đại diện Lãnh đạo"
    position: Mapped[str] = mapped_column(String(120), default="")
    honorific: Mapped[str | None] = mapped_column(String(10))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    person_key: Mapped[str] = mapped_column(String(160), default="")
    sort_key: Mapped[str] = mapped_column(SortKey, default="")
    search: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(20))  # web | desk | mail | form | invitation | door
    received_at: Mapped[datetime] = mapped_column(Instant)
    seated_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    queue_no: Mapped[int | None]
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("seat_pool.id"))
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)  # see registration.flags
    late_reason: Mapped[str | None] = mapped_column(Text)
    desk_reason: Mapped[str | None] = mapped_column(Text)
    allowed_by: Mapped[str | None] = mapped_column(
        String(120)
    )  # who let a walk-in or substitute in
    notice_version: Mapped[str | None] = mapped_column(String(20))
    receipt_code: Mapped[str] = mapped_column(String(12), unique=True)
    on_time: Mapped[bool]  # received before the cut-off that held for the unit then (P30)
    code_version: Mapped[int] = mapped_column(default=1)
    form_version: Mapped[int] = mapped_column(default=1)  # rises when what the form prints changes
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))

    participation: Mapped[Participation] = relationship()


class ChangeRequest(Model):
    """What a unit asks for when it may no longer do it itself: another delegate, or to withdraw.

    ``state``: open → accepted | refused | taken_back | moot (the entry ended another way).
    ``full_name`` … ``email``: the new delegate of a replacement. One open request an entry.
    """

    __tablename__ = "change_request"
    __table_args__ = (
        Index(
            "uq_change_request_open",
            "registration_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        CheckConstraint("kind IN ('replace','withdraw')", name="kind"),
        CheckConstraint("source IN ('unit','delegate')", name="source"),
        CheckConstraint("state IN ('open','accepted','refused','taken_back','moot')", name="state"),
        Index("ix_change_request_event_id_state", "event_id", "state"),
        Index("ix_change_request_participation_id", "participation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    participation_id: Mapped[int] = mapped_column(
        ForeignKey("participation.id", ondelete="CASCADE")
    )
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    source: Mapped[str] = mapped_column(
        String(10), default="unit"
    )  # delegate: on the letter's page
    state: Mapped[str] = mapped_column(String(20), default="open")
    full_name: Mapped[str | None] = mapped_column(String(120))
    position: Mapped[str | None] = mapped_column(String(120))
    honorific: Mapped[str | None] = mapped_column(String(10))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    notice_version: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(Instant)
    receipt_code: Mapped[str] = mapped_column(String(12), unique=True)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    sentence: Mapped[str | None] = mapped_column(Text)  # the desk's answer

    registration: Mapped[Registration] = relationship()
    participation: Mapped[Participation] = relationship()
