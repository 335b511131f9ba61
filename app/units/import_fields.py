"""What one cell of an imported register may hold: its value, and what is wrong with it."""

from __future__ import annotations

import datetime
import difflib
import re
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.addresses import clean_email, email_problem
from app.core.phones import PhoneError, display_phone, parse_phone
from app.core.spreadsheets import Cell, CellKind
from app.core.vietnamese import (
    clean_text,
    convert_tcvn3,
    convert_vni,
    fold,
    legacy_to_unicode,
)
from app.units.rules import (
    CODE_MAX,
    DISTRICTS,
    HEADER_1_MAX,
    HEADER_2_MAX,
    KIND_SPELLINGS,
    NAME_MAX,
    SHORT_NAME_MAX,
    UnitKind,
    parse_district,
    parse_kind,
    suggest_kind,
)

ERROR, WARNING = "error", "warning"
_TEXT_LIMITS = {"name": NAME_MAX, "short_name": SHORT_NAME_MAX, "header_line_1": HEADER_1_MAX,
                "header_line_2": HEADER_2_MAX, "note": 2_000}  # fmt: skip
_DAY = re.compile(
    r"(?:(?P<d>\d{1,2})[/-](?P<m>\d{1,2})(?:[/-]\d{2,4})?"
    r"|\d{4}-(?P<m2>\d{2})-(?P<d2>\d{2})(?: 00:00:00)?"
    r"|(?P<d3>\d{1,2})-(?:thg\s?)?(?P<m3>\d{1,2}|[a-z]{3})(?:-\d{2,4})?)",
    re.IGNORECASE,
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_NAME_SIGNS = frozenset(" .,;:-–/()&+'’“”\"")


@dataclass(frozen=True)
class CellProblem:
    """``level`` "error" keeps the row out, "warning" asks; ``suggestion`` may go in instead."""

    field: str
    level: str
    code: str
    message: Any
    suggestion: str | None = None


@dataclass
class Checked:
    """Value of a cell (None when empty or unusable) and its problems."""

    value: Any = None
    problems: list[CellProblem] = field(default_factory=list)

    def refuse(self, name: str, code: str, message: Any, suggestion: str | None = None) -> Checked:
        """Add an error; the value is lost."""
        self.problems.append(CellProblem(name, ERROR, code, message, suggestion))
        self.value = None
        return self

    def warn(self, name: str, code: str, message: Any, suggestion: str | None = None) -> Checked:
        """Add a warning; the value stays."""
        self.problems.append(CellProblem(name, WARNING, code, message, suggestion))
        return self


def _unicode_reading(cell: Cell) -> str | None:
    """The text of an old font in Unicode; by its spelling, or by the font of the cell."""
    if (converted := legacy_to_unicode(cell.text)) is not None:
        return clean_text(converted)
    font = cell.font.lower()
    if not font or cell.text.isascii() or re.search("[ăđơưĂĐƠƯ\u1ea0-\u1ef9]", cell.text):
        return None
    if font.startswith("vni"):
        return clean_text(convert_vni(cell.text))
    converted = convert_tcvn3(cell.text)
    return clean_text(converted.upper() if font.endswith("h") else converted)


def _unreadable(name: str, cell: Cell) -> Checked | None:
    """The problem of a cell that holds no usable text at all, or None."""
    if cell.kind is CellKind.ERROR:
        return Checked().refuse(
            name,
            "excel_error",
            _l("Ô này đang báo lỗi của Excel (%(text)s). Hãy gõ lại.", text=cell.text),
        )
    if cell.kind is CellKind.FORMULA:
        return Checked().refuse(
            name, "formula", _l("Ô này là công thức chưa tính. Hãy dán lại dạng giá trị.")
        )
    if (reading := _unicode_reading(cell)) is not None:
        return Checked().refuse(
            name,
            "old_font",
            _l("Chữ bị lỗi phông. Có phải là “%(text)s”? Nếu không, hãy gõ lại.", text=reading),
            reading,
        )
    return None


def check_code(cell: Cell, known: frozenset[str]) -> Checked:
    """The unit's code in capitals; ``known``: codes of the register, to find lost zeros."""
    if broken := _unreadable("code", cell):
        return broken
    code = clean_text(cell.text).replace(" ", "").upper()
    if not code:
        return Checked().refuse("code", "missing", _l("Thiếu mã đơn vị."))
    if cell.kind in (CellKind.DATE, CellKind.TIME):
        return Checked().refuse(
            "code", "date", _l("Excel đã đổi mã thành ngày. Hãy gõ lại mã, thêm dấu ' ở đầu ô.")
        )
    if len(code) > CODE_MAX:
        return Checked().refuse(
            "code", "too_long", _l("Mã dài hơn %(limit)d chữ. Hãy viết gọn lại.", limit=CODE_MAX)
        )
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9._/\-]*", code):
        plain = re.sub(r"[^A-Z0-9._/\-]", "", fold(code).upper()).lstrip("._/-")
        return Checked().refuse(
            "code",
            "signs",
            _l("Mã chỉ gồm chữ không dấu, chữ số, dấu gạch và dấu chấm."),
            plain or None,
        )
    if cell.kind is CellKind.NUMBER and code not in known:
        for other in known:
            if other != code and other.isdigit() and other.lstrip("0") == code.lstrip("0"):
                return Checked().refuse(
                    "code",
                    "lost_zero",
                    _l("Có lẽ Excel đã bỏ số 0 ở đầu. Đổi thành %(code)s?", code=other),
                    other,
                )
    return Checked(code)


