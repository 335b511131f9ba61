"""Why a mail did not go, in plain words, and what to do: the one table of error codes.

The server's own line is kept beside it (``Message.error_detail``) and shown folded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Reason:
    """``fix``: the address is what must be mended, so the page offers that instead of a retry.
    ``named``: the sentence again, for a page that knows the address's ``domain``."""

    sentence: Any
    advice: Any
    fix: bool = False
    named: Any = None


_ASK = _l("Gọi đơn vị hỏi lại địa chỉ.")
_WAIT = _l("Không phải làm gì, máy tự gửi lại.")
_ADMIN = _l("Báo người quản trị xem phần cài đặt thư.")

REASONS: dict[str, Reason] = {
    # the address
    "no_address": Reason(
        _l("Đơn vị chưa có thư điện tử."), _l("Thêm địa chỉ hoặc gọi điện."), fix=True
    ),
    "bad_address": Reason(
        _l("Địa chỉ thư viết chưa đúng."), _l("Xem lại từng chữ của địa chỉ."), fix=True
    ),
    "no_such_mailbox": Reason(_l("Không có hộp thư này."), _ASK, fix=True),
    "mailbox_disabled": Reason(_l("Hộp thư này đã bị khóa."), _ASK, fix=True),
    "domain_unknown": Reason(
        _l("Tên miền sau chữ @ không tồn tại."),
        _l("Xem lại phần sau chữ @."),
        fix=True,
        named=_l("Tên miền “%(domain)s” không tồn tại."),
    ),
    # the receiving side
    "mailbox_full": Reason(
        _l("Hộp thư nhận đã đầy."), _l("Gọi đơn vị dọn hộp thư hoặc cho địa chỉ khác.")
    ),
    "too_big": Reason(
        _l("Thư nặng hơn mức bên nhận cho phép."), _l("Gửi bản giấy hoặc báo đơn vị mở đường dẫn.")
    ),
    "refused": Reason(
        _l("Máy chủ bên nhận từ chối thư."), _l("Gọi đơn vị, hỏi bộ phận quản lý thư của họ.")
    ),
    "greylisted": Reason(_l("Máy chủ bên nhận hẹn gửi lại sau."), _WAIT),
    "busy": Reason(_l("Máy chủ bên nhận đang bận."), _WAIT),
    "no_answer": Reason(_l("Máy chủ bên nhận không trả lời."), _WAIT),
    "cut_off": Reason(_l("Mất kết nối khi đang gửi, chưa rõ thư đã tới chưa."), _WAIT),
    "temporary": Reason(_l("Máy chủ bên nhận chưa nhận được thư lúc này."), _WAIT),
    "expired": Reason(
        _l("Máy chủ bên nhận không nhận thư sau nhiều lần thử."),
        _l("Gọi đơn vị, báo qua điện thoại."),
    ),
    "returned": Reason(
        _l("Thư bị trả lại, không rõ vì sao."), _l("Gọi đơn vị, báo qua điện thoại.")
    ),
    # our own server
    "server_refused": Reason(_l("Không nối được tới máy chủ thư của Sở."), _ADMIN),
    "server_unknown": Reason(_l("Không tìm thấy máy chủ thư của Sở."), _ADMIN),
    "server_silent": Reason(_l("Máy chủ thư của Sở không trả lời."), _ADMIN),
    "server_busy": Reason(_l("Máy chủ thư của Sở đang bận."), _WAIT),
    "auth": Reason(_l("Máy chủ thư không nhận tên đăng nhập hoặc mật khẩu."), _ADMIN),
    "tls": Reason(_l("Chứng thư của máy chủ thư không đúng, thư không được gửi đi."), _ADMIN),
    "tls_name": Reason(
        _l("Chứng thư của máy chủ thư ghi tên máy khác, thư không được gửi đi."), _ADMIN
    ),
    "tls_expired": Reason(
        _l("Chứng thư của máy chủ thư đã hết hạn hoặc đồng hồ máy này sai."), _ADMIN
    ),
    "no_tls": Reason(
        _l("Máy chủ thư không mở kết nối mã hóa như đã cài đặt, thư không được gửi đi."), _ADMIN
    ),
    "dkim": Reason(_l("Khóa ký thư (DKIM) không dùng được."), _ADMIN),
    "sender_refused": Reason(_l("Máy chủ thư không cho gửi bằng địa chỉ của Sở."), _ADMIN),
    "no_folder": Reason(_l("Hộp thư không có thư mục đã cài đặt."), _ADMIN),
    "folder": Reason(_l("Không ghi được thư vào thư mục."), _ADMIN),
    # ourselves
    "template": Reason(_l("Thư chưa soạn được do lỗi phần mềm."), _ADMIN),
    "attachment": Reason(
        _l("Tệp kèm theo thư chưa làm được."), _l("Mở việc đã gửi thư này để xem.")
    ),
    "internal": Reason(_l("Thư chưa gửi được do lỗi phần mềm."), _ADMIN),
    "bad_header": Reason(_l("Tiêu đề hoặc tên tệp của thư có ký tự không được phép."), _ADMIN),
    "stopped": Reason(
        _l("Lô thư đã dừng, thư này chưa gửi."), _l("Gửi lại thư này hoặc gửi một lô mới.")
    ),
    "interrupted": Reason(_l("Máy dừng giữa chừng khi đang gửi, chưa rõ thư đã tới chưa."), _WAIT),
}
UNKNOWN = Reason(_l("Thư chưa gửi được."), _l("Xem chi tiết kỹ thuật của thư."))


def reason_for(code: str | None) -> Reason | None:
    """None while nothing is wrong."""
    return REASONS.get(code, UNKNOWN) if code else None
