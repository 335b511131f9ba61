"""The participant list as a Word file an officer can go on working with."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from docx.oxml.xmlchemy import BaseOxmlElement

from app.printing import nd30
from app.printing.docx_head import append_end, append_head
from app.printing.docx_parts import (
    append,
    cell_xml,
    kept_runs,
    new_document,
    paragraph_xml,
    row_xml,
    run_xml,
    set_size,
    table_xml,
)
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import measure_of
from app.printing.linebreak import clean
from app.printing.list_model import Column, DelegateList, GroupLine, PersonLine, table_lines
from app.printing.model import Title
from app.printing.nd30 import LIST, STYLES

_SLACK = 0.3  # mm; Word's widths differ a little from ours
_CELL_SPACE = LIST["row_extra"] / 2


def list_docx(document: DelegateList, fonts_dir: Path | None = None) -> bytes:
    """The list as .docx. ``fonts_dir``: the merged fonts, for the lengths of the rules."""
    fonts = load_fonts(fonts_dir)
    word = new_document(clean(" ".join((document.type_name, *document.subject))))
    if document.contacts:
        for name in ("table_cell", "table_head"):
            set_size(word, name, document.cell_size)
    title = Title(document.type_name, document.subject)
    append_head(word, fonts, document.issuer, document.numbering, title)
    append(word, _Table(document, fonts).element())
    closing = paragraph_xml(
        "closing_line",
        run_xml(document.closing_line),
        keep_next=True,
        before=LIST["closing_below_table"] - STYLES["closing_line"].size * 0.891 * nd30.MM_PER_PT,
        after=_AFTER_CLOSING,
    )
    append(word, closing)
    append_end(word, fonts, document.signature, document.recipients)
    target = BytesIO()
    word.save(target)
    return target.getvalue()


_AFTER_CLOSING = (
    LIST["sign_below_closing"]
    - STYLES["sign_title"].size * 0.891 * nd30.MM_PER_PT
    - STYLES["closing_line"].size * (nd30.SINGLE_SPACING - 0.891) * nd30.MM_PER_PT
)


class _Table:
    """The table's rows as Word XML."""

    def __init__(self, document: DelegateList, fonts: FontSet) -> None:
        self._document = document
        self._columns = document.columns()
        self._measure = measure_of(fonts, "table_cell", document.cell_size)
        self._bold = measure_of(fonts, "table_head", document.cell_size)

    def element(self) -> BaseOxmlElement:
        """The whole table; its last rows stay with the closing line."""
        lines = list(table_lines(self._document))
        kept = len(lines) - int(LIST["rows_kept_with_end"])
        rows = [_head_row(self._columns)]
        for place, line in enumerate(lines):
            if isinstance(line, GroupLine):
                rows.append(self._group(line))
            else:
                rows.append(self._person(line, keep_next=place >= kept))
        widths = [column.width for column in self._columns]
        return table_xml(widths, rows, lines=True, padding=LIST["padding"])

    def _group(self, line: GroupLine) -> str:
        first, *others = self._columns
        rest = sum(column.width for column in others)
        title = kept_runs(line.title, _inner(rest), self._bold, bold=True)
        title += run_xml(" " + line.count, bold=False)
        numeral = _cell(run_xml(line.numeral, bold=True), centred=True, keep_next=True)
        return row_xml(
            [
                cell_xml(first.width, numeral, middle=True),
                cell_xml(rest, _cell(title, keep_next=True), span=len(others), middle=True),
            ]
        )

    def _person(self, line: PersonLine, *, keep_next: bool) -> str:
        return row_xml(
            cell_xml(
                column.width,
                _cell(
                    kept_runs(text, _inner(column.width), self._measure),
                    centred=column.centred,
                    keep_next=keep_next,
                ),
                middle=True,
            )
            for column, text in zip(self._columns, line.cells, strict=True)
        )


def _inner(width: float) -> float:
    return width - 2 * LIST["padding"] - _SLACK


def _head_row(columns: tuple[Column, ...]) -> str:
    cells = [
        cell_xml(
            column.width,
            paragraph_xml("table_head", run_xml(column.heading), keep_next=True),
            middle=True,
            no_wrap=True,
            padded=False,
        )
        for column in columns
    ]
    return row_xml(cells, head=True, height=LIST["head_height"])


def _cell(runs: str, *, centred: bool = False, keep_next: bool = False) -> str:
    return paragraph_xml(
        "table_cell",
        runs,
        centred=centred,
        keep_next=keep_next,
        before=_CELL_SPACE,
        after=_CELL_SPACE,
    )
