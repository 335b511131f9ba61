"""Reports read from a real IMAP server, and what they change in the outbox."""

from __future__ import annotations

import imaplib
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import unit_of_work
from app.extensions import db
from app.mail import bounces as reading
from app.mail.bounces import mailbox_state, notes_of, read_each_minute, read_mailbox
from app.mail.models import Bounce, Message
from tests.dovecot import PASSWORD, DovecotServer
from tests.factories import bounces
from tests.factories.bounces import delivery_status
from tests.factories.mails import free_port, mail_row, put_mail, silent_server


@pytest.fixture
def user(app: Flask, dovecot: DovecotServer) -> str:
    """A mailbox of this test's own, and the application reading it."""
    name = f"{secrets.token_hex(4)}@example.vn"
    use_imap(app, dovecot, imap_username=name)
    return name


def use_imap(app: Flask, dovecot: DovecotServer, **changes) -> None:
    values = {
        "imap_server": "127.0.0.1", "imap_port": dovecot.port, "imap_security": "none",
        "imap_password": PASSWORD, "mail_timeout": 2, **changes,
    }  # fmt: skip
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **values)


def sent_mail(number: int = 1, state: str = "sent") -> tuple[int, str]:
    """→ (number of the row, its Message-ID)"""
    message_id = put_mail(number)
    with unit_of_work():
        row = db.session.get_one(Message, message_id)
        row.state = state
        return message_id, row.message_id


def rows() -> list[Bounce]:
    db.session.rollback()
    return list(db.session.scalars(select(Bounce).order_by(Bounce.id)))


@pytest.mark.both_databases
def test_a_mail_that_came_back(app: Flask, dovecot: DovecotServer, user: str) -> None:
    message_id, our_id = sent_mail()
    other_id, _ = sent_mail(2)
    dovecot.deliver(user, delivery_status(our_id))
    assert read_mailbox().found == {"permanent": 1}
    row = mail_row(message_id)
    assert (row.state, row.error_code) == ("bounced", "no_such_mailbox")
    assert row.error_detail == "5.1.1 550 5.1.1 user unknown"
    assert mail_row(other_id).state == "sent"
    (noted,) = rows()
    assert (noted.message_ref, noted.kind, noted.status, noted.recipient) == (
        message_id, "permanent", "5.1.1", "thpt-001@example.vn",
    )  # fmt: skip
    assert notes_of([message_id, other_id]) == {message_id: [noted]}
    assert read_mailbox().mails == 0  # not read a second time


def test_the_desk_sees_it_in_words(
    app: Flask, dovecot: DovecotServer, user: str, frozen_clock
) -> None:
    from app.mail.pages import line_of

    message_id, our_id = sent_mail()
    dovecot.deliver(user, bounces.vietnamese(our_id))
    read_mailbox()
    line = line_of(mail_row(message_id), frozen_clock.at)
    assert line.sentence == "Hộp thư nhận đã đầy."
    assert line.action == "fix"


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (bounces.exim_delay, "temporary"),
        (bounces.automatic, "auto_reply"),
        (lambda our_id: delivery_status(our_id, action="failing"), "unknown"),
    ],
)
def test_what_changes_nothing_is_noted(
    app: Flask, dovecot: DovecotServer, user: str, make, kind: str
) -> None:
    message_id, our_id = sent_mail()
    dovecot.deliver(user, make(our_id))
    read_mailbox()
    assert (mail_row(message_id).state, mail_row(message_id).error_code) == ("sent", None)
    assert [row.kind for row in rows()] == [kind]


def test_a_report_of_a_mail_we_never_sent_is_counted_and_no_more(
    app: Flask, dovecot: DovecotServer, user: str
) -> None:
    message_id, our_id = sent_mail()
    forged = "<" + "0" * 32 + "@example.vn>"
    named = delivery_status(forged).replace(b"Subject: Giay moi", b"Subject: thpt-001@example.vn")
    dovecot.deliver(user, named, bounces.qmail(our_id[:-20] + "@example.vn>"), b"Subject: hi\n\nhi")
    assert read_mailbox().found == {"stranger": 2, "none": 1}
    assert rows() == []
    assert mail_row(message_id).state == "sent"
    assert mailbox_state().strangers == 2


def test_people_s_answers_are_left_alone(app: Flask, dovecot: DovecotServer, user: str) -> None:
    message_id, our_id = sent_mail()
    dovecot.deliver(user, bounces.from_person(our_id))
    assert read_mailbox().found == {"none": 1}
    assert (rows(), mail_row(message_id).state) == ([], "sent")


