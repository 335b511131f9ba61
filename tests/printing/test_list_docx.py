from io import BytesIO

import pytest
from docx import Document
from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from docx.shared import Mm

from app.printing.delegate_list import list_docx
from app.printing.docx_parts import STYLE_NAMES
from app.printing.list_model import DelegateGroup, DelegateRow
from app.printing.nd30 import MARGIN, QUOC_HIEU, STYLES, TIEU_NGU
from tests.printing.samples import LONG_NAME, SUBJECT, delegate_list


def opened(*sizes: int, **changes: object) -> DocxDocument:
    return Document(BytesIO(list_docx(delegate_list(*sizes, **changes))))


@pytest.fixture(scope="module")
def plan_list() -> DocxDocument:
    return opened(14, 11, 14, 71)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def rows_of(document: DocxDocument) -> list[list[str]]:
    return [
        [plain(cell.text) for cell in dict.fromkeys(row.cells)] for row in document.tables[1].rows
    ]


def test_page_is_a4_with_the_decrees_margins(plan_list: DocxDocument) -> None:
    section = plan_list.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    wanted = (MARGIN["top"], MARGIN["bottom"], MARGIN["left"], MARGIN["right"])
    assert [margin.mm for margin in margins] == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize("key", STYLE_NAMES)
def test_real_styles_carry_the_table(plan_list: DocxDocument, key: str) -> None:
    style, look = plan_list.styles[STYLE_NAMES[key]], STYLES[key]
    assert style.font.name == "Times New Roman"
    assert (style.font.size.pt, style.font.bold, style.font.italic) == (
        look.size,
        look.bold,
        look.italic,
    )
    fonts = style.element.rPr.find(qn("w:rFonts"))
    assert {fonts.get(qn(f"w:{slot}")) for slot in ("ascii", "hAnsi", "cs", "eastAsia")} == {
        "Times New Roman"
    }


def test_head_says_what_it_must_in_its_styles(plan_list: DocxDocument) -> None:
    head = plan_list.tables[0]
    said = {
        paragraph.style.name: plain(paragraph.text)
        for row in head.rows
        for cell in row.cells
        for paragraph in cell.paragraphs
        if paragraph.text
    }
    assert said["Cơ quan chủ quản"] == "UBND THÀNH PHỐ HẢI PHÒNG"
    assert said["Cơ quan ban hành"] == "SỞ GIÁO DỤC VÀ ĐÀO TẠO"
    assert said["Quốc hiệu"] == QUOC_HIEU
    assert said["Tiêu ngữ"] == TIEU_NGU
    assert said["Số, ký hiệu"].split() == ["Số:", "/DS-SGDĐT"]
    assert said["Địa danh, ngày tháng"].split() == "Hải Phòng, ngày tháng năm 2024".split()
    titles = [paragraph for paragraph in plan_list.paragraphs if paragraph.text][:3]
    assert [paragraph.style.name for paragraph in titles] == ["Tên loại", "Trích yếu", "Trích yếu"]
    assert plain(titles[2].text) == SUBJECT[1]


def test_quoc_hieu_column_is_wide_enough_never_to_break(plan_list: DocxDocument) -> None:
    cell = plan_list.tables[0].rows[0].cells[1]
    assert cell.width >= Mm(88.4)
    assert cell._tc.tcPr.find(qn("w:noWrap")) is not None


def test_rules_are_drawn_lines(plan_list: DocxDocument) -> None:
    borders = list(plan_list.element.body.iter(qn("w:pBdr")))
    assert len(borders) == 3
    assert {border.find(qn("w:bottom")).get(qn("w:sz")) for border in borders} == {"6"}
    indents = [border.getparent().find(qn("w:ind")) for border in borders]
    lengths = [
        width - (int(indent.get(qn("w:left"))) + int(indent.get(qn("w:right")))) / 20 * 25.4 / 72
        for width, indent in zip((72, 93, 165), indents, strict=True)
    ]
    assert lengths == pytest.approx([23.6, 56.1, 56.3], abs=0.5)
    assert "___" not in "".join(paragraph.text for paragraph in plan_list.paragraphs)
    assert not any(run.underline for p in plan_list.paragraphs for run in p.runs)


