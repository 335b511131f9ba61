"""A mail as it goes over the wire: one Message-ID, both bodies, files with names in Vietnamese."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email import charset, policy
from email.mime.text import MIMEText
from email.utils import encode_rfc2231, formataddr

import flask_mail
from email_validator import EmailNotValidError, validate_email

from app.mail.smtp_errors import TransportError

FILENAME_MAX = 100
WORD_BYTES = 39  # 52 letters of base64 and the frame of the word: below 76 with "Subject: "
SUBJECT_LINE = 68
_PLAIN_NAME = re.compile(r"[\w.\- ]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Turns of direction and letters without width: a file name or a sender shown as what it is not.
_UNSEEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
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


class _AsWritten(policy.Compat32):
    """Headers go out as they stand: folding them a second time loses spaces between encoded words
    and one of the file's names, and parsing them anew costs a tenth of a mail."""

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {self.linesep.join(str(value).splitlines())}{self.linesep}".encode("ascii")


_AS_WRITTEN = _AsWritten(linesep="\r\n")
Signer = Callable[[bytes], bytes]  # a mail → the mail with its signature in front


class _Mail(flask_mail.Message):
    """Flask-Mail's message, its headers written so that every reader gets every letter back."""

    file_names: Sequence[str] = ()
    sign: Signer | None = None

    def _mimetext(self, text: str | None, subtype: str = "plain") -> MIMEText:
        return MIMEText(text or "", _subtype=subtype, _charset=_QUOTED_PRINTABLE)  # type: ignore[arg-type]

    def as_bytes(self) -> bytes:
        message = self._message()
        message.policy = policy.compat32
        message.replace_header("Subject", encoded_words(self.subject))
        message.replace_header("From", _mailbox(self.sender))
        message.replace_header("To", _mailbox(self.recipients[0]))
        files = [part for part in message.walk() if part["Content-Disposition"]]
        for part, name in zip(files, self.file_names, strict=True):
            # For readers that know no RFC 2231, as Outlook's older ones.
            part.set_param("name", encoded_words(name).replace("\r\n", ""))
        message.policy = _AS_WRITTEN
        raw = message.as_bytes()
        return self.sign(raw) if self.sign else raw


def encoded_words(text: str) -> str:
    """RFC 2047. Spaces stand inside the words: between two of them they would be dropped."""
    if text.isascii() and "=?" not in text and len(text) <= SUBJECT_LINE:
        return text
    words, chunk = [], ""
    for char in text:
        if len((chunk + char).encode()) > WORD_BYTES:
            words.append(chunk)
            chunk = ""
        chunk += char
    words.append(chunk)
    return "\r\n ".join(f"=?utf-8?b?{b64encode(w.encode()).decode()}?=" for w in words)


def _mailbox(pair: str | tuple[str, str]) -> str:
    name, address = ("", pair) if isinstance(pair, str) else pair
    if not name:
        return address
    if name.isascii() and "=?" not in name and len(name) <= SUBJECT_LINE:
        return formataddr((name, address))
    return f"{encoded_words(name)} <{address}>"


def build(
    outgoing: Outgoing,
    *,
    sender: tuple[str, str],
    reply_to: str,
    sign: Signer | None = None,
) -> flask_mail.Message:
    """The mail for Flask-Mail. Raises TransportError (permanent) for what must not be sent."""
    for value in (outgoing.subject, outgoing.message_id, *(f.filename for f in outgoing.files)):
        if _CONTROL.search(value):
            raise TransportError(True, "bad_header", f"control character in {value!r}")
    names = [_short_name(file.filename) for file in outgoing.files]
    mail = _Mail(
        subject=_UNSEEN.sub("", outgoing.subject) or "-",
        recipients=[(_display_name(outgoing.recipient_name), wire_address(outgoing.recipient))],
        body=outgoing.text,
        html=outgoing.html or None,
        reply_to=reply_to or None,
        attachments=[_attachment(*pair) for pair in zip(names, outgoing.files, strict=True)],
        extra_headers={"Auto-Submitted": "auto-generated"},
    )
    mail.sender = sender  # as a pair: Flask-Mail would join and parse it again
    mail.msgId = outgoing.message_id  # an extra header would be a second Message-ID
    mail.file_names, mail.sign = names, sign
    return mail


def wire_address(address: str) -> str:
    """The address in ASCII, a Vietnamese domain in punycode: SMTPUTF8, which every server on the
    way would have to speak, is never needed. Quotes that change nothing go; a part before @ that
    cannot do without them, or is not ASCII, is refused. Raises TransportError."""
    try:
        checked = validate_email(
            address, check_deliverability=False, test_environment=True, allow_quoted_local=True
        )
    except EmailNotValidError as error:
        raise TransportError(True, "bad_address", str(error)) from error
    if checked.ascii_email is None:
        raise TransportError(True, "bad_address", "the part before @ is not ASCII")
    if '"' in checked.ascii_email:
        raise TransportError(True, "bad_address", "the part before @ needs quotes")
    return checked.ascii_email


def _display_name(name: str) -> str:
    return " ".join(_CONTROL.sub(" ", _UNSEEN.sub("", name)).split())


def _attachment(name: str, file: OutgoingFile) -> flask_mail.Attachment:
    """Both ways of writing a Vietnamese name, RFC 2231's first: of two, most readers take the
    first, and those that cannot read it take the one without marks."""
    value = f'filename="{_plain_name(name)}"'
    if not _PLAIN_NAME.fullmatch(name):
        value = f"{_rfc2231(name)};\r\n {value}"
    headers = {"Content-Disposition": f"attachment;\r\n {value}"}
    return flask_mail.Attachment(None, file.media_type, file.content, headers=headers)


def _rfc2231(name: str) -> str:
    return f"filename*={encode_rfc2231(name, 'utf-8')}"


def http_disposition(filename: str) -> str:
    """For a download (RFC 6266): the name, and one without marks for old browsers."""
    name = _short_name(filename)
    plain = _plain_name(name)
    value = f'attachment; filename="{plain}"'
    return value if plain == name else f"{value}; {_rfc2231(name)}"


def _plain_name(name: str) -> str:
    """“Giấy mời.pdf” → “Giay moi.pdf”."""
    letters = unicodedata.normalize("NFKD", name.translate(_D_WITH_STROKE))
    letters = "".join(char for char in letters if not unicodedata.combining(char))
    return re.sub(r"[^\w.\- ]", "_", letters, flags=re.ASCII).strip() or "tep"


def _short_name(filename: str) -> str:
    """At most 100 letters, the ending kept: a header's line may hold 998 bytes."""
    filename = unicodedata.normalize("NFC", _UNSEEN.sub("", filename))
    stem, dot, ending = filename.rpartition(".")
    if len(filename) <= FILENAME_MAX:
        return filename
    return stem[: FILENAME_MAX - len(ending) - 1] + dot + ending
