"""A claimed mail read from the database, written and with its files, ready for the wire."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import current_app, g
from jinja2 import TemplateError
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.core.errors import DomainError
from app.extensions import db
from app.mail.guards import look_again
from app.mail.mime import Content, Outgoing, OutgoingFile
from app.mail.models import Message, MessageState
from app.mail.rendering import render
from app.mail.smtp_errors import TransportError

AttachmentMaker = Callable[[Message], list[tuple[str, str, bytes]]]
AheadMaker = Callable[[Sequence[Message]], None]
AHEAD = 100  # mails of a batch whose files are made at once


def prepare(message_id: int) -> tuple[Outgoing, Content | None]:
    """The mail, and its content when it was made just now (None when it was kept from before).

    Ends the reading transaction: nothing is held while the server is talked to.
    Raises TransportError when the mail cannot be written, Held when it shall not go now.
    """
    try:
        message = db.session.scalars(
            select(Message)
            .where(Message.id == message_id)
            .options(selectinload(Message.attachments))
        ).one()
        look_again(message)
        files = [OutgoingFile(a.filename, a.media_type, a.content) for a in message.attachments]
        made: Content | None = None
        if message.subject is None:
            made = _write(message, files)
            files += made.made
        outgoing = Outgoing(
            id=message.id,
            recipient=message.recipient,
            recipient_name=message.recipient_name,
            message_id=message.message_id,
            subject=made.subject if made else message.subject or "",
            text=made.text if made else message.text or "",
            html=made.html if made else message.html or "",
            files=files,
        )
        return outgoing, made
    finally:
        db.session.rollback()


def _write(message: Message, files: list[OutgoingFile]) -> Content:
    made = _attachments(message)
    try:
        subject, text, html = render(
            message.template,
            message.context,
            event_id=message.event_id,
            recipient_name=message.recipient_name,
            files=[(f.filename, f.media_type, len(f.content)) for f in [*files, *made]],
        )
    except (TemplateError, LookupError, ValueError, TypeError) as error:
        current_app.logger.error("mail template %s", message.template, exc_info=error)
        raise TransportError(True, "template", f"{type(error).__name__}: {error}") from error
    return Content(subject, text, html, made)


def _attachments(message: Message) -> list[OutgoingFile]:
    """Files that the package of the mail's cause makes when it is sent (a letter as PDF)."""
    makers: dict[str, AttachmentMaker] = current_app.extensions.get("attachment_makers", {})
    maker = makers.get(message.thing_type or "")
    if maker is None:
        return []
    _make_ahead(message)
    try:
        return [OutgoingFile(*file) for file in maker(message)]
    except DomainError as error:
        raise TransportError(True, "attachment", str(error)) from error


def _make_ahead(message: Message) -> None:
    """Files of this mail and of those of its batch that follow, where making many at once is
    faster. Under a rate limit the next ones are far off: each is made when its time comes."""
    makers: dict[str, AheadMaker] = current_app.extensions.get("ahead_makers", {})
    maker = makers.get(message.thing_type or "")
    done: set[int] = g.get("made_ahead", set())
    if maker is None or message.batch_id is None or message.id in done:
        return
    if current_app.config["SETTINGS"].mail_per_minute:
        return
    following = db.session.scalars(
        select(Message)
        .where(
            Message.batch_id == message.batch_id,
            Message.state == MessageState.QUEUED,
            Message.thing_type == message.thing_type,
            Message.subject.is_(None),
        )
        .order_by(Message.next_at, Message.id)
        .limit(AHEAD - 1)
    ).all()
    g.made_ahead = {message.id, *(one.id for one in following)}
    try:
        maker([message, *following])
    except DomainError as error:  # each is made alone, and the one it was says so itself
        current_app.logger.warning("files of %d mails: %s", len(following) + 1, error)
