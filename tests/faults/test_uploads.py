"""Files that are not what the register's import asks for, through the real page."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.spreadsheet_writing import write_xlsx
from app.extensions import db
from app.units.models import Unit
from tests.factories.accounts import make_account, sign_in

ADDRESS = "/desk/units/import"
MEGABYTE = 1024 * 1024
ENTITIES = "".join(
    f'<!ENTITY a{n} "{("&a" + (str(n - 1) if n else "") + ";") * 10}">' for n in range(10)
)
XML_BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lol">{ENTITIES}]><x>&a9;</x>'.encode()


def _workbook(part: str = "", content: bytes = b"") -> bytes:
    """A small register; with ``content`` in place of one part of the package."""
    plain = write_xlsx("Đơn vị", ["Mã", "Tên đơn vị", "Loại"], [["T-1", "Trường THPT Thử", "THPT"]])
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as given:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
            for name in given.namelist():
                made.writestr(name, content if name == part else given.read(name))
    return packed.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip bomb": (lambda: _workbook(SHEET, b" " * (64 * MEGABYTE)), "Tệp giải nén ra quá lớn"),
    "xml bomb": (lambda: _workbook(SHEET, XML_BOMB), "Tệp giải nén ra quá lớn"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "Đây là ảnh, không phải bảng tính."),
    "pdf": (lambda: b"%PDF-1.7\n%%EOF", "Đây là tệp PDF, không phải bảng tính."),
    "old excel": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Tệp kiểu Excel cũ (.xls)."),
    "program": (lambda: b"\x7fELF" + bytes(range(256)) * 8, "Tệp này không phải bảng tính."),
    "damaged": (lambda: _workbook()[:-200], "Tệp hỏng, không đọc được."),
    "empty": (lambda: b"", "Tệp trống. Hãy chọn tệp có danh sách."),
}  # fmt: skip


@pytest.fixture
def desk(app: Flask, browser: FlaskClient) -> FlaskClient:
    sign_in(browser, make_account("admin"))
    return browser


def _send(desk: FlaskClient, data: bytes, name: str = "danh-sach.xlsx"):  # type: ignore[no-untyped-def]
    return desk.post(ADDRESS, data={"file": (io.BytesIO(data), name)})


def _units() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Unit)) or 0


@pytest.mark.parametrize("kind", REFUSED)
def test_wrong_file_is_refused_with_a_sentence(desk: FlaskClient, kind: str) -> None:
    make, sentence = REFUSED[kind]
    answer = _send(desk, make())
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert "Traceback" not in page
    assert _units() == 0


def test_good_file_of_the_same_making_is_taken(desk: FlaskClient) -> None:
    """The bombs above differ from this one in a single part."""
    assert _send(desk, _workbook()).status_code == 303


def test_no_file_at_all_is_told(desk: FlaskClient) -> None:
    answer = desk.post(ADDRESS, data={})
    assert answer.status_code == 422
    assert "Chưa chọn tệp. Hãy chọn tệp .xlsx hoặc .csv." in answer.get_data(as_text=True)


def test_body_over_the_limit_is_told_its_limit(desk: FlaskClient) -> None:
    head = b'--line\r\nContent-Disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\n'
    body = head + b"x" * (10 * MEGABYTE) + b"\r\n--line--\r\n"
    answer = desk.post(ADDRESS, data=body, content_type="multipart/form-data; boundary=line")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 413
    assert "Tệp nặng quá 10 MB." in page
    assert _units() == 0
