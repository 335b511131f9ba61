"""The history of an entry in words, for the desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext
from markupsafe import Markup, escape

from app.audit.models import AuditEntry
from app.core.filters import date_time
from app.core.states import state_tag

FIELD_WORDS = {
    "full_name": _l("họ và tên"),
    "position": _l("chức vụ"),
    "phone": _l("điện thoại"),
    "email": _l("thư điện tử"),
    "honorific": _l("cách xưng hô"),
}
FLAG_WORDS = {
    "not_leader": _l("Chức vụ chưa rõ là lãnh đạo"),
    "same_person": _l("Trùng người với đơn vị khác"),
    "near_person": _l("Trùng tên, khác dấu"),
}
DOOR_WORDS = {"walk_in": _l("Ghi tại cửa"), "substitute": _l("Người thay, ghi tại cửa")}
FLAG_SHORT = {"not_leader": _l("Chức vụ"), "same_person": _l("Trùng người")}


@dataclass(frozen=True)
class HistoryLine:
    """``text``: what happened; ``when``: the moment and who; ``main``: a state changed."""

    text: Markup
    when: str
    main: bool


def name_of(full_name: str | None) -> str:
    """The person, or who stands for one not yet named."""
    return full_name or _("Đại diện lãnh đạo")


def history_lines(entries: Sequence[AuditEntry]) -> list[HistoryLine]:
    return [
        HistoryLine(
            text=_text(entry),
            when=f"{date_time(entry.at)} · {_who(entry)}",
            main=entry.action in MAIN,
        )
        for entry in entries
    ]


def _text(entry: AuditEntry) -> Markup:
    words = WORDS.get(entry.action)
    text = words(entry.before or {}, entry.after or {}) if words else _unknown(entry)
    if entry.reason:
        text += Markup("<br>") + escape(_("Lý do: %(reason)s", reason=entry.reason))
    return text


def _unknown(entry: AuditEntry) -> Markup:
    return escape(_("Thao tác khác (%(action)s)", action=entry.action))


def _who(entry: AuditEntry) -> str:
    if entry.actor_kind == "unit":
        return _("đơn vị, từ đường dẫn riêng")
    if entry.actor_kind == "system":
        return _("tự động")
    return entry.actor_label


def _bold(text: Any) -> Markup:
    return Markup("<b>{}</b>").format(text)


def _state(value: str | None) -> str:
    return state_tag("registration", value).word


def _received(before: dict[str, Any], after: dict[str, Any]) -> Markup:
    head = _bold(pgettext("history", "Nhận đăng ký"))
    return head + escape(f": {name_of(after.get('full_name'))}. {_state(after.get('state'))}")


def _replaced(before: dict[str, Any], after: dict[str, Any]) -> Markup:
    return _bold(_("Đổi người dự")) + escape(
        _(
            ": %(old)s thay bằng %(new)s",
            old=name_of(before.get("full_name")),
            new=name_of(after.get("full_name")),
        )
    )


def _amended(before: dict[str, Any], after: dict[str, Any]) -> Markup:
    changed = [key for key in FIELD_WORDS if before.get(key) != after.get(key)]
    text = escape(
        _("Sửa thông tin: %(fields)s", fields=", ".join(str(FIELD_WORDS[key]) for key in changed))
    )
    for key in ("full_name", "position"):
        if key in changed:
            text += escape(f" · {before.get(key) or '–'} → {after.get(key) or '–'}")
    return text


def _asked_replace(before: dict[str, Any], after: dict[str, Any]) -> Markup:
    return _bold(_("Đơn vị đề nghị đổi người dự")) + escape(f": {name_of(after.get('full_name'))}")


def _at_door(before: dict[str, Any], after: dict[str, Any]) -> Markup:
    mark = DOOR_WORDS.get(after.get("mark", ""), DOOR_WORDS["walk_in"])
    return _bold(mark) + escape(
        ". " + _("Người cho phép: %(name)s", name=after.get("allowed_by") or "–")
    )


def _in_session(facts: dict[str, Any]) -> Markup:
    session = facts.get("session")
    return escape(", " + _("buổi %(name)s", name=session)) if session else Markup()


def _moment(value: str | None) -> str:
    return date_time(datetime.fromisoformat(value)) if value else ""


def _pages(after: dict[str, Any]) -> Markup:
    count = after.get("pages", 1)
    return escape(", " + ngettext("%(num)s trang", "%(num)s trang", count))


WORDS: dict[str, Callable[[dict[str, Any], dict[str, Any]], Markup]] = {
    "registration.received": _received,
    "registration.replaced": _replaced,
    "registration.amended": _amended,
    "registration.promoted": lambda before, after: (
        _bold(_("Được cấp chỗ")) + escape(_(" từ danh sách chờ"))
    ),
    "registration.withdrawn": lambda before, after: _bold(_("Rút đăng ký")),
    "registration.rejected": lambda before, after: _bold(_("Không nhận")),
    "registration.late_accepted": lambda before, after: (
        _bold(_("Nhận đăng ký quá hạn")) + escape(f": {_state(after.get('state'))}")
    ),
    "registration.flag_cleared": lambda before, after: escape(
        _("Đã xem, giữ nguyên: %(flag)s", flag=FLAG_WORDS.get(before.get("flag", ""), ""))
    ),
    "participation.cutoff_extended": lambda before, after: escape(
        _("Gia hạn cho đơn vị đến %(moment)s", moment=_moment(after.get("cutoff_at")))
    ),
    "link.opened": lambda before, after: escape(_("Mở đường dẫn lần đầu")),
    "link.opened_elsewhere": lambda before, after: escape(
        _("Mở đường dẫn từ máy khác: %(device)s", device=after.get("device") or _("không rõ"))
    ),
    "link.asked": lambda before, after: escape(_("Gửi lại đường dẫn theo yêu cầu")),
    "participation.link_renewed": lambda before, after: escape(_("Thay đường dẫn mới")),
    "request.replace_asked": _asked_replace,
    "request.withdraw_asked": lambda before, after: _bold(_("Đơn vị đề nghị rút đăng ký")),
    "request.accepted": lambda before, after: _bold(_("Duyệt đề nghị của đơn vị")),
    "request.refused": lambda before, after: _bold(_("Không nhận đề nghị của đơn vị")),
    "request.taken_back": lambda before, after: escape(_("Đơn vị rút lại đề nghị")),
    "request.moot": lambda before, after: escape(_("Đề nghị không còn cần xét")),
    "signed_form.received": lambda before, after: _bold(_("Nhận bản ký")) + _pages(after),
    "signed_form.doubtful": lambda before, after: _bold(_("Nhận bản ký cần xem")) + _pages(after),
    "signed_form.accepted": lambda before, after: _bold(_("Duyệt bản ký")),
    "signed_form.refused": lambda before, after: _bold(_("Yêu cầu gửi lại bản ký")),
    "signed_form.turned": lambda before, after: escape(_("Xoay ảnh bản ký")),
    "signed_form.turned_away": lambda before, after: escape(_("Không nhận một tệp bản ký")),
    "guest.added": lambda before, after: _bold(_("Thêm khách mời")),
    "guest.edited": lambda before, after: escape(
        _("Sửa khách mời: %(unit)s", unit=after.get("organisation") or "")
    ),
    "invitation.sent": lambda before, after: _bold(_("Gửi giấy mời")),
    "invitation.voided": lambda before, after: escape(_("Giấy mời đã gửi hết hiệu lực")),
    "registration.at_door": _at_door,
    "checkin.arrived": lambda before, after: _bold(_("Đã điểm danh")) + _in_session(after),
    "checkin.excused": lambda before, after: _bold(_("Vắng có lý do")) + _in_session(after),
    "checkin.excuse_removed": lambda before, after: (
        escape(_("Bỏ ghi vắng có lý do")) + _in_session(before)
    ),
    "checkin.undone": lambda before, after: escape(_("Hoàn tác điểm danh")),
}
MAIN = {
    "registration.received",
    "registration.replaced",
    "registration.promoted",
    "registration.withdrawn",
    "registration.rejected",
    "registration.late_accepted",
    "request.replace_asked",
    "request.withdraw_asked",
    "request.accepted",
    "request.refused",
    "signed_form.received",
    "signed_form.doubtful",
    "signed_form.accepted",
    "signed_form.refused",
}
