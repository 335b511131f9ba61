"""What the outbox's pages show of a mail: words, not codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from jinja2 import TemplateError

from app.core import clock
from app.core.clock import local_date, rehearsal_offset
from app.core.filters import clock_time, date_time
from app.core.health import HEARTBEAT, HEARTBEAT_STALE
from app.core.settings_store import read_setting
from app.mail.bounces import mailbox_state, notes_of
from app.mail.claims import SECURITY
from app.mail.models import Bounce, Message, MessageState
from app.mail.queries import ServerState
from app.mail.reasons import Reason, reason_for
from app.mail.rendering import event_facts, render, shortened

KINDS = {
    "receipt": _l("Biên nhận"),
    "promoted": _l("Báo có chỗ"),
    "withdrawn": _l("Báo đã rút"),
    "decided": _l("Trả lời của Sở"),
    "call": _l("Mời đăng ký"),
    "remind_register": _l("Nhắc đăng ký"),
    "remind_form": _l("Nhắc gửi bản ký"),
    "remind_answer": _l("Nhắc trả lời giấy mời"),
    "thanks": _l("Cảm ơn, giấy xác nhận"),
    "absent": _l("Báo vắng mặt"),
    "lost_link": lazy_pgettext("mail", "Gửi lại đường dẫn"),
    "request": _l("Đề nghị đổi, rút"),
    "extended": _l("Báo gia hạn"),
    "invitation": _l("Giấy mời"),
    "invitations": _l("Giấy mời, hộp thư chung"),
    "data_request": _l("Trả lời về dữ liệu cá nhân"),
    "letter_void": _l("Báo hủy giấy mời"),
    "answer": _l("Trả lời giấy mời"),
}
_CAME_BACK = {
    "temporary": _l("Bên nhận báo thư tới chậm, còn thử tiếp."),
    "auto_reply": _l("Hộp thư trả lời tự động."),
    "unknown": _l("Có thư báo về mà máy không đọc được lý do."),
    "permanent": _l("Thư bị trả lại."),
}
_QUOTED_MOST = 160  # letters of what a stranger's server wrote
_NOT_GONE = (MessageState.FAILED, MessageState.BOUNCED, MessageState.RETRYING)


@dataclass(frozen=True)
class Line:
    """One mail in the table. ``action``: fix, add (an address), retry, or "" for none."""

    message: Message
    kind: str
    sentence: str
    advice: str
    action: str


@dataclass(frozen=True)
class Shown:
    """A mail's content as a person reads it. ``hidden``: it holds an account's secret link."""

    subject: str
    text: str
    html: str
    hidden: bool = False


def kind_of(message: Message) -> str:
    if message.purpose.startswith(SECURITY):
        return _("Tài khoản")
    return str(KINDS.get(message.template, _("Thư khác")))


def line_of(message: Message, now: datetime) -> Line:
    reason = reason_for(message.error_code) if message.state in _NOT_GONE else None
    sentence, advice = "", ""
    if reason is not None:
        sentence, advice = _sentence(message, reason), str(reason.advice)
    if message.state == MessageState.RETRYING:
        if message.attempts > 1:
            sentence += " " + _("Đã thử %(times)s lần.", times=message.attempts)
        advice = _("Tự gửi lại lúc %(time)s.", time=queue_moment(message.next_at, now))
    return Line(message, kind_of(message), sentence, advice, _action(message, reason))


def _sentence(message: Message, reason: Reason) -> str:
    if reason.named is None:
        return str(reason.sentence)
    return str(reason.named) % {"domain": message.recipient.rsplit("@", 1)[-1]}


def _action(message: Message, reason: Reason | None) -> str:
    if message.state not in _NOT_GONE:
        return ""
    if not message.recipient:
        return "add"
    mend = message.state == MessageState.BOUNCED or (reason is not None and reason.fix)
    return "fix" if mend else "retry"


def moment(instant: datetime, now: datetime) -> str:
    """15:18, or with the day when it is another one."""
    if local_date(instant) == local_date(now):
        return clock_time(instant)
    return date_time(instant)


def queue_moment(instant: datetime, now: datetime) -> str:
    """The same for a time of the queue, which runs on the real clock."""
    return moment(instant + rehearsal_offset(), now)


def worker_silent_since() -> datetime | None:
    """When the worker last gave a sign, if that is too long ago; None while it works."""
    beat = read_setting(HEARTBEAT)
    if beat is None:
        return None
    last = datetime.fromisoformat(beat)
    silent = (clock.real_now() - last).total_seconds() > HEARTBEAT_STALE
    return last + rehearsal_offset() if silent else None


def server_lines(state: ServerState, now: datetime) -> dict[str, Any] | None:
    """Heading, sentence and technical line of our own server's trouble; None without any."""
    reason = reason_for(state.code)
    if reason is None or state.since is None or state.until is None:
        return None
    return {
        "heading": str(reason.sentence),
        "since": moment(state.since, now),
        "until": queue_moment(state.until, now),
        "advice": str(reason.advice),
        "detail": state.detail,
    }


