"""The sections of an event's settings that hold words: the plan's contents and the letter's lines."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField

from app.core.forms import BaseForm
from app.events.fields import DayField, HourField, LinesField, show_moment
from app.events.fields import moment_of as moment_of_fields
from app.events.forms import SectionForm, at_most, needed_text
from app.events.models import Event, EventSession
from app.events.plan_shapes import LATE_AFTER_MOST
from app.events.rules import TIME_SENTENCES, times_problem

LONG, LINE = 4000, 300


def lines(label: Any) -> LinesField:
    return LinesField(label, validators=[at_most(LONG)])


def line(label: Any, letters: int = LINE) -> StringField:
    return StringField(label, validators=[at_most(letters)])


def area(label: Any) -> TextAreaField:
    return TextAreaField(label, validators=[at_most(LONG)])


class WordsForm(SectionForm):
    """Fields of one JSON column: LinesField ↔ list of texts, everything else ↔ text."""

    column = ""

    @classmethod
    def values_from(cls, words: dict[str, Any]) -> dict[str, Any]:
        return {
            name: "\n".join(value) if isinstance(value, list) else value
            for name, value in words.items()
            if not isinstance(value, dict) and not _is_table_list(value)
        }

    def changes(self, event: Event) -> dict[str, Any]:
        words = dict(getattr(event, self.column))
        for field in self:
            if field.name != "csrf_token":
                words[field.name] = (
                    field.lines if isinstance(field, LinesField) else field.data or ""
                )
        return {self.column: words}


def _is_table_list(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


class ContentForm(WordsForm):
    column = "plan"
    contents = lines(_l("Nội dung"))
    audience = lines(_l("Thành phần"))
    aims = lines(_l("Mục đích, yêu cầu"))
    presenters = lines(_l("Báo cáo viên"))
    headcount = line(_l("Số lượng"))
    headcount_note = line(_l("Ghi chú về số lượng"))
    time_note = line(_l("Ghi chú về thời gian"))
    costs = area(_l("Kinh phí"))
    support = area(_l("Đề nghị với đơn vị"))
    lead = line(_l("Đơn vị chủ trì"))
    cooperating = lines(_l("Đơn vị phối hợp"))
    tasks = lines(_l("Nhiệm vụ"))
    distribution = lines(_l("Nơi nhận"))

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        return WordsForm.values_from(event.plan)


class LetterForm(WordsForm):
    column = "letter"
    superior = lines(_l("Cơ quan chủ quản"))
    issuer = lines(_l("Cơ quan ban hành"))
    place = line(_l("Địa danh"), 60)
    symbol = line(_l("Ký hiệu giấy mời"), 60)
    list_symbol = line(_l("Ký hiệu danh sách"), 60)
    subject = lines(_l("Trích yếu, mỗi dòng một dòng in"))
    inviter = line(_l("Bên mời"))
    recipients = lines(_l("Nơi nhận"))
    authority = line(_l("Quyền hạn ký"), 120)
    sign_title = line(_l("Chức vụ người ký"), 120)
    signer = line(_l("Họ và tên người ký"), 120)

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        return WordsForm.values_from(event.letter)


class BasisForm(BaseForm):
    """One legal basis; a row without number and title falls away."""

    number = line(_l("Số, ký hiệu"), 80)
    date = DayField(_l("Ngày"))
    issuer = line(_l("Cơ quan ban hành"))
    title = area(_l("Trích yếu"))
    short = line(_l("Gọi tắt"), 120)

    def entry(self) -> dict[str, str] | None:
        if not self.number.data and not self.title.data:
            return None
        return {
            "number": self.number.data or "",
            "date": f"{self.date.day:%d/%m/%Y}" if self.date.day else "",
            "issuer": self.issuer.data or "",
            "title": self.title.data or "",
            "short": self.short.data or "",
        }


class BasesForm(SectionForm):
    """Holds nothing itself: the rows are BasisForms."""

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        return {}

    def changes(self, event: Event) -> dict[str, Any]:
        return {}


class SessionRow(BaseForm):
    """One buổi; a row without a name falls away."""

    name = line(_l("Tên buổi"), 60)
    topic = area(_l("Nội dung của buổi"))
    day = DayField(_l("Ngày"))
    start = HourField(_l("Từ giờ"))
    end = HourField(_l("Đến giờ"))
    late_after = StringField(
        _l("Đến muộn sau (phút)"),
        description=_l("Tính từ giờ bắt đầu. Bỏ trống: không ghi ai đến muộn."),
        validators=[at_most(10)],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )

    session_id: int | None = None
    starts_at: Any = None
    ends_at: Any = None
    late_minutes: int | None = None

    @staticmethod
    def values_of(session: EventSession) -> dict[str, Any]:
        day, start = show_moment(session.starts_at)
        return {
            "name": session.name,
            "topic": session.topic,
            "day": day,
            "start": start,
            "end": show_moment(session.ends_at)[1],
            "late_after": "" if session.late_after is None else str(session.late_after),
        }

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        filled = self.topic.data or self.day.data or self.start.data or self.end.data
        if filled and not self.name.data:
            self.name.errors = [str(_l("Hãy nhập tên buổi, ví dụ “Sáng”."))]
        if self.day.data or self.start.data or self.end.data:
            self.starts_at = moment_of_fields(self.day, self.start)
            if self.end.data:
                self.ends_at = moment_of_fields(self.day, self.end)
        self._read_minutes()
        return not self.errors

    def _read_minutes(self) -> None:
        text = self.late_after.data or ""
        if not text:
            return
        if text.isascii() and text.isdigit() and len(text) < 5 and int(text) <= LATE_AFTER_MOST:
            self.late_minutes = int(text)
        else:
            sentence = _l("Hãy nhập số phút, từ 0 đến %(most)s.", most=LATE_AFTER_MOST)
            self.late_after.errors = [str(sentence)]


class ScheduleForm(SectionForm):
    tentative_time = line(_l("Thời gian dự kiến bằng lời"), 200)
    start_day = DayField(_l("Bắt đầu: ngày"))
    start_hour = HourField(_l("Bắt đầu: giờ"))
    end_day = DayField(_l("Kết thúc: ngày"))
    end_hour = HourField(_l("Kết thúc: giờ"))
    venue = needed_text(_l("Địa điểm"), 200, _l("Hãy nhập địa điểm."))
    venue_address = needed_text(_l("Địa chỉ của địa điểm"), 300, _l("Hãy nhập địa chỉ."))

    starts_at: Any = None
    ends_at: Any = None

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        start, end = show_moment(event.starts_at), show_moment(event.ends_at)
        return {
            "tentative_time": event.tentative_time,
            "start_day": start[0],
            "start_hour": start[1],
            "end_day": end[0],
            "end_hour": end[1],
            "venue": event.venue,
            "venue_address": event.venue_address,
        }

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        self.starts_at = moment_of_fields(self.start_day, self.start_hour)
        self.ends_at = moment_of_fields(self.end_day, self.end_hour)
        if not self.errors and not self.tentative_time.data and self.starts_at is None:
            self.tentative_time.errors = [
                str(_l("Hãy ghi thời gian dự kiến bằng lời, hoặc nhập ngày giờ chính thức."))
            ]
        return not self.errors

    def check_sessions(self, rows: list[SessionRow]) -> bool:
        """Times of the whole against those of the rows; the error stands at the start."""
        spans = [(row.starts_at, row.ends_at) for row in rows if row.name.data]
        problem = times_problem(self.starts_at, self.ends_at, spans)
        if problem:
            self.start_day.errors = [*self.start_day.errors, str(TIME_SENTENCES[problem])]
        return problem is None

    def changes(self, event: Event) -> dict[str, Any]:
        return {
            "tentative_time": self.tentative_time.data,
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "venue": self.venue.data,
            "venue_address": self.venue_address.data,
        }


class DeliveryForm(SectionForm):
    """How letters leave; what other pages keep in the same column stays."""

    approval = BooleanField(_l("Giấy mời chỉ gửi khi lãnh đạo đã duyệt và văn thư đã ghi số, ngày"))

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        return {"approval": event.delivery.get("approval", False)}

    def changes(self, event: Event) -> dict[str, Any]:
        return {"delivery": {**event.delivery, "approval": bool(self.approval.data)}}
