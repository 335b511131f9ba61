"""Words of the audit log for the hall: gates, sessions, presences, the door."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

HALL_ACTIONS: dict[str, Any] = {
    "gate.created": _l("Tạo cổng điểm danh"),
    "gate.paired": _l("Ghép máy với cổng"),
    "gate.renewed": _l("Cấp mã ghép mới cho cổng"),
    "gate.revoked": _l("Thu hồi cổng"),
    "gate.device_revoked": _l("Thu hồi máy của cổng"),
    "session.opened": _l("Mở buổi bằng tay"),
    "session.closed": _l("Đóng buổi bằng tay"),
    "session.by_clock": _l("Để buổi mở, đóng theo giờ"),
    "checkin.arrived": _l("Điểm danh"),
    "checkin.earlier": _l("Lượt quét sớm hơn thay giờ vào"),
    "checkin.undone": _l("Hoàn tác điểm danh"),
    "checkin.desk_called": _l("Cổng gọi bàn đăng ký"),
    "checkin.settled": _l("Xem xong một lượt quét"),
    "checkin.excused": _l("Ghi vắng có lý do"),
    "checkin.excuse_removed": _l("Bỏ ghi vắng có lý do"),
    "sheet.made": _l("Lập bản in danh sách điểm danh"),
    "sheet.scanned": _l("Nhận danh sách đã ký quét lại"),
    "sheet.confirmed": _l("Ghi có mặt theo danh sách đã ký"),
    "sheet.discarded": _l("Bỏ trang danh sách quét lại"),
    "prints.made": _l("In thẻ, biển tên, nhãn"),
    "registration.at_door": _l("Ghi người dự tại cửa"),
    "hall.certificate_made": _l("Làm chứng nhận https của hội trường"),
}
HALL_THINGS: dict[str, Any] = {
    "gate": _l("Cổng"),
    "hall": _l("Hội trường"),
    "scan": _l("Lượt quét"),
    "session": _l("Buổi"),
    "print": _l("Lần in thẻ, biển tên, nhãn"),
    "sheet": _l("Danh sách điểm danh"),
    "sheet_scan": _l("Trang danh sách đã ký"),
}
HALL_FIELDS: dict[str, Any] = {
    "addresses": _l("Địa chỉ"),
    "allowed_by": _l("Người cho phép vào"),
    "arrived": _l("Số lượt ghi có mặt"),
    "label": _l("Máy"),
    "late_after": _l("Đến muộn sau (phút)"),
    "layout": _l("Mẫu in"),
    "mark": _l("Ghi tại cửa"),
    "new_root": _l("Chứng nhận gốc mới"),
    "print": _l("Vật in"),
    "remark": _l("Điều cần xem"),
    "signed": _l("Số ô có ký"),
    "unread": _l("Số trang không đọc được"),
}
HALL_VALUES: dict[tuple[str, ...], Any] = {
    ("role", "steward"): _l("Người trực cửa"),
    ("role", "supervisor"): _l("Người phụ trách cửa"),
    ("how", "photo"): _l("Ảnh chụp mã"),
    ("how", "walk_in"): _l("Ghi tại cửa"),
    ("how", "desk"): _l("Bàn đăng ký ghi"),
    ("how", "paper"): _l("Ký trên giấy"),
    ("print", "badge"): _l("Thẻ đại biểu"),
    ("print", "plate"): _l("Biển tên"),
    ("print", "label"): _l("Nhãn mã vuông"),
    ("print", "seat"): _l("Nhãn ghế"),
    ("print", "poster"): _l("Biển chỉ đường"),
    ("source", "door"): _l("Ghi tại cửa"),
    ("mark", "walk_in"): _l("Ghi tại cửa"),
    ("mark", "substitute"): _l("Người thay"),
    ("remark", "double"): _l("Hai cổng cùng nhận một mã"),
    ("remark", "stale"): _l("Máy cho vào người không còn chỗ"),
    ("remark", "unlisted"): _l("Máy không cho vào người có chỗ"),
    ("remark", "after_revoke"): _l("Quét sau khi máy bị thu hồi"),
    ("remark", "clock"): _l("Giờ của máy sai"),
    ("remark", "walk_in"): _l("Ghi tại cửa chưa được"),
}
