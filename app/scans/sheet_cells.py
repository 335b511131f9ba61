"""What stands in the cells of a page laid flat: a signature, nothing, or something doubtful.

Child only. A cell is told by what was written in it: strokes that come over from a neighbour
belong to the neighbour, dots and staples to nobody, and a line through the row to the row. What is
neither clearly a signature nor clearly nothing is doubtful: a person looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.scans.sheet_marks import PX_PER_MM

Picture = NDArray[Any]

WEAK_INK, STRONG_INK = 0.11, 0.22  # share of the paper's light that is missing
LINE_MM = 0.32  # half of what is taken away around a printed line
SEARCH_MM = 2.2  # how far a printed line may lie from where it was printed
DOT_MM = 1.3  # specks up to this size in both directions are no writing
OWN_SHARE = 0.62  # of a stroke's way in one cell makes it that cell's
GUEST_MM = 14.0  # so much of a neighbour's stroke may hang into a cell
WHOLE_SHARE = 0.5  # of the cell's width that a signature grown together with another spans
SIGNED_MM, SIGNED_WIDTH_MM, SIGNED_HEIGHT_MM = 9.0, 4.0, 2.0  # stroke length and extent
EMPTY_MM = 2.5  # stroke length up to which a cell is empty
FILLED_SHARE = 0.75  # of a cell covered: a thumb, a stamp, a blot
EDGE_MM = 1.3  # a stroke so near to a line touches it
EDGE_PX = round(EDGE_MM * PX_PER_MM)
_EDGE = np.ones((2 * EDGE_PX + 1, 2 * EDGE_PX + 1), np.uint8)
BEYOND_MM = 6.0  # a line through a row comes from so far to the left at least
CROSSED_SHARE = 0.94  # of a straight line from side to side that is ink
STREAK_MM = 28  # an upright line so long is a copier's streak


@dataclass(frozen=True)
class Cell:
    """Where it was printed, in millimetres."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Reading:
    """``score``: 0 nothing … 1 certainly signed; ``box``: left, top, width, height in pixels."""

    verdict: str  # signed | empty | doubtful
    score: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class _Part:
    """A stroke within one cell: its extent and the pen's way there in mm.

    ``share``: of the whole stroke's way. ``came_over``: its ink goes on beyond the cell's line.
    """

    left: float
    top: float
    right: float
    bottom: float
    length: float
    share: float
    came_over: bool


@dataclass(frozen=True)
class _Stroke:
    """One connected piece of ink: its size in mm, and its parts by cell."""

    wide: float
    high: float
    parts: dict[int, _Part]

    @property
    def is_dot(self) -> bool:
        return max(self.wide, self.high) < DOT_MM


def read_cells(picture: Picture, cells: list[Cell]) -> list[Reading]:
    """One reading per cell, in their order."""
    if not cells:
        return []
    ink = _ink(picture)
    boxes = _boxes(ink, cells)
    strokes = _strokes(ink, boxes)
    struck = _struck_rows(ink, cells, boxes)
    return [
        _judge(number, box, ink, strokes, crossed=cells[number].top in struck)
        for number, box in enumerate(boxes)
    ]


def _ink(picture: Picture) -> Picture:
    """Share of light missing at each point, in the colour in which most is missing."""
    ink = np.zeros(picture.shape[:2], np.float32)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9))
    for channel in cv2.split(picture):
        small = cv2.resize(channel, None, fx=1 / 4, fy=1 / 4, interpolation=cv2.INTER_AREA)
        paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), (0, 0), 4)
        size = (channel.shape[1], channel.shape[0])
        ground = np.maximum(cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR), 8)
        ink = np.maximum(ink, 1 - channel / ground)
    return cv2.GaussianBlur(np.clip(ink, 0, 1), (0, 0), 0.7)


# ---------------------------------------------------------------- printed lines


