"""The attendance sheet as an Excel sheet, ready to print; without marks and codes, as in Word."""

from __future__ import annotations

from pathlib import Path

from app.printing.attendance_sheet import (
    COUNTER,
    SIGN_HEADING,
    SIGN_NOTE,
    TYPE_NAME,
    AttendanceSheetPaper,
    GroupLine,
    PersonLine,
    sheet_lines,
)
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import measure_of
from app.printing.linebreak import break_lines, clean
from app.printing.model import Title
from app.printing.nd30 import MM_PER_PT, SHEET, SINGLE_SPACING, STYLES, TEXT_WIDTH
from app.printing.xlsx_head import LEFT_LAST, RIGHT_FIRST, XlsxHead, across
from app.printing.xlsx_sheet import Entry, Look, PrintedSheet

# The head's left block stands over the first two columns, so these are wider than on paper; the
# sheet is fitted to the page's width. mm by column.
_WIDTHS = {"number": 9.0, "name": 55.0, "unit": 44.0, "position": 34.0, "note": 17.0}
_SIGN = 22.5
_SPACE_IN_CELL = 2.2  # mm that a spreadsheet keeps free beside the text
_DOTS = "." * 14


def attendance_sheet_xlsx(paper: AttendanceSheetPaper, fonts_dir: Path | None = None) -> bytes:
    """The sheet as .xlsx. ``fonts_dir``: the merged fonts, for line counts and rules' lengths."""
    return _SheetOfNames(paper, load_fonts(fonts_dir)).write()


class _SheetOfNames:
    def __init__(self, paper: AttendanceSheetPaper, fonts: FontSet) -> None:
        self._paper, self._fonts = paper, fonts
        self._columns = [one for one in paper.columns() if one.key != "code"]
        self._widths = [_WIDTHS.get(one.key, _SIGN) for one in self._columns]
        self._last = len(self._columns) - 1
        shrunk = max(1.0, sum(self._widths) / TEXT_WIDTH)  # when it is fitted to the page's width
        self._row_least = SHEET["row_least"] * shrunk / MM_PER_PT
        title = clean(" ".join((TYPE_NAME, *paper.subject)))
        self._sheet = PrintedSheet("Điểm danh", title, self._widths, landscape=False)

    def write(self) -> bytes:
        head = XlsxHead(self._sheet, self._fonts, self._widths)
        head.write(self._paper.issuer, None, Title(TYPE_NAME, self._paper.subject))
        if day := clean(self._paper.day_line):
            self._sheet.add(across(self._last, "day_line", day))
            self._sheet.add(height=8)
        self._headings()
        for line in sheet_lines(self._paper, int(SHEET["blank_rows_least"])):
            if isinstance(line, GroupLine):
                self._group(line)
            else:
                self._person(line)
        self._end()
        return self._sheet.finish()

    def _headings(self) -> None:
        """Two rows, repeated together; the signatures' heading spans theirs."""
        look = Look("table_head", "center", boxed=True)
        signs = [place for place, one in enumerate(self._columns) if one.key == "sign"]
        height = SHEET["head_row"] / MM_PER_PT
        upper = [
            Entry(one.heading, look, place, place)
            for place, one in enumerate(self._columns)
            if one.key != "sign"
        ]
        upper.append(Entry(SIGN_HEADING, look, signs[0], signs[-1]))
        self._sheet.add(*upper, height=height)
        first = self._sheet.row
        lower = [
            Entry(one.heading if one.key == "sign" else None, look, place, place)
            for place, one in enumerate(self._columns)
        ]
        self._sheet.add(*lower, height=height)
        for place, one in enumerate(self._columns):
            if one.key != "sign":
                self._sheet.merge_down(place, first, first + 1)
        self._sheet.repeat_rows(first, first + 1)

    def _group(self, line: GroupLine) -> None:
        plain = Look("sheet_group", "left", boxed=True)
        measure = measure_of(self._fonts, "sheet_group")
        first = 1 if line.numeral else 0
        width = sum(self._widths[first:]) - _SPACE_IN_CELL
        entries = [Entry(clean(line.title), plain, first, self._last)]
        if line.numeral:
            numeral = Look("sheet_group", "center", boxed=True)
            entries.insert(0, Entry(line.numeral, numeral, 0, 0))
        height = _height("sheet_group", len(break_lines(line.title, width, measure)))
        self._sheet.add(*entries, height=height)

    def _person(self, line: PersonLine) -> None:
        entries, height = [], self._row_least
        for place, column in enumerate(self._columns):
            style = "sheet_name" if column.key == "name" else "sheet_cell"
            value: str | int = ""
            if column.key == "number":
                value = line.number
            elif line.row is not None and column.key in ("name", "unit", "position"):
                value = clean(getattr(line.row, column.key))
                lines = self._lines(style, value, self._widths[place])
                height = max(height, _height(style, lines))
            align = "center" if column.key == "number" else "left"
            look = Look(style, align, boxed=True)
            entries.append(Entry(None if value == "" else value, look, place, place))
        self._sheet.add(*entries, height=height)

    def _lines(self, style: str, text: str, width: float) -> int:
        measure = measure_of(self._fonts, style)
        return len(break_lines(text, width - _SPACE_IN_CELL, measure, keep_last=1))

    def _end(self) -> None:
        counted = " ".join(f"{words} {_DOTS}" for words in self._paper.present_words)
        room = sum(self._widths) - 2
        for line in break_lines(counted, room, measure_of(self._fonts, "present_line")):
            self._sheet.add(across(self._last, "present_line", line, "left"), height=22)
        self._sheet.add(height=6)
        for style, ours, theirs in (
            ("sign_title", COUNTER, clean(self._paper.office)),
            ("sign_note", SIGN_NOTE, SIGN_NOTE),
        ):
            look = Look(style, "center")
            self._sheet.add(
                Entry(ours, look, 0, LEFT_LAST), Entry(theirs, look, RIGHT_FIRST, self._last)
            )
        self._sheet.add(height=SHEET["sign_space"] / MM_PER_PT)


def _height(style: str, lines: int) -> float:
    return lines * STYLES[style].size * SINGLE_SPACING + SHEET["row_extra"] / MM_PER_PT
