"""Words of the audit log for why a mail did not go, as mail.reasons has them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

MAIL_VALUES: dict[tuple[str, ...], Any] = {
    ("error_code", "no_address"): _l("Đơn vị chưa có thư điện tử."),
    ("error_code", "bad_address"): _l("Địa chỉ thư viết chưa đúng."),
    ("error_code", "no_such_mailbox"): _l("Không có hộp thư này."),
    ("error_code", "mailbox_disabled"): _l("Hộp thư này đã bị khóa."),
    ("error_code", "domain_unknown"): _l("Tên miền sau chữ @ không tồn tại."),
    ("error_code", "mailbox_full"): _l("Hộp thư nhận đã đầy."),
    ("error_code", "too_big"): _l("Thư nặng hơn mức bên nhận cho phép."),
    ("error_code", "refused"): _l("Máy chủ bên nhận từ chối thư."),
    ("error_code", "greylisted"): _l("Máy chủ bên nhận hẹn gửi lại sau."),
    ("error_code", "busy"): _l("Máy chủ bên nhận đang bận."),
    ("error_code", "no_answer"): _l("Máy chủ bên nhận không trả lời."),
    ("error_code", "cut_off"): _l("Mất kết nối khi đang gửi, chưa rõ thư đã tới chưa."),
    ("error_code", "temporary"): _l("Máy chủ bên nhận chưa nhận được thư lúc này."),
    ("error_code", "expired"): _l("Máy chủ bên nhận không nhận thư sau nhiều lần thử."),
    ("error_code", "returned"): _l("Thư bị trả lại, không rõ vì sao."),
    ("error_code", "server_refused"): _l("Không nối được tới máy chủ thư của Sở."),
    ("error_code", "server_unknown"): _l("Không tìm thấy máy chủ thư của Sở."),
    ("error_code", "server_silent"): _l("Máy chủ thư của Sở không trả lời."),
    ("error_code", "server_busy"): _l("Máy chủ thư của Sở đang bận."),
    ("error_code", "auth"): _l("Máy chủ thư không nhận tên đăng nhập hoặc mật khẩu."),
    ("error_code", "tls"): _l("Chứng thư của máy chủ thư không đúng, thư không được gửi đi."),
    ("error_code", "tls_name"): _l(
        "Chứng thư của máy chủ thư ghi tên máy khác, thư không được gửi đi."
    ),
    ("error_code", "tls_expired"): _l(
        "Chứng thư của máy chủ thư đã hết hạn hoặc đồng hồ máy này sai."
    ),
    ("error_code", "no_tls"): _l(
        "Máy chủ thư không mở kết nối mã hóa như đã cài đặt, thư không được gửi đi."
    ),
    ("error_code", "dkim"): _l("Khóa ký thư (DKIM) không dùng được."),
    ("error_code", "sender_refused"): _l("Máy chủ thư không cho gửi bằng địa chỉ của Sở."),
    ("error_code", "no_folder"): _l("Hộp thư không có thư mục đã cài đặt."),
    ("error_code", "folder"): _l("Không ghi được thư vào thư mục."),
    ("error_code", "template"): _l("Thư chưa soạn được do lỗi phần mềm."),
    ("error_code", "attachment"): _l("Tệp kèm theo thư chưa làm được."),
    ("error_code", "internal"): _l("Thư chưa gửi được do lỗi phần mềm."),
    ("error_code", "bad_header"): _l("Tiêu đề hoặc tên tệp của thư có ký tự không được phép."),
    ("error_code", "stopped"): _l("Lô thư đã dừng, thư này chưa gửi."),
    ("error_code", "interrupted"): _l("Máy dừng giữa chừng khi đang gửi, chưa rõ thư đã tới chưa."),
}
