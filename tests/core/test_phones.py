"""Phone numbers as offices and old lists write them. The numbers are invented."""

import pytest

from app.core.phones import PhoneError, display_phone, parse_optional_phone, parse_phone


@pytest.mark.parametrize(
    "text",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "0912-345-678",
        "+84 912345678",
        "84912345678",
        "0084 912 345 678",
        "+84 (0) 912 345 678",
        "(0912) 345 678",
        "ĐT: 0912345678",
        "\u00a00912\u00a0345\u200b678 ",
    ],
)
def test_one_mobile_in_all_its_writings(text: str) -> None:
    phone = parse_phone(text)
    assert (phone.e164, phone.display) == ("+84912345678", "0912 345 678")
    assert phone.is_mobile
    assert phone.note is None


@pytest.mark.parametrize(
    "text", ["0225 3 822 000", "02253822000", "(0225) 3822000", "+842253822000"]
)
def test_landline_of_hai_phong_is_as_good_as_a_mobile(text: str) -> None:
    phone = parse_phone(text)
    assert (phone.e164, phone.display) == ("+842253822000", "0225 3 822 000")
    assert not phone.is_mobile


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("01682345678", "0382 345 678"),
        ("0120 2345678", "0702 345 678"),
        ("01232345678", "0832 345 678"),
        ("+84 188 2345678", "0582 345 678"),
        ("0199.2345.678", "0592 345 678"),
    ],
)
def test_old_mobile_is_converted_and_said(old: str, new: str) -> None:
    phone = parse_phone(old)
    assert phone.display == new
    assert str(phone.note) == f"Số 11 chữ số kiểu cũ, đã đổi thành {new}."


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("912345678", "lost_zero", "0912 345 678"),
        ("2253822000", "lost_zero", "0225 3 822 000"),
        ("3822000", "no_area_code", "0225 3 822 000"),
        ("091234567", "too_short", None),
        ("09123456789", "too_long", None),
        ("0225382200", "length", None),
        ("0112345678", "unknown_range", None),
        ("0912345678, 0987654321", "several", None),
        ("0912345678 / 0987654321", "several", None),
        ("0912345678 - 0987654321", "several", None),
        ("0912 345 678 (cô An)", "letters", None),
        ("không có", "no_digits", None),
        ("+1 234", "unknown_range", None),
        ("=1+1", "letters", None),
    ],
)
def test_unusable_number_is_refused_with_its_reason(
    text: str, code: str, suggestion: str | None
) -> None:
    with pytest.raises(PhoneError) as refused:
        parse_phone(text)
    assert (refused.value.code, refused.value.suggestion) == (code, suggestion)


def test_short_number_is_told_how_many_digits_it_has() -> None:
    with pytest.raises(PhoneError) as refused:
        parse_phone("091234567")
    assert str(refused.value.message) == (
        "Số này có 9 chữ số, số di động có 10. Hãy thêm chữ số còn thiếu hoặc bỏ trống ô này."
    )


def test_extension_is_kept_apart() -> None:
    phone = parse_phone("0225 3822 000 máy lẻ 12")
    assert (phone.display, phone.extension) == ("0225 3 822 000", "12")


def test_foreign_number_keeps_its_country() -> None:
    assert parse_phone("+81 3-1234-5678").e164 == "+81312345678"


@pytest.mark.parametrize("text", [None, "", "  ", "\u200b"])
def test_empty_field_is_no_number(text: str | None) -> None:
    assert parse_optional_phone(text) is None


def test_display_leaves_foreign_forms_alone() -> None:
    assert display_phone("+81312345678") == "+81312345678"
