"""Many mails at once: started by a page in one row, prepared by the worker, watched and halted.

A page must not wait until ten thousand letters are written. It stores a MailBatch with what was
chosen; the worker asks the package that knows the cause (a `Maker`) for the list of mails to
make, and then makes them piece by piece, each piece one transaction that also moves the mark.
A kill loses at most the piece in hand, which is made again as a whole.

``options`` of a batch: {"choice": what the page chose, "by": the actor, "work": items still to
make or None before they are listed, "notes": what the maker counted}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from app.audit.services import record
from app.core import clock
from app.core.access import Actor
from app.core.database import after_commit, unit_of_work
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.mail.models import MailBatch, Message, MessageState
from app.mail.queue import current_queue
from app.mail.rules import STOPPED, BatchState

PREPARE = "prepare_batches"
TROUBLE = "trouble"  # in the notes: the mails cannot be written, a fault of the program
PIECE = 50  # items a transaction: the database's writers wait no longer than for these


@dataclass(frozen=True)
class Maker:
    """``plan(batch)`` → the items to make (JSON values, each one mail or a few), read without a
    lock. ``make(batch, items, by, now)`` puts their mails into the outbox, inside a unit of work,
    and → counts to be added up in the batch's notes. It must do nothing for what was made."""

    # app.extensions["batch_makers"][kind of batch]
    plan: Callable[[MailBatch], list[Any]]
    make: Callable[[MailBatch, list[Any], Actor, datetime], dict[str, int]]


class BatchNotFound(NotFound):
    message = _l("Không tìm thấy lô thư này.")


class BatchIsStopped(DomainError):
    message = _l("Lô thư này đã dừng hẳn. Muốn gửi tiếp, hãy chọn lại người nhận và gửi lô mới.")


class WrongMove(DomainError):
    message = _l("Lô thư này không ở trạng thái đó nữa. Hãy tải lại trang.")


