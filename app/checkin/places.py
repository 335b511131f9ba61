"""Where a presence was made: a gate's name, or one of two places that are no gates. Kept as these
words beside the gates' names (Presence.gate_name), whatever the language of the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _

from app.core.access import Actor
from app.core.filters import clock_time

DESK_PLACE = "Bàn đăng ký"  # whatever an account did: its name is Presence.by
PAPER_PLACE = "Danh sách giấy"  # static/js/hall/words.js knows it, too


def place_name(actor: Actor) -> str:
    """The gate's name; of an account, the desk."""
    return actor.label if actor.kind == "gate" else DESK_PLACE


def arrival_words(at: datetime, place: str, *, mark: Callable[[str], str] = str) -> str:
    """When and where, to stand behind “đã điểm danh”. A signature has no time of its own: ``at``
    is when the sheet was entered. ``mark``: what makes time and place stand out."""
    if place == PAPER_PLACE:
        paper = mark(_("danh sách giấy"))
        return _("theo %(paper)s, ghi lúc %(time)s", paper=paper, time=mark(clock_time(at)))
    return _("lúc %(time)s tại %(gate)s", time=mark(clock_time(at)), gate=mark(place))
