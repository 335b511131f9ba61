"""The tables of the attendance report, and its record of each delegate (paper 3.7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from app.checkin.attendance import THERE, Attendance, Mark, SessionMark
from app.checkin.attendance_totals import (
    Figures,
    GroupFigures,
    by_group,
    group_key,
    total,
    why_absent,
)
from app.core.clock import local, local_date
from app.core.vietnamese import clean_text
from app.documents.confirmations import session_words
from app.events.models import EventSession
from app.printing.model import counted, short_date
from app.printing.report_model import (
    GROUP,
    TOTAL,
    HeadCell,
    Record,
    ReportRow,
    ReportTable,
    widths_of,
)

MOST_SESSION_COLUMNS = 4
#: The groups as a table of figures has room for them (paper 3.7); others keep their titles.
SHORT_TITLES = {
    "committees": "Ban Chỉ đạo quận, huyện",
    "departments": "Phòng, đơn vị trực thuộc Sở",
    "district_offices": "Phòng GDĐT quận, huyện",
    "schools": "Trường THPT, phổ thông có nhiều cấp học, trung tâm GDNN-GDTX",
}
MARK_WORDS = {
    Mark.PRESENT: "Có mặt", Mark.LATE: "Đến muộn", Mark.EXCUSED: "Vắng có lý do",
    Mark.ABSENT: "Vắng",
}  # fmt: skip


def days_of(found: Attendance) -> list[date]:
    """Known ones only: a tentative plan names none."""
    starts = [one.starts_at for one in found.sessions if one.starts_at]
    if not starts and found.event.starts_at:
        starts = [found.event.starts_at]
    return sorted({local_date(one) for one in starts})


def _titled(groups: Sequence[GroupFigures]) -> list[tuple[str, Figures]]:
    return [(SHORT_TITLES.get(one.key, one.title), one.figures) for one in groups]


def general_table(found: Attendance) -> ReportTable:
    """By group: called, registered, present in each session, absent with and without a reason."""
    sessions = found.sessions if len(found.sessions) <= MOST_SESSION_COLUMNS else ()
    count = max(1, len(sessions))
    one = {1: 15.0, 2: 15.0, 3: 14.0}.get(count, 12.5)
    widths = widths_of((15.0, 15.0, *[one] * count, 15.0, 15.0, 16.0))
    lost = 4 + count
    heads = [
        HeadCell("TT", 0, rows=2), HeadCell("Đối tượng", 1, rows=2),
        HeadCell("Được mời", 2, rows=2), HeadCell("Đăng ký", 3, rows=2),
        HeadCell("Vắng", lost, columns=2), HeadCell("Có lý do", lost, 1),
        HeadCell("Chưa rõ", lost + 1, 1), HeadCell("Tỷ lệ (%)", lost + 2, rows=2),
    ]  # fmt: skip
    if sessions:
        heads.append(HeadCell("Có mặt", 4, columns=count))
        heads += [HeadCell(_heading(s), 4 + n, 1) for n, s in enumerate(sessions)]
    else:
        heads.append(HeadCell("Dự", 4, rows=2))

    def values(sums: Figures) -> tuple[Any, ...]:
        present = [one.present for one in sums.sessions] if sessions else [sums.came]
        return (sums.called, sums.registered, *present, sums.excused, sums.absent, sums.rate)

    return ReportTable(widths, tuple(heads), tuple(_rows(found, values)))


def _rows(found: Attendance, values: Callable[[Figures], tuple[Any, ...]]) -> list[ReportRow]:
    groups = _titled(by_group(found))
    rows = [ReportRow((n, title, *values(sums))) for n, (title, sums) in enumerate(groups, start=1)]
    return [*rows, ReportRow(("Cộng", *values(total(found))), TOTAL)]


def session_table(found: Attendance) -> ReportTable:
    """Each session by group: present, late among them, absent with and without a reason."""
    heads = (
        HeadCell("TT", 0, rows=2), HeadCell("Đối tượng", 1, rows=2),
        HeadCell("Được mời", 2, rows=2), HeadCell("Có mặt", 3, columns=2),
        HeadCell("Tổng số", 3, 1), HeadCell("Đến muộn", 4, 1), HeadCell("Vắng", 5, columns=2),
        HeadCell("Có lý do", 5, 1), HeadCell("Chưa rõ", 6, 1), HeadCell("Tỷ lệ (%)", 7, rows=2),
    )  # fmt: skip
    rows: list[ReportRow] = []
    several = len(days_of(found)) > 1
    for place, session in enumerate(found.sessions):

        def values(sums: Figures, place: int = place) -> tuple[Any, ...]:
            one = sums.sessions[place]
            return (one.called, one.present, one.late, one.excused, one.absent, one.rate)

        title = session_words(session)
        if several and session.starts_at:
            title += f", ngày {short_date(local_date(session.starts_at))}"
        people = total(found).sessions[place].people
        line = f"{title[:1].upper()}{title[1:]} ({counted(people)} đại biểu có mặt)"
        own = [ReportRow((line,), GROUP), *_rows(found, values)]
        rows += [*(replace(row, with_next=True) for row in own[:-1]), own[-1]]
    return ReportTable(widths_of((15.0, 15.0, 15.0, 15.0, 15.0, 16.0)), heads, tuple(rows))


def _heading(session: EventSession) -> str:
    return clean_text(session.name).removeprefix("Buổi ").capitalize()


def absent_rows(found: Attendance, *, people: bool) -> list[tuple[str, ...]]:
    rows = []
    for unit in found.absent_units:
        names = ", ".join(one.name for one in unit.delegates if one.name)
        middle = (names or "–",) if people else ()
        rows.append((unit.name, *middle, why_absent(unit)))
    return rows


def absent_table(rows: Sequence[tuple[str, ...]], *, people: bool = False) -> ReportTable:
    widths = widths_of((44.0, 44.0) if people else (44.0,))
    names = ("TT", "Đơn vị", *(("Người đăng ký",) if people else ()), "Lý do")
    return ReportTable(
        widths, tuple(HeadCell(name, n) for n, name in enumerate(names)),
        tuple(ReportRow((n, *row)) for n, row in enumerate(rows, start=1)),
        left=frozenset(range(1, len(names))),
    )  # fmt: skip


def record_of(found: Attendance) -> Record:
    """Each delegate and session, to sort and filter by; no phones, no addresses."""
    units = {one.id: one for one in found.units}
    titles = {one.key: SHORT_TITLES.get(one.key, one.title) for one in by_group(found)}
    columns = [("TT", 10.0), ("Họ và tên", 46.0), ("Chức vụ", 32.0), ("Đơn vị", 88.0),
               ("Đối tượng", 42.0)]  # fmt: skip
    for session in found.sessions:
        columns += [(_heading(session), 24.0), (f"{_heading(session)}, giờ đến", 20.0)]
    rows = []
    for number, one in enumerate(found.delegates, start=1):
        marks = [cell for mark in one.marks for cell in _mark_cells(mark)]
        name = one.name or "Đại diện Lãnh đạo"
        unit = units[one.participation_id]
        rows.append((number, name, one.position, unit.name, titles[group_key(unit)], *marks))
    return Record("Từng đại biểu", tuple(columns), rows)


def _mark_cells(mark: SessionMark) -> tuple[str, str | None]:
    words = MARK_WORDS[mark.mark]
    if mark.reason:
        words = f"{words}: {mark.reason}"
    timed = mark.mark in THERE and mark.at is not None and mark.how != "paper"
    return words, f"{local(mark.at):%H:%M}" if timed and mark.at else None
