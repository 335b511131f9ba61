"""Giấy mời in Word: one letter, or many in one file for the document system, a section each.

The same page as our PDF: what the layout of :mod:`app.printing.letters` decided (type size, space
to sign in) holds here too, in real styles an officer can go on working with.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from io import BytesIO
from pathlib import Path

from docx.document import Document as DocxDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.shape import CT_Inline
from docx.shared import Mm

from app.printing import nd30
from app.printing.docx_head import append_end, append_head
from app.printing.docx_parts import append, new_document, paragraph_xml, run_xml, twips
from app.printing.fonts import FontSet, load_fonts
from app.printing.letters import (
    CLOSING_MARK,
    SMALLEST,
    Fit,
    InvitationLetter,
    LetterSetter,
    basis_lines,
    body_paragraphs,
)
from app.printing.linebreak import NO_BREAK_SPACE
from app.printing.model import Title
from app.printing.nd30 import BODY, INVITATION, MM_PER_PT, OFFICE_FONT_FAMILY, STYLES
from app.printing.paragraph import BOLD, Run
from app.printing.qr import group_digits
from app.printing.unit_form_picture import qr_png

BODY_STYLE, BASIS_STYLE = "Nội dung giấy mời", "Căn cứ"
SMALL = ", cỡ 13"
_MORE_STYLES = {"code_digits": "Mã điểm danh"}
_ASCENT, _DESCENT = 0.891, nd30.SINGLE_SPACING - 0.891  # of Times New Roman, in its size
_FRAME = 40.0  # mm; wide enough for the digits


def letters_docx(letters: Sequence[InvitationLetter], fonts_dir: Path | None = None) -> bytes:
    """The letters as one .docx in the order given, each on a page of its own.

    Raises what the PDF raises: :class:`LetterGlyphError`, :class:`LetterTooLongError`,
    ``ValueError`` without letters.
    """
    if not letters:
        raise ValueError("no letters")
    fonts = load_fonts(fonts_dir)
    setter = LetterSetter(fonts)
    first = letters[0]
    word = new_document(" ".join((first.type_name, *first.subject)), _MORE_STYLES)
    _add_styles(word)
    for index, letter in enumerate(letters):
        if index:
            _end_section(word)
        _append_letter(word, fonts, letter, setter.laid(letter, index)[2], index)
    target = BytesIO()
    word.save(target)
    return target.getvalue()


def _append_letter(
    word: DocxDocument, fonts: FontSet, letter: InvitationLetter, fit: Fit, index: int
) -> None:
    append_head(
        word,
        fonts,
        letter.issuer,
        letter.numbering,
        Title(letter.type_name, letter.subject),
        table_below_rule=INVITATION["body_below_rule"] - fit.size * _ASCENT * MM_PER_PT,
    )
    if letter.code:
        _append_code(word, letter.code, index + 1)
    small = SMALL if fit.size == SMALLEST else ""
    texts: list[tuple[str, list[Run]]] = [
        (BASIS_STYLE + small, [(text, 0)]) for text in basis_lines(letter.bases)
    ]
    texts += [(BODY_STYLE + small, runs) for _label, runs in body_paragraphs(letter)]
    for place, (style, runs) in enumerate(texts):
        append(word, _body_xml(style, runs, first=place == 0))
    white = INVITATION["sign_below_body"] - (
        fit.size * _DESCENT + STYLES["sign_title"].size * _ASCENT
    ) * MM_PER_PT  # fmt: skip
    append(word, _white_xml(white))
    append_end(word, fonts, letter.signature, letter.recipients, name_below=fit.name_below)


def _body_xml(style: str, runs: Sequence[Run], *, first: bool) -> str:
    """A justified paragraph; the first has no space above it."""
    space = '<w:spacing w:before="0"/>' if first else ""
    inner = "".join(run_xml(_glued(text), True if look & BOLD else None) for text, look in runs)
    return f'<w:p><w:pPr><w:pStyle w:val="{_style_id(style)}"/>{space}</w:pPr>{inner}</w:p>'


def _glued(text: str) -> str:
    """A line begins neither with a dash nor with the closing mark."""
    return text.replace(" - ", f"{NO_BREAK_SPACE}- ").replace(
        f" {CLOSING_MARK}", NO_BREAK_SPACE + CLOSING_MARK
    )


def _white_xml(height: float) -> str:
    return (
        f'<w:p><w:pPr><w:keepNext/><w:spacing w:before="0" w:after="0" w:line="{twips(height)}" '
        f'w:lineRule="exact"/><w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
    )


def _append_code(word: DocxDocument, code: str, number: int) -> None:
    """Picture and digits in a frame that stands at its place on the page whatever the text does."""
    frame = (
        f'<w:framePr w:w="{twips(_FRAME)}" w:wrap="around" w:vAnchor="page" w:hAnchor="page" '
        f'w:x="{twips(INVITATION["code_centre"] - _FRAME / 2)}" '
        f'w:y="{twips(INVITATION["code_top"])}"/>'
    )
    size = Mm(INVITATION["code_size"])
    relation, _image = word.part.get_or_add_image(BytesIO(qr_png(code)))
    shape = CT_Inline.new_pic_inline(number, relation, f"ma-{number}.png", size, size)
    for side in ("distT", "distB", "distL", "distR"):  # LibreOffice would add 3 mm of its own
        shape.set(side, "0")
    lines = group_digits(code)
    shape.docPr.set("descr", " ".join(lines))
    picture = parse_xml(
        f'<w:p {nsdecls("w")}><w:pPr>{frame}<w:spacing w:before="0" w:after="0" w:line="240" '
        f'w:lineRule="auto"/><w:jc w:val="center"/><w:rPr><w:sz w:val="2"/></w:rPr></w:pPr>'
        f'<w:r><w:rPr><w:sz w:val="2"/></w:rPr><w:drawing/></w:r></w:p>'
    )
    next(picture.iter(qn("w:drawing"))).append(shape)
    append(word, picture)
    below = INVITATION["digits_y"] - INVITATION["code_top"] - INVITATION["code_size"]
    look = STYLES["code_digits"].size
    before = below - look * _ASCENT * MM_PER_PT
    for line in lines:
        xml = paragraph_xml("code_digits", run_xml(line), before=before)
        style, rest = xml.split("/>", 1)
        append(word, f"{style}/>{frame}{rest}")
        before = INVITATION["digits_pitch"] - STYLES["code_digits"].pitch
        before = max(before, 0.0)


def _end_section(word: DocxDocument) -> None:
    """The last paragraph so far ends a section like the document's own; pages count anew."""
    ending = deepcopy(word.element.body.sectPr)
    paragraph = word.element.body.sectPr.getprevious()
    paragraph.get_or_add_pPr().append(ending)


