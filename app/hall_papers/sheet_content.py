"""What an attendance sheet says: made of today's list, kept with its printing, read back later.

Kept: the words as printed and the versions of the codes, never a code (design 4.7).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.clock import local_date
from app.core.tokens import ENTRY_CODE, entry_digits
from app.core.vietnamese import upper_vi
from app.documents.queries import delegates, in_groups
from app.events.models import Event, EventSession
from app.printing.attendance_sheet import (
    AttendanceSheetPaper,
    SheetGroup,
    SheetRow,
    SheetSession,
    day_line,
    session_heading,
)
from app.printing.model import Issuer

ORGANISERS = "BAN TỔ CHỨC"
_DELEGATES = ("Đại biểu tham gia ", "Đại biểu tham dự ", "Đại biểu dự ")
_CLIPPED = "…"


@dataclass(frozen=True)
class SheetOptions:
    """``groups``: the plan's groups, else one alphabet; ``row_codes``: each row's entry code;
    ``notes``: a column Ghi chú."""

    groups: bool = True
    row_codes: bool = False
    notes: bool = False


Content = dict[str, Any]


def sheet_content(event: Event, sessions: Sequence[EventSession], options: SheetOptions) -> Content:
    """The sheet as plain JSON. A row is [registration, code version, name, unit, position, mm]."""
    rows = delegates(event.id)
    groups = in_groups(rows) if options.groups else [("", rows)]
    return {
        "superior": list(event.letter["superior"]),
        "issuer": list(event.letter["issuer"]),
        "subject": sheet_subject(event.list_title),
        "day_line": day_line(_days(event, sessions), event.venue),
        "office": _office(event),
        "row_codes": options.row_codes,
        "notes": options.notes,
        "sessions": [[one.id, heading] for one, heading in _headings(sessions)],
        "groups": [[title, [_row(row) for row in members]] for title, members in groups if members],
    }


def sheet_paper(content: Content, event_id: int) -> AttendanceSheetPaper:
    """The paper of the kept words. Raises TooManyColumnsError."""
    return AttendanceSheetPaper(
        issuer=Issuer(tuple(content["superior"]), tuple(content["issuer"])),
        subject=tuple(content["subject"]),
        day_line=content["day_line"],
        sessions=tuple(SheetSession(*one) for one in content["sessions"]),
        groups=tuple(
            SheetGroup(tuple(_printed(row, content, event_id) for row in rows), title)
            for title, rows in content["groups"]
        ),
        office=content["office"],
        row_codes=content["row_codes"],
        notes=content["notes"],
    )


def without_people(
    content: Content, registrations: Collection[int], heights: dict[int, float], words: str
) -> Content:
    """The content without these people's names and positions (``words`` stand there); their rows
    keep the height they were printed with, so that scans of the sheet are read as before."""

    def row_of(row: list[Any]) -> list[Any]:
        if row[0] not in registrations:
            return row
        return [row[0], row[1], words, row[3], "", heights.get(row[0], 0.0)]

    groups = [[title, [row_of(row) for row in rows]] for title, rows in content["groups"]]
    return {**content, "groups": groups}


def sheet_subject(list_title: str) -> list[str]:
    """The list's title without its delegates: ``Tập huấn công tác …``, lines as there."""
    start = next((one for one in _DELEGATES if list_title.startswith(one)), "")
    rest = list_title[len(start) :]
    return f"{rest[:1].upper()}{rest[1:]}".split("\n")


def unit_words(row: Any) -> str:
    """The short name where the unit has one that was not cut off."""
    short = str(row.unit_short or "")
    return short if short and not short.endswith(_CLIPPED) else str(row.unit)


def _row(row: Any) -> list[Any]:
    return [row.id, row.code_version, row.full_name, unit_words(row), row.position or "", 0.0]


def _printed(row: list[Any], content: Content, event_id: int) -> SheetRow:
    registration, version, name, unit, position, height = row
    code = (
        entry_digits(ENTRY_CODE, event_id=event_id, thing_id=registration, version=version)
        if content["row_codes"]
        else ""
    )
    return SheetRow(registration, name, unit, position, code, height)


def _days(event: Event, sessions: Sequence[EventSession]) -> list[Any]:
    times = [one.starts_at for one in sessions if one.starts_at]
    if not times and event.starts_at:
        times = [event.starts_at]
    return sorted({local_date(time) for time in times})


def _headings(sessions: Sequence[EventSession]) -> list[tuple[EventSession, str]]:
    """With the day when the sheet runs over several."""
    days = {local_date(one.starts_at) for one in sessions if one.starts_at}
    found = []
    for one in sessions:
        heading = session_heading(one.name)
        if len(days) > 1 and one.starts_at:
            heading += f" {local_date(one.starts_at):%d/%m}"
        found.append((one, heading))
    return found


def _office(event: Event) -> str:
    contact = event.contact
    name = contact.get("short") or contact.get("department") or ""
    return upper_vi(name) if name else ORGANISERS
