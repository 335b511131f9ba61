"""What the desk chooses for an attendance sheet."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice

from app.core.forms import BaseForm
from app.events.fields import CheckboxesField
from app.events.models import Event, EventSession
from app.hall_papers.sheet_content import SheetOptions
from app.hall_papers.sheets import NoSessionChosen, chosen_sessions
from app.printing.attendance_sheet import most_sessions

PDF = "pdf"


class SheetForm(BaseForm):
    sessions = CheckboxesField(_l("Cột ký tên cho buổi"))
    order = RadioField(
        _l("Thứ tự"),
        choices=[
            SelectChoice("groups", _l("Theo nhóm của kế hoạch")),
            SelectChoice("alphabet", _l("Một vần ABC theo tên")),
        ],
        default="groups",
    )
    row_codes = BooleanField(_l("In mã vuông của từng người, để cổng quét ngay trên giấy"))
    notes = BooleanField(_l("Thêm cột Ghi chú"))
    file_format = RadioField(
        _l("Tệp"),
        choices=[
            SelectChoice(PDF, _l("PDF để in và ký; bản đã ký quét lại đọc được")),
            SelectChoice("docx", _l("Word để sửa; không có mã, không quét lại được")),
            SelectChoice("xlsx", _l("Excel để sửa; không có mã, không quét lại được")),
        ],
        default=PDF,
    )

    def for_event(self, event: Event) -> SheetForm:
        """With the event's sessions to choose from; all of them at first, as far as they fit."""
        self.event = event
        self.sessions.choices = [SelectChoice(str(one.id), one.name) for one in event.sessions]
        if not self.is_submitted():
            fitting = event.sessions[: most_sessions(row_codes=False, notes=False)]
            self.sessions.data = [str(one.id) for one in fitting]
        return self

    @property
    def options(self) -> SheetOptions:
        return SheetOptions(
            groups=self.order.data != "alphabet",
            row_codes=bool(self.row_codes.data) and self.file_format.data == PDF,
            notes=bool(self.notes.data),
        )

    @property
    def chosen(self) -> list[EventSession]:
        """Raises NoSessionChosen."""
        given = set(self.sessions.data or ())
        return chosen_sessions(
            self.event, [one.id for one in self.event.sessions if str(one.id) in given]
        )

    def validate_sessions(self, field: CheckboxesField) -> None:
        try:
            number = len(self.chosen)
        except NoSessionChosen as error:
            raise ValidationError(str(error)) from error
        most = most_sessions(self.options.row_codes, self.options.notes)
        if number > most:
            raise ValidationError(
                _(
                    "Với mã vuông hoặc cột Ghi chú như đã chọn, tờ A4 chỉ còn chỗ cho %(n)s buổi.",
                    n=most,
                )
                if self.options.row_codes or self.options.notes
                else _("Một tờ A4 chỉ có chỗ cho %(n)s buổi. Hãy chọn bớt.", n=most)
            )
