"""Mails in the outbox, and a real SMTP server that can be told to misbehave."""

from __future__ import annotations

import email
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask

from app.core.database import unit_of_work
from app.extensions import db
from app.mail.models import Message
from app.mail.services import enqueue

CREATED = datetime(2024, 2, 26, 2, 0, tzinfo=UTC)
READY = {"subject": "Biên nhận", "text": "Sở đã nhận.\n", "html": "<p>Sở đã nhận.</p>"}


def put_mail(number: int = 1, to: str | None = "thpt-001@example.vn", **values: Any) -> int:
    """One ready mail in the outbox, committed. → its id"""
    values = {"to_name": "Trường THPT Số Một", "template": "ready", "context": READY,
              "now": CREATED, **values}  # fmt: skip
    with unit_of_work():
        return enqueue(f"receipt:{number}", to=to, **values)


def mail_row(message_id: int) -> Message:
    db.session.rollback()
    return db.session.get_one(Message, message_id, populate_existing=True)


class Inbox:
    """aiosmtpd handler: keeps what it accepts. `rcpt` and `data` may answer in its place."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.raw: list[bytes] = []
        self.senders: list[str] = []
        self.rcpt: Callable[[str], str | None] = lambda address: None
        self.data: Callable[[int], str | None] = lambda number: None
        self.connections = 0
        self.drop_at: Callable[[str, int], bool] = lambda verb, number: False
        self.tried = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.drop_at("MAIL", len(self.mails)):
            server.transport.abort()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.rcpt(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.tried += 1
        answer = self.data(self.tried)
        if answer:
            return answer
        self.raw.append(envelope.content)
        parsed = email.message_from_bytes(envelope.content, policy=default)
        self.senders.append(envelope.mail_from)
        self.mails.append((envelope.rcpt_tos[0], parsed))  # type: ignore[arg-type]
        if self.drop_at("DATA", len(self.mails)):
            server.transport.abort()
        return "250 OK"


@contextmanager
def smtp_server(inbox: Inbox, **options: Any) -> Iterator[int]:
    """A real server on a free loopback port. → the port"""
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@contextmanager
def silent_server() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def vanishing_server(after: bytes, *, silent: bool = False) -> Iterator[int]:
    """Speaks SMTP politely until it has received `after`, then closes without an answer, or
    stays without one."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def talk() -> None:
        while not done.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb", 0) as stream:
                stream.write(b"220 here\r\n")
                data = False
                for line in stream:
                    if line.upper().startswith(after):
                        if silent:
                            done.wait(30)
                        break
                    if data:
                        continue
                    data = line.upper().startswith(b"DATA")
                    stream.write(b"354 go on\r\n" if data else b"250 OK\r\n")

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        done.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def use_smtp(app: Flask, port: int, **changes: Any) -> None:
    """Have `app` send over SMTP to this port, with a short time-out."""
    values = {"mail_transport": "smtp", "mail_server": "127.0.0.1", "mail_port": port,
              "mail_timeout": 1, **changes}  # fmt: skip
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **values)
