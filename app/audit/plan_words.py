"""What the parts of a plan are called where a change of them is shown."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

PLAN_WORDS: dict[str, Any] = {
    "aims": _l("Mục đích, yêu cầu"),
    "audience": _l("Thành phần"),
    "authority": _l("Quyền hạn ký"),
    "chair": _l("Chủ trì"),
    "contents": _l("Nội dung"),
    "cooperating": _l("Đơn vị phối hợp"),
    "costs": _l("Kinh phí"),
    "date": _l("Ngày"),
    "distribution": _l("Nơi nhận"),
    "document": _l("Văn bản"),
    "headcount": _l("Số lượng"),
    "headcount_note": _l("Ghi chú về số lượng"),
    "inviter": _l("Bên mời"),
    "issuer": _l("Cơ quan ban hành"),
    "lead": _l("Đơn vị chủ trì"),
    "legal_bases": _l("Căn cứ pháp lý"),
    "list_symbol": _l("Ký hiệu danh sách"),
    "notes": _l("Lưu ý cho đại biểu"),
    "organiser": _l("Cơ quan tổ chức"),
    "place": _l("Địa danh"),
    "presenters": _l("Báo cáo viên"),
    "purpose": _l("Mời dự"),
    "recipients": _l("Nơi nhận"),
    "short": _l("Gọi tắt"),
    "sign_title": _l("Chức vụ người ký"),
    "signer": _l("Họ và tên người ký"),
    "subject": _l("Trích yếu"),
    "superior": _l("Cơ quan chủ quản"),
    "support": _l("Đề nghị với đơn vị"),
    "symbol": _l("Số, ký hiệu"),
    "tasks": _l("Nhiệm vụ"),
    "time_note": _l("Ghi chú về thời gian"),
    "type": _l("Loại văn bản"),
}
