"""What the desk types of a guest, and the names of invited units: one by one or pasted from Excel."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from app.core.addresses import clean_address
from app.core.errors import DomainError
from app.core.filters import phone_display
from app.core.forms import BaseForm, Needed
from app.core.names import name_problem, position_problem, split_honorific
from app.core.phones import parse_phone
from app.core.vietnamese import clean_text
from app.events.guests import GUEST_LABELS, GuestKind
from app.events.models import Participation
from app.invitations.guests import Named
from app.registration.desk_forms import reason_field
from app.registration.desk_services import mark_of
from app.registration.forms import HONORIFICS, DelegateForm
from app.registration.guests import Guest
from app.registration.models import Registration
from app.registration.rows import Entry
from app.units.rules import unit_match_key

ORGANISATION_MAX = 200
PASTE_MAX = 20_000  # letters; about 200 long lines
_STANDS_FOR = re.compile(r"^(?:đại diện\s+)?(?:lãnh đạo\s+)?", re.IGNORECASE)


class GuestForm(DelegateForm):
    """A guest. An empty name, or "Đại diện …" typed there, leaves a representative."""

    role = SelectField(
        _l("Vai trò"),
        choices=[SelectChoice(str(kind), label) for kind, label in GUEST_LABELS.items()],
        default=str(GuestKind.GUEST),
    )
    organisation = StringField(
        _l("Cơ quan, tổ chức"),
        validators=[
            Needed(_l("Hãy nhập cơ quan, tổ chức của khách mời.")),
            Length(max=ORGANISATION_MAX, message=_l("Tên cơ quan dài quá 200 chữ.")),
        ],
        render_kw={"autocomplete": "off", "maxlength": 400},
    )
    address_as = SelectField(
        _l("Xưng hô"),
        choices=[
            SelectChoice("", _l("Ông (Bà)")),
            *(SelectChoice(one, one) for one in HONORIFICS),
        ],
        default="",
    )
    mark = HiddenField()

    def validate_full_name(self, field: Any) -> None:
        if field.data and stands_for(field.data):
            field.data = None
        if field.data:
            super().validate_full_name(field)

    def validate_position(self, field: Any) -> None:
        if field.data:
            super().validate_position(field)

    def validate_organisation(self, field: Any) -> None:
        """The letter says "Đại diện Lãnh đạo" by itself."""
        if field.data:
            field.data = _STANDS_FOR.sub("", field.data, count=1) or field.data

    def guest(self) -> Guest:
        name = self.full_name.data
        return Guest(
            role=GuestKind(self.role.data),
            organisation=self.organisation.data or "",
            entry=Entry(
                full_name=name,
                position=(self.position.data or "") if name else "",
                phone=self.phone_number,
                email=self.email.data,
                honorific=(self.address_as.data or self.honorific or "") if name else "",
            ),
        )


class EndForm(BaseForm):
    """Why somebody is no longer invited, or which of two entries goes; `mark`: what was seen."""

    mark = HiddenField()
    reason = reason_field(_l("Hãy ghi lý do."))


class SeenForm(BaseForm):
    """Only the CSRF token; ids and marks come as lists."""


class CellsField(TextAreaField):
    """Tabs and lines are what counts: not cleaned."""


class PasteForm(BaseForm):
    pasted = CellsField(
        _l("Dán từ Excel"),
        validators=[Length(max=PASTE_MAX, message=_l("Đoạn dán quá dài. Hãy dán từng phần."))],
        render_kw={"rows": 4, "autocomplete": "off"},
    )


def stands_for(text: str) -> bool:
    """ "Đại diện Lãnh đạo …", "Đại diện": nobody is named yet."""
    return clean_text(text).lower().startswith(("đại diện", "lãnh đạo"))


# ---------------------------------------------------------------- the grid of invited units

COLUMNS = ("honorific", "full_name", "position", "phone", "email")


@dataclass
class GridRow:
    """One invited unit's line: what stands in the fields, and what is wrong with it by field."""

    participation: Participation
    standing: Registration | None
    values: dict[str, str]
    mark: str
    errors: dict[str, str] = field(default_factory=dict)
    entry: Entry | None = None
    pasted: bool = False

    @property
    def key(self) -> str:
        """What the names of its fields end with."""
        return f"{self.participation.id}-{self.standing.id if self.standing else 0}"

    @property
    def named(self) -> Named:
        assert self.entry is not None
        return Named(self.participation, self.standing, self.entry, self.mark)


def grid(units: Sequence[tuple[Participation, Registration | None]]) -> list[GridRow]:
    return [
        GridRow(unit, standing, _stored(standing), mark_of(standing) if standing else "")
        for unit, standing in units
    ]


