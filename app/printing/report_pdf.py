"""Reports as PDF: lines, rows and pages are settled here (paper 3.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.compiler import compile_pdf
from app.printing.errors import RowTooTallError
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import End, end_data, head_data, lay_end, lay_head, measure_of, texts_of
from app.printing.linebreak import break_lines, clean
from app.printing.model import Signature
from app.printing.nd30 import MM_PER_PT, REPORT, STYLES
from app.printing.paragraph import ParagraphBreaker
from app.printing.report_model import (
    GROUP,
    TOTAL,
    HeadCell,
    Paragraph,
    Report,
    ReportRow,
    ReportTable,
    value_words,
)

_ASCENT = 0.891  # of Times New Roman, in its size
_TEXT, _ROW, _END = "text", "row", "end"


@dataclass
class _Box:
    """What never breaks. ``height``: what it takes below ``above``; ``table``: number of the table
    a row belongs to; ``above``: white before it, but not at the top of a page."""

    kind: str
    height: float
    above: float
    data: dict[str, Any] = field(default_factory=dict)
    table: int = -1
    with_next: bool = False


def report_pdf(report: Report, fonts_dir: Path | None = None) -> bytes:
    """The report as PDF. Raises MissingGlyphError, RowTooTallError."""
    fonts = load_fonts(fonts_dir)
    head = lay_head(
        fonts, report.issuer, report.numbering, report.title,
        type_name_below_number=REPORT["type_name_below_number"],
    )  # fmt: skip
    end = lay_end(fonts, report.signature or Signature(()), report.recipients)
    fonts.check([*texts_of(head.marks), *texts_of(end.marks)])
    fonts.check(texts_of([end.name]) if end.name else [])
    setter = _Setter(fonts, report, end)
    boxes = setter.boxes()
    pages = _dealt(boxes, setter.heads, head.bottom)
    data = {
        "title": report.title_words,
        "head": head_data(head),
        "end": end_data(end) if report.signature else None,
        "name_below": REPORT["name_below_title"],
        "tables": setter.tables,
        "pages": pages,
    }
    return compile_pdf("report.typ", data, fonts)


class _Setter:
    """Breaks texts into lines and gives boxes their heights."""

    def __init__(self, fonts: FontSet, report: Report, end: End) -> None:
        self._fonts, self._report, self._end = fonts, report, end
        self.tables: list[dict[str, Any]] = []
        self.heads: list[float] = []  # height of each table's head
        self._size = STYLES["body"].size
        self._breaker = ParagraphBreaker(fonts, self._size, nd30.TEXT_WIDTH)
        self._measures: dict[str, Callable[[str], float]] = {
            key: measure_of(fonts, key) for key in ("table_head", "table_cell")
        }

    def boxes(self) -> list[_Box]:
        report = self._report
        boxes: list[_Box] = []
        if report.addressee:
            runs = [f"Kính gửi: {clean(report.addressee)}."]
            boxes.append(self._line("kinh_gui", runs, REPORT["kinh_gui_below_rule"], "center"))
        for block in report.blocks:
            if isinstance(block, ReportTable):
                boxes += self._table(block)
            else:
                boxes.append(self._paragraph(block, boxes))
        if report.closing:
            above = self._above(boxes)
            boxes.append(self._line("closing_line", [clean(report.closing)], above, "left"))
        if report.signature:
            height = REPORT["sign_below_text"] + self._end_height()
            boxes.append(_Box(_END, height, 0.0))
        _keep_with_end(boxes)
        return boxes

    def _end_height(self) -> float:
        signed = self._end.titles_bottom + REPORT["name_below_title"]
        return max(signed, self._end.recipients_bottom) + nd30.END["descender"]

    def _above(self, boxes: list[_Box]) -> float:
        """From the bottom of what stands above to the first baseline."""
        if not boxes:
            return float(REPORT["kinh_gui_below_rule"])
        if boxes[-1].kind == _ROW:
            return float(REPORT["text_below_table"])
        if boxes[-1].data.get("style") == "kinh_gui":
            return float(REPORT["text_below_kinh_gui"])
        return float(REPORT["paragraph"])

    def _line(self, style: str, lines: list[str], above: float, align: str) -> _Box:
        self._fonts.check(lines)
        data = {"style": style, "lines": [[[line, 0]] for line in lines], "align": align}
        return _Box(_TEXT, 0.0, above, data)

    def _paragraph(self, block: Paragraph, boxes: list[_Box]) -> _Box:
        text = clean(block.text)
        self._fonts.check([text])
        lines = self._breaker.lines([(text, int(block.bold))])
        height = (len(lines) - 1) * STYLES["body"].pitch
        data = {
            "style": "body", "align": "both",
            "lines": [[list(run) for run in line.runs] for line in lines],
        }  # fmt: skip
        return _Box(_TEXT, height, self._above(boxes), data, with_next=block.bold)

    def _table(self, table: ReportTable) -> list[_Box]:
        number = len(self.tables)
        heights, cells = self._head(table)
        self.heads.append(sum(heights))
        self.tables.append({"widths": list(table.widths), "heads": cells, "head_heights": heights})
        return [self._row(table, row, number) for row in table.rows]

    def _head(self, table: ReportTable) -> tuple[list[float], list[dict[str, Any]]]:
        heights = [float(REPORT["head_row"])] * table.head_rows
        cells = []
        for one in table.heads:
            width = sum(table.widths[one.column : one.column + one.columns])
            lines = self._lines(one.text, width, "table_head")
            cells.append(_cell(one, lines))
            needed = _height(len(lines), "table_head") / one.rows
            for place in range(one.row, one.row + one.rows):
                heights[place] = max(heights[place], needed)
        return heights, cells

    def _row(self, table: ReportTable, row: ReportRow, number: int) -> _Box:
        bold = row.kind in (GROUP, TOTAL)
        style = "table_head" if bold else "table_cell"
        cells, most = [], 1
        for first, count, value in table.spans(row):
            width = sum(table.widths[first : first + count])
            lines = self._lines(value_words(value), width, style)
            most = max(most, len(lines))
            cells.append({"lines": lines, "x": first, "columns": count,
                          "left": table.is_left(row, first)})  # fmt: skip
        data = {"cells": cells, "bold": bold}
        return _Box(_ROW, _height(most, style), 0.0, data, table=number, with_next=row.with_next)

    def _lines(self, text: str, width: float, style: str) -> list[str]:
        self._fonts.check([text])
        room = width - 2 * REPORT["padding"]
        return break_lines(text, room, self._measures[style], keep_last=1)


def _cell(cell: HeadCell, lines: list[str]) -> dict[str, Any]:
    return {"lines": lines, "x": cell.column, "y": cell.row, "columns": cell.columns,
            "rows": cell.rows}  # fmt: skip


def _height(lines: int, style: str) -> float:
    return float(lines * STYLES[style].pitch + REPORT["row_extra"])


def _keep_with_end(boxes: list[_Box]) -> None:
    """The closing block takes the last text with it, and with that two rows of its table."""
    if not boxes or boxes[-1].kind != _END:
        return
    place = len(boxes) - 2
    while place >= 0 and boxes[place].kind == _TEXT:
        boxes[place].with_next = True
        place -= 1
    for row in boxes[max(0, place - int(REPORT["rows_kept_with_end"]) + 1) : place + 1]:
        row.with_next = row.with_next or row.kind == _ROW


def _dealt(boxes: list[_Box], heads: list[float], rule: float) -> list[list[dict[str, Any]]]:
    """Pages of items with their places. A table's head stands again on each page it runs over."""
    dealer = _Dealer(heads, rule)
    run: list[_Box] = []
    for box in boxes:
        run.append(box)
        if not box.with_next:
            dealer.put(run)
            run = []
    dealer.put(run)
    return dealer.pages


