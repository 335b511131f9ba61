"""Name plates read back: the same face twice, one on its head, folds marked at the edges only."""

from __future__ import annotations

from io import BytesIO

import pdfplumber
import pytest
from pdfplumber.page import Page

from app.printing.cards import CardGlyphError, CardTooLongError, NothingToPrintError
from app.printing.name_plates import NAME_SIZES, NamePlate, name_plates_pdf
from tests.printing.reading import MM, Text, pages, texts
from tests.printing.test_badges import LONG_NAME, LONG_UNIT, at

WIDEST_NAME = "Nguyễn Hoàng Phương Trường Giang Nghĩa Thương Mừng Phượng Hằng"
SHORT = NamePlate("Nguyễn Thị Phương Thảo", "Phó Hiệu trưởng", "Trường THPT Ngô Quyền")
LONG = NamePlate(LONG_NAME, "Phó Hiệu trưởng", "Trường THPT Nguyễn Bỉnh Khiêm")
FULL = NamePlate(WIDEST_NAME, "Phó Trưởng ban Thường trực", LONG_UNIT)


def upright(page: Page) -> list[Text]:
    """The lower face: letters that stand on their feet."""
    return texts(page.filter(lambda one: one["object_type"] != "char" or one["matrix"][0] > 0))


def turned(page: Page) -> list[tuple[str, float, float]]:
    """The upper face as it reads from the other side: (text, x, y) there."""
    chars = [one for one in page.chars if one["matrix"][0] < 0]
    lines: dict[float, list[dict[str, object]]] = {}
    for one in chars:
        lines.setdefault(round(190 - (page.height - one["matrix"][5]) * MM, 1), []).append(one)
    return [
        ("".join(c["text"] for c in sorted(line, key=lambda c: -c["x1"])).strip(),
         210 - max(c["x1"] for c in line) * MM, y)
        for y, line in sorted(lines.items())
    ]  # fmt: skip


def face(page: Page) -> list[Text]:
    return [one for one in upright(page) if one.y < 190]


@pytest.mark.parametrize("plate", [SHORT, LONG, FULL])
def test_both_sides_say_the_same(plate: NamePlate) -> None:
    (page,) = pages(name_plates_pdf([plate]))
    lower, upper = face(page), turned(page)
    assert [one.text for one in lower] == [text for text, _x, _y in upper]
    assert [(at(one.x0), at(one.y)) for one in lower] == [(x, y) for _text, x, y in upper]
    said = " ".join(one.text for one in lower).split()
    assert said == [*plate.name.upper().split(), *plate.position.split(), *plate.unit.split()]
    for one in lower:
        assert one.centre == at(105) and 15 <= one.x0 and one.x1 <= 195.1
        assert one.y - 0.9 * one.size * MM > 95  # accents stay on their side of the ridge
        assert 190 - (one.y + 0.25 * one.size * MM) > 4.5  # and printers reach the upper one


def test_the_short_one_stands_as_drawn() -> None:
    (page,) = pages(name_plates_pdf([SHORT]))
    name, position, unit = face(page)
    assert (name.size, position.size, unit.size) == (34, 24, 22)
    assert (name.y, position.y, unit.y) == (at(133.4), at(151.7), at(160.8))
    assert [("Bold" in one.font) for one in (name, position, unit)] == [True, True, False]


def test_the_long_one_breaks_in_the_smallest_size() -> None:
    (page,) = pages(name_plates_pdf([LONG]))
    names = [one for one in face(page) if one.size == NAME_SIZES[-1] == 32]
    assert [one.text for one in names] == [
        "CÔNG TẰNG TÔN NỮ HOÀNG", "NGUYÊN PHƯƠNG THẢO", "KHÁNH LAN NGỌC ĐAN"
    ]  # fmt: skip
    assert [one.y for one in names] == [at(120.7), at(133.1), at(145.6)]


def test_the_largest_size_that_fits() -> None:
    (page,) = pages(name_plates_pdf([NamePlate("Lê An", "", "")]))
    (name,) = face(page)
    assert (name.size, name.text) == (54, "LÊ AN")


def test_folds_are_marked_at_both_edges_only() -> None:
    (page,) = pages(name_plates_pdf([SHORT]))
    ticks = sorted((round(one["top"] * MM), round(one["x0"] * MM), round(one["x1"] * MM))
                   for one in page.lines)  # fmt: skip
    assert ticks == [(y, x0, x0 + 6) for y in (95, 190, 285) for x0 in (5, 199)]
    (note,) = [one for one in upright(page) if one.y > 190]
    assert note.text == "Mặt đế: gấp theo các vạch, dán mép 12 mm" and note.y == at(238.4)


def test_a_page_a_person() -> None:
    with pdfplumber.open(BytesIO(name_plates_pdf([SHORT, LONG, FULL]))) as document:
        assert len(document.pages) == 3


def test_what_has_no_room_names_the_person() -> None:
    with pytest.raises(CardTooLongError, match="“LÊ AN”"):
        name_plates_pdf([NamePlate("Lê An", "Chức vụ rất dài " * 20, LONG_UNIT)])
    with pytest.raises(CardTooLongError, match="họ tên"):
        name_plates_pdf([NamePlate("x" * 60, "", "")])
    with pytest.raises(CardGlyphError, match=r"U\+1F600"):
        name_plates_pdf([NamePlate("Lê 😀", "", "")])
    with pytest.raises(NothingToPrintError):
        name_plates_pdf([])
