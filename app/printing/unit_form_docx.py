"""The unit's form as a Word file the clerk can go on working with (paper 3.1, 3.2)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from docx.document import Document as DocxDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm

from app.printing import nd30
from app.printing.docx_head import append_end, append_head
from app.printing.docx_parts import (
    FORM_STYLE_NAMES,
    append,
    cell_xml,
    kept_runs,
    last_paragraph_xml,
    new_document,
    paragraph_xml,
    row_xml,
    run_xml,
    set_style,
    table_xml,
)
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import measure_of
from app.printing.linebreak import NO_BREAK_SPACE
from app.printing.nd30 import FORM, MM_PER_PT, STYLES
from app.printing.qr import group_digits
from app.printing.unit_form import (
    CODE_HINT,
    CODE_LABEL,
    COLUMNS,
    SAMPLE_MARK,
    FormPaper,
    table_cells,
)
from app.printing.unit_form_picture import qr_png

_SLACK = 0.3  # mm; Word's widths differ a little from ours
_ASCENT = 0.891  # of Times New Roman, in its size


def form_docx(paper: FormPaper, fonts_dir: Path | None = None) -> bytes:
    """The form as .docx of one page. ``fonts_dir``: the merged fonts, for the lengths of the rules.

    Word takes letters our fonts lack from others, so none is refused. Raises :class:`CodeError`.
    """
    fonts = load_fonts(fonts_dir)
    word = new_document(paper.document_title, FORM_STYLE_NAMES)
    append_head(
        word,
        fonts,
        paper.issuer,
        paper.numbering,
        paper.title,
        type_name_below_number=FORM["type_name_below_number"],
        table_below_rule=FORM["table_below_rule"],
    )
    append(word, _table(paper, fonts))
    append(word, _white(FORM["sign_below_table"] - STYLES["sign_title"].size * _ASCENT * MM_PER_PT))
    append_end(word, fonts, paper.signature, paper.recipients, paper.sign_note)
    if paper.sample:
        _put_sample_mark(word)
    if paper.code:
        _put_code(word, paper.code)
    target = BytesIO()
    word.save(target)
    return target.getvalue()


def _table(paper: FormPaper, fonts: FontSet) -> BaseOxmlElement:
    measure = measure_of(fonts, "form_cell")
    heads = [
        cell_xml(
            width, paragraph_xml("form_head", run_xml(heading), keep_next=True),
            middle=True, no_wrap=True, padded=False,
        )
        for heading, width in COLUMNS
    ]  # fmt: skip
    rows = [row_xml(heads, head=True, height=FORM["head_height"])]
    space = FORM["row_extra"] / 2
    for texts in table_cells(paper):
        cells = [
            cell_xml(
                width,
                paragraph_xml(
                    "form_cell",
                    kept_runs(text, width - 2 * FORM["padding"] - _SLACK, measure),
                    centred=place == 0, keep_next=True, before=space, after=space,
                ),
                middle=True,
            )
            for place, (text, (_heading, width)) in enumerate(zip(texts, COLUMNS, strict=True))
        ]  # fmt: skip
        rows.append(row_xml(cells, height=FORM["row_least"]))
    widths = [width for _heading, width in COLUMNS]
    return table_xml(widths, rows, lines=True, padding=FORM["padding"])


def _white(height: float) -> str:
    """White of an exact height in mm, so that the tables above and below stay two."""
    line = round(height / MM_PER_PT * 20)
    return (
        f'<w:p><w:pPr><w:keepNext/><w:spacing w:before="0" w:after="0" w:line="{line}" '
        f'w:lineRule="exact"/><w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
    )


def _put_sample_mark(word: DocxDocument) -> None:
    """MẪU in the first page's top margin, on the right."""
    section = word.sections[0]
    ascent = STYLES["sample_mark"].size * _ASCENT * MM_PER_PT
    section.header_distance = Mm(FORM["sample_y"] - ascent)
    paragraph = section.first_page_header.paragraphs[0]
    set_style(paragraph, "sample_mark")
    paragraph.add_run(SAMPLE_MARK)


def _put_code(word: DocxDocument, code: str) -> None:
    """Picture and digits in the first page's foot: there they stay when the text grows."""
    section = word.sections[0]
    section.footer_distance = Mm(nd30.PAGE["height"] - FORM["code_top"] - FORM["code_size"])
    footer = section.first_page_footer
    picture = footer.paragraphs[0]
    size = Mm(FORM["code_size"])
    shape = picture.add_run().add_picture(BytesIO(qr_png(code)), size, size)
    lines = group_digits(code)
    for side in ("distT", "distB", "distL", "distR"):  # LibreOffice would add 3 mm of its own
        shape._inline.set(side, "0")
    shape._inline.docPr.set("descr", CODE_LABEL + " ".join(lines))
    (drawing,) = picture._p.iter(qn("w:drawing"))
    left = FORM["code_text_left"] - FORM["code_left"]
    texts = [
        paragraph_xml("code_note", run_xml(CODE_LABEL + lines[0])),
        *(paragraph_xml("code_note", _under_label(line)) for line in lines[1:]),
        paragraph_xml("code_hint", run_xml(CODE_HINT)),
    ]
    cells = [
        cell_xml(
            left, "<w:p><w:pPr><w:spacing w:line='240' w:lineRule='auto'/></w:pPr><w:r/></w:p>"
        ),
        cell_xml(nd30.TEXT_WIDTH - left, "".join(texts), middle=True),
    ]
    table = table_xml(
        (left, nd30.TEXT_WIDTH - left), [row_xml(cells, height=FORM["code_size"])], lines=False
    )
    next(table.iter(qn("w:r"))).append(drawing)
    last = last_paragraph_xml().replace("<w:p>", f"<w:p {nsdecls('w')}>", 1)
    picture._p.addprevious(table)
    picture._p.addprevious(parse_xml(last))
    picture._p.getparent().remove(picture._p)


def _under_label(digits: str) -> str:
    """The digits of a further line under those of the first."""
    return f'<w:r><w:t xml:space="preserve">{_LABEL_WHITE}</w:t></w:r>' + run_xml(digits)


# Spaces as wide as the label, within a third of a millimetre at 9 pt of Times New Roman.
_LABEL_WHITE = NO_BREAK_SPACE * 17
