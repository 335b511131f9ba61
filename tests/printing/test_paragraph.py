import pytest

from app.printing.fonts import FontSet
from app.printing.nd30 import STYLES
from app.printing.paragraph import Line, ParagraphBreaker, paragraphs_height

WIDTH = 165.0


def said(line: Line) -> str:
    return "".join(text for text, _ in line.runs)


def width(fonts: FontSet, line: Line) -> float:
    return sum(fonts.width(text, STYLES["subject" if bold else "body"]) for text, bold in line.runs)


def test_first_line_leaves_room_for_its_indent(fonts: FontSet) -> None:
    lines = ParagraphBreaker(fonts, 14, WIDTH).lines([("đại biểu " * 60, False)])
    assert width(fonts, lines[0]) <= WIDTH - 10
    assert all(WIDTH - 20 < width(fonts, line) <= WIDTH for line in lines[1:-1])
    assert " ".join(map(said, lines)).split() == ["đại", "biểu"] * 60


def test_line_never_begins_with_a_dash(fonts: FontSet) -> None:
    for lead in range(120):
        runs = [("i" * lead + " xóa mù chữ - Xây dựng xã hội học tập - Dạy và học " * 3, False)]
        lines = ParagraphBreaker(fonts, 14, WIDTH).lines(runs)
        assert not any(said(line).startswith("-") for line in lines)


def test_bold_name_keeps_its_comma(fonts: FontSet) -> None:
    runs = [("Bà ", False), ("Nguyễn Thị Thảo", True), (", Phó Hiệu trưởng.", False)]
    (line,) = ParagraphBreaker(fonts, 14, WIDTH).lines(runs)
    assert line.runs == (("Bà", False), (" Nguyễn Thị Thảo", True), (", Phó Hiệu trưởng.", False))


def test_comma_never_begins_a_line(fonts: FontSet) -> None:
    for lead in range(40):
        runs = [("đại " * lead, False), ("Nguyễn Thảo", True), (", Phó Hiệu trưởng.", False)]
        lines = ParagraphBreaker(fonts, 14, WIDTH).lines(runs)
        assert not any(said(line).startswith(",") for line in lines)


def test_hyphenated_word_is_whole(fonts: FontSet) -> None:
    for lead in range(40):
        lines = ParagraphBreaker(fonts, 14, WIDTH).lines(
            [("i " * lead + "GDNN-GDTX 05/03/2024 " * 20, False)]
        )
        assert {word for line in lines for word in said(line).split()} <= {
            "i",
            "GDNN-GDTX",
            "05/03/2024",
        }


def test_too_wide_a_word_is_cut_and_nothing_lost(fonts: FontSet) -> None:
    lines = ParagraphBreaker(fonts, 14, WIDTH).lines([("x" * 300, False)])
    assert "".join(map(said, lines)).replace(" ", "") == "x" * 300
    assert max(width(fonts, line) for line in lines) <= WIDTH


def test_height_counts_lines_and_the_space_between_paragraphs() -> None:
    pitch = STYLES["body"].pitch
    assert paragraphs_height([1], 14) == 0
    assert paragraphs_height([1, 2], 14) == pytest.approx(2 * pitch + 6 * 25.4 / 72)
