"""A report as plain data: paragraphs and tables of figures (paper 3.7), for PDF, Word and Excel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.printing import nd30
from app.printing.linebreak import clean
from app.printing.model import Issuer, Numbering, Signature, Title

Value = str | int | Decimal | None
ROW, GROUP, TOTAL = "row", "group", "total"
NOTHING = "–"


@dataclass(frozen=True)
class HeadCell:
    """A heading over ``columns`` columns from ``column`` and ``rows`` rows from ``row`` (from 0)."""

    text: str
    column: int
    row: int = 0
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True)
class ReportRow:
    """``kind``: ROW: a value a column; TOTAL: bold, its first value over the first two columns;
    GROUP: one bold text over all columns. ``with_next``: on the same page as the next row."""

    values: tuple[Value, ...]
    kind: str = ROW
    with_next: bool = False


@dataclass(frozen=True)
class ReportTable:
    """``widths`` in mm, 165 together; ``left``: columns that are not centred."""

    widths: tuple[float, ...]
    heads: tuple[HeadCell, ...]
    rows: tuple[ReportRow, ...]
    left: frozenset[int] = frozenset({1})

    @property
    def head_rows(self) -> int:
        return max(one.row + one.rows for one in self.heads)

    def spans(self, row: ReportRow) -> list[tuple[int, int, Value]]:
        """(first column, columns, value) of each cell of a row."""
        count = len(self.widths)
        if row.kind == GROUP:
            return [(0, count, row.values[0])]
        if row.kind == TOTAL:
            first, *rest = row.values
            return [(0, 2, first), *((place, 1, one) for place, one in enumerate(rest, start=2))]
        return [(place, 1, one) for place, one in enumerate(row.values)]

    def is_left(self, row: ReportRow, column: int) -> bool:
        return row.kind == GROUP or (row.kind == ROW and column in self.left)


@dataclass(frozen=True)
class Paragraph:
    text: str
    bold: bool = False


Block = Paragraph | ReportTable


@dataclass(frozen=True)
class Record:
    """A plain table for a spreadsheet's own sheet: name, headings with widths (mm), rows."""

    name: str
    columns: tuple[tuple[str, float], ...]
    rows: Sequence[tuple[Value, ...]]


@dataclass(frozen=True)
class Report:
    """``addressee``: after "Kính gửi:", "" for none; ``closing``: an italic line below the last
    table; without ``signature`` nothing stands below. ``record``: only in the spreadsheet."""

    issuer: Issuer
    numbering: Numbering | None
    type_name: str
    subject: tuple[str, ...]
    blocks: tuple[Block, ...]
    addressee: str = ""
    closing: str = ""
    signature: Signature | None = None
    recipients: tuple[str, ...] = ()
    record: Record | None = None

    @property
    def title(self) -> Title:
        return Title(self.type_name, self.subject)

    @property
    def title_words(self) -> str:
        return clean(" ".join((self.type_name, *self.subject)))


def value_words(value: Value) -> str:
    """As printed: ``1.024``, ``96,4``; nothing is a dash."""
    if value is None:
        return NOTHING
    if isinstance(value, Decimal):
        return f"{value}".replace(".", ",")
    if isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    return clean(value)


def widths_of(numbers: Sequence[float], first: float = 9.0) -> tuple[float, ...]:
    """TT, a column that takes what is left of the text's width, and the numbers."""
    return (first, nd30.TEXT_WIDTH - first - sum(numbers), *numbers)
