"""Kinds, groups, districts and what they put on paper."""

import csv
from pathlib import Path

import pytest

from app.units.papers import (
    HEAD_WIDTH_MM,
    _width_mm,
    break_head_line,
    header_lines,
    signature_titles,
    suggested_positions,
)
from app.units.rules import (
    DISTRICTS,
    GROUPS,
    KIND_LABELS,
    KIND_SPELLINGS,
    UnitKind,
    default_short_name,
    district_order,
    group_of,
    guess_kind,
    kind_order,
    parse_district,
    parse_kind,
    search_text,
    unit_match_key,
)

SEED = Path(__file__).resolve().parents[2] / "app/seed/units-haiphong-2024.csv"
with SEED.open(encoding="utf-8") as lines:
    UNITS = list(csv.DictReader(lines))

COMMITTEE = (
    "Ban Chỉ đạo Phổ cập giáo dục, xóa mù chữ - Xây dựng xã hội học tập - Dạy và học ngoại ngữ"
)


def test_every_kind_has_a_label_spellings_and_one_group() -> None:
    assert set(KIND_LABELS) == set(KIND_SPELLINGS) == set(UnitKind)
    assert sorted(kind for group in GROUPS for kind in group.kinds) == sorted(UnitKind)
    assert str(UnitKind.HIGH_SCHOOL.label) == "Trường THPT"


def test_groups_stand_in_the_order_of_the_plan() -> None:
    assert [group.title for group in GROUPS[:4]] == [
        f"{COMMITTEE} quận, huyện",
        "Phòng thuộc Sở và đơn vị trực thuộc Sở",
        "Phòng Giáo dục và Đào tạo quận, huyện",
        "Trường THPT, phổ thông có nhiều cấp học, trung tâm Giáo dục nghề nghiệp - "
        "Giáo dục thường xuyên quận, huyện",
    ]
    assert [kind_order(kind) for kind in UnitKind] == list(range(8))
    assert kind_order("unknown") == 8
    assert group_of("affiliated_unit").key == "departments"
    assert group_of("unknown").key == "others"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("high_school", UnitKind.HIGH_SCHOOL),
        ("TRƯỜNG THPT", UnitKind.HIGH_SCHOOL),
        ("thpt", UnitKind.HIGH_SCHOOL),
        ("Phòng GD&ĐT", UnitKind.DISTRICT_OFFICE),
        ("phong gddt", UnitKind.DISTRICT_OFFICE),
        ("TT GDNN – GDTX", UnitKind.GDNN_GDTX_CENTRE),
        ("PTNCH", UnitKind.MULTI_LEVEL_SCHOOL),
        ("Đơn vị trực thuộc Sở", UnitKind.AFFILIATED_UNIT),
        ("BCĐ", UnitKind.DISTRICT_COMMITTEE),
        ("Phòng thuộc Sở", UnitKind.DEPARTMENT),
        ("khác", UnitKind.OTHER),
        ("Trường cấp 3", None),
        ("", None),
    ],
)
def test_parse_kind(text: str, kind: UnitKind | None) -> None:
    assert parse_kind(text) is kind


def test_spellings_of_two_kinds_never_meet() -> None:
    for kind, spellings in KIND_SPELLINGS.items():
        assert {parse_kind(spelling) for spelling in spellings} == {kind}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit["code"])
def test_the_name_of_a_unit_never_points_to_a_wrong_kind(unit: dict[str, str]) -> None:
    assert guess_kind(unit["name"]) in {UnitKind(unit["kind"]), None}


def test_districts_stand_in_the_order_of_their_codes() -> None:
    codes = [district.code for district in DISTRICTS]
    assert codes == [303, 304, 305, 306, 307, 308, 309, 311, 312, 313, 314, 315, 316, 317, 318]
    assert {unit["district"] for unit in UNITS if unit["district"]} == {
        district.name for district in DISTRICTS
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Quận Hồng Bàng", "Quận Hồng Bàng"),
        ("hồng bàng", "Quận Hồng Bàng"),
        ("Thuỷ Nguyên", "Huyện Thủy Nguyên"),
        ("thuy nguyen", "Huyện Thủy Nguyên"),
        ("HUYỆN KIẾN THUỴ", "Huyện Kiến Thụy"),
        ("Q. Lê Chân", "Quận Lê Chân"),
        ("Q.Lê Chân", "Quận Lê Chân"),
        ("H. An Lão", "Huyện An Lão"),
        ("Huyện Lê Chân", "Quận Lê Chân"),
        ("303", "Quận Hồng Bàng"),
        ("Thành phố Thủy Nguyên", "Thành phố Thủy Nguyên"),
        ("quận An Dương", "Quận An Dương"),
        ("An Dương", "Huyện An Dương"),
        ("Ba Đình", None),
        ("", None),
    ],
)
def test_parse_district(text: str, name: str | None) -> None:
    district = parse_district(text)
    assert (district.name if district else None) == name