def _day_of(cell: Cell) -> tuple[int, int] | None:
    """(day, month) when the cell reads like a day; a date cell reads dd/mm/yyyy."""
    found = _DAY.fullmatch(clean_text(cell.text))
    if not found:
        return None
    day = found["d"] or found["d2"] or found["d3"]
    month = found["m"] or found["m2"] or found["m3"]
    if not month.isdigit():
        if month.lower() not in _MONTHS:
            return None
        return int(day), _MONTHS.index(month.lower()) + 1
    return int(day), int(month)


def check_name(cell: Cell, *, kind: UnitKind | None, stored: str | None) -> Checked:
    """The unit's name; ``stored``: its name in the register, offered when Excel made a date."""
    if broken := _unreadable("name", cell):
        return broken
    day = _day_of(cell)
    if day is not None or cell.kind in (CellKind.DATE, CellKind.TIME, CellKind.BOOLEAN):
        offer = stored
        if offer is None and day is not None and kind is UnitKind.HIGH_SCHOOL:
            offer = f"Trường THPT {day[0]}/{day[1]}"
        if offer is None:
            return Checked().refuse(
                "name", "date", _l("Excel đã đổi tên thành ngày hoặc giờ. Hãy gõ lại tên đầy đủ.")
            )
        return Checked().refuse(
            "name",
            "date",
            _l("Excel đã đổi tên thành ngày. Gõ lại: %(name)s.", name=offer),
            offer,
        )
    checked = check_text("name", cell)
    if checked.value and not any(char.isalpha() for char in checked.value):
        return Checked().refuse("name", "signs", _l("Tên đơn vị phải có chữ. Hãy gõ lại."))
    letters = [char for char in checked.value or "" if char.isalpha()]
    if len(letters) > 12 and all(char.isupper() for char in letters):
        checked.warn(
            "name", "all_capitals", _l("Tên đang viết hoa hết. Nên viết hoa như công văn.")
        )
    return checked


def check_text(name: str, cell: Cell) -> Checked:
    """Any other text: length, and no signs that have no place in a unit's name."""
    if broken := _unreadable(name, cell):
        return broken
    text = clean_text(
        re.sub(r"\s*[\r\n]+\s*", " / " if name.startswith("header") else " ", cell.text.strip())
    )
    limit = _TEXT_LIMITS[name]
    if len(text) > limit:
        return Checked().refuse(
            name,
            "too_long",
            _l(
                "Ô này dài %(count)d chữ, nhiều nhất %(limit)d. Hãy viết gọn lại.",
                count=len(text),
                limit=limit,
            ),
        )
    for char in text if name != "note" else "":
        if not (char.isalnum() or char in _NAME_SIGNS):
            return Checked().refuse(
                name, "signs", _l("Ô này có ký hiệu “%(sign)s”. Hãy bỏ ký hiệu đó.", sign=char)
            )
    if name != "note" and text[:1] in ("+", "-", "/"):
        return Checked().refuse(
            name, "signs", _l("Ô này bắt đầu bằng dấu “%(sign)s”. Hãy bỏ dấu đó.", sign=text[0])
        )
    return Checked(text or None)


