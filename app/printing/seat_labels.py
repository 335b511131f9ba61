"""Labels for the chairs: row and number large, who sits there below. With cut marks on plain A4,
or on the sticky sheet of 24."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flask_babel import lazy_gettext as _l

from app.printing.cards import (
    CardTooLongError,
    Drawing,
    Grid,
    NothingToPrintError,
    Part,
    Setter,
    block_height,
    check_glyphs,
    compile_cards,
    put_block,
)
from app.printing.fonts import load_fonts
from app.printing.linebreak import clean


@dataclass(frozen=True)
class SeatLabel:
    """``row``: A or 3, "" for chairs that are only counted; ``number``: of the chair in it."""

    row: str
    number: str
    name: str = ""
    unit: str = ""

    @property
    def seat(self) -> str:
        return f"{self.row}{self.number}" if not self.row.isdigit() else f"{self.row}-{self.number}"

    @property
    def words(self) -> str:
        return f"Hàng {self.row} · Ghế {self.number}" if self.row else f"Ghế {self.number}"


@dataclass(frozen=True)
class SeatForm:
    """Sizes from the wanted to the smallest; ``marks``: cut marks, for plain paper."""

    grid: Grid
    inset: float
    big: tuple[float, ...]
    words_pt: float
    names: tuple[float, ...]
    units: tuple[float, ...]
    marks: bool


SEAT_FORMS = {
    "seat-8": SeatForm(
        Grid(2, 4, 105.0, 74.25), 8.0, (96, 80, 64, 48), 13, (18, 16, 14, 12), (12, 11, 10), True
    ),
    "seat-24": SeatForm(
        Grid(3, 8, 70.0, 37.125), 6.5, (44, 36, 30), 8, (11, 10, 9, 8), (8, 7.5), False
    ),
}  # fmt: skip


def seat_labels_pdf(
    labels: Sequence[SeatLabel], layout: str, *, skip: int = 0, fonts_dir: Path | None = None
) -> bytes:
    """``layout``: a key of SEAT_FORMS. Raises NothingToPrintError, CardTooLongError,
    CardGlyphError."""
    if not labels:
        raise NothingToPrintError()
    form, fonts = SEAT_FORMS[layout], load_fonts(fonts_dir)
    if not 0 <= skip < form.grid.cards:
        raise ValueError("more skipped than a sheet holds")
    check_glyphs(((one.name or one.seat, (one.words, one.name, one.unit)) for one in labels), fonts)
    setter = Setter(fonts)
    pages: list[Drawing] = []
    for place, label in enumerate(labels, start=skip):
        page, cell = divmod(place, form.grid.cards)
        while len(pages) <= page:
            pages.append({})
        _draw(pages[page], label, form, setter, form.grid.corner(cell))
    marks = form.grid.cut_marks() if form.marks else ()
    return compile_cards(pages, fonts, "Nhãn ghế", lines=marks)


def _draw(
    page: Drawing, label: SeatLabel, form: SeatForm, setter: Setter, corner: tuple[float, float]
) -> None:
    """From the top: the seat, the words, the name, the unit; together in the middle."""
    width, height = form.grid.width - 2 * form.inset, form.grid.height - 2 * form.inset + 3.0
    parts = [
        Part(label.seat, form.big, bold=True),
        Part(label.words, (form.words_pt,)),
        Part(label.name, form.names, bold=True),
        Part(label.unit, form.units),
    ]
    for wanted in (parts, parts[:3]):
        lines = setter.block(wanted, width, height, gap=0.06, balanced=True)
        if lines is not None:
            break
    else:
        raise CardTooLongError(clean(label.name) or label.seat, _l("họ tên"))
    centre, top = corner[0] + form.grid.width / 2, corner[1] + form.grid.height / 2
    put_block(page, lines, 0.0, top - block_height(lines) / 2, (setter, centre))
