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
    """The unit may not do it itself any more; it may ask the desk."""

    message = _l("Đã quá hạn tự đổi, tự rút. Đơn vị gửi đề nghị, Sở xét và trả lời.")


class LetterOut(AfterCutoff):
    message = _l("Giấy mời đã gửi nên đơn vị không tự đổi, tự rút được. Hãy gửi đề nghị để Sở xét.")


class RequestStands(DomainError):
    message = _l("Đơn vị đã có một đề nghị đang chờ Sở xét. Muốn gửi đề nghị khác, hãy rút lại nó.")


class NothingAsked(DomainError):
    message = _l("Người này đang có tên trong đăng ký của đơn vị. Không có gì để đổi.")


class EventOver(DomainError):
    message = _l("Tập huấn đã kết thúc, không đổi hay rút đăng ký được nữa.")


class RequestsClosed(DomainError):
    message = _l("Sự kiện không nhận đề nghị nữa. Hãy liên hệ phòng phụ trách.")


class RequestDecided(DomainError):
    message = _l("Đề nghị này đã được xử lý. Hãy tải lại trang để xem kết quả.")


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


class ExtensionNeedsOpen(DomainError):
    message = _l("Sự kiện đang không nhận đăng ký. Hãy mở đăng ký trước khi gia hạn.")


class RegistrationNotFound(NotFound):
    message = _l("Không có đăng ký này trong sự kiện.")


class RequestNotFound(NotFound):
    message = _l("Không có đề nghị này.")


class ChangedMeanwhile(DomainError):
    """Somebody else was quicker; nothing was done."""

    message = _l(
        "Trong lúc trang này mở, đăng ký đã được người khác thay đổi. "
        "Chưa ghi gì. Hãy xem trạng thái mới rồi quyết định lại."
    )


on_constraint("uq_registration_active_slot", QuotaReached)
on_constraint("uq_change_request_open", RequestStands)
on_constraint("ck_seat_pool_taken", SeatsFull)
