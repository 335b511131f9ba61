"""The attendance report: figures that agree in every form of it, and the pages that give it."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from app.checkin.models import Presence
from app.core.database import unit_of_work
from app.documents.attendance import absent_units, attended
from app.documents.attendance_report import (
    absent_file,
    build_absent_list,
    build_report,
    report_file,
    reported,
)
from app.documents.confirmations import confirmation_code, paper_of
from app.documents.report_routes import MOST_PAPERS
from app.events.models import Event
from app.extensions import db
from app.printing.report_model import GROUP, ROW, TOTAL, Paragraph, Report, ReportTable
from tests.factories.accounts import make_account, sign_in
from tests.factories.attendance import REASON, let_in_all, make_hall, register_all
from tests.factories.queries import counted_queries
from tests.factories.units import words_of
from tests.printing.office import as_pdf, widened_fonts

PAGE = "/desk/events/tap-huan-2024/attendance"


@pytest.fixture
def event(app: Flask) -> Event:
    return make_hall()


def tables(report: Report) -> list[ReportTable]:
    return [one for one in report.blocks if isinstance(one, ReportTable)]


def texts(report: Report) -> list[str]:
    return [one.text for one in report.blocks if isinstance(one, Paragraph)]


def numbers(row: tuple[Any, ...]) -> list[int]:
    return [one for one in row if isinstance(one, int) and not isinstance(one, bool)]


def assert_columns_agree(table: ReportTable) -> None:
    """Every TOTAL is the sum of the rows since the last one; called = present + absent."""
    parts: list[list[int]] = []
    for row in table.rows:
        if row.kind == ROW:
            parts.append(numbers(row.values)[1:])
        elif row.kind == TOTAL:
            assert [sum(column) for column in zip(*parts, strict=True)] == numbers(row.values)
            parts = []


# ---------------------------------------------------------------- what it says


def test_it_says_what_the_plans_report_says(event: Event) -> None:
    report = build_report(reported(event))
    assert report.issuer.issuing == ("PHÒNG GIÁO DỤC THƯỜNG XUYÊN VÀ ĐẠI HỌC",)
    assert report.numbering is not None
    assert (report.numbering.number, report.numbering.date) == (None, None)  # the clerk's
    assert report.numbering.symbol == "BC-GDTX&ĐH"
    assert report.subject[0] == "Kết quả tham dự tập huấn công tác đánh giá, công nhận"
    said = texts(report)
    assert said[0].startswith(
        "Thực hiện kế hoạch tập huấn của Sở Giáo dục và Đào tạo, ngày 13/03/2024, tại Hội trường "
        "tầng 3, khu B, Sở GDĐT, phòng Giáo dục thường xuyên và Đại học đã tổ chức tập huấn."
    )
    assert "Có 104 đơn vị dự ít nhất một buổi trên 113 đơn vị được mời." in said
    assert said[-1] == "Phòng Giáo dục thường xuyên và Đại học trân trọng báo cáo./."
    general, sessions, absent = tables(report)
    assert general.rows[-1].values == ("Cộng", 113, 110, 104, 98, 3, 6, Decimal("92.0"))
    assert [row.values[0] for row in sessions.rows if row.kind == GROUP] == [
        "Buổi sáng (104 đại biểu có mặt)", "Buổi chiều (98 đại biểu có mặt)",
    ]  # fmt: skip
    assert len(absent.rows) == 3 + 6
    assert {row.values[-1] for row in absent.rows} == {
        f"Có lý do: {REASON}", "Chưa rõ lý do", "Không đăng ký",
    }  # fmt: skip
    for table in (general, sessions):
        assert_columns_agree(table)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"came": False}, "Không có đơn vị nào dự, trên 113 đơn vị được mời."),
        ({"registered": False, "timed": False}, "Không có đơn vị nào dự"),
        ({"sessions": 1}, "1. Số liệu chung"),
        ({"sessions": 3}, "1. Số liệu chung"),
        ({"sessions": 5}, "các ngày 13/03/2024, 14/03/2024"),
        ({"timed": False}, "của Sở Giáo dục và Đào tạo, tại Hội trường tầng 3"),  # no day is known
    ],
)
def test_cases_without_something(app: Flask, options: dict[str, Any], said: str) -> None:
    event = make_hall(**options)
    report = build_report(reported(event))
    assert any(said in one for one in texts(report))
    for table in tables(report):
        if table.rows[-1].kind == TOTAL:
            assert_columns_agree(table)
        assert sum(table.widths) == pytest.approx(165)
        assert min(table.widths) >= 9
    assert report_file(event, "pdf").startswith(b"%PDF")
    assert report_file(event, "docx").startswith(b"PK")
    assert report_file(event, "xlsx").startswith(b"PK")


def test_all_there_leaves_no_list(app: Flask) -> None:
    never = dict.fromkeys(("unregistered", "absent", "excused", "late", "gone"), 10_000)
    event = make_hall(every=never)
    report = build_report(reported(event))
    assert "Không có đơn vị nào vắng cả đợt tập huấn." in texts(report)
    assert tables(report)[0].rows[-1].values[-1] == Decimal("100.0")
    alone = build_absent_list(reported(event))
    assert (alone.blocks, alone.closing) == ((), "(Danh sách gồm 0 đơn vị)")
    assert absent_file(event, "pdf").startswith(b"%PDF")


# ---------------------------------------------------------------- the same in all three forms


def test_pdf_word_and_excel_agree(event: Event) -> None:
    with pdfplumber.open(io.BytesIO(report_file(event, "pdf"))) as pdf:
        printed = [page.extract_text() or "" for page in pdf.pages]
        assert len(printed) == 2
        box = [word for page in pdf.pages for word in page.extract_words()]
        assert max(word["x1"] for word in box) <= (195.2 / 25.4 * 72)
        assert max(word["bottom"] for word in box) <= (277.5 / 25.4 * 72)
    assert "Cộng 113 110 104 98 3 6 92,0" in printed[0]
    assert "Số: /BC-GDTX&ĐH" in printed[0]
    assert printed[1].splitlines()[0] == "2"
    assert "Cộng 113 98 0 3 12 86,7" in printed[1]
    word = Document(io.BytesIO(report_file(event, "docx")))
    general = word.tables[1]
    assert [cell.text for cell in dict.fromkeys(general.rows[-1].cells)] == [
        "Cộng", "113", "110", "104", "98", "3", "6", "92,0",
    ]  # fmt: skip
    assert "Kính gửi: Ban Giám đốc Sở Giáo dục và Đào tạo." in [p.text for p in word.paragraphs]
    book = load_workbook(io.BytesIO(report_file(event, "xlsx")))
    assert book.sheetnames == ["Báo cáo", "Từng đại biểu"]
    rows = [[cell for cell in row if cell is not None] for row in book["Báo cáo"].values]
    assert ["Cộng", 113, 110, 104, 98, 3, 6, 92] in rows
    sheet = book["Báo cáo"]
    assert (sheet.page_setup.paperSize, sheet.page_setup.fitToWidth) in ((9, 1), ("9", 1))
    assert sheet.print_area
    record = list(book["Từng đại biểu"].values)
    assert record[0][:4] == ("TT", "Họ và tên", "Chức vụ", "Đơn vị")
    assert len(record) == 111
    assert sum(row[5] == "Đến muộn" for row in record) == 8
    assert sum(row[7] == "Có mặt" for row in record) == 98


def test_a_long_list_repeats_its_head_and_keeps_the_signature_with_it(app: Flask) -> None:
    event = make_hall(registered=False)
    with pdfplumber.open(io.BytesIO(report_file(event, "pdf"))) as pdf:
        pages = [page.extract_text() or "" for page in pdf.pages]
    assert len(pages) > 3
    assert all("TT Đơn vị Lý do" in page for page in pages[2:])
    assert "trân trọng báo cáo./." in pages[-1]
    assert "TRƯỞNG PHÒNG" in pages[-1]
    assert re.search(r"^113 ", pages[-1], re.MULTILINE)


def test_names_that_look_like_formulas_stay_words(app: Flask) -> None:
    event = make_hall()
    with unit_of_work():
        unit = reported(db.session.get_one(Event, event.id)).absent_units[0]
        db.session.execute(
            db.text("UPDATE participation SET name = :name WHERE id = :id"),
            {"name": "=SUM(A1:A9)", "id": unit.id},
        )
    db.session.expire_all()
    book = load_workbook(io.BytesIO(report_file(db.session.get_one(Event, event.id), "xlsx")))
    cells = [cell for row in book["Báo cáo"].iter_rows() for cell in row]
    assert [cell.data_type for cell in cells if cell.value == "=SUM(A1:A9)"] == ["s"]


# ---------------------------------------------------------------- the desk's page


def test_the_page_shows_the_figures_and_gives_the_files(
    app: Flask, client: FlaskClient, event: Event
) -> None:
    sign_in(client, make_account("leader"))
    page = client.get(PAGE)
    words = words_of(page)
    assert "104/113 đơn vị dự ít nhất một buổi" in words
    assert "92,0%" in words
    assert "In giấy xác nhận" not in words  # a leader looks
    for name in ("report", "absent-units"):
        for file_format in ("pdf", "docx", "xlsx"):
            answer = client.get(f"{PAGE}/{name}.{file_format}")
            assert answer.status_code == 200
            assert answer.headers["Content-Disposition"].endswith(f'.{file_format}"')
    assert client.get(f"{PAGE}/report.csv").status_code == 404
    assert client.get(f"{PAGE}/confirmations.pdf").status_code == 403


def test_the_list_of_people_is_filtered(app: Flask, client: FlaskClient, event: Event) -> None:
    sign_in(client, make_account("desk"))
    late = client.get(PAGE, query_string={"show": "late"})
    assert "Dòng 1–8 trong 8" in words_of(late)
    assert "Dòng 1–50 trong 110" in words_of(client.get(PAGE, query_string={"show": "bad"}))
    one = client.get(PAGE, query_string={"q": "thpt ngo quyen", "show": "came"})
    assert "Dòng 1–1 trong 1" in words_of(one)
    assert "Không có ai ở đây" in words_of(client.get(PAGE, query_string={"q": "<b>"}))


@pytest.mark.parametrize(
    ("day", "hour", "said"),
    [(12, 20, {"–"}), (13, 12, {"Vắng", "Chưa đến"}), (13, 20, {"Vắng"})],
)
def test_nobody_is_absent_from_a_session_that_is_not_over(
    client: FlaskClient, frozen_clock: Any, event: Event,
    day: int, hour: int, said: set[str],
) -> None:  # fmt: skip
    frozen_clock.move_to(2024, 3, day, hour, 0)
    sign_in(client, make_account("desk"))
    unit = next(one for one in reported(event).absent_units if one.delegates and not one.excused)
    page = client.get(PAGE, query_string={"q": unit.name})
    cells = re.findall(r'<td data-label="Buổi [^"]+">(.*?)</td>', page.text, re.S)
    assert {re.sub(r"<[^>]+>", "", cell).strip() for cell in cells} == said
    assert ("Tệp tải lúc này ghi người chưa đến là vắng." in words_of(page)) is (
        hour != 20 or day == 12
    )
    listed = words_of(client.get(PAGE, query_string={"show": "absent"}))
    assert ("Không có ai ở đây" in listed) is ("Vắng" not in said)


def test_the_page_costs_the_same_for_few_and_many(app: Flask, client: FlaskClient) -> None:
    make_hall(registered=False)
    sign_in(client, make_account("desk"))
    client.get(PAGE)
    db.session.expire_all()
    with counted_queries() as few:
        client.get(PAGE)
    event = db.session.query(Event).one()
    let_in_all(event, register_all(event))
    db.session.expire_all()
    with counted_queries() as many:
        assert "Dòng 1–50 trong 110" in words_of(client.get(PAGE))
    assert len(many) <= len(few)


# ---------------------------------------------------------------- confirmations from the desk


def pages_of(content: bytes) -> list[str]:
    with pdfplumber.open(io.BytesIO(content)) as pdf:
        return [" ".join((page.extract_text() or "").split()) for page in pdf.pages]


def test_confirmations_of_one_some_and_all_who_came(
    app: Flask, client: FlaskClient, event: Event
) -> None:
    sign_in(client, make_account("desk"))
    found = reported(event)
    late = [one for one in found.delegates if one.marks[0].mark == "late"]
    gone = next(one for one in found.delegates
                if one.marks[0].mark == "present" and one.marks[1].mark == "absent")  # fmt: skip
    absent = next(one for one in found.delegates if not one.came)
    url = f"{PAGE}/confirmations.pdf"
    (page,) = pages_of(client.get(url, query_string={"ids": [gone.id, absent.id]}).data)
    assert "Thời gian: buổi sáng, ngày 13/03/2024." in page
    pages = pages_of(client.get(url, query_string={"ids": [one.id for one in late]}).data)
    assert len(pages) == 8
    assert sum("buổi sáng và buổi chiều" in one for one in pages) >= 6  # late is present
    everyone = client.get(url, query_string={"everything": "1", "show": "late"})
    assert len(pages_of(everyone.data)) == 8
    assert client.get(url, query_string={"ids": [absent.id]}).status_code == 422
    assert client.get(url).status_code == 422


def test_a_signature_on_paper_gives_the_confirmation_too(event: Event) -> None:
    absent = next(one for one in reported(event).delegates if not one.came)
    with unit_of_work():
        db.session.add(
            Presence(
                event_id=event.id, session_id=event.sessions[1].id, registration_id=absent.id,
                at=event.sessions[1].ends_at, gate_name="Danh sách ký", by="Bàn", how="paper",
            )
        )  # fmt: skip
    event = db.session.get_one(Event, event.id)
    (one,) = attended(event, [absent.id])
    assert paper_of(event, one).times == "buổi chiều, ngày 13/03/2024"
    assert len(confirmation_code(one)) == 32
    assert next(line for line in reported(event).delegates if line.id == absent.id).marks[1].mark \
        == "present"  # fmt: skip


def test_not_more_papers_at_once_than_the_press_bears(
    app: Flask, client: FlaskClient, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.documents.report_routes.MOST_PAPERS", 50)
    sign_in(client, make_account("desk"))
    answer = client.get(f"{PAGE}/confirmations.pdf", query_string={"everything": "1"})
    assert answer.status_code == 422
    assert "Mỗi lần in nhiều nhất" in words_of(answer)
    assert MOST_PAPERS >= 113


def test_who_gave_a_reason_is_not_written_to(event: Event) -> None:
    absent = reported(event).absent_units
    written = [unit.id for unit, _entry in absent_units(event)]
    silent = [one.id for one in absent if one.registered and not one.excused]
    assert written == silent
    assert len(silent) == 3
    assert [unit.id for unit, _entry in absent_units(event, written[:1])] == written[:1]


@pytest.mark.slow
def test_no_heading_breaks_inside_a_word_in_a_wider_font(event: Event, tmp_path: Path) -> None:
    wide = widened_fonts(tmp_path / "fonts", 1.2)
    files = {"report": report_file(event, "docx")}
    [content] = as_pdf(files, tmp_path / "wide", wide).values()
    with pdfplumber.open(io.BytesIO(content)) as pdf:
        words = {one["text"] for page in pdf.pages for one in page.extract_words(x_tolerance=4)}
    for told in ("TT", "Được", "Đăng", "Chiều", "muộn", "Chưa"):
        assert any(told in one for one in words), told


@pytest.mark.slow
def test_word_lays_it_out_as_the_pdf_does(event: Event, tmp_path: Path) -> None:
    files = {"report": report_file(event, "docx"), "absent": absent_file(event, "docx")}
    laid = {name: pages_of(content) for name, content in as_pdf(files, tmp_path / "lo").items()}
    assert [len(laid[name]) for name in files] == [2, 1]
    assert "Cộng 113 110 104 98 3 6 92,0" in laid["report"][0]
    assert "TRƯỞNG PHÒNG" in laid["report"][1]
    assert "(Danh sách gồm 09 đơn vị)" in laid["absent"][0]