class _Dealer:
    def __init__(self, heads: list[float], rule: float) -> None:
        self._heads = heads
        self.pages: list[list[dict[str, Any]]] = [[]]
        self._y = rule  # bottom of what stands above
        self._table = -1  # that is open on this page

    def put(self, run: list[_Box]) -> None:
        """These boxes on one page: this, or the next."""
        if not run:
            return
        if self.pages[-1] and self._after(run, self._y, self._table) > nd30.TEXT_BOTTOM + 1e-6:
            self.pages.append([])
            self._y, self._table = nd30.TEXT_TOP, -1
            if len(run) > 1 and self._after(run, self._y, -1) > nd30.TEXT_BOTTOM:
                for box in run:  # longer than a page together: as they come
                    self.put([box])
                return
        for box in run:
            self._place(box)

    def _after(self, run: list[_Box], y: float, table: int) -> float:
        for box in run:
            y = self._top(box, y, table) + box.height
            table = box.table
        return y + nd30.END["descender"] * (run[-1].kind == _TEXT)

    def _top(self, box: _Box, y: float, table: int) -> float:
        if box.kind != _ROW:
            on_top = y == nd30.TEXT_TOP
            return y + (STYLES["body"].size * _ASCENT * MM_PER_PT if on_top else box.above)
        if box.table == table:
            return y
        white = 0.0 if y == nd30.TEXT_TOP else float(REPORT["table_below_text"])
        return y + white + self._heads[box.table]

    def _place(self, box: _Box) -> None:
        page = self.pages[-1]
        top = self._top(box, self._y, self._table)
        if box.kind == _ROW:
            if box.table != self._table:
                start = top - self._heads[box.table]
                page.append({"kind": "table", "y": start, "table": box.table, "rows": []})
            page[-1]["rows"].append({"height": box.height, **box.data})
        elif box.kind == _END:
            page.append({"kind": _END, "y": self._y + REPORT["sign_below_text"]})
        else:
            page.append({"kind": _TEXT, "y": top, **box.data})
        self._y, self._table = top + box.height, box.table
        if self._y > nd30.TEXT_BOTTOM + 1e-6 and len(page) == 1 and box.kind == _ROW:
            raise RowTooTallError(len(page))
