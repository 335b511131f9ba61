"""The outbox at the desk: what it says of each mail, and what may be done there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.database import unit_of_work
from app.core.settings_store import write_setting
from app.extensions import db
from app.mail.bounces import MAILBOX
from app.mail.claims import note_server
from app.mail.models import Bounce, Message
from app.mail.queries import server_state
from app.mail.routes import MAIL_CSP
from app.mail.smtp_errors import TransportError
from app.mail.tasks import drain_outbox
from tests.factories.accounts import make_account, sign_in
from tests.factories.mails import mail_row, put_mail


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


@pytest.fixture
def leader(client: FlaskClient) -> FlaskClient:
    sign_in(client, make_account("leader"))
    return client


def put_failed(number: int, state: str, code: str, **values) -> int:
    message_id = put_mail(number, **values)
    with unit_of_work():
        row = db.session.get_one(Message, message_id)
        row.state, row.error_code, row.error_detail = state, code, f"technical {code}"
        row.attempts, row.next_at = 2, clock.real_now() + timedelta(minutes=30)
    return message_id


def page(client: FlaskClient, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.get_data(as_text=True).split())


def test_each_failure_says_why_and_what_to_do(desk: FlaskClient, frozen_clock) -> None:
    put_failed(1, "bounced", "no_such_mailbox")
    put_failed(2, "failed", "domain_unknown", to="pgd@cathai.example.vn")
    put_mail(3, to=None)
    put_failed(4, "retrying", "mailbox_full")
    html = page(desk, "/desk/outbox")
    for words in (
        "Không có hộp thư này.", "Gọi đơn vị hỏi lại địa chỉ.", "Bị trả lại",
        "Tên miền “cathai.example.vn” không tồn tại.", "Đơn vị chưa có thư điện tử.",
        "Thêm địa chỉ", "chưa có địa chỉ", "Hộp thư nhận đã đầy. Đã thử 2 lần.",
        "Tự gửi lại lúc 09:30.", "Gửi lại 1 thư lỗi tạm thời", "technical no_such_mailbox",
    ):  # fmt: skip
        assert words in html, words
    assert html.count("Sửa địa chỉ") == 2
    assert html.count("Gửi lại ngay") == 1


def test_tabs_and_their_counts(desk: FlaskClient) -> None:
    put_mail(1)
    drain_outbox()
    put_mail(2, to_name="Trường đang chờ")
    put_failed(3, "failed", "refused")
    html = page(desk, "/desk/outbox?tab=waiting")
    for tab in ("Chưa đi được <span class=\"num\">1", "Chờ gửi <span class=\"num\">1",
                "Đã gửi <span class=\"num\">1", "Tất cả <span class=\"num\">3"):  # fmt: skip
        assert tab in html, tab
    assert "Trường đang chờ" in html
    assert "Trường THPT Số Một" not in html
    assert desk.get("/desk/outbox?tab=other").status_code == 404


@pytest.mark.parametrize("tab", ["unsent", "waiting", "sent", "all"])
def test_an_empty_tab_says_what_will_stand_there(desk: FlaskClient, tab: str) -> None:
    assert 'class="empty"' in page(desk, f"/desk/outbox?tab={tab}")


def test_our_server_s_trouble_stands_on_top(desk: FlaskClient, frozen_clock) -> None:
    put_mail(1)
    with unit_of_work():
        trouble = TransportError(False, "server_silent", "TimeoutError: timed out", server=True)
        note_server(trouble, clock.real_now())
    html = page(desk, "/desk/outbox")
    assert "Máy chủ thư của Sở không trả lời." in html
    assert "Lỗi từ 09:00." in html
    assert "1 thư đang chờ, tự thử lại lúc 09:05." in html


def test_delays_and_automatic_answers_are_told_in_words(desk: FlaskClient, frozen_clock) -> None:
    slow, away, quiet = put_mail(1), put_mail(2), put_mail(3)
    with unit_of_work():
        for key, message_id, kind, detail in (
            ("a", slow, "temporary", "4.4.7 delivery time expired soon"),
            ("b", away, "auto_reply", "Tôi <b> đi công tác đến 15/03 " + "x" * 500),
        ):
            db.session.add(
                Bounce(mail_key=key, message_ref=message_id, kind=kind, detail=detail,
                       found_at=clock.now())
            )  # fmt: skip
    html = page(desk, "/desk/outbox?tab=all")
    assert "Bên nhận báo thư tới chậm, còn thử tiếp. “4.4.7 delivery time" in html
    assert "Hộp thư trả lời tự động. “Tôi &lt;b&gt; đi công tác đến 15/03…”" in html
    assert "x" * 200 not in html
    assert "Thư báo về" in page(desk, f"/desk/outbox/{away}")
    assert "Thư báo về" not in page(desk, f"/desk/outbox/{quiet}")


def test_a_mailbox_that_cannot_be_read_is_told(app: Flask, desk: FlaskClient, frozen_clock) -> None:
    told = "Chưa đọc được hộp thư nhận thư trả lại"
    with unit_of_work():
        write_setting(MAILBOX, {"code": "auth", "detail": "technical auth",
                                "since": clock.real_now().isoformat()})  # fmt: skip
    assert told not in page(desk, "/desk/outbox")  # no mailbox is set
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], imap_server="imap.example.vn")
    html = page(desk, "/desk/outbox")
    assert told in html and "technical auth" in html
    assert "Máy chủ thư không nhận tên đăng nhập hoặc mật khẩu." in html
    with unit_of_work():
        write_setting(MAILBOX, {"code": None, "since": None})
    assert told not in page(desk, "/desk/outbox")


def test_a_worker_that_stopped_is_told(desk: FlaskClient, frozen_clock) -> None:
    with unit_of_work():
        write_setting("worker_heartbeat", clock.real_now().isoformat())
    frozen_clock.at += timedelta(seconds=60)
    assert "Máy gửi thư không chạy" not in page(desk, "/desk/outbox")
    frozen_clock.at += timedelta(seconds=60)
    assert "Tín hiệu gần nhất lúc 09:00." in page(desk, "/desk/outbox")


def test_the_same_number_of_queries_with_1_and_30_rows(desk: FlaskClient) -> None:
    counts = []
    statements: list[str] = []
    engine = db.engine

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    page(desk, "/desk/outbox")  # what a process reads once
    event.listen(engine, "before_cursor_execute", note)
    for start, stop in ((0, 1), (1, 30)):
        for number in range(start, stop):
            put_failed(number, "retrying", "busy")
        for url in ("/desk/outbox", "/desk/outbox?tab=all"):
            statements.clear()
            page(desk, url)
            counts.append(len(statements))
    assert counts[:2] == counts[2:]


def test_one_mail_is_sent_again(desk: FlaskClient) -> None:
    message_id = put_failed(1, "failed", "refused")
    with unit_of_work():
        note_server(TransportError(False, "auth", "535", server=True), clock.real_now())
    answer = desk.post(f"/desk/outbox/{message_id}/retry", follow_redirects=True)
    assert "Đang gửi lại thư tới Trường THPT Số Một." in answer.get_data(as_text=True)
    row = mail_row(message_id)
    assert (row.state, row.attempts, row.error_code) == ("queued", 0, None)
    assert server_state().code is None  # a person asked: no waiting
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.thing_type == "message")).one()
    assert (entry.action, entry.actor_label, entry.before) == (
        "message.retried", "Vũ Mai An", {"state": "failed", "error_code": "refused"},
    )  # fmt: skip
    drain_outbox()
    assert mail_row(message_id).state == "sent"
    again = desk.post(f"/desk/outbox/{message_id}/retry", follow_redirects=True)
    assert "không gửi lại lần nữa" in again.get_data(as_text=True)
    assert mail_row(message_id).state == "sent"


def test_all_temporary_ones_are_sent_again(desk: FlaskClient) -> None:
    temporary = [put_failed(n, "retrying", "busy") for n in (1, 2)]
    final = put_failed(3, "failed", "no_such_mailbox")
    answer = desk.post("/desk/outbox/retry", follow_redirects=True)
    assert "Đang gửi lại 2 thư." in answer.get_data(as_text=True)
    drain_outbox()
    assert [mail_row(i).state for i in (*temporary, final)] == ["sent", "sent", "failed"]


def test_the_address_is_corrected(desk: FlaskClient) -> None:
    message_id = put_failed(1, "bounced", "no_such_mailbox")
    before = mail_row(message_id).message_id
    desk.post(f"/desk/outbox/{message_id}/address", data={"address": "moi@example.vn"})
    drain_outbox()
    row = mail_row(message_id)
    assert (row.state, row.recipient) == ("sent", "moi@example.vn")
    assert row.message_id != before
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.thing_type == "message")).one()
    assert entry.after == {"recipient": "moi@example.vn"}


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "Hãy nhập địa chỉ thư điện tử của đơn vị."),
        ("moi@", "Thiếu phần sau chữ @."),
        ("hai@example.vn", "Thư này đã có một bản gửi tới địa chỉ đó."),
    ],
)
def test_an_address_that_will_not_do_is_kept_on_the_page(
    desk: FlaskClient, address: str, said: str
) -> None:
    put_mail(1, to="hai@example.vn")
    message_id = put_failed(1, "failed", "bad_address")
    answer = desk.post(f"/desk/outbox/{message_id}/address", data={"address": address})
    html = answer.get_data(as_text=True)
    assert said in html
    assert f'value="{address}"' in html
    assert mail_row(message_id).state == "failed"


def test_a_mail_can_be_read(app: Flask, desk: FlaskClient) -> None:
    app.extensions["attachment_makers"] = {
        "invitation": lambda message: [("Giấy mời.pdf", "application/pdf", b"%PDF")]
    }
    message_id = put_mail(1, thing=("invitation", 1))
    drain_outbox()
    html = page(desk, f"/desk/outbox/{message_id}")
    assert "Biên nhận" in html
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in html
    assert "Giấy mời.pdf" in html
    body = desk.get(f"/desk/outbox/{message_id}/body")
    assert body.get_data(as_text=True) == "<p>Sở đã nhận.</p>"
    assert body.headers["Content-Security-Policy"] == MAIL_CSP
    assert "script" not in MAIL_CSP
    file = mail_row(message_id).attachments[0]
    got = desk.get(f"/desk/outbox/{message_id}/files/{file.id}")
    assert (got.data, got.mimetype) == (b"%PDF", "application/pdf")
    assert got.headers["Content-Disposition"].startswith('attachment; filename="Giay moi.pdf"; ')
    other = put_mail(2)
    assert desk.get(f"/desk/outbox/{other}/files/{file.id}").status_code == 404
    assert desk.get("/desk/outbox/999").status_code == 404


def test_a_mail_that_cannot_be_written_has_a_page_too(desk: FlaskClient) -> None:
    message_id = put_mail(1, template="receipt", context={})
    assert "Thư chưa soạn được" in page(desk, f"/desk/outbox/{message_id}")
    assert desk.get(f"/desk/outbox/{message_id}/body").status_code == 404


def test_the_link_of_an_account_is_shown_to_nobody(app: Flask, desk: FlaskClient) -> None:
    message_id = put_mail(1)
    with unit_of_work():
        row = db.session.get_one(Message, message_id)
        row.purpose, row.context = "security:reset:1", {**row.context, "text": "SECRET-TOKEN"}
    for url in (f"/desk/outbox/{message_id}", "/desk/outbox?tab=all"):
        assert "SECRET-TOKEN" not in page(desk, url)
    assert desk.get(f"/desk/outbox/{message_id}/body").status_code == 404
    drain_outbox()
    row = mail_row(message_id)
    assert (row.state, row.text, row.html, row.context) == ("sent", "", "", {})


def test_a_leader_reads_and_changes_nothing(leader: FlaskClient) -> None:
    message_id = put_failed(1, "failed", "refused")
    html = page(leader, "/desk/outbox")
    assert "Gửi lại" not in html
    assert leader.post(f"/desk/outbox/{message_id}/retry").status_code == 403
    assert leader.post("/desk/outbox/retry").status_code == 403
    assert leader.get(f"/desk/outbox/{message_id}/address").status_code == 403


def test_strangers_are_sent_to_the_sign_in(client: FlaskClient) -> None:
    message_id = put_mail()
    for url in ("/desk/outbox", f"/desk/outbox/{message_id}", f"/desk/outbox/{message_id}/body"):
        assert client.get(url).status_code == 302


def test_the_rehearsal_s_mailbox(app: Flask, desk: FlaskClient) -> None:
    message_id = put_mail(1)
    assert desk.get("/desk/rehearsal-mailbox").status_code == 404
    assert desk.get(f"/desk/rehearsal-mailbox/{message_id}").status_code == 404
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], rehearsal=True)
    put_mail(2, to="khac@example.vn", to_name="Trường Khác")
    drain_outbox()
    assert (app.config["SETTINGS"].data_dir / "mail" / "000001.eml").is_file()
    html = page(desk, "/desk/rehearsal-mailbox")
    assert "Trường THPT Số Một" in html
    assert "Trường Khác" in html
    assert "Trường THPT Số Một" not in page(desk, "/desk/rehearsal-mailbox?q=khac@")
    assert "Không thấy thư nào" in page(desk, "/desk/rehearsal-mailbox?q=%25")
    assert "Sở đã nhận." in page(desk, f"/desk/rehearsal-mailbox/{message_id}")
