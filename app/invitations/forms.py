"""Number and date of the letters, and the choice of whom to send to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, ValidationError
from wtforms.validators import Length

from app.core.forms import BaseForm


class NumberForm(BaseForm):
    """Both empty until the clerk's office has given them."""

    number = StringField(
        _l("Số giấy mời"),
        validators=[Length(max=20, message=_l("Số dài quá 20 ký tự."))],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    issued_on = StringField(
        _l("Ngày ban hành"),
        render_kw={"inputmode": "numeric", "placeholder": "13/03/2024", "autocomplete": "off"},
    )
    day: date | None = None

    def validate_number(self, field: Any) -> None:
        if field.data and not (field.data.isascii() and field.data.isdecimal()):
            raise ValidationError(str(_l("Chỉ nhập phần số, ví dụ 214. Ký hiệu đã có sẵn.")))

    def validate_issued_on(self, field: Any) -> None:
        if not field.data:
            return
        try:
            self.day = datetime.strptime(field.data, "%d/%m/%Y").date()
        except ValueError:
            raise ValidationError(
                str(_l("Ngày viết theo dạng ngày/tháng/năm, ví dụ 07/03/2024."))
            ) from None


class SendForm(BaseForm):
    """Only the CSRF token; the chosen units come as `ids`."""
