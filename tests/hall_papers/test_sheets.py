"""A printed attendance sheet is kept with where every row stands, and can be had again unchanged."""

from __future__ import annotations

import io

import docx
import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import NotFound
from app.core.tokens import SHEET_CODE, is_code, read_code
from app.events.models import Event
from app.extensions import db
from app.hall_papers.models import AttendanceSheet, AttendanceSheetPage
from app.hall_papers.sheet_content import SheetOptions, sheet_content, sheet_paper, sheet_subject
from app.hall_papers.sheets import (
    PAGE_VERSION,
    NoSessionChosen,
    chosen_sessions,
    make_sheet,
    sheet_file,
    sheet_lines,
    sheet_of,
    sheet_pdf,
)
from app.printing import attendance_sheet_pdf
from app.printing.attendance_sheet import WALK_INS
from app.printing.errors import MissingGlyphError, SheetChangedError
from app.registration.codes import entry_code
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import fill
from tests.printing.reading import codes, pages


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    made = make_event(seats=30, units=24)
    fill(made, 24)
    return made


def printed_sheet(event: Event, options: SheetOptions | None = None) -> AttendanceSheet:
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        return make_sheet(found, found.sessions, options or SheetOptions(), by=DESK, now=now())


@pytest.mark.both_databases
def test_a_sheet_is_kept_with_its_pages(event: Event) -> None:
    sheet = printed_sheet(event)
    assert (sheet.row_count, sheet.made_by) == (24, DESK.label)
    assert sheet.session_ids == [one.id for one in event.sessions]
    assert [page.number for page in sheet.pages] == list(range(1, len(sheet.pages) + 1))
    rows = [row for page in sheet.pages for row in page.rows]
    people = db.session.scalars(
        select(Registration.id).order_by(Registration.sort_key, Registration.id)
    ).all()
    assert [row["id"] for row in rows if row["id"] is not None] == list(people)
    assert [row["tt"] for row in rows] == list(range(1, len(rows) + 1))
    for page in sheet.pages:
        assert [column["session"] for column in page.columns] == sheet.session_ids
    (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "sheet.made"))
    assert (entry.thing_type, entry.thing_id, entry.event_id) == ("sheet", sheet.id, event.id)


def test_every_page_carries_its_own_code(event: Event) -> None:
    sheet = printed_sheet(event)
    pdf = sheet_pdf(sheet)
    assert len(pages(pdf)) == len(sheet.pages) > 1
    for place, page in enumerate(sheet.pages):
        (digits,) = codes(pdf, place)
        code = read_code(digits)
        assert code is not None
        assert (code.purpose, code.event_id, code.thing_id) == (SHEET_CODE, event.id, page.id)
        assert is_code(code, PAGE_VERSION)


def test_it_can_be_had_again_unchanged_whatever_happened_since(event: Event) -> None:
    sheet = printed_sheet(event, SheetOptions(row_codes=True))
    before = sheet_pdf(sheet)
    unit = participations(event)[0]
    with unit_of_work():
        one = db.session.scalars(
            select(Registration).where(Registration.participation_id == unit.id)
        ).one()
        one.full_name, one.code_version = "Tên Mới Hẳn", 5
    db.session.expire_all()
    assert sheet_pdf(db.session.get_one(AttendanceSheet, sheet.id)) == before
    assert "Tên Mới Hẳn" in str(sheet_content(event, event.sessions, SheetOptions()))


