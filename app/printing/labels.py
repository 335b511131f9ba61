"""Address labels on A4 sheets, and envelopes: plain working papers, not official ones.

Sheets without gaps as the shops sell them: 3 × 8 labels of 70 × 37.125 mm, 2 × 7 of
105 × 42.43 mm. Envelopes as the post wants them: sender top left, the stamp's corner free,
addressee right of the middle below, five boxes for the postal code (to be written by hand).
Long names get smaller type, then more lines; no word is broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.printing.compiler import compile_pdf, join_pdfs
from app.printing.errors import LabelTooLongError
from app.printing.fonts import FontSet, load_fonts
from app.printing.linebreak import break_lines, clean
from app.printing.nd30 import MM_PER_PT, SINGLE_SPACING, Style

PAGES_A_RUN = 500
SMALLEST_PT = 6.5
STEP_PT = 0.5
_ASCENT = 0.9  # of the type size with stacked marks, above the first baseline


@dataclass(frozen=True)
class Sheet:
    """A sheet of labels (mm, pt). ``inset``: white inside each label, at least the 5 mm that
    printers leave at a page's edge."""

    columns: int
    rows: int
    width: float
    height: float
    largest_pt: float
    inset: tuple[float, float] = (6.0, 5.0)

    @property
    def labels(self) -> int:
        return self.columns * self.rows


@dataclass(frozen=True)
class Envelope:
    """``to_left``, ``to_top``: the addressee's block; ``from_width``: of the sender's."""

    width: float
    height: float
    to_left: float
    to_top: float
    from_width: float
    largest_pt: float
    margin: float = 10.0


A4 = (210.0, 297.0)
SHEETS = {
    "24": Sheet(3, 8, 70.0, 37.125, largest_pt=11.0),
    "14": Sheet(2, 7, 105.0, 297 / 7, largest_pt=13.0),
}
ENVELOPES = {
    "dl": Envelope(220.0, 110.0, to_left=98.0, to_top=46.0, from_width=80.0, largest_pt=13.0),
    "c5": Envelope(229.0, 162.0, to_left=104.0, to_top=76.0, from_width=88.0, largest_pt=14.0),
}
BOX, BOX_GAP, BOXES = 7.0, 1.5, 5  # the postal code's


@dataclass(frozen=True)
class PostalAddress:
    """``heading``: "Kính gửi:"; ``name``: bold; ``lines``: position, unit, place, each its own
    paragraph; empty ones are left out."""

    heading: str
    name: str
    lines: tuple[str, ...]

    @property
    def who(self) -> str:
        return clean(self.name) or next((clean(one) for one in self.lines if clean(one)), "")


@dataclass(frozen=True)
class Sender:
    """``lines`` below the bold name; ``number``: of the letter inside, "Số: 214/GM-SGDĐT"."""

    heading: str
    name: str
    lines: tuple[str, ...]
    number: str = ""


@dataclass(frozen=True)
class _Set:
    """A block of lines in one place: (text, bold, italic) at one size."""

    size: float
    lines: list[tuple[str, bool, bool]]

    @property
    def height(self) -> float:
        return len(self.lines) * _pitch(self.size)


def _pitch(size: float) -> float:
    return size * SINGLE_SPACING * MM_PER_PT


def labels_pdf(
    addresses: Sequence[PostalAddress], sheet: str, *, skip: int = 0, fonts_dir: Path | None = None
) -> bytes:
    """``sheet``: a key of SHEETS; ``skip``: labels already used of the first sheet, counted along
    the rows. Raises MissingGlyphError, LabelTooLongError, ``ValueError`` without addresses or for
    a skip beyond the sheet.
    """
    form = SHEETS[sheet]
    if not addresses or not 0 <= skip < form.labels:
        raise ValueError("no addresses, or more skipped than a sheet holds")
    fonts = load_fonts(fonts_dir)
    pages: list[list[dict[str, Any]]] = []
    for place, address in enumerate(addresses, start=skip):
        page, cell = divmod(place, form.labels)
        while len(pages) <= page:
            pages.append([])
        pages[page] += _label(address, form, cell, fonts)
    return _compile(pages, A4, [], fonts, "Nhãn địa chỉ")


