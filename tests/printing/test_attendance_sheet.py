"""The attendance sheet's PDF read back: the measures of paper 3.5, and that the kept places of rows
and signature columns are where the lines are drawn."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp

from app.printing.attendance_sheet import (
    WALK_INS,
    SheetGroup,
    day_line,
    most_sessions,
    session_heading,
)
from app.printing.attendance_sheet_layout import lay_sheet
from app.printing.attendance_sheet_pdf import attendance_sheet_pdf
from app.printing.attendance_sheet_places import same_places, stored_pages
from app.printing.errors import (
    MissingGlyphError,
    RowTooTallError,
    SheetChangedError,
    TooManyColumnsError,
)
from tests.printing.reading import MM, codes, find, pages, rules, texts
from tests.printing.samples import LONG_NAME
from tests.printing.sheet_samples import attendance_sheet, page_codes, sheet_row

NEAR = 0.5
EXACT = 0.3  # what a scan is read by
TWO = [30.0, 39.0, 81.0, 118.4, 150.0, 172.5, 195.0]


def made(paper, **more) -> bytes:
    layout = lay_sheet(paper)
    return attendance_sheet_pdf(paper, page_codes(len(layout.pages)), **more)


@pytest.fixture(scope="module")
def plan_sheet() -> bytes:
    return made(attendance_sheet(14, 11, 14, 20))


def lines_of(page, orientation: str, left: float = 29.9) -> list[float]:
    """Where the table's lines are drawn, in mm."""
    name = "top" if orientation == "h" else "x0"
    return sorted(
        {
            round(edge[name] * MM, 2)
            for edge in page.edges
            if edge["orientation"] == orientation and edge["x1"] * MM > left and _thin(edge)
        }
    )


def _thin(edge) -> bool:
    """A line of the table, no edge of a mark, a code or a rule."""
    return edge["object_type"] == "line" and edge["linewidth"] < 0.6


@pytest.mark.parametrize(
    ("start", "font", "size", "y"),
    [
        ("DANH SÁCH ĐIỂM DANH", "Tinos-Bold", 14, 39.9),
        ("Tập huấn công tác", "Tinos-Bold", 14, 46.3),
        ("“Đơn vị học tập”", "Tinos-Bold", 14, 52.0),
        ("(Ngày 13/03/2024, tại Hội trường", "Tinos-Italic", 13, 60.9),
        ("Trang 1/", "Tinos-Regular", 9, 278.8),
    ],
)
def test_first_page(plan_sheet: bytes, start: str, font: str, size: float, y: float) -> None:
    text = find(pages(plan_sheet)[0], start)
    assert (text.font, text.size) == (font, pytest.approx(size))
    assert text.y == pytest.approx(y, abs=NEAR)


def test_it_has_no_number_no_date_and_no_telephone(plan_sheet: bytes) -> None:
    words = "\n".join(page.extract_text() for page in pages(plan_sheet))
    for absent in ("Số:", "Hải Phòng, ngày", "Nơi nhận", "0912", "@", "Điện thoại"):
        assert absent not in words


@pytest.mark.parametrize(
    ("sessions", "changes"),
    [
        (("Sáng", "Chiều"), {}),
        (("Sáng",), {}),
        (("Sáng 13/03", "Chiều 13/03", "Sáng 14/03"), {}),
        (("Sáng 13/03", "Chiều 13/03", "Sáng 14/03", "Chiều 14/03"), {}),
        (("Sáng", "Chiều", "Tối"), {"row_codes": True}),
        (("Sáng",), {"row_codes": True, "notes": True}),
        (("Sáng", "Chiều"), {"notes": True}),
    ],
)
def test_kept_places_are_where_the_lines_are_drawn(sessions, changes) -> None:
    paper = attendance_sheet(8, 10, 5, sessions=sessions, **changes)
    pdf = made(paper)
    stored = stored_pages(lay_sheet(paper))
    read = pages(pdf)
    assert len(stored) == len(read) > 1
    seen = 0
    for page, kept in zip(read, stored, strict=True):
        across, down, found = lines_of(page, "h"), lines_of(page, "v"), texts(page)
        for row in kept["rows"]:
            for y in (row["top"], row["bottom"]):
                assert min(abs(y - line) for line in across) < EXACT
            (printed,) = [
                text
                for text in found
                if text.x1 < 39.5 and text.text.isdigit() and row["top"] < text.y < row["bottom"]
            ]
            assert printed.text == str(row["tt"])
            seen += 1
        for column in kept["columns"]:
            for x in (column["left"], column["right"]):
                assert min(abs(x - line) for line in down) < EXACT
        assert [column["session"] for column in kept["columns"]] == list(
            range(1, len(sessions) + 1)
        )
    people = [row["id"] for kept in stored for row in kept["rows"] if row["id"] is not None]
    assert people == list(range(1, 24))
    assert seen >= 28


