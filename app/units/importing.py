"""Import of the unit register: every row is checked and shown before anything is written.

A row with an error stays out, the others go in; a warning asks but does not stop. Rows are
matched with the register by code. An empty cell never erases what the register holds. The
preview keeps the cells as they were read, so that it can be stored between upload and
confirmation and is checked again, against the register of that moment, when it is loaded.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.spreadsheets import Cell, CellKind, Column, Row, Table, read_table
from app.core.vietnamese import clean_text, fold
from app.units import import_fields as check
from app.units.import_fields import ERROR, WARNING, CellProblem, Checked
from app.units.rules import UnitKind, parse_kind, unit_match_key

# Accepted headings; the first one is written on export.
COLUMNS: dict[str, tuple[str, ...]] = {
    "code": ("Mã", "Mã đơn vị", "Mã số", "Mã trường", "Ký hiệu"),
    "name": ("Tên đơn vị", "Tên", "Đơn vị", "Tên trường", "Tên đầy đủ", "Tên cơ quan, đơn vị"),
    "kind": ("Loại", "Loại đơn vị", "Loại hình", "Khối", "Type"),
    "district": ("Quận, huyện", "Quận", "Huyện", "Quận huyện", "Địa bàn", "Quận/huyện"),
    "short_name": ("Tên ngắn", "Tên viết tắt", "Tên gọn", "Viết tắt"),
    "email": ("Thư điện tử", "Email", "E-mail", "Địa chỉ thư", "Hộp thư", "Mail"),
    "phone": ("Điện thoại", "Số điện thoại", "ĐT", "SĐT", "Tel"),
    "header_line_1": ("Dòng 1 của tiêu đề", "Dòng 1", "Cơ quan chủ quản", "Tiêu đề dòng 1"),
    "header_line_2": ("Dòng 2 của tiêu đề", "Dòng 2", "Tiêu đề dòng 2"),
    "aliases": ("Bí danh", "Tên gọi khác", "Tên khác"),
    "valid_from": ("Hiệu lực từ", "Từ ngày", "Có hiệu lực từ"),
    "valid_until": ("Hiệu lực đến", "Đến ngày", "Có hiệu lực đến", "Hết hiệu lực"),
    "note": ("Ghi chú", "Chú thích", "Note"),
}
_NEED_DISTRICT = frozenset(
    {UnitKind.DISTRICT_COMMITTEE, UnitKind.DISTRICT_OFFICE, UnitKind.GDNN_GDTX_CENTRE}
)


@dataclass(frozen=True)
class UnitValues:
    """A unit as the register holds it; names of fields are those of the columns of ``Unit``."""

    code: str
    name: str = ""
    kind: str = ""
    district: str | None = None
    short_name: str | None = None
    email: str | None = None
    phone: str | None = None
    header_line_1: str | None = None
    header_line_2: str | None = None
    aliases: tuple[str, ...] = ()
    valid_from: datetime.date | None = None
    valid_until: datetime.date | None = None
    note: str | None = None


FIELDS: tuple[str, ...] = tuple(one.name for one in fields(UnitValues))


class Action(StrEnum):
    """What importing a row would do."""

    NEW = "new"
    UPDATE = "update"
    SAME = "same"


@dataclass(frozen=True)
class PreviewRow:
    """A row of the file: ``shown`` its cells as read, ``values`` what would be stored."""

    number: int
    shown: dict[str, str]
    values: UnitValues
    action: Action
    changed: tuple[str, ...] = ()
    problems: tuple[CellProblem, ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether the row stays out."""
        return any(problem.level == ERROR for problem in self.problems)

    def problems_of(self, name: str) -> list[CellProblem]:
        """The problems to show in one cell."""
        return [problem for problem in self.problems if problem.field == name]


@dataclass(frozen=True)
class Counts:
    """total = clean + with_errors + with_warnings; importable = clean + with_warnings."""

    total: int = 0
    clean: int = 0
    with_errors: int = 0
    with_warnings: int = 0
    importable: int = 0
    new: int = 0
    updated: int = 0
    same: int = 0


