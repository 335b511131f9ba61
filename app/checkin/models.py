"""Gates, scans and presences."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Instant
from app.extensions import Model


class Gate(Model):
    """A paired device. Only the hash of its secret is kept."""

    __tablename__ = "gate"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_seen_at: Mapped[datetime | None] = mapped_column(Instant)


class Presence(Model):
    """A delegate in a session: the first scan's time stands (design 4.6); an undo keeps the row."""

    __tablename__ = "presence"
    __table_args__ = (
        Index(
            "uq_presence_standing",
            "registration_id",
            "session_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_presence_event_id_at", "event_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("event_session.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Instant)
    gate_name: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(200))
    how: Mapped[str] = mapped_column(String(20))  # scan | typed | search
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[str | None] = mapped_column(String(200))


class Scan(Model):
    """Every scan as it came, the refused too. ``client_id`` is made by the device, so that a
    resend adds nothing."""

    __tablename__ = "scan"

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(String(40), unique=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("event_session.id", ondelete="CASCADE")
    )
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE")
    )
    presence_id: Mapped[int | None] = mapped_column(ForeignKey("presence.id", ondelete="CASCADE"))
    gate_name: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(200))
    how: Mapped[str] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(40))
    device_at: Mapped[datetime | None] = mapped_column(Instant)
    arrived_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(30))
