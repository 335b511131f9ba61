"""The nightly job: events past their date, old requests, and the bytes they leave in the file.

Once a day after two in the morning (Hải Phòng), or later when no worker ran then. What failed is
tried again a minute later. The day and what is still to be wiped stand in the database, so that
any number of workers do it once.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.clock import local, local_date
from app.core.database import unit_of_work
from app.core.errors import DomainError, NotStored
from app.core.settings_store import read_setting, write_setting
from app.core.writers import writers_turn
from app.extensions import db
from app.mail.models import Message
from app.mail.queue import TaskQueue
from app.personal_data.erasing import Counts, due_events, erase_event
from app.personal_data.models import DataRequest
from app.personal_data.rules import KEPT_DAYS, RUNNING
from app.personal_data.scrubbing import purge_mails

TASK = "erase_personal_data"
NIGHT = range(2, 5)  # hours in which the file may be written anew
DAY_DONE, TO_WIPE = "erasure_day", "erasure_to_wipe"
PATIENCE = timedelta(hours=20)  # a wipe that waited so long no longer waits for the night


class DryRun(Exception):
    """Raised inside the unit of work so that nothing of it is kept."""


@dataclass
class Erased:
    """``events``: (slug, short title, counts); ``requests``: finished ones whose texts went;
    ``failed``: slugs to be tried again."""

    events: list[tuple[str, str, Counts]] = field(default_factory=list)
    requests: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        return bool(self.events or self.requests)


def init_erasing(queue: TaskQueue) -> None:
    queue.add(TASK, sweep, each_minute=True)


def sweep() -> None:
    """Called every minute by the worker."""
    now = clock.now()
    today, hour = local_date(now), local(now).hour
    done, waiting = read_setting(DAY_DONE), read_setting(TO_WIPE)
    db.session.rollback()
    if done != today.isoformat() and hour >= NIGHT.start:
        erased = erase_due(now=now)
        if not erased.failed:
            with unit_of_work():
                write_setting(DAY_DONE, today.isoformat())
        waiting = waiting or (now.isoformat() if erased.any else None)
    if waiting and (hour in NIGHT or now - datetime.fromisoformat(waiting) > PATIENCE):
        finish_wipe()


def erase_due(*, now: datetime, slug: str | None = None, dry_run: bool = False) -> Erased:
    """Everything whose date has passed, one event a unit of work; with ``slug`` that event alone,
    whose date must have passed too. Opens its own units of work."""
    erased = Erased()
    found = [(one.id, one.slug, one.short_title) for one in due_events(local_date(now))]
    db.session.rollback()
    for event_id, own_slug, title in found:
        if slug in (None, own_slug):
            try:
                counts = _erase_one(event_id, now=now, dry_run=dry_run)
            except (DomainError, SQLAlchemyError) as error:
                current_app.logger.error("event %d not erased: %s", event_id, type(error).__name__)
                erased.failed.append(own_slug)
            else:
                erased.events.append((own_slug, title, counts))
    if slug is None:
        erased.requests = _erase_requests(now=now, dry_run=dry_run)
    return erased


def _erase_one(event_id: int, *, now: datetime, dry_run: bool) -> Counts:
    counts: Counts = {}
    try:
        with unit_of_work():
            counts = erase_event(event_id, now=now)
            note_to_wipe(now)
            if dry_run:
                raise DryRun
    except DryRun:
        return counts
    current_app.logger.info("event erased", extra={"fields": {"event": event_id, **counts}})
    return counts


def _erase_requests(*, now: datetime, dry_run: bool) -> int:
    """A request done long ago keeps kind and times as proof; its texts and mails go."""
    number = 0
    try:
        with unit_of_work():
            old = db.session.scalars(
                select(DataRequest).where(
                    DataRequest.state.not_in(RUNNING),
                    DataRequest.done_at < now - timedelta(days=KEPT_DAYS),
                    DataRequest.contact.is_not(None),
                )
            ).all()
            number = len(old)
            for one in old:
                one.full_name = one.unit_name = one.contact = one.text = one.answer = None
            ids = [one.id for one in old]
            mails = db.session.scalars(
                select(Message).where(
                    Message.thing_type == "data_request", Message.thing_id.in_(ids)
                )
            ).all()
            purge_mails(mails)
            if old:
                note_to_wipe(now)
            if dry_run:
                raise DryRun
    except DryRun:
        return number
    return number


# ---------------------------------------------------------------- the bytes


def note_to_wipe(now: datetime) -> None:
    """Inside a unit of work: something was erased, its bytes may still lie in the file."""
    write_setting(TO_WIPE, read_setting(TO_WIPE) or now.isoformat())


def finish_wipe() -> bool:
    """→ whether nothing is left to wipe. Opens its own unit of work."""
    try:
        if not wipe_file():
            return False
    except NotStored:
        return False
    with unit_of_work():
        write_setting(TO_WIPE, None)
    return True


def wipe_file() -> bool:
    """Write the SQLite file anew and empty its journal, so that no freed page, no slack and no old
    frame holds what was erased. → False while somebody keeps the file busy: try again.

    On PostgreSQL there is nothing to do from here: autovacuum gives the dead rows' space back
    (docs/operations.md).
    """
    if db.engine.dialect.name != "sqlite":
        return True
    db.session.rollback()
    with writers_turn(), db.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        try:
            raw.execute("PRAGMA secure_delete=ON")
            raw.execute("VACUUM")
            busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            current_app.logger.warning("file not wiped: %s", error)
            return False
    return not busy
