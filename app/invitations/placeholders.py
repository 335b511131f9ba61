"""The places of a letter that are filled for each delegate: ``{{ho_ten}}``, ``{{don_vi}}`` …

One list for the text on the desk's page and for the department's own Word file. What is filled in
is data: it is never looked through for further places.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.vietnamese import fold

_PLACE = re.compile(r"\{\{([^{}]*)\}\}")
_NAMED_AT_MOST = 40  # letters of somebody's typing that a sentence repeats


@dataclass(frozen=True)
class Placeholder:
    """``name`` stands between the braces. ``of_person``: differs from delegate to delegate;
    ``lines``: may be several lines, each a paragraph; ``word_only``: in a Word file only."""

    name: str
    label: Any
    meaning: Any
    of_person: bool = False
    lines: bool = False
    word_only: bool = False

    @property
    def written(self) -> str:
        return "{{" + self.name + "}}"


_ALL = (
    Placeholder("ong_ba", _l("Ông (Bà)"), _l("“Ông”, “Bà”, hoặc “Ông (Bà)” khi chưa rõ"), True),
    Placeholder("ho_ten", _l("Họ và tên"), _l("tên người dự, in đậm ở dòng kính mời"), True),
    Placeholder("chuc_vu", _l("Chức vụ"), _l("chức vụ của người dự"), True),
    Placeholder("don_vi", _l("Tên đơn vị"), _l("tên đầy đủ của đơn vị"), True),
    Placeholder(
        "dai_dien", _l("Đại diện"), _l("“Đại diện Lãnh đạo …”, dùng khi chưa có tên người dự"), True
    ),
    Placeholder("ma_so", _l("Mã điểm danh"), _l("các chữ số dưới mã vuông"), True),
    Placeholder("ten_su_kien", _l("Tên sự kiện"), _l("tên ngắn trong Thiết lập sự kiện")),
    Placeholder("ten_day_du", _l("Tên đầy đủ"), _l("trích yếu của kế hoạch")),
    Placeholder("thoi_gian", _l("Thời gian"), _l("ngày giờ bắt đầu, hoặc lời dự kiến")),
    Placeholder(
        "cac_buoi", _l("Các buổi"), _l("mỗi buổi một dòng: giờ bắt đầu và nội dung"), lines=True
    ),
    Placeholder("dia_diem", _l("Địa điểm"), _l("hội trường và địa chỉ")),
    Placeholder("han", _l("Hạn đăng ký"), _l("hạn theo lời văn của kế hoạch")),
    Placeholder("lien_he", _l("Liên hệ"), _l("phòng, điện thoại, thư điện tử")),
    Placeholder("can_cu", _l("Căn cứ"), _l("mỗi căn cứ của kế hoạch một dòng"), lines=True),
    Placeholder("so", _l("Số"), _l("số văn thư cho, để trắng khi chưa có"), word_only=True),
    Placeholder(
        "ngay_ky", _l("Ngày ban hành"), _l("“ngày 07 tháng 3 năm 2024”, để trắng khi chưa có"),
        word_only=True,
    ),
    Placeholder("ma_vuong", _l("Mã vuông"), _l("hình mã vuông, cạnh 28 mm"), True, word_only=True),
)  # fmt: skip

PLACEHOLDERS = {one.name: one for one in _ALL if not one.word_only}
WORD_PLACEHOLDERS = {one.name: one for one in _ALL}


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every known place filled, once; what is not known stays as it is."""
    if "{{" not in text:
        return text
    return _PLACE.sub(lambda match: values.get(match[1].strip(), match[0]), text)


def names_in(text: str) -> list[str]:
    """The names between double braces, as written but for spaces around."""
    return [match.strip() for match in _PLACE.findall(text)]


def problem(text: str, known: Collection[str] = PLACEHOLDERS.keys()) -> Any:
    """The sentence that says what is wrong with the places of a text, or None."""
    rest = _PLACE.sub("", text)
    if "{" in rest or "}" in rest:
        return _l(
            "Dấu ngoặc nhọn ở “%(near)s” không thành cặp. Mỗi chỗ điền viết như {{ho_ten}}.",
            near=_near_brace(text, rest),
        )
    unknown = next((name for name in names_in(text) if name not in known), None)
    return unknown_sentence(unknown, known) if unknown is not None else None


def unknown_sentence(name: str, known: Collection[str] = PLACEHOLDERS.keys()) -> Any:
    """Names the place that is not known, and the nearest that is."""
    written = "{{" + _short(name) + "}}"
    near = nearest(name, known)
    if near is None:
        return _l(
            "Không có chỗ điền %(written)s. Hãy chọn một chỗ điền trong danh sách.", written=written
        )
    return _l(
        "Không có chỗ điền %(written)s. Có phải %(near)s?",
        written=written,
        near="{{" + near + "}}",
    )


def nearest(name: str, known: Collection[str] = PLACEHOLDERS.keys()) -> str | None:
    """The known name most like what was written, by its name or its label: "Họ và tên" → ho_ten."""
    wanted = _plain(name[:_NAMED_AT_MOST])
    names: dict[str, str] = {}
    for one in known:
        names[_plain(one)] = one
        names[_plain(_label(one))] = one
    found = get_close_matches(wanted, names, 1, 0.55)
    return names[found[0]] if found else None


def _label(name: str) -> str:
    return str(WORD_PLACEHOLDERS[name].label) if name in WORD_PLACEHOLDERS else name


def _plain(text: str) -> str:
    return fold(text.replace("_", " "))


def _short(text: str) -> str:
    return text if len(text) <= _NAMED_AT_MOST else text[:_NAMED_AT_MOST] + "…"


def _near_brace(text: str, rest: str) -> str:
    """A few letters around the first brace that has no partner."""
    at = min(place for place in (rest.find("{"), rest.find("}")) if place >= 0)
    return rest[max(at - 8, 0) : at + 16].strip()
