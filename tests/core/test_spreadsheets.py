"""Uploaded tables, honest and hostile, and tables written for download."""

import csv
import datetime
import io
import json
import signal
import struct
import subprocess
import sys
import time
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import spreadsheet_child
from app.core.spreadsheets import (
    CellKind,
    SpreadsheetError,
    Table,
    disarm,
    read_table,
    rearm,
    write_csv,
    write_xlsx,
)

COLUMNS = {
    "code": ("Mã", "Mã đơn vị"),
    "name": ("Tên đơn vị", "Tên"),
    "phone": ("Điện thoại", "ĐT"),
}
REQUIRED = ("code", "name")
LINES = [["Mã", "Tên đơn vị", "Điện thoại"], ["A-1", "Trường THPT Đồ Sơn", "0225 3 822 000"]]


def workbook(*rows, sheet="Đơn vị", setup=None) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    if setup:
        setup(book, page)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, changes: dict[str, bytes], compression=zipfile.ZIP_DEFLATED) -> bytes:
    """The package with some parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", compression) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, content in changes.items():
            new.writestr(name, content)
    return out.getvalue()


def read(data: bytes, name: str = "tep.xlsx", **limits) -> Table:
    return read_table(data, name, columns=COLUMNS, required=REQUIRED, **limits)


def texts(table: Table) -> list[tuple[int, dict[str, str]]]:
    return [
        (row.number, {name: cell.text for name, cell in row.cells.items()}) for row in table.rows
    ]


def refusal(data: bytes, **limits) -> SpreadsheetError:
    with pytest.raises(SpreadsheetError) as refused:
        read(data, **limits)
    assert str(refused.value.message)
    return refused.value


FIRST = {"code": "A-1", "name": "Trường THPT Đồ Sơn", "phone": "0225 3 822 000"}


def test_workbook_is_read_with_sheet_columns_and_row_numbers() -> None:
    table = read(workbook(*LINES))
    assert (table.sheet, table.header_row) == ("Đơn vị", 1)
    assert {name: (column.letter, column.title) for name, column in table.columns.items()} == {
        "code": ("A", "Mã"), "name": ("B", "Tên đơn vị"), "phone": ("C", "Điện thoại"),
    }  # fmt: skip
    assert texts(table) == [(2, FIRST)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_csv_in_all_its_writings(delimiter: str, encoding: str, newline: str) -> None:
    text = newline.join(delimiter.join(line) for line in LINES)
    table = read(text.encode(encoding), "tep.csv")
    assert (table.sheet, texts(table)) == ("", [(2, FIRST)])


def test_csv_keeps_separators_and_line_breaks_inside_quotes() -> None:
    data = 'Mã,Tên đơn vị\nA-1,"Ban Chỉ đạo Phổ cập, xóa mù\nchữ; khác"\nA-2,Hai'.encode()
    assert [cells["name"] for _, cells in texts(read(data))] == [
        "Ban Chỉ đạo Phổ cập, xóa mù\nchữ; khác", "Hai",
    ]  # fmt: skip


def test_csv_with_the_separator_line_of_excel() -> None:
    assert texts(read("sep=;\r\nMã;Tên\r\nA-1;Một, hai".encode())) == [
        (3, {"code": "A-1", "name": "Một, hai"})
    ]


def test_content_decides_and_not_the_name() -> None:
    assert texts(read(workbook(*LINES), "anh.png")) == [(2, FIRST)]
    assert texts(read("Mã;Tên đơn vị\nA;B".encode(), "tep.xlsx")) == [
        (2, {"code": "A", "name": "B"})
    ]


def test_heading_below_merged_titles_and_blank_rows_between_groups() -> None:
    def merge(book, page) -> None:
        page.merge_cells("A1:C1")
        page.merge_cells("A2:C2")

    data = workbook(
        ["DANH SÁCH ĐƠN VỊ"], ["Năm 2024"], [], ["TT", " MÃ ĐƠN\u00a0VỊ (*)", "tên đơn vị:"],
        [1, "A-1", "Một"], [], ["", "  ", None], [2, "A-2", "Hai"], setup=merge,
    )  # fmt: skip
    table = read(data)
    assert table.header_row == 4
    assert texts(table) == [
        (5, {"code": "A-1", "name": "Một"}),
        (8, {"code": "A-2", "name": "Hai"}),
    ]
    assert [(column.letter, column.title) for column in table.unknown] == [("A", "TT")]
    assert table.rows[0].extra["TT"].text == "1"


def test_the_first_visible_sheet_with_a_heading_is_taken() -> None:
    def sheets(book, page) -> None:
        page.sheet_state = "hidden"
        book.create_sheet("Ghi chú").append(["Tệp này do Sở lập"])
        listing = book.create_sheet("Danh sách")
        for line in LINES:
            listing.append(line)

    table = read(workbook(["Mã", "Tên đơn vị"], ["X", "Ẩn"], setup=sheets))
    assert (table.sheet, texts(table)) == ("Danh sách", [(2, FIRST)])


def test_cells_keep_what_they_were() -> None:
    def style(book, page) -> None:
        page["A2"].number_format = "00000"
        page["B3"].font = openpyxl.styles.Font(name=".VnTime")

    data = workbook(
        LINES[0], [42, datetime.date(2024, 10, 25), 912345678], [True, "TrÇn", 1.5],
        ["#REF!", "=1+1", datetime.time(7, 30)], setup=style,
    )  # fmt: skip
    rows = read(data).rows
    assert (rows[0].cells["code"].text, rows[0].cells["code"].kind) == ("00042", CellKind.NUMBER)
    assert rows[0].cells["name"].kind == CellKind.DATE
    assert rows[0].cells["name"].text == "25/10/2024"
    assert rows[0].cells["name"].date == datetime.date(2024, 10, 25)
    assert rows[0].cells["phone"].text == "912345678"
    assert rows[1].cells["code"].kind == CellKind.BOOLEAN
    assert rows[1].cells["name"].font == ".VnTime"
    assert rows[1].cells["phone"].text == "1.5"
    assert rows[2].cells["code"].kind == CellKind.ERROR
    assert rows[2].cells["name"].kind == CellKind.FORMULA
    assert rows[2].cells["phone"].kind == CellKind.TIME


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (OLE, "old_excel"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (OLE + "WordDocument".encode("utf-16-le"), "word"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "picture"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "picture"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 50, "picture"),
        (b"<html><table><tr><td>M\xc3\xa3</td></tr></table></html>", "web_page"),
        (b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff" + bytes(range(256)) * 4, "not_a_table"),
        ("Mã;Tên đơn vị\nA;Đồ".encode("cp1258", "replace"), "encoding"),
        ("Xin chào\nKhông có bảng".encode(), "no_header"),
        ("Mã;Điện thoại\nA;1".encode(), "missing_columns"),
        (b"PK\x03\x04" + b"\0" * 100, "damaged"),
    ],
)
def test_files_that_are_no_table_are_refused_with_a_sentence(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_missing_columns_are_named() -> None:
    assert str(refusal("Mã;Điện thoại\nA;1".encode()).message) == (
        "Bảng thiếu cột “Tên đơn vị”. Hãy thêm cột rồi chọn lại tệp."
    )


def test_workbook_without_any_cell_is_empty() -> None:
    assert refusal(workbook()).code == "empty"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"word/document.xml": b"<w/>"}, "word"),
        ({"xl/workbook.bin": b"x"}, "other_table"),
        ({"content.xml": b"<x/>"}, "other_table"),
        ({"readme.txt": b"x"}, "not_a_table"),
    ],
)
def test_other_packages_are_told_apart(parts: dict[str, bytes], code: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    assert refusal(out.getvalue()).code == code


def test_cut_off_workbook_is_damaged() -> None:
    data = workbook(*LINES)
    assert refusal(data[: len(data) // 2]).code == "damaged"


def test_workbook_with_broken_xml_is_damaged() -> None:
    data = repacked(workbook(*LINES), {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"})
    assert refusal(data).code == "damaged"


def test_file_over_the_limit_is_refused_before_it_is_opened() -> None:
    refused = refusal(b"x" * 3_000_000, max_bytes=2 * 1024 * 1024)
    assert refused.code == "too_big"
    assert str(refused.message).startswith("Tệp nặng 3 MB, tối đa 2 MB.")


def test_zip_bomb_is_refused_quickly() -> None:
    """A sheet of 1 GB of blanks in 1 MB; and the same size in many small parts."""
    started = time.monotonic()
    blank = b" " * (64 * 1024 * 1024)
    one = repacked(workbook(*LINES), {"xl/worksheets/sheet1.xml": blank})
    assert len(one) < 200_000
    assert refusal(one).code == "bomb"
    part = b" " * (4 * 1024 * 1024)
    many = repacked(workbook(*LINES), {f"xl/media/{n}.bin": part for n in range(40)})
    assert refusal(many).code == "bomb"
    assert time.monotonic() - started < 15


def test_bomb_that_lies_about_its_size_is_refused() -> None:
    """The directory says 100 bytes, the stream holds 50 MB."""
    name, content = b"xl/worksheets/sheet1.xml", b" " * (50 * 1024 * 1024)
    data = bytearray(repacked(workbook(*LINES), {name.decode(): content}))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            if name in data[at : at + 120]:
                data[at + offset : at + offset + 4] = struct.pack("<I", 100)
    assert refusal(bytes(data)).code in {"damaged", "bomb"}


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"]
)
def test_xml_bomb_is_refused(part: str) -> None:
    lol = '<!DOCTYPE x [<!ENTITY a "lol">' + "".join(
        f'<!ENTITY a{n} "{("&a" + (str(n - 1) if n else "") + ";") * 10}">' for n in range(10)
    )
    data = repacked(workbook(*LINES), {part: f'<?xml version="1.0"?>{lol}]><x>&a9;</x>'.encode()})
    assert refusal(data).code == "bomb"


def test_entity_that_reads_a_file_is_refused() -> None:
    text = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'
    data = repacked(workbook(*LINES), {"xl/worksheets/sheet1.xml": text.encode("utf-16")})
    assert refusal(data).code == "bomb"


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = f"<worksheet {MAIN}><sheetData>{{}}</sheetData></worksheet>"
HEAD = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Mã</t></is></c>'
    '<c r="B1" t="inlineStr"><is><t>Tên</t></is></c></row>'
)


def with_shared_text(text: str, rows: str) -> bytes:
    """A workbook as Excel writes it, its one text kept in the shared strings."""
    plain = workbook(*LINES)
    types = zipfile.ZipFile(io.BytesIO(plain)).read("[Content_Types].xml").decode()
    override = (
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    if "sharedStrings" not in types:
        types = types.replace("</Types>", override)
    return repacked(
        plain,
        {
            "[Content_Types].xml": types.encode(),
            "xl/sharedStrings.xml": f"<sst {MAIN}><si><t>{text}</t></si></sst>".encode(),
            "xl/worksheets/sheet1.xml": SHEET.format(rows).encode(),
        },
    )


def test_shared_text_is_read() -> None:
    row = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>0</v></c></row>'
    assert texts(read(with_shared_text("Đồ Sơn", HEAD + row))) == [
        (2, {"code": "Đồ Sơn", "name": "Đồ Sơn"})
    ]


def test_far_away_cells_do_not_make_billions_of_cells() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c><c r="A1048576"><v>7</v></c></row>'
    data = repacked(
        workbook(*LINES), {"xl/worksheets/sheet1.xml": SHEET.format(HEAD + far).encode()}
    )
    started = time.monotonic()
    assert texts(read(data)) == [(1_048_576, {"code": "7"})]
    assert time.monotonic() - started < 15


def test_row_number_beyond_excel_is_refused() -> None:
    far = '<row r="99999999999999"><c r="A99999999999999"><v>7</v></c></row>'
    data = repacked(
        workbook(*LINES), {"xl/worksheets/sheet1.xml": SHEET.format(HEAD + far).encode()}
    )
    assert refusal(data).code in {"bomb", "damaged"}


def test_one_long_text_used_a_thousand_times_is_refused() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 1_000))
    data = with_shared_text("x" * 30_000, HEAD + rows)
    assert refusal(data).code == "too_much"


def test_too_many_rows_are_refused_for_both_kinds_of_file() -> None:
    rows = [[f"A-{n}", "Đơn vị"] for n in range(130)]
    assert refusal(workbook(LINES[0], *rows), max_rows=100).code == "too_many_rows"
    text = "Mã;Tên\n" + "\n".join(";".join(row) for row in rows)
    assert refusal(text.encode(), max_rows=100).code == "too_many_rows"


def test_little_memory_ends_in_a_sentence() -> None:
    data = workbook(LINES[0], *[[f"A-{n}", f"Đơn vị {n}"] for n in range(3_000)])
    assert refusal(data, memory_mb=24).code == "too_much"


def test_slow_file_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_ends(*args, timeout, **options):
        raise subprocess.TimeoutExpired(args, timeout)

    monkeypatch.setattr(subprocess, "run", never_ends)
    assert refusal(workbook(*LINES)).code == "too_slow"


def test_processor_time_is_limited_by_the_child_itself() -> None:
    """Half a million rows take more than the second that is allowed."""
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(2, 500_000))
    sheet = SHEET.format(HEAD + rows).encode()
    data = repacked(workbook(*LINES), {"xl/worksheets/sheet1.xml": sheet})
    options = json.dumps({"max_rows": 600_000, "seconds": 1, "memory_mb": 512})
    command = [sys.executable, "-I", spreadsheet_child.__file__, options]
    done = subprocess.run(command, input=data, capture_output=True, env={}, check=False)
    assert done.returncode == -signal.SIGXCPU
    assert refusal(data, seconds=1, max_rows=600_000).code == "too_slow"


def test_csv_of_one_endless_line_is_refused() -> None:
    assert refusal(b"M,T\n" + b"," * 300_000).code == "too_much"


def test_csv_with_an_open_quote_does_not_swallow_memory() -> None:
    text = 'Mã;Tên\nA;"' + "\n".join(["dòng"] * 60_000)
    assert refusal(text.encode()).code == "damaged"


@pytest.mark.parametrize(
    ("text", "armed"),
    [
        ("=1+1", "'=1+1"), ("+84912", "'+84912"), ("-Trường", "'-Trường"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"), ("  =1", "'  =1"), ("'=1", "''=1"), ("＝1", "'＝1"),
        ("Trường", "Trường"), ("'Trường", "'Trường"), ("", ""), ("H'Hen", "H'Hen"), ("1-2", "1-2"),
    ],
)  # fmt: skip
def test_formulas_are_disarmed(text: str, armed: str) -> None:
    assert disarm(text) == armed
    assert rearm(armed) == text


@given(st.text())
def test_disarming_loses_nothing_and_leaves_no_formula(text: str) -> None:
    assert rearm(disarm(text)) == text
    assert disarm(text)[:1] not in set("=+-@\t\r")


VALUES = ["=HYPERLINK(1)", "0912345678", "25/10", "00042", "Đồ; “Sơn”", "hai\ndòng", "+84912345678"]


def test_xlsx_comes_back_without_loss() -> None:
    rows = [[value, "Một", datetime.date(2024, 3, 5), 7] for value in VALUES]
    data = write_xlsx("Đơn vị: [2024]", ["Mã", "Tên", "Ngày", "Số"], rows)
    page = openpyxl.load_workbook(io.BytesIO(data)).active
    assert page.freeze_panes == "A2"
    assert page["A2"].value == "'=HYPERLINK(1)"
    assert {cell.data_type for cell in page["A"]} == {"s"}
    assert (page["A3"].number_format, page["C2"].number_format) == ("@", "dd/mm/yyyy")
    assert page["D2"].value == 7
    table = read(data)
    assert [row.cells["code"].text for row in table.rows] == VALUES
    assert table.rows[0].extra["Ngày"].date == datetime.date(2024, 3, 5)


def test_xlsx_drops_characters_that_would_break_the_file() -> None:
    data = write_xlsx("x", ["Mã", "Tên"], [["a\x00b\x0bc", "đ"]])
    assert texts(read(data)) == [(2, {"code": "abc", "name": "đ"})]


def test_csv_comes_back_without_loss_and_opens_in_excel() -> None:
    data = write_csv(["Mã", "Tên"], [[value, None] for value in VALUES])
    assert data.startswith(b"\xef\xbb\xbf")
    assert next(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")) == ["Mã", "Tên"]
    assert [row.cells["code"].text for row in read(data).rows] == VALUES


def test_ten_thousand_rows_are_written_quickly() -> None:
    rows = [
        [n, f"Nguyễn Văn {n}", "Trường THPT Ngô Quyền", "Phó Hiệu trưởng"] for n in range(10_000)
    ]
    started = time.process_time()
    data = write_xlsx("Danh sách", ["TT", "Họ và tên", "Đơn vị", "Chức vụ"], rows)
    assert time.process_time() - started < 3
    assert data.startswith(b"PK")
