"""From what an opener gives to the pages that are kept. Runs in the child only."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from app.scans import codes

LONG_SIDE = 2200  # pixels of a stored page: 188 dpi on A4
MAX_JPEG = 480_000
ALL_PAGES = 4  # times the time for one page is the time for all
_QUALITIES = (80, 70, 60, 50, 40, 30)


@dataclass(frozen=True)
class Sheet:
    """A page as opened: ``picture`` in L or RGB, at most LONG_SIDE; ``finer`` gives the same page
    in grey with more detail, or None when there is no more."""

    picture: Image.Image
    finer: Callable[[], Image.Image | None]


@dataclass(frozen=True)
class Page:
    """A page as it will be stored, and the square codes on it."""

    jpeg: bytes
    width: int
    height: int
    codes: list[codes.Found]

    def told(self) -> dict[str, Any]:
        """For the parent, as JSON."""
        found = [[code.text, code.corners] for code in self.codes]
        return {
            "width": self.width,
            "height": self.height,
            "bytes": len(self.jpeg),
            "codes": found,
        }


def opener_of(kind: str) -> Callable[[io.BytesIO, int], Iterator[Sheet]]:
    """The function that opens this kind, its libraries loaded while files may still be opened."""
    module = importlib.import_module("app.scans.pdfs" if kind == "PDF" else "app.scans.pictures")
    opener: Callable[[io.BytesIO, int], Iterator[Sheet]] = module.opener(kind)
    return opener


def read(sheets: Iterator[Sheet], code_seconds: float) -> list[Page]:
    """All pages, each turned upright by its code, which is looked for so long at most."""
    budget = codes.Budget(page=code_seconds, rest=ALL_PAGES * code_seconds)
    return [_page(sheet, budget) for sheet in sheets]


def _page(sheet: Sheet, budget: codes.Budget) -> Page:
    found = codes.find(sheet.picture.convert("L"), sheet.finer, budget)
    picture = sheet.picture
    turns = codes.quarter_turns(found)
    if turns:
        found = [code.turned(turns, picture.size) for code in found]
        picture = picture.transpose(_TRANSPOSE[turns])
    return Page(_jpeg(picture), *picture.size, found)


_TRANSPOSE = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}


def _jpeg(picture: Image.Image) -> bytes:
    """As good as fits; noise and photographs of wood get a lower quality."""
    clean = Image.frombytes(
        picture.mode, picture.size, picture.tobytes()
    )  # no metadata comes along
    for quality in _QUALITIES:
        file = io.BytesIO()
        clean.save(file, "JPEG", quality=quality, subsampling="4:2:0")
        if file.tell() <= MAX_JPEG:
            break
    return file.getvalue()


def fitted(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """The size with this long side, in proportion."""
    longest = max(size)
    width, height = (max(1, round(side * long_side / longest)) for side in size)
    return width, height
