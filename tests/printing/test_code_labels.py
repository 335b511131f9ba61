"""Sheets of code labels, of seat labels, and the poster, read back."""

from __future__ import annotations

import pytest

from app.printing.cards import CardGlyphError, CardTooLongError, NothingToPrintError
from app.printing.code_labels import LABEL_FORMS, CodeLabel, code_labels_pdf
from app.printing.posters import DIRECTIONS, Poster, arrow_poster_pdf
from app.printing.seat_labels import SEAT_FORMS, SeatLabel, seat_labels_pdf
from tests.printing.reading import MM, Text, codes, find, pages, texts
from tests.printing.test_badges import LONG_NAME, LONG_UNIT, WIDE_NAME, at

SIZES = {"24": (3, 8, 70.0, 37.125), "40": (4, 10, 52.5, 29.7), "65": (5, 13, 38.1, 21.2)}
SHORT = CodeLabel("Đào Mạnh Hà", "Phó Trưởng phòng", "Phòng Thử quận Lê Chân", "1" * 32, "30")


def labels(number: int) -> list[CodeLabel]:
    """Short, long and wide names in turn, each with a code of its own."""
    names = ("Đào Mạnh Hà", LONG_NAME, WIDE_NAME)
    return [
        CodeLabel(
            names[at % 3], "Phó Trưởng ban", LONG_UNIT if at % 2 else "Trường THPT Thử",
            f"{at * 104_729 + 10**31}", str(at + 1), "BCĐ huyện Thử",
        )
        for at in range(number)
    ]  # fmt: skip


@pytest.mark.parametrize("sheet", SIZES)
def test_each_label_stands_in_its_own_field(sheet: str) -> None:
    columns, rows, width, height = SIZES[sheet]
    form, given = LABEL_FORMS[sheet], labels(columns * rows)
    grid = form.grid
    assert (grid.columns, grid.rows, grid.width, grid.height) == SIZES[sheet]
    assert grid.left * 2 + columns * width + (columns - 1) * grid.gaps[0] == pytest.approx(210)
    assert grid.top * 2 + rows * height == pytest.approx(297)
    pdf = code_labels_pdf(given, sheet)
    (page,) = pages(pdf)
    found = texts(page)
    assert not page.lines and not any(one["stroke"] for one in page.rects)  # no borders
    for cell, label in enumerate(given):
        x, y = grid.corner(cell)
        own = [one for one in found if x <= one.x0 < x + width and y <= one.y < y + height]
        assert all(one.x1 <= x + width - 1.2 for one in own), label.name
        assert all(y + 0.5 < one.y - 0.66 * one.size * MM for one in own)
        assert all(one.y + 0.2 * one.size * MM < y + height - 0.8 for one in own)
        said = " ".join(one.text for one in own if "Bold" in one.font).split()
        assert said == label.name.split()
        assert min(one.size for one in own) >= 6.5
    edges = [one for one in found if one.x1 > 205.9 or one.y > 293.1]
    assert edges == []  # what printers leave white


@pytest.mark.parametrize("sheet", SIZES)
def test_every_code_is_read(sheet: str) -> None:
    given = labels(len(range(LABEL_FORMS[sheet].grid.cards)))
    assert sorted(codes(code_labels_pdf(given, sheet))) == sorted(one.code for one in given)


def test_the_24_stands_as_drawn() -> None:
    (page,) = pages(code_labels_pdf([SHORT], "24"))
    number, name = find(page, "30"), find(page, SHORT.name)
    position, unit = find(page, SHORT.position), find(page, "Phòng Thử")
    assert (number.size, name.size, position.size, unit.size) == (8, 11, 9, 9)
    assert all(one.x0 == at(30.5) for one in (number, name, position, unit))
    assert [one.y for one in texts(page) if one.size == 6.5] == [at(28.7), at(31.5)]


def test_long_ones_are_smaller_and_give_way_as_a_whole() -> None:
    (page,) = pages(code_labels_pdf([labels(2)[1]], "24"))
    sizes = {one.size for one in texts(page) if "Bold" in one.font}
    assert sizes == {9}
    small = pages(code_labels_pdf(labels(2), "40"))[0].extract_text()
    assert "Trường THPT Thử" not in small and "BCĐ huyện Thử" in small


