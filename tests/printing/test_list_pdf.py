import pytest

from app.printing.delegate_list import list_pdf
from app.printing.errors import MissingGlyphError
from app.printing.list_model import DelegateGroup, DelegateRow
from tests.printing.reading import MM, find, pages, rules, texts
from tests.printing.samples import COMMITTEE, LONG_NAME, delegate_list

NEAR = 0.5
COLUMNS = [30.0, 39.0, 86.1, 143.2, 178.0, 195.0]


@pytest.fixture(scope="module")
def plan_list() -> bytes:
    return list_pdf(delegate_list(14, 11, 14, 71))


def vertical_edges(page) -> list[float]:
    found = {round(edge["x0"] * MM, 1) for edge in page.edges if edge["orientation"] == "v"}
    return sorted(found)


def row_tops(page) -> list[float]:
    found = {round(edge["top"] * MM, 1) for edge in page.edges if edge["orientation"] == "h"}
    return sorted(y for y in found if y > 66)


@pytest.mark.parametrize(
    ("start", "font", "size", "y"),
    [
        ("Số:", "Tinos-Regular", 13, 38.2),
        ("/DS-SGDĐT", "Tinos-Regular", 13, 38.2),
        ("DANH SÁCH", "Tinos-Bold", 14, 49.5),
        ("Đại biểu tham gia", "Tinos-Bold", 14, 55.8),
        ("TT", "Tinos-Bold", 12, 73.4),
        ("Họ và tên", "Tinos-Bold", 12, 73.4),
        ("Ghi chú", "Tinos-Bold", 12, 73.4),
    ],
)
def test_first_page(plan_list: bytes, start: str, font: str, size: float, y: float) -> None:
    text = find(pages(plan_list)[0], start)
    assert (text.font, text.size) == (font, pytest.approx(size))
    assert text.y == pytest.approx(y, abs=NEAR)


def test_table_stands_at_the_measured_places(plan_list: bytes) -> None:
    first, second = pages(plan_list)[:2]
    edges = [edge for edge in vertical_edges(first) if any(abs(edge - x) < 0.3 for x in COLUMNS)]
    assert len(edges) == len(COLUMNS)
    assert row_tops(first)[0] == pytest.approx(67.7, abs=NEAR)
    assert row_tops(first)[1] - row_tops(first)[0] == pytest.approx(8.7, abs=0.15)
    assert min(edge["top"] * MM for edge in second.edges) == pytest.approx(20.0, abs=NEAR)


def test_row_heights_by_lines(plan_list: bytes) -> None:
    tops = row_tops(pages(plan_list)[0])
    assert tops[2] - tops[1] == pytest.approx(12.2, abs=0.2)  # group title in two lines
    assert tops[3] - tops[2] == pytest.approx(21.9, abs=0.2)  # four lines


def test_heads_repeat_and_pages_are_numbered_from_two(plan_list: bytes) -> None:
    for number, page in enumerate(pages(plan_list), start=1):
        found = texts(page)
        assert [text.text for text in found if text.text in ("TT", "Họ và tên", "Ghi chú")] == [
            "TT",
            "Họ và tên",
            "Ghi chú",
        ]
        above = [text for text in found if text.y < 20]
        if number == 1:
            assert above == []
            continue
        (printed,) = above
        assert printed.text == str(number)
        assert (printed.font, printed.size) == ("Tinos-Regular", pytest.approx(13))
        assert printed.centre == pytest.approx(112.5, abs=NEAR)
        assert printed.y == pytest.approx(14.0, abs=NEAR)


def test_numbers_run_on_through_the_groups(plan_list: bytes) -> None:
    numbers = [
        int(text.text)
        for page in pages(plan_list)
        for text in texts(page)
        if text.text.isdigit() and text.y > 20 and text.x1 < 39
    ]
    assert numbers == list(range(1, 111))


def test_groups_have_numerals_titles_and_counts(plan_list: bytes) -> None:
    found = [text for page in pages(plan_list) for text in texts(page)]
    numerals = [text.text for text in found if text.text in ("I", "II", "III", "IV")]
    counts = [text.text for text in found if text.text.startswith("(") and text.size == 12]
    assert numerals == ["I", "II", "III", "IV"]
    assert counts == ["(14 đại biểu)", "(11 đại biểu)", "(14 đại biểu)", "(71 đại biểu)"]
    bold = next(text for text in found if text.text.startswith("Phòng, đơn vị thuộc"))
    assert bold.font == "Tinos-Bold"


