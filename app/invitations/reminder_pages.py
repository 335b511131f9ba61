"""What the reminders' pages show: each line of the schedule in words, and a mail as it would read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.days_off import read_days_off
from app.core.filters import clock_time, short_date, weekday
from app.events.models import Event
from app.invitations.reminder_queries import (
    Target,
    event_day,
    is_switched_on,
    makes_sense,
    schedule_of,
    targets,
)
from app.invitations.reminder_rules import (
    TEMPLATES,
    Anchor,
    Kind,
    Slot,
    due_at,
    is_day_off,
    is_settled,
    last_moment,
)
from app.invitations.reminders import ATTACHED_MOST, TITLES, plan_document
from app.mail.rendering import render

EXPLAINED: dict[Kind, Any] = {
    Kind.CALL: _l("Cho đơn vị chưa được gửi đường dẫn: hạn, ba việc cần làm, kèm kế hoạch."),
    Kind.NOT_REGISTERED: _l("Cho đơn vị chưa đăng ký và còn trong hạn."),
    Kind.NO_FORM: _l("Cho đơn vị đã đăng ký mà chưa có bản ký, hoặc phải gửi lại."),
    Kind.NO_ANSWER: _l("Cho người đã được gửi giấy mời mà chưa trả lời."),
    Kind.THANKS: _l("Cho người có mặt, kèm giấy xác nhận để thanh toán công tác phí."),
    Kind.ABSENT: _l("Cho đơn vị có chỗ mà không ai điểm danh. Chỉ gửi khi Sở muốn."),
}  # fmt: skip


@dataclass(frozen=True)
class Count:
    """Whom a kind of reminder would reach now. ``sensible``: it would still say what is so."""

    kind: Kind
    reach: int
    without_address: int
    sensible: bool


@dataclass(frozen=True)
class Line:
    """``offset``, ``when``: in words; ``state``: of the table of states; ``note``: a sentence
    beside it, or ""; ``open``: still to come, so it may be changed."""

    slot: Slot
    offset: str
    when: str
    state: str
    note: str
    day_off: bool

    @property
    def open(self) -> bool:
        return self.state in ("planned", "due", "off", "past")


def counts_of(event: Event) -> dict[Kind, Count]:
    """A few reads a kind, whatever the number of lines and units."""
    found = {}
    for kind in Kind:
        ones = targets(event, kind)
        reach = sum(one.to is not None for one in ones)
        found[kind] = Count(kind, reach, len(ones) - reach, makes_sense(event, kind))
    return found


def lines_of(event: Event, now: datetime) -> list[Line]:
    on, days_off = is_switched_on(event), read_days_off()
    lines = []
    for slot in schedule_of(event):
        due = due_at(slot, cutoff_at=event.cutoff_at, event_day=event_day(event))
        state = _state(slot, due, now, on)
        lines.append(
            Line(slot, offset_words(slot), when_words(due), state, _note(slot, due, state),
                 is_day_off(due, days_off))
        )  # fmt: skip
    return lines


def _state(slot: Slot, due: datetime, now: datetime, on: bool) -> str:
    if is_settled(slot, due):
        if slot.batch_id is not None:
            return "sent"
        return "skipped" if _missed(slot, due) else "nobody"
    if not (on and slot.active):
        return "off"
    return "planned" if due > now else "due" if now <= last_moment(due) else "past"


def _missed(slot: Slot, due: datetime) -> bool:
    """Dealt with a good while after its moment: the worker did not run, or the clock was moved."""
    return slot.done_at is not None and slot.done_at > last_moment(due)


def _note(slot: Slot, due: datetime, state: str) -> str:
    if state == "skipped":
        return _("Không gửi: đã qua 18:00 của ngày đó.")
    if state == "nobody":
        return _("Không ai cần nhắc, hoặc đã có lần nhắc sau.")
    if state == "sent" and slot.done_at is not None:
        return _("Lúc %(time)s, %(date)s", time=clock_time(slot.done_at),
                 date=short_date(slot.done_at))  # fmt: skip
    return ""


def when_words(due: datetime) -> str:
    """ "08:00, thứ Bảy 02/03/2024"."""
    return f"{clock_time(due)}, {weekday(due)} {short_date(due)}"


def offset_words(slot: Slot) -> str:
    """ "3 ngày trước hạn đăng ký"."""
    number = abs(slot.days)
    if slot.anchor == Anchor.CUTOFF:
        if slot.days == 0:
            return _("Ngày hết hạn đăng ký")
        if slot.days < 0:
            return _("%(n)s ngày trước hạn đăng ký", n=number)
        return _("%(n)s ngày sau hạn đăng ký", n=number)
    if slot.days == 0:
        return _("Ngày tập huấn")
    if slot.days < 0:
        return _("%(n)s ngày trước tập huấn", n=number)
    return _("%(n)s ngày sau tập huấn", n=number)


@dataclass(frozen=True)
class Preview:
    """The mail to the first of them as it would go out."""

    subject: str
    text: str
    html: str
    to: Target


def preview_of(event: Event, kind: Kind, found: Sequence[Target]) -> Preview | None:
    one = next((one for one in found if one.to), next(iter(found), None))
    if one is None:
        return None
    with force_locale("vi"):
        subject, text, html = render(
            TEMPLATES[kind], one.context, event_id=event.id,
            recipient_name=one.person or one.unit, files=_files(event, kind),
        )  # fmt: skip
    return Preview(subject, text, html, one)


def _files(event: Event, kind: Kind) -> list[tuple[str, str, int]]:
    """The attachments as the mail will list them; papers are made when it is sent."""
    if kind != Kind.CALL:
        return []
    document = plan_document(event.id)
    if document is None or document.size > ATTACHED_MOST:
        return []
    return [(document.filename, document.media_type, document.size)]


def title_of(kind: Kind) -> str:
    return str(TITLES[kind])