def test_columns_of_two_sessions_are_the_references(plan_sheet: bytes) -> None:
    for page in pages(plan_sheet):
        assert lines_of(page, "v") == pytest.approx(TWO, abs=EXACT)


def test_head_rows_are_repeated_and_pages_numbered_from_two(plan_sheet: bytes) -> None:
    read = pages(plan_sheet)
    for number, page in enumerate(read, start=1):
        across = lines_of(page, "h")
        assert across[0] == pytest.approx(64.1 if number == 1 else 20.0, abs=NEAR)
        assert across[1] - across[0] == pytest.approx(6.7, abs=0.15)
        assert across[2] - across[1] == pytest.approx(6.7, abs=0.15)
        words = [text.text for text in texts(page)]
        assert {"TT", "Họ và tên", "Ký tên", "Sáng", "Chiều"} <= set(words)
        assert find(page, f"Trang {number}/{len(read)}")
        assert str(number) in [text.text for text in texts(page) if text.y < 20] or number == 1


def test_marks_and_the_page_code(plan_sheet: bytes) -> None:
    read = pages(plan_sheet)
    for number, page in enumerate(read):
        squares = sorted(
            (round(one["x0"] * MM, 1), round(one["top"] * MM, 1), round(one["width"] * MM, 1))
            for one in page.rects + page.curves
            if 4.9 < one["width"] * MM < 5.1 and 4.9 < one["height"] * MM < 5.1
        )
        assert squares == [(8, 8, 5), (8, 284, 5), (197, 8, 5), (197, 284, 5)]
        if number in (0, len(read) - 1):
            assert codes(plan_sheet, number) == page_codes(len(read))[number : number + 1]
        found = texts(page)
        digits = [text.text for text in found if text.x0 > 47 and text.y > 280]
        assert "".join(digits).replace(" ", "") == page_codes(len(read))[number]
        near = [
            text for text in found
            if (text.x0 < 16 or text.x1 > 194.2) and (text.y < 16 or text.y > 281)
        ]  # fmt: skip
        assert near == []


def test_rows_have_room_to_sign_in(plan_sheet: bytes) -> None:
    for page in stored_pages(lay_sheet(attendance_sheet(14, 11, 14, 74))):
        assert all(row["bottom"] - row["top"] >= 10 - 1e-9 for row in page["rows"])
        assert all(row["bottom"] <= 272.01 for row in page["rows"])


@pytest.mark.parametrize("size", range(1, 40))
def test_groups_and_the_end_are_never_alone(size: int) -> None:
    layout = lay_sheet(attendance_sheet(size, 2))
    for page in layout.pages:
        assert not page.rows or page.rows[-1].kind != "group"
    last = layout.pages[-1]
    assert sum(row.kind == "blank" for row in last.rows) >= 2
    blank = [row for page in layout.pages for row in page.rows if row.kind == "blank"]
    assert len(blank) >= 5
    assert [row.number for row in blank] == list(range(size + 3, size + 3 + len(blank)))
    assert 272 - 10 < last.rows[-1].bottom + 45 <= 272.1  # filled up, and the end fits


def test_end_of_the_sheet(plan_sheet: bytes) -> None:
    page = pages(plan_sheet)[-1]
    bottom = max(lines_of(page, "h"))
    counted = find(page, "Số đại biểu có mặt: buổi sáng ....")
    assert (counted.font, counted.size) == ("Tinos-Regular", pytest.approx(13))
    assert "buổi chiều ....." in counted.text and "đại biểu bổ sung ....." in counted.text
    assert counted.y - bottom == pytest.approx(5.8, abs=NEAR)
    for title, centre in (("NGƯỜI ĐIỂM DANH", 71.0), ("PHÒNG GDTX&ĐH", 153.5)):
        text = find(page, title)
        assert (text.font, text.size) == ("Tinos-Bold", pytest.approx(14))
        assert text.centre == pytest.approx(centre, abs=NEAR)
        assert text.y - counted.y == pytest.approx(8.2, abs=NEAR)
    notes = [text for text in texts(page) if text.text == "(Ký, ghi rõ họ tên)"]
    assert [(note.font, note.size) for note in notes] == [("Tinos-Italic", pytest.approx(13))] * 2
    assert 270 - notes[0].y > 20
    (walk_ins,) = [t for p in pages(plan_sheet) for t in texts(p) if t.text == WALK_INS]
    assert walk_ins.font == "Tinos-Bold"