def test_many_pages_are_made_in_runs_and_joined(
    event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = printed_sheet(event)
    whole = [page.extract_text() for page in pages(sheet_pdf(sheet))]
    monkeypatch.setattr(attendance_sheet_pdf, "PAGES_A_RUN", 1)
    assert [page.extract_text() for page in pages(sheet_pdf(sheet))] == whole
    assert len(whole) > 1 and "Trang 2/2" in whole[1]


def test_row_codes_are_the_entry_codes(event: Event) -> None:
    sheet = printed_sheet(event, SheetOptions(row_codes=True))
    pdf = sheet_pdf(sheet)
    read = {text for place in range(len(sheet.pages)) for text in codes(pdf, place)}
    assert {entry_code(one) for one in db.session.scalars(select(Registration))} <= read


def test_no_code_and_no_contact_is_kept(event: Event) -> None:
    with unit_of_work():
        one = db.session.scalars(select(Registration)).first()
        one.phone, one.email = "+84912345678", "them@example.vn"
    sheet = printed_sheet(event, SheetOptions(row_codes=True))
    kept = str(sheet.content)
    assert entry_code(db.session.scalars(select(Registration)).first()) not in kept
    assert "912345678" not in kept and "@" not in kept


def test_a_page_drawn_elsewhere_is_not_printed(event: Event) -> None:
    sheet = printed_sheet(event)
    with unit_of_work():
        page = db.session.get_one(AttendanceSheetPage, sheet.pages[0].id)
        page.rows = [{**row, "top": row["top"] + 1} for row in page.rows]
    db.session.expire_all()
    with pytest.raises(SheetChangedError):
        sheet_pdf(db.session.get_one(AttendanceSheet, sheet.id))


def test_a_name_that_cannot_be_printed_keeps_nothing(event: Event) -> None:
    with unit_of_work():
        db.session.scalars(select(Registration)).first().full_name = "Lê 😀"
    with pytest.raises(MissingGlyphError) as caught:
        printed_sheet(event)
    assert "Lê" in str(caught.value) and "U+1F600" in str(caught.value)
    assert db.session.scalars(select(AttendanceSheet)).all() == []


def test_words_of_the_sheet_come_from_the_event(event: Event) -> None:
    content = sheet_content(event, event.sessions, SheetOptions())
    assert content["subject"][0] == "Tập huấn công tác đánh giá, công nhận"
    assert content["office"] == "PHÒNG GDTX&ĐH"
    assert [heading for _id, heading in content["sessions"]] == ["Sáng", "Chiều"]
    assert "Hội trường" in content["day_line"]
    assert sheet_subject("Giao ban\nquý I") == ["Giao ban", "quý I"]


def test_units_stand_with_their_short_names_unless_those_are_cut(event: Event) -> None:
    with unit_of_work():
        first, second, *_ = participations(event)
        first.short_name, second.short_name = "THPT Một", "Trường THPT rất d…"
        second.name = "Trường THPT rất dài"
    units = {
        row[3]
        for _title, rows in sheet_content(event, event.sessions, SheetOptions())["groups"]
        for row in rows
    }
    assert "THPT Một" in units and "Trường THPT rất dài" in units
    assert not any("…" in unit for unit in units)


def test_choosing_sessions(event: Event) -> None:
    morning, afternoon = event.sessions
    assert chosen_sessions(event, [afternoon.id, morning.id, 999]) == [morning, afternoon]
    with pytest.raises(NoSessionChosen):
        chosen_sessions(event, [])


def test_lists_of_earlier_printings(event: Event) -> None:
    sheet = printed_sheet(event)
    (line,) = sheet_lines(event)
    assert (line.sheet, line.pages, line.scanned) == (sheet, len(sheet.pages), 0)
    assert line.sessions == ("Sáng", "Chiều")
    other = make_event(units=0, slug="dot-khac")
    assert sheet_lines(other) == []
    with pytest.raises(NotFound):
        sheet_of(other, sheet.id)


def test_word_and_excel_say_the_same_people(event: Event) -> None:
    names = [
        row[2]
        for _title, rows in sheet_content(event, event.sessions, SheetOptions())["groups"]
        for row in rows
    ]
    word = docx.Document(
        io.BytesIO(sheet_file(event, event.sessions, SheetOptions(row_codes=True), "docx"))
    )
    table = word.tables[1]
    cells = [[cell.text.replace("\xa0", " ") for cell in row.cells] for row in table.rows]
    assert [row[1] for row in cells if row[1] in names] == names
    assert cells[0][4:] == ["Ký tên", "Ký tên"] and cells[1][4:] == ["Sáng", "Chiều"]
    book = openpyxl.load_workbook(
        io.BytesIO(sheet_file(event, event.sessions, SheetOptions(), "xlsx"))
    )
    values = [cell for row in book.active.iter_rows(values_only=True) for cell in row]
    assert [value for value in values if value in names] == names
    assert WALK_INS in values
    assert book.active.print_title_rows is not None


def test_paper_of_nobody(app: Flask, frozen_clock: FrozenClock) -> None:
    event = make_event(units=0)
    paper = sheet_paper(sheet_content(event, event.sessions, SheetOptions()), event.id)
    assert paper.count == 0
    assert len(pages(sheet_pdf(printed_sheet(event)))) == 1
