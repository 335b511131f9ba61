import unicodedata

import pytest

from app.printing.fonts import FontSet
from app.printing.head import measure_of
from app.printing.linebreak import balanced_lines, break_lines, clean, groups
from tests.printing.samples import COMMITTEE, LONG_NAME

NAME, UNIT, POSITION = 44.5, 54.5, 32.2


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("Nguyễn Thị Phương Thảo", NAME, ["Nguyễn Thị Phương Thảo"]),
        (
            LONG_NAME,
            NAME,
            ["Công Tằng Tôn Nữ", "Hoàng Nguyên Phương", "Thảo Khánh Lan", "Ngọc Đan"],
        ),
        ("Trường THPT Lương Khánh Thiện", UNIT, ["Trường THPT Lương", "Khánh Thiện"]),
        ("Ủy viên Thường trực", POSITION, ["Ủy viên", "Thường trực"]),
        (
            COMMITTEE.format(district="huyện Vĩnh Bảo"),
            UNIT,
            [
                "Ban Chỉ đạo Phổ cập giáo dục,",
                "xóa mù chữ - Xây dựng xã hội",
                "học tập - Dạy và học ngoại ngữ",
                "huyện Vĩnh Bảo",
            ],
        ),
        ("TT GDNN-GDTX Kiến Thụy", 30, ["TT", "GDNN-GDTX", "Kiến Thụy"]),
        ("", NAME, [""]),
    ],
)
def test_break_lines(fonts: FontSet, text: str, width: float, lines: list[str]) -> None:
    assert break_lines(text, width, measure_of(fonts, "table_cell")) == lines


@pytest.mark.parametrize(
    "text",
    ["truong.thpt.nguyenbinhkhiem@haiphong.example.vn", "x" * 300, "Trường " + "W" * 60, LONG_NAME],
)
@pytest.mark.parametrize("width", [5.0, 20.0, 44.5])
def test_break_lines_never_overflow_and_lose_nothing(
    fonts: FontSet, text: str, width: float
) -> None:
    measure = measure_of(fonts, "table_cell")
    lines = break_lines(text, width, measure)
    assert max(map(measure, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_line_never_begins_with_a_dash(fonts: FontSet) -> None:
    measure = measure_of(fonts, "table_cell")
    text = COMMITTEE.format(district="quận Hồng Bàng")
    for width in range(25, 165):
        assert not any(line.startswith("-") for line in break_lines(text, width, measure))


def test_groups_keep_the_last_two_syllables() -> None:
    assert groups("Phòng Giáo dục - Hải An") == ["Phòng", "Giáo", "dục -", "Hải An"]


def test_balanced_lines_are_of_nearly_equal_width(fonts: FontSet) -> None:
    measure = measure_of(fonts, "subject")
    text = "Đại biểu tham gia tập huấn công tác đánh giá, công nhận “Đơn vị học tập” cấp huyện"
    lines = balanced_lines(text, 145, measure)
    assert len(lines) == 2
    assert max(map(measure, lines)) < 0.6 * measure(text)


def test_clean_composes_and_drops_control_characters() -> None:
    assert clean(unicodedata.normalize("NFD", " Thủy\u00a0 \tNguyên\x07 ")) == "Thủy Nguyên"
