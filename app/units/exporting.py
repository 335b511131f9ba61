"""The register as a table again, and an uploaded table with its faults written beside it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.phones import display_phone
from app.units.importing import COLUMNS, ImportPreview, UnitValues
from app.units.rules import KIND_SPELLINGS, parse_kind


def export_header() -> list[str]:
    """Headings of an exported register; reading it back finds every field."""
    return [titles[0] for titles in COLUMNS.values()]


def export_row(unit: UnitValues) -> list[Any]:
    """One unit for ``write_csv`` / ``write_xlsx``, in the order of ``export_header``."""
    kind = parse_kind(unit.kind)
    cells: dict[str, Any] = {name: getattr(unit, name) for name in COLUMNS}
    cells["kind"] = KIND_SPELLINGS[kind][0] if kind else unit.kind
    cells["phone"] = display_phone(unit.phone) if unit.phone else None
    cells["aliases"] = "; ".join(unit.aliases) or None
    return list(cells.values())


def annotated_rows(preview: ImportPreview) -> tuple[list[str], list[list[Any]]]:
    """(headings, rows) of the file as read, with a last column that says what to mend."""
    names = list(preview.table.columns)
    header = [preview.table.columns[name].title for name in names] + [str(_l("Cần sửa"))]
    rows = [
        [row.shown.get(name, "") for name in names]
        + ["; ".join(str(problem.message) for problem in row.problems)]
        for row in preview.rows
    ]
    return header, rows
