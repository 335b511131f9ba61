"""The notice on personal data: its version, kept with each entry (domain.md 5.3), and its dates."""

from __future__ import annotations

import calendar
from datetime import date, datetime

from app.core.clock import local_date

NOTICE_VERSION = "2024-03.2"  # raise it with every change of templates/events/privacy.html
RETENTION_MONTHS = 6
RETENTION_MOST_YEARS = 5


def day_of(starts_at: datetime | None, ends_at: datetime | None, valid_on: date) -> date:
    """The event's last day; ``valid_on`` while the plan's time is tentative."""
    moment = ends_at or starts_at
    return local_date(moment) if moment else valid_on


def suggested_retention(day: date) -> date:
    """Half a year after the event: time to report, to settle the costs and to answer questions."""
    months = day.month - 1 + RETENTION_MONTHS
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def retention_problem(until: date, day: date) -> str | None:
    """Why contacts cannot be kept until then: ``early`` or ``long``; None when they can."""
    if until <= day:
        return "early"
    return "long" if until.year - day.year > RETENTION_MOST_YEARS else None
