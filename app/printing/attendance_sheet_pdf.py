"""The attendance sheet as PDF: marks and a code on every page, so that it can be read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.printing.attendance_sheet import SIGN_HEADING, TYPE_NAME, AttendanceSheetPaper
from app.printing.attendance_sheet_layout import (
    LaidPage,
    LaidRow,
    SheetLayout,
    end_lines,
    lay_sheet,
)
from app.printing.attendance_sheet_places import same_places, stored_pages
from app.printing.compiler import compile_pdf, join_pdfs
from app.printing.errors import SheetChangedError
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import head_data
from app.printing.linebreak import clean
from app.printing.qr import group_digits, qr_svg

PAGES_A_RUN = 150  # the typesetter's memory grows with the pages of one run


def attendance_sheet_pdf(
    paper: AttendanceSheetPaper,
    codes: Sequence[str],
    fonts_dir: Path | None = None,
    places: list[dict[str, Any]] | None = None,
    run: int | None = None,
) -> bytes:
    """``codes``: the digits of each page's code, as many as `lay_sheet` gives pages; ``places``:
    where rows and columns stood when the sheet was made (`stored_pages`); ``run``: only the pages
    of this one of `sheet_runs`, so that each can be made in a process of its own.

    Raises :class:`MissingGlyphError`, :class:`RowTooTallError`, :class:`SheetChangedError` when they
    would stand elsewhere now, or ``ValueError`` when there are more or fewer codes than pages.
    """
    fonts = load_fonts(fonts_dir)
    layout = lay_sheet(paper, fonts_dir)
    if places is not None and not same_places(stored_pages(layout), places):
        raise SheetChangedError()
    if len(codes) != len(layout.pages):
        raise ValueError(f"{len(codes)} codes for {len(layout.pages)} pages")
    pages = list(zip(layout.pages, codes, strict=True))
    starts = range(0, len(pages), PAGES_A_RUN) if run is None else [run * PAGES_A_RUN]
    return join_pdfs(
        [_compile(paper, layout, pages[start : start + PAGES_A_RUN], fonts) for start in starts]
    )


def sheet_runs(pages: int) -> range:
    """Numbers of the runs that so many pages take, for `attendance_sheet_pdf`."""
    return range(-(-pages // PAGES_A_RUN))


def _compile(
    paper: AttendanceSheetPaper,
    layout: SheetLayout,
    run: Sequence[tuple[LaidPage, str]],
    fonts: FontSet,
) -> bytes:
    last = run[-1][0].number == len(layout.pages)
    return compile_pdf(
        "attendance.typ",
        {
            "title": clean(" ".join((TYPE_NAME, *paper.subject))),
            "head": head_data(layout.head),
            "day": {"text": clean(paper.day_line), "y": layout.day_y},
            "columns": [asdict(column) for column in layout.columns],
            "sign_heading": SIGN_HEADING,
            "head_rows": layout.head_rows,
            "pages": [_page(page, digits, len(layout.pages)) for page, digits in run],
            "present": {"lines": layout.present, "top": layout.end_top} if last else None,
            "end": end_lines(paper, layout) if last else [],
        },
        fonts,
    )


def _page(page: LaidPage, digits: str, count: int) -> dict[str, Any]:
    lines = [f"Trang {page.number}/{count}", *group_digits(digits)]
    return {
        "number": page.number,
        "top": page.top,
        "rows": [_row(row) for row in page.rows],
        "code": {"svg": qr_svg(digits, quiet_zone=0), "lines": lines},
    }


def _row(row: LaidRow) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": row.kind, "height": row.bottom - row.top, "cells": row.cells}
    if row.kind != "group":
        data["number"] = str(row.number)
    if row.code:
        data["code"] = qr_svg(row.code, quiet_zone=0)
    return data
