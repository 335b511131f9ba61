"""The participant list as PDF (paper 3.4): lines, rows and pages are settled here."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.compiler import compile_pdf
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import (
    End,
    Head,
    end_data,
    head_data,
    lay_end,
    lay_head,
    measure_of,
    texts_of,
)
from app.printing.linebreak import break_lines, clean
from app.printing.list_model import Column, DelegateList, GroupLine, PersonLine, table_lines
from app.printing.model import Title
from app.printing.nd30 import LIST, MM_PER_PT, SINGLE_SPACING
from app.printing.pages import PageRows, RowBox, deal

Lines = list[str]


def list_pdf(document: DelegateList, fonts_dir: Path | None = None) -> bytes:
    """The list as PDF. ``fonts_dir``: the merged fonts (default ``build/fonts``).

    Raises :class:`MissingGlyphError` or :class:`RowTooTallError`.
    """
    fonts = load_fonts(fonts_dir)
    title = Title(document.type_name, document.subject)
    head = lay_head(fonts, document.issuer, document.numbering, title)
    end = lay_end(fonts, document.signature, document.recipients)
    rows = _Rows(document, fonts).laid()
    fonts.check([*texts_of(head.marks), *texts_of(end.marks)])
    fonts.check(texts_of([end.name]) if end.name else [])
    fonts.check(text for row in rows for lines in row["cells"] for text in lines)
    fonts.check(row.get("count", "") for row in rows)
    return compile_pdf("delegates.typ", _data(document, head, end, rows), fonts)


class _Rows:
    """Breaks cells into lines and gives rows their heights."""

    def __init__(self, document: DelegateList, fonts: FontSet) -> None:
        self._document = document
        self._size = document.cell_size
        self._columns = document.columns()
        self._bold = measure_of(fonts, "table_head", self._size)
        measure = measure_of(fonts, "table_cell", self._size)
        self._breakers = [_cell_breaker(column, measure) for column in self._columns]

    def laid(self) -> list[dict[str, Any]]:
        """Rows as ``delegates.typ`` wants them: ``kind``, ``height``, ``cells`` (lines each)."""
        return [
            self._group(line) if isinstance(line, GroupLine) else self._person(line)
            for line in table_lines(self._document)
        ]

    def _height(self, lines: int) -> float:
        return lines * self._size * SINGLE_SPACING * MM_PER_PT + LIST["row_extra"]

    def _person(self, line: PersonLine) -> dict[str, Any]:
        cells = [breaker(text) for breaker, text in zip(self._breakers, line.cells, strict=True)]
        height = self._height(max(map(len, cells)))
        return {"kind": "person", "height": height, "cells": cells}

    def _group(self, line: GroupLine) -> dict[str, Any]:
        width = _inner_width(nd30.TEXT_WIDTH - self._columns[0].width)
        lines = break_lines(line.title, width, self._bold)
        count = " " + line.count
        if self._bold(lines[-1] + count) > width:
            lines.append("")
            count = line.count
        height = self._height(len(lines))
        return {"kind": "group", "height": height, "cells": [[line.numeral], lines], "count": count}


def _inner_width(width: float) -> float:
    return width - 2 * LIST["padding"]


def _cell_breaker(column: Column, measure: Callable[[str], float]) -> Callable[[str], Lines]:
    width = _inner_width(column.width)

    @lru_cache(maxsize=1024)
    def lines_of(text: str) -> Lines:
        return break_lines(text, width, measure)

    return lines_of


def _data(
    document: DelegateList, head: Head, end: End, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    above_end = LIST["closing_below_table"] + LIST["sign_below_closing"]
    pages = deal(
        [RowBox(row["height"], with_next=row["kind"] == "group") for row in rows],
        first_top=head.bottom + LIST["table_below_rule"],
        top=nd30.TEXT_TOP,
        bottom=nd30.TEXT_BOTTOM,
        head=LIST["head_height"],
        end=above_end + end.height,
        with_end=int(LIST["rows_kept_with_end"]),
    )
    last = pages[-1]
    table_bottom = last.top + _table_height(last, rows)
    closing_y = table_bottom + LIST["closing_below_table"]
    return {
        "title": clean(" ".join((document.type_name, *document.subject))),
        "head": head_data(head),
        "end": end_data(end),
        "size": document.cell_size,
        "columns": [
            {"heading": column.heading, "width": column.width, "centred": column.centred}
            for column in document.columns()
        ],
        "pages": [
            {"top": page.top, "rows": rows[page.start : page.stop], "table": _has_table(page, rows)}
            for page in pages
        ],
        "closing": {"text": document.closing_line, "y": closing_y},
        "sign_y": closing_y + LIST["sign_below_closing"],
    }


def _has_table(page: PageRows, rows: list[dict[str, Any]]) -> bool:
    return page.stop > page.start or not rows


def _table_height(page: PageRows, rows: list[dict[str, Any]]) -> float:
    if not _has_table(page, rows):
        return 0.0
    heights = [row["height"] for row in rows[page.start : page.stop]]
    return float(LIST["head_height"] + sum(heights))
