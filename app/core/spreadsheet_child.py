"""Unpacks one .xlsx in a process of its own, so that no file can harm the server.

Run as a script: options as JSON in the first argument, the file on standard input, JSON on
standard output: ``{"sheets": [{"name", "rows": [[number, [[column, type, value, font]]]]}]}`` or
``{"error": code}``. Types: s text, n number as text, d date, t time, b yes/no, e error of Excel,
f formula without a stored result. Imports nothing of the application.
"""

from __future__ import annotations

import datetime
import errno
import io
import json
import os
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

MAX_PARTS = 5_000
MAX_UNPACKED = 120 * 1024 * 1024
MAX_RATIO = 250
RATIO_FROM = 4 * 1024 * 1024
MAX_SHEETS = 20
MAX_COLUMNS = 64
MAX_CELLS = 1_000_000
MAX_LETTERS = 10_000_000
LAST_ROW = 1_048_576


class Refused(Exception):
    """A file that will not be read; ``code`` names the sentence to show."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def limit_self(*, memory_mb: int, seconds: int) -> None:
    """Cap address space and processor time; forbid writing files and core dumps."""
    memory = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def check_package(package: zipfile.ZipFile) -> None:
    """Refuse what is no workbook, is locked, or unpacks out of all proportion."""
    parts = package.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MAX_PARTS:
        raise Refused("bomb")
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("password")
    if "xl/workbook.xml" not in names:
        if any(name.startswith("word/") for name in names):
            raise Refused("word")
        if "xl/workbook.bin" in names or "content.xml" in names:
            raise Refused("other_table")
        raise Refused("not_a_table")
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused("bomb")
    for part in parts:
        if part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1):
            raise Refused("bomb")


def check_markup(package: zipfile.ZipFile) -> bool:
    """Refuse document types and entities in any part; True when a sheet holds formulas."""
    has_formulas = False
    for part in package.infolist():
        if not part.filename.endswith((".xml", ".rels")):
            continue
        content = package.read(part)
        head = content[:65_536].replace(b"\0", b"")
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise Refused("bomb")
        if part.filename.startswith("xl/worksheets/") and re.search(rb"<f[ >/]", content):
            has_formulas = True
    return has_formulas


def number_text(value: float, number_format: str) -> str:
    """A number as its cell shows it: no exponent, leading zeros of a format like 0000000000."""
    if isinstance(value, float) and not value.is_integer():
        return repr(value)
    digits = str(int(value))
    pattern = re.sub(r'"[^"]*"|\\.|[\s.\-()]', "", number_format.split(";")[0])
    return digits.zfill(len(pattern)) if re.fullmatch("0{2,}", pattern) else digits


def encode(cell: Any) -> list[Any] | None:
    """[type, value, font] of a cell, or None for an empty one."""
    value = cell.value
    if value is None:
        return None
    if isinstance(value, bool):
        return ["b", value, ""]
    if isinstance(value, int | float):
        if value != value or value in (float("inf"), float("-inf")):
            return ["e", "#NUM!", ""]
        return ["n", number_text(value, cell.number_format or ""), ""]
    if isinstance(value, datetime.datetime | datetime.date):
        return ["d", value.isoformat()[:10], ""]
    if isinstance(value, datetime.time | datetime.timedelta):
        return ["t", str(value), ""]
    if cell.data_type == "e":
        return ["e", str(value), ""]
    text = str(value)
    if not text.strip():
        return None
    font = cell.font.name or "" if cell.has_style else ""
    return ["s", text, font if font.lower().startswith((".vn", "vni")) else ""]


def numbered(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """(row number, cells) of a sheet, whatever dimensions the file claims."""
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), start=1):
        if number > LAST_ROW:
            raise Refused("bomb")
        yield number, row


def read_sheet(
    sheet: Any, formulas: Any | None, max_rows: int, budget: dict[str, int]
) -> list[Any]:
    """The rows of a sheet that hold anything, cells as [column, type, value, font]."""
    rows: list[Any] = []
    shadow = numbered(formulas) if formulas is not None else None
    blank: object = None  # missing rows all come as one and the same tuple
    for number, row in numbered(sheet):
        twin = next(shadow, (number, ()))[1] if shadow is not None else ()
        if row is blank:
            continue
        cells = []
        for column, cell in enumerate(row):
            encoded = encode(cell)
            if encoded is None and column < len(twin) and twin[column].data_type == "f":
                encoded = ["f", "", ""]
            if encoded is not None:
                cells.append([column, *encoded])
                budget["letters"] -= len(str(encoded[1]))
        budget["cells"] -= len(cells)
        if budget["letters"] < 0 or budget["cells"] < 0:
            raise Refused("too_much")
        if cells:
            rows.append([number, cells])
        else:
            blank = row
        if len(rows) > max_rows:
            raise Refused("too_many_rows")
    return rows


def read_workbook(data: bytes, max_rows: int) -> dict[str, Any]:
    """All visible sheets of the workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            check_package(package)
            has_formulas = check_markup(package)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError) as error:
        raise Refused("damaged") from error
    from openpyxl import load_workbook

    options: dict[str, Any] = {"read_only": True, "keep_links": False}
    book = load_workbook(io.BytesIO(data), data_only=True, **options)
    shadow = load_workbook(io.BytesIO(data), data_only=False, **options) if has_formulas else None
    budget = {"letters": MAX_LETTERS, "cells": MAX_CELLS}
    sheets = []
    for sheet in book.worksheets[:MAX_SHEETS]:
        if sheet.sheet_state == "visible":
            twin = shadow[sheet.title] if shadow is not None else None
            rows = read_sheet(sheet, twin, max_rows, budget)
            sheets.append({"name": sheet.title, "rows": rows})
    return {"sheets": sheets}


def main() -> None:
    """Read standard input, answer on standard output."""
    options = json.loads(sys.argv[1])
    os.environ["OPENPYXL_LXML"] = "False"  # the standard parser, made safe by defusedxml
    data = sys.stdin.buffer.read()
    limit_self(memory_mb=options["memory_mb"], seconds=options["seconds"])
    try:
        answer = read_workbook(data, options["max_rows"])
        text = json.dumps(answer)
    except Refused as refused:
        text = json.dumps({"error": refused.code})
    except Exception as error:  # any fault of the file becomes an answer, with its kind for the log
        out_of_memory = isinstance(error, MemoryError) or getattr(error, "errno", 0) == errno.ENOMEM
        code = "too_much" if out_of_memory else "damaged"
        text = json.dumps({"error": code, "detail": f"{type(error).__name__}: {error}"[:200]})
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
