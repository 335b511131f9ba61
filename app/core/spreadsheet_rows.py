"""Rows and cells of a table that was read, its known headings, and why a file is refused."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.core.vietnamese import clean_text, fold

HEADER_ROWS = 15


class SpreadsheetError(DomainError):
    """A file that cannot be read as a table. ``code`` is stable, ``message`` says what to do."""

    status = 422

    def __init__(self, code: str, message: Any = None) -> None:
        super().__init__(message if message is not None else _SENTENCES[code])
        self.code = code


_SENTENCES: dict[str, Any] = {
    "empty": _l("Tệp trống. Hãy chọn tệp có danh sách."),
    "old_excel": _l(
        "Tệp kiểu Excel cũ (.xls). Hãy mở bằng Excel, lưu thành kiểu .xlsx rồi chọn lại."
    ),
    "password": _l("Tệp có mật khẩu. Hãy mở bằng Excel, bỏ mật khẩu, lưu lại rồi chọn lại."),
    "word": _l("Đây là tệp Word. Hãy chép bảng sang Excel, lưu kiểu .xlsx rồi chọn lại."),
    "other_table": _l(
        "Bảng tính này không phải kiểu .xlsx. Hãy lưu thành kiểu .xlsx rồi chọn lại."
    ),
    "picture": _l("Đây là ảnh, không phải bảng tính. Hãy chọn tệp .xlsx hoặc .csv."),
    "pdf": _l("Đây là tệp PDF, không phải bảng tính. Hãy chọn tệp .xlsx hoặc .csv."),
    "web_page": _l("Tệp này là trang web, không phải bảng tính. Hãy lưu thành kiểu .xlsx."),
    "not_a_table": _l("Tệp này không phải bảng tính. Hãy chọn tệp .xlsx hoặc .csv."),
    "damaged": _l("Tệp hỏng, không đọc được. Hãy mở bằng Excel, lưu lại rồi chọn lại."),
    "bomb": _l(
        "Tệp giải nén ra quá lớn nên không được mở. Hãy chép riêng bảng sang tệp mới rồi chọn lại."
    ),
    "too_much": _l(
        "Tệp có quá nhiều dữ liệu. Hãy chép riêng bảng cần nhập sang tệp mới rồi chọn lại."
    ),
    "too_slow": _l(
        "Tệp đọc quá lâu nên đã dừng. Hãy chép riêng bảng cần nhập sang tệp mới rồi chọn lại."
    ),
    "encoding": _l(
        "Tệp không dùng bảng mã Unicode. Hãy lưu kiểu “CSV UTF-8” hoặc .xlsx rồi chọn lại."
    ),
}


class CellKind(StrEnum):
    """What a cell held in the file."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    BOOLEAN = "boolean"
    ERROR = "error"
    FORMULA = "formula"


@dataclass(frozen=True)
class Cell:
    """``text``: raw, as the cell shows it (dates dd/mm/yyyy); ``font``: an old Vietnamese font."""

    text: str = ""
    kind: CellKind = CellKind.EMPTY
    date: datetime.date | None = None
    font: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the file: its letter in Excel and its heading as written."""

    letter: str
    title: str


@dataclass(frozen=True)
class Row:
    """``cells`` by field for known columns, ``extra`` by heading for the others."""

    number: int
    cells: dict[str, Cell]
    extra: dict[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """``sheet`` is "" for a .csv; ``columns`` tells which field stands in which column."""

    sheet: str
    header_row: int
    columns: dict[str, Column]
    rows: list[Row]
    unknown: tuple[Column, ...] = ()


RawRows = list[tuple[int, dict[int, Cell]]]


def too_many_rows(max_rows: int) -> SpreadsheetError:
    return SpreadsheetError(
        "too_many_rows",
        _l("Bảng có hơn %(limit)d dòng. Hãy chia thành nhiều tệp nhỏ hơn.", limit=max_rows),
    )


def _heading_key(title: str) -> str:
    without = re.sub(r"\([^)]*\)", "", clean_text(title)) or title
    return re.sub(r"[^a-z0-9]+", "", fold(without))


def known_columns(
    cells: Mapping[int, Cell], columns: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Field → column number for the headings that are known; the first of two equal ones wins."""
    names = {
        _heading_key(title): name for name, titles in columns.items() for title in (name, *titles)
    }
    found: dict[str, int] = {}
    for column, cell in sorted(cells.items()):
        name = names.get(_heading_key(cell.text))
        if name is not None:
            found.setdefault(name, column)
    return found
