from dataclasses import replace
from datetime import date

import pytest

from app.printing.errors import (
    CodeError,
    LetterGlyphError,
    LetterTooLongError,
    MissingGlyphError,
)
from app.printing.letters import (
    MARK_OFF,
    MARK_ON,
    Addressee,
    InvitationLetter,
    addressee_runs,
    invitation_pdf,
)
from app.printing.model import Issuer, Signature
from app.printing.nd30 import QUOC_HIEU, STYLES, TIEU_NGU, issuing_rule_length
from tests.printing.reading import codes, find, pages, rules, texts
from tests.printing.samples import (
    CODE,
    COMMITTEE,
    COMMITTEE_LETTER,
    LETTER,
    LONG_NAME,
    NUMBERED_LETTER,
)

NEAR = 0.5  # mm
FACES = {
    (False, False): "Tinos-Regular",
    (True, False): "Tinos-Bold",
    (False, True): "Tinos-Italic",
    (True, True): "Tinos-BoldItalic",
}


@pytest.fixture(scope="module")
def committee() -> bytes:
    return invitation_pdf([COMMITTEE_LETTER])


@pytest.mark.parametrize(
    ("start", "style", "centre", "left", "y"),
    [
        ("UBND THÀNH PHỐ", "superior_body", 66.0, None, 23.8),
        ("SỞ GIÁO DỤC VÀ", "issuing_body", 66.0, None, 28.7),
        (QUOC_HIEU, "quoc_hieu", 148.5, 104.3, 23.8),
        (TIEU_NGU, "tieu_ngu", 148.5, 120.4, 29.0),
        ("Số:", "number", None, None, 38.2),
        ("Hải Phòng, ngày", "place_date", None, None, 38.2),
        ("GIẤY MỜI", "type_name", 112.5, None, 49.5),
        ("Dự tập huấn", "subject", 112.5, None, 55.8),
        ("“Đơn vị học tập” cấp huyện và “", "subject", 112.5, None, 61.5),
        ("Sở Giáo dục và Đào tạo Hải Phòng trân", "body", None, 40.0, 73.6),
        ("Ông", "body", None, 40.0, 81.4),
        ("Chủ trì:", "body", None, 40.0, 114.0),
        ("Nơi nhận:", "noi_nhan", None, 30.0, 180.4),
        ("- Như trên;", "noi_nhan_item", None, 30.0, 184.9),
        ("- Lưu: VT, GDTX&ĐH.", "noi_nhan_item", None, 30.0, 193.8),
        ("KT. GIÁM ĐỐC", "authority", 150.0, None, 180.4),
        ("PHÓ GIÁM ĐỐC", "sign_title", 150.0, None, 186.1),
        ("Vũ Hoàng Nam", "signer_name", 150.0, None, 219.7),
        ("0011 0000 9501 4277", "code_digits", 47.5, None, 269.5),
        ("8447 5980 3765 0894", "code_digits", 47.5, None, 273.5),
    ],
)
def test_component_stands_as_the_table_says(
    committee: bytes, start: str, style: str, centre: float | None, left: float | None, y: float
) -> None:
    text = find(pages(committee)[0], start)
    look = STYLES[style]
    assert (text.font, text.size) == (FACES[look.bold, look.italic], pytest.approx(look.size))
    assert text.y == pytest.approx(y, abs=NEAR)
    assert left is None or text.x0 == pytest.approx(left, abs=NEAR)
    assert centre is None or text.centre == pytest.approx(centre, abs=NEAR)


def test_rules_are_drawn_in_the_right_length(committee: bytes) -> None:
    page = pages(committee)[0]
    issuer, state, subject = sorted(rules(page), key=lambda rule: rule.y)
    body = find(page, "SỞ GIÁO DỤC VÀ")
    last = find(page, "“Đơn vị học tập” cấp huyện và “")
    tieu_ngu = find(page, TIEU_NGU)
    assert [rule.points for rule in (issuer, state, subject)] == pytest.approx([0.75] * 3)
    assert [issuer.y, state.y, subject.y] == pytest.approx([30.7, 31.1, 64.0], abs=NEAR)
    assert [issuer.centre, state.centre, subject.centre] == pytest.approx(
        [66.0, 148.5, 112.5], abs=NEAR
    )
    assert issuer.length == pytest.approx(issuing_rule_length([body.x1 - body.x0]), abs=NEAR)
    assert (state.x0, state.x1) == pytest.approx((tieu_ngu.x0, tieu_ngu.x1), abs=NEAR)
    assert subject.length == pytest.approx(0.4 * (last.x1 - last.x0), abs=NEAR)