def _stored(one: Registration | None) -> dict[str, str]:
    if one is None:
        return dict.fromkeys(COLUMNS, "")
    return {
        "honorific": one.honorific or "", "full_name": one.full_name or "",
        "position": one.position or "", "phone": phone_display(one.phone),
        "email": one.email or "",
    }  # fmt: skip


def take_typed(rows: Sequence[GridRow], form: Mapping[str, str]) -> list[GridRow]:
    """Put what was typed into the rows and check it. → those that differ from what is stored.

    A row whose stored entry changed since the page was shown says so and is not saved. Rows the
    page did not show (a unit called meanwhile) stay as they are.
    """
    shown = {key.removeprefix("mark-") for key in form if key.startswith("mark-")}
    changed = []
    for row in rows:
        key = row.key if row.key in shown else _earlier_key(row, shown)
        if key is None:
            continue
        before = row.values
        typed = {name: clean_text(form.get(f"{name}-{key}", ""))[:400] for name in COLUMNS}
        if typed == before or (key != row.key and not typed["full_name"]):
            continue
        row.values = typed
        row.entry = _checked(row, form.get(f"full_name-{key}", ""))
        if form[f"mark-{key}"] != row.mark:
            row.errors["full_name"] = _(
                "Người khác vừa sửa dòng này, nay là “%(name)s”. Hãy tải lại trang.",
                name=before["full_name"] or _("Đại diện Lãnh đạo"),
            )
        changed.append(row)
    return changed


def _earlier_key(row: GridRow, shown: Collection[str]) -> str | None:
    """The line of this unit as an older page showed it: for an entry that stands no more."""
    return next((one for one in shown if one.startswith(f"{row.participation.id}-")), None)


def _checked(row: GridRow, raw_name: str) -> Entry:
    values, errors = row.values, row.errors
    if stands_for(values["full_name"]):
        values["full_name"] = ""
    given, name = split_honorific(values["full_name"])
    if given.title() in HONORIFICS:  # "Bà Lê Thị An" pasted into one cell
        values["full_name"], values["honorific"] = name, values["honorific"] or given.title()
        raw_name = name
    if values["full_name"]:
        problem = name_problem(raw_name)
        if problem is not None and not problem.is_warning:
            errors["full_name"] = str(problem.message)
        elif problem is not None and problem.suggestion:
            values["full_name"] = problem.suggestion  # never silently: a person looks once more
            errors["full_name"] = _("Đã đổi cách viết tên. Nếu đúng, hãy lưu lần nữa.")
    elif values["position"] or values["honorific"]:
        errors["full_name"] = _("Hãy nhập họ và tên, hoặc xóa các ô còn lại của dòng này.")
    if values["position"]:
        problem = position_problem(values["position"])
        if problem is not None and not problem.is_warning:
            errors["position"] = str(problem.message)
    if values["honorific"] not in ("", *HONORIFICS):
        values["honorific"] = ""
    return Entry(
        full_name=values["full_name"] or None,
        position=values["position"],
        phone=_phone(values, errors),
        email=_email(values, errors),
        honorific=values["honorific"],
    )


def _phone(values: dict[str, str], errors: dict[str, str]) -> str | None:
    if not values["phone"]:
        return None
    try:
        return parse_phone(values["phone"]).e164
    except DomainError as error:
        errors["phone"] = str(error)
        return None


def _email(values: dict[str, str], errors: dict[str, str]) -> str | None:
    if not values["email"]:
        return None
    try:
        return clean_address(values["email"])
    except DomainError as error:
        errors["email"] = str(error)
        return None


# ---------------------------------------------------------------- pasted cells


@dataclass(frozen=True)
class Pasted:
    """``filled``: rows that took a name; ``unknown``: lines whose unit is none of the list."""

    filled: int
    unknown: list[str]


def paste_into(rows: Sequence[GridRow], text: str) -> Pasted:
    """Lines of cells: unit (code or name), then the person, and optionally position, phone, address.

    Nothing is stored: the grid shows it for a person to look over.
    """
    by_key: dict[str, GridRow] = {}
    for row in rows:
        unit = row.participation
        for name in (unit.code, unit.name, unit.short_name):
            by_key.setdefault(unit_match_key(name), row)
    filled, unknown = 0, []
    for line in text.splitlines()[:500]:
        cells = [clean_text(cell) for cell in re.split(r"\t|;", line)]
        if not any(cells):
            continue
        row_found = by_key.get(unit_match_key(cells[0]))
        if row_found is None or len(cells) < 2:
            unknown.append(clean_text(line)[:120])
            continue
        for name, cell in zip(("full_name", "position", "phone", "email"), cells[1:], strict=False):
            if cell:
                row_found.values[name] = cell[:400]
        _checked(row_found, row_found.values["full_name"])
        row_found.pasted = True
        filled += 1
    return Pasted(filled, unknown)
