"""What a unit's kind puts on its papers: the two lines of the head, titles, usual posts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.vietnamese import clean_text, fold, upper_vi
from app.units.rules import (
    CITY_BODY,
    DEPARTMENT_BODY,
    HEAD_WIDTH_MM,
    UnitKind,
    default_short_name,
    parse_district,
)

_POINT_MM = 0.3528
_HEAD_POINTS = 12.0
# Widths of Times New Roman bold capitals in thousandths of the size.
_WIDTHS = {
    **dict.fromkeys("ACDNRUVXY", 722), **dict.fromkeys("BELTZ", 667), **dict.fromkeys("FP", 611),
    **dict.fromkeys("GHKOQ", 778), "I": 389, "J": 500, "M": 944, "S": 556, "W": 1000,
    **dict.fromkeys("0123456789", 500), " ": 250, "-": 333, ",": 250, ".": 250, "/": 278,
}  # fmt: skip
_KIND_WORDS = re.compile(
    r"^(TRƯỜNG (?:TH, )?(?:THCS VÀ )?THPT(?: CHUYÊN)?|TRƯỜNG PHỔ THÔNG(?: (?:CÓ )?NHIỀU CẤP HỌC)?"
    r"|TRUNG TÂM GIÁO DỤC|PHÒNG GIÁO DỤC|TRUNG TÂM GDNN-GDTX) (.+)$"
)
# Words that stay on one line, so that a long name breaks by sense.
_WHOLE = re.compile(
    r"(?:QUẬN|HUYỆN|THÀNH PHỐ) .+$|BAN CHỈ ĐẠO|PHỔ CẬP|GIÁO DỤC|XÓA MÙ CHỮ|XÂY DỰNG|XÃ HỘI|HỌC TẬP"
    r"|DẠY VÀ HỌC|NGOẠI NGỮ|KHIẾM THÍNH|KHIẾM THỊ|TRẺ EM|HẢI PHÒNG|ĐÀO TẠO|TRUYỀN THÔNG|THÔNG TIN"
    r"|THƯƠNG BINH|LAO ĐỘNG|MÔI TRƯỜNG|TÀI NGUYÊN|ỦY BAN NHÂN DÂN|THƯỜNG XUYÊN|NGHỀ NGHIỆP|ĐẠI HỌC"
)


@dataclass(frozen=True)
class SignatureTitles:
    """Capitals for the signature block: the head's title; the two lines when a deputy signs."""

    head: str
    deputy: tuple[str, str]


def _width_mm(line: str) -> float:
    bare = fold(line).upper()
    extra = sum(line.count(letter) for letter in "ƠỚỜỞỠỢƯỨỪỬỮỰ") * 60
    units = sum(_WIDTHS.get(char, 722) for char in bare) + extra
    return units / 1000 * _HEAD_POINTS * _POINT_MM


def _balanced(words: list[str], count: int) -> list[str] | None:
    """The words on ``count`` lines within the width, the widest as narrow as possible."""
    line = " ".join(words)
    if count == 1:
        return [line] if _width_mm(line) <= HEAD_WIDTH_MM else None
    best: list[str] | None = None
    for cut in range(1, len(words) - count + 2):
        first = " ".join(words[:cut])
        if _width_mm(first) > HEAD_WIDTH_MM:
            break
        if words[cut] == "-":
            continue
        rest = _balanced(words[cut:], count - 1)
        if rest is None:
            continue
        lines = [first, *rest]
        if best is None or max(map(_width_mm, lines)) < max(map(_width_mm, best)):
            best = lines
    return best


