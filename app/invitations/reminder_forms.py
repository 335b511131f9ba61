"""The desk's buttons of the reminders: which line of the schedule, which kind, whom."""

from __future__ import annotations

import re
import secrets
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange

from app.core.forms import BaseForm, Needed
from app.invitations.reminder_rules import (
    AFTER_THE_EVENT,
    DAYS_MOST,
    LATEST,
    MORNING,
    Anchor,
    Kind,
    clock_of,
)
from app.invitations.reminders import TITLES

_TIME = re.compile(r"([01]?\d|2[0-3])[:hg]([0-5]\d)")


class SendForm(BaseForm):
    """``key`` makes a button pressed twice start one batch; ``again``: the desk means it;
    ``ids``: only these, with commas between."""

    key = HiddenField(validators=[Length(min=8, max=60)])
    ids = HiddenField(validators=[Length(max=120_000)])
    again = BooleanField(_l("Gửi lần nữa, dù vừa gửi"))

    @classmethod
    def fresh(cls, ids: str = "") -> SendForm:
        return cls(formdata=None, key=secrets.token_urlsafe(16), ids=ids)


class LineForm(BaseForm):
    """One line of the schedule, told by what makes it unique, and what to do with it."""

    which = HiddenField(validators=[AnyOf([str(one) for one in Kind])])
    anchor = HiddenField(validators=[AnyOf([str(one) for one in Anchor])])
    days = IntegerField(validators=[InputRequired(), NumberRange(-DAYS_MOST, DAYS_MOST)])
    do = HiddenField(validators=[AnyOf(["on", "off", "remove"])])


class SwitchForm(BaseForm):
    on = HiddenField(validators=[AnyOf(["yes", "no"])])


class TimeForm(BaseForm):
    """``days``: before what it reminds of, or after the event for what comes after it."""

    kind = SelectField(_l("Thư"), choices=[SelectChoice(str(kind), TITLES[kind]) for kind in Kind])
    days = IntegerField(
        _l("Số ngày"),
        validators=[
            InputRequired(_l("Hãy nhập số ngày.")),
            NumberRange(0, DAYS_MOST, _l("Số ngày từ 0 đến 60.")),
        ],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    at = StringField(
        _l("Giờ gửi"),
        validators=[Needed(_l("Hãy nhập giờ gửi, ví dụ 08:00."))],
        render_kw={"autocomplete": "off", "maxlength": 5, "placeholder": "08:00"},
    )

    def validate_at(self, field: Any) -> None:
        found = _TIME.fullmatch(field.data or "")
        if found is None:
            raise ValidationError(_("Giờ viết dạng 08:00."))
        field.data = f"{int(found[1]):02d}:{found[2]}"
        if not MORNING <= clock_of(field.data) < LATEST:
            raise ValidationError(_("Chỉ gửi từ 07:00 đến trước 18:00."))

    @property
    def chosen(self) -> Kind:
        return Kind(self.kind.data)

    @property
    def signed_days(self) -> int:
        number = int(self.days.data or 0)
        return number if self.chosen in AFTER_THE_EVENT else -number