def start_batch(
    kind: str,
    title: str,
    *,
    event_id: int | None,
    choice: dict[str, Any],
    by: Actor,
    now: datetime,
    expected: int = 0,
    key: str = "",
) -> MailBatch:
    """One row; the worker does the rest. Inside a unit of work that holds the event's lock.

    ``key``: of the page's button: pressed twice it starts one batch. ``expected``: letters the
    page counted, shown until the worker has counted the mails.
    """
    known = _started_by(key, event_id)
    if known is not None:
        return known
    batch = MailBatch(
        event_id=event_id, kind=kind, title=title, state=BatchState.PREPARING, total=expected,
        options={"choice": choice, "by": _stored(by), "work": None, "notes": {}, "key": key},
        created_at=now, created_by=by.label,
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    record("batch.started", ("mail_batch", batch.id), by=by, now=now, event_id=event_id,
           after={"title": title})  # fmt: skip
    after_commit("batches", wake)
    return batch


def _started_by(key: str, event_id: int | None) -> MailBatch | None:
    if not key:
        return None
    recent = (
        select(MailBatch)
        .where(MailBatch.event_id == event_id)
        .order_by(MailBatch.id.desc())
        .limit(20)
    )
    return next((one for one in db.session.scalars(recent) if one.options.get("key") == key), None)


def _stored(by: Actor) -> dict[str, Any]:
    return {**asdict(by), "roles": sorted(by.roles)}


def _actor(batch: MailBatch) -> Actor:
    stored = batch.options["by"]
    return Actor(**{**stored, "roles": frozenset(stored["roles"])})


def wake() -> None:
    """Have the worker prepare at once; its sweep of the next minute does so anyhow."""
    current_queue().call(PREPARE)


# ---------------------------------------------------------------- what the desk does


def pause(batch_id: int, *, by: Actor, now: datetime) -> MailBatch:
    """Nothing more goes out until it is resumed; the mail in hand is finished."""
    batch = _locked(batch_id)
    if batch.state in (BatchState.PREPARING, BatchState.RUNNING):
        _move(batch, BatchState.PAUSED, "batch.paused", by, now)
    return batch


def resume(batch_id: int, *, by: Actor, now: datetime) -> MailBatch:
    batch = _locked(batch_id)
    if batch.state == BatchState.PAUSED:
        state = BatchState.PREPARING if _unprepared(batch) else BatchState.RUNNING
        _move(batch, state, "batch.resumed", by, now)
        after_commit("batches", wake)
    return batch


def stop(batch_id: int, *, by: Actor, now: datetime) -> MailBatch:
    """For good: what has not gone is taken out of the queue and says why."""
    batch = _locked(batch_id, stopped=True)
    if batch.state != BatchState.STOPPED and (_unprepared(batch) or _waits(batch.id)):
        _move(batch, BatchState.STOPPED, "batch.stopped", by, now)
        batch.options = {**batch.options, "work": []}
        take_out(batch.id)
        batch.total = mails_of(batch.id)
    return batch


def take_out(*batch_ids: int) -> None:
    """Mails of stopped batches that still wait: they will not go, unless a person sends them."""
    db.session.execute(
        update(Message)
        .where(
            Message.batch_id.in_(batch_ids),
            Message.state.in_((MessageState.QUEUED, MessageState.RETRYING)),
        )
        .values(state=MessageState.FAILED, error_code=STOPPED, error_detail=None)
        .execution_options(synchronize_session=False)
    )


def _move(batch: MailBatch, state: str, action: str, by: Actor, now: datetime) -> None:
    record(action, ("mail_batch", batch.id), by=by, now=now, event_id=batch.event_id,
           before={"state": batch.state}, after={"state": state})  # fmt: skip
    batch.state = state


def _locked(batch_id: int, *, stopped: bool = False) -> MailBatch:
    batch = db.session.scalar(
        select(MailBatch)
        .where(MailBatch.id == batch_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if batch is None:
        raise BatchNotFound()
    if batch.state == BatchState.STOPPED and not stopped:
        raise BatchIsStopped()
    return batch


def _unprepared(batch: MailBatch) -> bool:
    """Whether mails of it are still to be made; batches made by others at once have no list."""
    return "work" in batch.options and batch.options["work"] != []


def _waits(batch_id: int) -> bool:
    going = (MessageState.QUEUED, MessageState.RETRYING, MessageState.SENDING)
    found = select(Message.id).where(Message.batch_id == batch_id, Message.state.in_(going))
    return db.session.scalar(found.limit(1)) is not None


def mails_of(batch_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Message.batch_id == batch_id)) or 0


# ---------------------------------------------------------------- what the worker does


def prepare_waiting() -> None:
    """Make the mails of every batch that waits for it. Needs no open transaction."""
    stopping = current_queue().stopping
    waiting = select(MailBatch.id).where(MailBatch.state == BatchState.PREPARING)
    found = db.session.scalars(waiting.order_by(MailBatch.id)).all()
    db.session.rollback()
    for batch_id in found:
        try:
            while not stopping.is_set() and prepare_piece(batch_id):
                pass
        except Exception as trouble:  # seen at the desk, tried again in a minute; the others go on
            db.session.rollback()
            current_app.logger.error("preparing mail batch %d", batch_id, exc_info=trouble)
            _note_trouble(batch_id, type(trouble).__name__)


def _note_trouble(batch_id: int, name: str) -> None:
    with unit_of_work():
        batch = _locked(batch_id, stopped=True)
        batch.options = {**batch.options, "notes": {**batch.options["notes"], TROUBLE: name}}


def prepare_piece(batch_id: int) -> bool:
    """The next piece of one batch in one transaction. → whether there is more."""
    batch = db.session.get(MailBatch, batch_id, populate_existing=True)
    if batch is None or batch.state != BatchState.PREPARING:
        return False
    maker: Maker = current_app.extensions["batch_makers"][batch.kind]
    if batch.options["work"] is None:
        work = maker.plan(batch)
        db.session.rollback()
        _keep_plan(batch_id, work)
        return True
    db.session.rollback()
    with unit_of_work():
        return _make_piece(_locked(batch_id, stopped=True), maker)


def _keep_plan(batch_id: int, work: list[Any]) -> None:
    with unit_of_work():
        batch = _locked(batch_id, stopped=True)
        if batch.options["work"] is None:
            batch.options = {**batch.options, "work": work}


def _make_piece(batch: MailBatch, maker: Maker) -> bool:
    if batch.state != BatchState.PREPARING:  # paused or stopped meanwhile
        return False
    work: list[Any] = batch.options["work"]
    with force_locale("vi"):
        counts = maker.make(batch, work[:PIECE], _actor(batch), clock.now())
    notes = dict(batch.options["notes"])
    for name, number in counts.items():
        notes[name] = notes.get(name, 0) + number
    notes.pop(TROUBLE, None)
    batch.options = {**batch.options, "work": work[PIECE:], "notes": notes}
    if work[PIECE:]:
        return True
    batch.state = BatchState.RUNNING
    db.session.flush()
    batch.total = mails_of(batch.id)
    return False
