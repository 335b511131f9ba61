"""An event's states, routes and times; plain functions of values."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l


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


def general_seats(planned: int, reserves: list[int]) -> int:
    """Seats left for everybody when the reserves are kept (design 3, SeatReserve)."""
    return max(0, planned - sum(reserves))
