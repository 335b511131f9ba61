"""After the event: the attendance's figures at the desk, its report, the absent units, and the
confirmations of one, some or all who came."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask_babel import lazy_gettext as _l

from app.checkin.attendance import Attendance, Delegate, Mark
from app.checkin.attendance_totals import by_group, total, why_absent
from app.checkin.rules import SessionTime, session_time
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.errors import DomainError, NotFound
from app.core.policies import can_manage, can_view_desk
from app.core.vietnamese import fold
from app.documents.attendance import attended
from app.documents.attendance_report import MAKERS, absent_file, report_file, reported
from app.documents.attendance_tables import SHORT_TITLES
from app.documents.confirmations import PDF, confirmations_file
from app.documents.participant_list import MEDIA_TYPES
from app.events.models import Event
from app.events.queries import event_for
from app.events.rules import EventState

blueprint = Blueprint("attendance", __name__)
BASE = "/desk/events/<slug>/attendance"
PER_PAGE = 50
ABSENT_ON_SCREEN = 200
MOST_PAPERS = 1000
MARK_LOOKS = {
    Mark.PRESENT: (_l("Có mặt"), "check-circle-fill", "done"),
    Mark.LATE: (_l("Đến muộn"), "clock-history", "look"),
    Mark.EXCUSED: (_l("Vắng có lý do"), "chat-left-text", "waiting"),
    Mark.ABSENT: (_l("Vắng"), "dash-circle", "ended"),
}  # the build looks for icon="dash-circle"
NOT_YET = {  # nobody is absent from what is not over
    SessionTime.OPEN: (_l("Chưa đến"), "circle", "none"),
    SessionTime.TOO_EARLY: ("–", None, "none"),
}


class NobodyChosen(DomainError):
    message = _l("Chưa chọn ai có mặt, nên chưa có giấy xác nhận nào để in.")
    status = 422


class TooManyPapers(DomainError):
    status = 422

    def __init__(self) -> None:
        super().__init__(
            _l("Mỗi lần in nhiều nhất %(most)s giấy. Hãy lọc rồi in từng phần.", most=MOST_PAPERS)
        )


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    event: Event = g.desk_event
    return event


@blueprint.get(BASE)
@requires(can_view_desk)
def index(slug: str) -> Any:
    event = _event(slug)
    found = reported(event)
    shown, query = _shown(), request.args.get("q", "").strip()[:150]
    people = _people(found, shown, query)
    page = max(1, request.args.get("page", 1, type=int))
    times = _times(found)
    return render_template(
        "lists/attendance.html",
        event=event,
        found=found,
        sums=total(found),
        groups=[(SHORT_TITLES.get(one.key, one.title), one.figures) for one in by_group(found)],
        running=[
            one.name
            for one, time in zip(found.sessions, times, strict=True)
            if time != SessionTime.OVER
        ],
        absent=[(unit, why_absent(unit)) for unit in found.absent_units[:ABSENT_ON_SCREEN]],
        absent_total=len(found.absent_units),
        units={one.id: one for one in found.units},
        people=people[(page - 1) * PER_PAGE : page * PER_PAGE],
        people_total=len(people),
        page=page,
        per_page=PER_PAGE,
        shown=shown,
        query=query,
        looks=lambda one: [
            (session, mark, NOT_YET.get(time) if mark.mark == Mark.ABSENT else None)
            for session, mark, time in zip(found.sessions, one.marks, times, strict=True)
        ],
        marks=MARK_LOOKS,
        may_confirm=can_manage(current_actor()),
    )


def _times(found: Attendance) -> list[SessionTime]:
    """A session without times is never over by the clock; of an archived event, all are."""
    if found.event.state == EventState.ARCHIVED:
        return [SessionTime.OVER for _session in found.sessions]
    moment = now()
    return [session_time(one, moment) for one in found.sessions]


def _shown() -> str:
    shown = request.args.get("show", "")
    return shown if shown in {"came", *Mark} else ""


def _people(found: Attendance, shown: str, query: str) -> list[Delegate]:
    """Those with this mark in a session (``came``: in any; absent: from one that is over), whose
    name or unit holds the words."""
    times = _times(found)
    units = {one.id: fold(one.name) for one in found.units}
    words = fold(query).split()

    def fits(one: Delegate) -> bool:
        marks = {
            mark.mark
            for mark, time in zip(one.marks, times, strict=True)
            if mark.mark != Mark.ABSENT or time == SessionTime.OVER
        }
        if shown and not (one.came if shown == "came" else shown in marks):
            return False
        text = f"{fold(one.name or '')} {units[one.participation_id]}"
        return all(word in text for word in words)

    return [one for one in found.delegates if fits(one)]


@blueprint.get(BASE + "/report.<file_format>")
@requires(can_view_desk)
def report(slug: str, file_format: str) -> Response:
    event = _ready(slug, file_format)
    return _file(report_file(event, file_format), f"Bao-cao-diem-danh-{slug}", file_format)


@blueprint.get(BASE + "/absent-units.<file_format>")
@requires(can_view_desk)
def absent_units(slug: str, file_format: str) -> Response:
    event = _ready(slug, file_format)
    return _file(absent_file(event, file_format), f"Don-vi-vang-{slug}", file_format)


def _ready(slug: str, file_format: str) -> Event:
    event = _event(slug)
    if file_format not in MAKERS:
        raise NotFound()
    return event


@blueprint.get(BASE + "/confirmations.pdf")
@requires(can_manage)
def confirmations(slug: str) -> Response:
    """Of the people ticked, or of all that the list was filtered to (``everything``)."""
    event = _event(slug)
    if request.args.get("everything"):
        chosen = {one.id for one in _people(reported(event), _shown(), request.args.get("q", ""))}
    else:
        chosen = set(request.args.getlist("ids", type=int)[: MOST_PAPERS + 1])
    people = [one for one in attended(event) if one.registration.id in chosen]
    if not people:
        raise NobodyChosen()
    if len(people) > MOST_PAPERS:
        raise TooManyPapers()
    name = "Giay-xac-nhan" if len(people) == 1 else f"Giay-xac-nhan-{len(people)}-nguoi"
    return _file(confirmations_file(event, people), f"{name}-{slug}", "pdf")


def _file(content: bytes, name: str, file_format: str) -> Response:
    return Response(
        content,
        mimetype=PDF if file_format == "pdf" else MEDIA_TYPES[file_format],
        headers={"Content-Disposition": f'attachment; filename="{name}.{file_format}"'},
    )