def test_head_row_repeats_and_rows_never_split(plan_list: DocxDocument) -> None:
    rows = plan_list.tables[1].rows
    assert [bool(row._tr.trPr.findall(qn("w:tblHeader"))) for row in rows][:3] == [
        True,
        False,
        False,
    ]
    assert all(row._tr.trPr.findall(qn("w:cantSplit")) for row in rows)


def test_rows_are_those_of_the_list(plan_list: DocxDocument) -> None:
    rows = rows_of(plan_list)
    assert len(rows) == 1 + 4 + 110
    assert rows[0] == ["TT", "Họ và tên", "Đơn vị", "Chức vụ", "Ghi chú"]
    assert rows[1][0] == "I"
    assert rows[1][1].endswith("quận, huyện (14 đại biểu)")
    assert [row[0] for row in rows[2:5]] == ["1", "2", "3"]
    assert rows[-1][0] == "110"
    assert sum(row[1] == LONG_NAME for row in rows) >= 10


def test_words_that_stay_together(plan_list: DocxDocument) -> None:
    cells = {cell.text for row in plan_list.tables[1].rows[-20:] for cell in row.cells}
    assert "Trường THPT Lương Khánh\u00a0Thiện" in cells
    assert "Trung tâm GDNN-GDTX huyện Kiến\u00a0Thụy" in cells
    xml = plan_list.element.xml
    assert "<w:noBreakHyphen/>" in xml
    assert "\u2011" not in xml


def test_last_rows_stay_with_the_closing_block(plan_list: DocxDocument) -> None:
    rows = plan_list.tables[1].rows
    kept = [row.cells[1].paragraphs[0].paragraph_format.keep_with_next for row in rows][-3:]
    assert kept == [None, True, True]
    closing = next(p for p in plan_list.paragraphs if p.text.startswith("(Danh sách gồm"))
    assert plain(closing.text) == "(Danh sách gồm 110 đại biểu)"
    assert closing.paragraph_format.keep_with_next


def test_group_row_stays_with_its_first_row(plan_list: DocxDocument) -> None:
    group = plan_list.tables[1].rows[1]
    assert all(cell.paragraphs[0].paragraph_format.keep_with_next for cell in group.cells)


def test_page_number_is_on_top_from_page_two(plan_list: DocxDocument) -> None:
    section = plan_list.sections[0]
    assert section.different_first_page_header_footer
    assert [p.text for p in section.first_page_header.paragraphs] == [""]
    paragraph = section.header.paragraphs[0]
    assert paragraph.style.name == "Số trang"
    (field,) = paragraph._p.iter(qn("w:fldSimple"))
    assert field.get(qn("w:instr")) == "PAGE"


def test_end(plan_list: DocxDocument) -> None:
    left, right = plan_list.tables[2].rows[0].cells
    assert [plain(p.text) for p in left.paragraphs] == [
        "Nơi nhận:",
        "- Bộ GDĐT (để b/c);",
        "- Giám đốc, các PGĐ Sở;",
        "- Các đơn vị có đại biểu;",
        "- Lưu: VT, GDTX&ĐH.",
    ]
    assert [p.text for p in right.paragraphs] == ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Vũ Hoàng Nam"]


def test_empty_list() -> None:
    document = opened(0)
    assert rows_of(document) == [["TT", "Họ và tên", "Đơn vị", "Chức vụ", "Ghi chú"]]
    assert "(Danh sách gồm 0 đại biểu)" in [p.text for p in document.paragraphs]


def test_text_is_never_read_as_markup() -> None:
    row = DelegateRow("Lê <w:b/> & \x07B", "Trường ]]> 😀", "")
    document = opened(0, groups=(DelegateGroup((row,)),))
    assert rows_of(document)[1] == ["1", "Lê <w:b/> & B", "Trường ]]> 😀", "", ""]


def test_ten_thousand_rows() -> None:
    document = opened(2500, 2500, 2500, 2500)
    assert len(document.tables[1]._tbl.tr_lst) == 1 + 4 + 10000
