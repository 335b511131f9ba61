"""Vietnamese phone numbers as offices write them.

Stored in E.164 ("+84912345678"), shown grouped ("0912 345 678", "0225 3 822 000"). Mobiles have
ten digits; landlines of Hải Phòng are 0225 and seven digits. Eleven-digit mobiles of before
2018 are turned into today's and reported. A zero lost in Excel is offered back, never added
silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import phonenumbers
from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.core.vietnamese import clean_text

_MOBILE_STARTS = ("03", "05", "07", "08", "09")
_OLD_MOBILES = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036",
    "0167": "037", "0168": "038", "0169": "039",
    "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
_EXTENSION = re.compile(r"(?:ext\.?|máy lẻ|nội bộ|số lẻ|x)\s*:?\s*(\d{1,6})$", re.IGNORECASE)
_SEVERAL = re.compile(r"[,;/|&\n]|\s-\s|\shoặc\s|\svà\s", re.IGNORECASE)


class PhoneChange(StrEnum):
    """What was changed to make the number valid; each must be shown to the person."""

    OLD_MOBILE = "old_mobile"


@dataclass(frozen=True)
class Phone:
    """A valid number. ``e164`` is stored, ``display`` is shown; ``note`` tells of a change."""

    e164: str
    display: str
    is_mobile: bool
    extension: str = ""
    change: PhoneChange | None = None

    @property
    def note(self) -> Any:
        """The sentence about what was changed, or None."""
        if self.change is PhoneChange.OLD_MOBILE:
            return _l("Số 11 chữ số kiểu cũ, đã đổi thành %(phone)s.", phone=self.display)
        return None


class PhoneError(DomainError):
    """Text that is no usable number. ``code`` is stable; ``suggestion`` may be offered as is."""

    status = 422

    def __init__(self, code: str, message: Any, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.suggestion = suggestion


def display_phone(e164: str) -> str:
    """A stored number for people: "0912 345 678", "0225 3 822 000"; unknown forms unchanged."""
    if not e164.startswith("+84"):
        return e164
    digits = "0" + e164[3:]
    if len(digits) == 10:
        return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
    if len(digits) == 11:
        return f"{digits[:4]} {digits[4]} {digits[5:8]} {digits[8:]}"
    return digits


def _national_digits(text: str) -> str:
    """Digits of the number in national form, with the leading zero when one can be known."""
    digits = re.sub(r"\D", "", text)
    international = text.lstrip(" (").startswith("+") or digits.startswith("00")
    digits = digits.removeprefix("00") if digits.startswith("0084") else digits
    if digits.startswith("84") and (international or len(digits) in (11, 12)):
        return "0" + digits.removeprefix("84").removeprefix("0")
    return digits


def _valid(digits: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(digits, "VN")
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number_for_region(number, "VN") else None


def _length_problem(digits: str) -> PhoneError:
    count = len(digits)
    if count == 9 and not digits.startswith("0") and _valid("0" + digits):
        mended = display_phone("+84" + digits)
        return PhoneError(
            "lost_zero",
            _l(
                "Số này có 9 chữ số, có lẽ Excel đã bỏ số 0 ở đầu. Đổi thành %(phone)s?",
                phone=mended,
            ),
            mended,
        )
    if count == 10 and digits.startswith("2") and _valid("0" + digits):
        mended = display_phone("+84" + digits)
        return PhoneError(
            "lost_zero",
            _l("Số này thiếu số 0 ở đầu. Đổi thành %(phone)s?", phone=mended),
            mended,
        )
    if digits.startswith("02") and count != 11:
        return PhoneError(
            "length",
            _l(
                "Số này có %(count)d chữ số, số cố định có 11, kể cả mã vùng 0225. "
                "Hãy sửa lại hoặc bỏ trống ô này.",
                count=count,
            ),
        )
    if count == 7 and _valid("0225" + digits):
        mended = display_phone("+84225" + digits)
        return PhoneError(
            "no_area_code",
            _l("Số cố định thiếu mã vùng. Đổi thành %(phone)s?", phone=mended),
            mended,
        )
    if count < 10:
        return PhoneError(
            "too_short",
            _l(
                "Số này có %(count)d chữ số, số di động có 10. "
                "Hãy thêm chữ số còn thiếu hoặc bỏ trống ô này.",
                count=count,
            ),
        )
    if count > 10:
        return PhoneError(
            "too_long",
            _l(
                "Số này có %(count)d chữ số, số di động có 10. "
                "Hãy bỏ chữ số thừa hoặc bỏ trống ô này.",
                count=count,
            ),
        )
    return PhoneError(
        "unknown_range",
        _l("Đầu số này không có ở Việt Nam. Hãy xem lại hoặc bỏ trống ô này."),
    )


def parse_phone(text: str) -> Phone:
    """The number meant by the text, in any of the usual ways of writing it.

    Raises PhoneError (``code``: no_digits, letters, several, lost_zero, no_area_code, length,
    too_short, too_long, unknown_range) with the sentence for the field. An empty text is not
    a number: ask ``parse_optional_phone`` instead.
    """
    plain = clean_text(text)
    extension = ""
    if found := _EXTENSION.search(plain):
        extension, plain = found.group(1), plain[: found.start()].rstrip(" .,;-(")
    plain = re.sub(r"^(?:điện thoại|đt|sđt|tel|phone|mobile|di động)\s*[.:]?\s*", "", plain,
                   flags=re.IGNORECASE)  # fmt: skip
    if not re.search(r"\d", plain):
        raise PhoneError(
            "no_digits", _l("Ô này không có chữ số nào. Hãy nhập số điện thoại hoặc bỏ trống.")
        )
    if _SEVERAL.search(plain) and all(
        len(re.sub(r"\D", "", part)) >= 7 for part in _SEVERAL.split(plain)
    ):
        raise PhoneError("several", _l("Ô này có nhiều số điện thoại. Hãy giữ lại một số."))
    if re.search(r"[^\d\s+().\-–]", plain):
        raise PhoneError(
            "letters", _l("Số điện thoại chỉ gồm chữ số. Hãy bỏ chữ hoặc dấu khác trong ô này.")
        )
    if plain.startswith("+") and not plain.startswith("+84"):
        return _foreign(plain, extension)
    return _vietnamese(_national_digits(plain), extension)


def _foreign(plain: str, extension: str) -> Phone:
    try:
        number = phonenumbers.parse(plain, None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise PhoneError(
            "unknown_range", _l("Số nước ngoài này không đúng. Hãy xem lại hoặc bỏ trống ô này.")
        )
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return Phone(e164=e164, display=shown, is_mobile=False, extension=extension)


def _vietnamese(digits: str, extension: str) -> Phone:
    change = None
    if len(digits) == 11 and digits[:4] in _OLD_MOBILES:
        digits = _OLD_MOBILES[digits[:4]] + digits[4:]
        change = PhoneChange.OLD_MOBILE
    number = _valid(digits) if digits.startswith("0") else None
    if number is None:
        raise _length_problem(digits)
    e164 = "+84" + digits[1:]
    return Phone(
        e164=e164,
        display=display_phone(e164),
        is_mobile=len(digits) == 10 and digits.startswith(_MOBILE_STARTS),
        extension=extension,
        change=change,
    )


def parse_optional_phone(text: str | None) -> Phone | None:
    """As :func:`parse_phone`, but None for an empty field."""
    return parse_phone(text) if text and clean_text(text) else None
