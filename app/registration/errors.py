"""The refusals of registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import lazy_gettext as _l

from app.core.database import on_constraint
from app.core.errors import DomainError, NotFound

if TYPE_CHECKING:
    from app.registration.models import Registration


class LinkNotFound(NotFound):
    message = _l("Đường dẫn này không đúng. Hãy mở lại từ thư của Sở, hoặc chép đủ cả đường dẫn.")


class LinkReplaced(LinkNotFound):
    message = _l("Đường dẫn này đã được thay bằng đường dẫn mới. Hãy mở thư mới nhất của Sở.")


class NotOpen(DomainError):
    message = _l("Sự kiện chưa mở hoặc đã đóng đăng ký. Hãy liên hệ phòng phụ trách.")


class QuotaReached(DomainError):
    message = _l("Đơn vị đã có người đăng ký. Hãy tải lại trang để xem.")


class SeatsFull(DomainError):
    message = _l("Hội trường đã đủ chỗ. Hãy mở thêm chỗ hoặc xếp vào danh sách chờ.")


class MoveRefused(DomainError):
    message = _l("Đăng ký này đã được xử lý. Hãy tải lại trang để xem trạng thái mới.")


class AfterCutoff(DomainError):
    message = _l("Đã quá hạn. Hãy liên hệ phòng phụ trách để đổi hoặc rút đăng ký.")


class SomebodyElse(DomainError):
    """Another clerk of the unit entered another person first; ``standing`` is that entry."""

    message = _l("Đơn vị vừa đăng ký người khác từ máy khác.")

    def __init__(self, standing: Registration) -> None:
        self.standing = standing
        super().__init__()


class SamePersonStands(DomainError):
    message = _l("Người này đã đăng ký cho chính đơn vị này.")


class CutoffNotLater(DomainError):
    message = _l("Hạn mới phải sau hạn chung và sau giờ hiện tại.")


class RegistrationNotFound(NotFound):
    message = _l("Không có đăng ký này trong sự kiện.")


class ChangedMeanwhile(DomainError):
    """Somebody else was quicker; nothing was done."""

    message = _l(
        "Trong lúc trang này mở, đăng ký đã được người khác thay đổi. "
        "Chưa ghi gì. Hãy xem trạng thái mới rồi quyết định lại."
    )


on_constraint("uq_registration_active_slot", QuotaReached)
on_constraint("ck_seat_pool_taken", SeatsFull)