def break_head_line(text: str) -> list[str]:
    """A body's name in capitals on lines of at most 70 mm, broken before its proper name.

    A "/" between blanks or a line break in the text breaks there and nowhere else.
    """
    given = [upper_vi(part) for part in re.split(r"\s/\s|\n", text)]
    given = [part for part in given if part]
    if len(given) != 1:
        return given
    line = given[0]
    if _width_mm(line) <= HEAD_WIDTH_MM:
        return [line]
    if (found := _KIND_WORDS.match(line)) and _width_mm(found.group(2)) <= HEAD_WIDTH_MM:
        return [*break_head_line(found.group(1)), found.group(2)]
    words = _WHOLE.sub(lambda found: found.group().replace(" ", "\u00a0"), line).split(" ")
    start = int(_width_mm(line) // HEAD_WIDTH_MM) + 1
    for count in range(start, min(len(words), start + 2) + 1):
        if lines := _balanced(words, count):
            return [part.replace("\u00a0", " ") for part in lines]
    return [line]


def _district_body(name: str, district: str | None) -> str:
    found = parse_district(district) if district else None
    if found:
        return f"UBND {upper_vi(found.name)}"
    tail = re.search(r"\b((?:quận|huyện|thành phố) .+)$", clean_text(name), re.IGNORECASE)
    return f"UBND {upper_vi(tail.group(1))}" if tail else ""


def header_lines(kind: str, name: str, district: str | None) -> tuple[str, list[str]]:
    """(superior body, lines of the issuing body) for the head of a unit's paper, in capitals.

    The superior body is "" where none is printed. Widths are those of 12 pt bold Times.
    """
    if kind == UnitKind.DISTRICT_OFFICE:
        return _district_body(name, district), ["PHÒNG GIÁO DỤC VÀ ĐÀO TẠO"]
    if kind == UnitKind.GDNN_GDTX_CENTRE:
        short = upper_vi(default_short_name(kind, name))
        found = re.match(r"(TRUNG TÂM GDNN-GDTX) (.+)$", short)
        lines = [found.group(1), found.group(2)] if found else break_head_line(short)
        return _district_body(name, district), lines
    if kind == UnitKind.DISTRICT_COMMITTEE:
        return _district_body(name, district), break_head_line(name)
    if kind == UnitKind.OTHER:
        city = re.match(r"(?:sở|văn phòng [uủ])", clean_text(name).lower())
        return CITY_BODY if city else "", break_head_line(name)
    return DEPARTMENT_BODY, break_head_line(name)


def paper_head(
    kind: str, name: str, district: str | None, line_1: str | None, line_2: str | None
) -> tuple[str, list[str]]:
    """As `header_lines`, with the unit's own two lines in place of the usual ones where given."""
    superior, issuing = header_lines(kind, name, district)
    return upper_vi(line_1) if line_1 else superior, break_head_line(line_2) if line_2 else issuing


_HEADS_BY_NAME = (
    (r"van phong", "Chánh Văn phòng"),
    (r"thanh tra", "Chánh Thanh tra"),
    (r"uy ban nhan dan|ubnd|hoi", "Chủ tịch"),
    (r"cuc", "Cục trưởng"),
    (r"truong", "Hiệu trưởng"),
    (r"trung tam|so", "Giám đốc"),
    (r"phong", "Trưởng phòng"),
    (r"ban", "Trưởng ban"),
)
_HEADS_BY_KIND = {
    UnitKind.DISTRICT_COMMITTEE: "Trưởng ban",
    UnitKind.DISTRICT_OFFICE: "Trưởng phòng",
    UnitKind.HIGH_SCHOOL: "Hiệu trưởng",
    UnitKind.MULTI_LEVEL_SCHOOL: "Hiệu trưởng",
    UnitKind.GDNN_GDTX_CENTRE: "Giám đốc",
}


def head_post(kind: str, name: str) -> str:
    """The post of a unit's head: "Hiệu trưởng"; "Thủ trưởng đơn vị" when it cannot be known."""
    if kind in _HEADS_BY_KIND:
        return _HEADS_BY_KIND[UnitKind(kind)]
    plain = fold(name)
    for pattern, post in _HEADS_BY_NAME:
        if re.match(rf"(?:{pattern})\b", plain):
            return post
    return "Thủ trưởng đơn vị"


def suggested_positions(kind: str, name: str) -> list[str]:
    """Posts to offer under the field "Chức vụ", the head's first."""
    head = head_post(kind, name)
    if head == "Thủ trưởng đơn vị":
        return ["Trưởng đơn vị", "Phó Trưởng đơn vị"]
    posts = [head, f"Phó {head}"]
    if kind == UnitKind.DISTRICT_COMMITTEE:
        posts += ["Ủy viên Thường trực", "Ủy viên"]
    return posts


def signature_titles(kind: str, name: str) -> SignatureTitles:
    """Who signs the unit's paper: head, or deputy on the head's behalf (KT.)."""
    head = upper_vi(head_post(kind, name))
    return SignatureTitles(head=head, deputy=(f"KT. {head}", f"PHÓ {head}"))
