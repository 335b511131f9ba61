"""`flask mail check` against real servers, right and in each wrong state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from flask import Flask

from tests.dovecot import PASSWORD, DovecotServer
from tests.factories.certificates import make_certificate, server_side
from tests.factories.mails import (
    Inbox,
    free_port,
    silent_server,
    smtp_server,
    use_smtp,
    vanishing_server,
)


def check(app: Flask, *args: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["mail", "check", *args])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "%(" not in done.output
    return done.exit_code, done.output


@pytest.fixture
def inbox(app: Flask) -> Iterator[Inbox]:
    box = Inbox()
    with smtp_server(box) as port:
        use_smtp(app, port)
        yield box


def test_all_is_well(app: Flask, inbox: Inbox) -> None:
    code, text = check(app)
    assert code == 0
    assert "LỖI" not in text
    assert "[được] Tìm máy chủ 127.0.0.1: 127.0.0.1\n" in text
    assert "Không mã hóa, trong cùng một máy." in text
    assert "Đây là địa chỉ mẫu." in text
    assert "Chưa đặt IMAP_SERVER" in text
    assert text.endswith("Cài đặt thư đúng.\n")
    assert inbox.mails == []


def test_a_test_mail(app: Flask, inbox: Inbox) -> None:
    use_smtp(
        app, app.config["SETTINGS"].mail_port,
        mail_sender="gdtx@so.example.vn", mail_reply_to="hop-thu@so.example.vn",
    )  # fmt: skip
    code, text = check(app, "--to", "admin@trường.example.vn")
    assert code == 0
    assert "Thư trả lời về hop-thu@so.example.vn." in text
    assert "Máy chủ đã nhận." in text
    ((to, mail),) = inbox.mails
    assert to == "admin@xn--trng-rib8295b.example.vn"
    assert mail["Subject"] == "Thư thử: giấy mời"
    assert mail["Reply-To"] == "hop-thu@so.example.vn"


@pytest.mark.parametrize(
    ("address", "answer", "said"),
    [
        ("admin@example.vn", "550 5.1.1 no", "Không có hộp thư này."),
        ("admin@example.vn", "451 4.7.1 greylisted", "Máy chủ bên nhận hẹn gửi lại sau."),
        ("không phải", None, "Địa chỉ thư viết chưa đúng."),
    ],
)
def test_a_test_mail_that_does_not_go(
    app: Flask, inbox: Inbox, address: str, answer: str | None, said: str
) -> None:
    inbox.rcpt = lambda to: answer
    code, text = check(app, "--to", address)
    assert code == 1
    assert f"[LỖI] Thư thử tới {address}: {said}" in text
    assert text.endswith("Có chỗ chưa đúng, xem các dòng LỖI.\n")


def test_in_a_folder(app: Flask) -> None:
    code, text = check(app)
    assert code == 0
    assert "không gửi đi đâu" in text


def test_an_unknown_server(app: Flask) -> None:
    use_smtp(app, 25, mail_server="no-such-host.invalid")
    code, text = check(app)
    assert code == 1
    assert "[LỖI] Tìm máy chủ no-such-host.invalid: Không tìm thấy máy chủ thư của Sở." in text
    assert "Xem lại tên trong MAIL_SERVER" in text


def test_a_closed_port(app: Flask) -> None:
    use_smtp(app, free_port())
    code, text = check(app)
    assert code == 1
    assert "[LỖI] Nối tới 127.0.0.1:" in text
    assert "Xem lại MAIL_SERVER, MAIL_PORT và tường lửa." in text


def test_a_server_that_says_nothing(app: Flask) -> None:
    with silent_server() as port:
        use_smtp(app, port)
        code, text = check(app)
    assert code == 1
    assert "Máy chủ thư của Sở không trả lời." in text
    assert "Cổng 465 và 993 cần MAIL_SECURITY=tls." in text


def test_a_server_that_closes_when_it_hears_our_address(app: Flask) -> None:
    with vanishing_server(b"MAIL") as port:
        use_smtp(app, port)
        code, text = check(app)
    assert code == 1
    assert "[LỖI] Địa chỉ gửi dangky@example.vn: Mất kết nối" in text


@pytest.mark.parametrize(
    ("security", "trusted", "values", "said"),
    [
        ("starttls", True, {}, "Chứng thư đúng."),
        ("tls", True, {}, "Chứng thư đúng."),
        ("starttls", False, {}, "Chứng thư không do nơi máy này tin cậy cấp."),
        ("starttls", True, {"address": "127.0.0.2"}, "Ghi vào MAIL_SERVER đúng tên"),
        ("tls", True, {"ends": -1}, "Xem đồng hồ của máy này."),
    ],
)
def test_certificates(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str, trusted: bool,
    values: dict, said: str,
) -> None:  # fmt: skip
    paths = make_certificate(tmp_path, **values)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(paths[0]))
    context = server_side(paths)
    options = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    with smtp_server(Inbox(), **options) as port:
        use_smtp(app, port, mail_security=security)
        code, text = check(app)
    assert said in text
    assert code == (0 if said == "Chứng thư đúng." else 1)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_without_encryption(app: Flask, inbox: Inbox, security: str) -> None:
    use_smtp(app, app.config["SETTINGS"].mail_port, mail_security=security)
    code, text = check(app)
    assert code == 1
    assert "không mở kết nối mã hóa như đã cài đặt" in text
    assert "Đổi MAIL_SECURITY" in text


def test_a_wrong_password(app: Flask) -> None:
    no = AuthResult(success=False, handled=False)
    with smtp_server(Inbox(), auth_require_tls=False, authenticator=lambda *a: no) as port:
        use_smtp(app, port, mail_username="so", mail_password="rat-bi-mat")  # noqa: S106
        code, text = check(app)
    assert code == 1
    assert "[LỖI] Đăng nhập: Máy chủ thư không nhận tên đăng nhập hoặc mật khẩu." in text
    assert "rat-bi-mat" not in text


def test_a_sender_that_is_refused(app: Flask, inbox: Inbox) -> None:
    async def refuse(server, session, envelope, address, options):
        return "553 5.7.1 not owned by user"

    inbox.handle_MAIL = refuse  # type: ignore[method-assign]
    code, text = check(app)
    assert code == 1
    assert "[LỖI] Địa chỉ gửi dangky@example.vn: Máy chủ thư không cho gửi" in text
    assert "553 5.7.1 not owned by user" in text


def test_a_dkim_key_that_is_none(app: Flask, inbox: Inbox, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("bi-mat")
    use_smtp(
        app, app.config["SETTINGS"].mail_port,
        dkim_selector="s", dkim_domain="example.vn", dkim_key_file=str(path),
    )  # fmt: skip
    code, text = check(app)
    assert code == 1
    assert "[LỖI] Ký thư (DKIM): Khóa ký thư (DKIM) không dùng được." in text
    assert "bi-mat" not in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "[được] Thư mục INBOX: Chỉ đọc"),
        ({"imap_password": "sai"}, "Xem lại IMAP_USERNAME và IMAP_PASSWORD."),
        ({"imap_folder": "Không có"}, "[LỖI] Thư mục Không có: Hộp thư không có thư mục"),
        ({"imap_security": "starttls"}, "Chứng thư không do nơi máy này tin cậy cấp."),
        ({"imap_security": "tls"}, "Đổi IMAP_SECURITY"),
        ({"imap_server": "no-such-host.invalid"}, "Xem lại tên trong IMAP_SERVER"),
    ],
)
def test_the_mailbox(
    app: Flask, inbox: Inbox, dovecot: DovecotServer, changes: dict, said: str
) -> None:
    values = {
        "imap_server": "127.0.0.1", "imap_port": dovecot.port, "imap_security": "none",
        "imap_username": "check@example.vn", "imap_password": PASSWORD, **changes,
    }  # fmt: skip
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **values)
    code, text = check(app)
    assert said in text
    assert code == (1 if changes else 0)
    assert PASSWORD not in text
