"""`flask mail check`: the settings tried against the servers, step by step, the outcome in words.

Each step yields one `Step`; the first that fails ends the check of that server.
"""

from __future__ import annotations

import secrets
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.mail import mailbox, transport
from app.mail.dkim_signing import signer_of
from app.mail.mailbox import IMAP_ERRORS
from app.mail.mime import Outgoing, build, wire_address
from app.mail.reasons import reason_for
from app.mail.smtp_errors import TransportError, from_connecting, from_sending

if TYPE_CHECKING:
    from config import Settings

SMTP_ERRORS = (smtplib.SMTPException, OSError, ValueError)
EXAMPLE = "@example.vn"

# What whoever keeps the settings does about it; %(kind)s: MAIL or IMAP.
ADVICE: dict[str, Any] = {
    "server_unknown": _l("Xem lại tên trong %(kind)s_SERVER và việc tra tên miền của máy này."),
    "server_refused": _l("Xem lại %(kind)s_SERVER, %(kind)s_PORT và tường lửa."),
    "server_silent": _l(
        "Xem lại %(kind)s_PORT và tường lửa. Cổng 465 và 993 cần %(kind)s_SECURITY=tls."
    ),
    "server_busy": _l("Thử lại sau ít phút."),
    "tls": _l(
        "Chứng thư không do nơi máy này tin cậy cấp. Hỏi nơi quản lý máy chủ thư, "
        "hoặc cài chứng thư gốc của họ vào máy này. Không tắt mã hóa."
    ),
    "tls_name": _l("Ghi vào %(kind)s_SERVER đúng tên có trong chứng thư."),
    "tls_expired": _l(
        "Xem đồng hồ của máy này. Nếu đồng hồ đúng, báo nơi quản lý máy chủ thư gia hạn."
    ),
    "no_tls": _l(
        "Đổi %(kind)s_SECURITY: cổng 587 và 143 thường là starttls, cổng 465 và 993 là tls."
    ),
    "auth": _l(
        "Xem lại %(kind)s_USERNAME và %(kind)s_PASSWORD. "
        "Nhiều nơi đòi mật khẩu ứng dụng thay cho mật khẩu thường."
    ),
    "sender_refused": _l("MAIL_SENDER phải là địa chỉ mà tài khoản này được phép gửi."),
    "no_folder": _l("Xem lại IMAP_FOLDER, đúng cả chữ hoa, chữ thường."),
    "dkim": _l("MAIL_DKIM_KEY_FILE phải là khóa RSA dạng PEM mà máy này đọc được."),
}


@dataclass(frozen=True)
class Step:
    """``ok`` False: this is wrong, ``advice`` says what to do, ``detail`` is the technical line."""

    title: str
    ok: bool
    sentence: str = ""
    advice: str = ""
    detail: str = ""


def check_mail(settings: Settings, to: str | None = None) -> Iterator[Step]:
    """The server that takes our mails; with ``to`` a test mail goes there."""
    if settings.mail_transport == "folder":
        yield Step(
            _("Cách gửi"), True, _("Thư được ghi vào thư mục của máy này, không gửi đi đâu.")
        )
        return
    yield (found := _find("MAIL", settings.mail_server))
    if not found.ok:
        return
    address = f"{settings.mail_server}:{settings.mail_port}"
    host: smtplib.SMTP | None = None
    title = _("Nối tới %(address)s", address=address)
    try:
        host = transport.connect(settings)
        yield Step(title, True)
        title = _("Mã hóa")
        transport.secure(host, settings)
        yield Step(title, True, _encryption(settings.mail_security, settings.mail_server))
        title = _("Đăng nhập")
        transport.sign_in(host, settings)
        yield Step(title, True, "" if settings.mail_username else _("Không đặt tên đăng nhập."))
        yield from _try_sending(host, settings, to)
    except SMTP_ERRORS as error:
        yield _failed(title, from_connecting(error), "MAIL")
    finally:
        if host is not None:
            host.close()


