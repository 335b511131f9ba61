"""An event's states, routes and times; plain functions of values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.core.clock import from_local, local_date


class EventState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"


STATE_WORDS = {
    EventState.DRAFT: _l("Bản nháp"),
    EventState.OPEN: _l("Đang mở đăng ký"),
    EventState.CLOSED: _l("Đã đóng đăng ký"),
    EventState.ARCHIVED: _l("Đã lưu trữ"),
}

MOVES = {
    EventState.DRAFT: {EventState.OPEN, EventState.ARCHIVED},
    EventState.OPEN: {EventState.CLOSED},
    EventState.CLOSED: {EventState.OPEN, EventState.ARCHIVED},
    EventState.ARCHIVED: {EventState.CLOSED},
}


class Route(StrEnum):
    REGISTRATION = "registration"
    INVITATION = "invitation"
    GUEST = "guest"


def may_move(before: str, after: str) -> bool:
    return EventState(after) in MOVES[EventState(before)]


def accepts_entries(state: str, opens_at: datetime | None, now: datetime) -> bool:
    """Whether units may enter anything at all (on time or late)."""
    return state == EventState.OPEN and (opens_at is None or now >= opens_at)


def has_ended(
    starts_at: datetime | None, ends_at: datetime | None, valid_on: date, now: datetime
) -> bool:
    """Whether the event lies behind us. Without an end it ends with its day, and while the time
    stands in words only its day is ``valid_on``."""
    if ends_at is not None:
        return now >= ends_at
    day = local_date(starts_at) if starts_at else valid_on
    return now >= from_local(datetime.combine(day + timedelta(days=1), time()))


def general_seats(planned: int, reserves: list[int]) -> int:
    """Seats left for everybody when the reserves are kept (design 3, SeatReserve)."""
    return max(0, planned - sum(reserves))


Span = tuple[datetime | None, datetime | None]


class Phase(StrEnum):
    """What a unit can do at this moment, as the public page says it."""

    NOT_YET = "not_yet"  # open, but before opens_at
    OPEN = "open"  # on time
    LATE = "late"  # past the cut-off, still recordable (P30)
    CLOSED = "closed"
    ARCHIVED = "archived"


def phase(state: str, opens_at: datetime | None, cutoff_at: datetime, now: datetime) -> Phase:
    """The instant of the cut-off itself is already late (P30, G1)."""
    if state == EventState.ARCHIVED:
        return Phase.ARCHIVED
    if state != EventState.OPEN:
        return Phase.CLOSED
    if opens_at is not None and now < opens_at:
        return Phase.NOT_YET
    return Phase.LATE if now >= cutoff_at else Phase.OPEN


def cutoff_sentence(moment: datetime) -> str:
    """The official wording of P30 for a local wall-clock moment."""
    return f"trước {moment:%H} giờ {moment:%M} phút, ngày {moment:%d/%m/%Y}"


def words_fit_cutoff(words: str, moment: datetime) -> bool:
    """Whether the wording names the same day and hour as the instant (local), however it is put."""
    plain = words.lower().replace(" ", "")
    days = {f"{moment:%d/%m/%Y}", f"{moment.day}/{moment.month}/{moment.year}"}
    hours = {
        f"{hour}{mark}{moment:%M}"
        for hour in (f"{moment:%H}", str(moment.hour))
        for mark in ("giờ", "h", "g", ":")
    }
    if moment.minute == 0:
        hours |= {f"{hour}giờ" for hour in (f"{moment:%H}", str(moment.hour))}
    return any(day in plain for day in days) and any(hour in plain for hour in hours)


def times_problem(
    starts_at: datetime | None, ends_at: datetime | None, sessions: list[Span]
) -> str | None:
    """What is wrong with the times of an event, as a key of TIME_SENTENCES; None when nothing is."""
    if ends_at is not None and starts_at is None:
        return "start_missing"
    if starts_at and ends_at and ends_at <= starts_at:
        return "end_before_start"
    before: datetime | None = None
    for begins, ends in sessions:
        if begins and ends and ends <= begins:
            return "session_end"
        if begins and before and begins < before:
            return "session_order"
        before = ends or begins or before
    return None


TIME_SENTENCES = {
    "start_missing": _l("Hãy nhập giờ bắt đầu trước khi nhập giờ kết thúc."),
    "end_before_start": _l("Giờ kết thúc phải sau giờ bắt đầu."),
    "session_end": _l("Có buổi kết thúc trước khi bắt đầu. Hãy xem lại giờ của các buổi."),
    "session_order": _l("Các buổi phải theo thứ tự thời gian. Hãy xem lại giờ của các buổi."),
}

_RESERVED_SLUGS = {"new"}


def is_slug(text: str) -> bool:
    """Whether the text can be an event's address: a-z, 0-9, single dashes, at most 80 letters."""
    return (
        len(text) <= 80
        and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text) is not None
        and text not in _RESERVED_SLUGS
    )


@dataclass(frozen=True)
class NamedMoment:
    """A moment one rehearses; ``at`` is an instant."""

    key: str
    label: Any
    at: datetime


def named_moments(
    opens_at: datetime | None,
    cutoff_at: datetime,
    starts_at: datetime | None,
    valid_on: date,
) -> list[NamedMoment]:
    """The moments of design 7 in order of time. Without an exact start the day is ``valid_on``,
    half past seven in the morning, as the desk expects the first delegates."""
    morning = (
        starts_at - timedelta(minutes=30)
        if starts_at
        else from_local(datetime.combine(valid_on, time(7, 30)))
    )
    after = from_local(datetime.combine(local_date(morning) + timedelta(days=1), time(8)))
    moments = [
        NamedMoment("hour_before", _l("Trước hạn một giờ"), cutoff_at - timedelta(hours=1)),
        NamedMoment("minute_before", _l("Trước hạn một phút"), cutoff_at - timedelta(minutes=1)),
        NamedMoment("cutoff", _l("Hạn đăng ký"), cutoff_at),
        NamedMoment("morning", _l("Sáng hôm tập huấn"), morning),
        NamedMoment("after", _l("Hôm sau"), after),
    ]
    if opens_at is not None:
        moments.append(NamedMoment("opens", lazy_pgettext("moment", "Mở đăng ký"), opens_at))
    return sorted(moments, key=lambda one: one.at)
