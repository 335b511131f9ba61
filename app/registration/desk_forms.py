"""What the desk types: entries on behalf of a unit, decisions with their reason, more seats."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange

from app.core.clock import from_local, local
from app.core.forms import BaseForm, Needed
from app.events.fields import DayField, HourField, moment_of
from app.events.rules import cutoff_sentence, words_fit_cutoff
from app.registration.errors import CutoffNotLater
from app.registration.forms import HONORIFICS, DelegateForm
from app.registration.rows import Entry

MORE_SEATS_MAX = 500
#: Offered under the field; stored as written, so Vietnamese whatever the language of the screen.
USUAL_POSITIONS = (
    "Hiệu trưởng",
    "Phó Hiệu trưởng",
    "Giám đốc",
    "Phó Giám đốc",
    "Trưởng phòng",
    "Phó Trưởng phòng",
)
REASON_TOO_LONG = _l("Lý do dài quá 500 chữ. Hãy viết gọn lại.")
ENTRY_REASON_NEEDED = _l("Hãy ghi lý do, để người sau hiểu vì sao Sở nhập.")
SOURCES = {
    "form": _l("Bản giấy có ký, đóng dấu"),
    "mail": _l("Thư điện tử, công văn"),
    "desk": _l("Điện thoại hoặc trao đổi trực tiếp"),
}
SOURCE_WORDS = {
    "web": _l("Đơn vị tự nhập"),
    "invitation": _l("Trả lời giấy mời"),
    "door": _l("Ghi tại cửa"),
    **SOURCES,
}


def reason_field(sentence: Any) -> TextAreaField:
    """Why the desk does it; stored in the log."""
    return TextAreaField(
        _l("Lý do"),
        validators=[Needed(sentence), Length(max=500, message=REASON_TOO_LONG)],
        render_kw={"rows": 3},
    )


class PersonForm(DelegateForm):
    """A delegate as the desk enters one; ``mark``: the state of the entry that was seen."""

    usual_positions = USUAL_POSITIONS

    mark = HiddenField()
    address_as = SelectField(
        _l("Cách xưng hô trên giấy mời"),
        choices=[
            SelectChoice("", _l("Để trống")),
            *(SelectChoice(one, one) for one in HONORIFICS),
        ],
        default="",
    )
    reason = reason_field(ENTRY_REASON_NEEDED)

    def entry(self) -> Entry:
        """No notice on personal data was shown to the person, so no version is noted."""
        chosen = self.address_as.data or self.honorific or ""
        return replace(super().entry(), honorific=chosen, notice_version=None)


class OnBehalfForm(PersonForm):
    source = RadioField(
        _l("Đơn vị báo bằng cách nào"),
        choices=[SelectChoice(*pair) for pair in SOURCES.items()],
        validate_choice=False,
    )
    reason = reason_field(ENTRY_REASON_NEEDED)  # again, so that it stands last

    def validate_source(self, field: Any) -> None:
        if field.data not in SOURCES:
            raise ValidationError(str(_l("Hãy chọn cách đơn vị báo cho Sở.")))


class UnnamedForm(OnBehalfForm):
    """An invited unit may send a representative whose name comes later (P13)."""

    def validate_full_name(self, field: Any) -> None:
        if field.data:
            super().validate_full_name(field)

    def validate_position(self, field: Any) -> None:
        if field.data:
            super().validate_position(field)


class ReasonForm(BaseForm):
    mark = HiddenField()
    reason = reason_field(_l("Hãy ghi lý do."))


class RefuseForm(BaseForm):
    """The sentence goes to the unit as it is."""

    mark = HiddenField()
    reason = TextAreaField(
        _l("Câu trả lời gửi đơn vị"),
        validators=[
            Needed(_l("Hãy viết một câu để đơn vị biết vì sao.")),
            Length(max=500, message=_l("Câu trả lời dài quá 500 chữ. Hãy viết gọn lại.")),
        ],
        render_kw={"rows": 3},
    )


class AcceptForm(BaseForm):
    mark = HiddenField()
    reason = TextAreaField(
        _l("Lời nhắn gửi đơn vị"),
        validators=[
            Length(max=500, message=_l("Lời nhắn dài quá 500 chữ. Hãy viết gọn lại.")),
        ],
        render_kw={"rows": 3},
    )


class PromoteForm(ReasonForm):
    open_seat = BooleanField(_l("Mở thêm 1 chỗ cho đơn vị này"))


class OpenSeatsForm(BaseForm):
    more = IntegerField(
        _l("Số chỗ mở thêm"),
        validators=[
            Needed(_l("Hãy nhập số chỗ mở thêm.")),
            NumberRange(1, MORE_SEATS_MAX, message=_l("Mỗi lần mở thêm từ 1 đến 500 chỗ.")),
        ],
        render_kw={"inputmode": "numeric", "min": 1, "max": MORE_SEATS_MAX},
    )
    seen = HiddenField()


class ReleaseForm(BaseForm):
    seen = HiddenField()


class ExtendForm(BaseForm):
    """``moment()`` after validation: the new end, an instant."""

    day = DayField(
        _l("Ngày"),
        validators=[Needed(_l("Hãy nhập ngày của hạn mới."))],
        render_kw={"placeholder": "06/03/2024", "autocomplete": "off"},
    )
    hour = HourField(
        _l("Giờ"),
        validators=[Needed(_l("Hãy nhập giờ của hạn mới."))],
        render_kw={"placeholder": "17:00", "autocomplete": "off"},
    )
    reason = reason_field(_l("Hãy ghi lý do gia hạn."))
    tell = BooleanField(_l("Báo cho đơn vị qua thư điện tử"))

    def moment(self) -> datetime:
        assert self.day.day is not None
        assert self.hour.hour is not None
        return from_local(datetime.combine(self.day.day, self.hour.hour))


class ExtendAllForm(BaseForm):
    """A later cut-off for everybody. Call `prepare` before validation; ``until`` after it.

    While only looking (GET) the reason and the words are not asked for.
    """

    day = DayField(
        _l("Ngày"),
        validators=[Needed(_l("Hãy nhập ngày của hạn mới."))],
        render_kw={"placeholder": "06/03/2024", "autocomplete": "off", "inputmode": "numeric"},
    )
    hour = HourField(
        _l("Giờ"),
        validators=[Needed(_l("Hãy nhập giờ của hạn mới."))],
        render_kw={"placeholder": "17:00", "autocomplete": "off"},
    )
    words = StringField(
        _l("Lời văn của hạn"),
        validators=[Length(max=120, message=_l("Lời văn dài quá 120 chữ."))],
        render_kw={"maxlength": 120, "autocomplete": "off"},
    )
    reason = TextAreaField(
        _l("Lý do gia hạn"),
        validators=[Length(max=500, message=REASON_TOO_LONG)],
        render_kw={"rows": 3},
    )
    take_in = BooleanField(_l("Nhận các đề nghị bổ sung này như gửi trước hạn"))
    tell = BooleanField(_l("Báo cho các đơn vị chưa đăng ký qua thư điện tử"))
    seen = HiddenField()

    until: datetime | None = None
    _standing: datetime
    _now: datetime
    _deciding = False

    def prepare(self, standing: datetime, now: datetime, *, deciding: bool) -> None:
        """``standing``: the cut-off that holds; a new one is later than it and than now."""
        self._standing, self._now, self._deciding = standing, now, deciding

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        self.until = moment_of(self.day, self.hour)
        if self.until is not None and self.until <= max(self._standing, self._now):
            self.day.errors = [*self.day.errors, str(CutoffNotLater())]
        elif self.until is not None and self._deciding:
            self._check_decision(local(self.until))
        return not self.errors

    def _check_decision(self, moment: datetime) -> None:
        if not self.reason.data:
            self.reason.errors = [*self.reason.errors, str(_l("Hãy ghi lý do gia hạn."))]
        if not self.words.data:
            self.words.data = cutoff_sentence(moment)
        elif not words_fit_cutoff(self.words.data, moment):
            right = cutoff_sentence(moment)
            sentence = _l("Lời văn không khớp với hạn mới. Hãy viết “%(words)s”.", words=right)
            self.words.errors = [*self.words.errors, str(sentence)]
