"""The form as a Word file: what python-docx reads, and the page LibreOffice makes of it."""

from dataclasses import replace
from io import BytesIO

import pytest
import zxingcpp
from docx import Document
from docx.document import Document as DocxDocument
from docx.oxml.ns import qn
from PIL import Image

from app.printing.docx_parts import FORM_STYLE_NAMES
from app.printing.errors import CodeError
from app.printing.nd30 import MARGIN, QUOC_HIEU, STYLES, TIEU_NGU
from app.printing.unit_form import FormRow
from app.printing.unit_form_docx import form_docx
from app.printing.unit_form_pdf import form_pdf
from tests.printing.form_samples import CENTRE, EMPTY, FORM_CODE_DIGITS, LONG, SCHOOL
from tests.printing.office import as_pdf, widened_fonts
from tests.printing.reading import MM, Text, codes, pages, texts

PAPERS = {"school": SCHOOL, "centre": CENTRE, "long": LONG, "empty": EMPTY}


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.fixture(scope="module")
def school() -> DocxDocument:
    return Document(BytesIO(form_docx(SCHOOL)))


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> dict[str, bytes]:
    """By LibreOffice, with fonts as wide as Times New Roman."""
    files = {name: form_docx(paper) for name, paper in PAPERS.items()}
    return as_pdf(files, tmp_path_factory.mktemp("office") / "times")


@pytest.fixture(scope="module")
def printed_wide(tmp_path_factory) -> dict[str, bytes]:
    """By LibreOffice where the only font is a fifth wider (DejaVu Serif is by 17 %)."""
    directory = tmp_path_factory.mktemp("office")
    files = {name: form_docx(paper) for name, paper in PAPERS.items()}
    return as_pdf(files, directory / "wide", widened_fonts(directory / "fonts", 1.2))


def test_page_is_a4_with_the_decrees_margins(school: DocxDocument) -> None:
    section = school.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    wanted = (MARGIN["top"], MARGIN["bottom"], MARGIN["left"], MARGIN["right"])
    assert [margin.mm for margin in margins] == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize("key", FORM_STYLE_NAMES)
def test_real_styles_carry_the_table(school: DocxDocument, key: str) -> None:
    style, look = school.styles[FORM_STYLE_NAMES[key]], STYLES[key]
    assert style.font.name == "Times New Roman"
    assert (style.font.size.pt, style.font.bold, style.font.italic) == (
        look.size, look.bold, look.italic,
    )  # fmt: skip


def test_words_stand_in_their_styles(school: DocxDocument) -> None:
    head, table, end = school.tables
    said = {
        paragraph.style.name: plain(paragraph.text)
        for one in (head, end)
        for row in one.rows
        for cell in row.cells
        for paragraph in cell.paragraphs
        if paragraph.text
    }
    assert said == {
        "Cơ quan chủ quản": "SỞ GIÁO DỤC VÀ ĐÀO TẠO",
        "Cơ quan ban hành": "TRƯỜNG THPT NGÔ QUYỀN",
        "Quốc hiệu": QUOC_HIEU,
        "Tiêu ngữ": TIEU_NGU,
        "Số, ký hiệu": "Số:" + " " * 11 + "/DS-THPTNQ",
        "Địa danh, ngày tháng": "Hải Phòng, ngày" + " " * 8 + "tháng" + " " * 8 + "năm 2024",
        "Nơi nhận": "Nơi nhận:",
        "Nơi nhận, dòng": "- Lưu: VT.",
        "Chức vụ người ký": "HIỆU TRƯỞNG",
        "Họ tên người ký": "Lê Quang Huy",
    }
    cells = [[plain(cell.text) for cell in row.cells] for row in table.rows]
    assert cells == [
        ["TT", "Họ tên", "Đơn vị", "Chức vụ"],
        ["1", "Nguyễn Thị Phương Thảo", "Trường THPT Ngô Quyền", "Phó Hiệu trưởng"],
    ]


def test_rules_are_drawn_lines(school: DocxDocument) -> None:
    borders = list(school.element.body.iter(qn("w:pBdr")))
    assert [border.find(qn("w:bottom")).get(qn("w:val")) for border in borders] == ["single"] * 3
    xml = school.element.xml
    assert "___" not in xml and "<w:u " not in xml


def test_code_is_a_picture_in_the_foot_of_the_first_page(school: DocxDocument) -> None:
    footer = school.sections[0].first_page_footer
    (picture,) = footer.part.related_parts.values()
    image = Image.open(BytesIO(picture.blob))
    assert (image.mode, image.size) == ("1", (252, 252))
    framed = Image.new("L", (400, 400), 255)
    framed.paste(image, (74, 74))
    assert [code.text for code in zxingcpp.read_barcodes(framed)] == [FORM_CODE_DIGITS]
    words = [plain(p.text).strip() for p in footer.tables[0].rows[0].cells[1].paragraphs]
    assert words[:2] == ["Mã phiếu: 2000 1000 0170 1763", "4609 6570 8030 6554"]
    (shape,) = footer._element.iter(qn("wp:docPr"))
    assert shape.get("descr") == "Mã phiếu: 2000 1000 0170 1763 4609 6570 8030 6554"


