"""Small functions that the component macros call; registered as Jinja globals."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import request
from flask_babel import get_locale
from jinja2 import Environment

from app.core.chart import line_chart
from app.core.clock import local, now
from app.core.states import NOTICE_ICONS, state_tag

MINUTE, HOUR, DAY = 60, 3600, 86400
LAST_MINUTES = 10 * MINUTE


@dataclass(frozen=True)
class TimeLeft:
    """Whole days, hours, minutes and seconds until a moment; all zero once it has passed."""

    days: int
    hours: int
    minutes: int
    seconds: int
    over: bool
    last_minutes: bool


def time_left(deadline: datetime, now: datetime) -> TimeLeft:
    """What is left from ``now`` until ``deadline`` (both aware); at the instant itself it is over.

    Minutes are rounded down; in the last ten minutes seconds are shown too.
    """
    seconds = int((deadline - now).total_seconds()) if now < deadline else 0
    return TimeLeft(
        days=seconds // DAY,
        hours=seconds % DAY // HOUR,
        minutes=seconds % HOUR // MINUTE,
        seconds=seconds % MINUTE,
        over=now >= deadline,
        last_minutes=seconds < LAST_MINUTES,
    )


def countdown_key(deadline: datetime, now: datetime) -> int:
    """What a drawn countdown depends on: the minute left, or the second in the last minutes."""
    seconds = int((deadline - now).total_seconds())
    return seconds if 0 <= seconds < LAST_MINUTES else seconds // MINUTE * MINUTE


def url_with(**changes: object) -> str:
    """The address of this page with some query values changed; ``None`` takes a value away."""
    values: dict[str, list[str]] = {key: request.args.getlist(key) for key in request.args}
    for key, value in changes.items():
        values.pop(key, None)
        if value is not None:
            values[key] = [str(value)]
    query = urlencode(values, doseq=True)
    return f"{request.path}?{query}" if query else request.path


def current_language() -> str:
    """``vi`` or ``en``: the language of this answer."""
    locale = get_locale()
    return locale.language if locale is not None else "vi"


def printed_at() -> str:
    """The moment of this answer, "15:20, 04/03/2024", for the head of a printed page."""
    return local(now()).strftime("%H:%M, %d/%m/%Y")


def share(part: float, whole: float) -> float:
    """``part`` of ``whole`` in percent, 0 to 100, with one decimal; 0 when there is no whole."""
    if whole <= 0:
        return 0.0
    return round(min(max(part / whole, 0.0), 1.0) * 100, 1)


def as_list(value: object) -> list[object]:
    """``value`` as a list: one thing becomes a list of one, ``None`` an empty list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def install_look_globals(environment: Environment) -> None:
    """Make the functions of this module known to templates."""
    environment.globals.update(
        state_tag=state_tag,
        notice_icons=NOTICE_ICONS,
        time_left=time_left,
        url_with=url_with,
        current_language=current_language,
        share=share,
        printed_at=printed_at,
        line_chart_of=line_chart,
        as_list=as_list,
    )
