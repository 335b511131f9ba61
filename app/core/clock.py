"""The only caller of the real clock.

`now()` is the instant at which the request's work began (design 4.2): one value per
request. In a rehearsal it is moved by the offset kept in the database (design 7).
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app, g, has_app_context

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def real_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def now() -> datetime:
    """Aware UTC instant, the same all through one request."""
    if "now" not in g:
        g.now = real_now() + rehearsal_offset()
    return g.now


def rehearsal_offset() -> timedelta:
    """How far the rehearsal's clock stands from the real one; zero outside a rehearsal."""
    if not (has_app_context() and current_app.config["SETTINGS"].rehearsal):
        return timedelta()
    from app.core.settings_store import read_setting  # needs the database, this module does not

    return timedelta(seconds=float(read_setting("rehearsal_offset", 0)))


def forget_now() -> None:
    """Take the next `now()` afresh: between two pieces of work in one context (worker, tests)."""
    g.pop("now", None)


def local(instant: datetime) -> datetime:
    return instant.astimezone(ZONE)


def local_date(instant: datetime) -> date:
    return local(instant).date()


def from_local(moment: datetime) -> datetime:
    """A wall-clock moment in Hải Phòng as a UTC instant."""
    return moment.replace(tzinfo=ZONE).astimezone(UTC)
