"""The desk's page of attendance sheets."""

from __future__ import annotations

import io

import docx
import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.database import unit_of_work
from app.events.models import Event, EventSession
from app.extensions import db
from app.hall_papers.models import AttendanceSheet
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event
from tests.factories.queries import counted_queries
from tests.factories.registration import fill
from tests.printing.reading import pages

BASE = "/desk/events/tap-huan-2024/sheets"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    made = make_event(seats=8, units=5)
    fill(made, 5)
    return made


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def made_by(desk: FlaskClient, event: Event, **values: object) -> object:
    given = {"sessions": [one.id for one in event.sessions], "order": "groups",
             "file_format": "pdf"}  # fmt: skip
    return desk.post(BASE, data=given | values)


def test_a_sheet_is_made_and_had_again(desk: FlaskClient, event: Event) -> None:
    assert "Chưa lập bản nào" in desk.get(BASE).text
    answer = made_by(desk, event)
    assert answer.status_code == 303
    sheet = db.session.scalars(select(AttendanceSheet)).one()
    assert answer.location.endswith(f"/sheets#sheet-{sheet.id}")
    page = desk.get(BASE).text
    assert "Sáng, Chiều" in page and "Đã lập bản in 1 trang." in page
    got = desk.get(f"{BASE}/{sheet.id}.pdf")
    assert (got.status_code, got.mimetype) == (200, "application/pdf")
    assert "DANH SÁCH ĐIỂM DANH" in pages(got.data)[0].extract_text()


def test_one_session_in_one_alphabet(desk: FlaskClient, event: Event) -> None:
    made_by(desk, event, sessions=[event.sessions[1].id], order="alphabet", notes="y")
    sheet = db.session.scalars(select(AttendanceSheet)).one()
    words = pages(desk.get(f"{BASE}/{sheet.id}.pdf").data)[0].extract_text()
    assert "Chiều" in words and "Sáng" not in words
    assert "Ghi chú" in words and "Trường THPT, phổ thông có" not in words


def test_word_and_excel_are_not_kept(desk: FlaskClient, event: Event) -> None:
    word = made_by(desk, event, file_format="docx")
    assert "Người Thử" in "".join(
        cell.text.replace("\xa0", " ")
        for row in docx.Document(io.BytesIO(word.data)).tables[1].rows
        for cell in row.cells
    )
    excel = made_by(desk, event, file_format="xlsx", row_codes="y")
    assert openpyxl.load_workbook(io.BytesIO(excel.data)).active.title == "Điểm danh"
    assert (
        'filename="Danh-sach-diem-danh-tap-huan-2024.xlsx"' in excel.headers["Content-Disposition"]
    )
    assert db.session.scalars(select(AttendanceSheet)).all() == []


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"sessions": []}, "Hãy chọn ít nhất một buổi"),
        ({"sessions": ["999"]}, "Cột ký tên cho buổi"),
        ({"sessions": ["x"]}, "Cột ký tên cho buổi"),
        ({"file_format": "exe"}, "Tệp"),
        ({"row_codes": "y", "notes": "y"}, "chỉ còn chỗ cho 1 buổi"),
    ],
)
def test_what_cannot_be_made_is_said(
    desk: FlaskClient, event: Event, values: dict[str, object], sentence: str
) -> None:
    answer = made_by(desk, event, **values)
    assert answer.status_code == 422
    assert "Chưa gửi được" in answer.text and sentence in answer.text
    assert db.session.scalars(select(AttendanceSheet)).all() == []


def test_too_many_sessions(desk: FlaskClient, event: Event) -> None:
    with unit_of_work():
        for number in range(3, 6):
            db.session.add(
                EventSession(event_id=event.id, ordinal=number, name=f"Buổi {number}", topic="")
            )
    db.session.expire_all()
    assert desk.get(BASE).text.count(" checked") >= 4
    answer = made_by(desk, event)
    assert answer.status_code == 422 and "chỉ có chỗ cho 4 buổi" in answer.text


def test_a_name_that_cannot_be_printed_is_named(desk: FlaskClient, event: Event) -> None:
    with unit_of_work():
        db.session.scalars(select(Registration)).first().full_name = "Lê 😀"
    answer = made_by(desk, event)
    assert answer.status_code == 422
    assert "có ký tự không in được" in answer.text and "U+1F600" in answer.text


def test_another_events_sheet_is_not_had(desk: FlaskClient, event: Event) -> None:
    made_by(desk, event)
    sheet = db.session.scalars(select(AttendanceSheet)).one()
    make_event(units=0, slug="dot-khac")
    assert desk.get(f"/desk/events/dot-khac/sheets/{sheet.id}.pdf").status_code == 404


@pytest.mark.parametrize("role", ["leader", "hall"])
def test_who_may_not(client: FlaskClient, event: Event, role: str) -> None:
    sign_in(client, make_account(role))
    assert client.get(BASE).status_code == 403
    assert made_by(client, event).status_code == 403
    assert BASE not in client.get("/desk/events/tap-huan-2024/lists").text


def test_the_list_page_leads_here(desk: FlaskClient) -> None:
    assert f'href="{BASE}"' in desk.get("/desk/events/tap-huan-2024/lists").text


def test_queries_do_not_grow_with_the_printings(desk: FlaskClient, event: Event) -> None:
    made_by(desk, event)
    with counted_queries() as few:
        desk.get(BASE)
    for _ in range(4):
        made_by(desk, event)
    with counted_queries() as many:
        desk.get(BASE)
    assert len(many) == len(few)