def test_body_is_justified_between_the_margins(committee: bytes) -> None:
    body = [text for text in texts(pages(committee)[0]) if 78 < text.y < 172]
    assert min(text.x0 for text in body) == pytest.approx(30.0, abs=0.1)
    assert max(text.x1 for text in body) == pytest.approx(195.0, abs=0.1)
    full = [text for text in body if text.text.startswith(("cử người", "kiện tối đa", "tập, đẩy"))]
    assert [text.x1 for text in full] == pytest.approx([195.0] * 3, abs=0.1)


def test_only_four_faces_are_in_the_file(committee: bytes) -> None:
    fonts = {char["fontname"].split("+")[-1] for char in pages(committee)[0].chars}
    assert fonts == set(FACES.values())


def test_only_the_name_is_bold_in_the_text(committee: bytes) -> None:
    body = [text for text in texts(pages(committee)[0]) if 70 < text.y < 175]
    assert [text.text for text in body if "Bold" in text.font] == ["Đoàn Hữu Phước"]


def test_number_and_date_blank_are_white_not_dots(committee: bytes) -> None:
    page = pages(committee)[0]
    number, symbol = find(page, "Số:"), find(page, "/GM-SGDĐT")
    assert symbol.x0 - number.x1 == pytest.approx(13, abs=NEAR)
    words = [find(page, start) for start in ("Hải Phòng, ngày", "tháng", "năm 2024")]
    gaps = [after.x0 - before.x1 for before, after in zip(words, words[1:], strict=False)]
    assert gaps == pytest.approx([9, 9], abs=NEAR)


def test_numbered_letter_changes_two_texts_and_moves_nothing() -> None:
    pdf = invitation_pdf([LETTER, NUMBERED_LETTER])
    draft, numbered = (
        {text for text in texts(page) if not 38 < text.y < 38.5} for page in pages(pdf)
    )
    assert draft == numbered
    page = pages(pdf)[1]
    assert find(page, "Số: 214/GM-SGDĐT").centre == pytest.approx(66.0, abs=NEAR)
    assert find(page, "Hải Phòng, ngày 07 tháng 3 năm 2024").font == "Tinos-Italic"


def test_code_reads_back_at_its_place() -> None:
    pdf = invitation_pdf([LETTER])
    assert codes(pdf) == [CODE]
    dark = [curve for curve in pages(pdf)[0].curves + pages(pdf)[0].rects if curve["x1"] < 200]
    assert min(item["x0"] for item in dark) * 25.4 / 72 == pytest.approx(33.5, abs=NEAR)
    assert max(item["x1"] for item in dark) * 25.4 / 72 == pytest.approx(61.5, abs=NEAR)


def test_letter_without_code_has_no_picture() -> None:
    pdf = invitation_pdf([replace(LETTER, code="")])
    assert codes(pdf) == []


@pytest.mark.parametrize(
    ("addressee", "words"),
    [
        (
            Addressee("Trường THPT Ngô Quyền", "Nguyễn Thảo", "Phó Hiệu trưởng", "Bà"),
            "Bà Nguyễn Thảo, Phó Hiệu trưởng, Trường THPT Ngô Quyền.",
        ),
        (Addressee("Trường THPT A", "Lê B"), "Ông (Bà) Lê B, Trường THPT A."),
        (
            Addressee("Ban Chỉ đạo quận Hồng Bàng"),
            "Đại diện Ban Chỉ đạo quận Hồng Bàng.",
        ),
    ],
)
def test_addressee(addressee: Addressee, words: str) -> None:
    assert "".join(text for text, _ in addressee_runs(addressee)) == words


def test_text_ends_with_the_closing_mark_once() -> None:
    letter = replace(LETTER, notes=("Ghi chú một.", "Ghi chú hai./."))
    page = pages(invitation_pdf([letter]))[0]
    assert find(page, "Ghi chú một").text == "Ghi chú một."
    assert find(page, "Ghi chú hai").text == "Ghi chú hai./."


def lengthened(sentences: int) -> InvitationLetter:
    return replace(COMMITTEE_LETTER, notes=("Đề nghị đại biểu đến đúng giờ. " * sentences,))


