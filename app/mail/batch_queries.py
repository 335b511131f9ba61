"""Reads of batches: how far each is, what it could not send, what it sent last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import load_only

from app.extensions import db
from app.mail.batches import BatchNotFound
from app.mail.models import MailBatch, Message, MessageState
from app.mail.queries import ROW
from app.mail.rules import BatchState

TROUBLED = (MessageState.FAILED, MessageState.BOUNCED, MessageState.RETRYING)


@dataclass(frozen=True)
class Progress:
    """One batch and how many of its mails stand where. ``made``: mails in the outbox."""

    batch: MailBatch
    counts: dict[str, int] = field(default_factory=dict)

    def _sum(self, *states: str) -> int:
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def made(self) -> int:
        return sum(self.counts.values())

    @property
    def total(self) -> int:
        """Mails in all; while they are being prepared, as many as the page expected."""
        return max(self.made, self.batch.total if self.preparing else 0)

    @property
    def preparing(self) -> bool:
        return self.batch.state != BatchState.STOPPED and bool(
            "work" in self.batch.options and self.batch.options["work"] != []
        )

    @property
    def sent(self) -> int:
        return self._sum(MessageState.SENT)

    @property
    def failed(self) -> int:
        """For good: nothing more is tried unless a person does."""
        return self._sum(MessageState.FAILED, MessageState.BOUNCED)

    @property
    def retrying(self) -> int:
        return self._sum(MessageState.RETRYING)

    @property
    def waiting(self) -> int:
        """Not tried yet, those still to be prepared too."""
        return self.total - self.sent - self.failed - self.retrying

    @property
    def state(self) -> str:
        """preparing | running | paused | stopped | done."""
        if self.batch.state in (BatchState.PAUSED, BatchState.STOPPED):
            return self.batch.state
        if self.preparing:
            return BatchState.PREPARING
        return BatchState.RUNNING if self.waiting or self.retrying else "done"


def progress_of(batch_id: int, event_id: int) -> Progress:
    """One batch of this event. Raises BatchNotFound, also for the batch of another event."""
    batch = db.session.scalar(
        select(MailBatch).where(MailBatch.id == batch_id, MailBatch.event_id == event_id)
    )
    if batch is None:
        raise BatchNotFound()
    rows = db.session.execute(
        select(Message.state, func.count())
        .where(Message.batch_id == batch_id)
        .group_by(Message.state)
    )
    return Progress(batch, {state: number for state, number in rows})


def batches_of(event_id: int) -> list[Progress]:
    """All batches of the event, newest first."""
    batches = db.session.scalars(
        select(MailBatch).where(MailBatch.event_id == event_id).order_by(MailBatch.id.desc())
    ).all()
    counts: dict[int, dict[str, int]] = {one.id: {} for one in batches}
    rows = db.session.execute(
        select(Message.batch_id, Message.state, func.count())
        .where(Message.batch_id.in_(list(counts)))
        .group_by(Message.batch_id, Message.state)
    )
    for batch_id, state, number in rows:
        counts[batch_id or 0][state] = number
    return [Progress(one, counts[one.id]) for one in batches]


def troubled(batch_id: int, *, page: int, per_page: int) -> Sequence[Message]:
    """What did not go: for good first, then what is tried again."""
    return _rows(
        select(Message)
        .where(Message.batch_id == batch_id, Message.state.in_(TROUBLED))
        .order_by(case((Message.state == MessageState.RETRYING, 1), else_=0), Message.id)
        .offset((page - 1) * per_page)
        .limit(per_page)
    )


def last_sent(batch_id: int, number: int = 5) -> Sequence[Message]:
    return _rows(
        select(Message)
        .where(Message.batch_id == batch_id, Message.state == MessageState.SENT)
        .order_by(Message.next_at.desc(), Message.id.desc())
        .limit(number)
    )


def every_mail(batch_id: int, *, page: int, per_page: int) -> Sequence[Message]:
    return _rows(
        select(Message)
        .where(Message.batch_id == batch_id)
        .order_by(Message.id)
        .offset((page - 1) * per_page)
        .limit(per_page)
    )


def _rows(found: Select[Message]) -> Sequence[Message]:
    return list(db.session.scalars(found.options(load_only(*ROW, raiseload=True))))
