"""Finding square codes on a page, wherever and however they lie. Child only.

Cheap looks come first. The search goes on until a code of ours is found (32 digits whose parts
make sense) or the budget of processor time is used up, so that it ends alike on a busy machine.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import zxingcpp
from PIL import Image, ImageChops, ImageFilter, ImageOps

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]  # x' = ax + by + c, y' = dx + ey + f

_OURS = re.compile(r"[1-4](?!0000)[0-9]{4}(?!0000000)[0-9]{7}[0-9]{20}", re.ASCII)
_SQUARE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_IDENTITY: Matrix = (1, 0, 0, 0, 1, 0)
MAX_CODES = 40
MAX_TEXT = 200
CHEAP_LOOKS = 2  # that every page gets, also when the budget is used up
SMALL = 1800  # pixels; smaller pages are also looked at enlarged


@dataclass
class Budget:
    """Processor time in seconds: for a page, and for all pages together."""

    page: float
    rest: float
    until: float = field(default=0.0, init=False)
    began: float = field(default=0.0, init=False)

    def begin(self) -> None:
        self.began = time.process_time()
        self.until = self.began + min(self.page, self.rest)

    def end(self) -> None:
        self.rest = max(0.0, self.rest - (time.process_time() - self.began))

    def is_used(self) -> bool:
        return time.process_time() >= self.until


@dataclass(frozen=True)
class Found:
    """A code's text and its own four corners (top left, then clockwise) on the page."""

    text: str
    corners: tuple[tuple[int, int], ...]

    @property
    def is_ours(self) -> bool:
        return bool(_OURS.fullmatch(self.text))

    def turned(self, turns: int, size: tuple[int, int]) -> Found:
        """After that many quarter turns to the left of a page of this size."""
        corners = self.corners
        width, height = size
        for _ in range(turns):
            corners = tuple((y, width - 1 - x) for x, y in corners)
            width, height = height, width
        return Found(self.text, corners)


def quarter_turns(found: list[Found]) -> int:
    """Quarter turns to the left that make the first code of ours stand upright."""
    ours = next((code for code in found if code.is_ours), None)
    if ours is None:
        return 0
    (ax, ay), (bx, by) = ours.corners[0], ours.corners[1]
    dx, dy = bx - ax, by - ay
    if abs(dx) >= abs(dy):
        return 0 if dx > 0 else 2
    return 1 if dy > 0 else 3


def find(page: Image.Image, finer: Callable[[], Image.Image | None], budget: Budget) -> list[Found]:
    """All codes on a grey page, ours first. ``finer`` is asked for more detail when needed."""
    budget.begin()
    found: dict[str, Found] = {}
    try:
        for number, look in enumerate(_looks(page, finer), start=1):
            for code in look.read():
                found.setdefault(code.text, code)
            if any(code.is_ours for code in found.values()):
                break
            if number >= CHEAP_LOOKS and budget.is_used():
                break
    finally:
        budget.end()
    return sorted(found.values(), key=lambda code: not code.is_ours)[:MAX_CODES]


@dataclass(frozen=True)
class _Look:
    """A picture to look at, the way back to the page, and how black is told from white."""

    picture: Image.Image
    back: Matrix = _IDENTITY
    binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage

    def read(self) -> list[Found]:
        seen = zxingcpp.read_barcodes(
            self.picture, formats=_SQUARE, binarizer=self.binarizer,
            text_mode=zxingcpp.TextMode.Plain,
        )  # fmt: skip
        return [
            Found(one.text[:MAX_TEXT], _corners(one.position, self.back))
            for one in seen
            if one.valid
        ]


def _corners(position: zxingcpp.Position, back: Matrix) -> tuple[tuple[int, int], ...]:
    points = (
        position.top_left, position.top_right, position.bottom_right, position.bottom_left,
    )  # fmt: skip
    a, b, c, d, e, f = back
    return tuple(
        (round(a * point.x + b * point.y + c), round(d * point.x + e * point.y + f))
        for point in points
    )


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _evened(picture: Image.Image, radius: int) -> Image.Image:
    """Shadows taken out: each point against the mean of its neighbourhood, then stretched."""
    mean = picture.filter(ImageFilter.BoxBlur(radius))
    return ImageOps.autocontrast(ImageChops.subtract(picture, mean, scale=0.5, offset=160), 1)


def _without_lines(
    picture: Image.Image, steps: tuple[int, ...] = (1, 1), *, light: bool = False
) -> Image.Image:
    """Dark lines (streaks of a copier, hairs) as wide as the steps together filled up; or light
    ones. What is wider keeps its size."""
    wider, narrower = ImageChops.lighter, ImageChops.darker
    if light:
        wider, narrower = narrower, wider
    for change, way in ((wider, 1), (narrower, -1)):
        for step in steps:
            picture = change(picture, ImageChops.offset(picture, way * step, 0))
            picture = change(picture, ImageChops.offset(picture, 0, way * step))
    return picture


def _looks(page: Image.Image, finer: Callable[[], Image.Image | None]) -> Iterator[_Look]:
    """From cheap and likely to dear and unlikely; each takes 10 to 150 ms."""
    yield _Look(page)
    yield _Look(_without_lines(page))
    fine = finer()
    if fine is None and max(page.size) < SMALL:
        fine = _scaled(page, 2)
    if fine is None:
        fine = page
    back = _shrink(page, fine)
    if fine is not page:
        yield _Look(fine, back)
        wide = _without_lines(fine, (1, 2, 2)).filter(ImageFilter.GaussianBlur(1))
        yield _Look(wide, back)
    soft = fine.filter(ImageFilter.GaussianBlur(1.5))
    yield _Look(soft, back)
    yield _Look(soft.filter(ImageFilter.UnsharpMask(6, 300, 0)), back)
    even = _evened(soft, max(soft.size) // 60)
    yield _Look(even, back)
    yield _Look(_without_lines(even), back)
    yield _Look(_without_lines(soft, light=True), back)
    half = page.reduce(2)
    yield _Look(half, _shrink(page, half))
    yield _Look(page, binarizer=zxingcpp.Binarizer.GlobalHistogram)
    double = _scaled(soft, 2 if fine is page else 1.5).filter(ImageFilter.GaussianBlur(1.5))
    yield _Look(double.filter(ImageFilter.UnsharpMask(10, 300, 0)), _shrink(page, double))
    for angle in (45, 22, 68):
        turned = soft.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        yield _Look(turned, _after(_unturned(soft.size, turned.size, angle), back))
    yield _Look(page.filter(ImageFilter.MedianFilter(3)))


def _after(first: Matrix, scale: Matrix) -> Matrix:
    """First the one, then a scaling."""
    a, b, c, d, e, f = first
    across, down = scale[0], scale[4]
    return (across * a, across * b, across * c, down * d, down * e, down * f)


def _shrink(page: Image.Image, larger: Image.Image) -> Matrix:
    return (page.width / larger.width, 0, 0, 0, page.height / larger.height, 0)


def _unturned(size: tuple[int, int], turned: tuple[int, int], angle: float) -> Matrix:
    """From a page turned to the left by `angle` degrees back to the page."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    cx, cy = turned[0] / 2, turned[1] / 2
    x, y = size[0] / 2, size[1] / 2
    return (cos, -sin, x - cos * cx + sin * cy, sin, cos, y - sin * cx - cos * cy)
