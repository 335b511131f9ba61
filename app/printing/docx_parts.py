"""Parts of official papers in Word: page, styles, head, end, rules, tables.

Real styles, repeated heading rows, drawn rules and a page number field, so that an officer can
go on working with the file. Sizes and distances come from :mod:`app.printing.nd30`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

from docx import Document
from docx.document import Document as DocxDocument
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from app.printing.linebreak import NO_BREAK_SPACE, Measure, groups, without_controls
from app.printing.nd30 import (
    HEAD,
    MARGIN,
    MM_PER_PT,
    OFFICE_FONT_FAMILY,
    PAGE,
    RULE_PT,
    STYLES,
    TABLE_LINE_PT,
    Style,
)

STYLE_NAMES = {
    "quoc_hieu": "Quốc hiệu",
    "tieu_ngu": "Tiêu ngữ",
    "superior_body": "Cơ quan chủ quản",
    "issuing_body": "Cơ quan ban hành",
    "number": "Số, ký hiệu",
    "place_date": "Địa danh, ngày tháng",
    "type_name": "Tên loại",
    "subject": "Trích yếu",
    "closing_line": "Dòng kết danh sách",
    "sign_title": "Chức vụ người ký",
    "signer_name": "Họ tên người ký",
    "noi_nhan": "Nơi nhận",
    "noi_nhan_item": "Nơi nhận, dòng",
    "page_number": "Số trang",
    "table_head": "Bảng, tiêu đề",
    "table_cell": "Bảng, ô",
}
SHEET_STYLE_NAMES = {
    "day_line": "Ngày, nơi họp",
    "sheet_name": "Điểm danh, họ tên",
    "sheet_cell": "Điểm danh, ô",
    "sheet_group": "Điểm danh, nhóm",
    "present_line": "Điểm danh, số có mặt",
    "sign_note": "Ghi chú chữ ký",
}
FORM_STYLE_NAMES = {
    "form_head": "Phiếu, tiêu đề",
    "form_cell": "Phiếu, ô",
    "sign_note": "Ghi chú chữ ký",
    "sample_mark": "Mẫu",
    "code_note": "Mã phiếu",
    "code_hint": "Mã phiếu, ghi chú",
}
_LEFT = {
    "closing_line", "noi_nhan", "noi_nhan_item", "table_cell", "form_cell", "code_note",
    "code_hint", "sheet_name", "sheet_cell", "sheet_group", "present_line",
}  # fmt: skip
_UNUSED_PARTS = {"stylesWithEffects", "thumbnail", "customXml", "numbering"}
_KEPT_STYLES = {"Normal", "Header", "Footer", "DefaultParagraphFont", "TableNormal", "NoList"}
_FONT_SLOTS = ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia")
_ASCENT = 0.891  # of Times New Roman, in its size


def twips(mm: float) -> int:
    """Word's twentieths of a point."""
    return round(mm / MM_PER_PT * 20)


@lru_cache(maxsize=1)
def base_document() -> bytes:
    """python-docx's template without what no paper of ours uses: 800 KB of styles to open and
    save each time, and the picture of another document."""
    document = Document()
    for package_part in (document.part.package, document.part):
        for key, relation in list(package_part.rels.items()):
            if relation.reltype.rsplit("/", 1)[-1] in _UNUSED_PARTS:
                del package_part.rels[key]
    styles = document.styles.element
    for style in styles.findall(qn("w:style")):
        if style.get(qn("w:styleId")) not in _KEPT_STYLES:
            styles.remove(style)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def new_document(title: str, more_styles: Mapping[str, str] | None = None) -> DocxDocument:
    """An empty A4 paper with the decree's margins, our styles and page numbers from page 2.

    ``more_styles``: key in the decree's table → name in Word, beside those every paper has.
    """
    document = Document(BytesIO(base_document()))
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE["width"]), Mm(PAGE["height"])
    section.top_margin, section.bottom_margin = Mm(MARGIN["top"]), Mm(MARGIN["bottom"])
    section.left_margin, section.right_margin = Mm(MARGIN["left"]), Mm(MARGIN["right"])
    ascent = STYLES["page_number"].size * _ASCENT * MM_PER_PT
    section.header_distance = Mm(HEAD["page_number_y"] - ascent)
    _use_current_mode(document)
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    _add_styles(document, {**STYLE_NAMES, **(more_styles or {})})
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    set_style(number, "page_number")
    number._p.append(_field("PAGE"))
    document.core_properties.title = title
    document.core_properties.author = ""
    document.core_properties.comments = ""
    document.core_properties.language = "vi-VN"
    _drop_template_dates(document)
    return document


def _add_styles(document: DocxDocument, names: Mapping[str, str]) -> None:
    """Written as XML: python-docx would look through all styles for each property."""
    normal = document.styles["Normal"]
    _set_font(normal, STYLES["body"])
    _single_spacing(normal)
    styles = document.styles.element
    for key, name in names.items():
        styles.append(parse_xml(_style_xml(key, name, normal.style_id)))


