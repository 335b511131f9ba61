"""The forms that make an event: by hand, or from the file of a plan."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import IntegerField, StringField, ValidationError
from wtforms.validators import InputRequired, NumberRange

from app.core.forms import BaseForm, Needed
from app.events.fields import CheckboxesField, DayField, HourField
from app.events.fields import moment_of as moment_of_fields
from app.events.forms import CALLED_KINDS, KindsForm, at_most, needed_text
from app.events.rules import is_slug


class NewEventForm(KindsForm):
    """The few things an event cannot be without; the rest is filled in its settings."""

    title = needed_text(
        _l("Tên đầy đủ (trích yếu của kế hoạch)"),
        2000,
        _l("Hãy nhập tên đầy đủ của sự kiện."),
        area=True,
    )
    short_title = needed_text(_l("Tên ngắn"), 160, _l("Hãy nhập tên ngắn của sự kiện."))
    slug = StringField(_l("Địa chỉ trang"), validators=[at_most(80)])
    tentative_time = needed_text(
        _l("Thời gian dự kiến"), 200, _l("Hãy ghi thời gian dự kiến bằng lời.")
    )
    venue = needed_text(_l("Địa điểm"), 200, _l("Hãy nhập địa điểm."))
    venue_address = needed_text(_l("Địa chỉ của địa điểm"), 300, _l("Hãy nhập địa chỉ."))
    cutoff_day = DayField(
        _l("Hạn đăng ký: ngày"), validators=[Needed(_l("Hãy nhập ngày hết hạn."))]
    )
    cutoff_hour = HourField(
        _l("Hạn đăng ký: giờ"), validators=[Needed(_l("Hãy nhập giờ hết hạn."))]
    )
    planned_seats = IntegerField(
        _l("Số chỗ dự kiến"),
        validators=[
            InputRequired(message=_l("Hãy nhập số chỗ từ 1 đến 100.000.")),
            NumberRange(1, 100_000, message=_l("Hãy nhập số chỗ từ 1 đến 100.000.")),
        ],
    )
    # said again so that the summary of errors keeps the order of the page
    registering_kinds = CheckboxesField(_l("Đăng ký theo phiếu"), choices=CALLED_KINDS)
    invited_kinds = CheckboxesField(_l("Dự theo giấy mời"), choices=CALLED_KINDS)
    valid_on = DayField(_l("Lấy tên đơn vị theo ngày"), validators=[Needed(_l("Hãy nhập ngày."))])

    def validate_slug(self, field: Any) -> None:
        if field.data and not is_slug(field.data):
            raise ValidationError(
                str(
                    _l(
                        "Địa chỉ chỉ gồm chữ thường không dấu, chữ số và dấu gạch, "
                        "ví dụ tap-huan-2024."
                    )
                )
            )

    cutoff_at: datetime | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        self.cutoff_at = moment_of_fields(self.cutoff_day, self.cutoff_hour)
        return not self.errors


class PlanFileForm(BaseForm):
    plan_file = FileField(_l("Tệp kế hoạch (.toml)"))
