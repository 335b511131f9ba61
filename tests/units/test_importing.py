"""Import of the register: the seed, repairs, errors cell by cell, round trips."""

import datetime
import io
import json
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from app.core.spreadsheets import write_csv, write_xlsx
from app.units.exporting import annotated_rows, export_header, export_row
from app.units.importing import (
    Action,
    ImportPreview,
    PreviewRow,
    UnitValues,
    check_rows,
    read_units,
)

SEED = Path(__file__).resolve().parents[2] / "app/seed/units-haiphong-2024.csv"
HEADER = ["Mã", "Tên đơn vị", "Loại", "Quận, huyện", "Thư điện tử", "Điện thoại"]
GOOD = ["THPT-1", "Trường THPT Cát Bà", "Trường THPT", "Cát Hải", "vt@cb.example.vn", "0912345678"]


def preview(*rows, header=None, existing=None) -> ImportPreview:
    book = openpyxl.Workbook()
    for row in [header or HEADER, *rows]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return check_rows(read_units(out.getvalue(), "tep.xlsx"), existing or {})


def with_cell(name: str, value: object) -> list[object]:
    places = {"code": 0, "name": 1, "kind": 2, "district": 3, "email": 4, "phone": 5}
    row: list[object] = list(GOOD)
    row[places[name]] = value
    return row


def only(shown: ImportPreview) -> PreviewRow:
    assert len(shown.rows) == 1
    return shown.rows[0]


def seed() -> ImportPreview:
    return check_rows(read_units(SEED.read_bytes(), SEED.name), {})


def register(shown: ImportPreview) -> dict[str, UnitValues]:
    return {row.values.code: row.values for row in shown.importable}


def test_seed_imports_without_a_single_problem() -> None:
    shown = seed()
    assert [row.problems for row in shown.rows if row.problems] == []
    assert (shown.counts.total, shown.counts.importable, shown.counts.new) == (131, 131, 131)
    kinds = Counter(row.values.kind for row in shown.rows)
    assert kinds == {
        "district_committee": 15, "department": 9, "district_office": 15, "high_school": 52,
        "multi_level_school": 5, "gdnn_gdtx_centre": 14, "affiliated_unit": 3, "other": 18,
    }  # fmt: skip
    assert sum(kinds.values()) - kinds["other"] == 113
    assert register(shown)["THPT-311-51"].name == "Trường THPT 25/10"
    assert register(shown)["SO-VP"].district is None
    assert [str(note) for note in shown.notes] == [
        "Bảng không có cột “Thư điện tử”: đơn vị mới chưa nhận được đường dẫn qua thư.",
        "Không nhập các cột: “source”.",
    ]


def test_second_import_of_the_seed_changes_nothing() -> None:
    again = check_rows(read_units(SEED.read_bytes(), SEED.name), register(seed()))
    assert (again.counts.same, again.counts.new, again.counts.updated) == (131, 0, 0)


def test_good_row() -> None:
    row = only(preview(GOOD))
    assert row.problems == ()
    assert row.action is Action.NEW
    assert row.values == UnitValues(
        code="THPT-1",
        name="Trường THPT Cát Bà",
        kind="high_school",
        district="Huyện Cát Hải",
        email="vt@cb.example.vn",
        phone="+84912345678",
    )


