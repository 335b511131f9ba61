"""Laying a page flat by its square code and its four corner marks. Child only.

Lengths are millimetres on paper from the top left corner; pictures are BGR arrays.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.scans.refused import Refused

Picture = NDArray[Any]
Points = NDArray[Any]  # n × 2

PX_PER_MM = 6  # of the flat picture: 152 dpi
MOST_OFF_MM = 2.0  # how far the code may lie from where the marks say
FEWEST_MARKS = 3
_REACH_MM = (9, 30, 45)  # how far a mark may be from where it is expected: first, next, last


@dataclass(frozen=True)
class PageShape:
    """What is drawn on every page: the paper's size, the marks' middles and side, the code's box."""

    size: tuple[float, float]
    marks: tuple[tuple[float, float], ...]  # top left, top right, bottom left, bottom right
    mark_side: float
    code: tuple[float, float, float]  # left, top, side of the modules without quiet zone

    @property
    def code_corners(self) -> Points:
        left, top, side = self.code
        right, bottom = left + side, top + side
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)


@dataclass(frozen=True)
class FlatPage:
    """``picture``: the paper alone, PX_PER_MM; ``marks``: how many were found."""

    picture: Picture
    marks: int


def lay_flat(picture: Picture, code: Points, shape: PageShape) -> FlatPage:
    """The page of the code as it was printed. ``code``: its corners in pixels, its own top left
    first. Raises Refused("marks") when too few marks are seen or they do not fit the code."""
    side = float(np.mean(np.linalg.norm(code - np.roll(code, -1, axis=0), axis=1)))
    if side < 20:
        raise Refused("marks", detail="code too small")
    scale = side / shape.code[2]
    seen = _squares(picture, code, scale * shape.mark_side)
    found = _assigned(seen, code, shape, scale)
    if len(found) < FEWEST_MARKS:
        raise Refused("marks", detail=f"{len(found)} marks")
    matrix = _matrix(found, code, shape)
    _ensure_fits(matrix, code, shape)
    width, height = (round(length * PX_PER_MM) for length in shape.size)
    to_pixels = np.diag([PX_PER_MM, PX_PER_MM, 1.0])
    flat = cv2.warpPerspective(
        picture, to_pixels @ matrix, (width, height),
        flags=cv2.INTER_AREA if scale > PX_PER_MM else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255),
    )  # fmt: skip
    return FlatPage(flat, len(found))


def _squares(picture: Picture, code: Points, side: float) -> Points:
    """Middles of dark squares of about this side, in pixels."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    light = grey.astype(np.float32) / _ground(grey, side)
    dark = (light < _black_level(light, code)).astype(np.uint8)
    outlines, _ = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    middles = []
    for outline in outlines:
        area = cv2.contourArea(outline)
        if not 0.35 < area / side**2 < 2.2:
            continue
        (x, y), (width, height), _ = cv2.minAreaRect(outline)
        if min(width, height) / max(width, height) > 0.6 and area / (width * height) > 0.78:
            middles.append((x, y))
    return np.array(middles, float).reshape(-1, 2)


def _ground(grey: Picture, side: float) -> Picture:
    """The paper's brightness at every point: what is darker is ink or a mark."""
    factor = max(1.0, side / 6)
    small = cv2.resize(grey, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (15, 15))
    paper = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), (0, 0), 6)
    size = (grey.shape[1], grey.shape[0])
    return np.maximum(cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR), 1).astype(np.float32)


def _black_level(light: Picture, code: Points) -> float:
    """Half way between the code's black and its white."""
    left, top = np.maximum(code.min(axis=0).astype(int), 0)
    right, bottom = code.max(axis=0).astype(int) + 1
    part = np.clip(light[top:bottom, left:right] * 200, 0, 255).astype(np.uint8)
    if part.size < 100:
        raise Refused("marks", detail="code outside")
    level, _ = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return float(level) / 200


def _assigned(
    seen: Points, code: Points, shape: PageShape, scale: float
) -> dict[int, tuple[float, float]]:
    """Which square is which mark: the nearest to the code first, each found one helps the next."""
    middle = shape.code_corners.mean(axis=0)
    order = sorted(range(4), key=lambda n: float(np.linalg.norm(shape.marks[n] - middle)))
    best: dict[int, tuple[float, float]] = {}
    best_worth = -1.0
    for skipped in [(), *itertools.combinations(range(4), 1)]:
        found: dict[int, tuple[float, float]] = {}
        for number in order:
            if number in skipped or not len(seen):
                continue
            expected = _moved(_guess(found, code, shape), [shape.marks[number]])[0]
            away = np.linalg.norm(seen - expected, axis=1)
            nearest = int(away.argmin())
            if away[nearest] < _REACH_MM[min(len(found), 2)] * scale:
                found[number] = (float(seen[nearest][0]), float(seen[nearest][1]))
        if len(found) < FEWEST_MARKS:
            continue
        worth = len(found) - _misfit(_matrix(found, code, shape), code, shape)
        if worth > best_worth:
            best, best_worth = found, worth
        if len(found) == 4 and worth > 4 - MOST_OFF_MM / 2:
            break
    return best


def _guess(found: dict[int, tuple[float, float]], code: Points, shape: PageShape) -> Points:
    """From paper to picture by the code and the marks known so far; perspective needs three."""
    paper = np.array([*shape.code_corners, *(shape.marks[n] for n in found)], float)
    seen = np.array([*code, *found.values()], float)
    if len(found) < 3:
        flat = np.column_stack([paper, np.ones(len(paper))])
        affine = np.linalg.lstsq(flat, seen, rcond=None)[0].T
        return np.vstack([affine, (0, 0, 1)])
    matrix, _ = cv2.findHomography(paper, seen)
    return matrix if matrix is not None else np.eye(3)


def _matrix(found: dict[int, tuple[float, float]], code: Points, shape: PageShape) -> Points:
    """From picture to paper. With all four marks they decide, otherwise the code helps."""
    paper = [shape.marks[n] for n in found]
    seen = list(found.values())
    if len(found) < 4:
        paper, seen = [*paper, *shape.code_corners], [*seen, *code]
    matrix, _ = cv2.findHomography(np.array(seen, float), np.array(paper, float))
    if matrix is None:
        raise Refused("marks", detail="no perspective fits")
    return np.asarray(matrix)


def _misfit(matrix: Points, code: Points, shape: PageShape) -> float:
    """Millimetres between the code's corners and where they were printed, the mean."""
    away = np.linalg.norm(_moved(matrix, code) - shape.code_corners, axis=1)
    return float(away.mean())


def _ensure_fits(matrix: Points, code: Points, shape: PageShape) -> None:
    misfit = _misfit(matrix, code, shape)
    if misfit > MOST_OFF_MM:
        raise Refused("marks", detail=f"code {misfit:.1f} mm off")


def _moved(matrix: Points, points: Any) -> Points:
    moved: Points = cv2.perspectiveTransform(np.array([points], float), matrix)[0]
    return moved
