"""The form as PDF, read back: places, sizes, columns, code, every unit of the 2024 register."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from pdfplumber.page import Page
from pdfplumber.table import Table

from app.printing.errors import (
    CodeError,
    FormTooLongError,
    HeadLineTooWideError,
    MissingGlyphError,
)
from app.printing.model import Issuer, Numbering, Signature
from app.printing.nd30 import FORM, QUOC_HIEU, STYLES, TIEU_NGU, issuing_rule_length
from app.printing.unit_form import COLUMNS, FormPaper, FormRow
from app.printing.unit_form_pdf import form_pdf
from app.units.papers import paper_head, signature_titles
from tests.printing.form_samples import CENTRE, EMPTY, FORM_CODE_DIGITS, LONG, SCHOOL
from tests.printing.reading import MM, codes, find, pages, rules, texts

NEAR = 0.5  # mm
FACES = {
    (False, False): "Tinos-Regular",
    (True, False): "Tinos-Bold",
    (False, True): "Tinos-Italic",
    (True, True): "Tinos-BoldItalic",
}
REGISTER = Path(__file__).parents[2] / "app" / "seed" / "units-haiphong-2024.csv"
UNITS = list(csv.DictReader(REGISTER.read_text(encoding="utf-8").splitlines()))


def the_table(page: Page) -> Table:
    """The one table above the code, whose small squares are no cells."""
    (table,) = page.crop((0, 0, page.width, 250 / MM)).find_tables()
    return table


def cells(page: Page) -> list[list[str]]:
    return [[cell.replace("\n", " ") for cell in row] for row in the_table(page).extract()]


@pytest.fixture(scope="module")
def school() -> bytes:
    return form_pdf(SCHOOL)


@pytest.mark.parametrize(
    ("start", "style", "centre", "left", "y"),
    [
        ("SỞ GIÁO DỤC VÀ", "superior_body", 66.0, None, 23.8),
        ("TRƯỜNG THPT NGÔ QUYỀN", "issuing_body", 66.0, None, 28.7),
        (QUOC_HIEU, "quoc_hieu", 148.5, 104.3, 23.8),
        (TIEU_NGU, "tieu_ngu", 148.5, 120.4, 29.0),
        ("Số:", "number", None, None, 38.2),
        ("/DS-THPTNQ", "number", None, None, 38.2),
        ("Hải Phòng, ngày", "place_date", None, None, 38.2),
        ("DANH SÁCH", "type_name", 112.5, None, 50.9),
        ("Đại biểu tham gia", "subject", 112.5, None, 57.2),
        ("“Đơn vị học tập” cấp huyện và “", "subject", 112.5, None, 62.9),
        ("TT", "form_head", 35.5, None, 76.6),
        ("Họ tên", "form_head", 68.0, None, 76.6),
        ("Đơn vị", "form_head", 125.5, None, 76.6),
        ("Chức vụ", "form_head", 175.5, None, 76.6),
        ("1", "form_cell", 35.5, None, 86.6),
        ("Nguyễn Thị Phương Thảo", "form_cell", None, 43.0, 86.6),
        ("Trường THPT Ngô Quyền", "form_cell", None, 97.0, 86.6),
        ("Phó Hiệu trưởng", "form_cell", None, 158.0, 86.6),
        ("Nơi nhận:", "noi_nhan", None, 30.0, 100.0),
        ("- Sở GDĐT Hải Phòng (phòng GDTX&ĐH);", "noi_nhan_item", None, 30.0, 104.4),
        ("- Lưu: VT.", "noi_nhan_item", None, 30.0, 108.9),
        ("HIỆU TRƯỞNG", "sign_title", 150.0, None, 100.0),
        ("Lê Quang Huy", "signer_name", 150.0, None, 133.7),
        ("Mã phiếu: 2000 1000 0170 1763", "code_note", None, 54.0, 264.3),
        ("4609 6570 8030 6554", "code_note", None, 67.7, 268.2),
        ("Sở GDĐT dùng mã này để nhận bản chụp", "code_hint", None, 54.0, 272.1),
    ],
)
def test_component_stands_as_the_table_says(
    school: bytes, start: str, style: str, centre: float | None, left: float | None, y: float
) -> None:
    text = next(text for text in texts(pages(school)[0]) if text.text.startswith(start))
    look = STYLES[style]
    assert (text.font, text.size) == (FACES[look.bold, look.italic], pytest.approx(look.size))
    assert text.y == pytest.approx(y, abs=NEAR)
    assert left is None or text.x0 == pytest.approx(left, abs=NEAR)
    assert centre is None or text.centre == pytest.approx(centre, abs=NEAR)


def test_rules_are_drawn_in_the_right_length(school: bytes) -> None:
    page = pages(school)[0]
    issuer, state, subject = rules(page)
    body, tieu_ngu = find(page, "TRƯỜNG THPT NGÔ"), find(page, TIEU_NGU)
    last = find(page, "“Đơn vị học tập” cấp huyện và “")
    assert [rule.points for rule in (issuer, state, subject)] == pytest.approx([0.75] * 3)
    assert [rule.centre for rule in (issuer, state, subject)] == pytest.approx([66, 148.5, 112.5])
    assert [rule.y for rule in (issuer, state, subject)] == pytest.approx(
        [30.7, 31.1, 65.4], abs=NEAR
    )
    assert issuer.length == pytest.approx(issuing_rule_length([body.x1 - body.x0]), abs=NEAR)
    assert (state.x0, state.x1) == pytest.approx((tieu_ngu.x0, tieu_ngu.x1), abs=NEAR)
    assert subject.length == pytest.approx(0.4 * (last.x1 - last.x0), abs=NEAR)
    assert "___" not in page.extract_text()


def test_table_has_exactly_the_forms_four_columns(school: bytes) -> None:
    assert cells(pages(school)[0]) == [
        ["TT", "Họ tên", "Đơn vị", "Chức vụ"],
        ["1", "Nguyễn Thị Phương Thảo", "Trường THPT Ngô Quyền", "Phó Hiệu trưởng"],
    ]
    found = the_table(pages(school)[0])
    x0, top, x1, bottom = (length * MM for length in found.bbox)
    assert (x0, top, x1, bottom) == pytest.approx((30, 70.5, 195, 90.6), abs=NEAR)
    edges = sorted({cell[0] * MM for cell in found.cells})
    assert edges == pytest.approx([30, 41, 95, 156], abs=0.1)


def test_number_day_and_signer_stay_white_until_given() -> None:
    blank = replace(
        SCHOOL, numbering=Numbering("", "Hải Phòng", 2024), signature=Signature(("HIỆU TRƯỞNG",))
    )
    page = pages(form_pdf(blank))[0]
    number, symbol = find(page, "Số:"), find(page, "/...")
    assert symbol.x0 - number.x1 == pytest.approx(13, abs=NEAR)
    words = [find(page, start) for start in ("Hải Phòng, ngày", "tháng", "năm 2024")]
    gaps = [after.x0 - before.x1 for before, after in zip(words, words[1:], strict=False)]
    assert gaps == pytest.approx([9, 9], abs=NEAR)
    below = [text.text for text in texts(page) if 109.5 < text.y < 257]
    assert below == []


def test_number_and_day_as_typed_move_nothing_else() -> None:
    numbering = Numbering("DS-THPTNQ", "Hải Phòng", 2024, "5", date(2024, 3, 4))
    page = pages(form_pdf(replace(SCHOOL, numbering=numbering)))[0]
    assert find(page, "Số: 05/DS-THPTNQ").centre == pytest.approx(66, abs=NEAR)
    assert find(page, "Hải Phòng, ngày 04 tháng 3 năm 2024").centre == pytest.approx(
        148.5, abs=NEAR
    )
    before = {text for text in texts(pages(form_pdf(SCHOOL))[0]) if not 38 < text.y < 38.5}
    assert {text for text in texts(page) if not 38 < text.y < 38.5} == before


def test_deputy_signs_for_the_head() -> None:
    page = pages(form_pdf(CENTRE))[0]
    authority, title = find(page, "KT. GIÁM ĐỐC"), find(page, "PHÓ GIÁM ĐỐC")
    assert title.y - authority.y == pytest.approx(5.7, abs=0.1)
    assert find(page, "Đỗ Xuân Trường").y - title.y == pytest.approx(33.7, abs=NEAR)
    assert find(page, "Nơi nhận:").y == authority.y


@pytest.mark.parametrize("dpi", [150, 300])
def test_code_reads_from_the_printed_page(school: bytes, dpi: int) -> None:
    image = pypdfium2.PdfDocument(school)[0].render(scale=dpi / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(image)
    assert code.text == FORM_CODE_DIGITS


def test_code_is_large_enough_and_has_its_quiet_zone(school: bytes) -> None:
    page = pages(school)[0]
    dark = [item for item in page.curves + page.rects if item["top"] * MM > 250]
    x0, x1 = (f(item[key] * MM for item in dark) for f, key in ((min, "x0"), (max, "x1")))
    top, bottom = (f(item[k] * MM for item in dark) for f, k in ((min, "top"), (max, "bottom")))
    assert (x0, x1, top, bottom) == pytest.approx((30, 50, 257, 277), abs=0.2)
    module = (x1 - x0) / 21
    assert x1 - x0 + 8 * module >= 25
    for text in texts(page):
        beside = text.x0 < x1 + 4 * module and text.x1 > x0 - 4 * module
        assert not (beside and text.y > top - 4 * module), text


def test_filled_form_says_neither_sample_nor_sign_and_stamp(school: bytes) -> None:
    words = pages(school)[0].extract_text()
    assert "MẪU" not in words and "đóng dấu" not in words


def test_empty_form_is_the_plans_own() -> None:
    pdf = form_pdf(EMPTY)
    (page,) = pages(pdf)
    mark = find(page, "MẪU")
    assert (mark.x1, mark.y, mark.font) == (
        pytest.approx(195, abs=0.1),
        pytest.approx(16.1, abs=0.1),
        "Tinos-Bold",
    )
    dots = [text for text in texts(page) if set(text.text) == {"."}]
    assert [round(text.y, 1) for text in dots] == pytest.approx([23.8, 28.7], abs=NEAR)
    assert [text.x1 - text.x0 for text in dots] == pytest.approx([65.6, 65.6], abs=1)
    assert [text.font for text in dots] == ["Tinos-Regular", "Tinos-Bold"]
    table = cells(page)
    assert table[1] == ["1", "", "", ""]
    assert [text.text for text in texts(page) if text.text.startswith("-")] == ["-", "- Lưu: VT."]
    note = find(page, "(Ký, đóng dấu)")
    assert (note.font, note.centre) == ("Tinos-Italic", pytest.approx(150, abs=NEAR))
    assert find(page, "LÃNH ĐẠO PHÒNG/ĐƠN VỊ").y < find(page, "TRƯỜNG/TRUNG TÂM").y < note.y
    assert codes(pdf) == []


def test_long_names_stay_whole_on_the_page() -> None:
    row = LONG.rows[0]
    assert (len(row.name), len(row.unit), len(row.position)) >= (120, 130, 115)
    (page,) = pages(form_pdf(LONG))
    table = cells(page)
    assert table[1] == ["1", row.name, row.unit, row.position]
    inside = [text for text in texts(page) if text.y > 70]
    assert max(text.x1 for text in inside) <= 195.1 and min(text.x0 for text in inside) >= 29.9
    title = find(page, "PHÓ HIỆU TRƯỞNG")
    signer = [text for text in texts(page) if title.y + 10 < text.y < 256]
    assert " ".join(text.text for text in signer) == LONG.signature.signer
    assert [text.centre for text in signer] == pytest.approx([150, 150], abs=NEAR)
    assert find(page, QUOC_HIEU).text == QUOC_HIEU


def form_of_unit(unit: dict[str, str], deputy: bool) -> FormPaper:
    superior, issuing = paper_head(unit["kind"], unit["name"], unit["district"] or None, None, None)
    titles = signature_titles(unit["kind"], unit["name"])
    return replace(
        SCHOOL,
        issuer=Issuer((superior,) if superior else (), tuple(issuing)),
        rows=(FormRow("Nguyễn Thị Phương Thảo", unit["name"], "Phó Thủ trưởng"),),
        signature=Signature(titles.deputy if deputy else (titles.head,)),
    )


@pytest.mark.parametrize("kind", sorted({unit["kind"] for unit in UNITS}))
def test_every_unit_of_the_register_has_its_form(kind: str) -> None:
    for place, unit in enumerate(one for one in UNITS if one["kind"] == kind):
        pdf = form_pdf(form_of_unit(unit, deputy=place % 2 == 1))
        (page,) = pages(pdf)
        assert find(page, QUOC_HIEU).text == QUOC_HIEU
        table = cells(page)
        assert table[0] == [heading for heading, _width in COLUMNS]
        assert table[1][2] == unit["name"]
        left = [text for text in texts(page) if text.y < 50 and text.x1 < 103]
        assert min(text.x0 for text in left) >= 30, unit["name"]
        sign = next(
            text
            for text in texts(page)
            if text.y > 90 and text.centre == pytest.approx(150, abs=NEAR)
        )
        assert sign.text.startswith("KT. ") == (place % 2 == 1)
        assert find(page, "Mã phiếu").y == pytest.approx(FORM["code_text_y"], abs=0.1)


@pytest.mark.parametrize("place", ["name", "unit", "signer", "symbol", "issuer", "subject"])
def test_character_without_glyph_is_refused_with_a_sentence(place: str) -> None:
    paper = {
        "name": replace(SCHOOL, rows=(FormRow("Lê 漢"),)),
        "unit": replace(SCHOOL, rows=(FormRow("Lê", "Trường 😀"),)),
        "signer": replace(SCHOOL, signature=Signature(("HIỆU TRƯỞNG",), "Vũ 漢")),
        "symbol": replace(SCHOOL, numbering=Numbering("DS-漢", "Hải Phòng", 2024)),
        "issuer": replace(SCHOOL, issuer=Issuer((), ("TRƯỜNG 漢",))),
        "subject": replace(SCHOOL, subject=("Đại biểu 漢",)),
    }[place]
    with pytest.raises(MissingGlyphError) as caught:
        form_pdf(paper)
    assert "ký tự không in được" in str(caught.value)


@pytest.mark.parametrize(
    "numbering",
    [
        Numbering("W" * 20, "Hải Phòng", 2024),
        Numbering("DS", "Thành phố Hải Phòng, quận Ngô Quyền", 2024),
    ],
)
def test_number_and_day_are_never_broken_but_refused(numbering: Numbering) -> None:
    with pytest.raises(HeadLineTooWideError) as caught:
        form_pdf(replace(SCHOOL, numbering=numbering))
    assert "Hãy viết gọn lại" in str(caught.value)


def test_full_page_gives_up_space_to_sign_then_is_refused() -> None:
    rows = [replace(SCHOOL, rows=SCHOOL.rows * count) for count in (11, 12)]
    spaces = []
    for paper in rows:
        (page,) = pages(form_pdf(paper))
        spaces.append(find(page, "Lê Quang Huy").y - find(page, "HIỆU TRƯỞNG").y)
        assert find(page, "Lê Quang Huy").y <= FORM["lowest_y"]
    assert spaces == pytest.approx([33.7, 27.7], abs=NEAR)
    with pytest.raises(FormTooLongError):
        form_pdf(replace(SCHOOL, rows=SCHOOL.rows * 13))


def test_bad_code_is_refused() -> None:
    with pytest.raises(CodeError):
        form_pdf(replace(SCHOOL, code="12a4"))


def test_markup_in_data_is_only_text() -> None:
    row = FormRow("Lê <b>B</b> \\ _c_", "*Đơn vị* #panic() $x$", "@ref [x]")
    page = pages(form_pdf(replace(SCHOOL, rows=(row,))))[0]
    table = cells(page)
    assert table[1][1:] == ["Lê <b>B</b> \\ _c_", "*Đơn vị* #panic() $x$", "@ref [x]"]


def test_only_our_four_faces_are_in_the_file(school: bytes) -> None:
    fonts = {char["fontname"].split("+")[-1] for char in pages(school)[0].chars}
    assert fonts == set(FACES.values())
