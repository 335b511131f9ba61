"""Labels and envelopes read back: each in its place, nothing clipped, no word broken."""

from __future__ import annotations

import pytest

from app.printing.errors import LabelTooLongError, MissingGlyphError
from app.printing.labels import (
    ENVELOPES,
    SHEETS,
    SMALLEST_PT,
    PostalAddress,
    Sender,
    envelopes_pdf,
    labels_pdf,
)
from tests.printing.reading import MM, pages, texts

COMMITTEE = (
    "Ban Chỉ đạo Phổ cập giáo dục, xóa mù chữ - Xây dựng xã hội học tập - Dạy và học ngoại ngữ "
    "huyện Vĩnh Bảo"
)
SHORT = PostalAddress(
    "Kính gửi:", "Ông Đặng Mạnh Hùng", ("Hiệu trưởng", "Trường THPT Thử", "Quận Hải An, Hải Phòng")
)
LONG = PostalAddress(
    "Kính gửi:",
    "Bà Công Tằng Tôn Nữ Hoàng Nguyên Phương Thảo Khánh Lan Ngọc Đan",
    ("Phó Trưởng ban", COMMITTEE, "Hải Phòng"),
)
SENDER = Sender(
    "Người gửi:", "Sở Giáo dục và Đào tạo Hải Phòng", ("Phòng Thử",), "Số: 214/GM-SGDĐT"
)


def words(address: PostalAddress) -> list[str]:
    return " ".join((address.heading, address.name, *address.lines)).split()


@pytest.mark.parametrize(("sheet", "number"), [("24", 24), ("14", 14)])
def test_each_label_stands_inside_its_own_field(sheet: str, number: int) -> None:
    form = SHEETS[sheet]
    assert form.labels == number
    assert (form.columns * form.width, form.rows * form.height) == (210.0, 297.0)
    sheets = pages(labels_pdf([LONG] * (number + 1), sheet))
    assert len(sheets) == 2
    for text in texts(sheets[0]):
        column = int(text.x0 // form.width)
        assert text.x0 >= column * form.width + 5
        assert text.x1 <= (column + 1) * form.width - 5
    fields: dict[tuple[int, int], list[str]] = {}
    for text in texts(sheets[0]):
        top = text.y - text.size * 0.9 * 25.4 / 72
        row = int(top // form.height)
        assert top >= row * form.height + 4.9
        assert text.y + text.size * 0.25 * 25.4 / 72 <= (row + 1) * form.height - 4.5
        fields.setdefault((row, int(text.x0 // form.width)), []).extend(text.text.split())
    assert len(fields) == number
    assert all(read == words(LONG) for read in fields.values())  # whole words, in their order


def test_a_half_used_sheet_begins_where_it_is_free() -> None:
    first, second = pages(labels_pdf([SHORT] * 20, "24", skip=5))
    names = [one for one in texts(first) if one.text == SHORT.name]
    assert len(names) == 19
    assert 140 <= names[0].x0 <= 210  # the sixth: second row, third column
    assert 37.125 <= names[0].y <= 2 * 37.125
    assert len([one for one in texts(second) if one.text == SHORT.name]) == 1


def test_short_ones_are_large_and_long_ones_smaller() -> None:
    (page,) = pages(labels_pdf([SHORT, LONG], "24"))
    sizes = {text.x0 < 70: text.size for text in texts(page)}
    assert sizes[True] == SHEETS["24"].largest_pt
    assert SMALLEST_PT <= sizes[False] < sizes[True]


def test_only_the_name_is_bold() -> None:
    (page,) = pages(labels_pdf([SHORT], "14"))
    assert [one.text for one in texts(page) if "Bold" in one.font] == [SHORT.name]


@pytest.mark.parametrize("size", sorted(ENVELOPES))
def test_envelopes_as_the_post_wants_them(size: str) -> None:
    form = ENVELOPES[size]
    first, second = pages(envelopes_pdf([SHORT, LONG], size, SENDER))
    assert (round(first.width * MM), round(first.height * MM)) == (form.width, form.height)
    for page, address in ((first, SHORT), (second, LONG)):
        ours = [one for one in texts(page) if one.x0 < form.to_left - 1]
        theirs = [one for one in texts(page) if one.x0 >= form.to_left - 1]
        assert " ".join(one.text for one in ours).split() == words(
            PostalAddress(SENDER.heading, SENDER.name, (*SENDER.lines, SENDER.number))
        )
        assert " ".join(one.text for one in theirs).split() == words(address)
        assert max(one.y for one in ours) < min(one.y for one in theirs)  # nobody mistakes them
        assert min(one.y for one in theirs) > form.height / 3  # the stamp's corner is free
        boxes = [(rect["x0"] * MM, rect["top"] * MM) for rect in page.rects]
        assert len(boxes) == 5
        assert max(one.y for one in theirs) < min(top for _, top in boxes)
        assert max(one.x1 for one in theirs) <= form.width - 9.9


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(LabelTooLongError, match="Ông A"):
        labels_pdf([PostalAddress("Kính gửi:", "Ông A", ("chữ " * 200,))], "24")
    with pytest.raises(LabelTooLongError):
        labels_pdf([PostalAddress("", "x" * 300, ())], "24")  # one word without an end
    with pytest.raises(MissingGlyphError):
        labels_pdf([PostalAddress("Kính gửi:", "Ông 😀", ())], "24")
    for skip in (-1, 24):
        with pytest.raises(ValueError, match="more skipped"):
            labels_pdf([SHORT], "24", skip=skip)
    with pytest.raises(ValueError, match="no addresses"):
        envelopes_pdf([], "dl", SENDER)


def test_markup_is_text() -> None:
    address = PostalAddress("Kính gửi:", '#panic("x") $1$ *a* \\ "b"', ("<b>&amp;</b>",))
    (page,) = pages(labels_pdf([address], "14"))
    assert [one.text for one in texts(page)] == ["Kính gửi:", address.name, address.lines[0]]
