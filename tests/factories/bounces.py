"""Delivery reports and automatic answers as mail servers write them, about one mail of ours."""

from __future__ import annotations

from base64 import b64encode
from textwrap import dedent

TO = "thpt-001@example.vn"
OUR_ID = "<0123456789abcdef0123456789abcdef@example.vn>"


def _mail(head: str, body: str, number: int) -> bytes:
    head = dedent(head).strip("\n")
    text = f"Message-ID: <report-{number}@mx.example.vn>\nTo: dangky@example.vn\n{head}\n\n{body}"
    return text.encode().replace(b"\n", b"\r\n")


def delivery_status(
    our_id: str = OUR_ID,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 user unknown",
    to: str = TO,
    number: int = 1,
    original: str = "message/rfc822",
    letter: bytes = b"",
) -> bytes:
    """RFC 3464, as Postfix and Gmail write it. ``letter``: what hangs on the original."""
    body = dedent(f"""\
        This is a MIME-encapsulated message.

        --frontier
        Content-Type: text/plain; charset=us-ascii

        I'm sorry to have to inform you that your message could not be delivered.

        --frontier
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.vn
        Arrival-Date: Mon, 26 Feb 2024 09:00:00 +0700

        Final-Recipient: rfc822; {to}
        Original-Recipient: rfc822;{to}
        Action: {action}
        Status: {status}
        Diagnostic-Code: {diagnostic}

        --frontier
        Content-Type: {original}

        From: dangky@example.vn
        To: {to}
        Message-ID: {our_id}
        Subject: Giay moi

        """)
    body += f"Kinh gui\n{b64encode(letter).decode()}\n--frontier--\n"
    head = """
        From: MAILER-DAEMON@mx.example.vn (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="frontier"
        """
    return _mail(head, body, number)


def qmail(our_id: str = OUR_ID, *, number: int = 1) -> bytes:
    body = dedent(f"""\
        Hi. This is the qmail-send program at mx.example.vn.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <{TO}>:
        Sorry, no mailbox here by that name. (#5.1.1)

        --- Below this line is a copy of the message.

        Return-Path: <dangky@example.vn>
        Message-ID: {our_id}
        Subject: tam thoi chua, will retry, 4.2.2
        """)
    return _mail("From: MAILER-DAEMON@mx.example.vn\nSubject: failure notice", body, number)


def exim(our_id: str = OUR_ID, *, number: int = 1) -> bytes:
    body = dedent(f"""\
        This message was created automatically by mail delivery software.

        A message that you sent could not be delivered to one or more of its
        recipients. This is a permanent error. The following address(es) failed:

          {TO}
            host mx.example.vn [192.0.2.7]
            SMTP error from remote mail server after RCPT TO:<{TO}>:
            552 mailbox over quota

        ------ This is a copy of the message, including all the headers. ------

        Return-path: <dangky@example.vn>
        Message-Id: {our_id}
        """)
    head = f"""
        From: Mail Delivery System <Mailer-Daemon@mx.example.vn>
        X-Failed-Recipients: {TO}
        Auto-Submitted: auto-replied
        Subject: Mail delivery failed: returning message to sender
        """
    return _mail(head, body, number)


def exim_delay(our_id: str = OUR_ID, *, number: int = 1) -> bytes:
    body = dedent(f"""\
        This message was created automatically by mail delivery software.
        A message that you sent has not yet been delivered to one or more of its
        recipients after more than 24 hours on the queue on mx.example.vn.

        The message identifier is: {our_id}
        No action is required on your part. Delivery attempts will continue for some time.
        """)
    head = """
        From: Mail Delivery System <Mailer-Daemon@mx.example.vn>
        Auto-Submitted: auto-replied
        Subject: Warning: message delayed 24 hours
        """
    return _mail(head, body, number)


def exchange(our_id: str = OUR_ID, *, number: int = 1) -> bytes:
    """Outlook's page for people: HTML in base64, our mail named by In-Reply-To alone."""
    page = (
        "<html><body><p>Your message to <b>thpt-001@example.vn</b> couldn't be delivered.</p>"
        "<p>thpt-001 wasn't found at example.vn.</p><p>Diagnostic information for administrators:"
        "</p>#550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address "
        "lookup ##</body></html>"
    )
    head = f"""
        From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@so.example.vn>
        Subject: Undeliverable: Giay moi
        In-Reply-To: {our_id}
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: base64
        """
    return _mail(head, b64encode(page.encode()).decode(), number)


def vietnamese(our_id: str = OUR_ID, *, number: int = 1) -> bytes:
    text = dedent(f"""\
        Kính gửi Quý khách,

        Hệ thống không gửi được thư của Quý khách tới địa chỉ {TO}.
        Lý do: hộp thư người nhận đã đầy.

        ----- Thư gốc -----
        Message-ID: {our_id}
        """)
    head = """
        From: =?utf-8?b?SOG7hyB0aOG7kW5nIHRoxrA=?= <postmaster@mail.example.vn>
        Subject: =?utf-8?b?VGjDtG5nIGLDoW8ga2jDtG5nIGfhu61pIMSRxrDhu6NjIHRoxrA=?=
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: base64
        """
    return _mail(head, b64encode(text.encode()).decode(), number)


def automatic(our_id: str = OUR_ID, *, number: int = 1) -> bytes:
    head = f"""
        From: Van thu <{TO}>
        Subject: =?utf-8?b?VHLhuqMgbOG7nWkgdOG7sSDEkeG7mW5nOiDEkWkgY8O0bmcgdMOhYw==?=
        In-Reply-To: {our_id}
        Auto-Submitted: auto-replied
        Return-Path: <>
        """
    return _mail(head, "Toi di cong tac, 550 5.1.1 la so dien thoai.", number)


def from_person(our_id: str = OUR_ID, *, number: int = 1) -> bytes:
    """A reply by somebody who could not do something: no report at all."""
    head = f"""
        From: Van thu <{TO}>
        Subject: Re: khong gui duoc; =?utf-8?b?a2jDtG5nIGfhu61pIMSRxrDhu6Nj?= phieu
        In-Reply-To: {our_id}
        """
    return _mail(head, "Toi khong gui duoc phieu, bao loi 550 5.1.1 user unknown", number)
