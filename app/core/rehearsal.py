"""The rehearsal's clock and band (design 7). Without REHEARSAL=1 none of it is registered."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask, current_app, g

from app.core.clock import local, now, real_now
from app.core.settings_store import write_setting


def init_rehearsal(app: Flask) -> None:
    app.context_processor(_band)


def _band() -> dict[str, Any]:
    """`rehearsal` for every template: None, or an object whose `now` is the moved local time."""
    if not current_app.config["SETTINGS"].rehearsal:
        return {"rehearsal": None}
    return {"rehearsal": SimpleNamespace(now=local(now()))}


def move_clock_to(moment: datetime) -> None:
    """From now on the clock runs on from `moment`. Inside a unit of work."""
    offset: timedelta = moment - real_now()
    write_setting("rehearsal_offset", offset.total_seconds())
    g.pop("now", None)