def test_a_phone_reads_each_rows_code() -> None:
    """At 110 dpi, as a phone's video shows it from some 15 cm."""
    paper = attendance_sheet(3, row_codes=True)
    image = pypdfium2.PdfDocument(made(paper))[0].render(scale=110 / 72).to_pil()
    read = {code.text for code in zxingcpp.read_barcodes(image)}
    assert read >= {row.code for row in paper.groups[0].rows}


def test_row_codes_are_not_on_a_sheet_without_them() -> None:
    assert len(codes(made(attendance_sheet(3)))) == 1


def test_a_white_margin_around_every_code() -> None:
    paper = attendance_sheet(2, row_codes=True)
    laid = lay_sheet(paper).pages[0].rows
    assert all(row.bottom - row.top >= 14 + 2 * 4 * 14 / 21 for row in laid if row.code)


# ---------------------------------------------------------------- bad input


def test_none_is_a_sheet_for_walk_ins() -> None:
    (page,) = pages(made(attendance_sheet()))
    assert find(page, WALK_INS) and find(page, "TT")
    assert [row["id"] for row in stored_pages(lay_sheet(attendance_sheet()))[0]["rows"]][:5] == [
        None
    ] * 5


def test_one_delegate() -> None:
    (page,) = stored_pages(lay_sheet(attendance_sheet(1)))
    assert [row["id"] for row in page["rows"]][:2] == [1, None]


def test_long_names_break_inside_their_cells() -> None:
    assert len(LONG_NAME) >= 60
    unit = "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên và bồi dưỡng cán bộ quản lý "
    unit += "trường trung học phổ thông quận Ngô Quyền Hải Phòng"
    assert len(unit) >= 130
    for sessions, more in ((("Sáng", "Chiều"), {}), (("A", "B", "C"), {"row_codes": True})):
        group = SheetGroup((sheet_row(1, name=LONG_NAME, unit=unit, position="Phó Hiệu trưởng"),))
        paper = attendance_sheet(sessions=sessions, groups=(group,), **more)
        pdf = made(paper)
        layout = lay_sheet(paper)
        row = layout.pages[0].rows[0]
        name, unit_column = layout.columns[1], layout.columns[2]
        mine = [t for t in texts(pages(pdf)[0]) if row.top < t.y < row.bottom and t.x0 > 39]
        for text in mine:
            column = name if text.x0 < name.right else unit_column
            if text.x0 < unit_column.right:
                assert column.left < text.x0 and text.x1 < column.right
        lines = [t for t in mine if t.x0 < name.right]
        assert " ".join(t.text for t in lines) == LONG_NAME
        assert max(t.y for t in mine) < row.bottom - 0.5
        assert min(t.y for t in mine) > row.top + 2.5


def test_a_row_higher_than_a_page_is_refused() -> None:
    group = SheetGroup((sheet_row(1, unit="dài lê thê " * 400),))
    with pytest.raises(RowTooTallError):
        lay_sheet(attendance_sheet(groups=(group,)))


@pytest.mark.parametrize("name", ["Lê Văn 😀", "Lê Văn 安", "Lê Văn \u2011A", "Lê\ue000Văn"])
@pytest.mark.parametrize("field", ["name", "unit", "position"])
def test_a_letter_the_font_has_not_is_a_sentence(name: str, field: str) -> None:
    group = SheetGroup((sheet_row(1, **{field: name}),))
    with pytest.raises(MissingGlyphError) as caught:
        lay_sheet(attendance_sheet(groups=(group,)))
    assert f"U+{ord(caught.value.characters[0]):04X}" in str(caught.value)


