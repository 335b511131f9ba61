"""A mail as it goes over the wire: one Message-ID, both bodies, files with names in Vietnamese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from email import charset
from email.mime.text import MIMEText
from email.utils import encode_rfc2231
from typing import Any

import flask_mail
from email_validator import EmailNotValidError, validate_email

from app.mail.smtp_errors import TransportError

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_D_WITH_STROKE = str.maketrans("đĐ", "dD")
_QUOTED_PRINTABLE = charset.Charset("utf-8")
_QUOTED_PRINTABLE.body_encoding = charset.QP  # legible, and safe for servers of seven bits


@dataclass(frozen=True)
class OutgoingFile:
    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Outgoing:
    """All that is needed to send one mail, read from the database beforehand."""

    id: int
    recipient: str
    recipient_name: str
    message_id: str
    subject: str
    text: str
    html: str
    files: Sequence[OutgoingFile] = ()


@dataclass(frozen=True)
class Content:
    """What a mail says, made at its first attempt and kept for the next ones. ``made``: files
    made now, which the outbox does not hold yet."""

    subject: str
    text: str
    html: str
    made: Sequence[OutgoingFile] = ()


class _Mail(flask_mail.Message):
    def _mimetext(self, text: str | None, subtype: str = "plain") -> MIMEText:
        return MIMEText(text or "", _subtype=subtype, _charset=_QUOTED_PRINTABLE)  # type: ignore[arg-type]


def build(
    outgoing: Outgoing, *, sender: tuple[str, str], reply_to: str
) -> flask_mail.Message:
    """The mail for Flask-Mail. Raises TransportError (permanent) for what must not be sent."""
    for value in (outgoing.subject, outgoing.message_id, *(f.filename for f in outgoing.files)):
        if _CONTROL.search(value):
            raise TransportError(True, "bad_header", f"control character in {value!r}")
    mail = _Mail(
        subject=outgoing.subject,
        recipients=[(_display_name(outgoing.recipient_name), wire_address(outgoing.recipient))],
        body=outgoing.text,
        html=outgoing.html or None,
        reply_to=reply_to or None,
        attachments=[_attachment(file) for file in outgoing.files],
        extra_headers={"Auto-Submitted": "auto-generated"},
    )
    mail.sender = sender  # as a pair: Flask-Mail would join and parse it again
    mail.msgId = outgoing.message_id  # an extra header would be a second Message-ID
    return mail


def wire_address(address: str) -> str:
    """The address in ASCII, a Vietnamese domain in punycode. Raises TransportError if impossible."""
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise TransportError(True, "bad_address", str(error)) from error
    if checked.ascii_email is None:
        raise TransportError(True, "bad_address", "the part before @ is not ASCII")
    return checked.ascii_email


def _display_name(name: str) -> str:
    return " ".join(_CONTROL.sub(" ", name).split())


def _attachment(file: OutgoingFile) -> flask_mail.Attachment:
    headers: dict[str, Any] = {"Content-Disposition": disposition(file.filename)}
    return flask_mail.Attachment(None, file.media_type, file.content, headers=headers)


def disposition(filename: str) -> str:
    """RFC 2231 for those who read it, and a plain name without marks for those who do not."""
    letters = unicodedata.normalize("NFKD", filename.translate(_D_WITH_STROKE))
    letters = "".join(char for char in letters if not unicodedata.combining(char))
    plain = re.sub(r"[^\w.\- ]", "_", letters, flags=re.ASCII).strip() or "tep"
    value = f'attachment; filename="{plain}"'
    if plain != filename:
        value += f"; filename*={encode_rfc2231(filename, 'utf-8')}"
    return value
