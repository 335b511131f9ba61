"""Changing the register of units. Callers open the unit of work."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError, NotFound
from app.core.vietnamese import sort_key
from app.extensions import db
from app.units.importing import (
    FIELDS,
    ImportPreview,
    PreviewRow,
    UnitValues,
    check_rows,
    read_units,
)
from app.units.models import Unit, UnitImport
from app.units.rules import default_short_name, search_text

KEPT = timedelta(days=1)


class ImportGone(NotFound):
    message = _l("Bản xem trước này đã hết hạn hoặc đã nhập. Hãy chọn lại tệp.")


class CodeTaken(DomainError):
    message = _l("Đã có đơn vị với mã này.")


def register_by_code() -> dict[str, UnitValues]:
    """The whole register as the import compares it."""
    return {unit.code: values_of(unit) for unit in db.session.scalars(select(Unit))}


def values_of(unit: Unit) -> UnitValues:
    values = {name: getattr(unit, name) for name in FIELDS}
    values["aliases"] = tuple(unit.aliases or ())
    return UnitValues(**values)


def store_upload(data: bytes, filename: str, *, account_id: int, now: datetime) -> UnitImport:
    """Read and check a file, keep it for the preview. Raises SpreadsheetError."""
    table = read_units(data, filename)
    return keep_table(ImportPreview(table, []), data, filename, account_id=account_id, now=now)


def keep_table(
    preview: ImportPreview, data: bytes, filename: str, *, account_id: int, now: datetime
) -> UnitImport:
    db.session.execute(delete(UnitImport).where(UnitImport.created_at < now - KEPT))
    upload = UnitImport(
        secret=secrets.token_urlsafe(24),
        filename=filename[:200],
        preview=preview.to_json(),
        content=data,
        account_id=account_id,
        created_at=now,
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def upload_of(secret: str, account_id: int) -> UnitImport:
    """The uploader's own preview. Raises ImportGone for anybody else's."""
    upload = db.session.scalar(
        select(UnitImport).where(UnitImport.secret == secret, UnitImport.account_id == account_id)
    )
    if upload is None:
        raise ImportGone()
    return upload


def preview_of(upload: UnitImport) -> ImportPreview:
    """Checked against the register of this moment."""
    return ImportPreview.from_json(upload.preview, register_by_code())


def correct_cell(upload: UnitImport, row: int, field: str, text: str) -> None:
    """A cell typed anew in the preview."""
    existing = register_by_code()
    preview = ImportPreview.from_json(upload.preview, existing)
    upload.preview = preview.corrected(row, field, text[:1000], existing).to_json()


def apply_upload(upload: UnitImport, *, by: Actor, now: datetime) -> ImportPreview:
    """Store every row without an error, in this one transaction; the preview is gone afterwards."""
    preview = preview_of(upload)
    _apply(preview, upload.filename, by=by, now=now)
    db.session.delete(upload)
    return preview


def import_file(data: bytes, filename: str, *, by: Actor, now: datetime) -> ImportPreview:
    """Check and store in one go (command line, rehearsal). Raises SpreadsheetError."""
    preview = check_rows(read_units(data, filename), register_by_code())
    _apply(preview, filename, by=by, now=now)
    return preview


def _apply(preview: ImportPreview, filename: str, *, by: Actor, now: datetime) -> None:
    units = {unit.code: unit for unit in db.session.scalars(select(Unit))}
    for row in preview.importable:
        _store(row, units.get(row.values.code))
    db.session.flush()
    counts = preview.counts
    record(
        "units.imported",
        ("register", 0),
        by=by,
        now=now,
        after={
            "file": filename[:200],
            "new": counts.new,
            "updated": counts.updated,
            "refused": counts.with_errors,
        },
    )


def _store(row: PreviewRow, unit: Unit | None) -> None:
    if unit is None:
        unit = Unit()
        db.session.add(unit)
    elif not row.changed:
        return
    fill(unit, row.values)


def fill(unit: Unit, values: UnitValues) -> None:
    for name in FIELDS:
        setattr(unit, name, getattr(values, name))
    unit.aliases = list(values.aliases)
    short = unit.short_name or default_short_name(unit.kind, unit.name)
    unit.search = search_text(unit.code, unit.name, short, tuple(unit.aliases))
    unit.sort_key = sort_key(unit.name)[:400]


def save_unit(unit: Unit | None, values: UnitValues, *, by: Actor, now: datetime) -> Unit:
    """Make or change one unit by hand. Raises CodeTaken."""
    twin = db.session.scalar(select(Unit).where(Unit.code == values.code))
    if twin is not None and twin is not unit:
        raise CodeTaken()
    before = _facts(unit) if unit is not None else None
    made = unit or Unit()
    fill(made, values)
    db.session.add(made)
    db.session.flush()
    after = _facts(made)
    if before != after:
        record(
            "unit.changed" if before else "unit.created",
            ("unit", made.id),
            by=by,
            now=now,
            before=before,
            after=after,
        )
    return made


def _facts(unit: Unit) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name in FIELDS
        if (value := getattr(unit, name)) not in (None, [], ())
    }
