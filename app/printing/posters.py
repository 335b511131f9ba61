"""The poster that shows the way: a large arrow, the event, the hall, the programme's address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask_babel import lazy_gettext as _l

from app.printing.cards import (
    A4,
    CardTooLongError,
    Drawing,
    Part,
    Setter,
    block_height,
    check_glyphs,
    compile_cards,
    put_block,
)
from app.printing.fonts import load_fonts
from app.printing.linebreak import clean
from app.printing.qr import address_svg

DIRECTIONS = ("left", "right", "up")
#: Of a unit square, pointing right: a shaft and a head.
_ARROW = ((0.0, 0.34), (0.54, 0.34), (0.54, 0.08), (1.0, 0.5), (0.54, 0.92), (0.54, 0.66),
          (0.0, 0.66))  # fmt: skip
CODE_SIZE, MARGIN = 42.0, 15.0
SCAN = "Quét để xem chương trình"


@dataclass(frozen=True)
class Poster:
    """``address``: of the programme's page."""

    direction: str
    title: str
    venue: str
    address: str
    landscape: bool = False


def arrow_poster_pdf(poster: Poster, *, fonts_dir: Path | None = None) -> bytes:
    """One page A4. Raises CardGlyphError, CardTooLongError."""
    fonts = load_fonts(fonts_dir)
    check_glyphs([(poster.title, (poster.title, poster.venue, poster.address))], fonts)
    setter = Setter(fonts)
    width, height = (A4[1], A4[0]) if poster.landscape else A4
    page: Drawing = {}
    arrow = 92.0 if poster.landscape else 110.0
    left = (width - arrow) / 2
    page["shapes"] = [{"points": _turned(poster.direction, left, MARGIN, arrow), "colour": "#000"}]
    foot = height - MARGIN - CODE_SIZE
    _words(page, poster, setter, (MARGIN + arrow + 6.0, foot - 4.0), width)
    page["codes"] = [
        {"svg": address_svg(poster.address, quiet_zone=0), "alt": poster.address,
         "x": MARGIN, "y": foot, "size": CODE_SIZE}
    ]  # fmt: skip
    beside = MARGIN + CODE_SIZE + 8.0
    parts = [Part(SCAN, (22, 18), bold=True), Part(poster.address, (16, 14, 12, 10, 8))]
    lines = setter.block(parts, width - beside - MARGIN, CODE_SIZE, gap=0.1)
    if lines is None:
        raise CardTooLongError(poster.address, _l("địa chỉ trang"))
    put_block(page, lines, beside, foot + CODE_SIZE / 2 - block_height(lines) / 2)
    return compile_cards([page], fonts, "Biển chỉ đường", size=(width, height))


def _words(
    page: Drawing, poster: Poster, setter: Setter, between: tuple[float, float], width: float
) -> None:
    parts = [
        Part(poster.title, (44, 40, 36, 32, 28, 24, 20), bold=True),
        Part(poster.venue, (32, 28, 24, 20, 16)),
    ]
    top, bottom = between
    lines = setter.block(parts, width - 2 * MARGIN, bottom - top, gap=0.08, balanced=True)
    if lines is None:
        raise CardTooLongError(clean(poster.title), _l("tên sự kiện, địa điểm"))
    put_block(page, lines, 0.0, (top + bottom) / 2 - block_height(lines) / 2, (setter, width / 2))


def _turned(direction: str, left: float, top: float, size: float) -> list[tuple[float, float]]:
    places = {
        "right": lambda x, y: (x, y),
        "left": lambda x, y: (1 - x, y),
        "up": lambda x, y: (y, 1 - x),
    }
    turn = places[direction]
    return [
        (left + size * across, top + size * down)
        for across, down in (turn(x, y) for x, y in _ARROW)
    ]
