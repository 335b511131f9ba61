"""What the desk types about an event: one form a section, one to make a new event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from app.core.addresses import clean_address
from app.core.clock import local
from app.core.errors import DomainError
from app.core.forms import BaseForm, Needed
from app.events.errors import EventStateRefused
from app.events.fields import CheckboxesField, DayField, HourField, LinesField, show_moment
from app.events.fields import moment_of as moment_of_fields
from app.events.models import Event
from app.events.notice import day_of, retention_problem
from app.events.rules import cutoff_sentence, words_fit_cutoff
from app.units.rules import KIND_LABELS, UnitKind

CALLED_KINDS = [
    SelectChoice(str(kind), label) for kind, label in KIND_LABELS.items() if kind != UnitKind.OTHER
]


def at_most(letters: int) -> Length:
    return Length(max=letters, message=_l("Hãy viết gọn lại, không quá %(max)d chữ."))


def needed_text(label: Any, letters: int, sentence: Any, area: bool = False) -> Any:
    kind = TextAreaField if area else StringField
    return kind(label, validators=[Needed(sentence), at_most(letters)])


class SectionForm(BaseForm):
    """One section of the settings. ``values_of``: the event as form data; ``changes``: its columns."""

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        raise NotImplementedError

    def changes(self, event: Event) -> dict[str, Any]:
        raise NotImplementedError


class NamesForm(SectionForm):
    title = needed_text(
        _l("Tên đầy đủ (trích yếu của kế hoạch)"),
        2000,
        _l("Hãy nhập tên đầy đủ của sự kiện."),
        area=True,
    )
    short_title = needed_text(_l("Tên ngắn"), 160, _l("Hãy nhập tên ngắn của sự kiện."))
    list_title = LinesField(
        _l("Tên trên danh sách"),
        validators=[Needed(_l("Hãy nhập tên in trên danh sách đại biểu.")), at_most(2000)],
    )
    organiser = StringField(_l("Cơ quan tổ chức"), validators=[at_most(300)])
    role = StringField(_l("Vai trò của cơ quan tổ chức"), validators=[at_most(300)])
    number = StringField(_l("Số của kế hoạch"), validators=[at_most(40)])
    symbol = StringField(_l("Ký hiệu của kế hoạch"), validators=[at_most(60)])
    issued_on = DayField(_l("Ngày ban hành"))

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        document = event.plan.get("document", {})
        return {
            "title": event.title, "short_title": event.short_title,
            "list_title": event.list_title, "organiser": event.plan.get("organiser"),
            "role": event.plan.get("role"), "number": document.get("number"),
            "symbol": document.get("symbol"), "issued_on": document.get("issued_on"),
        }  # fmt: skip

    def changes(self, event: Event) -> dict[str, Any]:
        document = {
            **event.plan.get("document", {"type": "KH"}),
            "number": self.number.data or "",
            "symbol": self.symbol.data or "",
            "issued_on": f"{self.issued_on.day:%d/%m/%Y}" if self.issued_on.day else "",
        }
        plan = {
            **event.plan,
            "organiser": self.organiser.data or "",
            "role": self.role.data or "",
            "document": document,
        }
        return {
            "title": self.title.data,
            "short_title": self.short_title.data,
            "list_title": self.list_title.data,
            "plan": plan,
        }


class CutoffForm(SectionForm):
    opens_day = DayField(_l("Mở đăng ký: ngày"))
    opens_hour = HourField(_l("Mở đăng ký: giờ"))
    cutoff_day = DayField(
        _l("Hạn đăng ký: ngày"), validators=[Needed(_l("Hãy nhập ngày hết hạn."))]
    )
    cutoff_hour = HourField(
        _l("Hạn đăng ký: giờ"), validators=[Needed(_l("Hãy nhập giờ hết hạn."))]
    )
    cutoff_words = StringField(_l("Lời văn của hạn"), validators=[at_most(120)])

    opens_at: datetime | None = None
    cutoff_at: datetime | None = None

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        opens, cutoff = show_moment(event.opens_at), show_moment(event.cutoff_at)
        return {
            "opens_day": opens[0],
            "opens_hour": opens[1],
            "cutoff_day": cutoff[0],
            "cutoff_hour": cutoff[1],
            "cutoff_words": event.cutoff_words,
        }

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        self.opens_at = moment_of_fields(self.opens_day, self.opens_hour)
        self.cutoff_at = moment_of_fields(self.cutoff_day, self.cutoff_hour)
        if self.cutoff_at and self.opens_at and self.opens_at >= self.cutoff_at:
            self.opens_day.errors = [str(_l("Giờ mở đăng ký phải trước hạn đăng ký."))]
        if self.cutoff_at:
            self._check_words(local(self.cutoff_at))
        return not self.errors

    def _check_words(self, moment: datetime) -> None:
        """Nobody reads one hour while the clock keeps another (P30)."""
        if not self.cutoff_words.data:
            self.cutoff_words.data = cutoff_sentence(moment)
        elif not words_fit_cutoff(self.cutoff_words.data, moment):
            self.cutoff_words.errors = [
                *self.cutoff_words.errors,
                str(
                    _l(
                        "Lời văn không khớp với ngày giờ ở trên. Hãy viết “%(words)s”.",
                        words=cutoff_sentence(moment),
                    )
                ),
            ]

    def changes(self, event: Event) -> dict[str, Any]:
        return {
            "opens_at": self.opens_at,
            "cutoff_at": self.cutoff_at,
            "cutoff_words": self.cutoff_words.data,
        }


class KindsForm(SectionForm):
    registering_kinds = CheckboxesField(_l("Đăng ký theo phiếu"), choices=CALLED_KINDS)
    invited_kinds = CheckboxesField(_l("Dự theo giấy mời"), choices=CALLED_KINDS)
    valid_on = DayField(_l("Lấy tên đơn vị theo ngày"), validators=[Needed(_l("Hãy nhập ngày."))])

    def validate_registering_kinds(self, field: Any) -> None:
        if not field.data and not self.invited_kinds.data:
            raise ValidationError(str(_l("Hãy chọn ít nhất một loại đơn vị được gọi dự.")))

    def validate_invited_kinds(self, field: Any) -> None:
        both = [
            KIND_LABELS[UnitKind(kind)]
            for kind in field.data
            if kind in self.registering_kinds.data
        ]
        if both:
            raise ValidationError(
                str(
                    _l(
                        "“%(kind)s” đã chọn ở mục đăng ký theo phiếu. Hãy bỏ ở một trong hai mục.",
                        kind=both[0],
                    )
                )
            )

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        return {
            "registering_kinds": event.registering_kinds,
            "invited_kinds": event.invited_kinds,
            "valid_on": f"{event.valid_on:%d/%m/%Y}",
        }

    def changes(self, event: Event) -> dict[str, Any]:
        return {
            "registering_kinds": _same_or(event.registering_kinds, self.registering_kinds.data),
            "invited_kinds": _same_or(event.invited_kinds, self.invited_kinds.data),
            "valid_on": self.valid_on.day,
        }


def _same_or(before: list[str], chosen: list[str]) -> list[str]:
    """The plan's own order stays when the choice is the same."""
    return before if set(before) == set(chosen) else chosen


