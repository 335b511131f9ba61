"""What a delegate asks, and what the desk writes of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from app.core.addresses import clean_address
from app.core.days_off import MOST_DAYS
from app.core.errors import DomainError
from app.core.forms import BaseForm, Needed
from app.core.phones import parse_phone
from app.events.fields import DayField, LinesField, parse_day
from app.personal_data.erasing_one import CONTACTS, EVERYTHING
from app.personal_data.rules import Kind
from app.personal_data.words import KIND_WORDS

TEXT_MAX = 2000


def too_long(letters: int) -> Length:
    return Length(max=letters, message=_l("Hãy viết gọn lại, không quá %(max)d chữ."))


class AskForm(BaseForm):
    """``contact`` after validation: +84…, or an address."""

    kind = RadioField(
        _l("Yêu cầu"),
        choices=[SelectChoice(str(kind), word) for kind, word in KIND_WORDS.items()],
        validate_choice=False,
    )
    full_name = StringField(
        _l("Họ và tên của người có dữ liệu"),
        validators=[Needed(_l("Hãy nhập họ và tên, như đơn vị đã đăng ký.")), too_long(120)],
        render_kw={"autocomplete": "name", "maxlength": 200},
    )
    unit_name = StringField(
        _l("Đơn vị công tác"),
        validators=[Needed(_l("Hãy nhập tên đơn vị đã cử dự tập huấn.")), too_long(300)],
        render_kw={"autocomplete": "organization", "maxlength": 400},
    )
    contact = StringField(
        _l("Điện thoại hoặc thư điện tử để Sở trả lời"),
        validators=[
            Needed(_l("Hãy nhập số điện thoại hoặc địa chỉ thư để Sở trả lời.")),
            too_long(254),
        ],
        render_kw={"autocomplete": "off", "maxlength": 300},
    )
    text = TextAreaField(_l("Nội dung"), validators=[too_long(TEXT_MAX)], render_kw={"rows": 4})

    def validate_kind(self, field: Any) -> None:
        if field.data not in list(Kind):
            raise ValidationError(str(_l("Hãy chọn một yêu cầu.")))

    def validate_contact(self, field: Any) -> None:
        if not field.data:
            return
        try:
            field.data = (
                clean_address(field.data) if "@" in field.data else parse_phone(field.data).e164
            )
        except DomainError as error:
            raise ValidationError(str(error)) from error

    def validate_text(self, field: Any) -> None:
        if self.kind.data == Kind.CORRECT and not field.data:
            raise ValidationError(str(_l("Hãy ghi chỗ nào chưa đúng và sửa thành gì.")))


class AnswerForm(BaseForm):
    """The words go to the person as they are."""

    answer = TextAreaField(
        _l("Trả lời người yêu cầu"),
        validators=[Needed(_l("Hãy viết câu trả lời.")), too_long(TEXT_MAX)],
        render_kw={"rows": 5},
    )


class RefuseForm(BaseForm):
    answer = TextAreaField(
        _l("Lý do từ chối, gửi người yêu cầu"),
        validators=[
            Needed(_l("Từ chối phải có lý do bằng văn bản. Hãy ghi căn cứ và lý do.")),
            too_long(TEXT_MAX),
        ],
        render_kw={"rows": 5},
    )


class ExtendForm(BaseForm):
    """One extension; ``latest`` is set by the page."""

    until = DayField(_l("Thực hiện chậm nhất ngày"), validators=[Needed(_l("Hãy nhập ngày."))])
    answer = TextAreaField(
        _l("Lý do gia hạn, báo người yêu cầu"),
        validators=[Needed(_l("Hãy ghi lý do gia hạn.")), too_long(TEXT_MAX)],
        render_kw={"rows": 4},
    )

    after: date | None = None
    latest: date | None = None

    def validate_until(self, field: Any) -> None:
        if field.day is None or self.after is None or self.latest is None:
            return
        if not self.after < field.day <= self.latest:
            raise ValidationError(
                str(
                    _l(
                        "Ngày mới phải sau ngày %(after)s và không quá ngày %(latest)s.",
                        after=f"{self.after:%d/%m/%Y}",
                        latest=f"{self.latest:%d/%m/%Y}",
                    )
                )
            )


class EraseForm(BaseForm):
    """``scope``: the line of the list stays, or goes with all the rest."""

    scope = RadioField(
        _l("Xóa những gì"),
        choices=[
            SelectChoice(
                CONTACTS,
                _l(
                    "Điện thoại, thư điện tử, cách xưng hô, ảnh bản ký, thư gửi riêng. "
                    "Giữ họ tên, chức vụ trong danh sách của đợt tập huấn"
                ),
            ),
            SelectChoice(EVERYTHING, _l("Tất cả, cả họ tên và chức vụ")),
        ],
        validate_choice=False,
    )
    reason = TextAreaField(
        _l("Căn cứ, lý do"),
        validators=[
            Needed(_l("Hãy ghi căn cứ. Giữ lại họ tên thì ghi vì sao được giữ.")),
            too_long(500),
        ],
        render_kw={"rows": 3},
    )

    def validate_scope(self, field: Any) -> None:
        if field.data not in (CONTACTS, EVERYTHING):
            raise ValidationError(str(_l("Hãy chọn phần cần xóa.")))


class DaysOffForm(BaseForm):
    """``parsed`` after validation."""

    days = LinesField(_l("Các ngày nghỉ, mỗi dòng một ngày"), render_kw={"rows": 10})

    parsed: list[date]

    def validate_days(self, field: Any) -> None:
        self.parsed = []
        for line in field.lines:
            day = parse_day(line)
            if day is None:
                raise ValidationError(
                    str(_l("“%(line)s” không phải một ngày. Hãy viết theo mẫu 05/03/2024.",
                           line=line[:40]))
                )  # fmt: skip
            self.parsed.append(day)
        if len(self.parsed) > MOST_DAYS:
            raise ValidationError(
                str(_l("Nhiều nhất %(most)s ngày. Hãy bỏ các ngày đã qua.", most=MOST_DAYS))
            )
