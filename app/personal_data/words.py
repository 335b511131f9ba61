"""What the pages on personal data call things."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, ngettext

from app.personal_data.rules import ANSWER_WORKING_DAYS, Clock, Kind, State

KIND_WORDS: dict[str, Any] = {
    Kind.SEE: _l("Xem và nhận bản trích dữ liệu của mình"),
    Kind.CORRECT: _l("Sửa dữ liệu chưa đúng"),
    Kind.ERASE: _l("Xóa dữ liệu của mình"),
    Kind.RESTRICT: _l("Hạn chế xử lý dữ liệu của mình"),
    Kind.OBJECT: _l("Phản đối việc xử lý, rút lại sự đồng ý"),
}
KIND_SHORT: dict[str, Any] = {
    Kind.SEE: _l("Xem, nhận bản trích"),
    Kind.CORRECT: _l("Sửa dữ liệu"),
    Kind.ERASE: _l("Xóa dữ liệu"),
    Kind.RESTRICT: _l("Hạn chế xử lý"),
    Kind.OBJECT: _l("Phản đối, rút đồng ý"),
}
# (word, icon, tone); the build looks for icon="inbox" icon="chat-left-text" icon="check-circle-fill"
# and icon="slash-circle".
STATE_LOOKS: dict[str, tuple[Any, str, str]] = {
    State.OPEN: (_l("Mới nhận"), "inbox", "waiting"),
    State.ANSWERED: (_l("Đã trả lời, đang làm"), "chat-left-text", "waiting"),
    State.DONE: (_l("Đã làm xong"), "check-circle-fill", "done"),
    State.REFUSED: (lazy_pgettext("data request", "Đã từ chối"), "slash-circle", "ended"),
}
PLACE_WORDS: dict[str, Any] = {
    "requests": _l("đề nghị đổi, rút"),
    "forms": _l("bản ký"),
    "letters": _l("giấy mời"),
    "mails": _l("thư đã gửi"),
    "presences": _l("lần điểm danh"),
    "scans": _l("lượt quét"),
    "absences": _l("lần vắng có lý do"),
    "sheets": _l("trang điểm danh đã ký"),
    "log": _l("dòng nhật ký"),
}
#: What an erasure counts, in the order it is told; also the labels of its line in the audit log.
ERASED_WORDS: dict[str, Any] = {
    "contacts": _l("người có điện thoại, thư điện tử"),
    "unlisted": _l("tên người không có trong danh sách"),
    "change_requests": _l("đề nghị đổi, rút"),
    "form_pages": _l("trang ảnh bản ký"),
    "letters": _l("giấy mời của người không có trong danh sách"),
    "mails": _l("thư"),
    "mail_files": _l("tệp kèm thư"),
    "devices": _l("máy đã mở đường dẫn"),
    "gate_devices": _l("máy ở cửa"),
    "scans": _l("mã đã quét, lời ghi ở cửa"),
    "absences": _l("lý do vắng"),
    "sheet_pages": _l("trang ảnh danh sách điểm danh đã ký"),
    "log": _l("dòng nhật ký có dữ liệu cá nhân"),
}


def time_words(clock: Clock) -> str:
    """ "còn 1 ngày 4 giờ", "quá hạn 2 ngày": hours only below three days."""
    late = clock.left < timedelta()
    span = _span(-clock.left if late else clock.left)
    if late:
        return _("Quá hạn %(span)s", span=span)
    return _("Còn %(span)s", span=span)


def _span(left: timedelta) -> str:
    days, hours = left.days, left.seconds // 3600
    if days >= 3 or (days and not hours):
        return ngettext("%(num)s ngày", "%(num)s ngày", days)
    if days:
        return _("%(days)s ngày %(hours)s giờ", days=days, hours=hours)
    if hours:
        return ngettext("%(num)s giờ", "%(num)s giờ", hours)
    return _("chưa đến một giờ")


def step_words(step: str) -> str:
    return _("Trả lời") if step == "answer" else _("Thực hiện")


def answer_days() -> str:
    """As the law writes it: 02."""
    return f"{ANSWER_WORKING_DAYS:02d}"
