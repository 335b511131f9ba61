"""What the scan page brings to a paired phone, so that it speaks without asking anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.checkin.answer_templates import answer_templates
from app.core.access import Actor

MANY = 987_654  # stands for any number of people


@dataclass(frozen=True)
class PhonePage:
    """``words``: see answer_templates; ``texts``: sentences with {names}, see static/js/hall."""

    words: dict[str, dict[str, Any]]
    texts: dict[str, str]


def phone_page(actor: Actor) -> PhonePage | None:
    """None for an account: each of its scans is asked of the server."""
    if actor.kind != "gate":
        return None
    return PhonePage(answer_templates(), _state_texts() | _search_texts() | _walk_in_texts())


def _state_texts() -> dict[str, str]:
    return {
        "leader": _("Đại diện Lãnh đạo"),
        "next": _("Quét tiếp"),
        "list_at": _("Danh sách lúc {time}"),
        "minutes_ago": _("{n} phút trước"),
        "no_list": _("Chưa có danh sách"),
        "waiting_short": _("{n} lượt chờ gửi"),
        "waiting_since": _("{n} lượt đang chờ gửi, từ {time}"),
        "offline_gate": _("Mất mạng. Vẫn quét bình thường."),
        "kept_here": _("Đã ghi trên máy"),
        "undone": _("Đã hoàn tác: {name}."),
        "needs_network": _("Việc này cần mạng. Hãy thử lại khi có mạng."),
        "session_moved": _("Đã chuyển sang buổi {session}."),
        "session_over": _("Buổi {session} đã kết thúc."),
        "session_next": _("Sang buổi {session}"),
        "full": _("Máy hết chỗ lưu."),
        "not_kept": _("Trình duyệt không lưu được."),
        "not_kept_more": _("Lượt quét chỉ được nhận khi máy chủ trả lời ngay."),
        "not_kept_title": _("Chưa ghi được"),
        "not_kept_todo": _("quét lại khi có mạng, xóa bớt tệp trên máy, hoặc dùng máy khác."),
        "later_short": _("{n} lượt cần xem"),
        "later_invalid": _("Máy chủ không nhận lượt này."),
        "later_walk_in": _("Chưa vào được danh sách. Bàn đăng ký sẽ xem."),
        "later_double": _("Cũng đã vào lúc {time} tại {gate}."),
        "later_stale": _("Máy đã cho vào. Máy chủ: {title}."),
        "later_unlisted": _("Máy chưa cho vào. Máy chủ: {title}."),
    }


def _search_texts() -> dict[str, str]:
    """As the server's own search says them (routes.search)."""

    def found(number: int) -> str:
        return ngettext(
            "%(num)s người có chữ “%(query)s”",
            "%(num)s người có chữ “%(query)s”",
            number,
            query="{query}",
        )

    return {
        "found_short": _("Nhập ít nhất 2 chữ của tên hoặc đơn vị, không cần dấu."),
        "found_none": _("Không có ai có chữ “%(query)s”", query="{query}"),
        "found_one": found(1),
        "found_many": found(MANY).replace(str(MANY), "{num}"),
        "arrived": _("Đã vào %(time)s", time="{time}"),
        "waitlisted": _("Danh sách chờ"),
        "late": _("Quá hạn, chờ xét"),
        "replaced": _("Đã thay"),
        "withdrawn": _("Đã rút"),
    }


def _walk_in_texts() -> dict[str, str]:
    return {
        "seats": _("Chỗ dự kiến: {taken}/{planned} đã có người, còn {free} chỗ."),
        "seats_full": _("Chỗ dự kiến: {taken}/{planned} đã có người, hết chỗ."),
        "missing_name": _("Hãy nhập họ và tên."),
        "missing_position": _("Hãy nhập chức vụ."),
        "missing_unit": _("Hãy nhập đơn vị."),
        "unit_unsure": _("Hãy chọn đơn vị ở dưới. Là khách nơi khác thì ghi lần nữa."),
        "missing_allowed_by": _("Hãy ghi ai cho phép."),
    }