def test_end_follows_the_table(plan_list: bytes) -> None:
    page = pages(plan_list)[-1]
    table_bottom = max(edge["bottom"] * MM for edge in page.edges)
    closing = find(page, "(Danh sách gồm 110 đại biểu)")
    sign, name = find(page, "KT. GIÁM ĐỐC"), find(page, "Vũ Hoàng Nam")
    assert (closing.font, closing.size) == ("Tinos-Italic", pytest.approx(13))
    assert closing.y - table_bottom == pytest.approx(5.8, abs=NEAR)
    assert sign.y - closing.y == pytest.approx(8.2, abs=NEAR)
    assert find(page, "Nơi nhận:").y == sign.y
    assert name.y - find(page, "PHÓ GIÁM ĐỐC").y == pytest.approx(33.7, abs=NEAR)


@pytest.mark.parametrize("size", range(4, 14))
def test_end_is_never_alone_and_never_off_the_page(size: int) -> None:
    made = pages(list_pdf(delegate_list(size, grouped=False)))
    last = texts(made[-1])
    rows = [text for text in last if text.text.isdigit() and text.x1 < 39.5 and text.y > 20]
    assert len(rows) >= min(2, size)
    assert max(text.y for page in made for text in texts(page)) <= 277


def test_no_delegates_is_still_a_paper() -> None:
    (page,) = pages(list_pdf(delegate_list(0)))
    assert find(page, "(Danh sách gồm 0 đại biểu)")
    assert find(page, "TT")


def test_one_alphabet_has_no_group_rows() -> None:
    (page,) = pages(list_pdf(delegate_list(3, grouped=False)))
    assert [text.text for text in texts(page) if text.text == "I"] == []
    assert find(page, "(Danh sách gồm 03 đại biểu)")


def test_restarted_numbers() -> None:
    (page,) = pages(list_pdf(delegate_list(2, 2, restart_numbers=True)))
    numbers = [text.text for text in texts(page) if text.text.isdigit()]
    assert numbers == ["1", "2", "1", "2"]


@pytest.mark.parametrize(("notes", "contacts"), [(False, False), (True, True), (False, True)])
def test_choices_of_columns_fill_the_text_width(notes: bool, contacts: bool) -> None:
    document = delegate_list(2, 2, notes=notes, contacts=contacts)
    assert sum(column.width for column in document.columns()) == pytest.approx(165)
    (page,) = pages(list_pdf(document))
    words = page.extract_text()
    assert ("Ghi chú" in words) is notes
    assert ("Điện thoại" in words and "0912 000 345" in words) is contacts
    assert max(text.x1 for text in texts(page)) <= 195.1


def test_long_names_break_inside_their_cells() -> None:
    row = DelegateRow(
        LONG_NAME, COMMITTEE.format(district="quận " + "Hồng Bàng " * 3), "Ủy viên " * 6
    )
    (page,) = pages(list_pdf(delegate_list(0, groups=(DelegateGroup((row,)),))))
    bottom = max(edge["bottom"] * MM for edge in page.edges)
    table = [text for text in texts(page) if 76 < text.y < bottom]
    for text in table:
        column = max(x for x in COLUMNS if x <= text.x0)
        assert text.x1 <= COLUMNS[COLUMNS.index(column) + 1] + 0.1, text
        assert not text.text.startswith("-")
    printed = " ".join(text.text for text in table if text.x0 < 86 and text.x0 > 39)
    assert printed.startswith(LONG_NAME)


def test_large_numbers_fit_their_column() -> None:
    document = delegate_list(1000, grouped=False)
    assert document.columns()[0].width > 9
    assert sum(column.width for column in document.columns()) == pytest.approx(165)


def test_subject_rule(plan_list: bytes) -> None:
    page = pages(plan_list)[0]
    rule = rules(page)[-1]
    line = find(page, "“Đơn vị học tập” cấp huyện")
    assert rule.length == pytest.approx(0.4 * (line.x1 - line.x0), abs=NEAR)
    assert rule.y - line.y == pytest.approx(2.5, abs=NEAR)


def test_character_without_glyph_is_refused() -> None:
    row = DelegateRow("Lê 😀", "Trường", "Hiệu trưởng")
    with pytest.raises(MissingGlyphError):
        list_pdf(delegate_list(0, groups=(DelegateGroup((row,)),)))
