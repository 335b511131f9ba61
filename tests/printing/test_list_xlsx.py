import zipfile
from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.printing.delegate_list import list_xlsx
from app.printing.list_model import DelegateGroup, DelegateRow
from app.printing.nd30 import QUOC_HIEU, TIEU_NGU
from tests.printing.samples import LONG_NAME, delegate_list


def opened(*sizes: int, **changes: object) -> Worksheet:
    return load_workbook(BytesIO(list_xlsx(delegate_list(*sizes, **changes)))).active


@pytest.fixture(scope="module")
def plan_list() -> Worksheet:
    return opened(14, 11, 14, 71)


def head_row(sheet: Worksheet) -> int:
    return next(cell.row for cell in sheet["A"] if cell.value == "TT")


def table(sheet: Worksheet) -> list[tuple]:
    first = head_row(sheet)
    rows = list(sheet.iter_rows(min_row=first, values_only=True))
    end = next(n for n, row in enumerate(rows) if str(row[0]).startswith("(Danh sách gồm"))
    return rows[:end]


def test_prints_on_a4_with_the_decrees_margins(plan_list: Worksheet) -> None:
    assert plan_list.page_setup.paperSize == 9
    assert plan_list.page_setup.orientation == "portrait"
    assert plan_list.sheet_properties.pageSetUpPr.fitToPage
    assert (plan_list.page_setup.fitToWidth, plan_list.page_setup.fitToHeight) == (1, 0)
    margins = plan_list.page_margins
    inches = [margins.top, margins.bottom, margins.left, margins.right]
    assert [inch * 25.4 for inch in inches] == pytest.approx([20, 20, 30, 15])


def test_page_number_on_top_from_page_two(plan_list: Worksheet) -> None:
    header = plan_list.HeaderFooter
    assert header.differentFirst
    assert header.oddHeader.center.text == "&P"
    assert (header.oddHeader.center.font, header.oddHeader.center.size) == (
        "Times New Roman,Regular",
        13,
    )
    assert not header.firstHeader.center.text


def test_head_row_repeats(plan_list: Worksheet) -> None:
    row = head_row(plan_list)
    assert plan_list.print_title_rows == f"${row}:${row}"
    assert plan_list.print_area.startswith("'Danh sách'!$A$1:$E$")


def test_head(plan_list: Worksheet) -> None:
    assert plan_list["A1"].value == "UBND THÀNH PHỐ HẢI PHÒNG"
    assert plan_list["A2"].value == "SỞ GIÁO DỤC VÀ ĐÀO TẠO"
    assert (plan_list["C1"].value, plan_list["C2"].value) == (QUOC_HIEU, TIEU_NGU)
    assert plan_list["C1"].font.name == "Times New Roman"
    assert (plan_list["C1"].font.size, plan_list["C1"].font.bold) == (12, True)
    assert (plan_list["A1"].font.bold, plan_list["A2"].font.bold) == (False, True)
    assert {"A1:B1", "C1:E1", "A2:B2", "C2:E2"} <= {
        str(area) for area in plan_list.merged_cells.ranges
    }


def test_rules_are_drawn(plan_list: Worksheet) -> None:
    lengths = sorted(image.anchor.ext.cx / 36000 for image in plan_list._images)
    assert lengths == pytest.approx([23.6, 56.1, 56.3], abs=0.5)


def test_rows_are_those_of_the_list(plan_list: Worksheet) -> None:
    rows = table(plan_list)
    assert rows[0] == ("TT", "Họ và tên", "Đơn vị", "Chức vụ", "Ghi chú")
    assert len(rows) == 1 + 4 + 110
    assert rows[1][0] == "I"
    assert rows[1][1].endswith("quận, huyện (14 đại biểu)")
    assert rows[-1][0] == 110
    assert sum(row[1] == LONG_NAME for row in rows) >= 10
    assert not any("\u00a0" in str(value) for row in rows for value in row)


def test_cells_are_boxed_wrapped_and_high_enough(plan_list: Worksheet) -> None:
    row = head_row(plan_list) + 2
    cell = plan_list.cell(row, 3)
    assert cell.border.left.style == cell.border.bottom.style == "thin"
    assert cell.alignment.wrap_text
    assert plan_list.row_dimensions[row].height == pytest.approx(4 * 13.8 + 6.9, abs=1)


def test_end(plan_list: Worksheet) -> None:
    values = [cell.value for cell in plan_list["A"] if cell.value]
    assert values[-6:] == [
        "(Danh sách gồm 110 đại biểu)",
        "Nơi nhận:",
        "- Bộ GDĐT (để b/c);",
        "- Giám đốc, các PGĐ Sở;",
        "- Các đơn vị có đại biểu;",
        "- Lưu: VT, GDTX&ĐH.",
    ]
    assert [cell.value for cell in plan_list["C"] if cell.value][-3:] == [
        "KT. GIÁM ĐỐC",
        "PHÓ GIÁM ĐỐC",
        "Vũ Hoàng Nam",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_formulas_stay_text(start: str) -> None:
    name = f"{start}HYPERLINK(1)"
    sheet = opened(0, groups=(DelegateGroup((DelegateRow(name, "Trường", "", phone="+84"),)),))
    cell = sheet.cell(head_row(sheet) + 1, 2)
    assert (cell.value, cell.data_type) == (name, "s")
    assert cell.quotePrefix


def test_recipients_with_a_dash_stay_text(plan_list: Worksheet) -> None:
    dashed = [cell for cell in plan_list["A"] if str(cell.value).startswith("- ")]
    assert {cell.data_type for cell in dashed} == {"s"}


def test_control_characters_are_dropped() -> None:
    sheet = opened(0, groups=(DelegateGroup((DelegateRow("Lê\x07 B\x00", "😀 <b>", ""),)),))
    assert table(sheet)[1][1:3] == ("Lê B", "😀 <b>")


def test_contacts_are_landscape() -> None:
    sheet = opened(2, contacts=True, notes=False)
    assert table(sheet)[0][-2:] == ("Điện thoại", "Thư điện tử")
    assert sheet.page_setup.orientation == "landscape"


@pytest.mark.parametrize("size", [0, 1])
def test_small_lists(size: int) -> None:
    assert len(table(opened(size, grouped=False))) == 1 + size


def test_ten_thousand_rows_are_complete() -> None:
    data = list_xlsx(delegate_list(2500, 2500, 2500, 2500))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert xml.count("<row ") >= 10000 + 4 + 1 + 10
    assert "<v>10000</v>" in xml
