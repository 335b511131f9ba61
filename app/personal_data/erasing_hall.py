"""What the hall keeps of people beside their presences: phones at the gates, codes and words of
scans, reasons of absence, signed attendance sheets.

A signed sheet is what travel claims are paid by: it stays whole until the event's retention date,
whoever asks to be erased before, and goes then like the signed forms. Its hash stays.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, or_, select, update

from app.checkin.models import ExcusedAbsence, Gate, GateDevice, Scan
from app.extensions import db
from app.hall_papers.models import AttendanceSheet, SheetScan
from app.hall_papers.sheet_content import without_people
from app.personal_data.scrubbing import ERASED_NAME, holds

Counts = dict[str, int]


def erase_hall(event_id: int) -> Counts:
    """→ {gate_devices, scans, absences, sheet_pages}."""
    gates = select(Gate.id).where(Gate.event_id == event_id)
    told = or_(Scan.code.is_not(None), Scan.given.is_not(None))
    scans = update(Scan).where(Scan.event_id == event_id, told).values(code=None, given=None)
    absences = update(ExcusedAbsence).where(
        ExcusedAbsence.event_id == event_id, ExcusedAbsence.reason != ""
    )
    pages = update(SheetScan).where(SheetScan.event_id == event_id, SheetScan.picture != b"")
    return {
        "gate_devices": _rows(delete(GateDevice).where(GateDevice.gate_id.in_(gates))),
        "scans": _rows(scans),
        "absences": _rows(absences.values(reason="")),
        "sheet_pages": _rows(pages.values(picture=b"", filename="", findings=[])),
    }


def strip_absences(registration_id: int) -> None:
    """Why the person did not come; that they were excused stays."""
    own = ExcusedAbsence.registration_id == registration_id
    _rows(update(ExcusedAbsence).where(own).values(reason=""))


def strip_scans(event_id: int, registration_id: int, names: Collection[str]) -> None:
    """Codes of the person, and what was typed of them at the door, entered or refused."""
    own = Scan.registration_id == registration_id
    _rows(update(Scan).where(own).values(code=None, given=None))
    typed = select(Scan).where(Scan.event_id == event_id, Scan.given.is_not(None))
    for scan in db.session.scalars(typed):
        if holds(scan.given, names):
            scan.given = None
    db.session.flush()


def strip_sheets(event_id: int, registration_ids: Collection[int]) -> None:
    """Names of these people in what was printed to be signed. Rows keep their places, so that a
    signed page is still read by them."""
    sheets = select(AttendanceSheet).where(AttendanceSheet.event_id == event_id)
    for sheet in db.session.scalars(sheets):
        content = sheet.content
        printed = {row[0] for _title, rows in content.get("groups", []) for row in rows}
        gone = printed.intersection(registration_ids)
        if gone:
            heights = {
                row["id"]: row["bottom"] - row["top"]
                for page in sheet.pages
                for row in page.rows
                if row["id"] in gone
            }
            sheet.content = without_people(content, gone, heights, ERASED_NAME)
    db.session.flush()


def _rows(statement: Any) -> int:
    result: Any = db.session.execute(statement.execution_options(synchronize_session="fetch"))
    return int(result.rowcount)
