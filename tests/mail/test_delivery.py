"""Mails against a real SMTP server on loopback: each outcome, each misbehaviour."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from flask import Flask
from sqlalchemy import update

from app.core import clock
from app.core.database import unit_of_work
from app.core.settings_store import write_setting
from app.extensions import db
from app.mail.models import Message
from app.mail.queries import server_state, state_counts
from app.mail.tasks import Drained, drain_outbox, sweep_outbox
from tests.factories.certificates import make_certificate, server_side
from tests.factories.mails import (
    Inbox,
    free_port,
    mail_row,
    put_mail,
    silent_server,
    smtp_server,
    use_smtp,
    vanishing_server,
)


@pytest.fixture
def inbox(app: Flask) -> Iterator[Inbox]:
    """A server that takes everything, and the application sending to it."""
    box = Inbox()
    with smtp_server(box) as port:
        use_smtp(app, port)
        yield box


def test_a_mail_is_delivered_once(inbox: Inbox) -> None:
    message_id = put_mail()
    assert drain_outbox() == Drained(sent=1)
    assert drain_outbox() == Drained()
    ((recipient, mail),) = inbox.mails
    row = mail_row(message_id)
    assert recipient == "thpt-001@example.vn"
    assert mail.get_all("Message-ID") == [row.message_id]
    assert mail["Subject"] == "Biên nhận"
    assert mail["From"] == "Sở GDĐT Hải Phòng <dangky@example.vn>"
    assert mail["To"] == "Trường THPT Số Một <thpt-001@example.vn>"
    assert inbox.senders == ["dangky@example.vn"]
    assert mail.get_body(("plain",)).get_content().strip() == "Sở đã nhận."
    assert mail.get_body(("html",)).get_content().strip() == "<p>Sở đã nhận.</p>"
    assert (row.state, row.attempts, row.error_code) == ("sent", 1, None)
    assert row.sent_at is not None


def test_many_mails_go_over_one_connection(inbox: Inbox) -> None:
    for number in range(5):
        put_mail(number)
    assert drain_outbox() == Drained(sent=5)
    assert (len(inbox.mails), inbox.connections) == (5, 1)


def test_enqueued_twice_goes_once(inbox: Inbox) -> None:
    assert put_mail() == put_mail()
    assert drain_outbox().sent == 1


def test_no_transaction_is_held_while_the_server_is_talked_to(app: Flask, inbox: Inbox) -> None:
    held: list[int] = []
    put_mail()
    engine = db.engine  # inside the server's thread there is no application
    inbox.rcpt = lambda address: held.append(engine.pool.checkedout())  # type: ignore[attr-defined,func-returns-value]
    drain_outbox()
    assert held == [0]


def test_a_permanent_refusal_is_final_and_the_next_mail_goes(inbox: Inbox) -> None:
    inbox.rcpt = lambda a: "550 5.1.1 user unknown" if a.startswith("thpt-001") else None
    refused, sent = put_mail(1), put_mail(2, to="thpt-002@example.vn")
    assert drain_outbox() == Drained(sent=1, failed=1)
    row = mail_row(refused)
    assert (row.state, row.error_code, row.error_detail) == (
        "failed", "no_such_mailbox", "550 5.1.1 user unknown",
    )  # fmt: skip
    assert mail_row(sent).state == "sent"
    assert inbox.connections == 1


def test_a_temporary_refusal_is_tried_again_later(inbox: Inbox, frozen_clock) -> None:
    inbox.rcpt = lambda address: "452 4.2.2 mailbox full"
    message_id = put_mail()
    waits = []
    for _ in range(6):
        drain_outbox()
        row = mail_row(message_id)
        waits.append(row.next_at - frozen_clock.at)
        assert drain_outbox() == Drained()  # not before its time
        frozen_clock.at = row.next_at
    assert waits == [
        timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6),
        timedelta(days=1), timedelta(0),
    ]  # fmt: skip
    row = mail_row(message_id)
    assert (row.state, row.error_code, row.attempts) == ("failed", "mailbox_full", 6)


def test_a_retry_sends_what_was_written_at_first(inbox: Inbox, frozen_clock) -> None:
    answers = ["451 4.7.1 greylisted"]
    inbox.rcpt = lambda address: answers.pop() if answers else None
    message_id = put_mail()
    drain_outbox()
    assert mail_row(message_id).error_code == "greylisted"
    with unit_of_work():
        row = db.session.get_one(Message, message_id)
        row.context = {**row.context, "text": "khác"}
    frozen_clock.at += timedelta(minutes=5)
    assert drain_outbox().sent == 1
    assert "Sở đã nhận" in inbox.mails[0][1].get_body(("plain",)).get_content()


def test_refused_after_data(inbox: Inbox) -> None:
    inbox.data = lambda number: "554 5.7.1 looks like spam" if number == 1 else None
    first, second = put_mail(1), put_mail(2)
    drain_outbox()
    assert (mail_row(first).state, mail_row(first).error_code) == ("failed", "refused")
    assert mail_row(second).state == "sent"


def test_no_address_is_never_tried(inbox: Inbox) -> None:
    message_id = put_mail(to=None)
    assert drain_outbox() == Drained()
    row = mail_row(message_id)
    assert (row.state, row.error_code) == ("failed", "no_address")


@pytest.mark.parametrize(
    "address", ["a@b@example.vn", "vanthu@", "văn thư@example.vn", "a@example.vn\r\nBcc: b@x.vn"]
)
def test_an_address_that_cannot_be_one_fails_for_good(inbox: Inbox, address: str) -> None:
    message_id = put_mail(to=address)
    drain_outbox()
    assert (mail_row(message_id).state, mail_row(message_id).error_code) == (
        "failed", "bad_address",
    )  # fmt: skip
    assert inbox.mails == []


def test_a_vietnamese_domain_goes_in_punycode(inbox: Inbox) -> None:
    put_mail(to="vanthu@trường.example.vn")
    drain_outbox()
    assert inbox.mails[0][0] == "vanthu@xn--trng-rib8295b.example.vn"


# ---------------------------------------------------------------- our own server fails


def assert_paused(message_id: int, code: str) -> None:
    row = mail_row(message_id)
    assert (row.state, row.error_code, row.attempts) == ("retrying", code, 0)
    assert row.next_at - clock.real_now() == timedelta(minutes=5)
    state = server_state()
    assert (state.code, state.until) == (code, row.next_at)


def test_server_refuses_the_connection(app: Flask, frozen_clock) -> None:
    use_smtp(app, free_port())
    first, second = put_mail(1), put_mail(2)
    assert drain_outbox() == Drained(failed=1, paused=True)
    assert_paused(first, "server_refused")
    assert mail_row(second).state == "queued"  # the others are not blamed
    assert drain_outbox() == Drained(paused=True)


def test_server_accepts_and_says_nothing(app: Flask, frozen_clock) -> None:
    with silent_server() as port:
        use_smtp(app, port)
        message_id = put_mail()
        drain_outbox()
    assert_paused(message_id, "server_silent")


def test_server_is_unknown(app: Flask, frozen_clock) -> None:
    use_smtp(app, 25, mail_server="no-such-host.invalid")
    message_id = put_mail()
    drain_outbox()
    assert_paused(message_id, "server_unknown")


def test_server_comes_back(app: Flask, frozen_clock) -> None:
    use_smtp(app, free_port())
    put_mail(1), put_mail(2)
    drain_outbox()
    frozen_clock.at += timedelta(minutes=5)
    box = Inbox()
    with smtp_server(box) as port:
        use_smtp(app, port)
        assert drain_outbox() == Drained(sent=2)
    assert server_state().code is None


def test_server_without_starttls_gets_no_mail(app: Flask, inbox: Inbox, frozen_clock) -> None:
    use_smtp(app, app.config["SETTINGS"].mail_port, mail_security="starttls")
    message_id = put_mail()
    drain_outbox()
    assert_paused(message_id, "no_tls")
    assert inbox.mails == []


def test_sign_in_refused(app: Flask, frozen_clock) -> None:
    from aiosmtpd.smtp import AuthResult

    box = Inbox()
    no = AuthResult(success=False, handled=False)
    with smtp_server(box, auth_require_tls=False, authenticator=lambda *a: no) as port:
        use_smtp(app, port, mail_username="so", mail_password="sai")  # noqa: S106
        message_id = put_mail()
        drain_outbox()
    assert_paused(message_id, "auth")


# ---------------------------------------------------------------- it dies while sending


@pytest.mark.parametrize("after", [b"MAIL", b"RCPT", b"DATA", b".\r\n"])
def test_server_dies_half_way(app: Flask, frozen_clock, after: bytes) -> None:
    with vanishing_server(after) as port:
        use_smtp(app, port)
        message_id = put_mail()
        assert drain_outbox() == Drained(failed=1)
    row = mail_row(message_id)
    assert (row.state, row.error_code, row.attempts) == ("retrying", "cut_off", 1)
    assert row.next_at == clock.real_now() + timedelta(minutes=5)


def test_three_broken_mails_in_a_row_pause_the_outbox(app: Flask, frozen_clock) -> None:
    with vanishing_server(b"DATA") as port:
        use_smtp(app, port)
        for number in range(5):
            put_mail(number)
        assert drain_outbox() == Drained(failed=3, paused=True)
    assert state_counts() == {"retrying": 3, "queued": 2}


def test_server_closes_in_mid_batch(inbox: Inbox, frozen_clock) -> None:
    inbox.drop_at = lambda verb, number: verb == "MAIL" and number == 2 and inbox.connections == 1
    ids = [put_mail(number) for number in range(4)]
    drain_outbox()
    assert [mail_row(i).state for i in ids] == ["sent", "sent", "retrying", "sent"]
    frozen_clock.at += timedelta(minutes=5)
    drain_outbox()
    assert len(inbox.mails) == 4
    assert len({mail["Message-ID"] for _, mail in inbox.mails}) == 4


def test_connection_closed_between_two_mails_is_opened_again(inbox: Inbox) -> None:
    inbox.drop_at = lambda verb, number: False
    closing = {"after": 2}

    async def close_after_data(server, session, envelope):
        answer = await Inbox.handle_DATA(inbox, server, session, envelope)
        if len(inbox.mails) == closing["after"]:
            server.transport.write(b"250 OK\r\n")
            server.transport.close()
        return answer

    inbox.handle_DATA = close_after_data  # type: ignore[method-assign]
    ids = [put_mail(number) for number in range(4)]
    drain_outbox()
    assert [mail_row(i).state for i in ids] == ["sent"] * 4
    assert (len(inbox.mails), inbox.connections) == (4, 2)


# ---------------------------------------------------------------- several workers, and crashes


@pytest.mark.both_databases
def test_two_workers_send_each_mail_once(app: Flask, inbox: Inbox) -> None:
    for number in range(30):
        put_mail(number, to=f"u{number}@example.vn")
    db.session.remove()

    def work() -> None:
        with app.app_context():
            drain_outbox()
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(recipient for recipient, _ in inbox.mails) == sorted(
        f"u{n}@example.vn" for n in range(30)
    )
    assert inbox.connections > 1
    assert state_counts() == {"sent": 30}


@pytest.mark.both_databases
def test_a_mail_of_a_dead_worker_is_taken_back(app: Flask, inbox: Inbox, frozen_clock) -> None:
    from app.mail.claims import Due

    message_id = put_mail()
    with unit_of_work():
        assert Due().claim(clock.real_now()) == message_id
        assert Due().claim(clock.real_now()) is None
    frozen_clock.at += timedelta(minutes=4)
    assert sweep_outbox() == Drained()  # perhaps it still lives
    frozen_clock.at += timedelta(minutes=2)
    assert sweep_outbox() == Drained(sent=1)
    assert mail_row(message_id).attempts == 2


def test_a_mail_that_kills_its_worker_each_time_is_given_up(app: Flask, frozen_clock) -> None:
    from app.mail.claims import Due, release_lost

    message_id = put_mail()
    for _ in range(6):
        with unit_of_work():
            assert Due().claim(clock.real_now()) == message_id
        frozen_clock.at += timedelta(minutes=6)
        with unit_of_work():
            release_lost(clock.real_now())
    assert (mail_row(message_id).state, mail_row(message_id).error_code) == (
        "failed", "interrupted",
    )  # fmt: skip


@pytest.mark.parametrize("moved", [timedelta(days=-800), timedelta(days=800)])
def test_a_clock_that_was_wrong_holds_nothing_back(inbox: Inbox, frozen_clock, moved) -> None:
    from app.mail.claims import Due

    put_mail(1)
    with unit_of_work():
        Due().claim(clock.real_now())
    put_mail(2)
    frozen_clock.at += moved
    assert sweep_outbox() == Drained(sent=2)


def test_the_outcome_is_noted_when_the_database_was_busy(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import contextmanager

    from app.core.errors import NotStored
    from app.mail import tasks

    message_id = put_mail()
    real, calls = tasks.unit_of_work, []

    @contextmanager
    def busy_at_the_second():
        calls.append(1)
        if len(calls) == 2:
            raise NotStored()
        with real():
            yield

    monkeypatch.setattr(tasks, "unit_of_work", busy_at_the_second)
    monkeypatch.setattr(tasks, "_NOTING_PAUSES", (0.01,))
    drain_outbox()
    assert mail_row(message_id).state == "sent"
    assert len(inbox.mails) == 1


def test_the_rate_of_the_provider_is_kept(app: Flask, inbox: Inbox, frozen_clock) -> None:
    use_smtp(app, app.config["SETTINGS"].mail_port, mail_per_minute=2)
    for number in range(5):
        put_mail(number)
    assert drain_outbox().sent == 2
    assert app.extensions["queue"].huey.pending_count() >= 1  # it will come back
    frozen_clock.at += timedelta(seconds=30)
    assert drain_outbox().sent == 0
    frozen_clock.at += timedelta(seconds=31)
    assert drain_outbox().sent == 2


def test_a_mail_that_cannot_be_written_does_not_stop_the_others(inbox: Inbox) -> None:
    broken = put_mail(1, template="receipt", context={"unit": "X"})
    missing = put_mail(2, template="no-such-template", context={})
    good = put_mail(3)
    drain_outbox()
    assert [mail_row(i).state for i in (broken, missing, good)] == ["failed", "failed", "sent"]
    assert mail_row(broken).error_code == mail_row(missing).error_code == "template"


def test_an_error_of_ours_does_not_stop_the_others(
    app: Flask, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.extensions["attachment_makers"] = {"bad": lambda message: 1 / 0}
    bad = put_mail(1, thing=("bad", 1))
    good = put_mail(2)
    drain_outbox()
    assert (mail_row(bad).state, mail_row(bad).error_code) == ("retrying", "internal")
    assert mail_row(good).state == "sent"


def test_files_made_at_the_first_attempt_are_kept(app: Flask, inbox: Inbox, frozen_clock) -> None:
    made = []

    def letter(message: Message) -> list[tuple[str, str, bytes]]:
        made.append(message.id)
        return [("Giay-moi.pdf", "application/pdf", b"%PDF-1.7 thu")]

    app.extensions["attachment_makers"] = {"invitation": letter}
    answers = ["451 later"]
    inbox.rcpt = lambda address: answers.pop() if answers else None
    put_mail(thing=("invitation", 1))
    drain_outbox()
    frozen_clock.at += timedelta(minutes=5)
    drain_outbox()
    (file,) = inbox.mails[0][1].iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("Giay-moi.pdf", b"%PDF-1.7 thu")
    assert len(made) == 1


def test_in_a_rehearsal_the_moved_clock_neither_holds_mails_nor_shows_the_real_time(
    app: Flask, inbox: Inbox, frozen_clock
) -> None:
    from dataclasses import replace

    app.config["SETTINGS"] = replace(app.config["SETTINGS"], rehearsal=True)
    for number, year in enumerate([2020, 2030]):
        with unit_of_work():
            moved = frozen_clock.at.replace(year=year) - frozen_clock.at
            write_setting("rehearsal_offset", moved.total_seconds())
        clock.forget_now()
        message_id = put_mail(number, now=clock.now())
        with unit_of_work():
            db.session.execute(update(Message).values(claimed_at=None))
        assert drain_outbox().sent == 1
        row = mail_row(message_id)
        assert (row.created_at.year, row.sent_at.year) == (year, year)


# ---------------------------------------------------------------- TLS


@pytest.mark.parametrize(
    ("trusted", "values", "code"),
    [
        (True, {}, None),
        (False, {}, "tls"),
        (True, {"address": "127.0.0.2"}, "tls_name"),
        (True, {"ends": -1}, "tls_expired"),
    ],
)
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_server_s_certificate_is_checked(
    app: Flask,
    frozen_clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    security: str,
    trusted: bool,
    values: dict,
    code: str | None,
) -> None:
    paths = make_certificate(tmp_path, **values)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(paths[0]))
    box = Inbox()
    options = {"tls_context": server_side(paths), "require_starttls": True}
    if security == "tls":
        options = {"ssl_context": server_side(paths)}
    with smtp_server(box, **options) as port:
        use_smtp(app, port, mail_security=security)
        message_id = put_mail()
        drain_outbox()
    if code is None:
        assert mail_row(message_id).state == "sent"
    else:
        assert_paused(message_id, code)
    assert len(box.mails) == (code is None)


def test_tls_on_a_port_that_speaks_none(app: Flask, inbox: Inbox, frozen_clock) -> None:
    use_smtp(app, app.config["SETTINGS"].mail_port, mail_security="tls")
    message_id = put_mail()
    drain_outbox()
    assert_paused(message_id, "no_tls")


# ---------------------------------------------------------------- it falls silent


@pytest.mark.parametrize("at", [b"MAIL", b"RCPT", b"DATA", b".\r\n"])
def test_server_falls_silent_half_way(app: Flask, frozen_clock, at: bytes) -> None:
    with vanishing_server(at, silent=True) as port:
        use_smtp(app, port)
        message_id = put_mail()
        assert drain_outbox() == Drained(failed=1)
    row = mail_row(message_id)
    assert (row.state, row.error_code, row.attempts) == ("retrying", "no_answer", 1)


def test_the_password_and_the_text_stay_out_of_logs(
    app: Flask, frozen_clock, caplog: pytest.LogCaptureFixture
) -> None:
    from aiosmtpd.smtp import AuthResult

    no = AuthResult(success=False, handled=False)
    with smtp_server(Inbox(), auth_require_tls=False, authenticator=lambda *a: no) as port:
        use_smtp(app, port, mail_username="so", mail_password="rat-bi-mat")  # noqa: S106
        message_id = put_mail()
        drain_outbox()
    told = caplog.text + repr(app.config["SETTINGS"]) + (mail_row(message_id).error_detail or "")
    told += "".join(str(vars(record)) for record in caplog.records)
    assert "mail not sent" in told
    assert "rat-bi-mat" not in told
    assert "thpt-001@example.vn" not in told


# ---------------------------------------------------------------- DKIM


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """→ (the key's file, the DNS record that belongs to it)"""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    path = tmp_path_factory.mktemp("dkim") / "dkim.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return path, b"v=DKIM1; k=rsa; p=" + b64encode(public)


def test_a_signature_that_receivers_can_verify(app: Flask, inbox: Inbox, signing_key) -> None:
    path, record = signing_key
    use_smtp(
        app, app.config["SETTINGS"].mail_port,
        dkim_selector="s2024", dkim_domain="example.vn", dkim_key_file=str(path),
    )  # fmt: skip
    put_mail()
    drain_outbox()
    (raw,) = inbox.raw
    asked = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record

    assert dkim.verify(raw, dnsfunc=dns, minkey=1024)
    assert asked == [b"s2024._domainkey.example.vn."]
    assert not dkim.verify(raw.replace(b"nh=E1=BA=ADn", b"nh=E1=BA=ADm"), dnsfunc=dns)
    assert not dkim.verify(raw.replace(b"To: ", b"To: x"), dnsfunc=dns)
    assert raw.count(b"DKIM-Signature:") == 1


def test_without_a_selector_nothing_is_signed(inbox: Inbox) -> None:
    put_mail()
    drain_outbox()
    assert inbox.mails[0][1]["DKIM-Signature"] is None


@pytest.mark.parametrize("content", [b"", b"-----BEGIN RSA " + b"PRIVATE KEY-----\nbi-mat\n", None])
def test_a_key_that_cannot_be_used_pauses_the_outbox(
    app: Flask, inbox: Inbox, frozen_clock, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "dkim.pem"
    if content is not None:
        path.write_bytes(content)
    use_smtp(
        app, app.config["SETTINGS"].mail_port,
        dkim_selector="s", dkim_domain="example.vn", dkim_key_file=str(path),
    )  # fmt: skip
    message_id = put_mail()
    drain_outbox()
    assert_paused(message_id, "dkim")
    assert "bi-mat" not in (mail_row(message_id).error_detail or "")
    assert inbox.mails == []
