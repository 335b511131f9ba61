"""One unit by hand, checked by the same rules as an imported row."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.core.forms import BaseForm
from app.core.phones import display_phone
from app.core.spreadsheets import Cell, CellKind, Column, Row, Table
from app.units.importing import COLUMNS, ImportPreview, UnitValues, check_rows
from app.units.models import Unit
from app.units.rules import DISTRICTS, KIND_SPELLINGS, UnitKind


class UploadForm(BaseForm):
    file = FileField(_l("Tệp danh sách đơn vị"))


class CellForm(BaseForm):
    row = HiddenField()
    field = HiddenField()
    text = StringField()


class UnitForm(BaseForm):
    code = StringField(_l("Mã"))
    name = StringField(_l("Tên đơn vị"))
    kind = SelectField(
        _l("Loại"), choices=[SelectChoice(KIND_SPELLINGS[k][0], k.label) for k in UnitKind]
    )
    district = SelectField(
        _l("Quận, huyện"),
        choices=[SelectChoice("", "–"), *(SelectChoice(one.name, one.name) for one in DISTRICTS)],
    )
    short_name = StringField(_l("Tên ngắn"))
    email = StringField(_l("Thư điện tử"))
    phone = StringField(_l("Điện thoại"))
    header_line_1 = StringField(_l("Dòng 1 của tiêu đề"))
    header_line_2 = StringField(_l("Dòng 2 của tiêu đề"))
    aliases = StringField(_l("Tên gọi khác"))
    valid_from = StringField(_l("Hiệu lực từ"))
    valid_until = StringField(_l("Hiệu lực đến"))
    note = TextAreaField(_l("Ghi chú"), render_kw={"rows": 2})

    @classmethod
    def of(cls, unit: Unit) -> UnitForm:
        day = "%d/%m/%Y"
        values = {name: getattr(unit, name) for name in COLUMNS}
        values |= {
            "kind": KIND_SPELLINGS[UnitKind(unit.kind)][0],
            "phone": display_phone(unit.phone) if unit.phone else "",
            "aliases": "; ".join(unit.aliases or ()),
            "valid_from": unit.valid_from.strftime(day) if unit.valid_from else "",
            "valid_until": unit.valid_until.strftime(day) if unit.valid_until else "",
        }
        return cls(formdata=None, data=values)

    def checked(self) -> UnitValues | None:
        """What to store, or None with the errors at the fields. Warnings do not stop a person."""
        cells = {name: Cell(self[name].data, CellKind.TEXT) for name in COLUMNS if self[name].data}
        columns = {name: Column("", titles[0]) for name, titles in COLUMNS.items()}
        preview: ImportPreview = check_rows(Table("", 0, columns, [Row(1, cells)]), {})
        row = preview.rows[0]
        for problem in row.problems:
            if problem.level == "error":
                self[problem.field].errors = [*self[problem.field].errors, problem.message]
        return None if row.has_errors else row.values
