"""The participant list as CSV, as Vietnamese Excel opens it by a double click."""

from __future__ import annotations

import csv
from io import StringIO

from app.printing.cells import disarmed
from app.printing.list_model import DelegateList, GroupLine, table_lines

DELIMITER = ";"
GROUP_HEADING = "Nhóm"


def list_csv(document: DelegateList) -> bytes:
    """UTF-8 with BOM, ``;`` between cells, CRLF; groups are a last column. Formulas disarmed."""
    target = StringIO()
    writer = csv.writer(target, delimiter=DELIMITER, lineterminator="\r\n")
    grouped = any(group.title for group in document.groups)
    headings = [column.heading for column in document.columns()]
    writer.writerow([*headings, GROUP_HEADING] if grouped else headings)
    group = ""
    for line in table_lines(document):
        if isinstance(line, GroupLine):
            group = line.title
            continue
        cells = (*line.cells, group) if grouped else line.cells
        writer.writerow([disarmed(cell) for cell in cells])
    return target.getvalue().encode("utf-8-sig")
