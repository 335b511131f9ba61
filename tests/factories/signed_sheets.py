"""Attendance sheets as they come back from the hall: signed with many pens, photographed badly.

Everything follows from the seed. Pictures are drawn at PX_PER_MM and then spoiled.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw, ImageFilter

from app.printing.attendance_sheet import AttendanceSheetPaper
from app.printing.attendance_sheet_layout import lay_sheet
from app.printing.attendance_sheet_pdf import attendance_sheet_pdf
from app.printing.attendance_sheet_places import stored_pages
from tests.factories import scans

PX_PER_MM = 10
#: Light that is left where the pen wrote (red, green, blue), and its width in mm.
PENS = {
    "thin blue": ((70, 90, 190), 0.25),
    "blue": ((30, 45, 160), 0.4),
    "black": ((25, 25, 30), 0.45),
    "gel": ((15, 20, 60), 0.6),
    "marker": ((20, 20, 20), 1.1),
}
SIGNED, EMPTY, UNCLEAR = "signed", "empty", "unclear"


@dataclass(frozen=True)
class Box:
    """A signature cell in mm."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Paper:
    """A printed page: its picture (RGB, PX_PER_MM), the digits of its code, its signature cells."""

    picture: Image.Image
    code: str
    cells: tuple[Box, ...]


def papers(paper: AttendanceSheetPaper, codes: Sequence[str] | None = None) -> list[Paper]:
    """The pages of a real sheet, as they leave the printer."""
    places = stored_pages(lay_sheet(paper))
    digits = codes or [f"3{1:04d}{page['number']:07d}1{page['number']:019d}" for page in places]
    pictures = rendered(attendance_sheet_pdf(paper, list(digits)))
    return [
        Paper(picture, code, boxes_of(page))
        for picture, code, page in zip(pictures, digits, places, strict=True)
    ]


def boxes_of(page: dict[str, Any]) -> tuple[Box, ...]:
    """The signature cells of a stored page, row by row."""
    return tuple(
        Box(column["left"], row["top"], column["right"], row["bottom"])
        for row in page["rows"]
        for column in page["columns"]
    )


def rendered(pdf: bytes) -> list[Image.Image]:
    """The pages as they leave the printer: RGB, PX_PER_MM."""
    document = pypdfium2.PdfDocument(pdf)
    pictures = [page.render(scale=PX_PER_MM * 25.4 / 72).to_pil() for page in document]
    document.close()
    return [picture.convert("RGB") for picture in pictures]


def sign(
    paper: Image.Image,
    cells: Sequence[Box],
    *,
    seed: int,
    crossed: Sequence[int] = (),
    unsigned: Sequence[int] = (),
    ticks: int = 0,
) -> tuple[Image.Image, tuple[str, ...]]:
    """The paper (RGB, PX_PER_MM) with about two thirds of its cells signed, and what is in each.

    Signatures run into their neighbours, specks lie about. ``crossed``: cells whose whole rows are
    struck through; such a cell is UNCLEAR, and so is a small mark. ``unsigned``: cells that stay
    empty; the first ``ticks`` of the others get a small mark.
    """
    chance = np.random.default_rng(seed)
    picture = paper.copy()
    draw = ImageDraw.Draw(picture)
    truth = []
    for number, cell in enumerate(cells):
        kind = chance.choice([SIGNED, EMPTY, UNCLEAR], p=[0.66, 0.335, 0.005])
        if number in crossed:
            kind = UNCLEAR
        elif number in unsigned:
            kind = EMPTY
        elif number < ticks:
            kind = UNCLEAR
        if kind == SIGNED:
            _signature(draw, cell, chance)
        elif kind == UNCLEAR and number not in crossed:
            _tick(draw, cell, chance)
        elif chance.random() < 0.1:
            _dots(draw, cell, chance)
        truth.append(str(kind))
    for number in crossed:
        _strike(draw, cells[number], chance)
    return picture, tuple(truth)


def _pen(chance: Any) -> tuple[tuple[int, int, int], int]:
    colour, width = list(PENS.values())[chance.integers(len(PENS))]
    return colour, max(2, round(width * PX_PER_MM))


def _signature(draw: ImageDraw.ImageDraw, cell: Box, chance: Any) -> None:
    """Loops from left to right, as a hand makes them, 10 to 20 mm wide, perhaps with a tail."""
    colour, width = _pen(chance)
    room_x, room_y = cell.right - cell.left, cell.bottom - cell.top
    wide = chance.uniform(0.5, 0.95) * room_x
    high = chance.uniform(0.35, 0.8) * min(room_y, 11)
    middle_x = (cell.left + cell.right) / 2 + chance.uniform(-0.1, 0.1) * room_x
    middle_y = (cell.top + cell.bottom) / 2 + chance.uniform(-0.15, 0.15) * room_y
    loops = chance.integers(3, 8)
    t = np.linspace(0, 1, 160)
    phase = chance.uniform(0, 2 * math.pi, 3)
    swing = 0.5 * (1 - 0.5 * t * chance.uniform(0, 1))
    x = middle_x + wide * (t - 0.5) + 0.12 * wide * np.sin(2 * math.pi * loops * t + phase[0])
    y = middle_y + high * swing * np.sin(2 * math.pi * loops * t + phase[1]) * (
        0.7 + 0.3 * np.sin(2 * math.pi * t + phase[2])
    )
    _path(draw, x, y, colour, width)
    if chance.random() < 0.4:  # a flourish beneath, or a letter that falls into the row below
        u = np.linspace(0, 1, 40)
        drop = chance.uniform(0.3, 0.75) * high
        _path(
            draw, middle_x - 0.3 * wide + 0.7 * wide * u,
            middle_y + 0.2 * high + drop * np.sin(math.pi * u), colour, width,
        )  # fmt: skip
    if chance.random() < 0.25:  # a pen that leaves the cell sideways
        u = np.linspace(0, 1, 30)
        away = chance.uniform(2, 6) * chance.choice([-1, 1])
        start = middle_x + math.copysign(wide / 2, away)
        _path(draw, start + away * u, middle_y + 0.8 * np.sin(3 * u), colour, width)


