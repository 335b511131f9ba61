"""Requests of units and letters that went out, as the services make them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.changes import Change, accept_request
from app.invitations.models import Invitation
from app.invitations.services import send_letters
from app.mail.models import Message
from app.registration import requests
from app.registration.models import ChangeRequest, Registration
from app.registration.rows import Entry
from app.registration.rules import RequestKind
from tests.factories.events import DESK
from tests.factories.registration import TOO_LATE, unit_actor

LATER = TOO_LATE + timedelta(hours=16)  # 09:00 on the day after the cut-off
LETTERS = from_local(datetime(2024, 3, 8, 9, 0))
NEW = Entry("Tạ Đăng Khuê", "Phó Hiệu trưởng", email="khue@example.vn")


def fresh(thing: Any) -> Any:
    return db.session.get_one(type(thing), thing.id, populate_existing=True)


def ask_for(
    entry: Registration,
    new: Entry | None = NEW,
    *,
    reason: str = "Đi công tác đột xuất",
    now: datetime = LATER,
) -> ChangeRequest:
    """In a unit of work of its own; ``new`` None: to withdraw."""
    kind = RequestKind.WITHDRAW if new is None else RequestKind.REPLACE
    with unit_of_work():
        one = fresh(entry)
        return requests.ask(
            one, one.participation, kind, new,
            reason=reason, by=unit_actor(one.participation), now=now,
        )  # fmt: skip


def accept(request: ChangeRequest, *, now: datetime = LATER) -> Change:
    with unit_of_work():
        lock_event(request.event_id)
        one = fresh(request)
        return accept_request(one, one.registration, one.participation, by=DESK, now=now)


def send_all(event: Event, now: datetime = LETTERS) -> None:
    with unit_of_work():
        send_letters(lock_event(event.id), None, by=DESK, now=now)


def letters_of(entry: Registration) -> list[Invitation]:
    return list(
        db.session.scalars(
            select(Invitation)
            .where(Invitation.registration_id == entry.id)
            .order_by(Invitation.version)
            .execution_options(populate_existing=True)
        )
    )


def mails_of(template: str) -> list[Message]:
    return list(
        db.session.scalars(select(Message).where(Message.template == template).order_by(Message.id))
    )


def gone_out(event: Event) -> None:
    """The worker has sent every mail that waits."""
    with unit_of_work():
        for one in db.session.scalars(select(Message).where(Message.event_id == event.id)):
            if one.state == "queued":
                one.state = "sent"
