"""The register at the desk: search, one unit, import with preview, export; who may what."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Account
from app.accounts.setup import datastore
from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.extensions import db
from app.units.models import Unit, UnitImport
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_unit
from tests.factories.queries import counted_queries
from tests.factories.units import typed_values, words_of
from tests.units.test_importing import SEED

BASE = "/desk/units"
HEADER = "Mã;Tên đơn vị;Loại;Quận, huyện;Thư điện tử;Điện thoại"
GOOD = "THPT-1;Trường THPT Cát Bà;THPT;Cát Hải;vt@cb.example.vn;0912345678"
BAD = "THPT-2;Trường THPT Thử;Trường cấp 3;Lê Chân;vt@;0912345678"


@pytest.fixture
def desk(client: FlaskClient, frozen_clock: FrozenClock) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def make_other() -> Account:
    account = datastore.create_user(email="khac@example.vn", full_name="Người Khác", active=True)
    db.session.flush()
    return account


def upload(client: FlaskClient, *lines: str, name: str = "tep.csv", data: bytes = b"") -> object:
    content = data or ("\ufeff" + "\r\n".join(lines)).encode()
    return client.post(f"{BASE}/import", data={"file": (io.BytesIO(content), name)})


def preview_of(response: object) -> str:
    assert response.status_code == 303, words_of(response)  # type: ignore[attr-defined]
    return response.location  # type: ignore[attr-defined]


def codes() -> list[str]:
    return list(db.session.scalars(select(Unit.code).order_by(Unit.code)))


def some_units(number: int) -> None:
    with unit_of_work():
        for index in range(number):
            make_unit(f"THPT-{index:03d}", f"Trường THPT Thử {index:03d}")


# ---------------------------------------------------------------- the table


def test_the_table_finds_without_marks_filters_and_sorts(desk: FlaskClient) -> None:
    with unit_of_work():
        make_unit("A-1", "Trường THPT Đồ Sơn", district="Quận Đồ Sơn")
        make_unit("A-2", "Trường THPT An Dương", district="Huyện An Dương")
        make_unit("A-3", "Phòng GDĐT Thử", kind="district_office", district="Huyện An Dương")
    assert "3 đơn vị trong danh bạ" in words_of(desk.get(BASE))
    found = words_of(desk.get(f"{BASE}?q=DO+son"))
    assert "Trường THPT Đồ Sơn" in found
    assert "Trường THPT An Dương" not in found
    page = words_of(desk.get(f"{BASE}?kind=high_school&district=Huyện An Dương"))
    assert "A-2" in page
    assert "A-3" not in page
    page = words_of(desk.get(f"{BASE}?sort=-code"))
    assert page.index("A-3") < page.index("A-2") < page.index("A-1")
    page = words_of(desk.get(f"{BASE}?sort=name"))
    assert page.index("A-3") < page.index("A-2") < page.index("A-1")
    assert "Không có đơn vị nào khớp" in words_of(desk.get(f"{BASE}?q=zzz"))
    assert desk.get(f"{BASE}?page=99999999999&sort=x&kind=y").status_code == 200


def test_an_empty_register_says_how_it_fills(desk: FlaskClient) -> None:
    page = words_of(desk.get(BASE))
    assert "Danh bạ chưa có đơn vị nào" in page
    assert "Nhập từ tệp" in page


def test_as_many_queries_with_one_unit_as_with_a_hundred(desk: FlaskClient) -> None:
    def used() -> int:
        db.session.remove()
        with counted_queries() as sent:
            assert desk.get(BASE).status_code == 200
        return len(sent)

    some_units(1)
    used()
    one = used()
    with unit_of_work():
        for index in range(1, 100):
            make_unit(f"THPT-{index:03d}", f"Trường THPT Thử {index:03d}")
    assert used() == one <= 7


# ---------------------------------------------------------------- one unit


def test_the_form_shows_the_unit_and_saving_it_unchanged_changes_nothing(
    desk: FlaskClient,
) -> None:
    with unit_of_work():
        unit = make_unit("PGD-1", "Phòng GDĐT quận Lê Chân", kind="district_office",
                         district="Quận Lê Chân", phone="+84912345678",
                         aliases=["Phòng Lê Chân"])  # fmt: skip
        unit_id = unit.id
    response = desk.get(f"{BASE}/{unit_id}")
    html = response.get_data(as_text=True)
    chosen = re.findall(r'<option selected value="([^"]*)"', html)
    assert chosen == ["Phòng GDĐT", "Quận Lê Chân"]
    values = typed_values(response)
    assert (values["aliases"], values["phone"]) == ("Phòng Lê Chân", "0912 345 678")
    assert "Để trống: UBND QUẬN LÊ CHÂN" in words_of(response)
    values.pop("csrf_token", None)
    saved = desk.post(
        f"{BASE}/{unit_id}", data={**values, "kind": chosen[0], "district": chosen[1]}
    )
    assert saved.status_code == 303
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.thing_type == "unit")).all() == []


def test_a_change_is_kept_and_recorded(desk: FlaskClient) -> None:
    some_units(1)
    unit_id = db.session.scalars(select(Unit.id)).one()
    form = {"code": "THPT-000", "name": "Trường THPT Mới", "kind": "Trường THPT", "district": "",
            "email": "moi@example.vn", "valid_from": "01/01/2025"}  # fmt: skip
    assert desk.post(f"{BASE}/{unit_id}", data=form).status_code == 303
    page = words_of(desk.get(f"{BASE}/{unit_id}"))
    assert "Trường THPT Mới" in page
    assert "Sửa đơn vị" in page
    assert "Trường THPT Mới" in words_of(desk.get(f"{BASE}?q=truong+thpt+moi"))


def test_faults_of_one_unit_stand_at_its_fields(desk: FlaskClient) -> None:
    some_units(1)
    form = {"code": "THPT-000", "name": "", "kind": "Trường THPT", "district": "", "email": "moi@",
            "valid_from": "31/02/2025", "note": "Giữ lại"}  # fmt: skip
    response = desk.post(f"{BASE}/new", data=form)
    page = words_of(response)
    assert response.status_code == 422
    assert "Thiếu tên đơn vị." in page
    assert "Thiếu phần sau chữ @." in page
    assert "Giữ lại" in page
    assert typed_values(response)["email"] == "moi@"
    taken = desk.post(f"{BASE}/new", data={**form, "name": "Trường THPT Hai", "email": "",
                                           "valid_from": ""})  # fmt: skip
    assert (taken.status_code, "Đã có đơn vị với mã này." in words_of(taken)) == (422, True)
    assert codes() == ["THPT-000"]


# ---------------------------------------------------------------- import


def test_upload_preview_correct_apply_and_update(desk: FlaskClient) -> None:
    where = preview_of(upload(desk, HEADER, GOOD, BAD))
    page = words_of(desk.get(where))
    assert "2 dòng đọc được" in page
    assert "Không có loại này. Chọn: Trường THPT?" in page
    assert "Trường THPT Cát Bà" not in page  # only rows with a fault
    assert "Trường THPT Cát Bà" in words_of(desk.get(f"{where}?rows=all"))
    assert codes() == []
    fix = desk.post(f"{where}/cell", data={"row": "3", "field": "kind", "text": "Trường THPT"})
    assert fix.status_code == 303
    assert "Không có loại này" not in words_of(desk.get(where))
    assert "Thiếu phần sau chữ @." in words_of(desk.get(where))
    desk.post(f"{where}/cell", data={"row": "3", "field": "email", "text": "vt@thu.example.vn"})
    assert "Không dòng nào cần sửa" in words_of(desk.get(where))
    done = words_of(desk.post(f"{where}/apply", follow_redirects=True))
    assert "Đã nhập 2 đơn vị (2 mới, 0 sửa, 0 không đổi)." in done
    assert codes() == ["THPT-1", "THPT-2"]
    again = preview_of(upload(desk, HEADER, GOOD.replace("Cát Bà", "Cát Bà Mới")))
    done = words_of(desk.post(f"{again}/apply", follow_redirects=True))
    assert "Đã nhập 1 đơn vị (0 mới, 1 sửa, 0 không đổi)." in done
    assert codes() == ["THPT-1", "THPT-2"]
    assert db.session.scalars(select(Unit.name).where(Unit.code == "THPT-1")).one().endswith("Mới")


def test_a_bad_row_does_not_hold_up_the_others(desk: FlaskClient) -> None:
    where = preview_of(upload(desk, HEADER, BAD, GOOD))
    assert "1 dòng có ô sai sẽ không nhập." in words_of(desk.get(where))
    desk.post(f"{where}/apply")
    assert codes() == ["THPT-1"]


def test_applied_once_only(desk: FlaskClient) -> None:
    where = preview_of(upload(desk, HEADER, GOOD))
    assert desk.post(f"{where}/apply").status_code == 303
    again = desk.post(f"{where}/apply")
    assert again.status_code == 404
    assert "đã hết hạn hoặc đã nhập" in words_of(again)
    assert db.session.scalar(select(func.count()).select_from(AuditEntry).where(
        AuditEntry.action == "units.imported")) == 1  # fmt: skip


def test_dropped_is_gone(desk: FlaskClient) -> None:
    where = preview_of(upload(desk, HEADER, GOOD))
    assert desk.post(f"{where}/drop").status_code == 303
    assert db.session.scalars(select(UnitImport.id)).all() == []
    assert codes() == []


def test_someone_elses_preview_is_not_there(desk: FlaskClient) -> None:
    where = preview_of(upload(desk, HEADER, GOOD))
    with unit_of_work():
        db.session.scalars(select(UnitImport)).one().account_id = make_other().id
    for rest in ("", "/marked.xlsx"):
        assert desk.get(where + rest).status_code == 404
    for rest in ("/cell", "/apply", "/drop"):
        form = {"row": "2", "field": "name", "text": "x"}
        assert desk.post(where + rest, data=form).status_code == 404
    assert codes() == []
    assert len(db.session.scalars(select(UnitImport.id)).all()) == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("", b""),
        ("tep.pdf", b"%PDF-1.7"),
        ("tep.xlsx", b"no zip at all"),
        ("tep.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600),
        ("tep.csv", b""),
        ("tep.csv", "Họ;Tên\r\nA;B".encode()),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(
    desk: FlaskClient, name: str, data: bytes
) -> None:
    form = {"file": (io.BytesIO(data), name)} if name else {}
    response = desk.post(f"{BASE}/import", data=form)
    assert response.status_code == 422
    assert 'class="field-error"' in response.get_data(as_text=True)
    assert "Lỗi: " in response.get_data(as_text=True).split("</title>")[0]
    assert db.session.scalars(select(UnitImport.id)).all() == []


@pytest.mark.parametrize("form", [{"row": "x", "field": "name"}, {"row": "²", "field": "name"},
                                  {"row": "99", "field": "name"}, {"row": "2", "field": "id"}])  # fmt: skip
def test_a_cell_that_is_none_changes_nothing(desk: FlaskClient, form: dict[str, str]) -> None:
    where = preview_of(upload(desk, HEADER, GOOD))
    response = desk.post(f"{where}/cell", data={**form, "text": "x"})
    assert response.status_code < 500
    desk.post(f"{where}/apply")
    assert db.session.scalars(select(Unit.name)).one() == "Trường THPT Cát Bà"


def test_the_marked_file_says_what_to_mend(desk: FlaskClient) -> None:
    where = preview_of(upload(desk, HEADER, BAD))
    sheet = openpyxl.load_workbook(io.BytesIO(desk.get(f"{where}/marked.xlsx").data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][-1] == "Cần sửa"
    assert "Không có loại này." in rows[1][-1]


# ---------------------------------------------------------------- export


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_out_and_in_again_loses_nothing(desk: FlaskClient, file_format: str) -> None:
    where = preview_of(upload(desk, name=SEED.name, data=SEED.read_bytes()))
    desk.post(f"{where}/apply")
    exported = desk.get(f"{BASE}/export.{file_format}").data
    where = preview_of(upload(desk, name=f"don-vi.{file_format}", data=exported))
    done = words_of(desk.post(f"{where}/apply", follow_redirects=True))
    assert "(0 mới, 0 sửa, 131 không đổi)" in done


def test_the_csv_opens_in_excel_and_carries_no_formula(desk: FlaskClient) -> None:
    with unit_of_work():
        make_unit("X-1", "=cmd|' /C calc'!A1", note="@SUM(A1)")
    content = desk.get(f"{BASE}/export.csv").data
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8-sig")
    assert "'=cmd" in text
    assert "'@SUM" in text
    sheet = openpyxl.load_workbook(io.BytesIO(desk.get(f"{BASE}/export.xlsx").data)).active
    assert [c for row in sheet.iter_rows() for c in row if c.data_type == "f"] == []


def test_the_filter_of_the_page_applies_to_the_file(desk: FlaskClient) -> None:
    some_units(3)
    text = desk.get(f"{BASE}/export.csv?q=thu+001").data.decode("utf-8-sig")
    assert "THPT-001" in text
    assert "THPT-002" not in text


# ---------------------------------------------------------------- who may


def test_a_leader_reads_without_contacts(app: Flask, client: FlaskClient) -> None:
    with unit_of_work():
        unit_id = make_unit("A-1", "Trường THPT Đồ Sơn", phone="+84912345678").id
    sign_in(client, make_account("leader"))
    for address in (BASE, f"{BASE}/{unit_id}"):
        page = client.get(address)
        assert "Trường THPT Đồ Sơn" in words_of(page)
        assert "a-1@example.vn" not in page.get_data(as_text=True)
        assert "0912 345 678" not in page.get_data(as_text=True)
        assert '<form method="post" novalidate' not in page.get_data(as_text=True)
    assert "Trường THPT" in words_of(client.get(f"{BASE}/{unit_id}"))
    for address in (f"{BASE}/import", f"{BASE}/new", f"{BASE}/export.csv"):
        assert client.get(address).status_code == 403
    assert client.post(f"{BASE}/{unit_id}", data={"name": "x"}).status_code == 403


@pytest.mark.parametrize("rest", ["", "/1", "/import", "/export.xlsx"])
def test_the_hall_has_no_register(app: Flask, client: FlaskClient, rest: str) -> None:
    sign_in(client, make_account("hall"))
    assert client.get(BASE + rest).status_code == 403
