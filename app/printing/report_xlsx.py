"""Reports as Excel files ready to print: all tables on one grid of columns, numbers as numbers."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import measure_of
from app.printing.linebreak import balanced_lines, break_lines, clean
from app.printing.model import recipient_lines
from app.printing.nd30 import END, MM_PER_PT, REPORT, SINGLE_SPACING, STYLES
from app.printing.report_model import (
    NOTHING,
    ROW,
    Paragraph,
    Record,
    Report,
    ReportRow,
    ReportTable,
    Value,
)
from app.printing.xlsx_head import XlsxHead, across, left_entry, right_entry
from app.printing.xlsx_sheet import Entry, Look, PrintedSheet

# The head's left block stands over the first two columns; the sheet is fitted to the page's width.
_FIRST, _SECOND, _NUMBER = 9.0, 70.0, 15.5
_SPACE_IN_CELL = 2.2  # mm that a spreadsheet keeps free beside the text
_RATE = "[$-42A]0.0"  # with a decimal comma wherever the reader minds the format's language
_INDENT = "      "
_START = 120.0  # points of a heading, a table's head and its first rows
_END_HEIGHT = 190.0  # points of the last paragraph, the titles, the space to sign in and the name


def report_xlsx(report: Report, fonts_dir: Path | None = None) -> bytes:
    """The report as .xlsx. ``fonts_dir``: the merged fonts, for line counts and rules' lengths."""
    return _Workbook(report, load_fonts(fonts_dir)).write()


class _Workbook:
    def __init__(self, report: Report, fonts: FontSet) -> None:
        self._report, self._fonts = report, fonts
        tables = [one for one in report.blocks if isinstance(one, ReportTable)]
        self._numbers = max((len(one.widths) - 2 for one in tables), default=6)
        self._numbers = max(self._numbers, 6)  # the state's name needs their width
        self._widths = [_FIRST, _SECOND, *[_NUMBER] * self._numbers]
        self._last = len(self._widths) - 1
        self._sheet = PrintedSheet("Báo cáo", report.title_words, self._widths, landscape=False)

    def write(self) -> bytes:
        report = self._report
        head = XlsxHead(self._sheet, self._fonts, self._widths)
        head.write(report.issuer, report.numbering, report.title)
        if report.addressee:
            text = f"Kính gửi: {clean(report.addressee)}."
            self._sheet.add(across(self._last, "kinh_gui", text))
            self._sheet.add(height=6)
        for block, following in zip_longest(report.blocks, report.blocks[1:]):
            if isinstance(block, Paragraph):
                if block.bold and isinstance(following, ReportTable):
                    self._keep(self._table_height(following))
                elif following is None and report.signature:
                    self._keep(_END_HEIGHT)
                self._paragraph(block)
            else:
                self._table(block)
        if report.closing:
            self._sheet.add(height=6)
            self._sheet.add(across(self._last, "closing_line", clean(report.closing), "left"))
        if report.signature:
            self._end()
        if report.record:
            _write_record(report.record, self._sheet, self._fonts)
        return self._sheet.finish()

    def _paragraph(self, block: Paragraph) -> None:
        measure = measure_of(self._fonts, "body")
        text = _INDENT + clean(block.text)
        lines = len(break_lines(text, sum(self._widths) - 4, measure, keep_last=1))
        look = Look("body", "left", bold=block.bold, wrap=True)
        height = lines * STYLES["body"].size * SINGLE_SPACING + 6
        self._sheet.add(Entry(text, look, 0, self._last), height=height)

    def _keep(self, height: float) -> None:
        """The next so many points go to a new page together; of more than a page, the beginning."""
        scale = min(1.0, nd30.TEXT_WIDTH / sum(self._widths))
        room = (nd30.TEXT_BOTTOM - nd30.TEXT_TOP) / MM_PER_PT / scale
        height = height if height <= room else min(height, _START)
        if self._sheet.y % room + height > room:
            self._sheet.break_page()

    def _table_height(self, table: ReportTable) -> float:
        """With its heading and the white around it."""
        heads = sum(self._head_height(table, n) for n in range(table.head_rows))
        return 32 + heads + sum(self._row_height(table, row) for row in table.rows)

    def _table(self, table: ReportTable) -> None:
        places = self._places(table)
        self._sheet.add(height=2)
        first = self._sheet.row + 1
        look = Look("table_head", "center", boxed=True)
        for number in range(table.head_rows):
            entries = []
            for one in table.heads:
                if one.row <= number < one.row + one.rows:
                    left = places[one.column][0]
                    right = places[one.column + one.columns - 1][1]
                    text = clean(one.text) if number == one.row else None
                    if one.rows > 1:
                        entries += [
                            Entry(text if place == left else None, look, place, place)
                            for place in range(left, right + 1)
                        ]
                    else:
                        entries.append(Entry(text, look, left, right))
            self._sheet.add(*entries, height=self._head_height(table, number))
        for one in table.heads:
            if one.rows > 1:
                block = (places[one.column][0], places[one.column + one.columns - 1][1])
                self._sheet.merge_block(*block, first + one.row, first + one.row + one.rows - 1)
        for row in table.rows:
            self._row(table, row, places)
        self._sheet.add(height=6)

    def _places(self, table: ReportTable) -> list[tuple[int, int]]:
        """Columns of the grid (first, last) for each of the table's: what is over widens the
        second, or the last when that is text."""
        columns = len(table.widths)
        spare = len(self._widths) - columns
        text_last = columns - 1 in table.left
        places, place = [], 0
        for column in range(columns):
            more = 0
            if column == 1:
                more = spare // 2 if text_last else spare
            elif column == columns - 1 and text_last:
                more = spare - spare // 2
            places.append((place, place + more))
            place += more + 1
        return places

    def _head_height(self, table: ReportTable, number: int) -> float:
        cells = [one for one in table.heads if one.row <= number < one.row + one.rows]
        places = self._places(table)
        least = float(REPORT["head_row"]) / MM_PER_PT
        for one in cells:
            first, last = places[one.column][0], places[one.column + one.columns - 1][1]
            lines = self._lines(one.text, sum(self._widths[first : last + 1]), "table_head")
            least = max(least, _height(lines, "table_head") / one.rows)
        return least

    def _row(self, table: ReportTable, row: ReportRow, places: list[tuple[int, int]]) -> None:
        entries = []
        for column, count, value in table.spans(row):
            first, last = places[column][0], places[column + count - 1][1]
            look = Look(
                "table_cell", "left" if table.is_left(row, column) else "center", boxed=True,
                bold=row.kind != ROW, form=_form(value),
            )  # fmt: skip
            entries.append(Entry(_cell_value(value), look, first, last))
        self._sheet.add(*entries, height=self._row_height(table, row))

    def _row_height(self, table: ReportTable, row: ReportRow) -> float:
        places, style = self._places(table), "table_cell" if row.kind == ROW else "table_head"
        lines = 1
        for column, count, value in table.spans(row):
            if isinstance(value, str):
                first, last = places[column][0], places[column + count - 1][1]
                room = sum(self._widths[first : last + 1])
                lines = max(lines, self._lines(value, room, style))
        return _height(lines, style)

    def _lines(self, text: str, width: float, style: str) -> int:
        measure = measure_of(self._fonts, style)
        return len(break_lines(text, width - _SPACE_IN_CELL, measure, keep_last=1))

    def _end(self) -> None:
        signature = self._report.signature
        if signature is None:
            return
        self._sheet.add(height=6)
        measure = measure_of(self._fonts, "sign_title")
        room = END["sign_right"] - END["sign_left"]
        titles = [part for line in signature.titles for part in balanced_lines(line, room, measure)]
        ours = [("noi_nhan_item", line) for line in recipient_lines(self._report.recipients)]
        if ours:
            ours.insert(0, ("noi_nhan", nd30.NOI_NHAN))
        written = 0.0
        for mine, title in zip_longest(ours, titles):
            entries = [left_entry(mine[0], mine[1], "left")] if mine else []
            entries += [right_entry(self._last, "sign_title", title)] if title else []
            style = "sign_title" if title else mine[0]
            height = STYLES[style].size * SINGLE_SPACING + 1
            self._sheet.add(*entries, height=height)
            written += 0 if title else height
        space = (REPORT["name_below_title"] - STYLES["signer_name"].pitch) / MM_PER_PT
        self._sheet.add(height=max(space - written, 6))
        self._sheet.add(right_entry(self._last, "signer_name", clean(signature.signer)))


