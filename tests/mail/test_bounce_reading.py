"""What foreign mails are: the reports of each kind of server, people's answers, and bombs."""

from __future__ import annotations

import time

import pytest

from app.mail.bounce_reading import MOST_BYTES, Report, read_reports
from app.mail.reasons import REASONS
from tests.factories import bounces
from tests.factories.bounces import OUR_ID, TO, delivery_status


def read(raw: bytes) -> Report:
    (report,) = read_reports([raw])
    return report


CASES = [
    ("postfix", delivery_status(), "permanent", "5.1.1", "no_such_mailbox"),
    (
        "gmail",
        delivery_status(
            status="5.2.2", diagnostic="smtp; 552-5.2.2 The recipient's inbox is out of storage"
        ),
        "permanent", "5.2.2", "mailbox_full",
    ),
    (
        "headers only",
        delivery_status(original="text/rfc822-headers", status="5.0.0"),
        "permanent", "5.1.1", "no_such_mailbox",
    ),
    (
        "blocked",
        delivery_status(status="5.7.1", diagnostic="smtp; 554 5.7.1 rejected by policy"),
        "permanent", "5.7.1", "refused",
    ),
    (
        "domain",
        delivery_status(status="5.4.4", diagnostic="X-Postfix; Host or domain name not found"),
        "permanent", "5.4.4", "domain_unknown",
    ),
    (
        "given up",
        delivery_status(status="4.4.7", diagnostic="smtp; delivery time expired"),
        "permanent", "4.4.7", "expired",
    ),
    (
        "delay",
        delivery_status(action="delayed", status="4.4.1", diagnostic="smtp; 451 try later"),
        "temporary", "4.4.1", "",
    ),
    (
        "delivered",
        delivery_status(action="delivered", status="2.0.0", diagnostic="smtp; 250 2.0.0 Ok"),
        "none", "2.0.0", "",
    ),
    ("qmail", bounces.qmail(), "permanent", "5.1.1", "no_such_mailbox"),
    ("exim", bounces.exim(), "permanent", "", "mailbox_full"),
    ("exim delay", bounces.exim_delay(), "temporary", "", ""),
    ("exchange", bounces.exchange(), "permanent", "5.1.10", "domain_unknown"),
    ("vietnamese", bounces.vietnamese(), "permanent", "", "mailbox_full"),
    ("automatic", bounces.automatic(), "auto_reply", "", ""),
    ("person", bounces.from_person(), "none", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw", "kind", "status", "reason"), CASES)
def test_what_servers_write(name: str, raw: bytes, kind: str, status: str, reason: str) -> None:
    report = read(raw)
    assert (report.kind, report.status) == (kind, status)
    assert report.ids == (OUR_ID,)
    if kind == "permanent":
        assert report.recipient == TO
        assert report.reason == reason
        assert report.reason in REASONS
        assert report.detail


def test_an_automatic_answer_keeps_no_more_than_its_subject() -> None:
    assert read(bounces.automatic()).detail == "Trả lời tự động: đi công tác"


def test_a_person_s_answer_through_a_system_is_no_report() -> None:
    raw = bounces.from_person().replace(b"Subject:", b"Return-Path: <>\r\nSubject:")
    assert read(raw).kind == "none"


def test_the_free_text_s_words_are_found() -> None:
    assert "đã đầy" in read(bounces.vietnamese()).detail
    assert "no mailbox here" in read(bounces.qmail()).detail


def test_a_report_that_says_nothing() -> None:
    raw = f"From: MAILER-DAEMON@x.example.vn\r\nSubject: ?\r\n\r\n{OUR_ID}\r\n".encode()
    assert read(raw).kind == "unknown"


def test_an_original_cut_off_by_the_limit_is_still_known() -> None:
    raw = delivery_status(letter=b"%PDF" * 200_000)
    assert len(raw) > MOST_BYTES
    assert (read(raw).kind, read(raw).ids) == ("permanent", (OUR_ID,))


def test_the_worst_of_several_recipients_counts() -> None:
    one = delivery_status(action="delayed", status="4.4.1")
    group = b"\r\nFinal-Recipient: rfc822; b@example.vn\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    raw = one.replace(b"\r\n\r\n--frontier\r\nContent-Type: message/rfc822",
                      b"\r\n" + group + b"--frontier\r\nContent-Type: message/rfc822")  # fmt: skip
    assert (read(raw).kind, read(raw).recipient) == ("permanent", "b@example.vn")


def test_our_own_mail_in_the_mailbox_is_no_report() -> None:
    raw = (
        f"From: dangky@example.vn\r\nMessage-ID: {OUR_ID}\r\nAuto-Submitted: auto-generated\r\n"
        f"Subject: Giay moi\r\n\r\nKinh gui {OUR_ID}"
    ).encode()
    assert read(raw).kind == "none"


# ---------------------------------------------------------------- harm


def nested(depth: int) -> bytes:
    raw = b"From: MAILER-DAEMON@x.example.vn\r\n"
    for number in range(depth):
        raw += (
            f'Content-Type: multipart/mixed; boundary="b{number}"\r\n\r\n--b{number}\r\n'.encode()
        )
    return raw + b"\r\nx"


HEAD = b"From: MAILER-DAEMON@x.example.vn\r\nSubject: failure notice\r\n"
FLAT = b'Content-Type: multipart/report; report-type=delivery-status; boundary="a"\r\n\r\n'
STATUS_PART = b"--a\r\nContent-Type: message/delivery-status\r\n\r\n"
BOMBS = {
    "nested": nested(5_000),
    "nested with one boundary": HEAD + b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n'
    + b"--a\r\nContent-Type: message/rfc822\r\n\r\n" * 5_000,
    "100,000 parts": HEAD + FLAT + b"--a\r\n\r\nx\r\n" * 100_000,
    "100,000 groups": HEAD + FLAT + STATUS_PART + b"Action: failed\r\n\r\n" * 100_000,
    "giant header": HEAD + b"X-Long: " + b"a" * 5_000_000 + b"\r\n\r\nx",
    "many headers": HEAD + b"X: y\r\n" * 100_000 + b"\r\nx",
    "folded header": HEAD + b"References: " + b"<a@b>\r\n " * 100_000 + b"\r\n\r\nx",
    "dashes": HEAD + b"\r\n" + b"-" * 5_000_000,
    "brackets": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * 5_000_000,
    "one word": HEAD + b"\r\n" + b"a" * 5_000_000 + b"@",
    "reply words": HEAD + b"\r\n" + b"said: " * 100_000,
    "encoded subject": b"From: MAILER-DAEMON@x.example.vn\r\nSubject: "
    + b"=?utf-8?q?a?=" * 20_000 + b"\r\n\r\nx",
    "unknown charset": HEAD + b"Content-Type: text/plain; charset=nobody\r\n\r\n\xff\xfe",
    "zero bytes": b"\x00" * 100_000,
    "empty": b"",
    "bad base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=" * 100_001,
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_harms_nobody_and_the_next_report_is_read(name: str) -> None:
    started = time.perf_counter()
    bomb, after = read_reports([BOMBS[name], delivery_status()])
    assert time.perf_counter() - started < 8
    assert bomb.kind in {"unreadable", "none", "unknown", "permanent"}
    assert bomb.ids == ()  # whatever it seems to be, it is about no mail of ours
    assert after.kind == "permanent"
    assert len(bomb.key) == 64


def test_a_reader_that_dies_takes_only_that_mail_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.mail import bounce_reading

    real, asked = bounce_reading._ask_child, []

    def dying(mails):
        asked.append(len(mails))
        answers = real(mails)
        return answers[:1] if len(asked) == 1 else answers

    monkeypatch.setattr(bounce_reading, "_ask_child", dying)
    reports = read_reports([delivery_status(number=number) for number in range(3)])
    assert [one.kind for one in reports] == ["permanent", "unreadable", "permanent"]
    assert asked == [3, 1]


def test_what_a_report_says_is_cut_and_cleaned() -> None:
    raw = delivery_status(diagnostic="smtp; 550 5.1.1 " + "x\x07\x1b[31m" * 300)
    report = read(raw)
    assert len(report.detail) <= 500
    assert "\x1b" not in report.detail