@pytest.mark.parametrize(
    ("name", "value", "code", "sentence", "suggestion"),
    [
        ("code", None, "missing", "Thiếu mã đơn vị.", None),
        ("code", "THPT Đ#1", "signs",
         "Mã chỉ gồm chữ không dấu, chữ số, dấu gạch và dấu chấm.", "THPTD1"),
        ("code", "X" * 41, "too_long", "Mã dài hơn 40 chữ. Hãy viết gọn lại.", None),
        ("code", datetime.date(2024, 12, 3), "date",
         "Excel đã đổi mã thành ngày. Hãy gõ lại mã, thêm dấu ' ở đầu ô.", None),
        ("name", None, "missing", "Thiếu tên đơn vị.", None),
        ("name", " \u00a0", "missing", "Thiếu tên đơn vị.", None),
        ("name", datetime.datetime(2024, 10, 25), "date",
         "Excel đã đổi tên thành ngày. Gõ lại: Trường THPT 25/10.", "Trường THPT 25/10"),
        ("name", "25-Oct", "date",
         "Excel đã đổi tên thành ngày. Gõ lại: Trường THPT 25/10.", "Trường THPT 25/10"),
        ("name", "25/10/2024", "date",
         "Excel đã đổi tên thành ngày. Gõ lại: Trường THPT 25/10.", "Trường THPT 25/10"),
        ("name", 2024, "signs", "Tên đơn vị phải có chữ. Hãy gõ lại.", None),
        ("name", "x" * 301, "too_long", "Ô này dài 301 chữ, nhiều nhất 300. Hãy viết gọn lại.",
         None),
        ("name", "<b>Trường</b>", "signs", "Ô này có ký hiệu “<”. Hãy bỏ ký hiệu đó.", None),
        ("name", "-Trường THPT", "signs", "Ô này bắt đầu bằng dấu “-”. Hãy bỏ dấu đó.", None),
        ("name", "Trường THPT 😀", "signs", "Ô này có ký hiệu “😀”. Hãy bỏ ký hiệu đó.", None),
        ("name", "=A1", "formula", "Ô này là công thức chưa tính. Hãy dán lại dạng giá trị.", None),
        ("name", "#REF!", "excel_error", "Ô này đang báo lỗi của Excel (#REF!). Hãy gõ lại.", None),
        ("name", "Tr\u00adêng THPT §å S¬n", "old_font",
         "Chữ bị lỗi phông. Có phải là “Trường THPT Đồ Sơn”? Nếu không, hãy gõ lại.",
         "Trường THPT Đồ Sơn"),
        ("name", "Tröôøng THPT Ñoà Sôn", "old_font",
         "Chữ bị lỗi phông. Có phải là “Trường THPT Đồ Sơn”? Nếu không, hãy gõ lại.",
         "Trường THPT Đồ Sơn"),
        ("kind", "Trường cấp 3", "unknown", "Không có loại này. Chọn: Trường THPT?", "Trường THPT"),
        ("kind", None, "missing", "Thiếu loại đơn vị. Chọn: Trường THPT?", "Trường THPT"),
        ("district", "Gò Vấp", "unknown",
         "Không có quận, huyện này ở Hải Phòng. Hãy sửa lại.", None),
        ("district", "Kiến Thuỵy", "unknown",
         "Không có quận, huyện này. Chọn: Huyện Kiến Thụy?", "Huyện Kiến Thụy"),
        ("email", "vanthu@catba,example.vn", "comma",
         "Có dấu phẩy sau “catba”. Đổi thành dấu chấm?", "vanthu@catba.example.vn"),
        ("email", "vanthu@", "no_domain",
         "Thiếu phần sau chữ @. Ví dụ: vanthu@truong.edu.vn.", None),
        ("phone", "091234567", "too_short",
         "Số này có 9 chữ số, số di động có 10. "
         "Hãy thêm chữ số còn thiếu hoặc bỏ trống ô này.", None),
    ],
)  # fmt: skip
def test_error_stands_in_its_cell(
    name: str, value: object, code: str, sentence: str, suggestion: str | None
) -> None:
    row = only(preview(with_cell(name, value)))
    (problem,) = row.problems
    assert (problem.field, problem.level, problem.code) == (name, "error", code)
    assert (str(problem.message), problem.suggestion) == (sentence, suggestion)
    assert row.has_errors
    assert row.problems_of(name) == [problem]


@pytest.mark.parametrize(
    ("name", "value", "code", "sentence", "stored"),
    [
        ("phone", 912345678, "lost_zero",
         "Excel đã bỏ số 0 ở đầu. Sẽ ghi là 0912 345 678.", "+84912345678"),
        ("phone", "01682345678", "old_mobile",
         "Số 11 chữ số kiểu cũ, đã đổi thành 0382 345 678.", "+84382345678"),
        ("phone", "0225 3822 000 máy lẻ 5", "extension", "Không lưu số máy lẻ 5.", "+842253822000"),
        ("email", None, "missing", "Chưa có thư: không gửi được đường dẫn.", None),
        ("name", "TRƯỜNG THPT CÁT BÀ", "all_capitals",
         "Tên đang viết hoa hết. Nên viết hoa như công văn.", "TRƯỜNG THPT CÁT BÀ"),
    ],
)  # fmt: skip
def test_warning_asks_and_the_row_goes_in(
    name: str, value: object, code: str, sentence: str, stored: str | None
) -> None:
    row = only(preview(with_cell(name, value)))
    (problem,) = row.problems
    assert (problem.field, problem.level, problem.code) == (name, "warning", code)
    assert str(problem.message) == sentence
    assert getattr(row.values, name) == stored
    assert not row.has_errors


def test_text_is_stored_clean() -> None:
    row = only(preview(with_cell("name", "  Trường\u00a0THPT\nÐồ So\u031bn\u200b ")))
    assert row.values.name == "Trường THPT Đồ Sơn"
    assert row.problems == ()


