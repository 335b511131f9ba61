"""The participant list as an Excel sheet, ready to print and to go on working with."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from app.printing import nd30
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import measure_of
from app.printing.linebreak import balanced_lines, break_lines, clean
from app.printing.list_model import DelegateList, GroupLine, PersonLine, table_lines
from app.printing.model import Title, recipient_lines
from app.printing.nd30 import (
    END,
    LIST,
    MM_PER_PT,
    OFFICE_FONT_FAMILY,
    SINGLE_SPACING,
    STYLES,
)
from app.printing.xlsx_head import XlsxHead, across, left_entry, right_entry
from app.printing.xlsx_sheet import Entry, Look, PrintedSheet

# The head's left block stands over the first two columns, so these are wider than on paper; the
# sheet is fitted to the page's width. mm by column.
_WIDTHS = {
    "number": 9.0, "name": 55.0, "unit": 51.0, "position": 34.0, "phone": 28.0, "email": 52.0,
    "note": 16.0,
}  # fmt: skip
_SPACE_IN_CELL = 2.2  # mm that a spreadsheet keeps free beside the text
LineCounter = Callable[[str], int]


def list_xlsx(document: DelegateList, fonts_dir: Path | None = None) -> bytes:
    """The list as .xlsx. ``fonts_dir``: the merged fonts, for line counts and rules' lengths."""
    return _ListSheet(document, load_fonts(fonts_dir)).write()


class _ListSheet:
    def __init__(self, document: DelegateList, fonts: FontSet) -> None:
        self._document = document
        self._fonts = fonts
        self._columns = document.columns()
        self._widths = [_WIDTHS[column.key] for column in self._columns]
        if not document.notes:
            self._widths[2] += _WIDTHS["note"]
        self._last = len(self._columns) - 1
        self._size = document.cell_size
        title = clean(" ".join((document.type_name, *document.subject)))
        self._sheet = PrintedSheet("Danh sách", title, self._widths, document.contacts)

    def write(self) -> bytes:
        document = self._document
        title = Title(document.type_name, document.subject)
        head = XlsxHead(self._sheet, self._fonts, self._widths)
        head.write(document.issuer, document.numbering, title)
        self._table()
        self._end()
        return self._sheet.finish()

    def _table(self) -> None:
        sheet = self._sheet
        headings = Look("table_head", "center", boxed=True, size=self._size)
        cells = [sheet.cell(column.heading, headings) for column in self._columns]
        sheet.add_cells(cells, LIST["head_height"] / MM_PER_PT)
        sheet.repeat_rows(sheet.row, sheet.row)
        looks = [
            Look("table_cell", "center" if column.centred else "left", boxed=True, size=self._size)
            for column in self._columns
        ]
        counters = [self._line_counter(width) for width in self._widths]
        for line in table_lines(self._document):
            if isinstance(line, GroupLine):
                self._group(line)
            else:
                self._person(line, looks, counters)

    def _person(self, line: PersonLine, looks: list[Look], counters: list[LineCounter]) -> None:
        number, *texts = map(clean, line.cells)
        values = (int(number), *texts)
        lines = max(count(text) for count, text in zip(counters[1:], texts, strict=True))
        self._sheet.add_cells(
            [self._sheet.cell(value, look) for value, look in zip(values, looks, strict=True)],
            self._height(lines),
        )

    def _group(self, line: GroupLine) -> None:
        width = sum(self._widths[1:]) - _SPACE_IN_CELL
        measure = measure_of(self._fonts, "table_head", self._size)
        lines = break_lines(f"{line.title} {line.count}", width, measure)
        font = {"rFont": OFFICE_FONT_FAMILY, "sz": self._size}
        text = CellRichText(
            TextBlock(InlineFont(b=True, **font), clean(line.title)),
            TextBlock(InlineFont(**font), f" {line.count}"),
        )
        bold = Look("table_cell", "center", boxed=True, bold=True, size=self._size)
        plain = Look("table_cell", "left", boxed=True, size=self._size)
        self._sheet.add(
            Entry(line.numeral, bold, 0, 0),
            Entry(text, plain, 1, self._last),
            height=self._height(len(lines)),
        )

    def _height(self, lines: int) -> float:
        return lines * self._size * SINGLE_SPACING + LIST["row_extra"] / MM_PER_PT

    def _line_counter(self, width: float) -> LineCounter:
        measure = measure_of(self._fonts, "table_cell", self._size)
        room = width - _SPACE_IN_CELL

        @lru_cache(maxsize=1024)
        def count(text: str) -> int:
            return (
                1 if measure(text) <= room else len(break_lines(text, room, measure, keep_last=1))
            )

        return count

    def _end(self) -> None:
        document, sheet = self._document, self._sheet
        sheet.add(across(self._last, "closing_line", document.closing_line, "left"), height=22)
        sheet.add(height=6)
        measure = measure_of(self._fonts, "sign_title")
        room = END["sign_right"] - END["sign_left"]
        titles = [
            ("sign_title", part)
            for line in document.signature.titles
            for part in balanced_lines(line, room, measure)
        ]
        left: list[tuple[str, str]] = [
            ("noi_nhan_item", line) for line in recipient_lines(document.recipients)
        ]
        if left:
            left.insert(0, ("noi_nhan", nd30.NOI_NHAN))
        written = 0.0
        for mine, title in zip_longest(left, titles):
            entries = [left_entry(mine[0], mine[1], "left")] if mine else []
            entries += [right_entry(self._last, *title)] if title else []
            height = STYLES[(title or mine)[0]].size * SINGLE_SPACING + 1
            sheet.add(*entries, height=height)
            written += 0 if title else height
        space = (END["name_below_title"] - STYLES["signer_name"].pitch) / MM_PER_PT
        sheet.add(height=max(space - written, 6))
        sheet.add(right_entry(self._last, "signer_name", clean(document.signature.signer)))
