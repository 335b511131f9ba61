"""Dates, times and numbers for people (domain.md 8)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.clock import local

WEEKDAYS = (
    _l("thứ Hai"),
    _l("thứ Ba"),
    _l("thứ Tư"),
    _l("thứ Năm"),
    _l("thứ Sáu"),
    _l("thứ Bảy"),
    _l("Chủ nhật"),
)


def short_date(value: datetime | date | None) -> str:
    """05/03/2024"""
    if value is None:
        return ""
    return (local(value) if isinstance(value, datetime) else value).strftime("%d/%m/%Y")


def clock_time(value: datetime | None) -> str:
    """16:59"""
    return local(value).strftime("%H:%M") if value else ""


def date_time(value: datetime | None) -> str:
    """05/03/2024 16:59"""
    return local(value).strftime("%d/%m/%Y %H:%M") if value else ""


def weekday(value: datetime | date) -> str:
    return str(WEEKDAYS[(local(value) if isinstance(value, datetime) else value).weekday()])


def full_moment(value: datetime) -> str:
    """16 giờ 42 phút 07 giây, ngày 04/03/2024"""
    moment = local(value)
    return _(
        "%(hour)s giờ %(minute)s phút %(second)s giây, ngày %(day)s",
        hour=f"{moment:%H}",
        minute=f"{moment:%M}",
        second=f"{moment:%S}",
        day=f"{moment:%d/%m/%Y}",
    )


def official_words(words: str, moment: datetime) -> str:
    """A cut-off in the plan's own Vietnamese words; in another language ``moment`` in its words."""
    locale = get_locale()
    if locale is None or locale.language == "vi":
        return words
    return _("trước %(time)s, ngày %(day)s", time=clock_time(moment), day=short_date(moment))


def time_left(left: timedelta) -> tuple[int, int, int]:
    """(days, hours, minutes), never below zero."""
    seconds = max(0, int(left.total_seconds()))
    return seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60


def phone_display(value: str | None) -> str:
    """Stored E.164 as offices write it: 0912 345 678."""
    from app.core.phones import display_phone

    return display_phone(value) if value else ""


def receipt_groups(code: str) -> str:
    """240603187752 → 2406 0318 7752"""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def number(value: int | Decimal) -> str:
    """As the page's language writes it, of a Decimal one decimal: 1.024, 16,4; English 1,024, 16.4."""
    shape = "#,##0.0" if isinstance(value, Decimal) else "#,##0"
    return str(format_decimal(value, format=shape))


def init_filters(app: Flask) -> None:
    filters: dict[str, Any] = {
        "short_date": short_date,
        "clock_time": clock_time,
        "date_time": date_time,
        "weekday": weekday,
        "full_moment": full_moment,
        "official_words": official_words,
        "number": number,
        "phone": phone_display,
        "receipt_groups": receipt_groups,
    }
    app.jinja_env.filters.update(filters)
