"""What stands in the audit log, in words: actions, things, fields and values.

The one table of labels. Keys are what the packages above record; a test reads every `record(…)`
of the application and fails on an action or a field that has no word here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.audit.data_words import DATA_ACTIONS, DATA_FIELDS, DATA_THINGS, DATA_VALUES
from app.audit.hall_words import HALL_ACTIONS, HALL_FIELDS, HALL_THINGS, HALL_VALUES
from app.audit.plan_words import PLAN_WORDS
from app.core.filters import date_time, short_date

AREA_WORDS: dict[str, Any] = {
    "account": lazy_pgettext("list", "Tài khoản"),
    "event": _l("Sự kiện"),
    "unit": _l("Danh bạ đơn vị"),
    "units": _l("Danh bạ đơn vị"),
    "participation": _l("Đường dẫn của đơn vị"),
    "link": _l("Đường dẫn của đơn vị"),
    "registration": lazy_pgettext("list", "Đăng ký"),
    "request": _l("Đề nghị đổi, rút"),
    "invitation": lazy_pgettext("list", "Giấy mời"),
    "guest": _l("Khách mời"),
    "reminder": _l("Gọi và nhắc"),
    "signed_form": _l("Bản ký"),
    "approval": _l("Trình duyệt giấy mời"),
    "letter_file": _l("Bản ký của giấy mời"),
    "message": _l("Thư đi"),
    "batch": _l("Thư đi"),
    "gate": _l("Điểm danh"),
    "session": _l("Điểm danh"),
    "checkin": _l("Điểm danh"),
    "list": _l("Danh sách"),
    "personal_data": _l("Dữ liệu cá nhân"),
    "rehearsal": _l("Diễn tập"),
}

ACTION_WORDS: dict[str, Any] = {
    "account.created": _l("Tạo tài khoản"),
    "account.edited": _l("Sửa tài khoản"),
    "account.deactivated": _l("Khóa tài khoản"),
    "account.reactivated": _l("Mở lại tài khoản"),
    "account.password_given": _l("Đặt lại mật khẩu cho tài khoản"),
    "account.password_changed": _l("Tự đổi mật khẩu"),
    "account.password_reset": _l("Đặt lại mật khẩu qua thư"),
    "account.two_step_on": _l("Bật xác thực hai bước"),
    "account.two_step_changed": _l("Đổi máy xác thực hai bước"),
    "account.two_step_off": _l("Tắt xác thực hai bước"),
    "account.recovery_codes_made": _l("Tạo mã khôi phục mới"),
    "account.signed_in": _l("Đăng nhập"),
    "event.created": _l("Tạo sự kiện"),
    "event.edited": _l("Sửa thiết lập sự kiện"),
    "event.moved": _l("Đổi trạng thái sự kiện"),
    "event.units_called": _l("Đưa đơn vị vào sự kiện"),
    "event.sessions_edited": _l("Sửa các buổi"),
    "event.document_added": _l("Thêm tài liệu của sự kiện"),
    "event.document_removed": _l("Bỏ tài liệu của sự kiện"),
    "event.links_sent": _l("Gửi đường dẫn cho các đơn vị"),
    "event.cutoff_extended": _l("Gia hạn cho mọi đơn vị"),
    "event.seats_opened": _l("Mở thêm chỗ"),
    "event.reserve_released": _l("Nhả chỗ giữ riêng"),
    "unit.created": _l("Thêm đơn vị"),
    "unit.changed": _l("Sửa đơn vị"),
    "units.imported": _l("Nhập đơn vị từ tệp"),
    "participation.link_renewed": _l("Thay đường dẫn mới"),
    "participation.cutoff_extended": _l("Gia hạn cho đơn vị"),
    "link.opened": _l("Mở đường dẫn lần đầu"),
    "link.opened_elsewhere": _l("Mở đường dẫn từ máy khác"),
    "link.asked": _l("Gửi lại đường dẫn theo yêu cầu"),
    "registration.received": lazy_pgettext("history", "Nhận đăng ký"),
    "registration.amended": _l("Sửa thông tin người dự"),
    "registration.replaced": _l("Đổi người dự"),
    "registration.withdrawn": _l("Rút đăng ký"),
    "registration.rejected": _l("Không nhận đăng ký"),
    "registration.late_accepted": _l("Nhận đăng ký quá hạn"),
    "registration.promoted": _l("Cấp chỗ từ danh sách chờ"),
    "registration.flag_cleared": _l("Đã xem, giữ nguyên"),
    "request.replace_asked": _l("Đơn vị đề nghị đổi người dự"),
    "request.withdraw_asked": _l("Đơn vị đề nghị rút đăng ký"),
    "request.accepted": _l("Duyệt đề nghị của đơn vị"),
    "request.refused": _l("Không nhận đề nghị của đơn vị"),
    "request.taken_back": _l("Đơn vị rút lại đề nghị"),
    "request.moot": _l("Đề nghị không còn cần xét"),
    "guest.added": _l("Thêm khách mời"),
    "guest.edited": _l("Sửa khách mời"),
    "invitation.numbered": _l("Ghi số, ngày của giấy mời"),
    "invitation.sent": _l("Gửi giấy mời"),
    "invitation.voided": _l("Hủy giấy mời đã gửi"),
    "invitation.opened": _l("Mở giấy mời lần đầu"),
    "invitation.downloaded": _l("Tải giấy mời lần đầu"),
    "invitation.calendar_taken": _l("Lấy tệp lịch lần đầu"),
    "invitation.answered": _l("Trả lời giấy mời"),
    "invitation.told": _l("Báo qua điện thoại"),
    "invitation.told_undone": _l("Bỏ ghi đã báo qua điện thoại"),
    "invitation.printed": _l("In giấy mời"),
    "invitation.text_saved": _l("Lưu lời giấy mời"),
    "invitation.word_saved": _l("Nhận mẫu Word của giấy mời"),
    "invitation.word_removed": _l("Bỏ mẫu Word của giấy mời"),
    "signed_form.received": _l("Nhận bản ký, mã vuông khớp"),
    "signed_form.doubtful": _l("Nhận bản ký cần xem"),
    "signed_form.accepted": _l("Duyệt bản ký"),
    "signed_form.refused": _l("Yêu cầu gửi lại bản ký"),
    "signed_form.turned": _l("Xoay ảnh bản ký"),
    "signed_form.turned_away": _l("Không nhận tệp bản ký"),
    "invitation.trial_sent": _l("Gửi thử một giấy mời cho mình"),
    "approval.submitted": _l("Trình lãnh đạo giấy mời"),
    "approval.approved": _l("Duyệt giấy mời"),
    "approval.returned": _l("Trả lại giấy mời"),
    "approval.taken_back": _l("Rút lại giấy mời đã trình"),
    "approval.fell_back": _l("Giấy mời đổi sau khi duyệt, cần trình lại"),
    "approval.signing_asked": _l("Ký số giấy mời"),
    "letter_file.added": _l("Nhận bản ký của giấy mời"),
    "letter_file.assigned": _l("Ghép bản ký với giấy mời"),
    "letter_file.removed": _l("Bỏ bản ký của giấy mời"),
    "event.shared_mailbox": _l("Chọn cách gửi cho hộp thư chung"),
    "batch.started": _l("Gửi một lô thư"),
    "batch.paused": _l("Tạm dừng lô thư"),
    "batch.resumed": _l("Gửi tiếp lô thư"),
    "batch.stopped": _l("Dừng hẳn lô thư"),
    "reminder.added": _l("Thêm một lần nhắc"),
    "reminder.removed": _l("Bỏ một lần nhắc"),
    "reminder.switched": _l("Bật, tắt một lần nhắc"),
    "reminder.all_switched": _l("Bật, tắt nhắc tự động"),
    "reminder.skipped": _l("Bỏ qua một lần nhắc"),
    "message.retried": _l("Gửi lại thư"),
    "message.retried_all": _l("Gửi lại mọi thư lỗi"),
    "message.address_corrected": _l("Sửa địa chỉ thư"),
    "list.contacts_exported": _l("Xuất danh sách có điện thoại, thư"),
    "rehearsal.clock_moved": _l("Chỉnh đồng hồ diễn tập"),
    **HALL_ACTIONS,
    **DATA_ACTIONS,
}

THING_WORDS: dict[str, Any] = {
    "account": _l("Tài khoản"),
    "event": _l("Sự kiện"),
    "unit": _l("Đơn vị"),
    "register": _l("Danh bạ đơn vị"),
    "participation": _l("Đơn vị của sự kiện"),
    "registration": _l("Đăng ký"),
    "message": _l("Thư"),
    "mail_batch": _l("Lô thư"),
    "approval": _l("Lần trình giấy mời"),
    "letter_file": _l("Bản ký của giấy mời"),
    "outbox": _l("Thư đi"),
    "rehearsal": _l("Đồng hồ diễn tập"),
    **HALL_THINGS,
    **DATA_THINGS,
}

FIELD_WORDS: dict[str, Any] = {
    **PLAN_WORDS,
    **DATA_FIELDS,
    **HALL_FIELDS,
    "active": _l("Đang bật"),
    "added": _l("Số đơn vị thêm"),
    "anchor": _l("Tính từ"),
    "days": _l("Số ngày"),
    "reminder": _l("Thư nhắc"),
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


def action_word(action: str) -> str:
    word = ACTION_WORDS.get(action)
    return str(word) if word else _("Thao tác khác (%(action)s)", action=action)


def thing_word(thing_type: str, thing_id: int) -> str:
    """“Đăng ký số 7”; without a number for the things there is only one of."""
    word = str(THING_WORDS.get(thing_type, thing_type))
    return _("%(thing)s số %(number)d", thing=word, number=thing_id) if thing_id else word


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
