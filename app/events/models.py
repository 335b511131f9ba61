"""An event as its plan says it, its sessions, its seats, and the units it calls."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from app.core.database import Instant, SortKey
from app.extensions import Model


class Event(Model):
    """Columns hold what is compared or locked; what is only printed stands in JSON.

    ``plan``: the plan's words {contents[], audience[], headcount, costs, presenters[],
    legal_bases[{number, date, issuer, title, short}], document{type, number, symbol, issued_on}}.
    ``delivery``: {"approval": bool, "shared_mailbox": "each" | "together", "reminders": bool,
    "reminders_made": bool}: see invitations.reminders.
    ``letter``: the giấy mời's words (see events.plan_files). ``contact``: {department, officer, phone, email}.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("unit_quota BETWEEN 1 AND 20", name="unit_quota"),
        CheckConstraint("planned_seats >= 0", name="planned_seats"),
        CheckConstraint("hall_seats IS NULL OR hall_seats >= planned_seats", name="hall_seats"),
        CheckConstraint("state IN ('draft','open','closed','archived')", name="state"),
        CheckConstraint(
            "ends_at IS NULL OR starts_at IS NULL OR ends_at > starts_at", name="times"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(Text)
    short_title: Mapped[str] = mapped_column(String(160))
    list_title: Mapped[str] = mapped_column(Text)
    tentative_time: Mapped[str | None] = mapped_column(String(200))
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    venue: Mapped[str] = mapped_column(String(200))
    venue_address: Mapped[str] = mapped_column(String(300))
    opens_at: Mapped[datetime | None] = mapped_column(Instant)
    cutoff_at: Mapped[datetime] = mapped_column(Instant)
    cutoff_words: Mapped[str] = mapped_column(String(120))
    planned_seats: Mapped[int]
    hall_seats: Mapped[int | None]
    unit_quota: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    queue_last: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)  # rises with every change; kept pages name it
    valid_on: Mapped[date] = mapped_column(Date)
    retention_until: Mapped[date | None] = mapped_column(Date)  # contacts and scans live so long
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    contact: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    plan: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    letter: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    delivery: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    invited_kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    registering_kinds: Mapped[list[str]] = mapped_column(JSON, default=list)

    sessions: Mapped[list[EventSession]] = relationship(
        order_by="EventSession.ordinal", cascade="all, delete-orphan", passive_deletes=True
    )
    pools: Mapped[list[SeatPool]] = relationship(
        order_by="SeatPool.id", cascade="all, delete-orphan", passive_deletes=True
    )


class EventSession(Model):
    """One buổi: morning, afternoon. Times empty while the plan is tentative.

    ``opened_at``, ``closed_at``: by hand at the desk; they come before the times (checkin.rules).
    ``late_after``: minutes after the start from which an arrival is late; None: nobody is.
    """

    __tablename__ = "event_session"
    __table_args__ = (
        UniqueConstraint("event_id", "ordinal"),
        CheckConstraint("late_after IS NULL OR late_after BETWEEN 0 AND 600", name="late_after"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    ordinal: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    topic: Mapped[str] = mapped_column(Text, default="")
    starts_at: Mapped[datetime | None] = mapped_column(Instant)
    ends_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    late_after: Mapped[int | None]


class SeatPool(Model):
    """Seats of an event: one general pool (no kinds) and one reserve per group of kinds.

    The database itself refuses ``taken`` above ``seats``: with the lock on the event this is
    what makes overselling impossible (design 4.1). A released reserve has 0 free seats.
    """

    __tablename__ = "seat_pool"
    __table_args__ = (
        CheckConstraint("taken >= 0 AND taken <= seats", name="taken"),
        Index("ix_seat_pool_event_id", "event_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    seats: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)
    released_at: Mapped[datetime | None] = mapped_column(Instant)


class Participation(Model):
    """A unit called to an event. Its names are kept as valid on the event's day (domain.md 3.1)."""

    __tablename__ = "participation"
    __table_args__ = (
        UniqueConstraint("event_id", "unit_id"),
        Index("ix_participation_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # None: a guest's own
    route: Mapped[str] = mapped_column(String(20))  # registration | invitation | guest
    quota: Mapped[int | None]
    cutoff_at: Mapped[datetime | None] = mapped_column(Instant)
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(300))
    short_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(30))
    district: Mapped[str | None] = mapped_column(String(60))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    search: Mapped[str] = mapped_column(Text, default="")
    sort_key: Mapped[str] = mapped_column(SortKey, default="")
    link_version: Mapped[int] = mapped_column(default=1)
    link_sent_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    open_count: Mapped[int] = mapped_column(default=0)

    event: Mapped[Event] = relationship()


class LinkDevice(Model):
    """A browser that opened a unit's link: the first is the unit's, later ones are noted for the
    desk and never blocked. ``digest``: SHA-256 of a random cookie; ``label``: "Chrome, Android"."""

    __tablename__ = "link_device"
    __table_args__ = (UniqueConstraint("participation_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(
        ForeignKey("participation.id", ondelete="CASCADE")
    )
    digest: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(60), default="")
    first_at: Mapped[datetime] = mapped_column(Instant)


class EventDocument(Model):
    """A file attached to the event for everybody to read (P8)."""

    __tablename__ = "event_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


@listens_for(Session, "before_flush")
def _raise_revision(session: Session, *_: Any) -> None:
    """A changed event, session or document makes the pages drawn of the event stale."""
    touched = [*session.new, *session.dirty, *session.deleted]
    events = {one for one in touched if isinstance(one, Event)}
    for part in touched:
        if isinstance(part, EventSession | EventDocument | SeatPool) and part.event_id:
            event = session.get(Event, part.event_id)
            if event is not None:
                events.add(event)
    for event in events:
        if event in session.new or session.is_modified(event) or event not in session.dirty:
            event.revision = (event.revision or 0) + 1
