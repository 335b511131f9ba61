"""What is typed to check a receipt."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, ValidationError

from app.core.forms import BaseForm, Needed
from app.receipts.rules import (
    CODE_DIGITS,
    SHA256_DIGITS,
    is_digits,
    read_code,
    read_sha256,
    without_blanks,
)


class CheckForm(BaseForm):
    code = StringField(
        _l("Mã biên nhận"),
        validators=[Needed(_l("Hãy nhập mã biên nhận, 12 chữ số."))],
        description=_l("12 chữ số, cách nhau hay không đều được. Ví dụ: 2406 0318 7752."),
        render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": 40},
    )
    signature = StringField(
        _l("Chữ ký trên biên nhận"),
        description=_l("Chép cả chữ ký để xem có đúng là của Sở không."),
        render_kw={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false",
                   "maxlength": 200},
    )  # fmt: skip
    sha256 = StringField(
        _l("Mã SHA-256 của tệp bản ký"),
        description=_l("Để chứng minh tệp đang giữ đúng là tệp Sở đã nhận."),
        render_kw={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false",
                   "maxlength": 200},
    )  # fmt: skip

    def validate_code(self, field: Any) -> None:
        typed = without_blanks(field.data or "").replace(".", "").replace("-", "")
        if read_code(typed) is not None:
            return
        if not is_digits(typed):
            raise ValidationError(_("Mã biên nhận chỉ có chữ số. Hãy bỏ chữ và dấu khác."))
        raise ValidationError(
            _(
                "Mã này có %(typed)s chữ số, mã biên nhận có %(needed)s. Hãy xem lại.",
                typed=len(typed),
                needed=CODE_DIGITS,
            )
        )

    def validate_sha256(self, field: Any) -> None:
        if field.data and read_sha256(field.data) is None:
            raise ValidationError(
                _("Mã SHA-256 có %(count)s chữ số và chữ cái từ a đến f.", count=SHA256_DIGITS)
            )
