"""Gates and their phones, scans, presences, excused absences."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.checkin.rules import ADMITTED
from app.core.database import Instant
from app.extensions import Model


class Gate(Model):
    """A place at the door. Only the hash of its pairing secret is kept.

    ``role``: a supervisor may also undo other gates' scans, admit a walk-in or a substitute.
    ``session_ids``: the sessions it serves, empty for all. ``many_devices``: its pairing code
    serves several phones; otherwise the first one uses it up.
    """

    __tablename__ = "gate"
    __table_args__ = (CheckConstraint("role IN ('steward','supervisor')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[str] = mapped_column(String(20), default="steward")
    session_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    many_devices: Mapped[bool] = mapped_column(default=False)
    pair_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    devices: Mapped[list[GateDevice]] = relationship(
        order_by="GateDevice.id", cascade="all, delete-orphan", passive_deletes=True
    )


class GateDevice(Model):
    """A phone paired with a gate, and what it said at its last contact. Only its secret's hash.

    ``unsent``: scans waiting on it; ``battery``: percent; ``list_version``: of the roster it
    holds; ``offset_ms``: server's clock minus its own. ``wiped_at``: it said that it forgot all.
    ``heard``: its syncs since ``heard_from``, for the limit of their rate.
    """

    __tablename__ = "gate_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    gate_id: Mapped[int] = mapped_column(ForeignKey("gate.id", ondelete="CASCADE"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(60), default="")  # "Chrome, Android"
    paired_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    last_seen_at: Mapped[datetime | None] = mapped_column(Instant)
    unsent: Mapped[int] = mapped_column(default=0)
    battery: Mapped[int | None]
    list_version: Mapped[int | None]
    offset_ms: Mapped[int | None] = mapped_column(BigInteger)  # a clock may be years off
    wiped_at: Mapped[datetime | None] = mapped_column(Instant)
    heard_from: Mapped[datetime | None] = mapped_column(Instant)
    heard: Mapped[int] = mapped_column(default=0)


class Presence(Model):
    """A delegate in a session: the first scan's time stands (design 4.6); an undo keeps the row.

    ``at``: corrected device time of that first scan; one that comes later but happened earlier
    takes its place, with its gate.
    """

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
        Index(  # counted by the index alone, with each scan
            "ix_presence_arrivals",
            "event_id",
            "session_id",
            "at",
            "undone_at",
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index(
            "ix_presence_undone",
            "registration_id",
            "session_id",
            sqlite_where=text("undone_at IS NOT NULL"),
            postgresql_where=text("undone_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(ForeignKey("event_session.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(Instant)
    gate_name: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(200))
    how: Mapped[str] = mapped_column(
        String(20)
    )  # scan | typed | search | photo | walk_in | desk | paper
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[str | None] = mapped_column(String(200))


REFUSED_SCAN = "outcome NOT IN ({})".format(",".join(f"'{one}'" for one in sorted(ADMITTED)))


class Scan(Model):
    """Every scan as it came, the refused too. ``client_id`` is made by the device, so that a
    resend adds nothing.

    ``device_at``: as the phone's clock said; ``counted_at``: corrected, what counts. ``told``: the
    outcome the phone showed by itself. ``remark``: why the desk should look at it (see rules.Remark)
    until ``settled_at``. ``given``: a walk-in's own words {name, position, unit, allowed_by}.
    """

    __tablename__ = "scan"
    __table_args__ = (
        Index(  # few have one
            "ix_scan_event_id_remark",
            "event_id",
            "remark",
            sqlite_where=text("remark IS NOT NULL"),
            postgresql_where=text("remark IS NOT NULL"),
        ),
        Index(
            "ix_scan_refused",
            "event_id",
            sqlite_where=text(REFUSED_SCAN),
            postgresql_where=text(REFUSED_SCAN),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(String(40), unique=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("event_session.id", ondelete="CASCADE")
    )
    registration_id: Mapped[int | None] = mapped_column(
        ForeignKey("registration.id", ondelete="CASCADE"), index=True
    )
    presence_id: Mapped[int | None] = mapped_column(ForeignKey("presence.id", ondelete="CASCADE"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("gate_device.id", ondelete="SET NULL"))
    gate_name: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(200))
    how: Mapped[str] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(40))
    given: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    device_at: Mapped[datetime | None] = mapped_column(Instant)
    arrived_at: Mapped[datetime] = mapped_column(Instant)
    counted_at: Mapped[datetime] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(30))
    told: Mapped[str | None] = mapped_column(String(30))
    remark: Mapped[str | None] = mapped_column(String(30))
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_by: Mapped[str | None] = mapped_column(String(200))


class ExcusedAbsence(Model):
    """A delegate who said, with a reason, that they cannot come to a session (vắng có lý do)."""

    __tablename__ = "excused_absence"
    __table_args__ = (UniqueConstraint("registration_id", "session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("event_session.id", ondelete="CASCADE"))
    registration_id: Mapped[int] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(String(200))
