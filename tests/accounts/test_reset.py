"""Lost and changed passwords: mails through the outbox, old sessions ended, all of it recorded."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.limits import Attempt
from app.extensions import db
from app.mail.models import Message
from tests.accounts.conftest import plain, try_sign_in
from tests.factories.accounts import PASSWORD

NEW = "mưa rơi trên mái tôn 7"
ASKED = "Nếu địa chỉ thư này có trong hệ thống"


def mails() -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def ask(client, email: str, **more):
    return client.post("/account/reset", data={"email": email}, follow_redirects=True, **more)


def link_of(message: Message) -> str:
    return re.search(r"http\S+/account/reset/\S+", message.context["text"]).group()


@pytest.mark.both_databases
def test_reset_by_mail(client, enter, admin):
    elsewhere = enter(admin)
    assert ASKED in ask(client, admin.email).text
    (message,) = mails()
    assert message.recipient == admin.email
    assert message.context["subject"] == "Cách đặt lại mật khẩu"
    assert "Đặt mật khẩu mới" in message.context["html"]
    path = link_of(message).removeprefix("http://localhost")
    page = client.get(path)
    assert page.status_code == 200
    assert "Đặt mật khẩu mới" in page.text

    weak = client.post(path, data={"password": "ngắn", "password_confirm": "ngắn"})
    assert "Mật khẩu cần ít nhất 12 ký tự." in weak.text
    differing = client.post(path, data={"password": NEW, "password_confirm": NEW + "x"})
    assert "Hai mật khẩu không giống nhau." in differing.text

    done = client.post(path, data={"password": NEW, "password_confirm": NEW})
    assert done.location == "/account/sign-in"
    assert "Đã đặt lại mật khẩu" in client.get(done.location).text
    assert elsewhere.get("/desk/account").status_code == 302
    assert try_sign_in(client, admin.email, PASSWORD).status_code == 200
    assert try_sign_in(client, admin.email, NEW).status_code == 302
    assert "account.password_reset" in actions()
    assert [one.context["subject"] for one in mails()][1] == "Mật khẩu đã được đặt lại"

    again = client.post(path, data={"password": PASSWORD, "password_confirm": PASSWORD})
    assert again.status_code == 302  # the link works once
    client.post("/account/sign-out")
    assert try_sign_in(client, admin.email, NEW).status_code == 302


def test_unknown_address_gets_the_same_answer_and_no_mail(client, admin):
    known, unknown = ask(client, admin.email), ask(client, "khongco@example.vn")
    assert plain(known, admin.email) == plain(unknown, "khongco@example.vn")
    assert len(mails()) == 1


def test_link_in_the_mail_is_of_our_own_address(client, admin):
    ask(client, admin.email, headers={"Host": "evil.example"})
    assert link_of(mails()[0]).startswith("http://localhost/account/reset/")
    assert "evil.example" not in str(mails()[0].context)


def test_sixth_reset_mail_to_one_address_is_refused(client, admin):
    for _ in range(5):
        assert ask(client, admin.email).status_code == 200
    assert ask(client, admin.email).status_code == 429
    assert len(mails()) == 5


def test_broken_link_says_so(client, admin):
    answer = client.get("/account/reset/abc", follow_redirects=True)
    assert "Đường dẫn đặt lại mật khẩu không đúng." in answer.text


@pytest.mark.both_databases
def test_change_of_the_own_password(enter, admin):
    client, elsewhere = enter(admin), enter(admin)
    fields = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    wrong = client.post("/account/password", data={**fields, "password": "không phải nó đâu"})
    assert "Mật khẩu không đúng." in wrong.text
    same = client.post(
        "/account/password",
        data={**fields, "new_password": PASSWORD, "new_password_confirm": PASSWORD},
    )
    assert "Mật khẩu mới phải khác mật khẩu cũ." in same.text
    weak = "mật khẩu hải phòng"
    plain = client.post(
        "/account/password", data={**fields, "new_password": weak, "new_password_confirm": weak}
    )
    assert "Mật khẩu còn dễ đoán." in plain.text
    done = client.post("/account/password", data=fields)
    assert done.location == "/desk/account"
    assert "Đã đổi mật khẩu." in client.get("/desk/account").text  # still signed in here
    assert elsewhere.get("/desk/account").status_code == 302
    assert "account.password_changed" in actions()
    assert [one.context["subject"] for one in mails()] == ["Mật khẩu đã được đổi"]


def test_guessing_the_present_password_is_limited(enter, admin):
    client = enter(admin)
    fields = {"new_password": NEW, "new_password_confirm": NEW}
    for _ in range(10):
        answer = client.post("/account/password", data={**fields, "password": "đoán mò thôi mà"})
        assert answer.status_code == 200
    refused = client.post("/account/password", data={**fields, "password": PASSWORD})
    assert refused.status_code == 429
    assert len(db.session.scalars(select(Attempt)).all()) == 20


def test_password_pages_show_the_password_on_demand(client, enter, admin):
    page = enter(admin).get("/account/password").text
    assert page.count("data-reveal=") == 3
