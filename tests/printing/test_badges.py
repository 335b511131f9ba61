"""Badges read back: places of paper 3.6, nothing outside its card, codes a camera reads."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from pdfplumber.page import Page

from app.printing.badges import FORMS, LOOKS, Badge, BadgeHead, badges_pdf
from app.printing.cards import CardGlyphError, CardTooLongError, NothingToPrintError
from tests.printing.reading import MM, Text, codes, find, pages, rules, texts

HEAD = BadgeHead(
    "SỞ GIÁO DỤC VÀ ĐÀO TẠO HẢI PHÒNG", "Tập huấn “Đơn vị học tập”, “Cộng đồng học tập”"
)
SHORT = Badge("Đào Mạnh Hà", "Phó Trưởng phòng", "Phòng Thử quận Lê Chân", "0011" + "1" * 28, "III")
LONG_NAME = "Công Tằng Tôn Nữ Hoàng Nguyên Phương Thảo Khánh Lan Ngọc Đan"
LONG_UNIT = (
    "Ban Chỉ đạo Phổ cập giáo dục, xóa mù chữ - Xây dựng xã hội học tập - Dạy và học ngoại ngữ "
    "huyện Thủy Nguyên, thành phố Hải Phòng"
)
WIDE_NAME = "Nguyễn Hoàng Phương Trường Giang Nghĩa Thương Mừng Phượng Hoa"
LONG = Badge(LONG_NAME, "Phó Trưởng ban Thường trực", LONG_UNIT, "0011" + "2" * 28, "I")
WIDE = Badge(WIDE_NAME, "Phó Trưởng ban Thường trực", LONG_UNIT, "0011" + "3" * 28, "guest")


def words(found: Iterable[Text]) -> list[str]:
    return " ".join(one.text for one in found).split()


def at(y: float) -> object:
    return pytest.approx(y, abs=0.5)


def one_page(badges: list[Badge], layout: str = "a7-8") -> Page:
    (page,) = pages(badges_pdf(badges, layout, HEAD))
    return page


def test_the_a7_stands_as_drawn() -> None:
    page = one_page([SHORT])
    body, title = find(page, HEAD.body), find(page, HEAD.title)
    role, name = find(page, "ĐẠI BIỂU"), find(page, SHORT.name)
    position, unit = find(page, SHORT.position), find(page, SHORT.unit)
    assert (body.y, title.y, role.y, name.y) == (at(10.1), at(14.2), at(22.1), at(34.3))
    assert (body.size, title.size, role.size, name.size) == (10, 10, 11, 22)
    assert (position.size, unit.size) == (12, 12)
    faces = [one.font for one in (body, title, role, name, position, unit)]
    assert ["Bold" in one for one in faces] == [False, True, True, True, True, False]
    assert all(one.centre == at(52.5) for one in (body, title, role, name))
    assert (position.x0, unit.x0) == (at(8.0), at(8.0))
    digits = [one for one in texts(page) if one.size == 7]
    assert [one.y for one in digits] == [at(64.3), at(67.3)]
    (line,) = [one for one in page.lines if one["linewidth"] == 0.5]
    assert (line["x0"] * MM, line["x1"] * MM, line["top"] * MM) == (at(8), at(97), at(16.4))
    assert rules(page) == []  # nothing thicker


def test_eight_without_gaps_and_marks_that_cross() -> None:
    page = one_page([SHORT] * 8)
    names = [(one.centre, one.y) for one in texts(page) if one.text == SHORT.name]
    assert sorted(names) == [
        (at(52.5 + 105 * column), at(34.3 + 74.25 * row)) for column in (0, 1) for row in range(4)
    ]
    marks = [one for one in page.lines if one["linewidth"] < 0.4]
    long = {round(max(one["width"], one["height"]) * MM, 1) for one in marks}
    assert long == {4.0}
    assert {round(one["stroking_color"][0], 1) for one in marks} == {0.5}
    inside = [one for one in marks if one["height"] > 1 and 70 < one["top"] * MM < 80]
    assert len(inside) == 1 and inside[0]["x0"] * MM == at(105)


@pytest.mark.parametrize("layout", FORMS)
def test_nothing_leaves_its_card_and_no_word_is_broken(layout: str) -> None:
    form = FORMS[layout]
    badges = [SHORT, LONG, WIDE] * 4
    page = pages(badges_pdf(badges, layout, HEAD))[0]
    grid = form.grid
    for cell in range(grid.cards):
        badge, (x, y) = badges[cell], grid.corner(cell)
        own = [
            one for one in texts(page)
            if x <= one.x0 < x + grid.width and y <= one.y < y + grid.height
        ]  # fmt: skip
        for one in own:
            assert one.x0 >= x + form.inset - 0.1, one
            assert one.x1 <= x + grid.width - 2.5, one
            assert one.y + 0.25 * one.size * MM <= y + grid.height - 1, one
        said = words(own)
        for text in (badge.name, badge.position, badge.unit, HEAD.title):
            assert all(word in said for word in text.split())
        least = {form.code[2] - form.down, form.code[2]}
        assert min(one.size for one in own) >= 6.5 and min(least) >= 13
        big = max(own, key=lambda one: (one.size, -one.y))
        assert badge.name.startswith(big.text.split()[0])


def test_long_ones_take_the_sizes_said() -> None:
    page = one_page([LONG, WIDE])
    left = [one for one in texts(page) if one.x1 < 105]
    name = [one for one in left if one.text.split()[0] in LONG_NAME and one.size == 16]
    assert words(name) == LONG_NAME.split() and len(name) == 2
    assert words(one for one in left if one.size == 10 and one.y > 45) == LONG_UNIT.split()
    right = [one for one in texts(page) if one.x0 > 105 and one.size == 16]
    assert words(right) == WIDE_NAME.split() and len(right) == 3
    band = 17.9 + 5.7
    code_top = min(
        one["top"] * MM for one in page.rects if one["x0"] * MM > 170 and one["width"] * MM < 7
    )
    assert min(one.y - 0.66 * 16 * MM for one in right) > band
    assert max(one.y for one in right) < code_top - 3  # the code keeps its white


@pytest.mark.parametrize("layout", FORMS)
def test_codes_are_read_from_every_card(layout: str) -> None:
    number = FORMS[layout].grid.cards
    badges = [
        Badge(LONG_NAME if n % 2 else WIDE_NAME, "Hiệu trưởng", LONG_UNIT, f"{n * 7919 + 10**31}")
        for n in range(number)
    ]
    assert sorted(codes(badges_pdf(badges, layout, HEAD))) == sorted(one.code for one in badges)


def test_groups_are_told_without_colour() -> None:
    """By word and numeral, and by the lightness of the band or the pattern of its ends."""
    assert len({(one.role, one.numeral, one.pattern) for one in LOOKS.values()}) == len(LOOKS)
    page = one_page([Badge("Lê An", "", "", "1" * 32, key) for key in LOOKS])
    roles = {one.text for one in texts(page)}
    assert {look.role for look in LOOKS.values()} | {"I", "II", "III", "IV"} <= roles
    greys = [
        116 * grey(one.fill) ** (1 / 3) - 16 for one in LOOKS.values() if one.fill != "#f4f4f4"
    ]
    assert greys == sorted(greys, reverse=True)
    assert min(a - b for a, b in zip(greys, greys[1:], strict=False)) > 6  # of 100, L*
    for look in LOOKS.values():
        light, dark = sorted((grey(look.fill), grey(look.colour)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 4.5  # the word is read


def grey(colour: str) -> float:
    """Relative luminance as a printer without colour keeps it."""
    digits = colour.lstrip("#")
    parts = digits if len(digits) == 6 else "".join(2 * one for one in digits)
    channels = [int(parts[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_long_title_of_the_event() -> None:
    title = (
        "Tập huấn công tác đánh giá, công nhận “Đơn vị học tập” và “Cộng đồng học tập” cấp huyện"
    )
    (page,) = pages(badges_pdf([SHORT], "a7-8", BadgeHead(HEAD.body, title)))
    lines = [one for one in texts(page) if one.y < 16.4]
    assert words(lines) == HEAD.body.split() + title.split()
    assert min(one.y - 0.7 * one.size * MM for one in lines) > 4.5
    with pytest.raises(CardTooLongError, match="tên ngắn của sự kiện"):
        badges_pdf([SHORT], "a7-8", BadgeHead(HEAD.body, title * 2))


def test_what_has_no_room_names_the_person() -> None:
    with pytest.raises(CardTooLongError, match="“Lê An”: chức vụ, đơn vị dài quá"):
        badges_pdf([SHORT, Badge("Lê An", "Chức vụ " * 30, LONG_UNIT, "1" * 32)], "a7-8", HEAD)
    with pytest.raises(CardTooLongError, match="“x+”: họ tên"):
        badges_pdf([Badge("x" * 60, "", "", "1" * 32)], "86x54-10", HEAD)
    with pytest.raises(CardGlyphError, match=r"“Lê 😀” .*U\+1F600"):
        badges_pdf([SHORT, Badge("Lê 😀", "", "", "1" * 32)], "a7-8", HEAD)
    with pytest.raises(CardGlyphError, match=r"“Lê An” .*U\+20BB7"):
        badges_pdf([SHORT, Badge("Lê An", "", "Trường 𠮷", "1" * 32)], "a7-8", HEAD)
    with pytest.raises(NothingToPrintError, match="Không có ai để in"):
        badges_pdf([], "a7-8", HEAD)


def test_decomposed_letters_and_markup_are_text() -> None:
    page = one_page([Badge("Đào Mạnh Hà", "#panic(1) $x$", "<b>&amp;</b>", "1" * 32)])
    said = {one.text for one in texts(page)}
    assert {"Đào Mạnh Hà", "#panic(1) $x$", "<b>&amp;</b>"} <= said


def test_more_sheets_than_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.printing.cards.PAGES_A_RUN", 2)
    sheets = pages(badges_pdf([SHORT] * 33, "a7-8", HEAD))
    counts = [sum(one.text == SHORT.name for one in texts(page)) for page in sheets]
    assert counts == [8, 8, 8, 8, 1]
