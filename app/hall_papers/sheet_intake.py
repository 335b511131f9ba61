"""Signed sheets that come back: read page by page, kept with what was found in their cells.

A page is known by its square code alone, so pages may come in any order, some missing, upside
down, of several sheets. A page that cannot be read is kept too, with the reason.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.audit.services import record
from app.core.access import Actor
from app.core.tokens import SHEET_CODE, is_code, read_code
from app.events.models import Event
from app.extensions import db
from app.hall_papers.models import AttendanceSheet, AttendanceSheetPage, SheetScan
from app.hall_papers.sheet_rules import Problem, ScanState, Verdict
from app.hall_papers.sheets import PAGE_VERSION
from app.printing.nd30 import PAGE, SHEET
from app.scans.reading import FoundCode, ScanPage, read_scan
from app.scans.sheet_reading import SheetRead, SheetShape, SheetToRead, read_sheets

MOST_PAGES = 40


def sheet_shape() -> SheetShape:
    """What the typesetter draws on every page (printing.nd30.SHEET)."""
    half = SHEET["mark_size"] / 2
    lefts, tops = (
        (SHEET[f"mark_{first}"] + half, SHEET[f"mark_{last}"] + half)
        for first, last in (("left", "right"), ("top", "bottom"))
    )
    return SheetShape(
        size=(PAGE["width"], PAGE["height"]),
        marks=tuple((x, y) for y in tops for x in lefts),
        mark_side=SHEET["mark_size"],
        code=(SHEET["code_left"], SHEET["code_top"], SHEET["code_size"]),
    )


@dataclass(frozen=True)
class PageFound:
    """One page of a file. ``page``: which printed page it is, None with a ``problem``."""

    jpeg: bytes
    width: int
    height: int
    page: AttendanceSheetPage | None = None
    problem: Problem | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class FileFound:
    """A file as read: nothing is stored yet."""

    sha256: str
    pages: list[PageFound]


def read_file(event: Event, content: bytes) -> FileFound:
    """All pages of a PDF or picture. Outside a unit of work: it takes its time.

    Raises ScanRefused for a file that is not read at all.
    """
    scan = read_scan(content, max_pages=MOST_PAGES)
    named = [_named(event, page.codes) for page in scan.pages]
    wanted = [
        SheetToRead(page.jpeg, code.corners, cells_of(sheet_page))
        for page, (sheet_page, code, _problem) in zip(scan.pages, named, strict=True)
        if sheet_page is not None and code is not None
    ]
    answers = iter(read_sheets(wanted, sheet_shape()))
    return FileFound(
        scan.sha256,
        [
            _found(page, sheet_page, next(answers))
            if sheet_page is not None
            else PageFound(page.jpeg, page.width, page.height, problem=problem)
            for page, (sheet_page, _code, problem) in zip(scan.pages, named, strict=True)
        ],
    )


Named = tuple[AttendanceSheetPage | None, FoundCode | None, Problem | None]


def _named(event: Event, codes: Sequence[FoundCode]) -> Named:
    """Which printed page the codes of a picture name."""
    pages: dict[int, FoundCode] = {}
    foreign = False
    for found in codes:
        code = read_code(found.text)
        if code is None or code.purpose != SHEET_CODE or not is_code(code, PAGE_VERSION):
            continue
        if code.event_id != event.id:
            foreign = True
        else:
            pages[code.thing_id] = found
    if len(pages) > 1:
        return None, None, Problem.TWO_PAGES
    if not pages:
        return None, None, Problem.OTHER_EVENT if foreign else Problem.NO_CODE
    [(page_id, found)] = pages.items()
    page = db.session.scalar(
        select(AttendanceSheetPage)
        .join(AttendanceSheet, AttendanceSheet.id == AttendanceSheetPage.sheet_id)
        .options(joinedload(AttendanceSheetPage.sheet))
        .where(AttendanceSheetPage.id == page_id, AttendanceSheet.event_id == event.id)
    )
    return (page, found, None) if page is not None else (None, None, Problem.NO_CODE)


def cells_of(page: AttendanceSheetPage) -> tuple[tuple[float, float, float, float], ...]:
    """The signature cells in mm: row by row, in each from left to right."""
    return tuple(
        (column["left"], row["top"], column["right"], row["bottom"])
        for row in page.rows
        for column in page.columns
    )


def _found(scan: ScanPage, page: AttendanceSheetPage, read: SheetRead) -> PageFound:
    if read.problem:
        problem = Problem.MARKS if read.problem == "marks" else Problem.DAMAGED
        return PageFound(scan.jpeg, scan.width, scan.height, problem=problem)
    places = [(row, column) for row in page.rows for column in page.columns]
    findings = [
        {
            "id": row["id"], "tt": row["tt"], "session": column["session"],
            "verdict": cell.verdict, "score": cell.score, "box": list(cell.box), "decision": None,
        }
        for (row, column), cell in zip(places, read.cells, strict=True)
        if row["id"] is not None or cell.verdict != Verdict.EMPTY  # a walk-in's row that is used
    ]  # fmt: skip
    return PageFound(read.jpeg, read.width, read.height, page=page, findings=findings)


# ---------------------------------------------------------------- keeping


def known_upload(event: Event, sha256: str) -> str | None:
    """The upload of this very file, when it came before and was not thrown away."""
    return db.session.scalar(
        select(SheetScan.upload).where(
            SheetScan.event_id == event.id,
            SheetScan.sha256 == sha256,
            SheetScan.state != ScanState.DISCARDED,
        )
    )


def keep_file(
    event: Event, found: FileFound, *, filename: str, by: Actor, now: datetime
) -> list[SheetScan]:
    """Inside a unit of work: a row for every page, to be looked through."""
    upload = secrets.token_hex(6)
    scans = [
        SheetScan(
            event_id=event.id,
            page_id=page.page.id if page.page is not None else None,
            upload=upload,
            number=number,
            filename=filename[:200],
            sha256=found.sha256,
            state=ScanState.UNREAD if page.problem else ScanState.TO_REVIEW,
            problem=page.problem,
            width=page.width,
            height=page.height,
            picture=page.jpeg,
            findings=page.findings,
            received_at=now,
            received_by=by.label[:200],
        )
        for number, page in enumerate(found.pages, start=1)
    ]
    db.session.add_all(scans)
    db.session.flush()
    record(
        "sheet.scanned", ("sheet_scan", scans[0].id), by=by, now=now, event_id=event.id,
        after={"pages": len(scans), "unread": sum(one.problem is not None for one in scans)},
    )  # fmt: skip
    return scans
