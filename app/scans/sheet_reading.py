"""Signed attendance sheets, read in the limited process: what stands in which cell.

The pages are those `read_scan` gave, with a square code of a sheet found on them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.children import ChildFailed
from app.scans import reading
from app.scans.errors import ScanRefused

logger = logging.getLogger(__name__)

VERDICTS = frozenset({"signed", "empty", "doubtful"})
PROBLEMS = frozenset({"marks", "damaged"})
SECONDS_A_PAGE = 2
Corners = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class SheetShape:
    """What every page carries, in mm from the top left: ``marks``, the middles of the corner marks
    (top left, top right, bottom left, bottom right); ``code``: left, top, side of its modules."""

    size: tuple[float, float]
    marks: tuple[tuple[float, float], ...]
    mark_side: float
    code: tuple[float, float, float]


@dataclass(frozen=True)
class SheetToRead:
    """``code``: its corners in pixels of the JPEG; ``cells``: left, top, right, bottom in mm."""

    jpeg: bytes
    code: Corners
    cells: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class CellRead:
    """``verdict``: signed, empty or doubtful; ``score`` 0–1; ``box``: left, top, width, height in
    pixels of the flat page."""

    verdict: str
    score: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class SheetRead:
    """A page laid flat as JPEG, upright, and its cells; ``problem``: why not, "" when it was read
    (marks: too few corner marks are seen)."""

    jpeg: bytes
    width: int
    height: int
    cells: tuple[CellRead, ...]
    problem: str = ""


def read_sheets(pages: Sequence[SheetToRead], shape: SheetShape) -> list[SheetRead]:
    """One answer per page, in order. Raises ScanRefused when the reader itself fails."""
    if not pages:
        return []
    seconds = 10 + SECONDS_A_PAGE * len(pages)
    options = {
        "kind": "SHEETS",
        "seconds": seconds,
        "memory_mb": reading.MEMORY_MB,
        "answer_mb": 32,
        "shape": {
            "size": shape.size, "marks": shape.marks, "mark_side": shape.mark_side,
            "code": shape.code,
        },
        "pages": [
            {"bytes": len(page.jpeg), "code": page.code, "cells": page.cells} for page in pages
        ],
    }  # fmt: skip
    try:
        answer = reading.READER.ask(b"".join(page.jpeg for page in pages), options, seconds=seconds)
    except ChildFailed as failure:
        logger.warning("sheets refused: %s", failure)
        raise ScanRefused(failure.code) from failure
    return _told(answer, pages)


def _told(answer: bytes, pages: Sequence[SheetToRead]) -> list[SheetRead]:
    """The child's answer, trusted no further than it can be checked. Raises ScanRefused."""
    head, _, pictures = answer.partition(b"\n")
    try:
        told = json.loads(head)
        if error := told.get("error"):
            logger.warning("sheets refused: %s %s", error, str(told.get("detail", ""))[:200])
            raise ScanRefused("damaged")
        return [_page(one, page, pictures) for one, page in zip(told["pages"], pages, strict=True)]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        logger.warning("sheets refused: reader's answer makes no sense")
        raise ScanRefused("damaged") from error


def _page(told: dict[str, Any], page: SheetToRead, pictures: bytes) -> SheetRead:
    if problem := told["problem"]:
        return SheetRead(b"", 0, 0, (), problem if problem in PROBLEMS else "damaged")
    start, length = int(told["start"]), int(told["bytes"])
    jpeg = pictures[start : start + length]
    cells = tuple(_cell(*one) for one in told["readings"])
    if not jpeg.startswith(b"\xff\xd8\xff") or len(jpeg) != length:
        raise ValueError("no picture where one was told of")
    if len(cells) != len(page.cells):
        raise ValueError("not one reading a cell")
    return SheetRead(jpeg, int(told["width"]), int(told["height"]), cells)


def _cell(verdict: str, score: float, box: Sequence[int]) -> CellRead:
    if verdict not in VERDICTS:
        raise ValueError("no such verdict")
    left, top, width, height = (int(value) for value in box)
    return CellRead(verdict, float(score), (left, top, width, height))
