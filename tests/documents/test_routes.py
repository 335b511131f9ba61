"""The participant list: screen and four files agree; contacts only by role, POST and audit."""

from __future__ import annotations

import csv
import io

import docx
import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.services import withdraw
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, enter, unit_actor
from tests.factories.units import words_of
from tests.journeys.desk import words_of_pdf

BASE = "/desk/events/tap-huan-2024/lists"
# in the order of tên, then họ, đệm; the committee's group stands first in the plan
PEOPLE = ["Phạm Văn Ân", "Tạ Đăng Anh", "Đinh Thị Đào", "Doãn Thúy Dung", "Ưng Hoài Ý"]
BY_NAME = ["Tạ Đăng Anh", "Phạm Văn Ân", "Doãn Thúy Dung", "Đinh Thị Đào", "Ưng Hoài Ý"]


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo Thử", kind="district_committee")
    made = make_event(seats=6, units=7)
    schools = [one for one in participations(made) if one.code != "BCD-1"]
    for unit, name in zip(schools[:4], PEOPLE[:4], strict=True):
        enter(unit, name, phone="+84912345678", email=f"{unit.code.lower()}@nguoidu.example.vn")
    enter(next(one for one in participations(made) if one.code == "BCD-1"), PEOPLE[4], "Ủy viên")
    gone = enter(schools[4], "Người Đã Rút").registration
    with unit_of_work():
        withdraw(db.session.get_one(Registration, gone.id), schools[4],
                 by=unit_actor(schools[4]), now=IN_TIME)  # fmt: skip
    enter(schools[5], None, position="")  # a seat without a name: not in the list
    enter(schools[6], "Người Đang Chờ")  # no seat left
    return made


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def names_in(words: list[str]) -> list[str]:
    """The people among these cells, in their order."""
    return [word for word in words if word in PEOPLE]


def cells_of(file_format: str, content: bytes) -> list[str]:
    if file_format == "csv":
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=_delimiter(content))
        cells = [cell for row in rows for cell in row]
    elif file_format == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cells = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    else:
        tables = docx.Document(io.BytesIO(content)).tables
        cells = [cell.text for table in tables for row in table.rows for cell in row.cells]
    return [" ".join(cell.split()) for cell in cells]


def _delimiter(content: bytes) -> str:
    head = content.decode("utf-8-sig").splitlines()[0]
    return ";" if head.count(";") > head.count(",") else ","


def in_order(words: str, people: list[str]) -> bool:
    places = [words.find(name) for name in people]
    return -1 not in places and places == sorted(places)


@pytest.mark.parametrize(
    ("order", "expected"), [("groups", [BY_NAME[4], *BY_NAME[:4]]), ("alphabet", BY_NAME)]
)
def test_screen_and_four_files_agree(desk: FlaskClient, order: str, expected: list[str]) -> None:
    page = words_of(desk.get(f"{BASE}?order={order}"))
    assert in_order(page, expected)
    assert "(Danh sách gồm 05 đại biểu)" in page
    for file_format in ("docx", "xlsx", "csv"):
        response = desk.get(f"{BASE}/delegates.{file_format}?order={order}")
        assert response.status_code == 200
        assert names_in(cells_of(file_format, response.data)) == expected, file_format
    assert in_order(words_of_pdf(desk.get(f"{BASE}/delegates.pdf?order={order}").data), expected)


@pytest.mark.parametrize("absent", ["Người Đã Rút", "Người Đang Chờ", "Trường THPT Thử 006"])
def test_only_people_with_a_seat_and_a_name(desk: FlaskClient, absent: str) -> None:
    assert absent not in words_of(desk.get(BASE))
    assert absent not in cells_of("xlsx", desk.get(f"{BASE}/delegates.xlsx").data)
    assert absent not in words_of_pdf(desk.get(f"{BASE}/delegates.pdf").data)


def test_groups_carry_roman_numerals_and_counts(desk: FlaskClient) -> None:
    page = words_of(desk.get(BASE))
    assert page.index(" I ") < page.index("(01 đại biểu)") < page.index(" II ")
    assert "(04 đại biểu)" in page
    assert " II " not in words_of(desk.get(f"{BASE}?order=alphabet"))


