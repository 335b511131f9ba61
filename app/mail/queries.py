"""Reads of the outbox: what waits, what went, what did not, and how our server does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import load_only, selectinload

from app.core.errors import NotFound
from app.core.settings_store import read_setting
from app.extensions import db
from app.mail.models import Message, MessageAttachment, MessageState

SERVER = "mail_server"


class Tab(StrEnum):
    UNSENT = "unsent"
    WAITING = "waiting"
    SENT = "sent"
    ALL = "all"


STATES_OF: dict[Tab, tuple[MessageState, ...]] = {
    Tab.UNSENT: (MessageState.BOUNCED, MessageState.FAILED, MessageState.RETRYING),
    Tab.WAITING: (MessageState.QUEUED, MessageState.SENDING),
    Tab.SENT: (MessageState.SENT,),
    Tab.ALL: tuple(MessageState),
}


class MessageNotFound(NotFound):
    message = _l("Không tìm thấy thư này.")


@dataclass(frozen=True)
class ServerState:
    """``code`` is None while the server takes mails; else nothing is tried before ``until``
    (real clock)."""

    code: str | None = None
    detail: str = ""
    since: datetime | None = None
    until: datetime | None = None


def state_counts() -> dict[str, int]:
    """How many messages stand in each state; states without any are missing."""
    rows = db.session.execute(select(Message.state, func.count()).group_by(Message.state))
    return {state: number for state, number in rows}


def tab_counts(counts: dict[str, int]) -> dict[Tab, int]:
    return {tab: sum(counts.get(state, 0) for state in STATES_OF[tab]) for tab in Tab}


def reason_counts() -> Sequence[tuple[str, str, int]]:
    """(state, error code, number) of what has not gone, most frequent first."""
    number = func.count()
    rows = db.session.execute(
        select(Message.state, Message.error_code, number)
        .where(Message.error_code.is_not(None), Message.state != MessageState.SENT)
        .group_by(Message.state, Message.error_code)
        .order_by(number.desc(), Message.error_code)
    )
    return [(state, code or "", count) for state, code, count in rows]


ROW = (
    Message.id, Message.event_id, Message.purpose, Message.recipient, Message.recipient_name,
    Message.thing_type, Message.thing_id, Message.template, Message.subject, Message.state,
    Message.attempts, Message.created_at, Message.next_at, Message.sent_at,
    Message.error_code, Message.error_detail,
)  # fmt: skip


def _rows(tab: Tab) -> Select[Message]:
    found = select(Message).options(load_only(*ROW, raiseload=True))
    if tab is not Tab.ALL:
        found = found.where(Message.state.in_(STATES_OF[tab]))
    if tab is Tab.UNSENT:  # what needs a person first, then what goes on by itself
        return found.order_by(Message.state == MessageState.RETRYING, Message.id.desc())
    return found.order_by(Message.id.desc())


def outbox_rows(tab: Tab, *, page: int, per_page: int) -> Sequence[Message]:
    """One page of the outbox, without bodies and attachments."""
    start = (page - 1) * per_page
    return list(db.session.scalars(_rows(tab).offset(start).limit(per_page)))


def mailbox_rows(search: str, *, page: int, per_page: int) -> tuple[Sequence[Message], int]:
    """All mails newest first, of a recipient when `search` names one. → (rows, how many in all)"""
    found = select(Message)
    if search:
        wanted = or_(
            Message.recipient.icontains(search, autoescape=True),
            Message.recipient_name.icontains(search, autoescape=True),
        )
        found = found.where(wanted)
    total = db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = db.session.scalars(
        found.options(load_only(*ROW, raiseload=True))
        .order_by(Message.id.desc())
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    return list(rows), total


def message_with_files(message_id: int) -> Message:
    """One mail with the names of its attachments, not their content. Raises MessageNotFound."""
    found = db.session.scalar(
        select(Message)
        .where(Message.id == message_id)
        .options(selectinload(Message.attachments).defer(MessageAttachment.content))
    )
    if found is None:
        raise MessageNotFound()
    return found


def attachment_of(message_id: int, attachment_id: int) -> MessageAttachment:
    """Raises MessageNotFound, also for the attachment of another mail."""
    found = db.session.scalar(
        select(MessageAttachment).where(
            MessageAttachment.id == attachment_id, MessageAttachment.message_id == message_id
        )
    )
    if found is None:
        raise MessageNotFound()
    return found


def last_sent_at() -> datetime | None:
    return db.session.scalar(select(func.max(Message.sent_at)))


def server_state() -> ServerState:
    stored = read_setting(SERVER)
    if not stored or not stored.get("code"):
        return ServerState()
    return ServerState(
        stored["code"],
        stored["detail"],
        datetime.fromisoformat(stored["since"]),
        datetime.fromisoformat(stored["until"]),
    )
