"""Writing tables for Excel, so that no cell is ever taken for a formula and none loses a zero."""

from __future__ import annotations

import csv
import datetime
import io
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = re.compile(r"'*\s*[=+\-@|\t\r\n＝＋－＠]")


def column_letter(column: int) -> str:
    """Excel's letter of a column counted from 0 ("A", "Z", "AA")."""
    first, second = divmod(column, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)


def disarm(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before = + - @ and the like.

    ``rearm`` gives exactly the text back.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def rearm(text: str) -> str:
    """The text that ``disarm`` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, datetime.date):
        return f"{value:%d/%m/%Y}"
    return disarm(value) if isinstance(value, str) else str(value)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A .csv that Excel on Vietnamese Windows opens rightly: UTF-8 with BOM, ";", CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([disarm(str(title)) for title in header])
    writer.writerows([_plain(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def load_openpyxl() -> None:
    """Without numpy, which it loads where it is installed (12 MB) only to know its kinds of numbers."""
    if "openpyxl" in sys.modules or "numpy" in sys.modules:
        return
    sys.modules["numpy"] = None  # type: ignore[assignment]  # importing it fails now
    try:
        import openpyxl.compat.numbers  # noqa: F401
    finally:
        del sys.modules["numpy"]


def write_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet: bold heading that stays in view, texts as text, dates as dates.

    Text cells are formatted as text, so that codes and phone numbers keep their zeros when edited.
    """
    load_openpyxl()
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "Sheet1")
    lines = [list(row) for row in rows]
    sheet.freeze_panes = "A2"
    for column in range(len(header)):
        longest = max(
            (len(_plain(line[column])) for line in lines[:2_000] if column < len(line)), default=0
        )
        width = max(8, min(60, max(longest, len(str(header[column]))) + 2))
        sheet.column_dimensions[column_letter(column)].width = width
    bold, wrap = Font(bold=True), Alignment(vertical="top", wrap_text=True)

    def cell_of(value: Any) -> Any:
        if value is None or value == "":
            return None
        if isinstance(value, datetime.date):
            cell = WriteOnlyCell(sheet, value)
            has_time = isinstance(value, datetime.datetime)
            cell.number_format = "dd/mm/yyyy hh:mm" if has_time else "dd/mm/yyyy"
            return cell
        if not isinstance(value, str):
            return value
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", disarm(value)))
        cell.data_type = "s"
        cell.number_format = "@"
        return cell

    head = [WriteOnlyCell(sheet, disarm(str(text))) for text in header]
    for cell in head:
        cell.data_type, cell.font, cell.alignment = "s", bold, wrap
    sheet.append(head)
    for line in lines:
        sheet.append([cell_of(value) for value in line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