def _write_record(record: Record, beside: PrintedSheet, fonts: FontSet) -> None:
    """A sheet of its own to sort and filter by; a heading row repeated in print."""
    widths = [width for _name, width in record.columns]
    sheet = PrintedSheet(record.name, record.name, widths, landscape=True, beside=beside)
    sheet.freeze_below(1)
    headings = Look("table_head", "center", boxed=True)
    names = [Entry(name, headings, n, n) for n, (name, _width) in enumerate(record.columns)]
    sheet.add(*names, height=_height(2, "table_head"))
    sheet.repeat_rows(1, 1)
    left, centred = Look("table_cell", boxed=True), Look("table_cell", "center", boxed=True)
    measure = measure_of(fonts, "table_cell")

    @lru_cache(maxsize=4096)
    def lines_of(text: str, width: float) -> int:
        return len(break_lines(text, width - _SPACE_IN_CELL, measure, keep_last=1))

    for row in record.rows:
        lines = max(
            lines_of(value, width)
            for value, width in zip(row, widths, strict=True)
            if isinstance(value, str)
        )
        cells = [sheet.cell(value, left if n else centred) for n, value in enumerate(row)]
        sheet.add_cells(cells, _height(lines, "table_cell"))
    sheet.close()


def _cell_value(value: Value) -> Any:
    if value is None:
        return NOTHING
    if isinstance(value, Decimal):
        return float(value)
    return clean(value) if isinstance(value, str) else value


def _form(value: Value) -> str:
    return _RATE if isinstance(value, Decimal) else "General"


def _height(lines: int, style: str) -> float:
    return lines * STYLES[style].size * SINGLE_SPACING + REPORT["row_extra"] / MM_PER_PT
