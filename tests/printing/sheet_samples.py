"""Invented attendance sheets: the reference's columns and groups, any number of people."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.printing.attendance_sheet import (
    AttendanceSheetPaper,
    SheetGroup,
    SheetRow,
    SheetSession,
    day_line,
)
from tests.printing.samples import COMMITTEE, DEPARTMENT, GROUP_TITLES, SUBJECT, person

_SHORT = (
    (COMMITTEE.format(district=""), "Ban Chỉ đạo "),
    ("Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên", "Trung tâm GDNN-GDTX"),
    ("Giáo dục và Đào tạo", "GDĐT"),
)


def short_unit(name: str) -> str:
    for long, short in _SHORT:
        name = name.replace(long, short)
    return name


def sheet_row(number: int, group: int = 3, place: int = 0, **changes: Any) -> SheetRow:
    one = person(group, place)
    values = {"name": one.name, "unit": short_unit(one.unit), "position": one.position} | changes
    return SheetRow(number, code=f"1{number:031d}", **values)


def attendance_sheet(
    *sizes: int, sessions: tuple[str, ...] = ("Sáng", "Chiều"), **changes: Any
) -> AttendanceSheetPaper:
    """A sheet with groups of these sizes."""
    groups, number = [], 0
    for group, size in enumerate(sizes):
        rows = tuple(sheet_row(number + place + 1, group % 4, place) for place in range(size))
        groups.append(SheetGroup(rows, GROUP_TITLES[group % 4]))
        number += size
    values: dict[str, Any] = {
        "issuer": DEPARTMENT,
        "subject": ("Tập huấn công tác đánh giá, công nhận", SUBJECT[1]),
        "day_line": day_line([date(2024, 3, 13)], "Hội trường tầng 3, khu B, Sở GDĐT"),
        "sessions": tuple(SheetSession(place, one) for place, one in enumerate(sessions, 1)),
        "groups": tuple(groups),
        "office": "PHÒNG GDTX&ĐH",
    }
    return AttendanceSheetPaper(**(values | changes))


def page_codes(count: int) -> list[str]:
    return [f"3{number:031d}" for number in range(1, count + 1)]