def test_name_turned_into_a_date_is_offered_from_the_register() -> None:
    existing = {"THPT-1": UnitValues("THPT-1", "Trường phổ thông 25/10", "multi_level_school")}
    row = only(preview(with_cell("name", datetime.date(2024, 10, 25)), existing=existing))
    assert row.problems[0].suggestion == "Trường phổ thông 25/10"


def test_font_of_the_cell_betrays_an_old_encoding() -> None:
    book = openpyxl.Workbook()
    for line in (HEADER, with_cell("name", "thpt vò")):
        book.active.append(line)
    book.active["B2"].font = openpyxl.styles.Font(name=".VnTimeH")
    out = io.BytesIO()
    book.save(out)
    (problem,) = only(check_rows(read_units(out.getvalue(), "tep.xlsx"), {})).problems
    assert (problem.code, problem.suggestion) == ("old_font", "THPT VŨ")


def test_one_bad_row_never_stops_the_others() -> None:
    shown = preview(
        GOOD,
        [None, "Không mã"],
        ["#REF!", "=1", 3, "x", "y", "z"],
        ["A-2", "Trường THPT Hai", "THPT", None, "b@b.example.vn"],
    )
    assert [row.has_errors for row in shown.rows] == [False, True, True, False]
    assert (shown.counts.importable, shown.counts.with_errors) == (2, 2)


def test_code_twice_in_the_file_stops_the_second() -> None:
    shown = preview(GOOD, [], ["thpt-1", *with_cell("name", "Trường THPT Khác")[1:]])
    assert [row.number for row in shown.rows] == [2, 4]
    assert shown.rows[0].problems == ()
    assert str(shown.rows[1].problems[0].message) == "Trùng mã với dòng 2."


def test_look_alike_names_are_asked_about() -> None:
    shown = preview(
        [
            "PGD-1",
            "Phòng Giáo dục và Đào tạo huyện Thủy Nguyên",
            "PGD",
            "Thủy Nguyên",
            "a@a.example.vn",
        ],
        [
            "PGD-2",
            "Phòng Giáo dục và Đào tạo huyện Thuỷ Nguyên",
            "PGD",
            "Thuỷ Nguyên",
            "b@a.example.vn",
        ],
        ["PGD-3", "Phòng GD&ĐT huyện Thủy Nguyên", "PGD", "Thủy Nguyên", "c@a.example.vn"],
    )
    assert [[str(problem.message) for problem in row.problems] for row in shown.rows] == [
        [],
        ["Giống dòng 2, chỉ khác “Thủy”, “Thuỷ”. Là một đơn vị?"],
        ["Giống tên ở dòng 2. Là một đơn vị?"],
    ]
    assert shown.counts.importable == 3


def test_look_alike_of_the_register_is_asked_about() -> None:
    existing = {"CU-1": UnitValues("CU-1", "Trường THPT Đồng Hoà", "high_school")}
    row = only(preview(with_cell("name", "Trường THPT Đồng Hòa"), existing=existing))
    assert str(row.problems[0].message) == (
        "Giống đơn vị CU-1 đã có, chỉ khác “Hoà”, “Hòa”. Là một đơn vị?"
    )


def test_same_school_name_in_two_districts_is_fine() -> None:
    shown = preview(GOOD, ["THPT-2", "Trường THPT Cát Bà", "THPT", "Kiến An", "k@k.example.vn"])
    assert [row.problems for row in shown.rows] == [(), ()]


def test_second_import_updates_by_code_and_empty_cells_keep_what_is_stored() -> None:
    existing = register(preview(GOOD))
    row = only(preview(["thpt-1", "Trường THPT Cát Bà mới"], existing=existing))
    assert (row.action, row.changed) == (Action.UPDATE, ("name",))
    assert row.values.email == "vt@cb.example.vn"
    assert row.problems == ()


def test_a_list_of_codes_and_addresses_is_enough_for_an_update() -> None:
    existing = register(preview(GOOD))
    row = only(preview(["THPT-1", "moi@cb.example.vn"], header=["Mã", "Email"], existing=existing))
    assert (row.changed, row.values.email) == (("email",), "moi@cb.example.vn")


def test_code_that_lost_its_zeros_is_not_taken_for_a_new_unit() -> None:
    existing = {"0042": UnitValues("0042", "Trường THPT Cát Bà", "high_school")}
    row = only(preview(with_cell("code", 42), existing=existing))
    assert (row.problems[0].code, row.problems[0].suggestion) == ("lost_zero", "0042")


