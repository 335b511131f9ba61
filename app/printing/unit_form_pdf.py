"""The unit's form as PDF: every line is broken and placed here (paper 3.1, 3.2)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from app.printing import nd30
from app.printing.compiler import compile_pdf
from app.printing.errors import FormTooLongError, HeadLineTooWideError
from app.printing.fonts import FontSet, load_fonts
from app.printing.head import (
    End,
    Head,
    Mark,
    end_data,
    head_data,
    lay_end,
    lay_head,
    measure_of,
    texts_of,
)
from app.printing.linebreak import break_lines, clean
from app.printing.nd30 import END, FORM, HEAD, STYLES
from app.printing.qr import group_digits, qr_svg
from app.printing.unit_form import (
    CODE_HINT,
    CODE_LABEL,
    COLUMNS,
    SAMPLE_MARK,
    FormPaper,
    signer_lines,
    table_cells,
)

Row = dict[str, Any]


def form_pdf(paper: FormPaper, fonts_dir: Path | None = None) -> bytes:
    """The form as a PDF of one page. ``fonts_dir``: the merged fonts (default ``build/fonts``).

    Raises :class:`MissingGlyphError`, :class:`HeadLineTooWideError`, :class:`FormTooLongError`
    or :class:`CodeError`.
    """
    fonts = load_fonts(fonts_dir)
    head = lay_head(
        fonts, paper.issuer, paper.numbering, paper.title, FORM["type_name_below_number"]
    )
    _check_head(fonts, paper, head)
    rows = form_rows(paper, fonts)
    top = head.bottom + FORM["table_below_rule"]
    bottom = top + FORM["head_height"] + sum(row["height"] for row in rows)
    end, sign_y = _end(fonts, paper, bottom + FORM["sign_below_table"])
    notes = [*_code_marks(fonts, paper.code), *_sample_marks(fonts, paper.sample)]
    fonts.check([*texts_of(head.marks), *texts_of(end.marks), *texts_of(notes)])
    fonts.check(line for row in rows for lines in row["cells"] for line in lines)
    data = {
        "title": paper.document_title,
        "head": head_data(head),
        "columns": [{"heading": heading, "width": width} for heading, width in COLUMNS],
        "rows": rows,
        "table_top": top,
        "end": end_data(end),
        "sign_y": sign_y,
        "notes": [vars(mark) for mark in notes],
        "code": qr_svg(paper.code, quiet_zone=0) if paper.code else None,
        "code_words": " ".join(group_digits(paper.code)) if paper.code else "",
    }
    return compile_pdf("unit_form.typ", data, fonts)


def form_rows(paper: FormPaper, fonts: FontSet) -> list[Row]:
    """Rows as ``unit_form.typ`` wants them: ``height`` in mm, ``cells`` as lines."""
    measure = measure_of(fonts, "form_cell")
    rows = []
    for texts in table_cells(paper):
        cells = [
            break_lines(text, width - 2 * FORM["padding"], measure)
            for text, (_heading, width) in zip(texts, COLUMNS, strict=True)
        ]
        height = max(map(len, cells)) * STYLES["form_cell"].pitch + FORM["row_extra"]
        rows.append({"height": max(height, FORM["row_least"]), "cells": cells})
    return rows


def _check_head(fonts: FontSet, paper: FormPaper, head: Head) -> None:
    """Number and date are never broken: what is wider than its column is refused."""
    fonts.check(map(clean, (*paper.issuer.superior, *paper.issuer.issuing, *paper.subject)))
    columns = {
        "number": HEAD["issuer_right"] - HEAD["issuer_left"],
        "place_date": HEAD["state_right"] - HEAD["state_left"],
    }
    for mark in head.marks:
        room = columns.get(mark.style)
        if room is None:
            continue
        measure = measure_of(fonts, mark.style)
        width = sum(part if isinstance(part, float) else measure(part) for part in mark.parts)
        if width > room:
            raise HeadLineTooWideError()


def _end(fonts: FontSet, paper: FormPaper, sign_y: float) -> tuple[End, float]:
    """The end with its note and name; less space to sign in where the page is full."""
    end = lay_end(fonts, replace(paper.signature, signer=""), paper.recipients)
    marks = list(end.marks)
    x = END["sign_centre"]
    note_y = end.titles_bottom
    if paper.sign_note:
        note_y += STYLES["sign_note"].pitch
        marks.append(Mark("sign_note", x, note_y, "center", (paper.sign_note,)))
    names = signer_lines(paper, measure_of(fonts, "signer_name"))
    pitch = STYLES["signer_name"].pitch
    for space in (END["name_below_title"], END["tightest_name_below_title"]):
        name_y = end.titles_bottom + space
        lowest = max(name_y + max(len(names) - 1, 0) * pitch, end.recipients_bottom)
        if sign_y + lowest <= FORM["lowest_y"]:
            marks += [
                Mark("signer_name", x, name_y + place * pitch, "center", (line,))
                for place, line in enumerate(names)
            ]
            return replace(end, marks=tuple(marks)), sign_y
    raise FormTooLongError()


def _code_marks(fonts: FontSet, code: str) -> list[Mark]:
    if not code:
        return []
    first, *others = group_digits(code)
    x, y = FORM["code_text_left"], FORM["code_text_y"]
    indent = x + measure_of(fonts, "code_note")(CODE_LABEL)
    marks = [Mark("code_note", x, y, "left", (CODE_LABEL + first,))]
    for digits in others:
        y += FORM["code_text_pitch"]
        marks.append(Mark("code_note", indent, y, "left", (digits,)))
    y += FORM["code_text_pitch"]
    return [*marks, Mark("code_hint", x, y, "left", (CODE_HINT,))]


def _sample_marks(fonts: FontSet, sample: bool) -> list[Mark]:
    if not sample:
        return []
    x = nd30.TEXT_RIGHT - measure_of(fonts, "sample_mark")(SAMPLE_MARK)
    return [Mark("sample_mark", x, FORM["sample_y"], "left", (SAMPLE_MARK,))]