def _boxes(ink: Picture, cells: list[Cell]) -> list[tuple[float, float, float, float]]:
    """Where the cells' lines really are: left, top, right, bottom in pixels.

    Each line is looked for near where it was printed; those not seen follow their neighbours.
    """
    mm = PX_PER_MM
    columns: dict[tuple[float, float], list[Cell]] = {}
    for cell in cells:
        columns.setdefault((cell.left, cell.right), []).append(cell)
    level: dict[tuple[float, float], float] = {}  # (left of the column, y as printed) → y seen
    upright: dict[tuple[float, float], float] = {}  # (x as printed, top of the row) → x seen
    for (left, right), column in columns.items():
        across = ((left + 0.8) * mm, (right - 0.8) * mm)
        heights = sorted({y for cell in column for y in (cell.top, cell.bottom)})
        seen = {y: _line_at(ink, y * mm, across, upright=False) for y in heights}
        level |= {(left, y): y * mm + shift for y, shift in _followed(seen).items()}
        for x in (left, right):
            near = {
                cell.top: _line_at(
                    ink, x * mm, ((cell.top - 6) * mm, (cell.bottom + 6) * mm), upright=True
                )
                for cell in column
            }
            upright |= {(x, top): x * mm + shift for top, shift in _followed(near).items()}
    return [
        (
            upright[cell.left, cell.top], level[cell.left, cell.top],
            upright[cell.right, cell.top], level[cell.left, cell.bottom],
        )
        for cell in cells
    ]  # fmt: skip


def _line_at(
    ink: Picture, place: float, span: tuple[float, float], *, upright: bool
) -> float | None:
    """Pixels from `place` to the printed line near it, or None when none is seen.

    A printed line is dark along most of its span: the median tells it from handwriting.
    """
    field = ink.T if upright else ink
    reach = round(SEARCH_MM * PX_PER_MM)
    first = round(place) - reach
    part = field[max(first, 0) : round(place) + reach + 1, max(round(span[0]), 0) : round(span[1])]
    if part.shape[0] < 3 or part.shape[1] < 8:
        return None
    # A tilted line is met in pieces, each at its own height.
    pieces = np.array_split(part, 4, axis=1)
    found = []
    for piece in pieces:
        profile = np.median(piece, axis=1)
        peak = int(profile.argmax())
        if profile[peak] > max(WEAK_INK, 3 * float(np.median(profile))):
            found.append(max(first, 0) + peak - place)
    return float(np.median(found)) if len(found) >= 2 else None


def _followed(shifts: dict[float, float | None]) -> dict[float, float]:
    """Unseen lines, and those that disagree with their neighbours, take the neighbours' shift."""
    places = sorted(shifts)
    seen = [place for place in places if shifts[place] is not None]
    if not seen:
        return dict.fromkeys(places, 0.0)
    values = [float(shifts[place] or 0) for place in seen]
    result = {}
    for place in places:
        nearest = sorted(range(len(seen)), key=lambda n: abs(seen[n] - place))[:5]
        around = float(np.median([values[n] for n in nearest]))
        own = shifts[place]
        limit = 0.6 * PX_PER_MM
        result[place] = own if own is not None and abs(own - around) <= limit else around
    return result


# ---------------------------------------------------------------- strokes


def _strokes(ink: Picture, boxes: list[tuple[float, float, float, float]]) -> list[_Stroke]:
    """The handwriting in and around the cells, printed lines taken away."""
    pad = 3 * PX_PER_MM
    left = max(0, int(min(b[0] for b in boxes) - pad))
    top = max(0, int(min(b[1] for b in boxes) - pad))
    right = min(ink.shape[1], int(max(b[2] for b in boxes) + pad))
    bottom = min(ink.shape[0], int(max(b[3] for b in boxes) + pad))
    part = ink[top:bottom, left:right]
    written, owner = _without_lines(part, boxes, left, top)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(written, connectivity=8)
    strong = part > STRONG_INK
    strokes = []
    for label in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[label])
        window = (slice(y, y + height), slice(x, x + width))
        mask = labels[window] == label
        if area < 6 or not (strong[window] & mask).any():
            continue
        near = tuple(slice(max(0, one.start - EDGE_PX), one.stop + EDGE_PX) for one in window)
        parts = _parts(
            labels[near] == label,
            owner[near],
            written[near] > 0,
            (left + near[1].start, top + near[0].start),
        )
        strokes.append(_Stroke(width / PX_PER_MM, height / PX_PER_MM, parts))
    return strokes