@pytest.mark.parametrize(
    ("sentences", "size", "space"), [(15, 14, 33.7), (17, 14, 27.7), (20, 13, 33.7), (25, 13, 27.7)]
)
def test_long_letter_gives_up_space_then_size(sentences: int, size: float, space: float) -> None:
    page = pages(invitation_pdf([lengthened(sentences)]))[0]
    name, title = find(page, "Vũ Hoàng Nam"), find(page, "PHÓ GIÁM ĐỐC")
    assert find(page, "Chủ trì:").size == pytest.approx(size)
    assert name.y - title.y == pytest.approx(space, abs=NEAR)
    assert name.y <= 230
    last = max(text.y for text in texts(page) if text.size == size and text.y < title.y - 6.5)
    assert title.y - STYLES["sign_title"].pitch - last == pytest.approx(9.0, abs=NEAR)


def test_letter_that_can_never_fit_is_refused_with_its_place() -> None:
    with pytest.raises(LetterTooLongError) as caught:
        invitation_pdf([LETTER, lengthened(60)])
    assert caught.value.index == 1


def test_long_names_stay_inside_the_text() -> None:
    unit = COMMITTEE.format(district="huyện Thủy Nguyên, thành phố Hải Phòng")
    assert len(unit) > 120
    addressee = Addressee(unit, LONG_NAME, "Phó Trưởng ban Thường trực", "Bà")
    pdf = invitation_pdf([replace(LETTER, addressee=addressee, notes=("a@b.example.vn" * 20,))])
    (page,) = pages(pdf)
    assert max(text.x1 for text in texts(page)) <= 195.1
    assert min(text.x0 for text in texts(page)) >= 29.9


def test_wide_issuing_body_breaks_before_its_name() -> None:
    issuer = Issuer(("SỞ GIÁO DỤC VÀ ĐÀO TẠO",), ("TRƯỜNG THPT NGUYỄN BỈNH KHIÊM",))
    page = pages(invitation_pdf([replace(LETTER, issuer=issuer)]))[0]
    assert find(page, "TRƯỜNG THPT").text == "TRƯỜNG THPT"
    assert find(page, "NGUYỄN BỈNH KHIÊM").y == pytest.approx(33.5, abs=NEAR)
    assert find(page, "Số:").y == pytest.approx(42.7, abs=NEAR)


def test_markup_in_data_is_only_text() -> None:
    addressee = Addressee("*Đơn vị* #panic() $x$", "Lê <b>B</b> \\ _c_", "@ref [x]", "Bà")
    page = pages(invitation_pdf([replace(LETTER, addressee=addressee)]))[0]
    assert find(page, "Lê <b>").text == "Lê <b>B</b> \\ _c_"
    assert "#panic() $x$" in "".join(text.text for text in texts(page))


@pytest.mark.parametrize("place", ["name", "signer", "place"])
def test_character_without_glyph_is_refused(place: str) -> None:
    letter = {
        "name": replace(LETTER, addressee=Addressee("Trường", "Lê 😀", "", "Bà")),
        "signer": replace(LETTER, signature=Signature(("GIÁM ĐỐC",), "Vũ 漢")),
        "place": replace(LETTER, numbering=replace(LETTER.numbering, place="Hải\u200fPhòng")),
    }[place]
    with pytest.raises(MissingGlyphError):
        invitation_pdf([letter])


def test_bad_code_is_refused() -> None:
    with pytest.raises(CodeError):
        invitation_pdf([replace(LETTER, code="12a4")])


def test_no_letters() -> None:
    with pytest.raises(ValueError, match="no letters"):
        invitation_pdf([])


def test_many_letters_are_one_file_in_order() -> None:
    letters = [replace(LETTER, code=f"{number:032d}") for number in range(252)]
    pdf = invitation_pdf(letters)
    assert len(pages(pdf)) == 252
    for place in (0, 249, 250, 251):
        assert codes(pdf, place) == [f"{place:032d}"]


FULL = replace(
    LETTER,
    bases=(
        "Căn cứ Kế hoạch số 337/KH-UBND ngày 29/12/2023 của UBND thành phố Hải Phòng;",
        "Căn cứ Thông tư số 24/2023/TT-BGDĐT ngày 11/12/2023 của Bộ Giáo dục và Đào tạo",
    ),
    notes=("Đề nghị đại biểu mang theo giấy mời",),
    programme=(
        "Buổi sáng, từ 8 giờ 00 phút: triển khai",
        "Buổi chiều, từ 13 giờ 30 phút: tập huấn",
    ),
)


