"""What stands in the audit log, in words: actions and things (fields and values: ``field_words``).

The tables of labels. Keys are what the packages above record; a test reads every `record(…)`
of the application and fails on an action or a field that has no word.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.audit.data_words import DATA_ACTIONS, DATA_THINGS
from app.audit.hall_words import HALL_ACTIONS, HALL_THINGS

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
    "hall": _l("Hội trường"),
    "gate": _l("Điểm danh"),
    "session": _l("Điểm danh"),
    "checkin": _l("Điểm danh"),
    "list": _l("Danh sách"),
    "sheet": _l("Danh sách điểm danh"),
    "prints": _l("In thẻ, biển tên"),
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
    "invitation.confirmations_numbered": _l("Ghi số, ngày của giấy xác nhận"),
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


def action_word(action: str) -> str:
    word = ACTION_WORDS.get(action)
    return str(word) if word else _("Thao tác khác (%(action)s)", action=action)


def thing_word(thing_type: str, thing_id: int) -> str:
    """“Đăng ký số 7”; without a number for the things there is only one of."""
    word = str(THING_WORDS.get(thing_type, thing_type))
    return _("%(thing)s số %(number)d", thing=word, number=thing_id) if thing_id else word
