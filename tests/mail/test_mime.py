"""A mail on the wire, read back by Python's own parser."""

from __future__ import annotations

import email
import email.header
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.mail.mime import Outgoing, OutgoingFile, build, http_disposition, wire_address
from app.mail.smtp_errors import TransportError

MAIL = Outgoing(
    id=1,
    recipient="thpt-001@example.vn",
    recipient_name="Trường THPT Số Một",
    message_id="<abc@example.vn>",
    subject="Tập huấn đánh giá, công nhận…: Đã nhận đăng ký của Trường THPT Lê Quý Đôn",
    text="Sở đã nhận.\n",
    html="<p>Sở đã nhận.</p>\n",
)
SENDER = ("Sở GDĐT Hải Phòng", "dangky@example.vn")
WORDS = st.text("aăâđeêioôơuưyạảãấầẩẫậốồổỗộ nghtm.,“”()-…", min_size=1, max_size=70)


def decoded(header: str) -> str:
    """As most mail programs read it. (Python's newer parser joins split names with a space.)"""
    return str(email.header.make_header(email.header.decode_header(header)))


def raw_headers(mail: Outgoing) -> email.message.Message:
    return email.message_from_bytes(build(mail, sender=SENDER, reply_to="").as_bytes())


def sent(mail: Outgoing, reply_to: str = "") -> EmailMessage:
    raw = build(mail, sender=SENDER, reply_to=reply_to).as_bytes()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()
    parsed = email.message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def test_headers(app: Flask) -> None:
    mail = sent(MAIL, reply_to="gdtx@example.vn")
    assert mail["Subject"] == MAIL.subject
    assert mail["To"] == "Trường THPT Số Một <thpt-001@example.vn>"
    assert mail["From"] == "Sở GDĐT Hải Phòng <dangky@example.vn>"
    assert mail["Reply-To"].addresses[0].addr_spec == "gdtx@example.vn"
    assert mail.get_all("Message-ID") == ["<abc@example.vn>"]
    assert mail["Auto-Submitted"] == "auto-generated"


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=WORDS, name=WORDS)
def test_no_letter_or_space_of_a_header_is_lost(app: Flask, subject: str, name: str) -> None:
    subject, name = " ".join(subject.split()), " ".join(name.split())
    mail = replace(MAIL, subject=subject, recipient_name=name)
    assert sent(mail)["Subject"] == (subject or "-")
    shown, address = parseaddr(raw_headers(mail)["To"])
    assert (decoded(shown), address) == (name, MAIL.recipient)


def test_long_names_of_units(app: Flask) -> None:
    name = "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên huyện Vĩnh Bảo, “cơ sở 2”"
    shown, _ = parseaddr(raw_headers(replace(MAIL, recipient_name=name))["To"])
    assert decoded(shown) == name


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Giay-moi.pdf", "Giay-moi.pdf"),
        ("Giấy mời Phạm Thu Hiên.pdf", "Giấy mời Phạm Thu Hiên.pdf"),
        ("Đơn “thử”; tên=lạ.pdf", "Đơn “thử”; tên=lạ.pdf"),
        ("ạ" * 180 + ".pdf", "ạ" * 96 + ".pdf"),
    ],
)
def test_file_names(app: Flask, name: str, read: str) -> None:
    with_file = replace(MAIL, files=[OutgoingFile(name, "application/pdf", b"%PDF thu")])
    (file,) = sent(with_file).iter_attachments()
    assert (file.get_filename(), file.get_content(), file.get_content_type()) == (
        read, b"%PDF thu", "application/pdf",
    )  # fmt: skip
    *_, part = raw_headers(with_file).walk()
    assert decoded(part.get_param("name")) == read  # type: ignore[arg-type]


