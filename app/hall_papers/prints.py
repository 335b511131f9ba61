"""Badges, name plates, labels: for whom, made, noted, so that the next print can be of the new ones.

A person counts as new for a kind of paper until printed on it, and again once name, position, unit or
(where it is printed) the code changed.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.core.tokens import ENTRY_CODE, entry_digits
from app.core.vietnamese import upper_vi
from app.documents.queries import delegates, in_groups
from app.events.guests import list_group
from app.events.models import Event
from app.extensions import db
from app.hall_papers.models import HallPrint
from app.hall_papers.print_rules import (
    BADGE,
    LABEL,
    PLATE,
    POSTER,
    SEAT,
    first_sheet,
    look_of,
    rows_of,
    seats_of,
)
from app.hall_papers.sheet_content import unit_words
from app.printing.badges import Badge, BadgeHead, badges_pdf
from app.printing.cards import NothingToPrintError
from app.printing.code_labels import CodeLabel, code_labels_pdf
from app.printing.compiler import join_pdfs
from app.printing.letter_picture import page_png
from app.printing.name_plates import NamePlate, name_plates_pdf
from app.printing.posters import Poster, arrow_poster_pdf
from app.printing.press import printed
from app.printing.seat_labels import SeatLabel, seat_labels_pdf

ALL, NEW, PICKED, GROUP, AGAIN = "all", "new", "picked", "group-", "print-"
MOST_PRINTS = 50  # in the list of them
SHEETS_A_RUN = 125


class MorePeopleThanSeats(DomainError):
    status = 422

    def __init__(self, people: int, seats: int) -> None:
        super().__init__(
            _l(
                "Có %(people)s người mà chỉ có %(seats)s ghế. Hãy ghi thêm hàng hoặc thêm ghế mỗi "
                "hàng.",
                people=people,
                seats=seats,
            )
        )


@dataclass(frozen=True)
class Person:
    """``number``: TT of the participant list."""

    number: int
    row: Any

    @property
    def id(self) -> int:
        return int(self.row.id)

    @property
    def group(self) -> str:
        return list_group(self.row.kind).key


@dataclass(frozen=True)
class PrintChoice:
    """What is to be printed. ``who``: all | new | picked | group-<key> | print-<id>; ``skip``:
    labels of the first sheet already used; ``rows``, ``in_row``: the hall's seats; ``named``: with
    who sits there."""

    kind: str
    layout: str
    who: str = ALL
    picked: tuple[int, ...] = ()
    skip: int = 0
    rows: str = ""
    in_row: int = 0
    named: bool = True


@dataclass
class Prints:
    """The event's people in the list's order and its printings, read once for a request."""

    event: Event
    people: list[Person] = field(default_factory=list)
    prints: list[HallPrint] = field(default_factory=list)

    def chosen(self, choice: PrintChoice) -> list[Person]:
        """In the list's order."""
        who = choice.who
        if who == ALL:
            return self.people
        if who == NEW:
            return self.fresh(choice.kind)
        if who.startswith(GROUP):
            return [one for one in self.people if one.group == who.removeprefix(GROUP)]
        wanted = set(choice.picked)
        if who.startswith(AGAIN):
            wanted = {
                registration
                for one in self.prints
                if f"{AGAIN}{one.id}" == who
                for registration, _mark in one.people
            }
        return [one for one in self.people if one.id in wanted]

    def fresh(self, kind: str) -> list[Person]:
        """Those not printed on this kind of paper as they are now."""
        marks: dict[int, str] = {}
        for one in self.prints:
            if one.kind == kind:
                marks.update((registration, mark) for registration, mark in one.people)
        return [one for one in self.people if marks.get(one.id) != mark_of(one.row, kind)]


def read_prints(event: Event) -> Prints:
    """Two queries."""
    rows = [row for _title, members in in_groups(delegates(event.id)) for row in members]
    prints = db.session.scalars(
        select(HallPrint).where(HallPrint.event_id == event.id).order_by(HallPrint.id)
    )
    return Prints(event, [Person(at, row) for at, row in enumerate(rows, start=1)], list(prints))


def mark_of(row: Any, kind: str) -> str:
    """Another once something printed of the person changed; says nothing about the person.
    ``form_version`` rises with name and position (registration.services)."""
    unit = zlib.crc32(f"{row.unit}\n{row.unit_short}\n{row.kind}".encode())
    code = row.code_version if kind in (BADGE, LABEL) else 0
    return f"{code}.{row.form_version}.{unit:08x}"