def _parts(
    mask: Picture, owner: Picture, written: Picture, corner: tuple[int, int]
) -> dict[int, _Part]:
    """A stroke by cells; ``corner`` is where its picture lies on the page, in pixels."""
    ridge, way = _ridge(mask)
    ys, xs = np.nonzero(ridge)
    cells = owner[ys, xs]
    parts = {}
    for cell in (int(one) for one in np.unique(cells) if one >= 0):
        inside = cells == cell
        x, y = (values[inside] for values in (xs + corner[0], ys + corner[1]))
        around = cv2.dilate((mask & (owner == cell)).astype(np.uint8), _EDGE) > 0
        parts[cell] = _Part(
            x.min() / PX_PER_MM, y.min() / PX_PER_MM, x.max() / PX_PER_MM, y.max() / PX_PER_MM,
            way * float(inside.mean()), float(inside.mean()),
            bool((written & around & (owner != cell)).any()),
        )  # fmt: skip
    return parts


def _without_lines(
    part: Picture, boxes: list[tuple[float, float, float, float]], left: int, top: int
) -> tuple[Picture, Picture]:
    """(ink as 0 or 1 without the printed lines, number of the cell at each point or -1)."""
    written = (part > WEAK_INK).astype(np.uint8)
    owner = np.full(part.shape, -1, np.int32)
    lines = np.zeros(part.shape, np.uint8)
    thick = max(2, round(2 * LINE_MM * PX_PER_MM))
    for number, (x0, y0, x1, y1) in enumerate(boxes):
        a, b = (round(x0) - left, round(y0) - top), (round(x1) - left, round(y1) - top)
        owner[b[1] - (b[1] - a[1]) : b[1], a[0] : b[0]] = number
        cv2.rectangle(lines, a, b, 1, thick)
    # Table lines go on beyond the cells, to the left.
    for _, y0, _, y1 in boxes:
        for y in (y0, y1):
            cv2.line(lines, (0, round(y) - top), (part.shape[1], round(y) - top), 1, thick)
    lines |= _streaks(written)
    kept = cv2.bitwise_and(written, 1 - lines)
    # A stroke that crosses a line is one stroke: ink on both sides of the line joins through it.
    reach = thick + 3
    upright = cv2.getStructuringElement(cv2.MORPH_RECT, (1, reach))
    level = cv2.getStructuringElement(cv2.MORPH_RECT, (reach, 1))
    joined = cv2.bitwise_or(
        cv2.morphologyEx(kept, cv2.MORPH_CLOSE, upright),
        cv2.morphologyEx(kept, cv2.MORPH_CLOSE, level),
    )
    return cv2.bitwise_or(kept, cv2.bitwise_and(joined, cv2.bitwise_and(lines, written))), owner


def _streaks(written: Picture) -> Picture:
    """Straight upright lines longer than any signature: a copier's streak, a fold."""
    length = cv2.getStructuringElement(cv2.MORPH_RECT, (1, round(STREAK_MM * PX_PER_MM)))
    gaps = cv2.getStructuringElement(cv2.MORPH_RECT, (1, 7))
    wide = cv2.dilate(cv2.morphologyEx(written, cv2.MORPH_CLOSE, gaps), np.ones((1, 5), np.uint8))
    streaks = cv2.morphologyEx(wide, cv2.MORPH_OPEN, length)
    return cv2.erode(streaks, np.ones((1, 3), np.uint8))