def _style_xml(key: str, name: str, base: str) -> str:
    look = STYLES[key]
    fonts = " ".join(f'{slot}="{OFFICE_FONT_FAMILY}"' for slot in _FONT_SLOTS)
    return (
        f'<w:style {nsdecls("w")} w:type="paragraph" w:customStyle="1" w:styleId="{_style_id(key)}">'
        f'<w:name w:val={quoteattr(name)}/><w:basedOn w:val="{base}"/><w:qFormat/>'
        f'<w:pPr><w:widowControl/><w:spacing w:before="0" w:after="0" w:line="240" '
        f'w:lineRule="auto"/><w:ind w:firstLine="0"/>'
        f'<w:jc w:val="{_alignment(key)}"/></w:pPr>'
        f'<w:rPr><w:rFonts {fonts}/><w:b w:val="{int(look.bold)}"/><w:i w:val="{int(look.italic)}"/>'
        f'<w:color w:val="000000"/><w:sz w:val="{round(look.size * 2)}"/>'
        f'<w:lang w:val="vi-VN"/></w:rPr></w:style>'
    )


def _alignment(key: str) -> str:
    if key == "sample_mark":
        return "right"
    return "left" if key in _LEFT else "center"


def _drop_template_dates(document: DocxDocument) -> None:
    """The template's own dates of 2013 would be shown as the paper's."""
    properties = document.core_properties._element
    for name in ("dcterms:created", "dcterms:modified"):
        for element in properties.findall(qn(name)):
            properties.remove(element)


def _use_current_mode(document: DocxDocument) -> None:
    """Mode 15 (Word 2013 and later): a table's edge, not its text, stands at the margin."""
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")


def set_style(paragraph: Paragraph, key: str) -> None:
    """One of our styles by its id: python-docx would look through all of them first."""
    paragraph._p.get_or_add_pPr().get_or_add_pStyle().val = _style_id(key)


def set_size(document: DocxDocument, key: str, size: float) -> None:
    """Another type size for one of our styles, within the decree's range."""
    document.styles[STYLE_NAMES[key]].font.size = Pt(size)


def _set_font(style: ParagraphStyle, look: Style) -> None:
    font = style.font
    font.size, font.bold, font.italic = Pt(look.size), look.bold, look.italic
    font.color.rgb = RGBColor(0, 0, 0)
    font.name = OFFICE_FONT_FAMILY
    properties = style.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for slot in _FONT_SLOTS:
        fonts.set(qn(slot), OFFICE_FONT_FAMILY)
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(parse_xml(f'<w:lang {nsdecls("w")} w:val="vi-VN"/>'))


def _single_spacing(style: ParagraphStyle) -> None:
    layout = style.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule = WD_LINE_SPACING.SINGLE
    layout.first_line_indent = Mm(0)
    layout.widow_control = True


def _field(instruction: str) -> BaseOxmlElement:
    return parse_xml(
        f'<w:fldSimple {nsdecls("w")} w:instr="{instruction}"><w:r><w:t>2</w:t></w:r></w:fldSimple>'
    )


def kept_runs(text: str, width: float, measure: Measure, bold: bool | None = None) -> str:
    """Run XML of a text that breaks only where our rules allow.

    No-break spaces between the last two syllables and before dashes, as far as what they hold
    together is not wider than ``width`` mm; Word's own no-break hyphen (not U+2011) inside words.
    """
    glued = " ".join(
        group.replace(" ", NO_BREAK_SPACE) if measure(group) <= width else group
        for group in groups(text)
    )
    return run_xml(glued, bold)


def run_xml(text: str, bold: bool | None = None) -> str:
    """Run XML of a text as it is, hyphens inside words unbreakable."""
    properties = "" if bold is None else f'<w:rPr><w:b w:val="{int(bold)}"/></w:rPr>'
    pieces: list[str] = [""]
    text = without_controls(text)
    for place, character in enumerate(text):
        around = text[place - 1 : place] + text[place + 1 : place + 2]
        if character == "-" and len(around) == 2 and not any(map(str.isspace, around)):
            pieces.append("")
        else:
            pieces[-1] += character
    inner = "<w:noBreakHyphen/>".join(
        f'<w:t xml:space="preserve">{escape(piece)}</w:t>' for piece in pieces
    )
    return f"<w:r>{properties}{inner}</w:r>"


