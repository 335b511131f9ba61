"""Words of the board: short names of the kinds, and what is said about the session's start."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext

from app.checkin.results import SessionFacts
from app.checkin.rules import SessionTime, session_time
from app.core.clock import local, local_date
from app.core.filters import short_date, weekday
from app.events.guests import kind_label
from app.units.rules import UnitKind, parse_district

# As short as they are said: read from fifteen metres.
_SHORT: dict[str, Any] = {
    UnitKind.DISTRICT_COMMITTEE: _l("Ban Chỉ đạo"),
    UnitKind.DEPARTMENT: _l("Phòng của Sở"),
    UnitKind.AFFILIATED_UNIT: _l("Đơn vị trực thuộc"),
    UnitKind.MULTI_LEVEL_SCHOOL: _l("Nhiều cấp học"),
    UnitKind.GDNN_GDTX_CENTRE: _l("GDNN-GDTX"),
}


def kind_word(kind: str) -> str:
    return str(_SHORT[kind]) if kind in _SHORT else kind_label(kind)


def district_word(name: str) -> str:
    """Without its rank: "Lê Chân"."""
    district = parse_district(name)
    return (district.proper if district else name) or pgettext("group", "Khác")


def start_words(session: SessionFacts, now: datetime, *, opens_event: bool) -> tuple[str, str]:
    """(in bold, beside it): "Khai mạc 8 giờ 00." "Còn 8 phút."; without times only the session."""
    name = _("Buổi %(name)s.", name=session.name)
    if session_time(session, now) is SessionTime.OVER:
        return name, _("Đã kết thúc.")
    starts = session.starts_at
    if starts is None:
        return name, ""
    at = local(starts)
    hour = _("%(hour)s giờ %(minute)s", hour=at.hour, minute=f"{at:%M}")
    if now >= starts:
        begun = _("Đã khai mạc lúc %(hour)s.") if opens_event else _("Đã bắt đầu lúc %(hour)s.")
        return name, begun % {"hour": hour}
    begins = _("Khai mạc %(hour)s.") if opens_event else _("Bắt đầu %(hour)s.")
    if local_date(now) != local_date(starts):
        return begins % {"hour": hour}, f"{weekday(starts)} {short_date(starts)}"
    left = ceil((starts - now).total_seconds() / 60)
    if left >= 60:
        return begins % {"hour": hour}, _(
            "Còn %(hours)s giờ %(minutes)s phút.", hours=left // 60, minutes=left % 60
        )
    return begins % {"hour": hour}, _("Còn %(minutes)s phút.", minutes=left)