def mailbox_lines(now: datetime) -> dict[str, str] | None:
    """Why mails that come back are not seen; None while the mailbox is read, or none is set."""
    if not current_app.config["SETTINGS"].imap_server:
        return None
    state = mailbox_state()
    reason = reason_for(state.code)
    if reason is None:
        return None
    since = state.since or state.read_at or clock.real_now()
    return {
        "sentence": str(reason.sentence),
        "advice": str(reason.advice),
        "since": queue_moment(since, now),
        "detail": state.detail,
    }


def came_back(message_ids: Sequence[int], now: datetime) -> dict[int, list[str]]:
    """In words, what other servers and people's machines answered to these mails, newest first."""
    return {
        key: [_answer_words(one, now) for one in found]
        for key, found in notes_of(message_ids).items()
    }


def _answer_words(bounce: Bounce, now: datetime) -> str:
    words = f"{moment(bounce.found_at, now)}: {_CAME_BACK[bounce.kind]}"
    detail = " ".join((bounce.detail or "").split())
    return f"{words} “{shortened(detail, _QUOTED_MOST)}”" if detail else words


def shown(message: Message) -> Shown | None:
    """What was sent, or what would be sent now; None when it cannot be written."""
    rehearsal = current_app.config["SETTINGS"].rehearsal
    if message.purpose.startswith(SECURITY) and not rehearsal:
        return Shown(message.subject or kind_of(message), "", "", hidden=True)
    if message.subject is not None:
        return Shown(message.subject, message.text or "", message.html or "")
    files = [(file.filename, file.media_type, 0) for file in message.attachments]
    try:
        subject, text, html = render(
            message.template,
            message.context,
            event_id=message.event_id,
            recipient_name=message.recipient_name,
            files=files,
        )
    except (TemplateError, LookupError, ValueError, TypeError) as error:
        current_app.logger.error("mail template %s", message.template, exc_info=error)
        return None
    return Shown(subject, text, html)


def thing_link(message: Message) -> dict[str, str] | None:
    """Where the desk finds what this mail is about, and the unit's contact."""
    slug = event_facts(message.event_id).get("event_slug")
    if slug is None or message.thing_id is None:
        return None
    if message.thing_type == "registration":
        url = url_for("desk_registrations.detail", slug=slug, registration_id=message.thing_id)
        return {"url": url, "label": _("Mở đăng ký")}
    if message.thing_type in ("invitation", "letters", "letter_trial"):
        return {"url": url_for("invitations.index", slug=slug), "label": _("Mở giấy mời")}
    return {"url": register_url(message), "label": _("Mở danh bạ")}


def batch_url(message: Message) -> str | None:
    """The page on which this mail's batch is watched."""
    slug = event_facts(message.event_id).get("event_slug")
    if slug is None or message.batch_id is None:
        return None
    return url_for("invitations.batch", slug=slug, batch_id=message.batch_id)


def register_url(message: Message) -> str:
    """The unit in the register, where its address is kept for later mails."""
    return url_for("units.index", q=message.context.get("unit") or message.recipient_name)
