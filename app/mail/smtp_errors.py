"""What went wrong between us and a mail server, as a code of `reasons.REASONS`."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl


class TransportError(Exception):
    """A mail that did not go.

    ``permanent``: trying again is useless. ``server``: our own server is the trouble, so every
    mail would fail alike. ``code``: key of REASONS. ``detail``: the technical line.
    """

    def __init__(self, permanent: bool, code: str, detail: str, *, server: bool = False) -> None:
        super().__init__(f"{code}: {detail}")
        self.permanent = permanent
        self.code = code
        self.detail = detail[:1000]
        self.server = server


# Enhanced status codes (RFC 3463) say more than the three digits, where servers send them.
_ENHANCED = {
    "1.1": "no_such_mailbox",
    "1.10": "domain_unknown",
    "1.2": "domain_unknown",
    "1.3": "bad_address",
    "1.6": "no_such_mailbox",
    "2.1": "mailbox_disabled",
    "2.2": "mailbox_full",
    "2.3": "too_big",
    "3.4": "too_big",
    "4.3": "domain_unknown",
    "4.4": "domain_unknown",
}
_WORDS = (
    (re.compile(r"grey|gray", re.I), "greylisted"),
    (re.compile(r"(mailbox|quota|storage).*(full|exceed)|over ?quota", re.I), "mailbox_full"),
    (re.compile(r"(domain|host).*(not found|unknown|not exist)", re.I), "domain_unknown"),
    (
        re.compile(
            r"(user|recipient|mailbox|account|address).*"
            r"(unknown|not found|not exist|unavailable|invalid)|no such|unknown user",
            re.I,
        ),
        "no_such_mailbox",
    ),
    (re.compile(r"disabled|suspended|inactive", re.I), "mailbox_disabled"),
    (re.compile(r"(message|size).*(too (big|large)|exceed)", re.I), "too_big"),
)
_PERMANENT = {
    501: "bad_address",
    550: "refused",
    551: "no_such_mailbox",
    552: "mailbox_full",
    553: "bad_address",
}
_TEMPORARY = {421: "busy", 452: "mailbox_full"}
_ALWAYS_TEMPORARY = {"greylisted"}
_ENHANCED_TEXT = re.compile(r"\b[45]\.(\d{1,3}\.\d{1,3})\b")


def from_answer(status: int, answer: bytes | str) -> TransportError:
    """A server's refusal of one recipient or one mail."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    permanent = status >= 500
    return TransportError(permanent, code_of(status, text, permanent), f"{status} {text}")


def code_of(status: int, text: str, permanent: bool) -> str:
    """Key of REASONS for an answer of three digits (0: unknown) and its text."""
    found = _ENHANCED_TEXT.search(text)
    if found and found[1] in _ENHANCED:
        return _ENHANCED[found[1]]
    for pattern, code in _WORDS:
        if pattern.search(text) and not (permanent and code in _ALWAYS_TEMPORARY):
            return code
    if permanent:
        return _PERMANENT.get(status, "refused")
    if found and found[1].startswith("7."):
        return "greylisted"
    return _TEMPORARY.get(status, "temporary")


def from_connecting(error: Exception) -> TransportError:
    """Our own server could not be reached, trusted or signed in to: no mail is to blame."""
    if isinstance(error, ssl.SSLError):
        code = certificate_code(error)
    elif isinstance(error, smtplib.SMTPNotSupportedError):
        code = "no_tls"
    elif isinstance(error, smtplib.SMTPAuthenticationError):
        code = "auth"
    elif isinstance(error, smtplib.SMTPResponseException):
        code = "server_busy" if 400 <= error.smtp_code < 500 else "server_refused"
    elif isinstance(error, socket.gaierror):
        code = "server_unknown"
    elif isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected):
        code = "server_silent"
    else:
        code = "server_refused"
    return TransportError(False, code, _line(error), server=True)


def certificate_code(error: ssl.SSLError) -> str:
    """What is wrong with a server's TLS: its certificate, or that it speaks none here."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return "no_tls" if error.reason == "WRONG_VERSION_NUMBER" else "tls"
    return _CERTIFICATE.get(error.verify_code, "tls")


# Codes of OpenSSL's x509_vfy.h: not yet valid, expired; host name and IP address mismatch.
_CERTIFICATE = {9: "tls_expired", 10: "tls_expired", 62: "tls_name", 64: "tls_name"}


def from_sending(error: Exception) -> TransportError:
    """A mail failed on a working connection. A broken connection leaves open whether it arrived."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        status, answer = next(iter(error.recipients.values()))
        return from_answer(status, answer)
    if isinstance(error, smtplib.SMTPSenderRefused):
        code = "server_busy" if error.smtp_code < 500 else "sender_refused"
        return TransportError(False, code, _line(error), server=True)
    if isinstance(error, smtplib.SMTPResponseException):
        return from_answer(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return TransportError(False, "no_answer", _line(error))  # smtplib wraps it
    return TransportError(False, "cut_off", _line(error))


def _line(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        return f"{error.smtp_code} {text}"
    return f"{type(error).__name__}: {error}"
