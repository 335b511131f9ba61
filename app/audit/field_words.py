"""What stands in the audit log, in words: fields and their values, before and after.

Keys are what the packages above record; see ``words``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit.data_words import DATA_FIELDS, DATA_VALUES
from app.audit.hall_words import HALL_FIELDS, HALL_VALUES
from app.audit.mail_words import MAIL_VALUES
from app.audit.plan_words import PLAN_WORDS
from app.audit.print_words import PRINT_VALUES
from app.audit.reminder_words import REMINDER_FIELDS, REMINDER_VALUES
from app.core.filters import date_time, short_date

FIELD_WORDS: dict[str, Any] = {
    **PLAN_WORDS,
    **DATA_FIELDS,
    **HALL_FIELDS,
    **REMINDER_FIELDS,
    "active": _l("Đang bật"),
    "added": _l("Số đơn vị thêm"),
    "aliases": _l("Tên gọi khác"),
    "answer": _l("Trả lời"),
    "asked": _l("Đề nghị"),
    "at": _l("Lúc"),
    "code": _l("Mã"),
    "contact": _l("Người liên hệ"),
    "came_at": _l("Đến lúc"),
    "cutoff_at": _l("Hạn đăng ký"),
    "cutoff_words": _l("Hạn theo lời văn"),
    "device": _l("Máy"),
    "district": _l("Quận, huyện"),
    "email": _l("Thư điện tử"),
    "ends_at": _l("Kết thúc lúc"),
    "error_code": _l("Mã lỗi của máy chủ thư"),
    "expires_at": _l("Hết hạn lúc"),
    "file": _l("Tệp"),
    "filename": _l("Tên tệp"),
    "flag": _l("Điều cần xem"),
    "form": _l("Bản ký"),
    "form_version": _l("Phiếu lần"),
    "format": _l("Loại tệp"),
    "full_name": _l("Họ và tên"),
    "gate": _l("Cổng"),
    "hall_seats": _l("Số ghế của hội trường"),
    "header_line_1": _l("Dòng đầu 1"),
    "header_line_2": _l("Dòng đầu 2"),
    "honorific": _l("Cách xưng hô"),
    "how": _l("Cách tìm"),
    "invited_kinds": _l("Loại đơn vị mời"),
    "issued_on": _l("Ngày văn bản"),
    "kind": _l("Loại đơn vị"),
    "late_taken": _l("Đề nghị bổ sung được nhận"),
    "letter": _l("Giấy mời"),
    "letters": _l("Số giấy mời"),
    "link_version": _l("Lần cấp đường dẫn"),
    "list_title": _l("Tên trong danh sách"),
    "messages": _l("Số thư"),
    "name": _l("Tên"),
    "new": _l("Số dòng mới"),
    "note": _l("Ghi chú"),
    "number": _l("Số văn bản"),
    "on_time": _l("Trước hạn"),
    "opens_at": _l("Mở đăng ký lúc"),
    "outcome": _l("Kết quả"),
    "page": _l("Trang"),
    "pages": _l("Số trang"),
    "phone": _l("Điện thoại"),
    "plan": _l("Kế hoạch"),
    "planned_seats": _l("Số chỗ dự kiến"),
    "position": _l("Chức vụ"),
    "presence": _l("Lượt điểm danh số"),
    "queue_last": _l("Số thứ tự cuối"),
    "delivery": _l("Cách gửi thư"),
    "queue_no": _l("Thứ tự chờ"),
    "recipient": _l("Người nhận"),
    "refused": _l("Số dòng bỏ"),
    "registering_kinds": _l("Loại đơn vị đăng ký"),
    "reserve": _l("Nhóm giữ chỗ"),
    "revision": _l("Lần sửa"),
    "role": _l("Vai trò"),
    "organisation": _l("Cơ quan, tổ chức"),
    "seats": _l("Số chỗ"),
    "sentence": _l("Ý kiến"),
    "session": _l("Buổi"),
    "sessions": _l("Các buổi"),
    "sha256": _l("SHA-256 của tệp"),
    "short_name": _l("Tên ngắn"),
    "short_title": _l("Tên ngắn"),
    "size": _l("Dung lượng (byte)"),
    "slug": _l("Phần cuối của địa chỉ trang"),
    "source": _l("Nguồn"),
    "starts_at": _l("Bắt đầu lúc"),
    "shared_mailbox": _l("Hộp thư chung"),
    "state": _l("Trạng thái"),
    "tentative_time": _l("Thời gian dự kiến"),
    "title": _l("Tên"),
    "topic": _l("Nội dung"),
    "unit": _l("Đơn vị"),
    "unit_quota": _l("Số người mỗi đơn vị"),
    "units": _l("Số đơn vị"),
    "updated": _l("Số dòng cập nhật"),
    "valid_from": _l("Có hiệu lực từ"),
    "valid_on": _l("Lấy tên đơn vị vào ngày"),
    "valid_until": _l("Có hiệu lực đến"),
    "venue": _l("Địa điểm"),
    "venue_address": _l("Địa chỉ"),
    "verdict": _l("Kết quả đọc mã"),
    "version": _l("Bản số"),
}

# (field, value), or (field, value, thing) where one value means different things.
_VALUES: dict[tuple[str, ...], Any] = {
    ("state", "draft", "event"): _l("Bản nháp"),
    ("state", "open", "event"): _l("Đang mở đăng ký"),
    ("state", "closed", "event"): _l("Đã đóng đăng ký"),
    ("state", "archived", "event"): _l("Đã lưu trữ"),
    ("state", "confirmed"): _l("Có chỗ"),
    ("state", "waitlisted"): _l("Danh sách chờ"),
    ("state", "late"): _l("Quá hạn, chờ xét"),
    ("state", "withdrawn"): _l("Đã rút"),
    ("state", "replaced"): _l("Đã thay"),
    ("state", "rejected"): _l("Không nhận"),
    ("state", "queued"): _l("Chờ gửi"),
    ("state", "sending"): _l("Đang gửi"),
    ("state", "sent"): _l("Đã gửi"),
    ("state", "retrying"): _l("Đang thử lại"),
    ("state", "failed"): _l("Không gửi được"),
    ("state", "bounced"): _l("Bị trả lại"),
    ("asked", "replace"): _l("Đổi người dự"),
    ("asked", "withdraw"): _l("Rút đăng ký"),
    ("role", "admin"): _l("Quản trị"),
    ("role", "desk"): _l("Chuyên viên"),
    ("role", "leader"): _l("Lãnh đạo"),
    ("role", "hall"): _l("Hội trường"),
    ("role", "guest"): _l("Khách mời"),
    ("role", "presenter"): _l("Báo cáo viên"),
    ("role", "organiser"): _l("Ban Tổ chức"),
    ("how", "scan"): _l("Quét mã"),
    ("how", "typed"): _l("Nhập mã"),
    ("how", "search"): _l("Tìm tên"),
    ("flag", "not_leader"): _l("Chức vụ chưa rõ là lãnh đạo"),
    ("flag", "same_person"): _l("Trùng người với đơn vị khác"),
    ("flag", "near_person"): _l("Trùng tên, khác dấu"),
    ("source", "web"): _l("Đường dẫn của đơn vị"),
    ("source", "form_file"): _l("Phiếu giấy"),
    ("source", "mail"): _l("Thư"),
    ("source", "phone"): _l("Điện thoại"),
    ("source", "desk"): _l("Bàn đăng ký"),
    ("source", "delegate"): _l("Người dự, trên trang giấy mời"),
    ("answer", "yes"): _l("Sẽ dự"),
    ("answer", "other"): _l("Cử người khác"),
    ("answer", "no"): _l("Không dự được"),
    ("outcome", "welcome"): _l("Mời vào"),
    ("outcome", "already"): _l("Đã điểm danh"),
    ("outcome", "replaced"): _l("Đã thay"),
    ("outcome", "waitlisted"): _l("Danh sách chờ"),
    ("outcome", "withdrawn"): _l("Đã rút"),
    ("outcome", "not_confirmed"): _l("Chưa có chỗ"),
    ("outcome", "void_code"): _l("Mã đã hủy"),
    ("outcome", "wrong_session"): _l("Không đúng buổi"),
    ("outcome", "wrong_event"): _l("Mã của sự kiện khác"),
    ("outcome", "unknown"): _l("Không có trong danh sách"),
    ("form", "received"): _l("Đã nhận bản ký"),
    ("form", "doubtful"): _l("Bản ký cần xem"),
    ("form", "accepted"): _l("Đã duyệt bản ký"),
    ("form", "refused"): _l("Cần gửi lại bản ký"),
    ("verdict", "received"): _l("Đã nhận bản ký"),
    ("verdict", "doubtful"): _l("Bản ký cần xem"),
    ("verdict", "same_scan"): _l("Bản quét này đã gửi rồi"),
    ("verdict", "accepted_before"): _l("Bản ký đã duyệt từ trước"),
    ("verdict", "older_version"): _l("Phiếu cũ"),
    ("verdict", "replaced"): _l("Phiếu của người đã thay"),
    ("verdict", "other_unit"): _l("Phiếu của đơn vị khác"),
    ("verdict", "other_event"): _l("Phiếu của sự kiện khác"),
    ("verdict", "not_a_form"): _l("Mã không phải của phiếu"),
    ("verdict", "contradictory"): _l("Các trang khác phiếu"),
    ("state", "preparing"): _l("Đang soạn thư"),
    ("state", "running"): _l("Đang gửi"),
    ("state", "paused"): _l("Tạm dừng"),
    ("state", "stopped"): _l("Đã dừng hẳn"),
    ("shared_mailbox", "each"): _l("Mỗi giấy mời một thư"),
    ("shared_mailbox", "together"): _l("Một thư kèm mọi giấy mời"),
    ("kind", "district_committee"): _l("Ban Chỉ đạo quận, huyện"),
    ("kind", "department"): _l("Phòng thuộc Sở"),
    ("kind", "affiliated_unit"): _l("Đơn vị trực thuộc Sở"),
    ("kind", "district_office"): _l("Phòng GDĐT"),
    ("kind", "high_school"): _l("Trường THPT"),
    ("kind", "multi_level_school"): _l("Trường phổ thông nhiều cấp học"),
    ("kind", "gdnn_gdtx_centre"): _l("Trung tâm GDNN-GDTX"),
    ("kind", "other"): _l("Đơn vị khác"),
    **HALL_VALUES,
    **MAIL_VALUES,
    **PRINT_VALUES,
    **REMINDER_VALUES,
    **DATA_VALUES,
}
_SAME_VALUES = {"invited_kinds": "kind", "registering_kinds": "kind"}
_INSTANTS = frozenset(
    {
        "at",
        "starts_at",
        "ends_at",
        "opens_at",
        "cutoff_at",
        "expires_at",
        "act_by",
        "erased_at",
        "came_at",
    }
)
_DAYS = frozenset(
    {"issued_on", "valid_on", "valid_from", "valid_until", "retention_until", "days_off"}
)
NOTHING = "–"


@dataclass(frozen=True)
class Change:
    """One field: `label`, and what stood there before and after ("–": nothing)."""

    label: str
    before: str
    after: str


def changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, *, thing: str
) -> list[Change]:
    """The fields that differ, in the order they were recorded."""
    old, new = before or {}, after or {}
    return [
        Change(
            str(FIELD_WORDS.get(key, key)),
            value_word(key, old.get(key), thing),
            value_word(key, new.get(key), thing),
        )
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def value_word(field: str, value: Any, thing: str = "") -> str:
    """A recorded value as a person reads it."""
    if value is None or value == "" or value == [] or value == {}:
        return NOTHING
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if isinstance(value, list):
        return "; ".join(value_word(_SAME_VALUES.get(field, field), one, thing) for one in value)
    if isinstance(value, dict):
        return ", ".join(
            f"{FIELD_WORDS.get(key, key)}: {value_word(key, one, thing)}"
            for key, one in value.items()
            if one not in (None, "")
        )
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    name = _SAME_VALUES.get(field, field)
    word = _VALUES.get((name, value, thing)) or _VALUES.get((name, value))
    return str(word) if word else _moment(field, value)


def _moment(field: str, value: str) -> str:
    try:
        if field in _INSTANTS:
            return date_time(datetime.fromisoformat(value))
        if field in _DAYS:
            return short_date(date.fromisoformat(value))
    except ValueError:
        return value  # recorded before the field became a moment
    return value
