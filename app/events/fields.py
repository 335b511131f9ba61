"""Fields that an event's forms need: days, hours, texts of several lines."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.clock import from_local, local
from app.core.vietnamese import clean_text

_DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})")
_HOUR = re.compile(r"(\d{1,2})\s*(?::|h|g|giờ)\s*(\d{1,2})?\s*(?:phút)?", re.IGNORECASE)


def parse_day(text: str) -> date | None:
    """05/03/2024, 5-3-2024 → a date; None for what is no day."""
    match = _DAY.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None


def parse_hour(text: str) -> time | None:
    """17:00, 17h, 17 giờ 00 phút → a time of day; None for what is none."""
    match = _HOUR.fullmatch(text.strip())
    if match is None:
        return None
    try:
        return time(int(match[1]), int(match[2] or 0))
    except ValueError:
        return None


class DayField(StringField):
    """A day typed as 05/03/2024; ``day`` after validation."""

    day: date | None = None

    def pre_validate(self, form: Any) -> None:
        self.day = parse_day(self.data) if self.data else None
        if self.data and self.day is None:
            raise ValidationError(str(_l("Hãy viết ngày theo mẫu 05/03/2024.")))


class HourField(StringField):
    """A time of day typed as 17:00; ``hour`` after validation."""

    hour: time | None = None

    def pre_validate(self, form: Any) -> None:
        self.hour = parse_hour(self.data) if self.data else None
        if self.data and self.hour is None:
            raise ValidationError(str(_l("Hãy viết giờ theo mẫu 17:00.")))


def moment_of(day: DayField, hour: HourField) -> datetime | None:
    """The instant of two filled fields (Hải Phòng time); None when the day is empty.

    Adds an error to the empty one of the two.
    """
    if day.errors or hour.errors:
        return None
    if day.day is None and hour.hour is None:
        return None
    if day.day is None:
        day.errors = [*day.errors, str(_l("Hãy nhập ngày."))]
        return None
    if hour.hour is None:
        hour.errors = [*hour.errors, str(_l("Hãy nhập giờ."))]
        return None
    return from_local(datetime.combine(day.day, hour.hour))


def show_moment(moment: datetime | None) -> tuple[str | None, str | None]:
    """(05/03/2024, 17:00) for the two fields."""
    if moment is None:
        return None, None
    there = local(moment)
    return f"{there:%d/%m/%Y}", f"{there:%H:%M}"


class LinesField(TextAreaField):
    """A text of several lines, each cleaned; blank lines fall away. ``lines``: list of texts."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        if valuelist:
            lines = (clean_text(line) for line in str(valuelist[0]).splitlines())
            self.data = "\n".join(line for line in lines if line) or None

    @property
    def lines(self) -> list[str]:
        return self.data.splitlines() if self.data else []


class CheckboxesField(SelectMultipleField):
    """Several of a few choices as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def process_data(self, value: Any) -> None:
        self.data = list(value or [])

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [str(one) for one in valuelist]