def fitted_xml(text: str, width: float) -> str:
    """Run XML of a line that never breaks, squeezed by Word into ``width`` mm where it is wider.

    For fonts with the widths of Times New Roman nothing changes.
    """
    text = escape(without_controls(text).replace(" ", NO_BREAK_SPACE))
    fit = (
        f'<w:rPr><w:fitText w:val="{twips(width) + 1}" w:id="{crc32(text.encode()) >> 1}"/></w:rPr>'
    )
    return f'<w:r>{fit}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph_xml(
    style: str,
    runs: str,
    *,
    keep_next: bool = False,
    before: float = 0.0,
    after: float = 0.0,
    overhang: float = 0.0,
    centred: bool = False,
) -> str:
    """Paragraph XML in one of our styles; lengths in mm.

    ``overhang``: how far lines may stand out of their column on both sides before they break.
    """
    properties = f"<w:pStyle w:val={quoteattr(_style_id(style))}/>"
    if keep_next:
        properties += "<w:keepNext/>"
    if before or after:
        properties += f'<w:spacing w:before="{twips(before)}" w:after="{twips(after)}"/>'
    if overhang:
        properties += f'<w:ind w:left="{-twips(overhang)}" w:right="{-twips(overhang)}"/>'
    if centred:
        properties += '<w:jc w:val="center"/>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def dotted_xml(style: str, width: float, length: float) -> str:
    """A line of dots ``length`` mm long, centred in ``width`` mm, to be written on."""
    left, right = twips((width - length) / 2), twips((width + length) / 2)
    return (
        f"<w:p><w:pPr><w:pStyle w:val={quoteattr(_style_id(style))}/><w:tabs>"
        f'<w:tab w:val="right" w:leader="dot" w:pos="{right}"/></w:tabs>'
        f'<w:ind w:left="{left}"/><w:jc w:val="left"/></w:pPr><w:r><w:tab/></w:r></w:p>'
    )


def rule_xml(width: float, length: float, above: float, below: float = 0.0) -> str:
    """A drawn line ``length`` mm long, centred in ``width`` mm, ``above`` mm under the line before.

    It is the bottom border of an empty paragraph, indented on both sides.
    """
    indent = twips((width - length) / 2)
    return (
        f'<w:p><w:pPr><w:keepNext/><w:pBdr><w:bottom w:val="single" w:sz="{round(RULE_PT * 8)}" '
        f'w:space="0" w:color="000000"/></w:pBdr><w:spacing w:before="0" '
        f'w:after="{twips(below)}" w:line="{max(twips(above), 20)}" w:lineRule="exact"/>'
        f'<w:ind w:left="{indent}" w:right="{indent}"/>'
        f'<w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
    )


def cell_xml(
    width: float,
    content: str,
    *,
    span: int = 1,
    merged: str = "",
    middle: bool = False,
    no_wrap: bool = False,
    padded: bool = True,
) -> str:
    """Cell XML, ``width`` in mm; ``padded``: with the table's padding left and right; ``merged``:
    "restart" for the first cell of several that are one from row to row, then "continue"."""
    properties = f'<w:tcW w:w="{twips(width)}" w:type="dxa"/>'
    if span > 1:
        properties += f'<w:gridSpan w:val="{span}"/>'
    if merged:
        properties += f'<w:vMerge w:val="{merged}"/>'
    if no_wrap:
        properties += "<w:noWrap/>"
    if not padded:
        properties += (
            '<w:tcMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tcMar>'
        )
    if middle:
        properties += '<w:vAlign w:val="center"/>'
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def row_xml(cells: Iterable[str], *, head: bool = False, height: float = 0.0) -> str:
    """Row XML that never splits; ``head`` rows repeat on every page; least height in mm."""
    properties = "<w:cantSplit/>"
    if height:
        properties += f'<w:trHeight w:val="{twips(height)}" w:hRule="atLeast"/>'
    if head:
        properties += "<w:tblHeader/>"
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def table_xml(
    widths: Sequence[float], rows: Iterable[str], *, lines: bool, padding: float = 0.0
) -> BaseOxmlElement:
    """A table of fixed column widths (mm) at the text's left edge, with or without lines."""
    border = f'w:val="single" w:sz="{round(TABLE_LINE_PT * 8)}" w:space="0" w:color="000000"'
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f"<w:{side} {border}/>" for side in sides) if lines else ""
    margins = "".join(
        f'<w:{side} w:w="{twips(padding)}" w:type="dxa"/>' for side in ("left", "right")
    )
    grid = "".join(f'<w:gridCol w:w="{twips(width)}"/>' for width in widths)
    return parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{twips(sum(widths))}" w:type="dxa"/>'
        f'<w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def append(document: DocxDocument, block: BaseOxmlElement | str) -> None:
    """Put a block (an element, or one paragraph's XML) at the end of the document's body."""
    if isinstance(block, str):
        block = parse_xml(block.replace("<w:p>", f"<w:p {nsdecls('w')}>", 1))
    document.element.body.sectPr.addprevious(block)


def last_paragraph_xml() -> str:
    """The paragraph Word wants after a table at the end, too small to need a page of its own."""
    return (
        '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
        '<w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
    )


def _style_id(key: str) -> str:
    return "ND30" + key.replace("_", "")