def _ridge(mask: Picture) -> tuple[Picture, float]:
    """(the middle of the pen's way, its length in mm: the ink's area over its width)."""
    padded = np.pad(mask.astype(np.uint8), 1)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    ridge = (depth > 0) & (depth >= 0.8 * cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    width = max(1.0, 2 * float(np.median(depth[ridge])) - 0.5)
    return ridge[1:-1, 1:-1], float(mask.sum()) / width / PX_PER_MM


# ---------------------------------------------------------------- the verdict


def _judge(
    number: int,
    box: tuple[float, float, float, float],
    ink: Picture,
    strokes: list[_Stroke],
    *,
    crossed: bool,
) -> Reading:
    own: list[_Part] = []
    shared = 0.0  # strokes of which only a part may be this cell's
    signed_over = False
    for stroke in strokes:
        part = stroke.parts.get(number)
        if part is None or stroke.is_dot or _hangs_in(part, box):
            continue
        if part.share >= OWN_SHARE:
            own.append(part)
        else:
            shared += part.length
            signed_over |= _is_whole(part, (box[2] - box[0]) / PX_PER_MM)
    length = sum(part.length for part in own)
    wide = max((p.right for p in own), default=0.0) - min((p.left for p in own), default=0.0)
    high = max((p.bottom for p in own), default=0.0) - min((p.top for p in own), default=0.0)
    x, y = max(0, round(box[0])), max(0, round(box[1]))
    width, height = round(box[2] - box[0]), round(box[3] - box[1])
    inside = ink[y + 3 : y + height - 3, x + 3 : x + width - 3]
    filled = float((inside > WEAK_INK).mean()) if inside.size else 1.0
    place = (x, y, width, height)
    score = round(min(1.0, length / (2 * SIGNED_MM)), 3)
    if filled > FILLED_SHARE or crossed:
        return Reading("doubtful", score, place)
    if signed_over or (
        length >= SIGNED_MM and wide >= SIGNED_WIDTH_MM and high >= SIGNED_HEIGHT_MM
    ):
        return Reading("signed", max(score, 0.5), place)
    if length + shared <= EMPTY_MM:
        return Reading("empty", score, place)
    return Reading("doubtful", score, place)


def _hangs_in(part: _Part, box: tuple[float, float, float, float]) -> bool:
    """The end of a neighbour's stroke: it comes over a line and stays short of the middle."""
    if not part.came_over or part.length >= GUEST_MM:
        return False
    left, top, right, bottom = (value / PX_PER_MM for value in box)
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    at_level = part.top - top < EDGE_MM or bottom - part.bottom < EDGE_MM
    at_side = part.left - left < EDGE_MM or right - part.right < EDGE_MM
    over_level = part.top < middle_y < part.bottom
    over_side = part.left < middle_x < part.right
    return (at_level and not over_level) or (at_side and not over_side)


def _is_whole(part: _Part, width: float) -> bool:
    """Whether a part of what grew together with a neighbour's is a signature by itself."""
    enough = part.length >= 1.2 * SIGNED_MM and part.bottom - part.top >= SIGNED_HEIGHT_MM
    return enough and part.right - part.left >= WHOLE_SHARE * width


def _struck_rows(
    ink: Picture, cells: list[Cell], boxes: list[tuple[float, float, float, float]]
) -> set[float]:
    """Tops, as printed, of the rows with a line through every cell."""
    tops = {cell.top for cell in cells}
    for cell, box in zip(cells, boxes, strict=True):
        if cell.top in tops and not _is_crossed(ink, box):
            tops.discard(cell.top)
    return tops


def _is_crossed(ink: Picture, box: tuple[float, float, float, float]) -> bool:
    """Whether one straight line comes from the cells before and runs on to the other side, as
    through a row that is struck out."""
    left, top, right, bottom = (round(value) for value in box)
    first, last = max(0, left - round(BEYOND_MM * PX_PER_MM)), right - 2 * EDGE_PX
    part = ink[max(0, top + 3) : bottom - 3, first:last] > WEAK_INK
    if min(part.shape) < EDGE_PX:
        return False
    written = cv2.dilate(part.astype(np.uint8), np.ones((3, 1), np.uint8))
    across = np.arange(written.shape[1])
    starts = np.nonzero(written[:, :3].any(axis=1))[0]
    ends = np.nonzero(written[:, -3:].any(axis=1))[0]
    for start in starts[::2]:
        for end in ends[::2]:
            levels = np.rint(start + (end - start) * across / across[-1]).astype(int)
            if written[levels, across].mean() >= CROSSED_SHARE:
                return True
    return False
