import csv
from io import StringIO

import pytest

from app.printing.delegate_list import list_csv
from app.printing.list_model import DelegateGroup, DelegateRow
from tests.printing.samples import GROUP_TITLES, delegate_list


def rows(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_rows_with_their_group() -> None:
    read = rows(list_csv(delegate_list(1, 1)))
    assert read[0] == ["TT", "Họ và tên", "Đơn vị", "Chức vụ", "Ghi chú", "Nhóm"]
    assert [row[0] for row in read[1:]] == ["1", "2"]
    assert [row[-1] for row in read[1:]] == list(GROUP_TITLES[:2])


def test_one_alphabet_without_notes_has_the_forms_columns() -> None:
    read = rows(list_csv(delegate_list(3, grouped=False, notes=False)))
    assert read[0] == ["TT", "Họ và tên", "Đơn vị", "Chức vụ"]
    assert {len(row) for row in read} == {4}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r+"])
def test_formulas_are_disarmed(start: str) -> None:
    row = DelegateRow(f"{start}cmd|' /C calc'!A0", "Trường; “A”", 'Hiệu "trưởng"\n')
    read = rows(list_csv(delegate_list(0, groups=(DelegateGroup((row,)),))))
    assert read[1][1][0] == "'"
    assert read[1][2] == "Trường; “A”"


def test_sizes() -> None:
    assert len(rows(list_csv(delegate_list(0)))) == 1
    assert len(rows(list_csv(delegate_list(5000, 5000)))) == 10001
