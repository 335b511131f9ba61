"""What the desk fills in beside a signed form, and an upload on behalf of a unit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    FileField,
    HiddenField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from app.core.forms import BaseForm
from app.core.names import name_problem, position_problem
from app.core.vietnamese import clean_text
from app.events.fields import DayField, HourField, moment_of

SAME, DIFFERS = "same", "differs"
THERE, LACKS = "there", "lacks"
TONES = {SAME: "yes", THERE: "yes", DIFFERS: "no", LACKS: "no"}


def _compared(label: Any) -> RadioField:
    choices = [SelectChoice(SAME, _l("Khớp")), SelectChoice(DIFFERS, _l("Khác"))]
    return RadioField(label, choices=choices, validate_choice=False)


def _present(label: Any) -> RadioField:
    choices = [SelectChoice(THERE, _l("Đủ")), SelectChoice(LACKS, _l("Thiếu"))]
    return RadioField(label, choices=choices, validate_choice=False)


class ReviewForm(BaseForm):
    """Every row is judged by a person; ``mark``: what was seen.

    ``for_acceptance`` decides which of the two buttons was pressed.
    """

    mark = HiddenField()
    name_row = _compared(_l("Họ và tên"))
    paper_name = StringField(
        _l("Tên trên giấy"), render_kw={"maxlength": 400, "autocomplete": "off"}
    )
    position_row = _compared(_l("Chức vụ"))
    paper_position = StringField(
        _l("Chức vụ trên giấy"), render_kw={"maxlength": 400, "autocomplete": "off"}
    )
    signature_row = _present(_l("Chữ ký"))
    seal_row = _present(_l("Dấu"))
    sentence = TextAreaField(
        _l("Câu gửi đơn vị"),
        validators=[Length(max=500, message=_l("Câu trả lời dài quá 500 chữ. Hãy viết gọn lại."))],
        render_kw={"rows": 2},
    )

    def may_accept(self) -> bool:
        """Fills in errors where a row is not judged, lacks something, or wants the paper's words."""
        self.validate()
        for row in (self.name_row, self.position_row):
            if row.data not in (SAME, DIFFERS):
                _complain(row, _("Hãy chọn Khớp hoặc Khác."))
        for row in (self.signature_row, self.seal_row):
            if row.data == LACKS:
                _complain(row, _("Còn thiếu, chưa duyệt được. Hãy yêu cầu gửi lại bản ký."))
            elif row.data != THERE:
                _complain(row, _("Hãy chọn Đủ hoặc Thiếu."))
        if self.name_row.data == DIFFERS:
            self._check_paper(self.paper_name, name_problem)
        if self.position_row.data == DIFFERS:
            self._check_paper(self.paper_position, position_problem)
        return not self.errors

    @staticmethod
    def _check_paper(field: StringField, problem_of: Any) -> None:
        problem = problem_of(field.data or "")
        if problem is not None and not problem.is_warning:
            _complain(field, str(problem.message))

    def may_refuse(self) -> bool:
        self.validate()
        if not self.sentence.data:
            _complain(self.sentence, _("Hãy viết một câu để đơn vị biết cần gửi lại vì sao."))
        return not self.errors

    @property
    def name_on_paper(self) -> str | None:
        """Where it differs from the entry."""
        return clean_text(self.paper_name.data or "") if self.name_row.data == DIFFERS else None

    @property
    def position_on_paper(self) -> str | None:
        return (
            clean_text(self.paper_position.data or "")
            if self.position_row.data == DIFFERS
            else None
        )


def _complain(field: Any, sentence: str) -> None:
    field.errors = [*field.errors, sentence]


class UploadForm(BaseForm):
    """A scan that reached the desk another way; with the moment it came, when that was earlier."""

    file = FileField(_l("Bản ký"))
    source = RadioField(
        _l("Bản ký đến bằng cách nào"),
        choices=[
            SelectChoice("mail", _l("Thư điện tử")),
            SelectChoice("desk", _l("Bản giấy")),
        ],
        default="mail",
    )
    came_day = DayField(_l("Ngày đến"), description=_l("Bỏ trống nếu vừa đến."))
    came_hour = HourField(_l("Giờ đến"))

    came_at: datetime | None = None

    def checked(self, now: datetime) -> bool:
        """Whether all is in order; then ``came_at`` holds the moment, if one was given."""
        if not self.validate_on_submit():
            return False
        self.came_at = moment_of(self.came_day, self.came_hour)
        if self.came_at is not None and self.came_at > now:
            _complain(self.came_day, _("Lúc này chưa tới. Hãy xem lại ngày, giờ."))
        return not self.errors
