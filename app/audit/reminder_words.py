"""Words of the audit log for reminders: which, counted from what, and why one did not go."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

REMINDER_FIELDS: dict[str, Any] = {
    "anchor": _l("Tính từ"),
    "days": _l("Số ngày"),
    "reason": _l("Lý do"),
    "reminder": _l("Thư nhắc"),
}
REMINDER_VALUES: dict[tuple[str, ...], Any] = {
    ("anchor", "cutoff"): _l("Hạn đăng ký"),
    ("anchor", "event"): _l("Ngày tập huấn"),
    ("reason", "send"): _l("Đến giờ gửi"),
    ("reason", "skip_late"): _l("Đã qua ngày gửi"),
    ("reason", "skip_older"): _l("Có lần nhắc sau cùng loại cũng đến giờ"),
    ("reminder", "call"): _l("Thư mời đăng ký"),
    ("reminder", "not_registered"): _l("Nhắc đăng ký"),
    ("reminder", "no_form"): _l("Nhắc gửi bản ký"),
    ("reminder", "no_answer"): _l("Nhắc trả lời giấy mời"),
    ("reminder", "thanks"): _l("Cảm ơn, giấy xác nhận tham dự"),
    ("reminder", "absent"): _l("Thư báo vắng mặt"),
}
