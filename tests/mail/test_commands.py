"""`flask outbox`, and Flask-Security's mails through the outbox."""

from __future__ import annotations

from flask import Flask

from app.core.database import unit_of_work
from app.extensions import db
from app.mail.models import Message
from app.mail.security_mail import OutboxMailUtil
from tests.factories.accounts import make_account
from tests.factories.mails import mail_row, put_mail


def run(app: Flask, *args: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["outbox", *args])
    return done.exit_code, done.output


def fail(message_id: int, state: str, code: str) -> None:
    with unit_of_work():
        row = db.session.get_one(Message, message_id)
        row.state, row.error_code = state, code


def test_status(app: Flask) -> None:
    put_mail(1)
    fail(put_mail(2), "retrying", "mailbox_full")
    put_mail(3, to=None)
    code, text = run(app, "status")
    assert code == 0
    assert "     1  Chờ gửi\n" in text
    assert "     0  Đã gửi\n" in text
    assert "     1  Đang thử lại: Hộp thư nhận đã đầy." in text
    assert "     1  Không gửi được: Đơn vị chưa có thư điện tử. Thêm địa chỉ" in text


def test_retry_one_and_all(app: Flask) -> None:
    first, second = put_mail(1), put_mail(2)
    fail(first, "failed", "refused")
    fail(second, "retrying", "busy")
    assert run(app, "retry", str(first)) == (0, "1 thư được gửi lại.\n")
    assert mail_row(first).state == "queued"
    assert run(app, "retry", "--all") == (0, "1 thư được gửi lại.\n")


def test_retry_refuses_in_words(app: Flask) -> None:
    message_id = put_mail(1)
    fail(message_id, "sent", "")
    assert run(app, "retry", str(message_id)) == (
        1, "Error: Thư này đã gửi rồi, không gửi lại lần nữa.\n",
    )  # fmt: skip
    assert run(app, "retry", "999")[0] == 1
    assert run(app, "retry")[0] == 2


def test_a_reset_mail_is_stored_at_once_when_nothing_else_changes(app: Flask) -> None:
    account = make_account("desk")
    OutboxMailUtil(app).send_mail(
        "security/email/reset_instructions", "Đặt lại mật khẩu", "desk@example.vn",
        "x@example.vn", "Mở đường dẫn", "<p>Mở đường dẫn</p>", user=account,
    )  # fmt: skip
    db.session.rollback()
    (row,) = db.session.scalars(db.select(Message))
    assert row.purpose.startswith("security:reset_instructions:")
    assert (row.recipient, row.recipient_name, row.template) == (
        "desk@example.vn", "Vũ Mai An", "ready",
    )  # fmt: skip


def test_a_notice_of_a_new_password_stands_or_falls_with_it(app: Flask) -> None:
    account = make_account("desk")
    account.full_name = "Tên mới"
    OutboxMailUtil(app).send_mail(
        "security/email/change_notice", "Đã đổi", "desk@example.vn", "x@example.vn", "a", "b"
    )
    db.session.rollback()
    assert db.session.scalars(db.select(Message)).all() == []
