"""Kinds of unit, their order, districts, and what varies by kind on paper.

Order and wording of the groups: the 2024 plan's "Thành phần" (P13–P16). Districts: the list and
codes of the statistical office of before July 2025. Head lines and signature titles: Nghị định
30/2020 and the plan's form (P38, P47); every unit may override its two lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.vietnamese import clean_text, fold, match_key

CODE_MAX, NAME_MAX, SHORT_NAME_MAX, HEADER_1_MAX, HEADER_2_MAX = 40, 300, 120, 200, 300
CITY_BODY = "UBND THÀNH PHỐ HẢI PHÒNG"
DEPARTMENT_BODY = "SỞ GIÁO DỤC VÀ ĐÀO TẠO"
HEAD_WIDTH_MM = 70.0


class UnitKind(StrEnum):
    """The kinds, in the order of the plan."""

    DISTRICT_COMMITTEE = "district_committee"
    DEPARTMENT = "department"
    AFFILIATED_UNIT = "affiliated_unit"
    DISTRICT_OFFICE = "district_office"
    HIGH_SCHOOL = "high_school"
    MULTI_LEVEL_SCHOOL = "multi_level_school"
    GDNN_GDTX_CENTRE = "gdnn_gdtx_centre"
    OTHER = "other"

    @property
    def label(self) -> Any:
        """The kind's name for screens (lazy)."""
        return KIND_LABELS[self]


KIND_LABELS: dict[UnitKind, Any] = {
    UnitKind.DISTRICT_COMMITTEE: _l("Ban Chỉ đạo quận, huyện"),
    UnitKind.DEPARTMENT: _l("Phòng thuộc Sở"),
    UnitKind.AFFILIATED_UNIT: _l("Đơn vị trực thuộc Sở"),
    UnitKind.DISTRICT_OFFICE: _l("Phòng GDĐT"),
    UnitKind.HIGH_SCHOOL: _l("Trường THPT"),
    UnitKind.MULTI_LEVEL_SCHOOL: _l("Trường phổ thông nhiều cấp học"),
    UnitKind.GDNN_GDTX_CENTRE: _l("Trung tâm GDNN-GDTX"),
    UnitKind.OTHER: _l("Đơn vị khác"),
}

# Spellings accepted in a table, without marks and case; the first one is written on export.
KIND_SPELLINGS: dict[UnitKind, tuple[str, ...]] = {
    UnitKind.DISTRICT_COMMITTEE: (
        "Ban Chỉ đạo quận, huyện", "Ban Chỉ đạo", "BCĐ", "Ban Chỉ đạo cấp huyện", "BCĐ quận, huyện",
    ),
    UnitKind.DEPARTMENT: (
        "Phòng thuộc Sở", "Phòng chuyên môn", "Phòng, ban thuộc Sở", "Phòng Sở", "Phòng của Sở",
        "Phòng ban Sở",
    ),
    UnitKind.AFFILIATED_UNIT: (
        "Đơn vị trực thuộc Sở", "Đơn vị trực thuộc", "Trực thuộc Sở", "Trực thuộc", "ĐVTT",
    ),
    UnitKind.DISTRICT_OFFICE: (
        "Phòng GDĐT", "Phòng Giáo dục và Đào tạo", "Phòng GD&ĐT", "Phòng GD-ĐT", "Phòng Giáo dục",
        "Phòng GD", "PGD", "PGDĐT", "Phòng GDĐT quận, huyện",
    ),
    UnitKind.HIGH_SCHOOL: (
        "Trường THPT", "THPT", "Trung học phổ thông", "Trường Trung học phổ thông",
    ),
    UnitKind.MULTI_LEVEL_SCHOOL: (
        "Trường phổ thông nhiều cấp học", "Phổ thông nhiều cấp học", "PTNCH", "Trường PTNCH",
        "Phổ thông có nhiều cấp học", "Trường phổ thông có nhiều cấp học", "Trường nhiều cấp học",
        "Nhiều cấp học", "Trường liên cấp", "Liên cấp",
    ),
    UnitKind.GDNN_GDTX_CENTRE: (
        "Trung tâm GDNN-GDTX", "TT GDNN-GDTX", "TTGDNN-GDTX", "GDNN-GDTX", "Trung tâm",
        "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên",
    ),
    UnitKind.OTHER: ("Đơn vị khác", "Khác", "Cơ quan khác"),
}  # fmt: skip


@dataclass(frozen=True)
class UnitGroup:
    """A group of the participant list; ``title`` stands on paper and is not translated."""

    key: str
    title: str
    kinds: tuple[StrEnum, ...]


