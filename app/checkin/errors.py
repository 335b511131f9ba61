"""The refusals of the hall. A scan that is not let in is an answer, not an error."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.checkin.places import arrival_words
from app.core.errors import DomainError, Forbidden, NotFound, TooManyAttempts
from app.core.filters import clock_time


class GateNotFound(NotFound):
    message = _l("Mã ghép máy này không dùng được nữa. Hãy xin bàn đăng ký mã ghép mới.")


class GateExpired(GateNotFound):
    message = _l("Mã ghép máy này đã hết hạn. Hãy xin bàn đăng ký mã ghép mới.")


class GateUsedUp(GateNotFound):
    message = _l("Mã ghép này đã dùng cho một máy khác. Hãy xin bàn đăng ký mã ghép mới.")


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


# ---------------------------------------------------------------- at the door


class DoorForbidden(Forbidden):
    message = _l(
        "Máy này không ghi thêm người. Hãy mời người này sang máy của người phụ trách cửa."
    )


class SessionNotOpen(DomainError):
    def __init__(self, name: str) -> None:
        super().__init__(
            _l("Buổi %(name)s không mở vào giờ đó. Hãy mở buổi ở bàn đăng ký.", name=name)
        )


class HallFull(DomainError):
    """``taken`` of ``seats`` planned seats have a name on them, the hall has no more."""

    def __init__(self, taken: int, seats: int) -> None:
        super().__init__(
            _l(
                "Hết chỗ: %(taken)s/%(seats)s chỗ đã có người. Chưa ghi người này. "
                "Hãy mời sang bàn đăng ký.",
                taken=taken,
                seats=seats,
            )
        )


class DelegateIsIn(DomainError):
    """The unit's delegate is in the hall: nobody takes that place."""

    def __init__(self, name: str | None, at: datetime, gate_name: str) -> None:
        super().__init__(
            _l(
                "Đơn vị này có %(name)s đã vào %(when)s. Chưa ghi người này.",
                name=name or _l("Đại diện Lãnh đạo"),
                when=arrival_words(at, gate_name),
            )
        )


class NobodyToReplace(DomainError):
    """The one to be replaced stands no more; ``name`` does."""

    def __init__(self, name: str | None) -> None:
        super().__init__(
            _l(
                "Người được thay không còn trong danh sách, nay đơn vị cử %(name)s. Chưa ghi gì.",
                name=name or _l("Đại diện Lãnh đạo"),
            )
        )


class WhoIsReplaced(DomainError):
    def __init__(self, number: int) -> None:
        super().__init__(
            _l("Đơn vị đã có %(number)s người đăng ký. Hãy chọn người được thay.", number=number)
        )


class WalkInIncomplete(DomainError):
    status = 400
    message = _l("Cần đủ họ tên, đơn vị và tên người cho phép vào.")


# ---------------------------------------------------------------- at the desk


class ScanNotFound(NotFound):
    message = _l("Không tìm thấy lượt quét này.")


class NoSeatToMark(DomainError):
    message = _l("Người này không có chỗ trong danh sách nên không ghi có mặt được.")


class SessionNotBegun(DomainError):
    message = _l("Chưa đến ngày của buổi này. Cần ghi sớm thì bấm “Mở buổi” trước.")


class NothingToExcuse(DomainError):
    message = _l("Người này không có chỗ trong danh sách nên không cần ghi vắng.")


class AlreadyArrived(DomainError):
    def __init__(self, session: str, at: datetime) -> None:
        super().__init__(
            _l(
                "Người này đã vào buổi %(session)s lúc %(time)s. Hãy hoàn tác lượt đó trước.",
                session=session,
                time=clock_time(at),
            )
        )


class DeviceNotFound(NotFound):
    message = _l("Cổng không có máy này.")


# ---------------------------------------------------------------- phones that send later


class NoGate(Forbidden):
    message = _l("Máy này không còn là cổng điểm danh.")


class NotOwnPage(Forbidden):
    message = _l("Yêu cầu này không đến từ trang điểm danh.")


class SessionNotServed(Forbidden):
    message = _l("Cổng này không điểm danh buổi đó.")


class BatchRefused(DomainError):
    status = 400
    message = _l("Lô quét gửi lên không đọc được.")


class SyncTooOften(TooManyAttempts):
    message = _l("Máy này gửi quá dày. Hãy chờ vài phút.")