def check_kind(cell: Cell, *, name: str) -> Checked:
    """The kind, by its key or a Vietnamese spelling; another may be offered."""
    if broken := _unreadable("kind", cell):
        return broken
    text = clean_text(cell.text)
    kind = parse_kind(text) if text else None
    if kind is not None:
        return Checked(kind.value)
    offered = suggest_kind(text, name)
    label = KIND_SPELLINGS[offered][0] if offered else None
    if not text:
        message = (
            _l("Thiếu loại đơn vị. Chọn: %(kind)s?", kind=label)
            if label
            else _l("Thiếu loại đơn vị. Hãy chọn một loại.")
        )
        return Checked().refuse("kind", "missing", message, label)
    message = (
        _l("Không có loại này. Chọn: %(kind)s?", kind=label)
        if label
        else _l("Không có loại này. Hãy chọn một loại khác.")
    )
    return Checked().refuse("kind", "unknown", message, label)


def check_district(cell: Cell) -> Checked:
    """The district's full name; a near one is offered for a slip."""
    if broken := _unreadable("district", cell):
        return broken
    text = clean_text(cell.text)
    if not text or fold(text) in ("-", "khong", "khong co"):
        return Checked()
    district = parse_district(text)
    if district is not None:
        return Checked(district.name)
    bare = re.sub(r"^(?:quan|huyen|q\.?|h\.?)\s+", "", fold(text))
    near = difflib.get_close_matches(bare, [fold(one.proper) for one in DISTRICTS], n=1, cutoff=0.7)
    offered = parse_district(near[0]) if near else None
    if offered is None:
        return Checked().refuse(
            "district", "unknown", _l("Không có quận, huyện này ở Hải Phòng. Hãy sửa lại.")
        )
    return Checked().refuse(
        "district",
        "unknown",
        _l("Không có quận, huyện này. Chọn: %(name)s?", name=offered.name),
        offered.name,
    )


def check_email(cell: Cell) -> Checked:
    """The mail address; never guessed."""
    if broken := _unreadable("email", cell):
        return broken
    if problem := email_problem(cell.text):
        return Checked().refuse("email", problem.code, problem.message, problem.suggestion)
    return Checked(clean_email(cell.text) or None)


def check_phone(cell: Cell) -> Checked:
    """The phone in E.164; a zero lost in Excel and an old mobile are put right and said."""
    if broken := _unreadable("phone", cell):
        return broken
    text = clean_text(cell.text)
    if not text:
        return Checked()
    try:
        phone = parse_phone(text)
    except PhoneError as error:
        if error.code != "lost_zero" or error.suggestion is None:
            return Checked().refuse("phone", error.code, error.message, error.suggestion)
        phone = parse_phone(error.suggestion)
        return Checked(phone.e164).warn(
            "phone",
            "lost_zero",
            _l("Excel đã bỏ số 0 ở đầu. Sẽ ghi là %(phone)s.", phone=display_phone(phone.e164)),
            phone.display,
        )
    checked = Checked(phone.e164)
    if phone.note is not None:
        checked.warn("phone", "old_mobile", phone.note, phone.display)
    if phone.extension:
        checked.warn(
            "phone",
            "extension",
            _l("Không lưu số máy lẻ %(extension)s.", extension=phone.extension),
        )
    return checked


def check_date(name: str, cell: Cell) -> Checked:
    """A day of validity: a date cell, dd/mm/yyyy or yyyy-mm-dd."""
    if broken := _unreadable(name, cell):
        return broken
    text = clean_text(cell.text)
    if not text:
        return Checked()
    if cell.date is not None:
        return Checked(cell.date)
    for pattern in ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"):
        try:
            return Checked(datetime.datetime.strptime(text, pattern).date())
        except ValueError:
            continue
    return Checked().refuse(
        name, "date", _l("Ngày chưa đúng. Hãy ghi theo kiểu 05/03/2024 hoặc bỏ trống.")
    )


def check_aliases(cell: Cell) -> Checked:
    """Other names of the unit, separated by ";", "|" or line breaks."""
    if broken := _unreadable("aliases", cell):
        return broken
    names = [clean_text(part) for part in re.split(r"[;|\r\n]+", cell.text)]
    names = list(dict.fromkeys(name for name in names if name))
    if any(len(name) > NAME_MAX for name in names):
        return Checked().refuse(
            "aliases",
            "too_long",
            _l("Có tên gọi khác dài hơn %(limit)d chữ. Hãy viết gọn lại.", limit=NAME_MAX),
        )
    return Checked(names or None)
