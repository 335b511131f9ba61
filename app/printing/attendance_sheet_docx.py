"""The attendance sheet as a Word file an officer can go on working with.

It carries no marks and no codes: Word lays pages out anew on every machine, so a scan of it could
not be read. The sheet that comes back is the PDF.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from docx.document import Document as DocxDocument
from docx.oxml.xmlchemy import BaseOxmlElement

from app.printing import nd30
from app.printing.attendance_sheet import (
    COUNTER,
    SIGN_HEADING,
    SIGN_NOTE,
    TYPE_NAME,
    AttendanceSheetPaper,
    GroupLine,
    PersonLine,
    SheetColumn,
    sheet_lines,
)
from app.printing.docx_head import append_head
from app.printing.docx_parts import (
    SHEET_STYLE_NAMES,
    append,
    cell_xml,
    kept_runs,
    last_paragraph_xml,
    new_document,
    paragraph_xml,
    row_xml,
    run_xml,
    table_xml,
)
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import measure_of
from app.printing.linebreak import clean
from app.printing.model import Title
from app.printing.nd30 import MM_PER_PT, SHEET, STYLES

_SLACK = 0.3  # mm; Word's widths differ a little from ours
_CELL_SPACE = SHEET["row_extra"] / 2
_ASCENT, _DESCENT = 0.891, nd30.SINGLE_SPACING - 0.891
_DOTS = "." * 14


def attendance_sheet_docx(paper: AttendanceSheetPaper, fonts_dir: Path | None = None) -> bytes:
    """The sheet as .docx. ``fonts_dir``: the merged fonts, for the lengths of the rules."""
    fonts = load_fonts(fonts_dir)
    word = new_document(clean(" ".join((TYPE_NAME, *paper.subject))), SHEET_STYLE_NAMES)
    day = clean(paper.day_line)
    append_head(
        word,
        fonts,
        paper.issuer,
        None,
        Title(TYPE_NAME, paper.subject),
        type_name_below_number=SHEET["type_name_below_rule"],
        table_below_rule=(SHEET["day_below_rule"] - _over("day_line"))
        if day
        else SHEET["table_below_day"],
    )
    if day:
        below = SHEET["table_below_day"] - STYLES["day_line"].size * _DESCENT * MM_PER_PT
        append(word, paragraph_xml("day_line", run_xml(day), keep_next=True, after=below))
    append(word, _Table(paper, fonts).element())
    _append_end(word, paper)
    target = BytesIO()
    word.save(target)
    return target.getvalue()


def _over(style: str) -> float:
    return STYLES[style].size * _ASCENT * MM_PER_PT


def _append_end(word: DocxDocument, paper: AttendanceSheetPaper) -> None:
    counted = " ".join(f"{words} {_DOTS}" for words in paper.present_words)
    before = SHEET["present_below_table"] - _over("present_line")
    after = SHEET["sign_below_present"] - _over("sign_title")
    after -= STYLES["present_line"].size * _DESCENT * MM_PER_PT
    append(
        word,
        paragraph_xml("present_line", run_xml(counted), keep_next=True, before=before, after=after),
    )
    half = nd30.TEXT_WIDTH / 2
    cells = []
    for title in (COUNTER, clean(paper.office)):
        lines = paragraph_xml("sign_title", run_xml(title), keep_next=True)
        lines += paragraph_xml("sign_note", run_xml(SIGN_NOTE), keep_next=True)
        lines += paragraph_xml("signer_name", "", before=SHEET["sign_space"])
        cells.append(cell_xml(half, lines))
    append(word, table_xml((half, half), [row_xml(cells)], lines=False))
    append(word, last_paragraph_xml())


class _Table:
    """The table's rows as Word XML."""

    def __init__(self, paper: AttendanceSheetPaper, fonts: FontSet) -> None:
        self._paper = paper
        self._columns = tuple(one for one in paper.columns() if one.key != "code")
        spare = nd30.TEXT_WIDTH - sum(one.width for one in self._columns)
        self._widths = [one.width + (spare if one.key == "unit" else 0.0) for one in self._columns]
        self._measures = {
            key: measure_of(fonts, key) for key in ("sheet_name", "sheet_cell", "sheet_group")
        }

    def element(self) -> BaseOxmlElement:
        """The whole table; its last rows stay with the closing block."""
        least = int(SHEET["blank_rows_least"])
        lines = list(sheet_lines(self._paper, least))
        kept = len(lines) - int(SHEET["rows_kept_with_end"])
        rows = self._head()
        for place, line in enumerate(lines):
            rows.append(
                self._group(line)
                if isinstance(line, GroupLine)
                else self._person(line, place >= kept)
            )
        return table_xml(self._widths, rows, lines=True, padding=SHEET["padding"])

    def _head(self) -> list[str]:
        upper, lower = [], []
        signs = [one for one in self._columns if one.key == "sign"]
        for column, width in zip(self._columns, self._widths, strict=True):
            if column.key != "sign":
                upper.append(_heading(width, column.heading, merged="restart"))
                lower.append(_heading(width, "", merged="continue"))
                continue
            if column is signs[0]:
                span = len(signs)
                upper.append(_heading(sum(one.width for one in signs), SIGN_HEADING, span=span))
            lower.append(_heading(width, column.heading))
        height = SHEET["head_row"]
        return [row_xml(cells, head=True, height=height) for cells in (upper, lower)]

    def _group(self, line: GroupLine) -> str:
        rest = sum(self._widths) - (self._widths[0] if line.numeral else 0.0)
        title = kept_runs(line.title, _inner(rest), self._measures["sheet_group"])
        span = len(self._columns) - bool(line.numeral)
        cells = [
            cell_xml(rest, _cell("sheet_group", title, keep_next=True), span=span, middle=True)
        ]
        if line.numeral:
            numeral = _cell("sheet_group", run_xml(line.numeral), centred=True, keep_next=True)
            cells.insert(0, cell_xml(self._widths[0], numeral, middle=True))
        return row_xml(cells)

    def _person(self, line: PersonLine, keep_next: bool) -> str:
        return row_xml(
            (
                cell_xml(width, self._text(column, width, line, keep_next), middle=True)
                for column, width in zip(self._columns, self._widths, strict=True)
            ),
            height=SHEET["row_least"],
        )

    def _text(self, column: SheetColumn, width: float, line: PersonLine, keep_next: bool) -> str:
        style = "sheet_name" if column.key == "name" else "sheet_cell"
        runs = ""
        if column.key == "number":
            runs = run_xml(str(line.number))
        elif column.key in ("name", "unit", "position") and line.row is not None:
            text = getattr(line.row, column.key)
            runs = kept_runs(text, _inner(width), self._measures[style])
        return _cell(style, runs, centred=column.key == "number", keep_next=keep_next)


def _inner(width: float) -> float:
    return width - 2 * SHEET["padding"] - _SLACK


def _heading(width: float, text: str, *, span: int = 1, merged: str = "") -> str:
    runs = run_xml(text) if text else ""
    content = paragraph_xml("table_head", runs, keep_next=True)
    return cell_xml(width, content, span=span, merged=merged, middle=True, padded=False)


def _cell(style: str, runs: str, *, centred: bool = False, keep_next: bool = False) -> str:
    return paragraph_xml(
        style, runs, centred=centred, keep_next=keep_next, before=_CELL_SPACE, after=_CELL_SPACE
    )
