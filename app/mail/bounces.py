"""Mails that came back: the worker reads the mailbox once a minute and notes what it finds.

A report counts when it names a Message-ID of ours, which only who got the mail can know: 128
random bits. How far was read stands as UIDVALIDITY and UID in a setting, so neither the clock nor
what people do in the mailbox (reading, moving, deleting) matters, and nothing there is changed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app
from imap_tools.mailbox import BaseMailBox
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.core import clock
from app.core.database import unit_of_work
from app.core.settings_store import read_setting, write_setting
from app.extensions import db
from app.mail.bounce_reading import KINDS, PERMANENT, Report, read_reports
from app.mail.mailbox import beginning, newer_uids, open_mailbox
from app.mail.models import Bounce, Message, MessageState
from app.mail.queue import TaskQueue
from app.mail.smtp_errors import TransportError

MAILBOX = "mailbox"  # the setting
READ = "read_mailbox"  # the task
FIRST_TIME = 1_000  # so many of the newest mails are read when the mailbox is new to us
AT_ONCE = 20
MOST_SECONDS = 30  # one run; the worker has mails to send
EVERY = timedelta(seconds=45)
AFTER_TROUBLE = timedelta(minutes=5)
STRANGER, KNOWN, NOT_YET = "stranger", "known", "not_yet"


@dataclass
class ReadMails:
    """What one run found: `mails` read; how many of each kind were noted; of the others,
    ``stranger`` (reports of mails we never sent), ``known``, ``unreadable``."""

    mails: int = 0
    found: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class MailboxState:
    """``code`` (key of REASONS) is None while the mailbox can be read; times of the real clock."""

    code: str | None = None
    detail: str = ""
    since: datetime | None = None
    read_at: datetime | None = None
    strangers: int = 0
    unreadable: int = 0


def init_bounces(app: Flask, queue: TaskQueue) -> None:
    if app.config["SETTINGS"].imap_server:
        queue.add(READ, read_each_minute, each_minute=True)


def read_each_minute() -> None:
    """The worker's task: not twice within a minute when runs have piled up behind a long batch,
    and less often while the mailbox cannot be read."""
    now = clock.real_now()
    state = mailbox_state()
    db.session.rollback()
    if state.read_at is not None:
        pause = AFTER_TROUBLE if state.code else EVERY
        if timedelta() <= now - state.read_at < pause:  # else: due, or the clock was moved back
            return
    read_mailbox()


def read_mailbox() -> ReadMails:
    """Read what is new and note it. Trouble with the server is noted and logged, not raised."""
    settings = current_app.config["SETTINGS"]
    done = ReadMails()
    try:
        with open_mailbox(settings) as (box, validity):
            _read_new(box, validity, done)
        trouble = None
    except TransportError as error:
        current_app.logger.warning("mailbox cannot be read: %s", error.code)
        trouble = error
    with unit_of_work():
        _note_server(trouble)
    if done.mails:
        current_app.logger.info("mailbox: %d mails, %s", done.mails, dict(done.found))
    return done


def mailbox_state() -> MailboxState:
    stored = read_setting(MAILBOX) or {}
    since, read_at = (
        datetime.fromisoformat(stored[name]) if stored.get(name) else None
        for name in ("since", "read_at")
    )
    return MailboxState(
        stored.get("code"), stored.get("detail") or "", since, read_at,
        stored.get("strangers", 0), stored.get("unreadable", 0),
    )  # fmt: skip


def notes_of(message_ids: Sequence[int]) -> dict[int, list[Bounce]]:
    """What came back for these mails, newest first; delays and automatic answers too."""
    rows = db.session.scalars(
        select(Bounce).where(Bounce.message_ref.in_(message_ids)).order_by(Bounce.id.desc())
    )
    found: dict[int, list[Bounce]] = {}
    for row in rows:
        found.setdefault(row.message_ref or 0, []).append(row)
    return found


def _read_new(box: BaseMailBox, validity: int, done: ReadMails) -> None:
    stored = read_setting(MAILBOX) or {}
    db.session.rollback()  # nothing is held while the server is talked to
    known = stored.get("uidvalidity") == validity
    uids = newer_uids(box, stored["uid"] if known else 0)
    if not known:
        uids = uids[-FIRST_TIME:]
    until = time.monotonic() + MOST_SECONDS
    while uids and time.monotonic() < until:
        batch, uids = uids[:AT_ONCE], uids[AT_ONCE:]
        mails = [(uid, beginning(box, uid)) for uid in batch]
        present = [(uid, raw) for uid, raw in mails if raw is not None]
        reports = read_reports([raw for _, raw in present])
        pairs = [(uid, report) for (uid, _), report in zip(present, reports, strict=True)]
        if not _note_batch(pairs, batch[-1], validity, done):
            return


def _note_batch(pairs: list[tuple[int, Report]], last: int, validity: int, done: ReadMails) -> bool:
    """Note reports and how far was read, together. → False when one must wait."""
    found: Counter[str] = Counter()
    waits = False
    with unit_of_work():
        now = clock.now()
        for uid, report in pairs:
            outcome = note_report(report, now)
            if outcome == NOT_YET:
                last, waits = uid - 1, True
                break
            found[outcome] += 1
        stored = read_setting(MAILBOX) or {}
        counts = {
            name: stored.get(name, 0) + found[key]
            for name, key in (("strangers", STRANGER), ("unreadable", "unreadable"))
        }
        write_setting(MAILBOX, {**stored, **counts, "uidvalidity": validity, "uid": last})
    done.mails += found.total()
    done.found += found
    return not waits


def note_report(report: Report, now: datetime) -> str:
    """One report, inside a unit of work. → its kind when it was noted now; else "none" (no
    report), "unreadable", "stranger", "known", or "not_yet": its mail is being sent just now."""
    if report.kind not in KINDS:
        return report.kind
    message = _answered(report.ids)
    if message is None:
        return STRANGER
    if message.state == MessageState.SENDING:
        return NOT_YET
    connection = db.session.connection()
    values = {
        "mail_key": report.key,
        "message_ref": message.id,
        "kind": report.kind,
        "status": report.status or None,
        "recipient": report.recipient or None,
        "detail": report.detail or None,
        "found_at": now,
    }
    if connection.execute(_INSERT[connection.dialect.name], values).scalar() is None:
        return KNOWN
    # A mail whose sending broke off has arrived after all, and has come back.
    if report.kind == PERMANENT and message.state in (MessageState.SENT, MessageState.RETRYING):
        message.state = MessageState.BOUNCED
        message.error_code = report.reason
        message.error_detail = " ".join(filter(None, (report.status, report.detail))) or None
    return report.kind


_INSERT: dict[str, Any] = {
    name: insert(Bounce.__table__)
    .on_conflict_do_nothing(index_elements=["mail_key"])
    .returning(Bounce.__table__.c.id)
    for name, insert in (("sqlite", sqlite_insert), ("postgresql", postgres_insert))
}


def _answered(ids: Sequence[str]) -> Message | None:
    """The mail of ours that the surest of these Message-IDs names."""
    rows = db.session.scalars(
        select(Message).where(Message.message_id.in_(ids)).with_for_update()
    ).all()
    by_id = {row.message_id: row for row in rows}
    return next((by_id[one] for one in ids if one in by_id), None)


def _note_server(error: TransportError | None) -> None:
    stored = read_setting(MAILBOX) or {}
    now = clock.real_now().isoformat()
    stored["read_at"] = now
    if error is None:
        stored.update(code=None, detail="", since=None)
    else:
        since = stored.get("since") if stored.get("code") else None
        stored.update(code=error.code, detail=error.detail, since=since or now)
    write_setting(MAILBOX, stored)
