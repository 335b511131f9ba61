"""PAdES on each letter, checked with pyHanko's own validator against a CA made here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pdfplumber
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from flask import Flask
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select

from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.events.models import Event
from app.extensions import db
from app.invitations import approvals, signing
from app.invitations.letter_files import outgoing_pdf, real_file
from app.invitations.models import Approval, Invitation, LetterFile
from app.invitations.numbering import set_number
from app.invitations.services import letter_attachments, send_letters
from app.mail.models import Message
from tests.conftest import FrozenClock
from tests.factories.events import DESK, make_event
from tests.factories.registration import IN_TIME, fill

PASSWORD = "mật khẩu thử"
OWNER = "Sở Giáo dục thử"
BEGIN, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2034, 1, 1, tzinfo=UTC)


def make_p12(directory: Path, *, begins: datetime = BEGIN, ends: datetime = END) -> Path:
    """A CA (ca.pem) and a certificate of it with its key (sign.p12)."""
    ca_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA thử")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, OWNER)])
    ca = (
        x509.CertificateBuilder(ca_name, ca_name, ca_key.public_key(), 1)
        .not_valid_before(BEGIN - timedelta(days=9000)).not_valid_after(END)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), False)
        .sign(ca_key, hashes.SHA256())
    )  # fmt: skip
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
         "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    mine = (
        x509.CertificateBuilder(ca_name, name, key.public_key(), 2)
        .not_valid_before(begins).not_valid_after(ends)
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True
        )
        .sign(ca_key, hashes.SHA256())
    )  # fmt: skip
    (directory / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    file = directory / "sign.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"sign", key, mine, [ca], BestAvailableEncryption(PASSWORD.encode())
        )
    )
    return file


@pytest.fixture
def seal(app: Flask, tmp_path: Path) -> Path:
    file = make_p12(tmp_path)
    use(app, file)
    return tmp_path


def use(app: Flask, file: Path, password: str = PASSWORD) -> None:
    app.config["SETTINGS"] = replace(
        app.config["SETTINGS"], signing_p12_file=str(file), signing_p12_password=password
    )


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    event = make_event(seats=3, units=3)
    with unit_of_work():
        db.session.get_one(Event, event.id).delivery = {"approval": True}
    fill(event, 3)
    with unit_of_work():
        key = approvals.submit(event, by=DESK, now=IN_TIME).id
    with unit_of_work():
        one = db.session.get_one(Approval, key)
        approvals.approve(one, mark=one.digest, by=DESK, now=IN_TIME)
    return event


def number(event: Event, text: str = "214") -> None:
    with unit_of_work():
        set_number(event, text, IN_TIME.date(), by=DESK, now=IN_TIME)


def ask(event: Event) -> int:
    with unit_of_work():
        return signing.ask_signing(event, by=DESK, now=IN_TIME)


def letters() -> list[Invitation]:
    return list(db.session.scalars(
        select(Invitation).order_by(Invitation.id).execution_options(populate_existing=True)
    ))  # fmt: skip


def verdict(pdf: bytes, directory: Path) -> object:
    roots = [load_cert_from_pemder(str(directory / "ca.pem"))]
    context = ValidationContext(trust_roots=roots, moment=datetime(2024, 2, 26, 3, tzinfo=UTC))
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    return validate_pdf_signature(signature, context)


@pytest.mark.both_databases
def test_every_ready_letter_is_signed_and_the_signature_holds(event: Event, seal: Path) -> None:
    number(event)
    assert ask(event) == 3
    assert signing.sign_waiting() == 3
    for letter in letters():
        file = real_file(letter)
        assert file is not None and file.kind == "digitally_signed"
        status = verdict(outgoing_pdf(letter), seal)
        assert status.bottom_line and status.intact and status.trusted  # type: ignore[attr-defined]
    assert db.session.get_one(Event, event.id).delivery == {"approval": True, "numbers": "common"}
    assert signing.sign_waiting() == 0


def test_the_block_says_who_when_and_why_between_title_and_name(event: Event, seal: Path) -> None:
    number(event)
    ask(event)
    signing.sign_waiting()
    pdf = outgoing_pdf(letters()[0])
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.self_reported_timestamp == datetime(2024, 2, 26, 2, 0, tzinfo=UTC)
    with pdfplumber.open(BytesIO(pdf)) as opened:
        page = opened.pages[0]
        field = page.annots[0]
        title = [one for one in page.extract_words() if one["text"] == "ĐỐC"][-1]
        names = [one for one in page.extract_words() if one["top"] > field["bottom"]]
    assert title["bottom"] <= field["top"] <= title["bottom"] + 12
    assert (field["x0"] + field["x1"]) / 2 == pytest.approx(150 / 25.4 * 72, abs=2)
    assert all(one["top"] >= field["bottom"] for one in names)
    stamp = PdfFileReader(BytesIO(pdf)).root["/AcroForm"]["/Fields"][0]["/AP"]["/N"]
    assert stamp["/Resources"]["/XObject"]


def test_a_changed_byte_is_seen(event: Event, seal: Path) -> None:
    number(event)
    ask(event)
    signing.sign_waiting()
    pdf = bytearray(outgoing_pdf(letters()[0]))
    at = pdf.index(b"/Producer") if b"/Producer" in pdf else pdf.index(b"stream") + 20
    pdf[at + 12] ^= 1
    assert not verdict(bytes(pdf), seal).intact  # type: ignore[attr-defined]


def test_the_signed_file_is_what_is_sent_until_the_number_changes(event: Event, seal: Path) -> None:
    number(event)
    ask(event)
    signing.sign_waiting()
    signed = [outgoing_pdf(one) for one in letters()]
    number(event, "215")
    assert real_file(letters()[0]) is None
    ask(event)
    signing.sign_waiting()
    assert outgoing_pdf(letters()[0]) != signed[0]
    with unit_of_work():
        send_letters(db.session.get_one(Event, event.id), None, by=DESK, now=IN_TIME)
    message = db.session.scalars(select(Message).where(Message.thing_type == "invitation")).first()
    assert message is not None
    sent = letter_attachments(message)[0][2]
    assert verdict(sent, seal).bottom_line  # type: ignore[attr-defined]


def refusal(event: Event) -> str:
    with pytest.raises(signing.SigningRefused) as told:
        ask(event)
    return str(told.value)


def test_what_cannot_sign_is_said(app: Flask, event: Event, tmp_path: Path) -> None:
    number(event)
    assert "chưa có tệp chứng thư số" in refusal(event)
    use(app, tmp_path / "missing.p12")
    assert "Không mở được tệp chứng thư số" in refusal(event)
    file = make_p12(tmp_path)
    use(app, file, "sai")
    assert "Mật khẩu của tệp chứng thư số không đúng" in refusal(event)
    use(app, make_p12(tmp_path, begins=BEGIN - timedelta(days=800), ends=BEGIN))
    assert "đã hết hạn lúc 01/01/2024 07:00" in refusal(event)
    use(app, make_p12(tmp_path, begins=BEGIN + timedelta(days=366)))
    assert "chưa có hiệu lực" in refusal(event)
    assert db.session.scalars(select(LetterFile)).all() == []


def test_a_file_that_fails_in_the_worker_is_told_at_the_desk(
    app: Flask, event: Event, seal: Path
) -> None:
    number(event)
    ask(event)
    use(app, seal / "sign.p12", "sai")
    assert signing.sign_waiting() == 0
    kept = db.session.get_one(Event, event.id).delivery
    assert "Mật khẩu" in kept["signing_refused"] and "signing" not in kept


def test_letters_without_a_number_are_not_signed(event: Event, seal: Path) -> None:
    with pytest.raises(DomainError, match="cần có số và ngày"):
        ask(event)