def _add_styles(word: DocxDocument) -> None:
    indent = twips(BODY["first_line_indent"])
    before = round(BODY["paragraph_space_pt"] * 20)
    fonts = " ".join(
        f'{slot}="{OFFICE_FONT_FAMILY}"' for slot in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia")
    )
    for name, italic in ((BODY_STYLE, 0), (BASIS_STYLE, 1)):
        for small, size in (("", STYLES["body"].size), (SMALL, SMALLEST)):
            word.styles.element.append(
                parse_xml(
                    f'<w:style {nsdecls("w")} w:type="paragraph" w:customStyle="1" '
                    f'w:styleId="{_style_id(name + small)}"><w:name w:val="{name}{small}"/>'
                    f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr><w:widowControl/>'
                    f'<w:spacing w:before="{before}" w:after="0" w:line="240" w:lineRule="auto"/>'
                    f'<w:ind w:firstLine="{indent}"/><w:jc w:val="both"/></w:pPr>'
                    f'<w:rPr><w:rFonts {fonts}/><w:i w:val="{italic}"/><w:color w:val="000000"/>'
                    f'<w:sz w:val="{round(size * 2)}"/><w:lang w:val="vi-VN"/></w:rPr></w:style>'
                )
            )


def _style_id(name: str) -> str:
    return {
        BODY_STYLE: "ND30letter",
        BODY_STYLE + SMALL: "ND30letter13",
        BASIS_STYLE: "ND30basis",
        BASIS_STYLE + SMALL: "ND30basis13",
    }[name]
