"""Square codes on sticky A4 sheets as the shops sell them: 24, 40 or 65 a sheet.

The 24 carries everything (paper 3.6, Labels), the 40 name and unit, the 65 the name alone. Where a
very long name leaves no room, whole parts are left out; no word is broken or clipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask_babel import lazy_gettext as _l

from app.printing.cards import (
    CardTooLongError,
    Drawing,
    Grid,
    Line,
    NothingToPrintError,
    Part,
    Setter,
    block_height,
    check_glyphs,
    compile_cards,
    put,
    put_block,
    put_code,
)
from app.printing.fonts import load_fonts
from app.printing.linebreak import clean
from app.printing.qr import group_digits

DIGITS_PT = 6.5
LONG_NAME, LONG_UNIT = 30, 60


@dataclass(frozen=True)
class CodeLabel:
    """``number``: TT, "" for none; ``short``: the unit's short name, for the smaller sheets."""

    name: str
    position: str
    unit: str
    code: str
    number: str = ""
    short: str = ""


@dataclass(frozen=True)
class LabelForm:
    """``code``: left, top, size; ``digits``: left, first y, pitch; ``text``: left, width,
    middle, height; ``names``, ``units``: sizes from the wanted to the smallest, the first not for
    long ones; without sizes a part is not printed."""

    grid: Grid
    code: tuple[float, float, float]
    digits: tuple[float, float, float]
    text: tuple[float, float, float, float]
    names: tuple[float, ...]
    units: tuple[float, ...] = ()
    positions: tuple[float, ...] = ()
    number_pt: float = 0.0
    one_row: bool = False  # all eight groups of digits


LABEL_FORMS = {
    "24": LabelForm(
        Grid(3, 8, 70.0, 37.125), (6.5, 5.7, 20.0), (6.5, 28.7, 2.8), (30.5, 35.1, 18.4, 27.5),
        (11, 9), (9, 7.5), (9, 7.5), 8.0,
    ),
    "40": LabelForm(
        Grid(4, 10, 52.5, 29.7), (5.5, 4.8, 15.0), (5.5, 24.4, 0.0), (23.4, 24.2, 12.4, 15.4),
        (10, 9, 8, 7), (8, 7, 6.5), (), 7.0, one_row=True,
    ),
    "65": LabelForm(
        Grid(5, 13, 38.1, 21.2, 4.75, 10.7, (2.5, 0.0)), (2.5, 1.6, 12.0), (2.5, 17.3, 2.3),
        (17.2, 19.4, 7.8, 12.6), (9, 8, 7, 6.5), (), (),
    ),
}  # fmt: skip


def code_labels_pdf(
    labels: Sequence[CodeLabel], layout: str, *, skip: int = 0, fonts_dir: Path | None = None
) -> bytes:
    """``layout``: a key of LABEL_FORMS; ``skip``: labels already used of the first sheet, counted
    along the rows. Raises NothingToPrintError, CardTooLongError, CardGlyphError, ``ValueError`` for
    a skip beyond the sheet."""
    if not labels:
        raise NothingToPrintError()
    form, fonts = LABEL_FORMS[layout], load_fonts(fonts_dir)
    if not 0 <= skip < form.grid.cards:
        raise ValueError("more skipped than a sheet holds")
    check_glyphs(
        ((one.name, (one.name, one.position, one.unit, one.short, one.number)) for one in labels),
        fonts,
    )
    setter = Setter(fonts)
    pages: list[Drawing] = []
    for place, label in enumerate(labels, start=skip):
        page, cell = divmod(place, form.grid.cards)
        while len(pages) <= page:
            pages.append({})
        _draw(pages[page], label, form, setter, form.grid.corner(cell))
    return compile_cards(pages, fonts, "Nhãn mã vuông")


def _draw(
    page: Drawing, label: CodeLabel, form: LabelForm, setter: Setter, corner: tuple[float, float]
) -> None:
    x, y = corner
    left, top, size = form.code
    put_code(page, label.code, x + left, y + top, size)
    rows = group_digits(label.code)
    digits_left, first, step = form.digits
    for number, digits in enumerate(["  ".join(rows)] if form.one_row else rows):
        put(page, digits, x + digits_left, y + first + number * step, DIGITS_PT, False)
    lines = _words(label, form, setter)
    text_left, _width, middle, _height = form.text
    put_block(page, lines, x + text_left, y + middle - block_height(lines) / 2)


def _words(label: CodeLabel, form: LabelForm, setter: Setter) -> list[Line]:
    """What has room: the number, then the unit's full name, the position and the unit give way as a
    whole, the name never."""
    _left, width, _middle, height = form.text
    for number, position, unit in _choices(label, form):
        parts = [Part(number, (form.number_pt,))] if number else []
        parts.append(Part(label.name, _sizes(label.name, LONG_NAME, form.names), bold=True))
        parts += [Part(position, form.positions)] if position else []
        parts += [Part(unit, _sizes(unit, LONG_UNIT, form.units))] if unit else []
        lines = setter.block(parts, width, height)
        if lines is not None:
            return lines
    raise CardTooLongError(clean(label.name), _l("họ tên"))


def _choices(label: CodeLabel, form: LabelForm) -> list[tuple[str, str, str]]:
    """(number, position, unit) from the fullest to the name alone."""
    number = label.number if form.number_pt else ""
    position = label.position if form.positions else ""
    short = (label.short or label.unit) if form.units else ""
    unit = label.unit if form.positions else short
    return [
        (number, position, unit), ("", position, unit), ("", position, short), ("", "", short),
        (number, "", ""), ("", "", ""),
    ]  # fmt: skip


def _sizes(text: str, long: int, sizes: tuple[float, ...]) -> tuple[float, ...]:
    return sizes[1:] if len(clean(text)) > long and len(sizes) > 1 else sizes
