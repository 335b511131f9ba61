"""Attendance sheets as printed and as they came back, and what else was printed for the hall."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.database import Instant
from app.extensions import Model


class AttendanceSheet(Model):
    """One printing of the danh sách điểm danh. ``session_ids``: its signature columns, in order.

    ``content``: everything printed (hall_papers.sheet_content), so that the same paper can be had
    again; codes are not in it, but the versions they are made of.
    """

    __tablename__ = "attendance_sheet"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    session_ids: Mapped[list[int]] = mapped_column(JSON)
    row_codes: Mapped[bool] = mapped_column(default=False)
    row_count: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, deferred=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(200))

    pages: Mapped[list[AttendanceSheetPage]] = relationship(
        order_by="AttendanceSheetPage.number", cascade="all, delete-orphan", passive_deletes=True
    )


class AttendanceSheetPage(Model):
    """Where the rows of a page stand, so that a scan is read by who signed, not by position.

    Its id is the thing of the page's square code (tokens.SHEET_CODE). Lengths are millimetres from
    the paper's top left corner. ``rows``: [{"id": registration or null for a blank row, "tt": int,
    "top": mm, "bottom": mm}]; ``columns``: [{"session": id, "left": mm, "right": mm}].
    """

    __tablename__ = "attendance_sheet_page"
    __table_args__ = (UniqueConstraint("sheet_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("attendance_sheet.id", ondelete="CASCADE"))
    number: Mapped[int]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

    sheet: Mapped[AttendanceSheet] = relationship(back_populates="pages")


class SheetScan(Model):
    """One page of a signed sheet as it came back, upright, and what was found in its cells.

    ``state``: unread (``problem`` says why) | to_review | confirmed | discarded.
    ``findings``: [{"id": registration, "session": id, "verdict": "signed" | "empty" | "doubtful",
    "score": float, "box": [x, y, width, height] in pixels of the picture, "decision": null |
    "signed" | "empty"}]. ``upload``: one for all pages of a file.
    """

    __tablename__ = "sheet_scan"
    __table_args__ = (
        CheckConstraint("state IN ('unread','to_review','confirmed','discarded')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    page_id: Mapped[int | None] = mapped_column(
        ForeignKey("attendance_sheet_page.id", ondelete="CASCADE"), index=True
    )
    upload: Mapped[str] = mapped_column(String(12), index=True)
    number: Mapped[int]  # of the page in its file
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64), index=True)  # of the file as sent
    state: Mapped[str] = mapped_column(String(20))
    problem: Mapped[str | None] = mapped_column(String(30))
    width: Mapped[int]
    height: Mapped[int]
    picture: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    received_at: Mapped[datetime] = mapped_column(Instant)
    received_by: Mapped[str] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(200))

    page: Mapped[AttendanceSheetPage | None] = relationship()


class HallPrint(Model):
    """Badges, name plates or labels as printed, so that the next print can be of the new ones only.

    ``kind``: badge | plate | label | seat | poster; ``layout``: a key of `print_rules.LAYOUTS`;
    ``people``: [[registration id, mark], …] in the printed order, the mark telling whether what was
    printed still holds (`prints.mark_of`): versions, nothing of the person.
    """

    __tablename__ = "hall_print"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    layout: Mapped[str] = mapped_column(String(40))
    people: Mapped[list[list[Any]]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(String(200))