def test_numbers_run_on_or_start_again(desk: FlaskClient) -> None:
    def numbers(query: str) -> list[str]:
        sheet = openpyxl.load_workbook(
            io.BytesIO(desk.get(f"{BASE}/delegates.xlsx{query}").data)
        ).active
        rows = sheet.iter_rows(values_only=True)
        return [str(row[0]) for row in rows if len(row) > 1 and row[1] in PEOPLE]

    assert numbers("") == ["1", "2", "3", "4", "5"]
    assert numbers("?restart=1") == ["1", "1", "2", "3", "4"]


def test_contacts_come_only_by_the_button_and_are_recorded(desk: FlaskClient) -> None:
    assert "0912 345 678" not in desk.get(f"{BASE}?contacts=1").get_data(as_text=True)
    assert desk.get(f"{BASE}/delegates.xlsx?contacts=1").status_code == 403
    plain = cells_of("xlsx", desk.get(f"{BASE}/delegates.xlsx").data)
    assert not any("nguoidu" in cell or "0912" in cell for cell in plain)
    assert recorded() == []
    with_contacts = desk.post(f"{BASE}/contacts", data={"format": "xlsx"})
    cells = cells_of("xlsx", with_contacts.data)
    assert "0912 345 678" in cells
    assert "thpt-001@nguoidu.example.vn" in cells
    assert names_in(cells) == [BY_NAME[4], *BY_NAME[:4]]
    assert recorded() == [{"format": "xlsx"}]


def recorded() -> list[object]:
    query = select(AuditEntry.after).where(AuditEntry.action == "list.contacts_exported")
    return list(db.session.scalars(query))


def test_a_format_that_is_none_is_not_recorded(desk: FlaskClient) -> None:
    assert desk.get(f"{BASE}/delegates.exe").status_code == 404
    assert desk.post(f"{BASE}/contacts", data={"format": "exe"}).status_code == 404
    assert recorded() == []


def test_a_leader_has_the_list_without_contacts(client: FlaskClient, event: Event) -> None:
    sign_in(client, make_account("leader"))
    page = client.get(BASE)
    assert "Phạm Văn Ân" in words_of(page)
    assert "/contacts" not in page.get_data(as_text=True)
    assert client.get(f"{BASE}/delegates.pdf").status_code == 200
    assert client.post(f"{BASE}/contacts").status_code == 403
    assert recorded() == []


@pytest.mark.parametrize("rest", ["", "/delegates.csv"])
def test_the_hall_has_no_list(client: FlaskClient, event: Event, rest: str) -> None:
    sign_in(client, make_account("hall"))
    assert client.get(BASE + rest).status_code == 403


def test_a_name_that_begins_like_a_formula_is_disarmed(desk: FlaskClient, event: Event) -> None:
    with unit_of_work():
        entry = db.session.scalars(
            select(Registration).where(Registration.full_name == "Tạ Đăng Anh")
        ).one()
        entry.full_name = "=1+1"
        entry.position = "@SUM(A1)"
    sheet = openpyxl.load_workbook(io.BytesIO(desk.get(f"{BASE}/delegates.xlsx").data)).active
    formulas = [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert formulas == []
    text = desk.get(f"{BASE}/delegates.csv").data.decode("utf-8-sig")
    assert "'=1+1" in text
    assert "'@SUM(A1)" in text


def test_nobody_yet(app: Flask, client: FlaskClient, frozen_clock: FrozenClock) -> None:
    make_event(units=1)
    sign_in(client, make_account("desk"))
    assert "Chưa có ai trong danh sách" in words_of(client.get(BASE))
    for file_format in ("pdf", "docx", "xlsx", "csv"):
        assert client.get(f"{BASE}/delegates.{file_format}").status_code == 200


def test_as_many_queries_with_one_row_as_with_a_hundred(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock
) -> None:
    made = make_event(seats=120, units=100)
    ids = [one.id for one in participations(made)]
    sign_in(client, make_account("desk"))

    def used() -> int:
        db.session.remove()
        with counted_queries() as sent:
            assert client.get(BASE).status_code == 200
        return len(sent)

    enter(db.session.get_one(Participation, ids[0]), "Người Thử Một")
    used()
    one = used()
    for number, key in enumerate(ids[1:]):
        enter(db.session.get_one(Participation, key), f"Người Thử {chr(65 + number % 26)}")
    assert "(Danh sách gồm 100 đại biểu)" in words_of(client.get(BASE))
    assert used() == one <= 12