def test_district_order_puts_units_without_district_last() -> None:
    assert [district_order(name) for name in ("Quận Hồng Bàng", "Quận An Dương", None)] == [
        303, 312, 999,
    ]  # fmt: skip


def test_parts_of_a_district() -> None:
    district = parse_district("bạch long vĩ")
    assert (district.rank, district.proper, district.in_sentence) == (
        "Huyện", "Bạch Long Vĩ", "huyện Bạch Long Vĩ",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "district", "lines"),
    [
        ("high_school", "Trường THPT Ngô Quyền", "Quận Lê Chân",
         ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", ["TRƯỜNG THPT NGÔ QUYỀN"])),
        ("high_school", "Trường THPT Nguyễn Bỉnh Khiêm", "Huyện Vĩnh Bảo",
         ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", ["TRƯỜNG THPT", "NGUYỄN BỈNH KHIÊM"])),
        ("multi_level_school", "Trường TH, THCS và THPT FPT Hải Phòng", "Quận Lê Chân",
         ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", ["TRƯỜNG TH, THCS VÀ THPT", "FPT HẢI PHÒNG"])),
        ("district_office", "Phòng Giáo dục và Đào tạo huyện An Lão", "Huyện An Lão",
         ("UBND HUYỆN AN LÃO", ["PHÒNG GIÁO DỤC VÀ ĐÀO TẠO"])),
        ("district_office", "Phòng Giáo dục và Đào tạo huyện An Lão", None,
         ("UBND HUYỆN AN LÃO", ["PHÒNG GIÁO DỤC VÀ ĐÀO TẠO"])),
        ("gdnn_gdtx_centre",
         "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên huyện Vĩnh Bảo",
         "Huyện Vĩnh Bảo", ("UBND HUYỆN VĨNH BẢO", ["TRUNG TÂM GDNN-GDTX", "HUYỆN VĨNH BẢO"])),
        ("affiliated_unit", "Trung tâm Giáo dục thường xuyên Hải Phòng", "Quận Lê Chân",
         ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", ["TRUNG TÂM GIÁO DỤC", "THƯỜNG XUYÊN HẢI PHÒNG"])),
        ("affiliated_unit", "Trường Khiếm thính Hải Phòng", None,
         ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", ["TRƯỜNG KHIẾM THÍNH", "HẢI PHÒNG"])),
        ("department", "Phòng Giáo dục thường xuyên và Đại học", None,
         ("SỞ GIÁO DỤC VÀ ĐÀO TẠO", ["PHÒNG GIÁO DỤC", "THƯỜNG XUYÊN VÀ ĐẠI HỌC"])),
        ("other", "Sở Nội vụ", None, ("UBND THÀNH PHỐ HẢI PHÒNG", ["SỞ NỘI VỤ"])),
        ("other", "Ủy ban nhân dân quận Lê Chân", "Quận Lê Chân",
         ("", ["ỦY BAN NHÂN DÂN", "QUẬN LÊ CHÂN"])),
    ],
)  # fmt: skip
def test_header_lines(
    kind: str, name: str, district: str | None, lines: tuple[str, list[str]]
) -> None:
    assert header_lines(kind, name, district) == lines


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit["code"])
def test_head_of_every_unit_fits_its_column_and_loses_no_word(unit: dict[str, str]) -> None:
    above, lines = header_lines(unit["kind"], unit["name"], unit["district"] or None)
    assert all(_width_mm(line) <= HEAD_WIDTH_MM for line in [above, *lines])
    assert not any(line.startswith("-") for line in lines)
    if unit["kind"] not in ("district_office", "gdnn_gdtx_centre"):
        assert " ".join(lines) == unit["name"].upper()


def test_override_breaks_where_it_says() -> None:
    assert break_head_line("Trường THPT / Ngô Quyền") == ["TRƯỜNG THPT", "NGÔ QUYỀN"]
    assert break_head_line("Trường THPT 25/10") == ["TRƯỜNG THPT 25/10"]
    assert break_head_line("") == []


@pytest.mark.parametrize(
    ("kind", "name", "head", "deputy"),
    [
        ("high_school", "Trường THPT Lê Chân", "HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG"),
        ("multi_level_school", "Trường X", "HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG"),
        ("district_office", "Phòng GDĐT quận X", "TRƯỞNG PHÒNG", "PHÓ TRƯỞNG PHÒNG"),
        ("gdnn_gdtx_centre", "TT", "GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
        ("district_committee", COMMITTEE, "TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"),
        ("affiliated_unit", "Trường Khiếm thính", "HIỆU TRƯỞNG", "PHÓ HIỆU TRƯỞNG"),
        ("affiliated_unit", "Trung tâm GDTX Hải Phòng", "GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
        ("department", "Văn phòng Sở", "CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG"),
        ("department", "Thanh tra Sở", "CHÁNH THANH TRA", "PHÓ CHÁNH THANH TRA"),
        ("department", "Phòng Tổ chức cán bộ", "TRƯỞNG PHÒNG", "PHÓ TRƯỞNG PHÒNG"),
        ("other", "Ủy ban nhân dân quận Lê Chân", "CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
        ("other", "Nhà hát", "THỦ TRƯỞNG ĐƠN VỊ", "PHÓ THỦ TRƯỞNG ĐƠN VỊ"),
    ],
)
def test_signature_titles(kind: str, name: str, head: str, deputy: str) -> None:
    titles = signature_titles(kind, name)
    assert (titles.head, titles.deputy) == (head, (f"KT. {head}", deputy))


def test_suggested_positions() -> None:
    assert suggested_positions("high_school", "Trường THPT X") == ["Hiệu trưởng", "Phó Hiệu trưởng"]
    assert suggested_positions("district_committee", COMMITTEE) == [
        "Trưởng ban", "Phó Trưởng ban", "Ủy viên Thường trực", "Ủy viên",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "short"),
    [
        ("district_committee", f"{COMMITTEE} huyện An Lão", "Ban Chỉ đạo huyện An Lão"),
        ("district_office", "Phòng Giáo dục và Đào tạo huyện An Lão", "Phòng GDĐT huyện An Lão"),
        ("gdnn_gdtx_centre",
         "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên quận Đồ Sơn",
         "Trung tâm GDNN-GDTX quận Đồ Sơn"),
        ("high_school", "Trường Trung học phổ thông Ngô Quyền", "Trường THPT Ngô Quyền"),
        ("department", "Phòng Giáo dục thường xuyên và Đại học",
         "Phòng Giáo dục thường xuyên và Đại học"),
    ],
)  # fmt: skip
def test_default_short_name(kind: str, name: str, short: str) -> None:
    assert default_short_name(kind, name) == short


def test_short_name_always_fits_its_column() -> None:
    short = default_short_name("other", "Hội " + "rất dài " * 40)
    assert len(short) <= 120
    assert short.endswith("…")


@pytest.mark.parametrize(
    "other",
    ["Phòng GD&ĐT huyện Thuỷ Nguyên", "PHÒNG GIÁO DỤC VÀ ĐÀO TẠO HUYỆN THỦY NGUYÊN",
     "Phòng GDĐT  huyện Thủy Nguyên"],
)  # fmt: skip
def test_one_unit_written_in_many_ways_has_one_key(other: str) -> None:
    assert unit_match_key(other) == unit_match_key("Phòng Giáo dục và Đào tạo huyện Thủy Nguyên")


def test_no_two_units_of_the_register_share_a_key() -> None:
    assert len({unit_match_key(unit["name"]) for unit in UNITS}) == len(UNITS)


def test_search_text_finds_by_code_name_short_name_and_alias() -> None:
    text = search_text("PGD-311", "Phòng Giáo dục và Đào tạo huyện Thủy Nguyên", "", ("PGD TN",))
    for words in ("pgd-311", "thuy nguyen", "phong gddt", "pgd tn", "giao duc va dao tao"):
        assert words in text
