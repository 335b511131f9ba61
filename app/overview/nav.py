"""The frame of the desk's pages: menu with counts, event switcher, search, account.

Everything is asked for when the desk's layout draws it, so that fragments and pages of other
layouts (an error page, which must work without a database) pay nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import func, select
from werkzeug.local import LocalProxy

from app.core.access import Actor, current_actor
from app.core.clock import local, now
from app.core.policies import can_administer, can_approve, can_check_in, can_manage, can_watch_hall
from app.events.models import Event, Participation
from app.events.rules import EventState
from app.extensions import db
from app.invitations.models import Approval
from app.invitations.rules import ApprovalState
from app.mail.models import Message, MessageState
from app.personal_data.queries import running_counts
from app.registration.models import ChangeRequest
from app.registration.queries import RegistrationFilter, tab_counts
from app.registration.rules import RequestState
from app.signed_forms.queries import form_counts

FAILED = (MessageState.FAILED, MessageState.BOUNCED)


@dataclass(frozen=True)
class EventLine:
    """An event as the switcher names it."""

    id: int
    slug: str
    short_title: str
    state: str
    year: int


def init_nav(app: Flask) -> None:
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    context: dict[str, Any] = {
        "data_notice_url": url_for("events.privacy"),
        "lost_link_url": url_for("unit_pages.lost_link"),
    }
    if not request or not request.path.startswith("/desk"):
        return context
    frame = DeskFrame()
    for name in ("nav", "desk_event", "desk_events", "event_switcher", "account", "search_url"):
        context[name] = LocalProxy(lambda name=name: getattr(frame, name))  # type: ignore[misc]
    if current_app.config["SETTINGS"].rehearsal:
        url = url_for("events.rehearsal_clock") if can_manage(current_actor()) else None
        context["rehearsal"] = SimpleNamespace(now=local(now()), url=url)
    return context


class DeskFrame:
    """What `layouts/desk.html` reads; four queries when all of it is drawn."""

    @cached_property
    def actor(self) -> Actor:
        return current_actor()

    @cached_property
    def desk_events(self) -> list[EventLine]:
        rows = db.session.execute(
            select(Event.id, Event.slug, Event.short_title, Event.state, Event.valid_on).order_by(
                (Event.state == EventState.ARCHIVED), Event.id.desc()
            )
        )
        return [
            EventLine(row.id, row.slug, row.short_title, row.state, row.valid_on.year)
            for row in rows
        ]

    @cached_property
    def desk_event(self) -> EventLine | None:
        """The page's event; elsewhere the newest open one, else the newest not archived."""
        chosen = g.get("desk_event")
        if chosen is not None:
            return next((one for one in self.desk_events if one.id == chosen.id), None)
        standing = [one for one in self.desk_events if one.state != EventState.ARCHIVED]
        open_ones = [one for one in standing if one.state == EventState.OPEN]
        return next(iter(open_ones or standing), None)

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        items = self._event_items(self.desk_event) if self.desk_event else []
        if self.desk_event is None:
            items.append(_item(pgettext("list", "Đơn vị"), "units.index", icon="building"))
        if can_manage(self.actor):
            if self.desk_event:
                items.append(
                    _item(
                        _("Thiết lập sự kiện"),
                        "events.settings",
                        icon="sliders",
                        slug=self.desk_event.slug,
                        divider=True,
                    )
                )
            items.append(self._data_item())
            items.append(_item(_("Tạo sự kiện"), "events.create", icon="plus-square"))
        if can_administer(self.actor):
            items.append(_item(pgettext("list", "Tài khoản"), "accounts.index", icon="people"))
            items.append(_item(_("Nhật ký thao tác"), "accounts.audit_log", icon="clock"))
        return items

    def _data_item(self) -> dict[str, Any]:
        """Requests about personal data run against a statutory clock: red when one is late."""
        running, late = running_counts(now())
        return _item(
            _("Dữ liệu cá nhân"),
            "personal_data.index",
            icon="shield-check",
            count=running or None,
            tone="stop" if late else "look" if running else None,
        )

    def _approval_item(self, slug: str, waiting: int) -> list[dict[str, Any]]:
        """Where letters wait for a leader: marked for the one who can approve."""
        mine = bool(waiting) and can_approve(self.actor)
        return [
            _item(_("Trình duyệt"), "approvals.index", icon="patch-check", slug=slug,
                  count=waiting or None, tone="look" if mine else None)
        ]  # fmt: skip

    def _event_items(self, event: EventLine) -> list[dict[str, Any]]:
        counts = tab_counts(db.session.get_one(Event, event.id), RegistrationFilter())
        units, failed, asked, waiting_letters = db.session.execute(
            select(
                select(func.count())
                .select_from(Participation)
                .where(Participation.event_id == event.id, Participation.unit_id.is_not(None))
                .scalar_subquery(),
                select(func.count())
                .select_from(Message)
                .where(Message.event_id == event.id, Message.state.in_(FAILED))
                .scalar_subquery(),
                select(func.count())
                .select_from(ChangeRequest)
                .where(ChangeRequest.event_id == event.id, ChangeRequest.state == RequestState.OPEN)
                .scalar_subquery(),
                select(func.coalesce(func.sum(Approval.letters), 0))
                .where(Approval.event_id == event.id, Approval.state == ApprovalState.SUBMITTED)
                .scalar_subquery(),
            )
        ).one()
        slug, doubtful = event.slug, form_counts(event.id)["doubtful"]
        items = [
            _item(_("Tổng quan"), "overview.dashboard", icon="grid", slug=slug),
            _item(pgettext("list", "Đăng ký"), "desk_registrations.index", icon="card-list", slug=slug,
                  count=counts["confirmed"]),
            _item(_("Danh sách chờ"), "desk_registrations.waiting", icon="hourglass-split", slug=slug,
                  count=counts["waitlisted"]),
            _item(_("Quá hạn"), "desk_registrations.late", icon="clock-history", slug=slug,
                  count=counts["late"], tone="look" if counts["late"] else None),
            _item(_("Đề nghị đổi, rút"), "desk_registrations.change_requests", icon="arrow-left-right",
                  slug=slug, count=asked or None, tone="look" if asked else None),
            _item(pgettext("list", "Bản ký"), "signed_forms.index", icon="file-earmark-check", slug=slug,
                  count=doubtful or None, tone="look" if doubtful else None),
            _item(pgettext("list", "Đơn vị"), "units.index", icon="building", count=units),
            _item(pgettext("list", "Giấy mời"), "invitations.index", icon="envelope-paper", slug=slug),
            *self._approval_item(slug, waiting_letters),
            _item(_("Gọi và nhắc"), "reminders.index", icon="bell", slug=slug),
            _item(_("Thư đi"), "mail.outbox", icon="send", count=failed or None,
                  tone="stop" if failed else None),
        ]  # fmt: skip
        if can_check_in(self.actor):
            items.append(_item(_("Điểm danh"), "checkin.desk", icon="qr-code-scan", slug=slug))
        elif can_watch_hall(self.actor) and event.state != EventState.DRAFT:
            items.append(_item(_("Bảng theo dõi"), "checkin.board", icon="display", slug=slug))
        items.append(_item(_("Danh sách, in ấn"), "documents.index", icon="printer", slug=slug))
        return items

    @cached_property
    def event_switcher(self) -> SimpleNamespace | None:
        if self.desk_event is None:
            return None
        here = self.desk_event.id
        return SimpleNamespace(
            title=self.desk_event.short_title,
            note=str(self.desk_event.year),
            events=[
                SimpleNamespace(
                    label=f"{one.short_title} · {one.year}",
                    active=one.id == here,
                    url=url_for("overview.dashboard", slug=one.slug),
                )
                for one in self.desk_events
            ],
        )

    @cached_property
    def search_url(self) -> str | None:
        event = self.desk_event
        return url_for("desk_registrations.index", slug=event.slug) if event else None

    @cached_property
    def account(self) -> SimpleNamespace | None:
        if self.actor.kind != "account":
            return None
        words = self.actor.label.replace("@", " ").split()
        return SimpleNamespace(
            name=self.actor.label,
            role=_role_word(self.actor),
            initials="".join(word[0] for word in words[-2:]).upper(),
            sign_out_url=url_for("security.logout"),
            links=[
                SimpleNamespace(
                    label=_("Tài khoản của mình"), icon="person", url=url_for("accounts.me")
                ),
                SimpleNamespace(
                    label=_("Đổi mật khẩu"), icon="key", url=url_for("security.change_password")
                ),
                SimpleNamespace(
                    label=_("Xác thực hai bước"),
                    icon="shield-lock",
                    url=url_for("accounts.two_step"),
                ),
            ],
        )


def _role_word(actor: Actor) -> str:
    if actor.has_role("admin"):
        return _("Quản trị")
    if actor.has_role("desk"):
        return _("Chuyên viên")
    return _("Lãnh đạo") if actor.has_role("leader") else _("Hội trường")


def _item(
    label: str,
    endpoint: str,
    *,
    icon: str,
    slug: str | None = None,
    count: int | None = None,
    tone: str | None = None,
    divider: bool = False,
) -> dict[str, Any]:
    url = url_for(endpoint, slug=slug) if slug else url_for(endpoint)
    return {
        "label": label,
        "icon": icon,
        "url": url,
        "count": count,
        "tone": tone,
        "divider": divider,
        "active": request.path == url,
    }
