"""Shapes of what is typed on the pages of accounts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.validators import Length

from app.accounts.words import ROLE_HELP, ROLE_WORDS
from app.core.addresses import email_problem
from app.core.forms import BaseForm, Needed
from app.core.policies import ROLES

NAME_MAX = 120


class NameForm(BaseForm):
    full_name = StringField(
        _l("Họ và tên"),
        [
            Needed(_l("Hãy nhập họ và tên.")),
            Length(max=NAME_MAX, message=_l("Tên dài nhất 120 ký tự.")),
        ],
    )


class AccountForm(NameForm):
    role = RadioField(_l("Vai trò"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.flags.required = True
        self.role.choices = [(name, f"{ROLE_WORDS[name]}: {ROLE_HELP[name]}") for name in ROLES]

    def validate_role(self, field: RadioField) -> None:
        if field.data not in ROLES:
            raise ValidationError(str(_l("Hãy chọn một vai trò.")))


class NewAccountForm(AccountForm):
    email = EmailField(_l("Thư điện tử"), [Needed(_l("Hãy nhập địa chỉ thư."))])
    role = RadioField(_l("Vai trò"), validate_choice=False)  # again: errors in the page's order
    password = PasswordField(_l("Mật khẩu"))

    def validate_email(self, field: EmailField) -> None:
        problem = email_problem(field.data or "")
        if problem is not None:
            raise ValidationError(str(problem.message))


class PasswordForm(BaseForm):
    """Empty: the system makes one."""

    password = PasswordField(_l("Mật khẩu mới"))


class TwoStepForm(BaseForm):
    """`secret`: the sealed secret behind the picture, so that a mistyped code keeps the picture."""

    secret = HiddenField()
    code = StringField(_l("Mã sáu chữ số"), [Needed(_l("Hãy nhập mã sáu chữ số trên điện thoại."))])
    password = PasswordField(_l("Mật khẩu hiện nay"), [Needed(_l("Hãy nhập mật khẩu."))])


class OwnPasswordForm(BaseForm):
    password = PasswordField(_l("Mật khẩu hiện nay"), [Needed(_l("Hãy nhập mật khẩu."))])


class AuditForm(BaseForm):
    """The filters of the audit log; they stand in the address."""

    class Meta(BaseForm.Meta):
        csrf = False

    actor = SelectField(_l("Người thao tác"), validate_choice=False)
    action = SelectField(_l("Thao tác"), validate_choice=False)
    event = SelectField(_l("Sự kiện"), validate_choice=False)
    since = StringField(_l("Từ ngày"))
    until = StringField(_l("Đến ngày"))

    def validate_since(self, field: StringField) -> None:
        _day(field)

    def validate_until(self, field: StringField) -> None:
        day = _day(field)
        since = _parsed(self.since.data)
        if day and since and day < since:
            raise ValidationError(str(_l("Ngày cuối đứng trước ngày đầu.")))

    def day(self, name: str) -> date | None:
        """The day typed in `since` or `until`; None when empty or wrong."""
        return _parsed(self[name].data)


def _day(field: StringField) -> date | None:
    day = _parsed(field.data)
    if field.data and day is None:
        raise ValidationError(str(_l("Hãy nhập ngày/tháng/năm, ví dụ 05/03/2024.")))
    return day


def _parsed(text: str | None) -> date | None:
    try:
        return datetime.strptime((text or "").strip(), "%d/%m/%Y").date()
    except ValueError:
        return None
