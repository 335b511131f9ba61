"""Where everything on an attendance sheet stands: lines, rows, pages, in mm from the paper's corner.

A scan is read by this layout, so it is settled here and the template only draws it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.attendance_sheet import (
    COUNTER,
    SIGN_NOTE,
    TYPE_NAME,
    AttendanceSheetPaper,
    GroupLine,
    PersonLine,
    SheetColumn,
    sheet_lines,
)
from app.printing.errors import MissingGlyphError, SheetGlyphError
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import Head, lay_head, measure_of, texts_of
from app.printing.linebreak import break_lines, clean
from app.printing.model import Title
from app.printing.nd30 import MM_PER_PT, SHEET, SINGLE_SPACING, STYLES, TEXT_LEFT
from app.printing.pages import RowBox, deal

_ROUNDING = 0.05  # mm; the typesetter must not break a line anew
_STYLES = {"name": "sheet_name"}
_LEAST_BLANK = int(SHEET["blank_rows_least"])


@dataclass(frozen=True)
class LaidRow:
    """A row of the table from ``top`` to ``bottom``. ``kind``: person | blank | group; ``cells``:
    the lines of each column that holds text; ``id``: registration; ``number``: TT."""

    kind: str
    top: float
    bottom: float
    cells: tuple[tuple[str, ...], ...]
    id: int | None = None
    number: int = 0
    code: str = ""


@dataclass(frozen=True)
class LaidPage:
    """``top``: of the table; its first row is below the repeated head."""

    number: int
    top: float
    rows: tuple[LaidRow, ...]


@dataclass(frozen=True)
class LaidColumn:
    """``lines``: of the heading; ``left``, ``right``: the drawn lines beside it."""

    key: str
    lines: tuple[str, ...]
    left: float
    right: float
    session: int | None


@dataclass(frozen=True)
class SheetLayout:
    """The whole sheet. ``head_rows``: heights of the head's two rows; ``present``: the lines to count
    on, each (words before dots, …); ``end_top``: where the table ends on the last page."""

    head: Head
    day_y: float
    columns: tuple[LaidColumn, ...]
    head_rows: tuple[float, float]
    pages: tuple[LaidPage, ...]
    present: tuple[tuple[str, ...], ...]
    end_top: float


def lay_sheet(paper: AttendanceSheetPaper, fonts_dir: Path | None = None) -> SheetLayout:
    """Raises :class:`MissingGlyphError` or :class:`RowTooTallError`."""
    return _Setter(paper, load_fonts(fonts_dir)).layout()


class _Setter:
    def __init__(self, paper: AttendanceSheetPaper, fonts: FontSet) -> None:
        self._paper, self._fonts = paper, fonts
        self._columns = paper.columns()
        self._breakers = {
            column.key: _breaker(column, measure_of(fonts, _STYLES.get(column.key, "sheet_cell")))
            for column in self._columns
            if column.key in ("name", "unit", "position")
        }
        self._heading_lines = [self._heading(column) for column in self._columns]
        lines = max(
            len(found)
            for found, column in zip(self._heading_lines, self._columns, strict=True)
            if column.key == "sign"
        )
        below = max(SHEET["head_row"], _height("table_head", lines))
        self._head_rows = (SHEET["head_row"], below)

    def layout(self) -> SheetLayout:
        paper = self._paper
        head = lay_head(
            self._fonts,
            paper.issuer,
            None,
            Title(TYPE_NAME, paper.subject),
            SHEET["type_name_below_rule"],
        )
        day_y = head.bottom + (SHEET["day_below_rule"] if paper.day_line else 0)
        pages = self._pages(day_y + SHEET["table_below_day"])
        layout = SheetLayout(
            head,
            day_y,
            self._laid_columns(),
            self._head_rows,
            pages,
            self._present,
            pages[-1].rows[-1].bottom if pages[-1].rows else pages[-1].top + sum(self._head_rows),
        )
        self._check(layout)
        return layout

    def _check(self, layout: SheetLayout) -> None:
        paper = self._paper
        self._fonts.check(texts_of(layout.head.marks))
        self._fonts.check(
            [paper.day_line, paper.office, *(w for one in layout.present for w in one)]
        )
        self._fonts.check(line for column in layout.columns for line in column.lines)
        rows = [row for page in layout.pages for row in page.rows]
        try:
            self._fonts.check(line for row in rows for cell in row.cells for line in cell)
        except MissingGlyphError:
            for row in rows:
                self._check_row(row)

    def _check_row(self, row: LaidRow) -> None:
        try:
            self._fonts.check(line for cell in row.cells for line in cell)
        except MissingGlyphError as error:
            who = " ".join(row.cells[0]) if row.number else " ".join(row.cells[1])
            raise SheetGlyphError(error.characters, number=row.number, who=who) from error

    # ------------------------------------------------------------ columns and rows

    def _heading(self, column: SheetColumn) -> tuple[str, ...]:
        measure = measure_of(self._fonts, "table_head")
        return tuple(break_lines(column.heading, _inner(column.width), measure))

    def _laid_columns(self) -> tuple[LaidColumn, ...]:
        left, laid = TEXT_LEFT, []
        for column, lines in zip(self._columns, self._heading_lines, strict=True):
            laid.append(LaidColumn(column.key, lines, left, left + column.width, column.session))
            left += column.width
        return tuple(laid)

    def _row(self, line: GroupLine | PersonLine) -> LaidRow:
        """At top 0."""
        if isinstance(line, GroupLine):
            number = self._columns[0].width if line.numeral else 0
            measure = measure_of(self._fonts, "sheet_group")
            title = tuple(break_lines(line.title, _inner(nd30.TEXT_WIDTH - number), measure))
            height = _height("sheet_group", len(title))
            return LaidRow("group", 0, height, ((line.numeral,), title))
        if line.row is None:
            return LaidRow("blank", 0, SHEET["row_least"], (), None, line.number)
        cells, height = [], max(SHEET["row_least"], line.row.height)
        if self._paper.row_codes and line.row.code:
            height = max(height, SHEET["row_code_size"] + 2 * SHEET["row_code_quiet"])
        for key, breaker in self._breakers.items():
            lines = breaker(getattr(line.row, key))
            cells.append(tuple(lines))
            height = max(height, _height(_STYLES.get(key, "sheet_cell"), len(lines)))
        code = line.row.code if self._paper.row_codes else ""
        return LaidRow("person", 0, height, tuple(cells), line.row.id, line.number, code)

    # ------------------------------------------------------------ pages

    def _pages(self, first_top: float) -> tuple[LaidPage, ...]:
        blank = self._paper.blank_rows
        lines = list(sheet_lines(self._paper, _LEAST_BLANK if blank is None else blank))
        rows = [self._row(line) for line in lines]
        end = self._end_height
        dealt = deal(
            [RowBox(row.bottom, with_next=row.kind == "group") for row in rows],
            first_top=first_top,
            top=nd30.TEXT_TOP,
            bottom=SHEET["bottom"],
            head=sum(self._head_rows),
            end=end,
            with_end=int(SHEET["rows_kept_with_end"]),
        )
        pages = [
            LaidPage(number, page.top, tuple(self._stacked(page.top, rows[page.start : page.stop])))
            for number, page in enumerate(dealt, start=1)
        ]
        if blank is None:
            pages[-1] = self._filled(pages[-1], lines[-1], end)
        return tuple(pages)

    def _stacked(self, top: float, rows: list[LaidRow]) -> list[LaidRow]:
        y = top + sum(self._head_rows)
        stacked = []
        for row in rows:
            stacked.append(_moved(row, y))
            y = stacked[-1].bottom
        return stacked

    def _filled(self, page: LaidPage, last: GroupLine | PersonLine, end: float) -> LaidPage:
        """As many more blank rows as leave the closing block on the page."""
        number = last.number if isinstance(last, PersonLine) else 0
        y = page.rows[-1].bottom if page.rows else page.top + sum(self._head_rows)
        room = int((SHEET["bottom"] - end - y) / SHEET["row_least"] + 1e-6)
        if not page.rows:  # the closing block alone: it had no room for the rows before it
            return page
        more = [
            _moved(self._row(PersonLine(number + place + 1, None)), y + place * SHEET["row_least"])
            for place in range(room)
        ]
        return LaidPage(page.number, page.top, (*page.rows, *more))

    @cached_property
    def _present(self) -> tuple[tuple[str, ...], ...]:
        """What is counted, in lines no wider than the text."""
        measure = measure_of(self._fonts, "present_line")
        lines: list[list[str]] = [[]]
        used = 0.0
        for words in self._paper.present_words:
            for part in break_lines(words, nd30.TEXT_WIDTH - SHEET["dots_width"] - 4, measure):
                width = measure(part + "  ") + SHEET["dots_width"]
                if lines[-1] and used + width > nd30.TEXT_WIDTH:
                    lines.append([])
                    used = 0.0
                lines[-1].append(part)
                used += width
        return tuple(map(tuple, lines))

    @property
    def _end_height(self) -> float:
        return (
            SHEET["present_below_table"]
            + (len(self._present) - 1) * SHEET["present_pitch"]
            + SHEET["sign_below_present"]
            + SHEET["note_below_sign"]
            + SHEET["sign_space"]
            + STYLES["signer_name"].pitch
        )


def _moved(row: LaidRow, top: float) -> LaidRow:
    height = row.bottom - row.top
    return LaidRow(row.kind, top, top + height, row.cells, row.id, row.number, row.code)


def _height(style: str, lines: int) -> float:
    return lines * STYLES[style].size * SINGLE_SPACING * MM_PER_PT + SHEET["row_extra"]


def _inner(width: float) -> float:
    return width - 2 * SHEET["padding"] - _ROUNDING


def _breaker(column: SheetColumn, measure: Callable[[str], float]) -> Callable[[str], list[str]]:
    width = _inner(column.width)

    @lru_cache(maxsize=4096)
    def lines_of(text: str) -> list[str]:
        return break_lines(text, width, measure)

    return lines_of


def end_lines(paper: AttendanceSheetPaper, layout: SheetLayout) -> list[dict[str, Any]]:
    """Texts of the closing block with their places; the counted lines are `present`."""
    y = layout.end_top + SHEET["present_below_table"]
    y += (len(layout.present) - 1) * SHEET["present_pitch"] + SHEET["sign_below_present"]
    laid = []
    for x, title in (
        (SHEET["sign_left_centre"], COUNTER),
        (SHEET["sign_right_centre"], clean(paper.office)),
    ):
        laid.append({"style": "sign_title", "x": x, "y": y, "text": title})
        laid.append(
            {"style": "sign_note", "x": x, "y": y + SHEET["note_below_sign"], "text": SIGN_NOTE}
        )
    return laid