def test_legal_bases_stand_first_in_italics_with_their_stops() -> None:
    (page,) = pages(invitation_pdf([FULL]))
    first, second = find(page, "Căn cứ Kế hoạch"), find(page, "Căn cứ Thông tư")
    assert (first.font, second.font) == ("Tinos-Italic", "Tinos-Italic")
    assert 13 <= first.size <= 14 and first.size == find(page, "Chủ trì:").size
    assert first.x0 == pytest.approx(40.0, abs=NEAR)
    below_rule = first.y - sorted(rules(page), key=lambda rule: rule.y)[-1].y
    assert below_rule == pytest.approx(9.6, abs=NEAR)
    inviting = find(page, "Sở Giáo dục và Đào tạo Hải Phòng trân")
    assert first.y < second.y < inviting.y
    italic = [text.text for text in texts(page) if first.y <= text.y < inviting.y]
    assert {text.font for text in texts(page) if first.y <= text.y < inviting.y} == {"Tinos-Italic"}
    assert "".join(italic).count(";") == 1 and italic[-1].endswith("tạo.")


def test_each_session_is_a_paragraph_after_the_time() -> None:
    (page,) = pages(invitation_pdf([FULL]))
    time, morning = find(page, "Thời gian:"), find(page, "Buổi sáng")
    afternoon, place = find(page, "Buổi chiều"), find(page, "Địa điểm:")
    assert time.y < morning.y < afternoon.y < place.y
    assert [one.x0 for one in (morning, afternoon)] == pytest.approx([40.0] * 2, abs=NEAR)
    assert afternoon.text == "Buổi chiều, từ 13 giờ 30 phút: tập huấn."


def test_addressee_in_words_of_its_own_keeps_the_name_bold() -> None:
    words = (("Gửi ", False), ("Lê B", True), (" và gia đình", False), (".", False))
    (page,) = pages(invitation_pdf([replace(LETTER, addressee_words=words)]))
    assert find(page, "Lê B").font == "Tinos-Bold"
    assert find(page, "và gia đình.").font == "Tinos-Regular"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": ("Dự 漢",)}, "Trích yếu"),
        ({"addressee": Addressee("Trường 漢", "Lê", "", "Bà")}, "Kính mời"),
        ({"chair": "漢"}, "Chủ trì"),
        ({"bases": ("漢",)}, "Căn cứ"),
        ({"notes": ("漢",)}, "Nội dung thư"),
        ({"recipients": ("漢",)}, "Nơi nhận"),
        ({"signature": Signature(("GIÁM ĐỐC",), "漢")}, "Chức vụ, họ tên người ký"),
        ({"issuer": Issuer(("UBND",), ("SỞ 漢",))}, "Cơ quan ban hành"),
    ],
)
def test_what_cannot_be_printed_is_named_with_letter_and_field(changes: dict, field: str) -> None:
    other = replace(LETTER, addressee=Addressee("Trường THPT A", "Lê B", "", "Ông"))
    with pytest.raises(LetterGlyphError) as caught:
        invitation_pdf([other, replace(LETTER, **changes)])
    assert (caught.value.index, caught.value.field) == (1, field)
    assert f"ô “{field}”, có ký tự không in được: 漢 (U+6F22" in str(caught.value)


def test_preview_marks_what_was_filled_in_and_moves_nothing() -> None:
    marked = replace(
        LETTER, time=f"{MARK_ON}{LETTER.time}{MARK_OFF}",
        subject=(f"{MARK_ON}{LETTER.subject[0]}{MARK_OFF}", LETTER.subject[1]),
    )  # fmt: skip
    plain, shown = (
        pages(invitation_pdf([LETTER]))[0],
        pages(invitation_pdf([marked], preview=True))[0],
    )
    assert "".join(char["text"] for char in shown.chars) == "".join(
        char["text"] for char in plain.chars
    )
    for start in ("GIẤY MỜI", "Thời gian:", "Địa điểm:", "KT. GIÁM ĐỐC"):
        mine, other = find(plain, start), find(shown, start)
        assert (other.x0, other.y) == pytest.approx((mine.x0, mine.y), abs=0.1)
    assert len(shown.rects) > len(plain.rects)  # the grounds


def test_january_is_printed_with_a_zero() -> None:
    numbering = replace(LETTER.numbering, number=5, date=date(2024, 1, 8))
    page = pages(invitation_pdf([replace(LETTER, numbering=numbering)]))[0]
    assert find(page, "Số: 05/GM-SGDĐT")
    assert find(page, "Hải Phòng, ngày 08 tháng 01 năm 2024")