def test_an_attachment_s_headers_letter_by_letter(app: Flask) -> None:
    """By hand: what Outlook, Gmail, and a reader that knows neither RFC each look for."""
    files = [OutgoingFile("Giấy mời Đỗ.pdf", "application/pdf", b"thu")]
    raw = build(replace(MAIL, files=files), sender=SENDER, reply_to="").as_bytes()
    part = raw.split(b"\r\n--")[-2].split(b"\r\n", 1)[1]  # beneath the last boundary
    head = part.split(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").split(b"\r\n")
    assert sorted(head) == [
        b"Content-Disposition: attachment; filename*=utf-8''Gi%E1%BA%A5y%20m%E1%BB%9Di%20"
        b'%C4%90%E1%BB%97.pdf; filename="Giay moi Do.pdf"',
        b"Content-Transfer-Encoding: base64",
        b'Content-Type: application/pdf; name="=?utf-8?b?R2nhuqV5IG3hu51pIMSQ4buXLnBkZg==?="',
        b"MIME-Version: 1.0",
    ]


def test_a_reader_without_rfc_2231_gets_a_name_it_can_show(app: Flask) -> None:
    files = [OutgoingFile("Giấy mời Đỗ.pdf", "application/pdf", b"thu")]
    *_, part = raw_headers(replace(MAIL, files=files)).walk()
    assert part.get_param("filename", header="content-disposition") == "Giay moi Do.pdf"


def test_a_file_s_type_keeps_its_parameters(app: Flask) -> None:
    kind = "text/calendar; method=PUBLISH; charset=utf-8"
    files = [OutgoingFile("tap-huan.ics", kind, b"BEGIN:VCALENDAR\r\n")]
    (file,) = sent(replace(MAIL, files=files)).iter_attachments()
    assert file.get_content_type() == "text/calendar"
    assert dict(file["Content-Type"].params) == {
        "method": "PUBLISH", "charset": "utf-8", "name": "tap-huan.ics",
    }  # fmt: skip
    assert file.get_filename() == "tap-huan.ics"


def test_one_of_each_header_and_none_for_mailing_lists(app: Flask) -> None:
    mail = sent(MAIL, reply_to="gdtx@example.vn")
    for name in ("Message-ID", "Date", "From", "To", "Subject", "Reply-To", "Auto-Submitted",
                 "MIME-Version"):  # fmt: skip
        assert len(mail.get_all(name) or ()) == 1, name
    assert abs((mail["Date"].datetime - datetime.now(UTC)).total_seconds()) < 60
    assert not [name for name in mail if name.lower().startswith(("list-", "precedence"))]


def test_names_that_turn_the_reading_direction_are_shown_as_they_are(app: Flask) -> None:
    mail = replace(
        MAIL,
        subject="Giấy\u202e mời",
        recipient_name="Trường\u200b A\u2066",
        files=[OutgoingFile("Giay-moi\u202efdp.exe", "application/pdf", b"thu")],
    )
    read = sent(mail)
    (file,) = read.iter_attachments()
    assert read["Subject"] == "Giấy mời"
    assert read["To"].addresses[0].display_name == "Trường A"
    assert file.get_filename() == "Giay-moifdp.exe"


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("vanthu@trường.example.vn", "vanthu@xn--trng-rib8295b.example.vn"),
        ("vanthu@sở-gd.example.vn", "vanthu@xn--s-gd-0z5a.example.vn"),
        ('"vanthu"@example.vn', "vanthu@example.vn"),
        ("van.thu+tap-huan@example.vn", "van.thu+tap-huan@example.vn"),
        ("o'neil@example.vn", "o'neil@example.vn"),
        ("  vanthu@example.vn", None),
        ('"văn thư"@example.vn', None),
        ('"van thu"@example.vn', None),
        ('"a> RCPT TO:<b"@example.vn', None),
        ("văn.thư@example.vn", None),
        ("Trường <vanthu@example.vn>", None),
        ("vanthu@example.vn,khac@example.vn", None),
        ("vanthu@[127.0.0.1]", None),
    ],
)
def test_addresses_on_the_wire(address: str, wire: str | None) -> None:
    if wire is not None:
        assert wire_address(address) == wire
        return
    with pytest.raises(TransportError) as refused:
        wire_address(address)
    assert (refused.value.code, refused.value.permanent) == ("bad_address", True)


@pytest.mark.parametrize(
    "name", ['Trường "A"', "Trường <A>, B; C", 'x" <a@example.vn>, "y', "A\\B"]
)
def test_quotes_in_a_name_make_no_second_recipient(app: Flask, name: str) -> None:
    mail = sent(replace(MAIL, recipient_name=name))
    (address,) = mail["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, MAIL.recipient)


def test_an_old_browser_gets_the_name_without_marks() -> None:
    assert http_disposition("Giấy mời Đỗ Thuỷ.pdf").startswith(
        "attachment; filename=\"Giay moi Do Thuy.pdf\"; filename*=utf-8''Gi"
    )


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\x00", "\x85", "\u2028"])
@pytest.mark.parametrize("where", ["subject", "message_id", "file"])
def test_a_line_break_in_a_header_is_refused(app: Flask, where: str, break_: str) -> None:
    bad = f"Biên nhận{break_}Bcc: a@example.vn"
    mail = (
        replace(MAIL, files=[OutgoingFile(bad, "application/pdf", b"x")])
        if where == "file"
        else replace(MAIL, **{where: bad})
    )
    with pytest.raises(TransportError) as refused:
        sent(mail)
    assert (refused.value.code, refused.value.permanent) == ("bad_header", True)


def test_a_line_break_in_a_name_becomes_a_space(app: Flask) -> None:
    mail = sent(replace(MAIL, recipient_name="Trường\r\nBcc: a@example.vn"))
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].display_name == "Trường Bcc: a@example.vn"


def test_a_line_break_in_an_address_is_refused(app: Flask) -> None:
    with pytest.raises(TransportError) as refused:
        sent(replace(MAIL, recipient="a@example.vn\nBcc: b@example.vn"))
    assert refused.value.code == "bad_address"
