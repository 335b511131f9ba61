"""Words of roles."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

ROLE_WORDS = {
    "admin": _l("Quản trị"),
    "desk": _l("Chuyên viên"),
    "leader": _l("Lãnh đạo"),
    "hall": _l("Hội trường"),
}
ROLE_HELP = {
    "admin": _l("Mọi việc của bàn đăng ký, thêm tài khoản và nhật ký thao tác."),
    "desk": _l("Đơn vị, đăng ký, giấy mời, thư đi, danh sách, điểm danh."),
    "leader": _l("Xem tổng quan và danh sách, không sửa, không thấy điện thoại của người dự."),
    "hall": _l("Chỉ điểm danh tại hội trường."),
}
