"""Pictures and PDFs that units send: read in a limited process, kept as our own JPEGs.

The content decides what a file is, never its name. Nothing of the original stays but its hash:
every page is drawn anew, upright, without metadata. The reading itself is in ``child``.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.children import ChildFailed, LimitedChild
from app.scans.errors import ScanRefused, is_known
from app.scans.kinds import kind_of

__all__ = ["MAX_BYTES", "FoundCode", "ReadScan", "ScanPage", "ScanRefused", "read_scan"]

logger = logging.getLogger(__name__)

MAX_BYTES = 20 * 1024 * 1024
SECONDS = 12  # the reading of so many pages, by the clock
PAGES = 20
CODE_SECONDS = 0.9  # processor time to look for a code on one page
MEMORY_MB = 900
_ANSWER_MB = 32
READER = LimitedChild(Path(__file__).with_name("child.py"))


@dataclass(frozen=True)
class FoundCode:
    """A square code. ``corners``: its own top left, top right, bottom right, bottom left, in pixels
    of the stored page."""

    text: str
    corners: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ScanPage:
    """A page drawn anew: JPEG without metadata, upright as far as is known; sizes in pixels.

    ``codes``: all square codes found, those that look like ours first.
    """

    jpeg: bytes
    width: int
    height: int
    codes: tuple[FoundCode, ...]


@dataclass(frozen=True)
class ReadScan:
    """``media_type``, ``size`` in bytes and ``sha256`` (hex) are of the bytes as sent."""

    media_type: str
    size: int
    sha256: str
    pages: tuple[ScanPage, ...]


def read_scan(content: bytes, *, max_pages: int = PAGES) -> ReadScan:
    """The pages of a PDF, JPEG, PNG or HEIC. Raises ScanRefused (413, 422, or 503 when busy)."""
    if len(content) > MAX_BYTES:
        size, limit = -(-len(content) // 1024**2), MAX_BYTES // 1024**2
        raise ScanRefused("too_big", size=size, limit=limit)
    kind = kind_of(content)
    answer = _ask_child(content, {"kind": kind.name, "max_pages": max_pages})
    return ReadScan(
        media_type=kind.value,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pages=_pages(answer),
    )


def _ask_child(content: bytes, options: dict[str, Any]) -> bytes:
    """What the child wrote: a line of JSON, then the pictures. Raises ScanRefused."""
    seconds = SECONDS * -(-options.get("max_pages", PAGES) // PAGES)
    limits = {
        "seconds": seconds,
        "code_seconds": CODE_SECONDS,
        "memory_mb": MEMORY_MB,
        "answer_mb": _ANSWER_MB,
    }
    try:
        return READER.ask(content, options | limits, seconds=seconds)
    except ChildFailed as failure:
        logger.warning("scan refused: %s", failure)
        raise ScanRefused(failure.code) from failure


def _pages(answer: bytes) -> tuple[ScanPage, ...]:
    """The child's answer, trusted no further than it can be checked. Raises ScanRefused."""
    head, _, pictures = answer.partition(b"\n")
    try:
        told = json.loads(head)
        if error := told.get("error"):
            logger.warning("scan refused: %s %s", error, str(told.get("detail", ""))[:200])
            values = {name: int(value) for name, value in told.get("values", {}).items()}
            raise ScanRefused(error if is_known(error) else "damaged", **values)
        return tuple(_page(page, pictures) for page in told["pages"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        logger.warning("scan refused: reader's answer makes no sense")
        raise ScanRefused("damaged") from error


def _page(told: dict[str, Any], pictures: bytes) -> ScanPage:
    start, length = int(told["start"]), int(told["bytes"])
    jpeg = pictures[start : start + length]
    if not jpeg.startswith(b"\xff\xd8\xff") or len(jpeg) != length:
        raise ValueError("no picture where one was told of")
    codes = tuple(
        FoundCode(str(text), tuple((int(x), int(y)) for x, y in corners))
        for text, corners in told["codes"]
    )
    return ScanPage(jpeg, int(told["width"]), int(told["height"]), codes)