class ContactForm(SectionForm):
    department = needed_text(_l("Phòng phụ trách"), 200, _l("Hãy nhập tên phòng phụ trách."))
    short = StringField(_l("Tên viết tắt của phòng"), validators=[at_most(60)])
    officer = StringField(_l("Chuyên viên phụ trách"), validators=[at_most(120)])
    phone = StringField(_l("Điện thoại cơ quan"), validators=[at_most(40)])
    email = StringField(_l("Hộp thư của phòng"), validators=[at_most(254)])

    def validate_email(self, field: Any) -> None:
        if field.data:
            try:
                field.data = clean_address(field.data)
            except DomainError as error:
                raise ValidationError(str(error)) from error

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        return dict(event.contact)

    def changes(self, event: Event) -> dict[str, Any]:
        names = ("department", "short", "officer", "phone", "email")
        return {"contact": {**event.contact, **{name: self[name].data or "" for name in names}}}


class RetentionForm(SectionForm):
    """When contacts and scans are erased for good (domain.md 5.3); ``day``: the event's last."""

    retention_until = DayField(
        _l("Giữ đến hết ngày"),
        validators=[Needed(_l("Hãy nhập ngày. Dữ liệu liên hệ không được giữ mãi."))],
    )

    @staticmethod
    def values_of(event: Event) -> dict[str, Any]:
        until = event.retention_until
        return {"retention_until": f"{until:%d/%m/%Y}" if until else None}

    def changes(self, event: Event) -> dict[str, Any]:
        """Raises EventStateRefused for a date before the event's day or years after it."""
        until = self.retention_until.day
        assert until is not None
        problem = retention_problem(until, day_of(event.starts_at, event.ends_at, event.valid_on))
        if problem is not None:
            raise EventStateRefused(RETENTION_SENTENCES[problem])
        return {"retention_until": until}


RETENTION_SENTENCES = {
    "early": _l("Ngày xóa dữ liệu liên hệ phải sau ngày tổ chức."),
    "long": _l("Chỉ giữ dữ liệu liên hệ nhiều nhất 5 năm sau ngày tổ chức."),
}


class DocumentForm(BaseForm):
    document_title = needed_text(_l("Tên tài liệu"), 200, _l("Hãy nhập tên tài liệu."))
    document_file = FileField(_l("Tệp"))


class ConfirmForm(BaseForm):
    """Only the CSRF token: a button that changes something."""


class WholeForm:
    """A form with rows of smaller ones, as one thing for the error summary and the title."""

    def __init__(self, main: SectionForm, rows: list[Any]) -> None:
        self.main, self.rows = main, rows

    def __iter__(self) -> Iterator[Any]:
        yield from self.main
        for row in self.rows:
            yield from row

    @property
    def errors(self) -> dict[str, Any]:
        found = dict(self.main.errors)
        for row in self.rows:
            found.update({f"{row._prefix}{name}": error for name, error in row.errors.items()})
        return found

    @property
    def form_errors(self) -> list[Any]:
        return list(self.main.form_errors)
