"""Where rows and signature columns of a laid out attendance sheet stand: what a reader of scans needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.printing.attendance_sheet import AttendanceSheetPaper
from app.printing.attendance_sheet_layout import SheetLayout, lay_sheet

SAME = 0.15  # mm


def stored_pages(layout: SheetLayout) -> list[dict[str, Any]]:
    """``number``, ``rows`` and ``columns`` as hall_papers.AttendanceSheetPage keeps them."""
    columns = [
        {"session": column.session, "left": round(column.left, 2), "right": round(column.right, 2)}
        for column in layout.columns
        if column.session is not None
    ]
    return [
        {
            "number": page.number,
            "rows": [
                {
                    "id": row.id,
                    "tt": row.number,
                    "top": round(row.top, 2),
                    "bottom": round(row.bottom, 2),
                }
                for row in page.rows
                if row.kind != "group"
            ],
            "columns": columns,
        }
        for page in layout.pages
    ]


def same_places(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> bool:
    """Whether two lists of stored pages say the same of every row and column, to SAME mm."""
    if len(ours) != len(theirs):
        return False
    return all(
        _same(mine, kept, "rows", ("top", "bottom"), ("id", "tt"))
        and _same(mine, kept, "columns", ("left", "right"), ("session",))
        for mine, kept in zip(ours, theirs, strict=True)
    )


def _same(
    mine: dict[str, Any],
    kept: dict[str, Any],
    what: str,
    lengths: Sequence[str],
    keys: Sequence[str],
) -> bool:
    if len(mine[what]) != len(kept[what]):
        return False
    return all(
        all(one[key] == other[key] for key in keys)
        and all(abs(one[key] - other[key]) <= SAME for key in lengths)
        for one, other in zip(mine[what], kept[what], strict=True)
    )


def sheet_geometry(paper: AttendanceSheetPaper, fonts_dir: Path | None = None) -> bytes:
    """The stored pages as JSON, for the process beside the web process that lays papers out."""
    return json.dumps(stored_pages(lay_sheet(paper, fonts_dir))).encode()
