"""The refusals of the hall. A scan that is not let in is an answer, not an error."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError, Forbidden, NotFound


class GateNotFound(NotFound):
    message = _l("Mã ghép máy này không dùng được nữa. Hãy xin bàn đăng ký mã ghép mới.")


class GateNameTaken(DomainError):
    message = _l("Đã có cổng tên này đang dùng. Hãy đặt tên khác hoặc thu hồi cổng cũ.")


class PresenceNotFound(NotFound):
    message = _l("Không tìm thấy lượt điểm danh này.")


class NotOwnPresence(Forbidden):
    message = _l("Lượt này do cổng khác điểm danh. Hãy nhờ cổng đó hoặc bàn đăng ký hoàn tác.")


class SessionNotFound(NotFound):
    message = _l("Sự kiện không có buổi này. Hãy tải lại trang và chọn buổi khác.")


class ScanRefused(DomainError):
    """The request itself is wrong: nothing to look up, or an id already used elsewhere."""

    status = 400
    message = _l("Lượt quét thiếu mã. Hãy quét lại.")


class CodeIncomplete(ScanRefused):
    """``given`` digits were typed, 32 are needed."""

    def __init__(self, given: int) -> None:
        super().__init__(
            _l("Mã có 32 chữ số, mới nhập %(given)s. Hãy nhập đủ các nhóm số.", given=given)
        )
