"""Reads of the signed sheets that came back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload, load_only

from app.events.models import Event
from app.extensions import db
from app.hall_papers.models import AttendanceSheet, AttendanceSheetPage, SheetScan
from app.hall_papers.sheet_rules import ScanState


@dataclass(frozen=True)
class ScanLine:
    """A page in the list; ``counts``: cells by verdict; ``again``: its page came before, too."""

    scan: SheetScan
    counts: Counter[str]
    again: bool


def scan_lines(event: Event) -> list[ScanLine]:
    """The pages to look through first, then as they came; one query."""
    page = joinedload(SheetScan.page).load_only(AttendanceSheetPage.number)
    scans = db.session.scalars(
        select(SheetScan)
        .where(SheetScan.event_id == event.id, SheetScan.state != ScanState.DISCARDED)
        .options(page.joinedload(AttendanceSheetPage.sheet).load_only(AttendanceSheet.made_at))
        .order_by(SheetScan.state != ScanState.TO_REVIEW, SheetScan.id)
    ).all()
    first: dict[int | None, int] = {}
    for scan in sorted(scans, key=lambda one: one.id):
        first.setdefault(scan.page_id, scan.id)
    return [
        ScanLine(
            scan,
            Counter(one["verdict"] for one in scan.findings if one["id"] is not None),
            scan.page_id is not None and first[scan.page_id] != scan.id,
        )
        for scan in scans
    ]


def missing_pages(
    event: Event, lines: Iterable[ScanLine]
) -> list[tuple[AttendanceSheet, list[int]]]:
    """Printings of which some pages came back, the latest first, with the numbers of those that
    did not; one query."""
    here = {line.scan.page_id for line in lines}
    pages: dict[AttendanceSheet, list[AttendanceSheetPage]] = defaultdict(list)
    for page in db.session.scalars(
        select(AttendanceSheetPage)
        .join(AttendanceSheetPage.sheet)
        .options(
            load_only(AttendanceSheetPage.number),
            contains_eager(AttendanceSheetPage.sheet).load_only(AttendanceSheet.made_at),
        )
        .where(AttendanceSheet.event_id == event.id)
        .order_by(AttendanceSheet.id.desc(), AttendanceSheetPage.number)
    ):
        pages[page.sheet].append(page)
    left = {
        sheet: [one.number for one in of_sheet if one.id not in here]
        for sheet, of_sheet in pages.items()
    }
    return [(sheet, some) for sheet, some in left.items() if 0 < len(some) < len(pages[sheet])]


def confirmed_twin(scan: SheetScan) -> SheetScan | None:
    """An earlier picture of the same page that was confirmed."""
    if scan.page_id is None:
        return None
    return db.session.scalar(
        select(SheetScan)
        .where(
            SheetScan.page_id == scan.page_id,
            SheetScan.id != scan.id,
            SheetScan.state == ScanState.CONFIRMED,
        )
        .order_by(SheetScan.id)
        .limit(1)
    )


def next_to_review(event_id: int) -> int | None:
    """The page that has waited longest."""
    return db.session.scalar(
        select(SheetScan.id)
        .where(SheetScan.event_id == event_id, SheetScan.state == ScanState.TO_REVIEW)
        .order_by(SheetScan.id)
        .limit(1)
    )