@pytest.mark.parametrize(
    ("first", "last", "level"),
    [("01/01/2024", "31/12/2024", None), (datetime.date(2024, 1, 1), "2024-12-31", None),
     ("31/12/2024", "01/01/2024", "error"), ("31/02/2024", "", "error"), ("2024", "", "error")],
)  # fmt: skip
def test_validity_dates(first: object, last: object, level: str | None) -> None:
    header = ["Mã", "Tên đơn vị", "Loại", "Hiệu lực từ", "Hiệu lực đến"]
    row = only(preview(["A", "Trường THPT Một", "THPT", first, last], header=header))
    assert [problem.level for problem in row.problems] == ([level] if level else [])
    if level is None:
        assert row.values.valid_from == datetime.date(2024, 1, 1)
        assert row.values.valid_until == datetime.date(2024, 12, 31)


def test_missing_district_is_asked_only_where_it_matters() -> None:
    shown = preview(
        ["A", "Phòng GDĐT huyện nào đó", "PGD", None, "a@a.example.vn"],
        ["B", "Trường Khiếm thính", "Trực thuộc", None, "b@a.example.vn"],
    )
    assert [[problem.field for problem in row.problems] for row in shown.rows] == [["district"], []]


def test_counts_add_up() -> None:
    shown = preview(
        GOOD,
        ["A-2", "Trường THPT Hai", "THPT", None, None],
        ["A-3", None, "THPT"],
        ["A-4", "Trường THPT Bốn", "THPT", None, "d@d.example.vn"],
    )
    counts = shown.counts
    assert (counts.total, counts.clean, counts.with_warnings, counts.with_errors) == (4, 2, 1, 1)
    assert counts.importable == counts.clean + counts.with_warnings == 3


def test_stored_preview_is_the_same_preview() -> None:
    shown = preview(GOOD, with_cell("name", datetime.date(2024, 10, 25)), [1, 912345678, True])
    stored = json.loads(json.dumps(shown.to_json()))
    again = ImportPreview.from_json(stored, {})
    assert again.table == shown.table
    assert [row.values for row in again.rows] == [row.values for row in shown.rows]
    assert [[str(one.message) for one in row.problems] for row in again.rows] == [
        [str(one.message) for one in row.problems] for row in shown.rows
    ]


def test_stored_preview_is_checked_against_the_register_of_that_moment() -> None:
    shown = preview(GOOD)
    again = ImportPreview.from_json(shown.to_json(), register(shown))
    assert (only(shown).action, only(again).action) == (Action.NEW, Action.SAME)


def test_cell_typed_anew_is_checked_again() -> None:
    shown = preview(with_cell("kind", "Trường cấp 3"))
    mended = shown.corrected(2, "kind", shown.rows[0].problems[0].suggestion, {})
    assert only(mended).problems == ()
    assert only(mended).values.kind == "high_school"
    assert shown.rows[0].has_errors


FULL = UnitValues(
    code="0042",
    name="Trường THPT 25/10",
    kind="high_school",
    district="Thành phố Thủy Nguyên",
    short_name="THPT 25/10",
    email="vt@2510.example.vn",
    phone="+842253822000",
    header_line_1="SỞ GIÁO DỤC VÀ ĐÀO TẠO",
    header_line_2="TRƯỜNG THPT / 25/10",
    aliases=("25-10", "THPT 25 tháng 10"),
    valid_from=datetime.date(2025, 1, 1),
    valid_until=datetime.date(2025, 6, 30),
    note="=không phải công thức; +84",
)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_export_comes_back_without_loss(kind: str) -> None:
    units = {**register(seed()), FULL.code: FULL}
    rows = [export_row(unit) for unit in units.values()]
    if kind == "xlsx":
        data = write_xlsx("Đơn vị", export_header(), rows)
    else:
        data = write_csv(export_header(), rows)
    fresh = check_rows(read_units(data, f"don-vi.{kind}"), {})
    assert register(fresh) == units
    again = check_rows(read_units(data, f"don-vi.{kind}"), units)
    assert again.counts.same == len(units)


def test_annotated_file_says_what_to_mend_and_can_be_read_again() -> None:
    shown = preview(GOOD, ["A-2", "Trường THPT Hai", "Trường cấp 3", None, "b@b.example.vn"])
    header, rows = annotated_rows(shown)
    assert header == [*HEADER, "Cần sửa"]
    assert [row[-1] for row in rows] == ["", "Không có loại này. Chọn: Trường THPT?"]
    again = read_units(write_xlsx("x", header, rows), "x.xlsx")
    assert [row.number for row in again.rows] == [2, 3]
