"""The letter as a Word file: what python-docx reads, and the pages LibreOffice makes of it."""

from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn

from app.printing.docx_parts import STYLE_NAMES
from app.printing.errors import LetterGlyphError, LetterTooLongError
from app.printing.letter_docx import BASIS_STYLE, BODY_STYLE, SMALL, letters_docx
from app.printing.letters import Addressee, invitation_pdf
from app.printing.nd30 import MARGIN, QUOC_HIEU, STYLES, TIEU_NGU
from tests.printing.office import as_pdf, widened_fonts
from tests.printing.reading import MM, Text, codes, pages, rules, texts
from tests.printing.samples import CODE, COMMITTEE_LETTER, LETTER, NUMBERED_LETTER

BASES = (
    "Căn cứ Kế hoạch số 337/KH-UBND ngày 29/12/2023 của UBND thành phố Hải Phòng",
    "Căn cứ Thông tư số 24/2023/TT-BGDĐT ngày 11/12/2023",
)
FULL = replace(
    LETTER, bases=BASES, programme=("Buổi sáng, từ 8 giờ 00 phút: triển khai Phong trào",)
)
TIGHT = replace(COMMITTEE_LETTER, notes=("Đề nghị đại biểu đến đúng giờ. " * 25,))
ALL = (NUMBERED_LETTER, COMMITTEE_LETTER, FULL, TIGHT)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> dict[str, bytes]:
    """By LibreOffice, with fonts as wide as Times New Roman."""
    files = {"all": letters_docx(ALL), "one": letters_docx([NUMBERED_LETTER])}
    return as_pdf(files, tmp_path_factory.mktemp("office") / "times")


@pytest.fixture(scope="module")
def printed_wide(tmp_path_factory) -> bytes:
    """By LibreOffice where the only font is a fifth wider."""
    directory = tmp_path_factory.mktemp("office")
    fonts = widened_fonts(directory / "fonts", 1.2)
    return as_pdf({"one": letters_docx([NUMBERED_LETTER])}, directory / "wide", fonts)["one"]


def test_page_is_a4_with_the_decrees_margins_in_every_section() -> None:
    sections = Document(BytesIO(letters_docx(ALL))).sections
    assert len(sections) == len(ALL)
    for section in sections:
        assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
        margins = (
            section.top_margin, section.bottom_margin, section.left_margin, section.right_margin,
        )  # fmt: skip
        wanted = (MARGIN["top"], MARGIN["bottom"], MARGIN["left"], MARGIN["right"])
        assert [margin.mm for margin in margins] == pytest.approx(wanted, abs=0.1)


def test_real_styles_carry_the_table() -> None:
    word = Document(BytesIO(letters_docx([LETTER])))
    for name, size, italic in (
        (BODY_STYLE, 14, False), (BODY_STYLE + SMALL, 13, False),
        (BASIS_STYLE, 14, True), (BASIS_STYLE + SMALL, 13, True),
    ):  # fmt: skip
        style = word.styles[name]
        assert (style.font.name, style.font.size.pt) == ("Times New Roman", size)
        assert bool(style.font.italic) == italic
        assert style.paragraph_format.first_line_indent.mm == pytest.approx(10, abs=0.1)
        assert style.paragraph_format.space_before.pt == 6
    for key in ("type_name", "subject", "noi_nhan", "noi_nhan_item", "sign_title", "signer_name"):
        font, look = word.styles[STYLE_NAMES[key]].font, STYLES[key]
        assert (font.size.pt, font.bold, font.italic) == (look.size, look.bold, look.italic)


def test_words_stand_in_their_styles() -> None:
    word = Document(BytesIO(letters_docx([replace(FULL, programme=())])))
    said = [(one.style.name, plain(one.text)) for one in word.paragraphs if one.text]
    assert said[:2] == [("Tên loại", "GIẤY MỜI"), ("Trích yếu", LETTER.subject[0])]
    assert (BASIS_STYLE, f"{BASES[0]};") in said and (BASIS_STYLE, f"{BASES[1]}.") in said
    body = [text for style, text in said if style == BODY_STYLE]
    assert body[0] == "Sở Giáo dục và Đào tạo Hải Phòng trân trọng kính mời:"
    assert body[1] == "Bà Nguyễn Thị Phương Thảo, Phó Hiệu trưởng, Trường THPT Ngô Quyền."
    assert body[-1].endswith("gdtx@example.vn./.")
    person = next(one for one in word.paragraphs if one.text.startswith("Bà "))
    assert [run.text for run in person.runs if run.bold] == ["Nguyễn Thị Phương Thảo"]


