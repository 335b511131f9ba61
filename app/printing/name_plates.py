"""Name plates that stand on a table (biển tên gấp đôi): A4 folded in three, a flap to glue.

Paper 3.6: the same face twice, the upper one on its head, so that both sides can be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from app.printing.cards import (
    A4,
    CAP,
    MARK_GREY,
    MARK_PT,
    PAPER_EDGE,
    CardTooLongError,
    Drawing,
    Line,
    NothingToPrintError,
    Setter,
    block_height,
    check_glyphs,
    compile_cards,
    pitch,
    put,
)
from app.printing.fonts import load_fonts
from app.printing.linebreak import clean
from app.printing.nd30 import MM_PER_PT

FOLDS = (95.0, 190.0, 285.0)  # ridge between the faces, then the foot's two
FACE_MIDDLE = 143.0  # of the lower face: from the name's capitals to the last baseline
FACE_HEIGHT, LOWEST = 84.0, 183.0  # below it the upper face leaves what printers print
TEXT_WIDTH = 180.0
NAME_SIZES = tuple(float(size) for size in range(54, 31, -2))
NAME_SPACING = 1.1
POSITION_PT, UNIT_PT = 24.0, 22.0
GAPS = (18.3, 14.0, 11.5)  # name to position; narrower where the lines are many
UNIT_GAP = 9.1
TICK = 6.0
FOOT_NOTE, FOOT_Y = "Mặt đế: gấp theo các vạch, dán mép 12 mm", 238.4


@dataclass(frozen=True)
class NamePlate:
    name: str
    position: str
    unit: str


def name_plates_pdf(plates: Sequence[NamePlate], *, fonts_dir: Path | None = None) -> bytes:
    """A page a person. Raises NothingToPrintError, CardTooLongError, CardGlyphError."""
    if not plates:
        raise NothingToPrintError()
    fonts = load_fonts(fonts_dir)
    upper = [replace(one, name=clean(one.name).upper()) for one in plates]
    check_glyphs(((one.name, (one.name, one.position, one.unit)) for one in upper), fonts)
    setter = Setter(fonts)
    pages = [_page(one, setter) for one in upper]
    return compile_cards(pages, fonts, "Biển tên", lines=_ticks())


def _ticks() -> list[dict[str, Any]]:
    """At both edges of every fold, none across a face."""
    ends = ((PAPER_EDGE, PAPER_EDGE + TICK), (A4[0] - PAPER_EDGE - TICK, A4[0] - PAPER_EDGE))
    return [
        {"x0": x0, "x1": x1, "y0": y, "y1": y, "points": MARK_PT, "colour": MARK_GREY}
        for y in FOLDS
        for x0, x1 in ends
    ]


def _page(plate: NamePlate, setter: Setter) -> Drawing:
    page: Drawing = {}
    lines, centre = _face(plate, setter), A4[0] / 2
    high = block_height(lines)
    y = min(FACE_MIDDLE + high / 2, LOWEST) - high
    for line in lines:
        y += line.below
        x = setter.centred(line.text, centre, line.size, line.bold)
        put(page, line.text, x, y, line.size, line.bold)
        put(
            page, line.text, A4[0] - x, 2 * FOLDS[0] - y, line.size, line.bold, turned=True
        )  # fmt: skip
    at = setter.centred(FOOT_NOTE, centre, 9.0, False)
    put(page, FOOT_NOTE, at, FOOT_Y, 9.0, False, colour=MARK_GREY)
    return page


def _face(plate: NamePlate, setter: Setter) -> list[Line]:
    name, size = _name(plate, setter)
    position = setter.lines(plate.position, TEXT_WIDTH, POSITION_PT, True, balanced=True)
    unit = setter.lines(plate.unit, TEXT_WIDTH, UNIT_PT, False, balanced=True)
    if position is None or unit is None:
        raise CardTooLongError(plate.name, _l("chức vụ, đơn vị"))
    for gap in GAPS:
        lines = _stack(name, size, position, unit, gap)
        if block_height(lines) <= FACE_HEIGHT:
            return lines
    raise CardTooLongError(plate.name, _l("họ tên, chức vụ hoặc đơn vị"))


def _name(plate: NamePlate, setter: Setter) -> tuple[list[str], float]:
    """On one line in the largest size that fits, otherwise in the smallest, broken."""
    for size in NAME_SIZES:
        lines = setter.lines(plate.name, TEXT_WIDTH, size, True, balanced=True)
        if lines is not None and len(lines) == 1:
            return lines, size
    if lines is None:
        raise CardTooLongError(plate.name, _l("họ tên"))
    return lines, size


def _stack(
    name: list[str], size: float, position: list[str], unit: list[str], gap: float
) -> list[Line]:
    """The first line hangs from its capitals; an empty position leaves no hole."""
    lines = [
        Line(text, size, True, pitch(size, NAME_SPACING) if at else CAP * size * MM_PER_PT)
        for at, text in enumerate(name)
    ]
    for at, text in enumerate(position):
        lines.append(Line(text, POSITION_PT, True, pitch(POSITION_PT) if at else gap))
    for at, text in enumerate(unit):
        first = UNIT_GAP if position else gap
        lines.append(Line(text, UNIT_PT, False, pitch(UNIT_PT) if at else first))
    return lines