def test_one_report_delivered_twice_is_noted_once(
    app: Flask, dovecot: DovecotServer, user: str
) -> None:
    message_id, our_id = sent_mail()
    dovecot.deliver(user, delivery_status(our_id), delivery_status(our_id))
    assert read_mailbox().found == {"permanent": 1, "known": 1}
    with unit_of_work():  # the desk sends it again; the old report must not count anew
        db.session.get_one(Message, message_id).state = "sent"
    dovecot.deliver(user, delivery_status(our_id))
    read_mailbox()
    assert mail_row(message_id).state == "sent"
    dovecot.deliver(user, delivery_status(our_id, number=2))
    read_mailbox()
    assert mail_row(message_id).state == "bounced"


@pytest.mark.parametrize(
    ("before", "after"),
    [("retrying", "bounced"), ("queued", "queued"), ("failed", "failed"), ("bounced", "bounced")],
)
def test_states_in_which_a_report_finds_a_mail(
    app: Flask, dovecot: DovecotServer, user: str, before: str, after: str
) -> None:
    message_id, our_id = sent_mail(state=before)
    dovecot.deliver(user, delivery_status(our_id))
    read_mailbox()
    assert mail_row(message_id).state == after
    assert len(rows()) == 1


def test_a_report_of_a_mail_that_is_being_sent_waits(
    app: Flask, dovecot: DovecotServer, user: str
) -> None:
    first_id, first = sent_mail(1)
    message_id, our_id = sent_mail(2, state="sending")
    last_id, last = sent_mail(3)
    reports = [delivery_status(one, number=n) for n, one in enumerate((first, our_id, last))]
    dovecot.deliver(user, *reports)
    assert read_mailbox().found == {"permanent": 1}
    assert read_mailbox().mails == 0
    with unit_of_work():
        db.session.get_one(Message, message_id).state = "sent"
    assert read_mailbox().found == {"permanent": 2}
    assert {mail_row(one).state for one in (first_id, message_id, last_id)} == {"bounced"}


def test_the_mailbox_stays_as_it_was(app: Flask, dovecot: DovecotServer, user: str) -> None:
    _, our_id = sent_mail()
    dovecot.deliver(user, delivery_status(our_id), b"Subject: hi\n\nhi")
    read_mailbox()
    with dovecot.session(user) as imap:
        assert imap.select("INBOX") == ("OK", [b"2"])
        _, flags = imap.fetch("1:*", "(FLAGS)")
    assert b"Seen" not in b"".join(flags)  # type: ignore[arg-type]
    assert b"Deleted" not in b"".join(flags)  # type: ignore[arg-type]


def test_mails_that_people_delete_and_a_mailbox_made_anew(
    app: Flask, dovecot: DovecotServer, user: str
) -> None:
    use_imap(app, dovecot, imap_username=user, imap_folder="Trả lại")
    name = imaplib.IMAP4._quote(imaplib.IMAP4, "Tr&HqM- l&HqE-i")  # type: ignore[attr-defined,arg-type]
    first_id, first = sent_mail(1)
    second_id, second = sent_mail(2)
    with dovecot.session(user) as imap:
        imap.create(name)
    dovecot.deliver(user, delivery_status(first), folder=name)
    assert read_mailbox().mails == 1
    with dovecot.session(user) as imap:
        imap.delete(name)
        imap.create(name)
    # The same UIDs again, under another UIDVALIDITY.
    dovecot.deliver(user, delivery_status(second, number=2), folder=name)
    assert read_mailbox().mails == 1
    assert [mail_row(one).state for one in (first_id, second_id)] == ["bounced", "bounced"]


@pytest.mark.parametrize("moved", [timedelta(days=-800), timedelta(days=800)])
def test_a_clock_that_was_wrong_loses_no_report(
    app: Flask, dovecot: DovecotServer, user: str, frozen_clock, moved: timedelta
) -> None:
    first_id, first = sent_mail(1)
    second_id, second = sent_mail(2)
    frozen_clock.at += moved
    dovecot.deliver(user, delivery_status(first))
    read_each_minute()
    frozen_clock.at -= moved
    dovecot.deliver(user, delivery_status(second, number=2))
    read_each_minute()
    assert [mail_row(one).state for one in (first_id, second_id)] == ["bounced", "bounced"]