def test_rules_are_drawn_and_the_code_has_its_digits() -> None:
    word = Document(BytesIO(letters_docx([LETTER])))
    assert len(list(word.element.body.iter(qn("w:pBdr")))) == 3
    (shape,) = word.element.body.iter(qn("wp:docPr"))
    assert shape.get("descr") == "0011 0000 9501 4277 8447 5980 3765 0894"
    assert not list(Document(BytesIO(letters_docx([replace(LETTER, code="")]))).inline_shapes)


def test_markup_in_data_is_only_text() -> None:
    addressee = Addressee("Trường ]]> {{don_vi}}", "Lê <w:b/> & #set page()", "", "Bà")
    word = Document(BytesIO(letters_docx([replace(LETTER, addressee=addressee)])))
    said = [plain(one.text) for one in word.paragraphs]
    assert "Bà Lê <w:b/> & #set page(), Trường ]]> {{don_vi}}." in said


def test_what_the_pdf_refuses_word_refuses_too() -> None:
    with pytest.raises(LetterTooLongError) as caught:
        letters_docx([LETTER, replace(LETTER, notes=("Rất dài. " * 400,))])
    assert caught.value.index == 1 and "Nguyễn Thị Phương Thảo" in str(caught.value)
    with pytest.raises(LetterGlyphError) as odd:
        letters_docx([replace(LETTER, chair="漢")])
    assert odd.value.field == "Chủ trì"
    with pytest.raises(ValueError, match="no letters"):
        letters_docx([])


# ---------------------------------------------------------------- as LibreOffice prints it


def the_line(page, start: str) -> Text:
    found = [one for one in texts(page) if plain(one.text).startswith(start)]
    assert found, (start, [one.text for one in texts(page)])
    return found[0]


MAIN_LINES = (
    "UBND THÀNH PHỐ", "SỞ GIÁO DỤC VÀ", QUOC_HIEU, TIEU_NGU, "Số:", "Hải Phòng, ngày", "GIẤY MỜI",
    "Dự tập huấn", "“Đơn vị học tập” cấp huyện và", "Sở Giáo dục và Đào tạo Hải Phòng trân",
    "Tới dự:", "Chủ trì:", "Thời gian:", "Địa điểm:", "Nơi nhận:", "- Như trên;",
    "- Lưu: VT, GDTX&ĐH.", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Vũ Hoàng Nam",
    "0011 0000 9501 4277", "8447 5980 3765 0894",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(ALL)))
def test_libreoffice_makes_the_same_page_as_our_pdf(printed: dict[str, bytes], place: int) -> None:
    ours = pages(invitation_pdf([ALL[place]]))[0]
    theirs = pages(printed["all"])
    assert len(theirs) == len(ALL)
    for start in MAIN_LINES:
        mine, other = the_line(ours, start), the_line(theirs[place], start)
        assert (other.font, other.size) == (mine.font, pytest.approx(mine.size)), start
        assert other.y == pytest.approx(mine.y, abs=2.0), start
        assert other.x0 == pytest.approx(mine.x0, abs=1.0), start
    # LibreOffice draws a paragraph's border twice over itself.
    drawn = [
        sorted({round(one.y, 1): one for one in rules(page)}.values(), key=lambda one: one.centre)
        for page in (ours, theirs[place])
    ]
    for mine, other in zip(*drawn, strict=True):
        assert other.y == pytest.approx(mine.y, abs=1.5)
        assert other.length == pytest.approx(mine.length, abs=1.0)


@pytest.mark.slow
def test_code_is_read_at_its_place_on_every_page(printed: dict[str, bytes]) -> None:
    for number, page in enumerate(pages(printed["all"])):
        assert codes(printed["all"], number) == [CODE]
        (picture,) = page.images
        box = [picture[key] * MM for key in ("x0", "x1", "top", "bottom")]
        assert box == pytest.approx([33.5, 61.5, 236, 264], abs=1)
    assert len(pages(printed["one"])) == 1


@pytest.mark.slow
def test_no_page_number_stands_on_any_letter(printed: dict[str, bytes]) -> None:
    for page in pages(printed["all"]):
        assert not [one for one in texts(page) if one.y < 20]


@pytest.mark.slow
def test_head_never_breaks_in_a_wide_fallback_font(printed_wide: bytes) -> None:
    page = pages(printed_wide)[0]
    assert plain(the_line(page, "CỘNG HÒA").text) == QUOC_HIEU
    assert plain(the_line(page, "Độc lập").text) == TIEU_NGU
    assert the_line(page, "Số:").y == the_line(page, "Hải Phòng, ngày").y
