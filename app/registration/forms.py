"""What a unit types: two required fields, the rest optional (P44, domain.md 5.3)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, SubmitField, TextAreaField, ValidationError
from wtforms.validators import Length

from app.core.addresses import clean_address
from app.core.errors import DomainError
from app.core.forms import BaseForm
from app.core.names import name_problem, position_problem, split_honorific
from app.core.phones import parse_phone
from app.core.vietnamese import clean_text
from app.events.notice import NOTICE_VERSION
from app.registration.rows import Entry

HONORIFICS = ("Ông", "Bà")


class DelegateForm(BaseForm):
    """`entry()` after validation gives what the service takes.

    A doubtful name (all capitals, "Bà" in front) stops the form once: `suggested_name` then
    holds what to offer; the person takes it (`use_name`) or keeps their own (`keep_name`).
    """

    full_name = StringField(
        _l("Họ và tên"),
        description=_l("Viết có dấu, như trong quyết định bổ nhiệm."),
        render_kw={"autocomplete": "off", "maxlength": 400, "autocapitalize": "words"},
    )
    position = StringField(
        _l("Chức vụ"),
        description=_l("Chọn hoặc tự nhập."),
        render_kw={"autocomplete": "off", "maxlength": 400},
    )
    phone = StringField(
        _l("Điện thoại"),
        description=_l("Để Sở báo khi đổi giờ. Không in trong danh sách."),
        render_kw={"inputmode": "tel", "autocomplete": "off", "maxlength": 60},
    )
    email = StringField(
        _l("Thư điện tử của người dự"),
        description=_l("Để gửi thêm một bản giấy mời. Không in trong danh sách."),
        render_kw={"inputmode": "email", "autocomplete": "off", "maxlength": 254},
    )
    registration_id = HiddenField()
    use_name = SubmitField()
    keep_name = SubmitField()

    suggested_name: str | None = None
    phone_number: str | None = None
    honorific: str | None = None

    def validate_full_name(self, field: Any) -> None:
        raw = (field.raw_data or [""])[0]  # before cleaning: line breaks tell of two people
        problem = name_problem(raw)
        if problem is None:
            return
        if problem.is_warning and self.use_name.data and problem.suggestion:
            given = split_honorific(clean_text(raw))[0].title()
            self.honorific = given if given in HONORIFICS else None
            field.data = problem.suggestion
        elif not (problem.is_warning and self.keep_name.data):
            self.suggested_name = problem.suggestion if problem.is_warning else None
            self.may_keep_name = problem.is_warning
            raise ValidationError(str(problem.message))

    may_keep_name: bool = False

    def validate_position(self, field: Any) -> None:
        problem = position_problem((field.raw_data or [""])[0])
        if problem is not None and not problem.is_warning:
            raise ValidationError(str(problem.message))

    def validate_phone(self, field: Any) -> None:
        if field.data:
            try:
                self.phone_number = parse_phone(field.data).e164
            except DomainError as error:
                raise ValidationError(str(error)) from error

    def validate_email(self, field: Any) -> None:
        if field.data:
            try:
                field.data = clean_address(field.data)
            except DomainError as error:
                raise ValidationError(str(error)) from error

    def entry(self) -> Entry:
        late_reason = self._fields.get("late_reason")
        return Entry(
            full_name=self.full_name.data,
            position=self.position.data,
            phone=self.phone_number,
            email=self.email.data,
            honorific=self.honorific,
            late_reason=late_reason.data if late_reason is not None else None,
            notice_version=NOTICE_VERSION,
        )


class LateForm(DelegateForm):
    late_reason = TextAreaField(
        _l("Lý do gửi muộn"),
        validators=[Length(max=1000, message=_l("Lý do dài quá 1.000 chữ. Hãy viết gọn lại."))],
        render_kw={"rows": 3},
    )


class ConfirmForm(BaseForm):
    """Only the CSRF token: a button that changes something."""

    registration_id = HiddenField()