@pytest.mark.parametrize("where", ["sessions", "day_line", "office", "subject"])
def test_a_strange_letter_anywhere_is_a_sentence(where: str) -> None:
    strange = {
        "sessions": ("Sáng 😀",),
        "day_line": "(Ngày 😀)",
        "office": "PHÒNG 😀",
        "subject": ("Tập huấn 😀",),
    }
    with pytest.raises(MissingGlyphError):
        lay_sheet(attendance_sheet(1, **{where: strange[where]}))


def test_rare_letters_of_vietnamese_names_are_printed() -> None:
    name = "Ksor H'Đê Ẵẳặ Ỵỹ Ỡợ"
    group = SheetGroup((sheet_row(1, name=name),))
    assert name in pages(made(attendance_sheet(groups=(group,))))[0].extract_text()


def test_too_many_sessions_are_refused() -> None:
    for count, changes in ((0, {}), (5, {}), (4, {"row_codes": True}), (3, {"notes": True})):
        names = tuple(f"Buổi {number}" for number in range(count))
        with pytest.raises(TooManyColumnsError):
            attendance_sheet(1, sessions=names, **changes)
    assert most_sessions(True, True) == 1


def test_a_long_session_name_takes_more_lines_in_the_head() -> None:
    paper = attendance_sheet(3, sessions=("Sáng", "Chiều, thảo luận tổ và viết thu hoạch tại tổ"))
    pdf = made(paper)
    page = pages(pdf)[0]
    across = lines_of(page, "h")
    assert across[2] - across[1] > 15
    assert max(text.x1 for text in texts(page)) <= 195.1


def test_sessions_that_do_not_fit_one_line_are_counted_on_two() -> None:
    paper = attendance_sheet(1, sessions=tuple(f"Sáng thứ bảy {n}/03" for n in range(4)))
    (page,) = pages(made(paper))
    counted = [text for text in texts(page) if "buổi sáng thứ bảy" in text.text]
    assert len(counted) >= 2
    assert sum(text.text.count("buổi sáng thứ bảy") for text in counted) == 4
    assert max(text.x1 for text in counted) <= 195.1


# ---------------------------------------------------------------- words, kept places


def test_words() -> None:
    assert session_heading("Buổi sáng") == "Sáng"
    assert session_heading("chiều") == "Chiều"
    assert day_line([], "Hội trường A") == "(Tại Hội trường A)"
    assert day_line([], "") == ""


def test_a_kept_sheet_that_would_look_otherwise_is_refused() -> None:
    paper = attendance_sheet(5)
    kept = stored_pages(lay_sheet(paper))
    codes_ = page_codes(1)
    assert attendance_sheet_pdf(paper, codes_, None, kept)
    kept[0]["rows"][3]["top"] += 0.4
    with pytest.raises(SheetChangedError):
        attendance_sheet_pdf(paper, codes_, None, kept)
    assert not same_places(kept, [])


def test_the_same_sheet_is_the_same_file() -> None:
    paper = attendance_sheet(5, 5, row_codes=True)
    assert made(paper) == made(paper)


def test_a_row_keeps_the_height_it_had() -> None:
    paper = attendance_sheet(2)
    before = stored_pages(lay_sheet(paper))
    first = paper.groups[0].rows[1]
    height = before[0]["rows"][1]["bottom"] - before[0]["rows"][1]["top"]
    scrubbed = replace(first, name="(đã xóa)", position="", height=height)
    group = SheetGroup((paper.groups[0].rows[0], scrubbed), paper.groups[0].title)
    after = stored_pages(lay_sheet(replace(paper, groups=(group,))))
    assert same_places(before, after)


def test_rules_of_the_head(plan_sheet: bytes) -> None:
    assert [rule.y for rule in rules(pages(plan_sheet)[0])] == [
        pytest.approx(30.7, abs=NEAR), pytest.approx(31.1, abs=NEAR), pytest.approx(54.5, abs=NEAR)
    ]  # fmt: skip


def test_ten_thousand_are_laid_out() -> None:
    """Their PDF is a figure of the bench; here that nobody is lost and that five digits fit."""
    paper = attendance_sheet(14, 9_986)
    stored = stored_pages(lay_sheet(paper))
    people = [row["id"] for page in stored for row in page["rows"] if row["id"] is not None]
    assert people == list(range(1, 10_001))
    assert paper.columns()[0].width > 11.5
    assert sum(column.width for column in paper.columns()) == pytest.approx(165)
    assert all(row["bottom"] <= 272.01 for page in stored for row in page["rows"])
