"""The department's digital signature on each letter (PAdES), with a PKCS#12 named by the settings.

Key and password are never stored: the settings name a file on the server. The desk asks, the
worker signs a few letters at a time; what a crash left is found again, because what is to be
signed is read from the letters themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit.services import record
from app.core import clock
from app.core.access import Actor
from app.core.database import after_commit, unit_of_work
from app.core.errors import DomainError
from app.core.filters import date_time
from app.events.models import Event
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.letter_files import DIGITAL, ONE, keep_file
from app.invitations.letters import from_content, letters_pdf
from app.invitations.models import Invitation, LetterFile
from app.invitations.rules import LetterState
from app.mail.queue import current_queue
from app.printing.pages_apart import pages_apart
from app.printing.signed_pdf import sign_pdf, signature_block, signer_of, spot_below

TASK = "sign_letters"
SWEEP = "sweep_signing"
AT_ONCE = 10  # letters signed between two commits
WAITING, REFUSED = "signing", "signing_refused"


class SigningRefused(DomainError):
    """No signature can be made; the sentence says what to mend."""

    status = 422


@dataclass(frozen=True)
class Seal:
    """Key and certificates ready to sign; ``owner``: whom the certificate names."""

    signer: Any
    owner: str
    valid_until: datetime


def is_set_up() -> bool:
    return bool(current_app.config["SETTINGS"].signing_p12_file)


def load_seal() -> Seal:
    """The PKCS#12 of the settings. Raises SigningRefused: not set, not there, wrong password, not
    a signing file, not valid today."""
    settings = current_app.config["SETTINGS"]
    if not settings.signing_p12_file:
        raise SigningRefused(_l("Máy chủ chưa có tệp chứng thư số. Hãy hỏi người quản trị."))
    try:
        with open(settings.signing_p12_file, "rb") as file:
            content = file.read()
    except OSError as error:
        current_app.logger.error("signing file: %s", type(error).__name__)
        raise SigningRefused(
            _l("Không mở được tệp chứng thư số trên máy chủ. Hãy báo người quản trị.")
        ) from error
    return _seal(content, settings.signing_p12_password.encode())


def _seal(content: bytes, password: bytes) -> Seal:
    from cryptography.hazmat.primitives.serialization import pkcs12
    from cryptography.x509.oid import NameOID

    try:
        key, certificate, _chain = pkcs12.load_key_and_certificates(content, password or None)
    except ValueError as error:
        raise SigningRefused(
            _l("Mật khẩu của tệp chứng thư số không đúng, hoặc tệp hỏng. Hãy báo người quản trị.")
        ) from error
    if key is None or certificate is None:
        raise SigningRefused(_l("Tệp chứng thư số không có khóa để ký. Hãy báo người quản trị."))
    today = clock.real_now()
    if certificate.not_valid_after_utc <= today:
        raise SigningRefused(
            _l("Chứng thư số đã hết hạn lúc %(at)s.",
               at=date_time(certificate.not_valid_after_utc))
        )  # fmt: skip
    if certificate.not_valid_before_utc > today:
        raise SigningRefused(
            _l("Chứng thư số chưa có hiệu lực, bắt đầu từ %(at)s.",
               at=date_time(certificate.not_valid_before_utc))
        )  # fmt: skip
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    owner = str(names[0].value) if names else certificate.subject.rfc4514_string()
    return Seal(signer_of(content, password), owner, certificate.not_valid_after_utc)


# ---------------------------------------------------------------- asking


def ask_signing(event: Event, *, by: Actor, now: datetime) -> int:
    """Have the worker sign every ready letter that has no signature yet. → how many.

    Inside a unit of work. Raises SigningRefused.
    """
    load_seal()
    event = lock_event(event.id)
    letters = unsigned(event)
    if not letters:
        raise SigningRefused(_l("Không có thư nào chờ ký: thư cần có số và ngày trước."))
    delivery = {key: value for key, value in event.delivery.items() if key != REFUSED}
    event.delivery = {**delivery, WAITING: by.label}
    record(
        "approval.signing_asked", ("event", event.id), by=by, now=now, event_id=event.id,
        after={"letters": len(letters)},
    )  # fmt: skip
    after_commit(TASK, _nudge)
    return len(letters)


def _nudge() -> None:
    current_queue().call(TASK)


def unsigned(event: Event) -> list[Invitation]:
    """Ready letters without a digital signature that stands."""
    signed = select(LetterFile.invitation_id).where(
        LetterFile.event_id == event.id,
        LetterFile.kind == DIGITAL,
        LetterFile.ended_at.is_(None),
        LetterFile.invitation_id.is_not(None),
    )
    return list(
        db.session.scalars(
            select(Invitation)
            .where(
                Invitation.event_id == event.id,
                Invitation.state == LetterState.READY,
                Invitation.id.not_in(signed),
            )
            .order_by(Invitation.id)
        )
    )


# ---------------------------------------------------------------- the worker's part


def init_signing(app: Flask) -> None:
    queue = app.extensions["queue"]
    queue.add(TASK, sign_waiting)
    queue.add(SWEEP, sign_waiting, each_minute=True)


def sign_waiting() -> int:
    """Sign what the desk asked for, in all events. → letters signed."""
    asked = [
        (one.id, one.delivery[WAITING])
        for one in db.session.scalars(select(Event))
        if one.delivery.get(WAITING)
    ]
    db.session.rollback()
    return sum(_sign_event(event_id, label) for event_id, label in asked)


def _sign_event(event_id: int, label: str) -> int:
    by, done = Actor("account", label=label), 0
    try:
        seal = load_seal()
        letters = unsigned(db.session.get_one(Event, event_id))
        work = [(one.id, one.content) for one in letters]
        db.session.rollback()
        for start in range(0, len(work), AT_ONCE):
            done += _store(event_id, _signed(seal, work[start : start + AT_ONCE]), by)
    except DomainError as refusal:
        _end(event_id, str(refusal))
        return done
    _end(event_id, "")
    return done


def _signed(seal: Seal, work: list[tuple[int, dict[str, Any]]]) -> list[tuple[int, Any, bytes]]:
    """(letter, the content signed, the signed PDF). No transaction is open."""
    letters = [from_content(content) for _key, content in work]
    pages = pages_apart(letters_pdf(letters)) if len(letters) > 1 else [letters_pdf(letters)]
    if len(pages) != len(letters):
        pages = [letters_pdf([one]) for one in letters]
    at = clock.real_now()
    reason = current_app.config["SETTINGS"].signing_reason
    block = signature_block(
        (f"Ký bởi: {seal.owner}", f"Thời gian ký: {_time(at)}", f"Lý do: {reason}"),
        current_app.config["SETTINGS"].fonts_dir,
    )
    return [
        (
            key,
            content,
            sign_pdf(
                page, seal.signer, spot_below(page, letter.signature.titles[-1]), block,
                name=seal.owner, reason=reason, place=letter.numbering.place, at=at,
            ),
        )
        for (key, content), letter, page in zip(work, letters, pages, strict=True)
    ]  # fmt: skip


def _time(at: datetime) -> str:
    return f"{clock.local(at):%H:%M:%S, %d/%m/%Y}"


def _store(event_id: int, signed: list[tuple[int, Any, bytes]], by: Actor) -> int:
    """A letter that changed while it was being signed keeps no signature of its old words."""
    kept = 0
    with unit_of_work():
        event = lock_event(event_id)
        for key, content, pdf in signed:
            letter = db.session.get_one(Invitation, key, populate_existing=True)
            if letter.state != LetterState.READY or letter.content != content:
                continue
            keep_file(
                event, letter, pdf, kind=DIGITAL, covers=ONE, by=by, now=clock.now(),
                filename=f"Giay-moi-{letter.registration.participation.code}.pdf",
            )  # fmt: skip
            kept += 1
    return kept


def _end(event_id: int, sentence: str) -> None:
    with unit_of_work():
        event = lock_event(event_id)
        delivery = {key: value for key, value in event.delivery.items() if key != WAITING}
        event.delivery = {**delivery, REFUSED: sentence} if sentence else delivery


def seal_words() -> str:
    """Whose certificate signs, and until when; or why it cannot."""
    try:
        seal = load_seal()
    except SigningRefused as refusal:
        return str(refusal)
    return _("%(owner)s, có hiệu lực đến %(at)s",
             owner=seal.owner, at=date_time(seal.valid_until))  # fmt: skip
