"""What the desk lays before a leader, what he answers, numbers one each, real letters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    HiddenField,
    MultipleFileField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from app.core.forms import BaseForm, Needed
from app.events.fields import CheckboxesField, DayField
from app.events.rules import Route

LONGEST = _l("Dài quá 1.000 chữ. Hãy viết gọn lại.")
ROUTE_WORDS = {
    Route.REGISTRATION: _l("Theo phiếu đăng ký"),
    Route.INVITATION: _l("Mời không qua phiếu"),
    Route.GUEST: _l("Khách mời, báo cáo viên"),
}


class SubmitForm(BaseForm):
    """No route chosen: all of them. ``ids``: participations chosen by hand, apart by commas."""

    routes = CheckboxesField(
        _l("Trình những thư nào"),
        choices=[SelectChoice(str(route), word) for route, word in ROUTE_WORDS.items()],
    )
    note = TextAreaField(_l("Lời trình"), validators=[Length(max=1000, message=LONGEST)],
                         render_kw={"rows": 3})  # fmt: skip
    ids = HiddenField()

    @property
    def chosen(self) -> set[int] | None:
        parts = [one for one in (self.ids.data or "").split(",") if one.isdecimal()]
        return {int(one) for one in parts if len(one) < 10} or None


class ApproveForm(BaseForm):
    """``mark``: the digest of what the page showed."""

    mark = HiddenField()


class ReturnForm(BaseForm):
    sentence = TextAreaField(
        _l("Cần sửa gì"),
        validators=[
            Needed(_l("Hãy ghi cần sửa gì, để bàn đăng ký làm theo.")),
            Length(max=1000, message=LONGEST),
        ],
        render_kw={"rows": 4},
    )


class NumbersForm(BaseForm):
    """The numbers stand in fields ``number-<letter id>``; ``column``: pasted from a spreadsheet."""

    issued_on = DayField(_l("Ngày ban hành"))
    column = TextAreaField(
        _l("Dán cột số từ Excel"),
        validators=[Length(max=20_000, message=_l("Cột số dài quá. Hãy dán riêng cột số."))],
        render_kw={"rows": 3, "autocomplete": "off"},
    )

    def pasted(self) -> list[str]:
        return (self.column.data or "").split()


def number_problem(text: str) -> str | None:
    """Why this is no number of the clerk's office; None when it is one, or none yet."""
    if text and not (text.isascii() and text.isdecimal()):
        return str(_l("Chỉ nhập phần số, ví dụ 214. Ký hiệu đã có sẵn."))
    if len(text) > 20:
        return str(_l("Số dài quá 20 ký tự."))
    return None


class FilesForm(BaseForm):
    files = MultipleFileField(_l("Bản quét đã ký, đóng dấu"))
    covers = SelectField(
        _l("Bản này là"),
        choices=[
            SelectChoice("one", _l("Thư của từng người, tìm theo mã vuông")),
            SelectChoice("all", _l("Một bản dùng chung cho mọi thư")),
        ],
    )


class AssignForm(BaseForm):
    registration = StringField(_l("Thư của ai"))

    def validate_registration(self, field: Any) -> None:
        if not (field.data or "").isdecimal() or len(field.data) > 9:
            raise ValidationError(str(_l("Hãy chọn thư này của ai.")))