GROUPS: tuple[UnitGroup, ...] = (
    UnitGroup(
        "committees",
        "Ban Chỉ đạo Phổ cập giáo dục, xóa mù chữ - Xây dựng xã hội học tập - "
        "Dạy và học ngoại ngữ quận, huyện",
        (UnitKind.DISTRICT_COMMITTEE,),
    ),
    UnitGroup(
        "departments",
        "Phòng thuộc Sở và đơn vị trực thuộc Sở",
        (UnitKind.DEPARTMENT, UnitKind.AFFILIATED_UNIT),
    ),
    UnitGroup(
        "district_offices", "Phòng Giáo dục và Đào tạo quận, huyện", (UnitKind.DISTRICT_OFFICE,)
    ),
    UnitGroup(
        "schools",
        "Trường THPT, phổ thông có nhiều cấp học, trung tâm Giáo dục nghề nghiệp - "
        "Giáo dục thường xuyên quận, huyện",
        (UnitKind.HIGH_SCHOOL, UnitKind.MULTI_LEVEL_SCHOOL, UnitKind.GDNN_GDTX_CENTRE),
    ),
    UnitGroup("others", "Đơn vị khác", (UnitKind.OTHER,)),
)


@dataclass(frozen=True)
class District:
    """A district with its statistical code; ``name`` is "Quận Hồng Bàng"."""

    code: int
    name: str

    @property
    def rank(self) -> str:
        """ "Quận", "Huyện" or "Thành phố"."""
        return self.name[: -len(self.proper) - 1]

    @property
    def proper(self) -> str:
        """ "Hồng Bàng"."""
        return re.sub(r"^(?:Quận|Huyện|Thành phố) ", "", self.name)

    @property
    def in_sentence(self) -> str:
        """ "quận Hồng Bàng"."""
        return self.name[0].lower() + self.name[1:]


DISTRICTS: tuple[District, ...] = (
    District(303, "Quận Hồng Bàng"),
    District(304, "Quận Ngô Quyền"),
    District(305, "Quận Lê Chân"),
    District(306, "Quận Hải An"),
    District(307, "Quận Kiến An"),
    District(308, "Quận Đồ Sơn"),
    District(309, "Quận Dương Kinh"),
    District(311, "Huyện Thủy Nguyên"),
    District(312, "Huyện An Dương"),
    District(313, "Huyện An Lão"),
    District(314, "Huyện Kiến Thụy"),
    District(315, "Huyện Tiên Lãng"),
    District(316, "Huyện Vĩnh Bảo"),
    District(317, "Huyện Cát Hải"),
    District(318, "Huyện Bạch Long Vĩ"),
)
# Nghị quyết 1232/NQ-UBTVQH15, from 01/01/2025.
LATER_DISTRICTS: tuple[District, ...] = (
    District(311, "Thành phố Thủy Nguyên"),
    District(312, "Quận An Dương"),
)
_RANKS = {"q": "quan", "quan": "quan", "h": "huyen", "huyen": "huyen",
          "tp": "thanh pho", "thanh pho": "thanh pho"}  # fmt: skip
_DISTRICT_TAIL = re.compile(r"\b((?:quận|huyện|thành phố|thị xã) .+)$", re.IGNORECASE)


def kind_order(kind: str) -> int:
    """Place of the kind in the plan's order, from 0; unknown kinds come last."""
    try:
        return list(UnitKind).index(UnitKind(kind))
    except ValueError:
        return len(UnitKind)


def group_of(kind: str) -> UnitGroup:
    """The group of the participant list a kind belongs to; unknown kinds are "others"."""
    return next((group for group in GROUPS if kind in group.kinds), GROUPS[-1])


def _kind_key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", fold(text))


_KINDS_BY_KEY = {
    _kind_key(spelling): kind
    for kind, spellings in KIND_SPELLINGS.items()
    for spelling in (kind.value, *spellings)
}


def parse_kind(text: str) -> UnitKind | None:
    """The kind meant by its key or any accepted Vietnamese spelling; None when there is none."""
    return _KINDS_BY_KEY.get(_kind_key(text))


def suggest_kind(text: str, name: str = "", code: str = "") -> UnitKind | None:
    """A kind to offer when the text names none: by the usual words, then by the unit's name."""
    plain = fold(text)
    for pattern, kind in (
        (r"lien cap|nhieu cap|thcs|tieu hoc", UnitKind.MULTI_LEVEL_SCHOOL),
        (r"cap 3|cap iii|\bc3\b|thpt|trung hoc|ptth", UnitKind.HIGH_SCHOOL),
        (r"gdnn|gdtx|nghe nghiep|trung tam", UnitKind.GDNN_GDTX_CENTRE),
        (r"ban chi dao|\bbcd\b", UnitKind.DISTRICT_COMMITTEE),
        (r"truc thuoc", UnitKind.AFFILIATED_UNIT),
        (r"phong gd|phong giao duc", UnitKind.DISTRICT_OFFICE),
    ):
        if re.search(pattern, plain):
            return kind
    return guess_kind(name)