@dataclass(frozen=True)
class ImportPreview:
    """The checked table. ``notes``: sentences about the whole file (lazy)."""

    table: Table
    rows: list[PreviewRow]
    notes: list[Any] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        """The figures above the table; new, updated and same count importable rows only."""
        good = [row for row in self.rows if not row.has_errors]
        warned = sum(bool(row.problems) for row in good)
        actions = [row.action for row in good]
        return Counts(
            total=len(self.rows),
            clean=len(good) - warned,
            with_errors=len(self.rows) - len(good),
            with_warnings=warned,
            importable=len(good),
            new=actions.count(Action.NEW),
            updated=actions.count(Action.UPDATE),
            same=actions.count(Action.SAME),
        )

    @property
    def importable(self) -> list[PreviewRow]:
        """The rows to store."""
        return [row for row in self.rows if not row.has_errors]

    def corrected(
        self, number: int, name: str, text: str, existing: Mapping[str, UnitValues]
    ) -> ImportPreview:
        """The preview with one cell typed anew, everything checked again."""
        rows = [
            replace(row, cells={**row.cells, name: Cell(text, CellKind.TEXT)})
            if row.number == number and name in COLUMNS
            else row
            for row in self.table.rows
        ]
        columns = self.table.columns
        if name in COLUMNS and name not in columns:
            columns = {**columns, name: Column("", COLUMNS[name][0])}
        return check_rows(replace(self.table, rows=rows, columns=columns), existing)

    def to_json(self) -> dict[str, Any]:
        """The cells as read, ready for a JSON column."""
        table = asdict(self.table)
        for row in table["rows"]:
            for cell in (*row["cells"].values(), *row["extra"].values()):
                cell["date"] = cell["date"].isoformat() if cell["date"] else None
        return table

    @staticmethod
    def from_json(data: Mapping[str, Any], existing: Mapping[str, UnitValues]) -> ImportPreview:
        """The preview of a stored table, checked against the register as it is now."""

        def cells(raw: Mapping[str, Any]) -> dict[str, Cell]:
            return {
                name: Cell(
                    text=cell["text"],
                    kind=CellKind(cell["kind"]),
                    date=datetime.date.fromisoformat(cell["date"]) if cell["date"] else None,
                    font=cell["font"],
                )
                for name, cell in raw.items()
            }

        table = Table(
            sheet=data["sheet"],
            header_row=data["header_row"],
            columns={name: Column(**column) for name, column in data["columns"].items()},
            rows=[
                Row(number=row["number"], cells=cells(row["cells"]), extra=cells(row["extra"]))
                for row in data["rows"]
            ],
            unknown=tuple(Column(**column) for column in data["unknown"]),
        )
        return check_rows(table, existing)


def read_units(data: bytes, filename: str) -> Table:
    """The register's table in an uploaded file. Raises SpreadsheetError."""
    return read_table(data, filename, columns=COLUMNS, required=("code",))


def _check_cells(
    row: Row, existing: Mapping[str, UnitValues], codes: frozenset[str]
) -> tuple[dict[str, Checked], UnitValues | None]:
    """Each field's check; the unit of the register with the row's code."""
    empty = Cell()
    found = {"code": check.check_code(row.cells.get("code", empty), codes)}
    stored = existing.get(found["code"].value or "")
    name_cell, kind_cell = row.cells.get("name", empty), row.cells.get("kind", empty)
    kind = parse_kind(kind_cell.text) or (parse_kind(stored.kind) if stored else None)
    found["name"] = check.check_name(name_cell, kind=kind, stored=stored.name if stored else None)
    if clean_text(kind_cell.text) or stored is None:
        found["kind"] = check.check_kind(kind_cell, name=found["name"].value or "")
    checks = {
        "district": check.check_district, "email": check.check_email, "phone": check.check_phone,
        "aliases": check.check_aliases,
    }  # fmt: skip
    for name, one in checks.items():
        found[name] = one(row.cells.get(name, empty))
    for name in ("short_name", "header_line_1", "header_line_2", "note"):
        found[name] = check.check_text(name, row.cells.get(name, empty))
    for name in ("valid_from", "valid_until"):
        found[name] = check.check_date(name, row.cells.get(name, empty))
    if stored is None and not found["name"].value and not found["name"].problems:
        found["name"].refuse("name", "missing", _l("Thiếu tên đơn vị."))
    return found, stored


def _merged(found: Mapping[str, Checked], stored: UnitValues | None) -> UnitValues:
    """The stored unit with what the row says instead; empty cells change nothing."""
    base = stored or UnitValues(code=found["code"].value or "")
    said = {name: one.value for name, one in found.items() if one.value is not None}
    if "aliases" in said:
        said["aliases"] = tuple(said["aliases"])
    return replace(base, **said)


