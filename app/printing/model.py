"""Plain data that every official paper shares: issuer, number and date, signature, recipients.

Texts of official papers are Vietnamese whatever the language of the screen, so they are not
translated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.printing.linebreak import clean

# White space of these lengths (mm) stands where the clerk will write by hand; see nd30.HEAD.
Part = str | float
EMPTY_SYMBOL = "." * 22


@dataclass(frozen=True)
class Issuer:
    """The head's left column: the superior body and the issuing body, a line each (capitals)."""

    superior: tuple[str, ...]
    issuing: tuple[str, ...]


@dataclass(frozen=True)
class Numbering:
    """Number, symbol, place and date. ``number`` and ``date`` stay ``None`` until the clerk
    gives them (Nghị định 30, Điều 15); ``year`` is printed meanwhile.

    ``symbol`` without the slash (``GM-SGDĐT``); empty: dots to write on.
    """

    symbol: str
    place: str
    year: int
    number: str | int | None = None
    date: date | None = None

    def number_parts(self, gap: float) -> tuple[Part, ...]:
        """``Số: 05/GM-SGDĐT`` or, without a number, ``Số:``, white, ``/GM-SGDĐT``."""
        tail = "/" + (self.symbol or EMPTY_SYMBOL)
        if self.number is None or self.number == "":
            return ("Số:", gap, tail)
        return (f"Số: {padded_number(self.number)}{tail}",)

    def date_parts(self, gap: float) -> tuple[Part, ...]:
        """``Hải Phòng, ngày 07 tháng 3 năm 2024`` or the same with white day and month."""
        if self.date is None:
            return (f"{self.place}, ngày", gap, "tháng", gap, f"năm {self.year}")
        return (f"{self.place}, {long_date(self.date)}",)


@dataclass(frozen=True)
class Title:
    """Name of the paper (``GIẤY MỜI``) and its subject, lines broken by sense."""

    type_name: str
    subject: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """``lines``: authority and title (``KT. GIÁM ĐỐC``, ``PHÓ GIÁM ĐỐC``); ``signer`` may be ""."""

    lines: tuple[str, ...]
    signer: str = ""

    @property
    def titles(self) -> tuple[str, ...]:
        """The lines that say something: a head signing himself has no authority line."""
        return tuple(line for line in map(clean, self.lines) if line)


def padded_number(number: str | int) -> str:
    """A document's number; below 10 with a zero before it (Nghị định 30, Phụ lục I)."""
    text = str(number).strip()
    return text.zfill(2) if text.isdigit() else text


def long_date(day: date) -> str:
    """``ngày 07 tháng 3 năm 2024``: zero for days under 10 and months 1 and 2 only (Phụ lục I)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def short_date(day: date) -> str:
    """``05/03/2024``: in running text and tables, with both zeros, as in the plan."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}"


def counted(count: int) -> str:
    """A number of people in text: ``07``, ``110``, ``10.000``; zero is ``0``."""
    return f"{count:02d}" if 0 < count < 10 else f"{count:,}".replace(",", ".")


def recipient_lines(recipients: tuple[str, ...]) -> tuple[str, ...]:
    """The items under "Nơi nhận:" with their dash, ``;`` after each and ``.`` after the last.

    An empty item is a dash to write behind.
    """
    items = [item.strip().rstrip(";.").removeprefix("- ") for item in recipients]
    last = len(items) - 1
    return tuple(
        f"- {item}{'.' if place == last else ';'}" if item else "-"
        for place, item in enumerate(items)
    )
