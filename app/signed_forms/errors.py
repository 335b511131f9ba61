"""The refusals of signed scans."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.database import on_constraint
from app.core.errors import DomainError, NotFound, NotStored, TooManyAttempts
from app.signed_forms.rules import (
    MOST_BYTES,
    MOST_FILES,
    MOST_KEPT,
    MOST_PAGES,
    MOST_UPLOADS,
    megabytes,
)


class NothingChosen(DomainError):
    status = 422
    message = _l("Chưa chọn ảnh hay tệp nào. Hãy chụp bản ký hoặc chọn tệp có sẵn.")


class TooBig(DomainError):
    status = 413

    def __init__(self, size: int) -> None:
        super().__init__(too_big_sentence(size))


def too_big_sentence(size: int) -> str:
    """``size``: bytes sent, as far as known; look.md 5."""
    return _(
        "Tệp nặng %(size)s MB, tối đa %(most)s MB. Hãy chụp bằng điện thoại thay vì quét màu.",
        size=megabytes(size),
        most=megabytes(MOST_BYTES),
    )


class TooManyFiles(DomainError):
    status = 422

    def __init__(self) -> None:
        super().__init__(
            _("Mỗi lần gửi tối đa %(most)s tệp. Hãy gửi các trang của một phiếu.", most=MOST_FILES)
        )


class TooManyPages(DomainError):
    status = 422

    def __init__(self, pages: int) -> None:
        super().__init__(
            _(
                "Tệp có %(pages)s trang, tối đa %(most)s trang. Hãy chỉ gửi các trang của phiếu.",
                pages=pages,
                most=MOST_PAGES,
            )
        )


class TooManyUploads(TooManyAttempts):
    def __init__(self) -> None:
        super().__init__(
            _(
                "Đơn vị đã gửi %(most)s lần trong một giờ. Những bản đã nhận vẫn còn. "
                "Hãy chờ một giờ rồi gửi tiếp.",
                most=MOST_UPLOADS,
            )
        )


class TooManyKept(DomainError):
    status = 429

    def __init__(self) -> None:
        super().__init__(
            _(
                "Đơn vị đã gửi %(most)s bản, không gửi thêm được từ trang này. "
                "Những bản đã nhận vẫn còn. Hãy liên hệ phòng phụ trách.",
                most=MOST_KEPT,
            )
        )


class ScanNotStored(NotStored):
    """The browser keeps no file after an answer: it must be chosen again."""

    message = _l(
        "Chưa gửi được: máy chủ không ghi được dữ liệu. Hãy chọn lại tệp và gửi sau một phút."
    )


class UnitUnknown(DomainError):
    status = 422
    message = _l(
        "Không đọc được mã vuông nên chưa biết bản này của đơn vị nào. "
        "Hãy mở đăng ký của đơn vị rồi tải bản ký lên từ đó."
    )


class SignedFormNotFound(NotFound):
    message = _l("Không có bản ký này.")


class SameScanMeanwhile(DomainError):
    message = _l("Bản này vừa được nhận từ máy khác. Hãy tải lại trang để xem.")


class SeenMeanwhile(DomainError):
    message = _l(
        "Trong lúc trang này mở, bản ký hoặc đăng ký đã thay đổi. "
        "Chưa ghi gì. Hãy xem lại rồi quyết định."
    )


on_constraint("uq_signed_form_participation_id_sha256", SameScanMeanwhile)