def _row_problems(values: UnitValues, table: Table, row: Row) -> Iterable[CellProblem]:
    """What is wrong with cells only beside each other."""
    if values.valid_from and values.valid_until and values.valid_until < values.valid_from:
        yield CellProblem(
            "valid_until", ERROR, "before", _l("Ngày hết hiệu lực đứng trước ngày bắt đầu.")
        )
    if values.kind in _NEED_DISTRICT and values.district is None:
        yield CellProblem("district", WARNING, "missing", _l("Chưa có quận, huyện."))
    no_mail = not clean_text(row.cells.get("email", Cell()).text)
    if "email" in table.columns and no_mail and not values.email:
        if values.kind != UnitKind.OTHER:
            yield CellProblem(
                "email", WARNING, "missing", _l("Chưa có thư: không gửi được đường dẫn.")
            )


def _changed(values: UnitValues, stored: UnitValues | None) -> tuple[str, ...]:
    if stored is None:
        return ()
    return tuple(name for name in FIELDS if getattr(values, name) != getattr(stored, name))


def check_rows(table: Table, existing: Mapping[str, UnitValues]) -> ImportPreview:
    """The preview of an import. ``existing``: the register by code (codes in capitals).

    Never raises for a bad row: its problems stand in the row, and all other rows go in.
    """
    codes = frozenset(existing)
    rows: list[PreviewRow] = []
    first_with_code: dict[str, int] = {}
    for row in table.rows:
        found, stored = _check_cells(row, existing, codes)
        values = _merged(found, stored)
        problems = [problem for one in found.values() for problem in one.problems]
        problems += _row_problems(values, table, row)
        first = first_with_code.setdefault(values.code, row.number) if values.code else row.number
        if first != row.number:
            problems.append(
                CellProblem("code", ERROR, "repeated", _l("Trùng mã với dòng %(row)d.", row=first))
            )
        changed = _changed(values, stored)
        action = Action.NEW if stored is None else Action.UPDATE if changed else Action.SAME
        rows.append(
            PreviewRow(
                number=row.number,
                shown={name: cell.text for name, cell in row.cells.items()},
                values=values,
                action=action,
                changed=changed,
                problems=tuple(problems),
            )
        )
    return ImportPreview(table=table, rows=_with_twins(rows, existing), notes=_notes(table))


def _notes(table: Table) -> list[Any]:
    notes: list[Any] = []
    if "email" not in table.columns:
        notes.append(
            _l("Bảng không có cột “Thư điện tử”: đơn vị mới chưa nhận được đường dẫn qua thư.")
        )
    if table.unknown:
        titles = ", ".join(f"“{column.title}”" for column in table.unknown if column.title)
        if titles:
            notes.append(_l("Không nhập các cột: %(titles)s.", titles=titles))
    return notes


def _twin_sentence(name: str, other: str, place: Any) -> Any:
    """The sentence for two names that look like one: which words differ, if any."""
    pairs = [
        (one, two)
        for one, two in zip(clean_text(other).split(), clean_text(name).split(), strict=False)
        if one != two
    ]
    if len(pairs) == 1 and fold(pairs[0][0]) == fold(pairs[0][1]):
        return _l(
            "Giống %(place)s, chỉ khác “%(one)s”, “%(two)s”. Là một đơn vị?",
            place=place,
            one=pairs[0][0],
            two=pairs[0][1],
        )
    return _l("Giống tên ở %(place)s. Là một đơn vị?", place=place)


def _with_twins(rows: list[PreviewRow], existing: Mapping[str, UnitValues]) -> list[PreviewRow]:
    """Warn where a name stands already under another code, in the file or in the register."""
    seen: dict[str, list[tuple[str, str, str | None, Any]]] = {}
    in_file = {row.values.code for row in rows}
    for code, unit in existing.items():
        if code not in in_file:
            place = _l("đơn vị %(code)s đã có", code=code)
            seen.setdefault(unit_match_key(unit.name), []).append(
                (code, unit.name, unit.district, place)
            )
    checked: list[PreviewRow] = []
    for row in rows:
        values = row.values
        if not values.name:
            checked.append(row)
            continue
        others = seen.setdefault(unit_match_key(values.name), [])
        for code, name, district, place in others:
            both_known = district is not None and values.district is not None
            if code != values.code and not (both_known and district != values.district):
                sentence = _twin_sentence(values.name, name, place)
                twin = CellProblem("name", WARNING, "look_alike", sentence)
                row = replace(row, problems=(*row.problems, twin))
                break
        others.append(
            (values.code, values.name, values.district, _l("dòng %(row)d", row=row.number))
        )
        checked.append(row)
    return checked
