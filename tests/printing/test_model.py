from datetime import date

import pytest

from app.printing.model import (
    Numbering,
    Signature,
    counted,
    long_date,
    padded_number,
    recipient_lines,
    short_date,
)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2024, 3, 7), "ngày 07 tháng 3 năm 2024"),
        (date(2024, 1, 5), "ngày 05 tháng 01 năm 2024"),
        (date(2024, 2, 29), "ngày 29 tháng 02 năm 2024"),
        (date(2024, 12, 10), "ngày 10 tháng 12 năm 2024"),
    ],
)
def test_long_date_has_a_zero_for_early_days_and_two_months_only(day: date, words: str) -> None:
    assert long_date(day) == words


def test_short_date_has_both_zeros() -> None:
    assert short_date(date(2024, 3, 5)) == "05/03/2024"


@pytest.mark.parametrize(
    ("number", "printed"), [(5, "05"), ("5", "05"), (214, "214"), ("05a", "05a"), (" 7 ", "07")]
)
def test_number_below_ten_has_a_zero(number: str | int, printed: str) -> None:
    assert padded_number(number) == printed


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (1, "01"), (9, "09"), (10, "10"), (110, "110"), (10000, "10.000")],
)
def test_counted(count: int, words: str) -> None:
    assert counted(count) == words


@pytest.mark.parametrize("number", [None, ""])
def test_numbering_not_given_leaves_white(number: str | None) -> None:
    numbering = Numbering("GM-SGDĐT", "Hải Phòng", 2024, number)
    assert numbering.number_parts(13) == ("Số:", 13, "/GM-SGDĐT")
    assert numbering.date_parts(9) == ("Hải Phòng, ngày", 9, "tháng", 9, "năm 2024")


def test_numbering_given() -> None:
    numbering = Numbering("GM-SGDĐT", "Vĩnh Bảo", 2023, 5, date(2024, 3, 7))
    assert numbering.number_parts(13) == ("Số: 05/GM-SGDĐT",)
    assert numbering.date_parts(9) == ("Vĩnh Bảo, ngày 07 tháng 3 năm 2024",)


def test_numbering_without_symbol_has_dots() -> None:
    assert Numbering("", "Hải Phòng", 2024).number_parts(13)[-1] == "/" + "." * 22


def test_recipient_lines_end_with_semicolons_and_a_full_stop() -> None:
    given = ("Như trên", "- Giám đốc (để b/c);", "Lưu: VT, GDTX&ĐH.")
    assert recipient_lines(given) == (
        "- Như trên;",
        "- Giám đốc (để b/c);",
        "- Lưu: VT, GDTX&ĐH.",
    )


def test_signature_of_the_head_has_no_empty_line() -> None:
    assert Signature(("", "GIÁM ĐỐC")).titles == ("GIÁM ĐỐC",)