def _label(address: PostalAddress, form: Sheet, cell: int, fonts: FontSet) -> list[dict[str, Any]]:
    row, column = divmod(cell, form.columns)
    across, down = form.inset
    room = (form.width - 2 * across, form.height - 2 * down)
    block = _fitted(address, room, form.largest_pt, fonts)
    top = row * form.height + (form.height - block.height) / 2
    return _placed(block, column * form.width + across, top)


def envelopes_pdf(
    addresses: Sequence[PostalAddress], size: str, sender: Sender, *, fonts_dir: Path | None = None
) -> bytes:
    """A page an envelope. ``size``: a key of ENVELOPES. Raises as labels_pdf."""
    if not addresses:
        raise ValueError("no addresses")
    form = ENVELOPES[size]
    fonts = load_fonts(fonts_dir)
    own = _sender(sender, form, fonts)
    boxes_top = form.height - form.margin - BOX
    room = (form.width - form.to_left - form.margin, boxes_top - form.to_top - 3.0)
    pages = []
    for address in addresses:
        block = _fitted(address, room, form.largest_pt, fonts)
        pages.append(own + _placed(block, form.to_left, form.to_top))
    right = form.width - form.margin
    boxes = [
        {"x": right - (BOXES - place) * BOX - (BOXES - 1 - place) * BOX_GAP, "y": boxes_top}
        for place in range(BOXES)
    ]
    return _compile(pages, (form.width, form.height), boxes, fonts, "Phong bì")


def _sender(sender: Sender, form: Envelope, fonts: FontSet) -> list[dict[str, Any]]:
    address = PostalAddress(sender.heading, sender.name, (*sender.lines, sender.number))
    room = (form.from_width, form.to_top - form.margin)
    return _placed(_fitted(address, room, form.largest_pt - 2.0, fonts), form.margin, form.margin)


def _fitted(
    address: PostalAddress, room: tuple[float, float], largest: float, fonts: FontSet
) -> _Set:
    """The largest type in which every word is whole and all lines have room."""
    size = largest
    while size >= SMALLEST_PT:
        block = _set(address, room[0], size, fonts)
        if block is not None and block.height <= room[1]:
            return block
        size -= STEP_PT
    raise LabelTooLongError(address.who)


def _set(address: PostalAddress, width: float, size: float, fonts: FontSet) -> _Set | None:
    """None when a word is wider than the block."""
    parts = [(address.heading, False, True), (address.name, True, False)]
    parts += [(line, False, False) for line in address.lines]
    lines: list[tuple[str, bool, bool]] = []
    for text, bold, italic in parts:
        text = clean(text)
        if not text:
            continue
        style = Style(size, size, size, bold=bold, italic=italic)
        if any(fonts.width(word, style) > width for word in text.split(" ")):
            return None
        broken = break_lines(text, width, partial(fonts.width, style=style))
        lines += [(line, bold, italic) for line in broken]
    return _Set(size, lines)


def _placed(block: _Set, x: float, top: float) -> list[dict[str, Any]]:
    first = top + block.size * _ASCENT * MM_PER_PT
    return [
        {"text": text, "bold": bold, "italic": italic, "size": block.size, "x": x,
         "y": first + number * _pitch(block.size)}
        for number, (text, bold, italic) in enumerate(block.lines)
    ]  # fmt: skip


def _compile(
    pages: list[list[dict[str, Any]]],
    size: tuple[float, float],
    boxes: list[dict[str, float]],
    fonts: FontSet,
    title: str,
) -> bytes:
    fonts.check(line["text"] for page in pages for line in page)
    runs = [pages[start : start + PAGES_A_RUN] for start in range(0, len(pages), PAGES_A_RUN)]
    common = {"title": title, "width": size[0], "height": size[1], "boxes": boxes, "box": BOX}
    return join_pdfs([compile_pdf("labels.typ", {**common, "pages": run}, fonts) for run in runs])
