"""A mail on the wire, read back by Python's own parser."""

from __future__ import annotations

import email
import email.header
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.mail.mime import Outgoing, OutgoingFile, build, http_disposition
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


def test_an_old_browser_gets_the_name_without_marks() -> None:
    assert http_disposition("Giấy mời Đỗ Thuỷ.pdf").startswith(
        "attachment; filename=\"Giay moi Do Thuy.pdf\"; filename*=utf-8''Gi"
    )


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r", "\x00", "\u2028"])
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