def print_pdf(
    event: Event, choice: PrintChoice, people: Sequence[Person], only: int | None = None
) -> bytes:
    """The paper, or what stands on its first sheet (``only`` so many); outside a unit of work: it
    takes its time. Raises PrintingError, PressRefused, SeatsUnread, TooManySeats,
    MorePeopleThanSeats."""
    fonts = current_app.config["SETTINGS"].fonts_dir
    if choice.kind == POSTER:
        return printed(partial(arrow_poster_pdf, fonts_dir=fonts), _poster(event, choice.layout))
    if choice.kind == SEAT:
        make = partial(seat_labels_pdf, fonts_dir=fonts)
        return _in_runs(make, _seats(choice, people)[:only], choice)
    rows = [one.row for one in people[:only]]
    if choice.kind == BADGE:
        head = BadgeHead(upper_vi(event.letter.get("inviter", "")), event.short_title)
        make = partial(badges_pdf, head=head, fonts_dir=fonts)
        return _in_runs(make, [_badge(event, row) for row in rows], choice)
    if choice.kind == PLATE:
        plates = [NamePlate(row.full_name, row.position or "", row.unit) for row in rows]
        return _in_runs(partial(name_plates_pdf, fonts_dir=fonts), plates, choice)
    labels = [_label(event, one) for one in people[:only]]
    return _in_runs(partial(code_labels_pdf, fonts_dir=fonts), labels, choice)


def _in_runs(make: partial[bytes], cards: Sequence[Any], choice: PrintChoice) -> bytes:
    """Many sheets in several processes, each of which gives the typesetter's memory back."""
    most = SHEETS_A_RUN * first_sheet(choice.kind, choice.layout)
    if choice.kind != PLATE:
        make = partial(make, layout=choice.layout)
    first = partial(make, skip=choice.skip) if choice.skip else make
    start = most - choice.skip
    if len(cards) <= start:
        return printed(first, cards)
    parts = [printed(first, cards[:start])]
    parts += [printed(make, cards[at : at + most]) for at in range(start, len(cards), most)]
    return printed(join_pdfs, parts)


def first_sheet_png(event: Event, choice: PrintChoice, people: Sequence[Person]) -> bytes:
    """The first sheet as a picture. Raises as print_pdf."""
    only = first_sheet(choice.kind, choice.layout) - choice.skip
    return printed(page_png, print_pdf(event, choice, people, only))


def note_print(
    event: Event, choice: PrintChoice, people: Sequence[Person], *, by: Actor, now: datetime
) -> HallPrint:
    """Inside a unit of work."""
    note = HallPrint(
        event_id=event.id,
        kind=choice.kind,
        layout=choice.layout,
        people=[[one.id, mark_of(one.row, choice.kind)] for one in people],
        made_at=now,
        made_by=by.label,
    )
    db.session.add(note)
    db.session.flush()
    record(
        "prints.made", ("print", note.id), by=by, now=now, event_id=event.id,
        after={"print": choice.kind, "layout": choice.layout, "registrations": len(people)},
    )  # fmt: skip
    return note


def _code(event: Event, row: Any) -> str:
    return entry_digits(ENTRY_CODE, event_id=event.id, thing_id=row.id, version=row.code_version)


def _badge(event: Event, row: Any) -> Badge:
    return Badge(row.full_name, row.position or "", row.unit, _code(event, row), look_of(row.kind))


def _label(event: Event, one: Person) -> CodeLabel:
    row = one.row
    return CodeLabel(
        row.full_name, row.position or "", row.unit, _code(event, row), str(one.number),
        unit_words(row) if row.unit_short else "",
    )  # fmt: skip


def _seats(choice: PrintChoice, people: Sequence[Person]) -> list[SeatLabel]:
    named = people if choice.named else []
    seats = seats_of(rows_of(choice.rows), choice.in_row, len(people))
    if len(named) > len(seats):
        raise MorePeopleThanSeats(len(named), len(seats))
    if not seats:
        raise NothingToPrintError()
    return [
        SeatLabel(row, number, named[at].row.full_name, named[at].row.unit)
        if at < len(named)
        else SeatLabel(row, number)
        for at, (row, number) in enumerate(seats)
    ]


def _poster(event: Event, layout: str) -> Poster:
    direction, turn = layout.split("-")
    address = url_for("events.detail", slug=event.slug, _external=True)
    return Poster(direction, event.short_title, event.venue, address, turn == "landscape")
