"""Taking mails to a server, or into a folder in a rehearsal.

A transport is opened once for many mails. Every failure is a `TransportError`.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import flask_mail
from flask import current_app

from app.mail.dkim_signing import signer_of
from app.mail.mime import Outgoing, Signer, build
from app.mail.smtp_errors import TransportError, from_connecting, from_sending

if TYPE_CHECKING:
    from config import Settings

FOLDER = "mail"


class Transport(Protocol):
    def send(self, outgoing: Outgoing) -> None:
        """Returns when the server has accepted the mail. Raises TransportError."""


def connect(settings: Settings) -> smtplib.SMTP:
    """A connection that has heard the server's greeting; with `tls`, its certificate verified.
    Raises smtplib.SMTPException, OSError."""
    domain = settings.mail_sender.rsplit("@", 1)[-1]
    # Without a name of ours smtplib asks the DNS.
    where = (settings.mail_server, settings.mail_port, domain.encode("idna").decode())
    if settings.mail_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*where, timeout=settings.mail_timeout, context=context)
    return smtplib.SMTP(*where, timeout=settings.mail_timeout)


def secure(host: smtplib.SMTP, settings: Settings) -> None:
    """STARTTLS where it is set, the certificate verified. Raises as `connect`."""
    if settings.mail_security == "starttls":
        host.starttls(context=ssl.create_default_context())


def sign_in(host: smtplib.SMTP, settings: Settings) -> None:
    if settings.mail_username:
        host.login(settings.mail_username, settings.mail_password)


class _Connection(flask_mail.Connection):
    """Flask-Mail's connection with a time-out and with certificates verified."""

    host: smtplib.SMTP

    def configure_host(self) -> smtplib.SMTP:
        settings: Settings = current_app.config["SETTINGS"]
        host = connect(settings)
        try:
            secure(host, settings)
            sign_in(host, settings)
        except BaseException:
            host.close()
            raise
        return host

    def open(self) -> None:
        self.num_emails = 0
        self.host = self.configure_host()

    def alive(self) -> bool:
        try:
            return self.host.noop()[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def close(self, *, politely: bool) -> None:
        try:
            if politely:
                self.host.quit()
        except (smtplib.SMTPException, OSError) as error:
            # Everything was acknowledged before: how the server says goodbye changes nothing.
            current_app.logger.info("mail server closed first: %s", type(error).__name__)
        finally:
            self.host.close()


class SmtpTransport:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._connection: _Connection | None = None
        self._signer: Signer | None = None
        self._sent = 0

    def send(self, outgoing: Outgoing) -> None:
        self._signer = self._signer or signer_of(self.settings)
        message = build(
            outgoing,
            sender=(self.settings.mail_sender_name, self.settings.mail_sender),
            reply_to=self.settings.mail_reply_to,
            sign=self._signer,
        )
        try:
            self._hand_over(message)
        except TransportError as error:
            if not (error.code == "server_busy" and self._sent):
                raise
            self.close()  # "so many mails a connection": a new one may do
            self._hand_over(message)
        self._sent += 1

    def _hand_over(self, message: flask_mail.Message) -> None:
        connection = self._connected()
        try:
            connection.send(message, envelope_from=self.settings.mail_sender)
        except flask_mail.BadHeaderError as error:
            raise TransportError(True, "bad_header", "line break in a header") from error
        except (smtplib.SMTPException, OSError) as error:
            if not isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
                self._drop()
            raise from_sending(error) from error

    def _connected(self) -> _Connection:
        if self._connection is not None and self._connection.alive():
            return self._connection
        self._drop()
        connection = _Connection(current_app.extensions["mail"])
        try:
            connection.open()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise from_connecting(error) from error
        self._connection, self._sent = connection, 0
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close(politely=False)
            self._connection = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close(politely=True)
            self._connection = None


class FolderTransport:
    """Mails as .eml files, for a rehearsal: nothing leaves the machine."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folder: Path = settings.data_dir / FOLDER

    def send(self, outgoing: Outgoing) -> None:
        message = build(
            outgoing,
            sender=(self.settings.mail_sender_name, self.settings.mail_sender),
            reply_to=self.settings.mail_reply_to,
        )
        target = self.folder / f"{outgoing.id:06d}.eml"
        part = target.with_suffix(f".{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(message.as_bytes())
            part.replace(target)
        except OSError as error:
            raise TransportError(False, "folder", str(error), server=True) from error

    def close(self) -> None:
        """Nothing stays open."""


@contextmanager
def open_transport() -> Iterator[Transport]:
    """The transport of the settings; a connection is made with the first mail."""
    settings: Settings = current_app.config["SETTINGS"]
    kind = FolderTransport if settings.mail_transport == "folder" else SmtpTransport
    transport = kind(settings)
    try:
        yield transport
    finally:
        transport.close()
