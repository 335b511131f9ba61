"""Reading an uploaded table (.xlsx, .csv) and writing one back.

The content decides what a file is, not its name. A workbook is unpacked in a child process with
limits (``spreadsheet_child``). The heading row is looked for below merged titles, blank rows are
skipped, and every row keeps the number it has in Excel. Cell texts are given raw: old fonts can
only be recognised before cleaning.
"""

from __future__ import annotations

import datetime
import json
import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.spreadsheet_csv import read_csv
from app.core.spreadsheet_rows import (
    HEADER_ROWS,
    Cell,
    CellKind,
    Column,
    RawRows,
    Row,
    SpreadsheetError,
    Table,
    known_columns,
    too_many_rows,
)
from app.core.spreadsheet_writing import column_letter, disarm, rearm, write_csv, write_xlsx
from app.core.turns import resting
from app.core.vietnamese import clean_text

__all__ = [
    "Cell",
    "CellKind",
    "Column",
    "Row",
    "SpreadsheetError",
    "Table",
    "column_letter",
    "disarm",
    "read_table",
    "rearm",
    "write_csv",
    "write_xlsx",
]

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
_CHILD = Path(__file__).with_name("spreadsheet_child.py")


def read_table(
    data: bytes,
    filename: str,
    *,
    columns: Mapping[str, Sequence[str]],
    required: Sequence[str] = (),
    max_rows: int = 20_000,
    max_bytes: int = 10 * MEGABYTE,
    seconds: int = 20,
    memory_mb: int = 512,
) -> Table:
    """The first visible sheet of the file that has a heading row.

    ``columns`` gives the accepted headings of each field (compared without marks, case and
    signs), ``required`` the fields without which the table is of no use. ``filename`` only
    serves the log. Raises SpreadsheetError.
    """
    if len(data) > max_bytes:
        size, limit = -(-len(data) // MEGABYTE), max_bytes // MEGABYTE
        raise SpreadsheetError(
            "too_big",
            _l(
                "Tệp nặng %(size)d MB, tối đa %(limit)d MB. Hãy chép riêng bảng sang tệp mới.",
                size=size,
                limit=limit,
            ),
        )
    if data.startswith(b"PK\x03\x04"):
        sheets = _read_workbook(data, filename, max_rows, seconds, memory_mb)
    else:
        _refuse_foreign(data)
        sheets = [("", read_csv(data, columns, max_rows))]
    return _find_table(sheets, columns, required)


def _refuse_foreign(data: bytes) -> None:
    """Raise for everything that is neither a zip package nor text."""
    if not data.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe") or data.startswith(b"PK\x05\x06"):
        raise SpreadsheetError("empty")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise SpreadsheetError("password")
        is_word = "WordDocument".encode("utf-16-le") in data
        raise SpreadsheetError("word" if is_word else "old_excel")
    if data.startswith(b"%PDF"):
        raise SpreadsheetError("pdf")
    pictures = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
    if data.startswith(pictures) or data[8:12] == b"WEBP" or data[4:8] == b"ftyp":
        raise SpreadsheetError("picture")
    head = data[:2_000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise SpreadsheetError("web_page")


def _read_workbook(
    data: bytes, filename: str, max_rows: int, seconds: int, memory_mb: int
) -> list[tuple[str, RawRows]]:
    options = {"max_rows": max_rows + HEADER_ROWS, "seconds": seconds, "memory_mb": memory_mb}
    try:
        with resting():
            done = subprocess.run(  # noqa: S603 - our own script, no shell, fixed arguments
                [sys.executable, "-I", str(_CHILD), json.dumps(options)],
                input=data,
                capture_output=True,
                timeout=seconds,
                env={},
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        logger.warning("workbook refused: took longer than %d s", seconds)
        raise SpreadsheetError("too_slow") from error
    if done.returncode != 0:
        logger.warning("workbook refused: reader ended with %d", done.returncode)
        raise SpreadsheetError("too_much" if done.returncode > 0 else "too_slow")
    answer = json.loads(done.stdout)
    if code := answer.get("error"):
        logger.warning("workbook refused: %s %s", code, answer.get("detail", ""))
        raise too_many_rows(max_rows) if code == "too_many_rows" else SpreadsheetError(code)
    return [(sheet["name"], _decode_rows(sheet["rows"])) for sheet in answer["sheets"]]


_KINDS = {"s": CellKind.TEXT, "n": CellKind.NUMBER, "d": CellKind.DATE, "t": CellKind.TIME,
          "b": CellKind.BOOLEAN, "e": CellKind.ERROR, "f": CellKind.FORMULA}  # fmt: skip


def _decode_rows(rows: list[Any]) -> RawRows:
    return [
        (number, {column: _decode(kind, value, font) for column, kind, value, font in cells})
        for number, cells in rows
    ]


def _decode(kind: str, value: Any, font: str) -> Cell:
    if kind == "d":
        date = datetime.date.fromisoformat(value)
        return Cell(text=f"{date:%d/%m/%Y}", kind=CellKind.DATE, date=date)
    if kind == "b":
        return Cell(text="TRUE" if value else "FALSE", kind=CellKind.BOOLEAN)
    if kind == "s":
        value = rearm(value)
    return Cell(text=value, kind=_KINDS[kind], font=font)


def _find_table(
    sheets: list[tuple[str, RawRows]],
    columns: Mapping[str, Sequence[str]],
    required: Sequence[str],
) -> Table:
    best: tuple[int, str, int, RawRows, dict[str, int]] | None = None
    for sheet, rows in sheets:
        for index, (_, cells) in enumerate(rows[:HEADER_ROWS]):
            known = known_columns(cells, columns)
            score = len(known) + 100 * all(name in known for name in required)
            if known and (best is None or score > best[0]):
                best = (score, sheet, index, rows, known)
        if best is not None and best[0] >= 100:
            break
    if best is None:
        if not any(rows for _, rows in sheets):
            raise SpreadsheetError("empty")
        raise _missing(required, columns, "no_header")
    _, sheet, index, rows, known = best
    if missing := [name for name in required if name not in known]:
        raise _missing(missing, columns, "missing_columns")
    return _build(sheet, rows[index], rows[index + 1 :], known)


def _missing(
    names: Sequence[str], columns: Mapping[str, Sequence[str]], code: str
) -> SpreadsheetError:
    titles = ", ".join(f"“{columns[name][0]}”" for name in names)
    if code == "no_header":
        return SpreadsheetError(
            code,
            _l(
                "Không thấy dòng tiêu đề trong %(count)d dòng đầu. Hãy ghi tên cột: %(titles)s.",
                count=HEADER_ROWS,
                titles=titles,
            ),
        )
    return SpreadsheetError(
        code, _l("Bảng thiếu cột %(titles)s. Hãy thêm cột rồi chọn lại tệp.", titles=titles)
    )


def _build(
    sheet: str, header: tuple[int, dict[int, Cell]], rows: RawRows, known: dict[str, int]
) -> Table:
    number, titles = header
    places = {column: name for name, column in known.items()}
    unknown = {
        column: Column(column_letter(column), clean_text(cell.text))
        for column, cell in sorted(titles.items())
        if column not in places
    }
    return Table(
        sheet=sheet,
        header_row=number,
        columns={
            name: Column(column_letter(column), clean_text(titles[column].text))
            for name, column in sorted(known.items(), key=lambda item: item[1])
        },
        rows=[
            Row(
                number=row_number,
                cells={places[column]: cell for column, cell in cells.items() if column in places},
                extra={unknown[at].title: cell for at, cell in cells.items() if at in unknown},
            )
            for row_number, cells in rows
            if any(column in places or column in unknown for column in cells)
        ],
        unknown=tuple(unknown.values()),
    )