def check_mailbox(settings: Settings) -> Iterator[Step]:
    """The mailbox that delivery reports come back to."""
    if not settings.imap_server:
        yield Step(
            _("Hộp thư nhận thư trả lại"), True,
            _("Chưa đặt IMAP_SERVER: máy không biết thư nào bị trả lại."),
        )  # fmt: skip
        return
    yield (found := _find("IMAP", settings.imap_server))
    if not found.ok:
        return
    address = f"{settings.imap_server}:{settings.imap_port}"
    box = None
    title = _("Nối tới %(address)s", address=address)
    try:
        box = mailbox.connect(settings)
        yield Step(title, True, _encryption(settings.imap_security, settings.imap_server))
        title = _("Đăng nhập hộp thư")
        mailbox.sign_in(box, settings)
        yield Step(title, True)
        title = _("Thư mục %(folder)s", folder=settings.imap_folder)
        mailbox.open_folder(box, settings)
        yield Step(title, True, _("Chỉ đọc, không đổi gì trong hộp thư."))
    except IMAP_ERRORS as error:
        yield _failed(title, mailbox.trouble(error), "IMAP")
    finally:
        if box is not None:
            box.client.shutdown()


def _try_sending(host: smtplib.SMTP, settings: Settings, to: str | None) -> Iterator[Step]:
    title = _("Địa chỉ gửi %(address)s", address=settings.mail_sender)
    try:
        host.ehlo_or_helo_if_needed()
        code, answer = host.mail(settings.mail_sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, answer, settings.mail_sender)
        host.rset()
        yield Step(title, True, _sender_note(settings))
        title = _("Ký thư (DKIM)")
        sign = signer_of(settings)
        if sign is not None:
            sign(b"From: a@example.vn\r\nSubject: -\r\n\r\n-\r\n")
            yield Step(title, True, f"{settings.dkim_selector}._domainkey.{settings.dkim_domain}")
        if to is None:
            return
        title = _("Thư thử tới %(address)s", address=to)
        mail = build(
            _test_mail(settings, to),
            sender=(settings.mail_sender_name, settings.mail_sender),
            reply_to=settings.mail_reply_to,
            sign=sign,
        )
        host.sendmail(settings.mail_sender, [wire_address(to)], mail.as_bytes())
        yield Step(title, True, _("Máy chủ đã nhận. Xem thư có tới không, có vào thư rác không."))
    except TransportError as error:
        yield _failed(title, error, "MAIL")
    except SMTP_ERRORS as error:
        yield _failed(title, from_sending(error), "MAIL")


def _test_mail(settings: Settings, to: str) -> Outgoing:
    domain = settings.mail_sender.rsplit("@", 1)[-1]
    text = _("Đây là thư thử của hệ thống đăng ký tập huấn. Không cần trả lời.")
    return Outgoing(
        id=0,
        recipient=to,
        recipient_name="",
        message_id=f"<{secrets.token_hex(16)}@{domain}>",
        subject=_("Thư thử: giấy mời"),
        text=f"{text}\n",
        html=f"<p>{text}</p>\n",
    )


def _find(kind: str, server: str) -> Step:
    title = _("Tìm máy chủ %(server)s", server=server)
    try:
        found = socket.getaddrinfo(server, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        unknown = TransportError(False, "server_unknown", str(error), server=True)
        return _failed(title, unknown, kind)
    return Step(title, True, str(found[0][4][0]))


def _encryption(security: str, server: str) -> str:
    if security != "none":
        return _("Chứng thư đúng.")
    if server in {"127.0.0.1", "::1", "localhost"}:
        return _("Không mã hóa, trong cùng một máy.")
    return _("KHÔNG mã hóa: mật khẩu và thư đi qua mạng để ngỏ.")


def _sender_note(settings: Settings) -> str:
    if settings.mail_sender.endswith(EXAMPLE):
        return _("Đây là địa chỉ mẫu. Hãy đặt MAIL_SENDER.")
    reply_to = settings.mail_reply_to or settings.mail_sender
    return _("Thư trả lời về %(address)s.", address=reply_to)


def _failed(title: str, error: TransportError, kind: str) -> Step:
    reason = reason_for(error.code)
    assert reason is not None  # a TransportError has a code
    advice = ADVICE.get(error.code)
    words = str(advice) % {"kind": kind} if advice else str(reason.advice)
    return Step(title, False, str(reason.sentence), words, error.detail)
