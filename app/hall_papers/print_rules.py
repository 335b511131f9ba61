"""What can be printed for the hall besides the attendance sheet: kinds, layouts, seats."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError
from app.events.guests import GuestKind, list_group
from app.printing.badges import FORMS
from app.printing.code_labels import LABEL_FORMS
from app.printing.posters import DIRECTIONS
from app.printing.seat_labels import SEAT_FORMS
from app.units.rules import GROUPS

BADGE, PLATE, LABEL, SEAT, POSTER = "badge", "plate", "label", "seat", "poster"
KIND_WORDS: dict[str, Any] = {
    BADGE: _l("Thẻ đại biểu"),
    PLATE: _l("Biển tên"),
    LABEL: _l("Nhãn mã vuông"),
    SEAT: _l("Nhãn ghế"),
    POSTER: _l("Biển chỉ đường"),
}
LAYOUTS: dict[str, dict[str, Any]] = {
    BADGE: {
        "a7-8": _l("8 thẻ một tờ, 105 × 74 mm"),
        "86x54-10": _l("10 thẻ một tờ, 86 × 54 mm"),
        "90x130-4": _l("4 thẻ đeo dây một tờ, 90 × 130 mm"),
    },
    PLATE: {"a4-folded": _l("Một biển một tờ, gấp ba nếp")},
    LABEL: {
        "24": _l("24 nhãn một tờ, 70 × 37 mm"),
        "40": _l("40 nhãn một tờ, 52,5 × 29,7 mm"),
        "65": _l("65 nhãn một tờ, 38,1 × 21,2 mm"),
    },
    SEAT: {
        "seat-8": _l("8 nhãn một tờ, 105 × 74 mm, cắt theo vạch"),
        "seat-24": _l("24 nhãn dán một tờ, 70 × 37 mm"),
    },
    POSTER: {
        f"{way}-{turn}": words
        for turn, turns in (
            ("landscape", (_l("Mũi tên sang trái, giấy ngang"),
                           _l("Mũi tên sang phải, giấy ngang"),
                           _l("Mũi tên đi thẳng, giấy ngang"))),
            ("portrait", (_l("Mũi tên sang trái, giấy dọc"),
                          _l("Mũi tên sang phải, giấy dọc"),
                          _l("Mũi tên đi thẳng, giấy dọc"))),
        )
        for way, words in zip(DIRECTIONS, turns, strict=True)
    },
}  # fmt: skip
MOST_SEATS = 10_000
_PIECE = re.compile(r"([A-Z]|\d{1,3})(?:\s*-\s*([A-Z]|\d{1,3}))?", re.ASCII)


class SeatsUnread(DomainError):
    status = 422
    message = _l("Hãy ghi các hàng như A-E hoặc 1-10, cách nhau bằng dấu phẩy.")


class TooManySeats(DomainError):
    status = 422
    message = _l("Mỗi lần in tối đa 10.000 ghế.")


def labels_a_sheet(kind: str, layout: str) -> int:
    """Places of a sheet of stickers of which some may be used already; 1 for other papers."""
    if kind == LABEL:
        return LABEL_FORMS[layout].grid.cards
    if kind == SEAT and not SEAT_FORMS[layout].marks:
        return SEAT_FORMS[layout].grid.cards
    return 1


def first_sheet(kind: str, layout: str) -> int:
    """How many people stand on one sheet."""
    if kind == BADGE:
        return FORMS[layout].grid.cards
    if kind == SEAT:
        return SEAT_FORMS[layout].grid.cards
    return labels_a_sheet(kind, layout)


def rows_of(text: str) -> list[str]:
    """``A-C, 5`` → A, B, C, 5; nothing for an empty text. Raises SeatsUnread, TooManySeats."""
    rows: list[str] = []
    for piece in filter(None, (one.strip() for one in text.upper().split(","))):
        match = _PIECE.fullmatch(piece)
        if match is None:
            raise SeatsUnread()
        first, last = match[1], match[2] or match[1]
        if first.isdigit() != last.isdigit():
            raise SeatsUnread()
        if first.isdigit():
            run = [str(number) for number in range(int(first), int(last) + 1)]
        else:
            run = [chr(letter) for letter in range(ord(first), ord(last) + 1)]
        if not run:
            raise SeatsUnread()
        rows += run
        if len(rows) > MOST_SEATS:
            raise TooManySeats()
    return list(dict.fromkeys(rows))


def seats_of(rows: list[str], in_row: int, people: int) -> list[tuple[str, str]]:
    """(row, number) of every chair: each row from 1; without rows as many as there are people,
    or as said. Raises TooManySeats."""
    count = in_row or people
    if max(len(rows), 1) * count > MOST_SEATS:
        raise TooManySeats()
    return [(row, str(number)) for row in rows or [""] for number in range(1, count + 1)]


def look_of(kind: str) -> str:
    """How a badge tells the group of a kind of unit or guest: a key of printing.badges.LOOKS."""
    if kind in list(GuestKind):
        return kind
    numerals = ("I", "II", "III", "IV")
    place = [one.key for one in GROUPS].index(list_group(kind).key)
    return numerals[place] if place < len(numerals) else "other"
