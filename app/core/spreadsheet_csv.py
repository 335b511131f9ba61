"""A .csv as Excel and others write it: its encoding, its separator, its rows."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from app.core.spreadsheet_rows import (
    HEADER_ROWS,
    Cell,
    CellKind,
    RawRows,
    SpreadsheetError,
    known_columns,
    too_many_rows,
)
from app.core.spreadsheet_writing import rearm
from app.core.vietnamese import clean_text

MAX_COLUMNS = 64
MAX_LINE = 200_000


def _decode_text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\0" in data[:2_000]:
        odd, even = data[1:2_000:2].count(0), data[0:2_000:2].count(0)
        if max(odd, even) < len(data[:2_000]) // 4:
            raise SpreadsheetError("not_a_table")
        encoding = "utf-16-le" if odd > even else "utf-16-be"
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        binary = sum(byte < 9 or 13 < byte < 32 for byte in data[:2_000])
        code = "not_a_table" if binary > len(data[:2_000]) // 50 else "encoding"
        raise SpreadsheetError(code) from error


def _parse_csv(text: str, delimiter: str, limit: int) -> RawRows:
    rows: RawRows = []
    for number, values in enumerate(
        csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1
    ):
        cells = {
            column: Cell(text=rearm(value), kind=CellKind.TEXT)
            for column, value in enumerate(values[:MAX_COLUMNS])
            if clean_text(value)
        }
        if cells:
            rows.append((number, cells))
        if len(rows) > limit:
            break
    return rows


def read_csv(data: bytes, columns: Mapping[str, Sequence[str]], max_rows: int) -> RawRows:
    text = _decode_text(data)
    if "\0" in text:
        raise SpreadsheetError("not_a_table")
    if _longest_line(text) > MAX_LINE:
        raise SpreadsheetError("too_much")
    given = re.match(r"sep=([,;\t|])\r?\n", text)
    delimiters = [given.group(1)] if given else [";", ",", "\t"]
    try:
        best = max(delimiters, key=lambda sign: _heading_score(text, sign, columns))
        rows = _parse_csv(text, best, max_rows + HEADER_ROWS)
    except csv.Error as error:
        raise SpreadsheetError("damaged") from error
    if len(rows) > max_rows + HEADER_ROWS:
        raise too_many_rows(max_rows)
    return rows


def _longest_line(text: str) -> int:
    longest = start = 0
    while (end := text.find("\n", start)) >= 0:
        longest, start = max(longest, end - start), end + 1
    return max(longest, len(text) - start)


def _heading_score(text: str, delimiter: str, columns: Mapping[str, Sequence[str]]) -> int:
    start = "".join(text[: 2 * MAX_LINE].splitlines(keepends=True)[: 3 * HEADER_ROWS])
    rows = _parse_csv(start, delimiter, HEADER_ROWS)
    return max((len(known_columns(cells, columns)) for _, cells in rows), default=0)
