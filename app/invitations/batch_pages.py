"""What the page of one batch shows: figures, time left, what did not go, what went last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.clock import now
from app.events.models import Event
from app.mail import pages as mail_pages
from app.mail.batch_queries import Progress, every_mail, last_sent, troubled
from app.mail.batches import TROUBLE
from app.mail.models import Message
from app.mail.queries import server_state
from app.mail.rules import BatchState

PER_PAGE = 50
POLL_SECONDS = 2
MIXED, ALL = "trouble", "all"


def batch_values(event: Event, progress: Progress, args: Mapping[str, str]) -> dict[str, Any]:
    """For invitations/batch.html and its part."""
    moment = now()
    view = ALL if args.get("view") == ALL else MIXED
    page = max(_number(args.get("page")), 1)
    read = every_mail if view == ALL else troubled
    rows = read(progress.batch.id, page=page, per_page=PER_PAGE)
    silent = mail_pages.worker_silent_since()
    return {
        "progress": progress,
        "view": view,
        "page": page,
        "per_page": PER_PAGE,
        "listed": progress.made if view == ALL else progress.failed + progress.retrying,
        "lines": [mail_pages.line_of(row, moment) for row in rows],
        "last": [_last(one) for one in last_sent(progress.batch.id)],
        "time_left": _time_left(progress),
        "polls": POLL_SECONDS if _moves(progress) else None,
        "notes": _notes(progress),
        "trouble": mail_pages.server_lines(server_state(), moment),
        "silent_since": mail_pages.moment(silent, moment) if silent else None,
        "by_program": progress.batch.options.get("notes", {}).get(TROUBLE),
        "number": event.letter.get("number"),
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 8 else 1


def _moves(progress: Progress) -> bool:
    """Whether the figures change by themselves within seconds."""
    going = (BatchState.PREPARING, BatchState.RUNNING)
    return progress.batch.state in going and bool(progress.preparing or progress.waiting)


def _last(message: Message) -> dict[str, Any]:
    return {"at": message.sent_at, "name": message.recipient_name}


def _notes(progress: Progress) -> list[str]:
    """What the worker left out and why."""
    counted = progress.batch.options.get("notes", {})
    words = {
        "known": _("%(n)s người đã có đúng giấy mời này, không gửi lại."),
        "not_ready": _("%(n)s giấy mời chưa được duyệt hoặc chưa có số, không gửi."),
        "refused": _("%(n)s đơn vị không còn chỗ cho người đại diện, không gửi."),
        "just_done": _("%(n)s đơn vị vừa làm xong, không nhắc."),
        "dropped": _("%(n)s đơn vị làm xong trong lúc thư chờ, thư đã bỏ."),
        "lately": _("%(n)s đơn vị mới được nhắc trong 12 giờ, không nhắc lại."),
        "without_address": _("%(n)s đơn vị chưa có thư điện tử: thêm địa chỉ hoặc in giấy mời."),
    }
    return [text % {"n": counted[name]} for name, text in words.items() if counted.get(name)]


def _time_left(progress: Progress) -> str:
    """From the mails sent so far and the time since the start, or from the provider's rate."""
    if not _moves(progress) or not progress.waiting:
        return ""
    per_minute = float(current_app.config["SETTINGS"].mail_per_minute)
    if not per_minute:
        passed = (now() - progress.batch.created_at).total_seconds() / 60
        done = progress.sent + progress.failed
        if not done or passed <= 0:
            return ""
        per_minute = done / passed
    minutes = progress.waiting / per_minute
    if minutes < 1:
        return _("Còn dưới 1 phút")
    if minutes < 90:
        return ngettext("Còn khoảng %(num)s phút", "Còn khoảng %(num)s phút", round(minutes))
    hours = round(minutes / 60)
    return ngettext("Còn khoảng %(num)s giờ", "Còn khoảng %(num)s giờ", hours)
