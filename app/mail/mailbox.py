"""The mailbox that delivery reports come back to, over IMAP. Nothing in it is changed."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from imap_tools.errors import (
    ImapToolsError,
    MailboxFolderSelectError,
    MailboxFolderStatusError,
    MailboxLoginError,
    MailboxStarttlsError,
)
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted

from app.mail.bounce_reading import MOST_BYTES
from app.mail.smtp_errors import TransportError, from_connecting

if TYPE_CHECKING:
    from config import Settings

IMAP_ERRORS = (ImapToolsError, imaplib.IMAP4.error, OSError, ValueError)


def connect(settings: Settings) -> BaseMailBox:
    """A connection, encrypted as set, the certificate verified; nobody signed in.
    Raises IMAP_ERRORS."""
    where = (settings.imap_server, settings.imap_port, settings.mail_timeout)
    if settings.imap_security == "none":
        return MailBoxUnencrypted(*where)
    kind = MailBox if settings.imap_security == "tls" else MailBoxStartTls
    return kind(*where, ssl_context=ssl.create_default_context())


def sign_in(box: BaseMailBox, settings: Settings) -> None:
    """Raises IMAP_ERRORS."""
    name, password = settings.imap_username, settings.imap_password
    if (name + password).isascii():
        box.login(name, password, initial_folder=None)
    else:
        box.login_utf8(name, password, initial_folder=None)


def open_folder(box: BaseMailBox, settings: Settings) -> int:
    """Open the folder for reading only. → its UIDVALIDITY. Raises IMAP_ERRORS."""
    validity = box.folder.status(settings.imap_folder, ["UIDVALIDITY"])["UIDVALIDITY"]
    box.folder.set(settings.imap_folder, readonly=True)
    return validity


@contextmanager
def open_mailbox(settings: Settings) -> Iterator[tuple[BaseMailBox, int]]:
    """→ the mailbox with its folder open, and the folder's UIDVALIDITY. Raises TransportError
    for what goes wrong on the way and inside."""
    box: BaseMailBox | None = None
    try:
        try:
            box = connect(settings)
            sign_in(box, settings)
            validity = open_folder(box, settings)
        except ValueError as error:  # imap-tools refuses settings that cannot go together
            raise trouble(error) from error
        yield box, validity
    except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
        raise trouble(error) from error
    finally:
        if box is not None:
            box.client.shutdown()  # LOGOUT would wait for the answer of a server that is silent


def newer_uids(box: BaseMailBox, after: int) -> list[int]:
    """UIDs above `after`, rising. (A range to * always holds the newest mail.)"""
    uids = (int(uid) for uid in box.uids(f"UID {after + 1}:*", charset=None))
    return sorted(uid for uid in uids if uid > after)


def beginning(box: BaseMailBox, uid: int) -> bytes | None:
    """The first MOST_BYTES of a mail, not marked as seen; None when it is gone. No more is
    fetched however large it is."""
    answer, data = box.client.uid("fetch", str(uid), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
    if answer != "OK":
        raise imaplib.IMAP4.error("mail cannot be fetched")
    found = [item[1] for item in data if isinstance(item, tuple)]
    return bytes(found[0][:MOST_BYTES]) if found else None


def trouble(error: Exception) -> TransportError:
    """What is wrong with the mailbox, as a code of `reasons.REASONS`."""
    if isinstance(error, MailboxLoginError | imaplib.IMAP4.error) and _refuses_login(error):
        code = "auth"
    elif isinstance(error, MailboxFolderSelectError | MailboxFolderStatusError):
        code = "no_folder"
    elif isinstance(error, MailboxStarttlsError) or "TLS not supported" in str(error):
        code = "no_tls"
    elif isinstance(error, ssl.SSLError | socket.gaierror | TimeoutError):
        code = from_connecting(error).code
    elif isinstance(error, imaplib.IMAP4.abort):
        code = "server_silent"
    else:
        code = from_connecting(
            smtplib.SMTPException() if isinstance(error, ValueError) else error
        ).code
    return TransportError(False, code, f"{type(error).__name__}: {error}", server=True)


def _refuses_login(error: Exception) -> bool:
    return isinstance(error, MailboxLoginError) or "AUTHENTICATIONFAILED" in str(error)
