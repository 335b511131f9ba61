"""Attendance sheets: made, kept with the place of every row, had again as they were.

A sheet is laid out first (where rows and pages stand), kept, and then printed with its pages' codes,
which are made of the pages' ids. Printing the kept sheet again gives the same paper.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError, NotFound
from app.core.tokens import SHEET_CODE, entry_digits
from app.events.models import Event, EventSession
from app.extensions import db
from app.hall_papers.models import AttendanceSheet, AttendanceSheetPage, SheetScan
from app.hall_papers.sheet_content import Content, SheetOptions, sheet_content, sheet_paper
from app.printing.attendance_sheet_pdf import attendance_sheet_pdf, sheet_runs
from app.printing.attendance_sheet_places import sheet_geometry
from app.printing.compiler import join_pdfs
from app.printing.makers import attendance_sheet_docx, attendance_sheet_xlsx
from app.printing.press import printed

PAGE_VERSION = 1  # of the code: a page is never printed in another version


class NoSessionChosen(DomainError):
    status = 422
    message = _l("Hãy chọn ít nhất một buổi để có cột ký tên.")


@dataclass(frozen=True)
class LaidSheet:
    """A sheet that is laid out and not kept yet. ``pages``: number, rows and columns of each."""

    event_id: int
    session_ids: list[int]
    content: Content
    pages: list[dict[str, Any]]

    @property
    def row_count(self) -> int:
        return sum(len(rows) for _title, rows in self.content["groups"])


def chosen_sessions(event: Event, ids: Sequence[int]) -> list[EventSession]:
    """The event's sessions among these, in their order. Raises NoSessionChosen."""
    chosen = [one for one in event.sessions if one.id in ids]
    if not chosen:
        raise NoSessionChosen()
    return chosen


def lay_out(event: Event, sessions: Sequence[EventSession], options: SheetOptions) -> LaidSheet:
    """Outside a unit of work: it takes its time. Raises PrintingError (a letter that cannot be
    printed, too many columns)."""
    content = sheet_content(event, sessions, options)
    paper = sheet_paper(content, event.id)
    pages = json.loads(printed(sheet_geometry, paper, _fonts()))
    return LaidSheet(event.id, [one.id for one in sessions], content, pages)


def keep(laid: LaidSheet, *, by: Actor, now: datetime) -> AttendanceSheet:
    """Inside a unit of work: the sheet, its pages, and a line in the audit log."""
    sheet = AttendanceSheet(
        event_id=laid.event_id,
        session_ids=laid.session_ids,
        row_codes=laid.content["row_codes"],
        row_count=laid.row_count,
        content=laid.content,
        made_at=now,
        made_by=by.label,
        pages=[AttendanceSheetPage(**page) for page in laid.pages],
    )
    db.session.add(sheet)
    db.session.flush()
    record(
        "sheet.made", ("sheet", sheet.id), by=by, now=now, event_id=laid.event_id,
        after={"registrations": laid.row_count, "pages": len(laid.pages)},
    )  # fmt: skip
    return sheet


def make_sheet(
    event: Event,
    sessions: Sequence[EventSession],
    options: SheetOptions,
    *,
    by: Actor,
    now: datetime,
) -> AttendanceSheet:
    """Inside a unit of work: `lay_out` and `keep` at once, for commands and tests."""
    return keep(lay_out(event, sessions, options), by=by, now=now)


def page_digits(event_id: int, page_id: int) -> str:
    """The 32 digits of a page's square code; its thing is the page."""
    return entry_digits(SHEET_CODE, event_id=event_id, thing_id=page_id, version=PAGE_VERSION)


def sheet_pdf(sheet: AttendanceSheet) -> bytes:
    """The paper as it was made. Raises SheetChangedError when this release would draw it elsewhere
    than the kept places say (a scan of it could not be read)."""
    paper = sheet_paper(sheet.content, sheet.event_id)
    codes = [page_digits(sheet.event_id, page.id) for page in sheet.pages]
    places = [
        {"number": page.number, "rows": page.rows, "columns": page.columns} for page in sheet.pages
    ]
    runs = sheet_runs(len(places))
    if len(runs) == 1:
        return printed(attendance_sheet_pdf, paper, codes, _fonts(), places)
    # each run in a process of its own, which gives the typesetter's memory back
    parts = [printed(attendance_sheet_pdf, paper, codes, _fonts(), places, run) for run in runs]
    return printed(join_pdfs, parts)


def sheet_file(
    event: Event, sessions: Sequence[EventSession], options: SheetOptions, file_format: str
) -> bytes:
    """Today's list as Word or Excel to work on: without marks and codes, so it is not kept."""
    make = {"docx": attendance_sheet_docx, "xlsx": attendance_sheet_xlsx}[file_format]
    paper = sheet_paper(sheet_content(event, sessions, options), event.id)
    return printed(make, paper, _fonts())


def _fonts() -> Any:
    return current_app.config["SETTINGS"].fonts_dir


# ---------------------------------------------------------------- reading


@dataclass(frozen=True)
class SheetLine:
    """A printing in the list of them. ``scanned``: pages that came back and were confirmed."""

    sheet: AttendanceSheet
    pages: int
    scanned: int
    sessions: tuple[str, ...]


def sheet_lines(event: Event) -> list[SheetLine]:
    """The event's printings, the latest first; three queries however many there are."""
    sheets = list(
        db.session.scalars(
            select(AttendanceSheet)
            .where(AttendanceSheet.event_id == event.id)
            .order_by(AttendanceSheet.id.desc())
        )
    )
    pages = _counted(event.id, select(AttendanceSheetPage.sheet_id, func.count()))
    scanned = _counted(
        event.id,
        select(AttendanceSheetPage.sheet_id, func.count(AttendanceSheetPage.id.distinct()))
        .join(SheetScan, SheetScan.page_id == AttendanceSheetPage.id)
        .where(SheetScan.state == "confirmed"),
    )
    names = {one.id: one.name for one in event.sessions}
    return [
        SheetLine(
            one,
            pages.get(one.id, 0),
            scanned.get(one.id, 0),
            tuple(names[session] for session in one.session_ids if session in names),
        )
        for one in sheets
    ]


def _counted(event_id: int, query: Any) -> dict[int, int]:
    query = query.join(AttendanceSheet, AttendanceSheet.id == AttendanceSheetPage.sheet_id)
    rows = db.session.execute(
        query.where(AttendanceSheet.event_id == event_id).group_by(AttendanceSheetPage.sheet_id)
    )
    return {sheet_id: count for sheet_id, count in rows}


def sheet_of(event: Event, sheet_id: int) -> AttendanceSheet:
    """Raises NotFound for another event's."""
    sheet = db.session.scalar(
        select(AttendanceSheet).where(
            AttendanceSheet.id == sheet_id, AttendanceSheet.event_id == event.id
        )
    )
    if sheet is None:
        raise NotFound()
    return sheet