def test_not_more_than_once_a_minute(
    app: Flask, dovecot: DovecotServer, user: str, frozen_clock
) -> None:
    message_id, our_id = sent_mail()
    read_each_minute()
    dovecot.deliver(user, delivery_status(our_id))
    frozen_clock.at += timedelta(seconds=30)
    read_each_minute()
    assert mail_row(message_id).state == "sent"
    frozen_clock.at += timedelta(seconds=30)
    read_each_minute()
    assert mail_row(message_id).state == "bounced"


def test_a_bomb_among_the_reports(
    app: Flask,
    dovecot: DovecotServer,
    user: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, fetched = imaplib.IMAP4.read, []

    def counted(self: imaplib.IMAP4, size: int) -> bytes:
        fetched.append(size)
        return real(self, size)

    monkeypatch.setattr(imaplib.IMAP4, "read", counted)
    message_id, our_id = sent_mail()
    huge = b"From: MAILER-DAEMON@x.example.vn\r\nX-A: " + b"a\r\n " * 3_000_000 + b"\r\n\r\n"
    parts = (
        b'From: MAILER-DAEMON@x.example.vn\r\nContent-Type: multipart/report; boundary="a"\r\n\r\n'
        + b"--a\r\n\r\nx\r\n" * 100_000
    )
    dovecot.deliver(user, huge, parts, delivery_status(our_id))
    done = read_mailbox()
    assert done.mails == 3
    assert done.found["permanent"] == 1
    assert mail_row(message_id).state == "bounced"
    assert mailbox_state().unreadable == 1
    assert user not in caplog.text
    assert 256 * 1024 in fetched
    assert sum(fetched) < 600_000  # of eight million bytes


def test_many_reports_are_read_in_pieces(
    app: Flask, dovecot: DovecotServer, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AT_ONCE", 2)
    sent = [sent_mail(number) for number in range(5)]
    dovecot.deliver(user, *(delivery_status(one[1], number=n) for n, one in enumerate(sent)))
    monkeypatch.setattr(reading, "MOST_SECONDS", 0.0)
    assert read_mailbox().mails == 0
    monkeypatch.setattr(reading, "MOST_SECONDS", 30)
    assert read_mailbox().found == {"permanent": 5}


# ---------------------------------------------------------------- the server fails


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"imap_password": "sai"}, "auth"),
        ({"imap_password": "sai mật khẩu"}, "auth"),
        ({"imap_folder": "Không có"}, "no_folder"),
        ({"imap_security": "starttls"}, "tls"),
        ({"imap_security": "tls"}, "no_tls"),
        ({"imap_server": "no-such-host.invalid"}, "server_unknown"),
    ],
)
def test_trouble_with_the_server(
    app: Flask, dovecot: DovecotServer, user: str, frozen_clock, changes: dict, code: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    use_imap(app, dovecot, imap_username=user, **changes)
    assert read_mailbox().mails == 0
    state = mailbox_state()
    assert (state.code, state.since, state.read_at) == (code, frozen_clock.at, frozen_clock.at)
    assert "sai" not in caplog.text + state.detail
    use_imap(app, dovecot, imap_username=user, imap_server="127.0.0.1", imap_folder="INBOX")
    frozen_clock.at += timedelta(minutes=2)
    read_each_minute()
    assert mailbox_state().code == code  # it is left in peace for a while
    frozen_clock.at += timedelta(minutes=4)
    read_each_minute()
    assert mailbox_state().code is None


def test_refused_and_silent_servers(app: Flask, dovecot: DovecotServer, user: str) -> None:
    use_imap(app, dovecot, imap_username=user, imap_port=free_port())
    read_mailbox()
    assert mailbox_state().code == "server_refused"
    with silent_server() as port:
        use_imap(app, dovecot, imap_username=user, imap_port=port, mail_timeout=1)
        read_mailbox()
    assert mailbox_state().code == "server_silent"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted(
    app: Flask, dovecot: DovecotServer, user: str, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    use_imap(app, dovecot, imap_username=user, imap_port=port, imap_security=security)
    message_id, our_id = sent_mail()
    dovecot.deliver(user, delivery_status(our_id))
    read_mailbox()
    assert mail_row(message_id).state == "bounced"


def test_nothing_is_read_unless_it_is_set(app: Flask) -> None:
    assert reading.READ not in app.extensions["queue"]._tasks
