"""Reports as Word files an officer can go on working with: real styles, real tables."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from docx.document import Document as DocxDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm

from app.printing import nd30
from app.printing.docx_head import append_end, append_head
from app.printing.docx_parts import (
    append,
    cell_xml,
    new_document,
    paragraph_xml,
    row_xml,
    run_xml,
    table_xml,
)
from app.printing.fonts import load_fonts
from app.printing.linebreak import NO_BREAK_SPACE, clean
from app.printing.nd30 import BODY, MM_PER_PT, REPORT, STYLES
from app.printing.report_model import (
    ROW,
    Paragraph,
    Report,
    ReportRow,
    ReportTable,
    value_words,
)

_STYLES = {"body": "Nội dung báo cáo", "kinh_gui": "Kính gửi"}
_CELL_SPACE = REPORT["row_extra"] / 2
_ASCENT, _DESCENT = 0.891, nd30.SINGLE_SPACING - 0.891  # of Times New Roman, in its size


def report_docx(report: Report, fonts_dir: Path | None = None) -> bytes:
    """The report as .docx. ``fonts_dir``: the merged fonts, for the lengths of the rules."""
    fonts = load_fonts(fonts_dir)
    word = new_document(report.title_words, _STYLES)
    _set_body(word)
    first = "kinh_gui" if report.addressee else "table_head"
    append_head(
        word, fonts, report.issuer, report.numbering, report.title,
        type_name_below_number=REPORT["type_name_below_number"],
        table_below_rule=REPORT["kinh_gui_below_rule"] - _over(first),
    )  # fmt: skip
    if report.addressee:
        after = REPORT["text_below_kinh_gui"] - STYLES["body"].pitch - BODY_SPACE
        text = run_xml(f"Kính gửi: {clean(report.addressee)}.")
        append(word, paragraph_xml("kinh_gui", text, after=after))
    for place, block in enumerate(report.blocks):
        last = place == len(report.blocks) - 1
        _append_block(word, block, after_table=_is_table(report, place - 1), last=last)
    if report.closing:
        above = REPORT["text_below_table"] - _over("closing_line")
        append(word, paragraph_xml("closing_line", run_xml(report.closing), before=above))
    if report.signature:
        _append_white(word)
        append_end(
            word, fonts, report.signature, report.recipients, name_below=REPORT["name_below_title"]
        )
    target = BytesIO()
    word.save(target)
    return target.getvalue()


BODY_SPACE = BODY["paragraph_space_pt"] * MM_PER_PT


def _set_body(word: DocxDocument) -> None:
    layout = word.styles[_STYLES["body"]].paragraph_format
    layout.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    layout.first_line_indent = Mm(BODY["first_line_indent"])


def _over(style: str) -> float:
    return STYLES[style].size * _ASCENT * MM_PER_PT


def _under(style: str) -> float:
    return STYLES[style].size * _DESCENT * MM_PER_PT


def _is_table(report: Report, place: int) -> bool:
    return place >= 0 and isinstance(report.blocks[place], ReportTable)


def _append_block(
    word: DocxDocument,
    block: Paragraph | ReportTable,
    *,
    after_table: bool,
    last: bool,
) -> None:
    if isinstance(block, ReportTable):
        append(word, _table(block, kept=last))
        return
    before = REPORT["text_below_table"] - _over("body") if after_table else BODY_SPACE
    after = REPORT["table_below_text"] - _under("body") if block.bold else 0.0
    runs = run_xml(_glued(clean(block.text)), True if block.bold else None)
    keep = block.bold or last
    append(word, paragraph_xml("body", runs, keep_next=keep, before=before, after=after))


def _glued(text: str) -> str:
    return text.replace(" - ", f"{NO_BREAK_SPACE}- ")


def _append_white(word: DocxDocument) -> None:
    """White between the last line and the signature."""
    height = REPORT["sign_below_text"] - _under("body") - _over("sign_title")
    append(word, paragraph_xml("table_cell", "", keep_next=True).replace(
        "</w:pPr>",
        f'<w:spacing w:line="{max(20, round(height / MM_PER_PT * 20))}" w:lineRule="exact"/></w:pPr>',
    ))  # fmt: skip


def _table(table: ReportTable, *, kept: bool) -> BaseOxmlElement:
    """``kept``: the last rows stay with what follows."""
    first_kept = len(table.rows) - int(REPORT["rows_kept_with_end"]) if kept else len(table.rows)
    rows = _head(table)
    for place, row in enumerate(table.rows):
        keep = row.with_next or place >= first_kept
        rows.append(row_xml(_cells(table, row, keep)))
    return table_xml(table.widths, rows, lines=True, padding=REPORT["padding"])


def _cells(table: ReportTable, row: ReportRow, keep: bool) -> list[str]:
    bold = row.kind != ROW
    found = []
    for first, count, value in table.spans(row):
        width = sum(table.widths[first : first + count])
        runs = run_xml(_glued(value_words(value)), True if bold else None)
        text = paragraph_xml(
            "table_cell", runs, centred=not table.is_left(row, first), keep_next=keep,
            before=_CELL_SPACE, after=_CELL_SPACE,
        )  # fmt: skip
        found.append(cell_xml(width, text, span=count, middle=True))
    return found


def _head(table: ReportTable) -> list[str]:
    """Heading rows, repeated on every page; a heading over several rows is one cell."""
    rows = []
    for number in range(table.head_rows):
        cells = []
        for one in sorted(table.heads, key=lambda one: one.column):
            if not one.row <= number < one.row + one.rows:
                continue
            width = sum(table.widths[one.column : one.column + one.columns])
            merged = "" if one.rows == 1 else "restart" if number == one.row else "continue"
            runs = run_xml(clean(one.text)) if number == one.row else ""
            text = paragraph_xml("table_head", runs, keep_next=True)
            cells.append(cell_xml(width, text, span=one.columns, merged=merged, middle=True))
        rows.append(row_xml(cells, head=True, height=REPORT["head_row"]))
    return rows
