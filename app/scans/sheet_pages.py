"""Signed attendance sheets: each page laid flat, each cell told. Runs in the child only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.ma  # numpy loads it when first asked for a median: no file may be opened then

from app.scans.refused import Refused
from app.scans.sheet_cells import Cell, Reading, read_cells
from app.scans.sheet_marks import PageShape, Picture, lay_flat

cv2.setNumThreads(1)  # the child may have no threads
_QUALITY = 75


@dataclass(frozen=True)
class ReadPage:
    """``problem``: why nothing was read, then ``jpeg`` is empty and there are no readings."""

    jpeg: bytes = b""
    width: int = 0
    height: int = 0
    marks: int = 0
    readings: tuple[Reading, ...] = ()
    problem: str = ""

    def told(self) -> dict[str, Any]:
        """For the parent, as JSON."""
        return {
            "width": self.width,
            "height": self.height,
            "bytes": len(self.jpeg),
            "marks": self.marks,
            "problem": self.problem,
            "readings": [[one.verdict, one.score, one.box] for one in self.readings],
        }


def read(content: bytes, options: dict[str, Any]) -> list[ReadPage]:
    """``content``: JPEGs one after the other. ``options``: shape {size, marks, mark_side, code} and
    pages [{bytes, code: four corners, cells: [[left, top, right, bottom]]}]."""
    shape = PageShape(
        tuple(options["shape"]["size"]),
        tuple((x, y) for x, y in options["shape"]["marks"]),
        options["shape"]["mark_side"],
        tuple(options["shape"]["code"]),
    )
    found, start = [], 0
    for page in options["pages"]:
        jpeg = content[start : start + page["bytes"]]
        start += page["bytes"]
        found.append(_page(jpeg, page, shape))
    return found


def _page(jpeg: bytes, page: dict[str, Any], shape: PageShape) -> ReadPage:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return ReadPage(problem="damaged")
    try:
        flat = lay_flat(picture, np.array(page["code"], float), shape)
    except Refused as refused:
        return ReadPage(problem=refused.code)
    readings = read_cells(flat.picture, [Cell(*sides) for sides in page["cells"]])
    height, width = flat.picture.shape[:2]
    return ReadPage(_jpeg(flat.picture), width, height, flat.marks, tuple(readings))


def _jpeg(picture: Picture) -> bytes:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return bytes(data.tobytes())
