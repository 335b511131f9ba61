"""The participant list as plain data, and what its PDF, Word, Excel and CSV forms share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.printing.model import Issuer, Numbering, Signature, counted
from app.printing.nd30 import MM_PER_PT

_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


@dataclass(frozen=True, slots=True)
class DelegateRow:
    """One person, already in order. Empty strings where nothing is known."""

    name: str
    unit: str
    position: str
    note: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class DelegateGroup:
    """Rows under one group title; title "" prints no group row (one alphabet)."""

    rows: tuple[DelegateRow, ...]
    title: str = ""


@dataclass(frozen=True)
class Column:
    """``key``: ``number`` or a field of :class:`DelegateRow`; ``width`` in mm."""

    key: str
    heading: str
    width: float
    centred: bool = False


@dataclass(frozen=True)
class DelegateList:
    """The whole list. Groups get Roman numerals in their order when they have titles.

    ``notes``: with the column Ghi chú; ``contacts``: with phone and e-mail (role and audit are the
    caller's matter); ``restart_numbers``: TT from 1 in each group instead of running on.
    """

    issuer: Issuer
    numbering: Numbering
    subject: tuple[str, ...]
    groups: tuple[DelegateGroup, ...]
    signature: Signature
    recipients: tuple[str, ...]
    notes: bool = True
    contacts: bool = False
    restart_numbers: bool = False
    type_name: str = "DANH SÁCH"
    people: str = "đại biểu"

    @property
    def count(self) -> int:
        """Number of people."""
        return sum(len(group.rows) for group in self.groups)

    @property
    def closing_line(self) -> str:
        """``(Danh sách gồm 110 đại biểu)``."""
        return f"(Danh sách gồm {counted(self.count)} {self.people})"

    def group_count(self, group: DelegateGroup) -> str:
        """``(14 đại biểu)``, after a group's title."""
        return f"({counted(len(group.rows))} {self.people})"

    @property
    def cell_size(self) -> float:
        """Type size of the table's cells; both lie in the table's range 11–13 pt."""
        return 11.0 if self.contacts else 12.0

    def columns(self) -> tuple[Column, ...]:
        """The columns in the form's order (plan P44); 165 mm together."""
        widths = _WIDTHS[self.notes, self.contacts]
        digits = len(str(self.count))
        number = max(widths[0], digits * self.cell_size * 0.5 * MM_PER_PT + 2.6)
        name, unit, position, *rest = widths[1:]
        columns = [
            Column("number", "TT", number, centred=True),
            Column("name", "Họ và tên", name),
            Column("unit", "Đơn vị", unit - (number - widths[0])),
            Column("position", "Chức vụ", position),
        ]
        if self.contacts:
            columns += [
                Column("phone", "Điện thoại", rest.pop(0)),
                Column("email", "Thư điện tử", rest.pop(0)),
            ]
        if self.notes:
            columns.append(Column("note", "Ghi chú", rest.pop(0)))
        return tuple(columns)


# (notes, contacts): TT, name, unit, position[, phone, e-mail][, note]
_WIDTHS: dict[tuple[bool, bool], tuple[float, ...]] = {
    (True, False): (9, 47.1, 57.1, 34.8, 17),
    (False, False): (9, 47.1, 74.1, 34.8),
    (False, True): (9, 37, 40, 25, 24, 30),
    (True, True): (9, 32, 33, 21.5, 24, 28.5, 17),
}


@dataclass(frozen=True)
class GroupLine:
    """A group's row in the table."""

    numeral: str
    title: str
    count: str


@dataclass(frozen=True)
class PersonLine:
    """A person's row in the table; ``cells`` in the order of the columns, the number included."""

    cells: tuple[str, ...]


def table_lines(document: DelegateList) -> Iterator[GroupLine | PersonLine]:
    """The table's rows in order, groups numbered with Roman numerals; empty groups left out."""
    keys = [column.key for column in document.columns()[1:]]
    number = 0
    titled = 0
    for group in document.groups:
        if group.title and group.rows:
            titled += 1
            yield GroupLine(roman(titled), group.title, document.group_count(group))
        if document.restart_numbers:
            number = 0
        for row in group.rows:
            number += 1
            yield PersonLine((str(number), *(getattr(row, key) for key in keys)))


def roman(number: int) -> str:
    """Roman numeral of 1–39."""
    if not 0 < number < 40:
        raise ValueError(f"no Roman numeral for {number}")
    numeral = ""
    for value, letters in _ROMAN:
        while number >= value:
            numeral += letters
            number -= value
    return numeral