def guess_kind(name: str) -> UnitKind | None:
    """The kind a unit's full name points to, for suggestions only."""
    plain = fold(name)
    for pattern, kind in (
        (r"^ban chi dao|^bcd", UnitKind.DISTRICT_COMMITTEE),
        (r"^phong (?:giao duc va dao tao|gd\W*dt) (?:quan|huyen)", UnitKind.DISTRICT_OFFICE),
        (r"^(?:trung tam|tt).*(?:gdnn|giao duc nghe nghiep)", UnitKind.GDNN_GDTX_CENTRE),
        (r"^truong .*(?:thcs.*thpt|nhieu cap|^truong pho thong)", UnitKind.MULTI_LEVEL_SCHOOL),
        (r"^truong (?:thpt|trung hoc pho thong)", UnitKind.HIGH_SCHOOL),
        (r"^(?:phong|van phong so|thanh tra so)\b", UnitKind.DEPARTMENT),
    ):
        if re.search(pattern, plain):
            return kind
    return None


def parse_district(text: str) -> District | None:
    """The district meant, with or without its rank, marks and case ("thuy nguyen", "Q. Lê Chân").

    A rank that the district had only from 2025 gives the later district; any other wrong rank
    is put right.
    """
    found = re.match(r"(thanh pho|huyen|quan|tp|q|h)(?:\s*\.\s*|\s+)(?=\S)", fold(text))
    rank = _RANKS[found.group(1)] if found else ""
    plain = fold(text)[found.end() :] if found else fold(text)
    for district in LATER_DISTRICTS:
        if rank == fold(district.rank) and plain == fold(district.proper):
            return district
    for district in DISTRICTS:
        if plain in (fold(district.proper), str(district.code)):
            return district
    return None


def district_order(name: str | None) -> int:
    """Statistical code of a district's name for sorting; units of no district come last."""
    district = parse_district(name) if name else None
    return district.code if district else 999


_ABBREVIATIONS = (
    (r"Giáo dục nghề nghiệp\s*-\s*Giáo dục thường xuyên", "GDNN-GDTX"),
    (r"GDNN\s*[-–]\s*GDTX", "GDNN-GDTX"),
    (r"Trung học phổ thông", "THPT"),
    (r"(?:Giáo dục và Đào tạo|GD\s*[&-]\s*ĐT)", "GDĐT"),
    (r"Ủy ban nhân dân", "UBND"),
    (r"(Trung tâm) Giáo dục thường xuyên", r"\1 GDTX"),
)


def _abbreviate(name: str) -> str:
    for pattern, short in _ABBREVIATIONS:
        name = re.sub(pattern, short, name, flags=re.IGNORECASE)
    return name


def unit_match_key(name: str) -> str:
    """Equal for one unit's name written in two ways: tones, case, hyphens, usual abbreviations."""
    plain = _abbreviate(clean_text(name).replace("Uỷ", "Ủy").replace("uỷ", "ủy"))
    plain = re.sub(r"^TT\.?\s", "Trung tâm ", plain)
    return re.sub(r"[.,“”\"']", "", match_key(plain))


def default_short_name(kind: str, name: str) -> str:
    """A name for narrow columns, at most 120 letters; the full name when nothing is shorter.

    "Ban Chỉ đạo huyện An Lão", "Phòng GDĐT huyện An Lão", "Trung tâm GDNN-GDTX huyện An Lão".
    """
    clean = clean_text(name)
    if kind == UnitKind.DISTRICT_COMMITTEE and (tail := _DISTRICT_TAIL.search(clean)):
        short = f"Ban Chỉ đạo {tail.group(1)}"
    elif kind == UnitKind.DEPARTMENT:
        short = clean
    else:
        short = _abbreviate(clean)
    if len(short) <= SHORT_NAME_MAX:
        return short
    return short[: SHORT_NAME_MAX - 1].rsplit(" ", 1)[0].rstrip(" ,-") + "…"


@lru_cache(maxsize=1024)
def search_text(code: str, name: str, short_name: str = "", aliases: tuple[str, ...] = ()) -> str:
    """What a search without marks and case is matched against."""
    return fold(" | ".join([code, name, short_name, default_short_name("", name), *aliases]))