@pytest.mark.parametrize(("sheet", "skip"), [("24", 4), ("40", 39), ("65", 64)])
def test_a_half_used_sheet_begins_where_it_is_free(sheet: str, skip: int) -> None:
    form = LABEL_FORMS[sheet]
    first, second = pages(code_labels_pdf([SHORT] * (form.grid.cards - skip + 1), sheet, skip=skip))
    x, y = form.grid.corner(skip)
    top = min((one.y, one.x0) for one in texts(first))
    assert y < top[0] < y + form.grid.height and x < top[1] < x + form.grid.width
    assert len({one.y for one in texts(second)}) <= 6
    for wrong in (-1, form.grid.cards):
        with pytest.raises(ValueError, match="more skipped"):
            code_labels_pdf([SHORT], sheet, skip=wrong)


def test_labels_refused() -> None:
    with pytest.raises(NothingToPrintError):
        code_labels_pdf([], "24")
    with pytest.raises(CardTooLongError, match="“x+”: họ tên"):
        code_labels_pdf([CodeLabel("x" * 40, "", "", "1" * 32)], "65")
    with pytest.raises(CardGlyphError, match=r"U\+1F600"):
        code_labels_pdf([CodeLabel("Lê An", "", "😀", "1" * 32)], "65")


# ---------------------------------------------------------------- seats


@pytest.mark.parametrize("layout", SEAT_FORMS)
def test_seats_large_with_who_sits_there(layout: str) -> None:
    grid = SEAT_FORMS[layout].grid
    given = [
        SeatLabel("A", "1", "Lê An", "Trường THPT Thử"), SeatLabel("12", "30", WIDE_NAME, LONG_UNIT),
        SeatLabel("", "7"), *[SeatLabel("B", str(number)) for number in range(grid.cards - 3)],
    ]  # fmt: skip
    (page,) = pages(seat_labels_pdf(given, layout))
    found = texts(page)
    for cell, label in enumerate(given):
        x, y = grid.corner(cell)
        own = [
            one for one in found if x <= one.x0 < x + grid.width and y <= one.y < y + grid.height
        ]
        big = max(own, key=lambda one: one.size)
        assert big.text == label.seat and big.centre == at(x + grid.width / 2)
        assert inside(own, x, y, grid.width, grid.height)
        assert set(label.name.split()) <= set(" ".join(one.text for one in own).split())
    assert {"A1", "12-30", "7", "Hàng A · Ghế 1", "Ghế 7"} <= {one.text for one in found}
    assert bool(page.lines) is SEAT_FORMS[layout].marks


def inside(own: list[Text], x: float, y: float, width: float, height: float) -> bool:
    return all(
        x + 5 < one.x0 and one.x1 < x + width - 5
        and y + 3 < one.y - 0.66 * one.size * MM and one.y < y + height - 3
        for one in own
    )  # fmt: skip


def test_seats_refused() -> None:
    with pytest.raises(NothingToPrintError):
        seat_labels_pdf([], "seat-8")
    with pytest.raises(CardTooLongError, match="“x+”"):
        seat_labels_pdf([SeatLabel("A", "1", "x" * 80)], "seat-24")
    with pytest.raises(ValueError, match="more skipped"):
        seat_labels_pdf([SeatLabel("A", "1")], "seat-24", skip=24)


# ---------------------------------------------------------------- the poster


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("landscape", [True, False])
def test_the_poster_points_and_leads_to_the_programme(direction: str, landscape: bool) -> None:
    address = "https://dangky.example.vn/events/tap-huan-2024"
    pdf = arrow_poster_pdf(
        Poster(direction, "Tập huấn công tác thử", "Hội trường tầng 3", address, landscape)
    )
    (page,) = pages(pdf)
    assert (round(page.width * MM), round(page.height * MM)) == (
        (297, 210) if landscape else (210, 297)
    )
    assert codes(pdf) == [address]
    assert find(page, "Tập huấn").size >= 28 and find(page, "Hội trường").size >= 20
    (arrow,) = page.curves
    corners = {(round(x * MM, 1), round(y * MM, 1)) for x, y in arrow["pts"]}
    xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    tip = {"left": xs[0], "right": xs[-1], "up": ys[0]}[direction]
    axis = 1 if direction == "up" else 0
    assert len({one for one in corners if one[axis] == tip}) == 1  # one corner at the tip
    assert xs[0] > 10 and xs[-1] < page.width * MM - 10
    assert max(ys) < find(page, "Tập huấn").y - 0.9 * find(page, "Tập huấn").size * MM


def test_posters_refused() -> None:
    with pytest.raises(CardGlyphError, match=r"U\+1F600"):
        arrow_poster_pdf(Poster("up", "😀", "", "https://dangky.example.vn/"))
    with pytest.raises(CardTooLongError, match="tên sự kiện, địa điểm"):
        arrow_poster_pdf(Poster("up", "chữ " * 400, "", "https://dangky.example.vn/", True))
