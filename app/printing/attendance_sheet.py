"""Danh sách điểm danh (paper 3.5) as plain data, and what its PDF, Word and Excel forms share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.printing import nd30
from app.printing.errors import TooManyColumnsError
from app.printing.list_model import roman
from app.printing.model import Issuer, short_date
from app.printing.nd30 import MM_PER_PT, SHEET

TYPE_NAME = "DANH SÁCH ĐIỂM DANH"
WALK_INS = "Đại biểu bổ sung (ghi tại bàn đón tiếp)"
SIGN_HEADING = "Ký tên"
COUNTER = "NGƯỜI ĐIỂM DANH"
SIGN_NOTE = "(Ký, ghi rõ họ tên)"
MOST_SESSIONS = 4
MOST_SESSIONS_WITH_CODES = 3
MOST_SESSIONS_WITH_NOTES = 2

# Widths in mm. What TT, the signatures and the rest leave is shared as in the reference sheet of two
# sessions, where it is 111.
_NUMBER = 9.0
_SIGN = {1: 35.0, 2: 22.5, 3: 19.0, 4: 16.5}
_NOTE = 17.0
_SHARES = (42.0, 37.4, 31.6)
_SIGN_WITH_CODES = {1: 35.0, 2: 22.5, 3: 17.0}


@dataclass(frozen=True)
class SheetSession:
    """A signature column: ``id`` of the session, ``name`` as its heading (``Sáng``)."""

    id: int
    name: str


@dataclass(frozen=True)
class SheetRow:
    """One person, already in order. ``id``: registration; ``code``: the digits of the entry code,
    "" for none; ``height``: at least so high (mm), whatever is written in the row."""

    id: int
    name: str
    unit: str
    position: str
    code: str = ""
    height: float = 0.0


@dataclass(frozen=True)
class SheetGroup:
    """Rows under one title; title "" prints no group row."""

    rows: tuple[SheetRow, ...]
    title: str = ""


@dataclass(frozen=True)
class AttendanceSheetPaper:
    """The whole sheet. ``subject``: lines broken by sense; ``day_line``: day and place in brackets;
    ``office``: who signs on the right (``PHÒNG GDTX&ĐH``); ``row_codes``: a square code a row;
    ``notes``: a column Ghi chú; ``blank_rows``: exactly so many for walk-ins, None to fill the page.
    """

    issuer: Issuer
    subject: tuple[str, ...]
    day_line: str
    sessions: tuple[SheetSession, ...]
    groups: tuple[SheetGroup, ...]
    office: str
    row_codes: bool = False
    notes: bool = False
    blank_rows: int | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.sessions) <= most_sessions(self.row_codes, self.notes):
            raise TooManyColumnsError()

    @property
    def count(self) -> int:
        """Number of people."""
        return sum(len(group.rows) for group in self.groups)

    @property
    def present_words(self) -> tuple[str, ...]:
        """What is counted by hand at the end, each before its dots."""
        sessions = [_in_sentence(session.name) for session in self.sessions]
        first = f"Số đại biểu có mặt: {sessions[0]}"
        return (first, *sessions[1:], "đại biểu bổ sung")

    def columns(self) -> tuple[SheetColumn, ...]:
        """From left to right; together as wide as the text, 165 mm."""
        digits = len(str(self.count + 30))  # blank rows are numbered on
        number = max(_NUMBER, digits * nd30.STYLES["sheet_cell"].size * 0.5 * MM_PER_PT + 2.2)
        signs = (_SIGN_WITH_CODES if self.row_codes else _SIGN)[len(self.sessions)]
        code = SHEET["row_code_size"] + 2 * SHEET["row_code_quiet"] if self.row_codes else 0.0
        note = _NOTE if self.notes else 0.0
        rest = nd30.TEXT_WIDTH - number - code - note - signs * len(self.sessions)
        name, unit, position = (rest * share / sum(_SHARES) for share in _SHARES)
        columns = [
            SheetColumn("number", "TT", number),
            SheetColumn("name", "Họ và tên", name),
            SheetColumn("unit", "Đơn vị", unit),
            SheetColumn("position", "Chức vụ", position),
        ]
        if self.row_codes:
            columns.append(SheetColumn("code", "Mã", code))
        columns += [SheetColumn("sign", one.name, signs, one.id) for one in self.sessions]
        if self.notes:
            columns.append(SheetColumn("note", "Ghi chú", note))
        return tuple(columns)


@dataclass(frozen=True)
class SheetColumn:
    """``key``: number, name, unit, position, code, sign or note; ``width`` in mm; ``session``: whose
    signatures."""

    key: str
    heading: str
    width: float
    session: int | None = None


def most_sessions(row_codes: bool, notes: bool) -> int:
    """How many signature columns leave room for a name, a unit and a position."""
    if notes:
        return 1 if row_codes else MOST_SESSIONS_WITH_NOTES
    return MOST_SESSIONS_WITH_CODES if row_codes else MOST_SESSIONS


def day_line(days: list[date], place: str) -> str:
    """``(Ngày 13/03/2024, tại Hội trường …)``; without days the place alone."""
    where = f"tại {place}" if place else ""
    if not days:
        return f"({where[:1].upper()}{where[1:]})" if where else ""
    first, last = min(days), max(days)
    when = f"Ngày {short_date(first)}"
    if first != last:
        when = f"Từ ngày {short_date(first)} đến ngày {short_date(last)}"
    return f"({', '.join(part for part in (when, where) if part)})"


def session_heading(name: str) -> str:
    """``Buổi sáng`` → ``Sáng``: the column says Ký tên above it."""
    short = name.strip()
    if short[:5].casefold() == "buổi ":
        short = short[5:].strip()
    return short[:1].upper() + short[1:]


def _in_sentence(name: str) -> str:
    """``Sáng`` → ``buổi sáng``."""
    return f"buổi {name[:1].lower()}{name[1:]}"


@dataclass(frozen=True)
class GroupLine:
    """A title across the table; ``numeral`` "" for the walk-ins' own."""

    numeral: str
    title: str


@dataclass(frozen=True)
class PersonLine:
    """A row to sign in; ``row`` None: blank, for a walk-in."""

    number: int
    row: SheetRow | None


def sheet_lines(paper: AttendanceSheetPaper, blank_rows: int) -> Iterator[GroupLine | PersonLine]:
    """The table's rows in order; TT runs on through groups and blank rows."""
    number = titled = 0
    for group in paper.groups:
        if group.title and group.rows:
            titled += 1
            yield GroupLine(roman(titled), group.title)
        for row in group.rows:
            number += 1
            yield PersonLine(number, row)
    if blank_rows:
        yield GroupLine("", WALK_INS)
    for _ in range(blank_rows):
        number += 1
        yield PersonLine(number, None)
