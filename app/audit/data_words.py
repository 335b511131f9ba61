"""Words of the audit log for requests about personal data, and for erasing them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

DATA_ACTIONS: dict[str, Any] = {
    "personal_data.asked": _l("Nhận yêu cầu về dữ liệu cá nhân"),
    "personal_data.answered": _l("Trả lời yêu cầu về dữ liệu cá nhân"),
    "personal_data.extended": _l("Gia hạn yêu cầu về dữ liệu cá nhân"),
    "personal_data.refused": _l("Từ chối yêu cầu về dữ liệu cá nhân"),
    "personal_data.done": _l("Làm xong yêu cầu về dữ liệu cá nhân"),
    "personal_data.extracted": _l("Tải bản trích dữ liệu cá nhân"),
    "personal_data.erased": _l("Xóa dữ liệu của một người"),
    "personal_data.event_erased": _l("Xóa dữ liệu liên hệ của sự kiện"),
    "personal_data.days_off_set": _l("Sửa ngày nghỉ"),
}
DATA_THINGS: dict[str, Any] = {
    "data_request": _l("Yêu cầu về dữ liệu"),
    "days_off": _l("Ngày nghỉ"),
}
DATA_FIELDS: dict[str, Any] = {
    "act_by": _l("Thực hiện chậm nhất"),
    "change_requests": _l("Số đề nghị đổi, rút"),
    "contacts": _l("Số người có điện thoại, thư"),
    "days_off": _l("Ngày nghỉ"),
    "devices": _l("Số máy đã mở đường dẫn"),
    "erased_at": _l("Đã xóa dữ liệu liên hệ lúc"),
    "form_pages": _l("Số trang ảnh bản ký"),
    "letters": _l("Số giấy mời"),
    "log": _l("Số dòng nhật ký"),
    "mail_files": _l("Số tệp kèm thư"),
    "mails": _l("Số thư"),
    "registrations": _l("Số đăng ký"),
    "request": _l("Yêu cầu"),
    "retention_until": _l("Giữ dữ liệu liên hệ đến hết ngày"),
    "scans": _l("Số lượt quét"),
    "scope": _l("Phần đã xóa"),
    "unlisted": _l("Số người không có trong danh sách"),
}
DATA_VALUES: dict[tuple[str, ...], Any] = {
    ("request", "see"): _l("Xem, nhận bản trích"),
    ("request", "correct"): _l("Sửa dữ liệu"),
    ("request", "erase"): _l("Xóa dữ liệu"),
    ("request", "restrict"): _l("Hạn chế xử lý"),
    ("request", "object"): _l("Phản đối, rút đồng ý"),
    ("scope", "contacts"): _l("Liên hệ, bản ký, thư gửi riêng"),
    ("scope", "everything"): _l("Tất cả, cả họ tên"),
}