def test_sample_mark_stands_on_the_empty_form_only(school: DocxDocument) -> None:
    empty = Document(BytesIO(form_docx(EMPTY)))
    for document, words in ((school, ""), (empty, "MẪU")):
        section = document.sections[0]
        assert [p.text for p in section.first_page_header.paragraphs] == [words]
    assert [p.text for p in empty.tables[2].rows[0].cells[1].paragraphs] == [
        "LÃNH ĐẠO PHÒNG/ĐƠN VỊ", "TRƯỜNG/TRUNG TÂM", "(Ký, đóng dấu)", "",
    ]  # fmt: skip
    assert not list(empty.sections[0].first_page_footer._element.iter(qn("w:drawing")))


def test_text_is_never_read_as_markup_and_no_letter_is_refused() -> None:
    row = FormRow("Lê <w:b/> & \x07B", "Trường ]]> 漢", "")
    document = Document(BytesIO(form_docx(replace(SCHOOL, rows=(row,)))))
    texts_of_row = [plain(cell.text) for cell in document.tables[1].rows[1].cells]
    assert texts_of_row == ["1", "Lê <w:b/> & B", "Trường ]]> 漢", ""]


def test_bad_code_is_refused() -> None:
    with pytest.raises(CodeError):
        form_docx(replace(SCHOOL, code="12a4"))


# ---------------------------------------------------------------- as LibreOffice prints it


def lines_of(pdf: bytes) -> list[Text]:
    (page,) = pages(pdf)
    return [replace(text, text=plain(text.text)) for text in texts(page)]


def the_line(pdf: bytes, start: str) -> Text:
    found = [text for text in lines_of(pdf) if text.text.startswith(start)]
    assert found, (start, [text.text for text in lines_of(pdf)])
    return found[0]


MAIN_LINES = {
    "school": (
        "SỞ GIÁO DỤC VÀ", "TRƯỜNG THPT NGÔ", QUOC_HIEU, TIEU_NGU, "Số:", "Hải Phòng, ngày",
        "DANH SÁCH", "Đại biểu tham gia", "“Đơn vị học tập”", "TT", "Họ tên", "Đơn vị", "Chức vụ",
        "Nguyễn Thị Phương", "Trường THPT Ngô", "Phó Hiệu trưởng", "Nơi nhận:", "- Sở GDĐT",
        "- Lưu: VT.", "HIỆU TRƯỞNG", "Lê Quang Huy", "Mã phiếu:", "4609", "Sở GDĐT dùng",
    ),
    "centre": (
        "UBND HUYỆN VĨNH", "TRUNG TÂM GDNN-GDTX", "HUYỆN VĨNH BẢO", QUOC_HIEU, "Vĩnh Bảo, ngày",
        "DANH SÁCH", "Trung tâm Giáo dục nghề", "nghiệp - Giáo dục thường", "xuyên huyện Vĩnh Bảo",
        "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Đỗ Xuân Trường", "Mã phiếu:",
    ),
    "long": (QUOC_HIEU, "Công Tằng Tôn Nữ", "Trường phổ thông nhiều cấp", "KT. HIỆU TRƯỞNG", "Mã phiếu:"),
    "empty": (
        "MẪU", QUOC_HIEU, "DANH SÁCH", "1", "Nơi nhận:", "- Lưu: VT.", "LÃNH ĐẠO PHÒNG/ĐƠN VỊ",
        "TRƯỜNG/TRUNG TÂM", "(Ký, đóng dấu)",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", PAPERS)
def test_libreoffice_makes_the_same_page_as_our_pdf(printed: dict[str, bytes], name: str) -> None:
    ours, theirs = form_pdf(PAPERS[name]), printed[name]
    assert len(pages(theirs)) == 1
    for start in MAIN_LINES[name]:
        mine, other = the_line(ours, start), the_line(theirs, start)
        assert (other.font, other.size) == (mine.font, pytest.approx(mine.size)), start
        assert other.y == pytest.approx(mine.y, abs=2.0), start
        assert other.x0 == pytest.approx(mine.x0, abs=1.0), start
    assert codes(theirs) == ([FORM_CODE_DIGITS] if PAPERS[name].code else [])


@pytest.mark.slow
def test_libreoffice_leaves_the_code_its_quiet_zone(printed: dict[str, bytes]) -> None:
    (page,) = pages(printed["school"])
    (picture,) = page.images
    box = [picture[key] * MM for key in ("x0", "x1", "top", "bottom")]
    assert box == pytest.approx([30, 50, 257, 277], abs=1)
    quiet = 4 * 20 / 21
    right = [text for text in texts(page) if text.y > box[2] and text.x0 > box[0]]
    assert min(text.x0 for text in right) >= box[1] + quiet - 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", PAPERS)
def test_head_never_breaks_in_a_wide_fallback_font(
    printed_wide: dict[str, bytes], name: str
) -> None:
    (page,) = pages(printed_wide[name])
    state, motto = the_line(printed_wide[name], "CỘNG HÒA"), the_line(printed_wide[name], "Độc lập")
    assert (state.text, motto.text) == (QUOC_HIEU, TIEU_NGU)
    assert state.x1 - state.x0 > 104  # the font is wide indeed
    assert state.x1 < page.width * MM - 5
    day = [text for text in lines_of(printed_wide[name]) if text.text.endswith("năm 2024")]
    number = the_line(printed_wide[name], "Số:")
    assert [text.y for text in day] == [number.y]