def _path(draw: ImageDraw.ImageDraw, x: Any, y: Any, colour: Any, width: int) -> None:
    points = [(float(a) * PX_PER_MM, float(b) * PX_PER_MM) for a, b in zip(x, y, strict=True)]
    draw.line(points, fill=colour, width=width, joint="curve")


def _tick(draw: ImageDraw.ImageDraw, cell: Box, chance: Any) -> None:
    """A small mark that is no signature and not nothing."""
    colour, width = _pen(chance)
    x = np.array([0, 0.8, 2.4]) + (cell.left + cell.right) / 2
    y = np.array([0, 1.2, -1.8]) + (cell.top + cell.bottom) / 2
    _path(draw, x, y, colour, width)


def _dots(draw: ImageDraw.ImageDraw, cell: Box, chance: Any) -> None:
    for _ in range(chance.integers(1, 4)):
        x = chance.uniform(cell.left + 1, cell.right - 1) * PX_PER_MM
        y = chance.uniform(cell.top + 1, cell.bottom - 1) * PX_PER_MM
        size = chance.uniform(0.1, 0.4) * PX_PER_MM
        draw.ellipse([x - size, y - size, x + size, y + size], fill=(40, 40, 60))


def _strike(draw: ImageDraw.ImageDraw, cell: Box, chance: Any) -> None:
    """A pen drawn through the whole row, from the first column to the last."""
    colour, width = _pen(chance)
    t = np.linspace(0, 1, 60)
    y = (cell.top + cell.bottom) / 2 + chance.uniform(-1, 1) + 0.4 * np.sin(9 * t)
    _path(draw, 32 + 161 * t, y, colour, width)


def spoil(picture: Image.Image, *, seed: int, kind: str) -> bytes:
    """A JPEG as it comes back: ``kind`` flatbed | photo | dark | copy | fax | thumb | stapled."""
    chance = np.random.default_rng(seed + 7)
    dpi = {"flatbed": 150, "fax": 200, "copy": 150}.get(kind, int(chance.integers(130, 190)))
    width, height = (round(side * dpi / 25.4 / PX_PER_MM) for side in picture.size)
    if kind == "stapled":
        _staple(picture, chance)
    picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    quality = int(chance.integers(60, 90))
    blur = 0.0
    if kind in ("photo", "dark", "thumb", "stapled"):
        blur = chance.uniform(0.03, 0.12)
        quality = int(chance.choice([30, 45, 70]))
    if blur:
        picture = picture.filter(ImageFilter.GaussianBlur(blur * dpi / 25.4))
    turn = float(chance.choice([0, 90, 180, 270]) + chance.uniform(-4, 4))
    perspective = 0.0 if kind in ("flatbed", "copy", "fax") else chance.uniform(0.005, 0.035)
    if kind in ("flatbed", "copy", "fax"):
        turn = float(chance.choice([0, 180]) + chance.uniform(-1.5, 1.5))
    if kind == "thumb":
        _thumb(picture, chance)
    if turn or perspective:
        picture = scans._laid_on_a_desk(picture, turn, perspective, chance)
    if kind in ("dark", "photo", "thumb"):
        shadow = chance.uniform(0.35, 0.6) if kind == "dark" else chance.uniform(0.05, 0.35)
        picture = scans._shaded(picture, shadow, chance)
    if kind == "copy":
        picture = scans._copied(picture, chance)
    if kind == "dark":
        picture = scans._noisy(picture, 6, chance)
    if kind == "fax":
        picture = picture.convert("L").point(lambda value: 255 if value >= 165 else 0)
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def _staple(picture: Image.Image, chance: Any) -> None:
    draw = ImageDraw.Draw(picture)
    x, y = chance.uniform(14, 40) * PX_PER_MM, chance.uniform(10, 20) * PX_PER_MM
    draw.line([x, y, x + 8 * PX_PER_MM, y - 6 * PX_PER_MM], fill=(90, 90, 95), width=7)


def _thumb(picture: Image.Image, chance: Any) -> None:
    """Over one corner, with its mark."""
    draw = ImageDraw.Draw(picture)
    width, height = picture.size
    scale = width / 210
    x, y = (width, 0) if chance.random() < 0.5 else (0, 0)
    box = [x - 22 * scale, y - 34 * scale, x + 22 * scale, y + 34 * scale]
    draw.ellipse(box, fill=(205, 150, 125))


KINDS = ("flatbed", "photo", "dark", "copy", "fax", "thumb", "stapled")


def come_back(paper: Paper, number: int) -> tuple[bytes, tuple[str, ...]]:
    """The page as the ``number``-th of a mixed heap: (JPEG, what is in each cell)."""
    crossed: list[int] = []
    if number % 5 == 0:  # one row in every fifth page is struck out
        tops = sorted({cell.top for cell in paper.cells})
        struck = tops[number * 7 % len(tops)]
        crossed = [place for place, cell in enumerate(paper.cells) if cell.top == struck]
    picture, truth = sign(paper.picture, paper.cells, seed=number, crossed=crossed)
    return spoil(picture, seed=number, kind=KINDS[number % len(KINDS)]), truth
