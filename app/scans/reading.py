"""Pictures and PDFs that units send: read in a limited process, kept as our own JPEGs.

The content decides what a file is, never its name. Nothing of the original stays but its hash:
every page is drawn anew, upright, without metadata. The reading itself is in ``child``.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.scans.errors import ScanRefused, is_known
from app.scans.kinds import kind_of

__all__ = ["MAX_BYTES", "FoundCode", "ReadScan", "ScanPage", "ScanRefused", "read_scan"]

logger = logging.getLogger(__name__)

MAX_BYTES = 20 * 1024 * 1024
SECONDS = 12  # the whole reading, by the clock
CODE_SECONDS = 0.9  # processor time to look for a code on one page
PATIENCE = 10  # seconds an upload waits for the one before it
MEMORY_MB = 900
_ANSWER_MB = 32
_CHILD = Path(__file__).with_name("child.py")
_ONE_AT_A_TIME = threading.BoundedSemaphore()  # a web process reads one file; there are few of them


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


def read_scan(content: bytes, *, max_pages: int = 20) -> ReadScan:
    """The pages of a PDF, JPEG, PNG or HEIC. Raises ScanRefused (413, 422, or 503 when busy)."""
    if len(content) > MAX_BYTES:
        size, limit = -(-len(content) // 1024**2), MAX_BYTES // 1024**2
        raise ScanRefused("too_big", size=size, limit=limit)
    kind = kind_of(content)
    if not _ONE_AT_A_TIME.acquire(timeout=PATIENCE):
        logger.warning("scan refused: busy")
        raise ScanRefused("busy")
    try:
        answer = _ask_child(content, {"kind": kind.name, "max_pages": max_pages})
    finally:
        _ONE_AT_A_TIME.release()
    return ReadScan(
        media_type=kind.value,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pages=_pages(answer),
    )


@contextmanager
def _memory_file(content: bytes = b"") -> Iterator[int]:
    """A descriptor of a file that has no name; the child can read or fill it, nothing else."""
    descriptor = os.memfd_create("scan")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _ask_child(content: bytes, options: dict[str, Any]) -> bytes:
    """What the child wrote: a line of JSON, then the pictures. Raises ScanRefused."""
    limits = {
        "seconds": SECONDS,
        "code_seconds": CODE_SECONDS,
        "memory_mb": MEMORY_MB,
        "answer_mb": _ANSWER_MB,
    }
    with _memory_file(content) as given, _memory_file() as filled:
        try:
            done = subprocess.run(  # noqa: S603 - our own script, no shell, fixed arguments
                [sys.executable, "-I", str(_CHILD), json.dumps(options | limits)],
                stdin=given,
                stdout=filled,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                env={},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            logger.warning("scan refused: took longer than %d s", SECONDS)
            raise ScanRefused("too_slow") from error
        if done.returncode:
            logger.warning("scan refused: reader ended with %d", done.returncode)
            timed_out = done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
            raise ScanRefused("too_slow" if timed_out else "damaged")
        with open(filled, "rb", closefd=False) as file:
            file.seek(0)
            return file.read()


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
