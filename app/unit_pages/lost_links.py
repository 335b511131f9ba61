"""A unit that lost its link (design 6, `/links`): asked in the request, answered by the worker.

The request only writes down what was typed, so it does the same work whether or not there is
such a unit, and nobody learns from its answer or its time which units there are. The worker
compares the text with the register and mails each unit that is meant, to the address on file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import contains_eager, defer

from app.audit.services import record
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import after_commit, unit_of_work
from app.core.errors import TooManyAttempts
from app.core.limits import count_attempt, ensure_allowed
from app.core.vietnamese import clean_text, fold, match_key
from app.events.links import unit_url
from app.events.models import Event, Participation
from app.events.rules import EventState
from app.extensions import db
from app.mail.models import Message
from app.mail.queue import current_queue
from app.mail.services import enqueue
from app.unit_pages.models import TYPED_MAX, LinkRequest
from app.units.models import Unit

TASK = "answer_lost_links"
TEMPLATE = "lost_link"
REACHABLE = (EventState.OPEN, EventState.CLOSED)  # a closed event still has receipts and letters
PAUSE = timedelta(minutes=15)  # at most one mail a unit
SENDER_MOST, SENDER_WITHIN = 10, timedelta(minutes=15)
TYPED_MOST, TYPED_WITHIN = 5, PAUSE
NAMESAKES_MOST = 5  # more units of one name are no unit's name
_BATCH = 50


# ---------------------------------------------------------------- in the request


def ask_for_link(typed: str, *, sender: str, now: datetime) -> None:
    """Inside a unit of work. Write down what was typed; the worker does the rest.

    Raises TooManyAttempts for a sender who asked too often. A text asked for too often is
    silently not written again: its mail has gone already, and the answer tells nobody.
    """
    moment = clock.real_now()
    ensure_allowed("lost link from", sender, most=SENDER_MOST, within=SENDER_WITHIN, now=moment)
    count_attempt("lost link from", sender, now=moment)
    key = loose_key(typed)
    with suppress(TooManyAttempts):
        ensure_allowed("lost link", key, most=TYPED_MOST, within=TYPED_WITHIN, now=moment)
        count_attempt("lost link", key, now=moment)
        db.session.add(LinkRequest(typed=clean_text(typed)[:TYPED_MAX], asked_at=now))
    after_commit("lost links", _wake)


def _wake() -> None:
    current_queue().call(TASK, delay=1.0)


# ---------------------------------------------------------------- which unit is meant


_SAME = tuple(
    (re.compile(pattern), short)
    for pattern, short in (
        (r"giao duc nghe nghiep\W*giao duc thuong xuyen", "gdnn gdtx"),
        (r"giao duc thuong xuyen", "gdtx"),
        (r"giao duc (?:va|&) dao tao|gd\s*(?:&|-|va)\s*dt", "gddt"),
        (r"trung hoc pho thong|ptth", "thpt"),
        (r"trung hoc co so", "thcs"),
        (r"uy ban nhan dan", "ubnd"),
        (r"\bban chi dao\b", "bcd"),
        (r"\btrung tam\b", "tt"),
        (r"\bphong gddt\b|\bphong gd\b|\bpgd\b", "pgddt"),
    )
)


def exact_key(text: str) -> str:
    """Equal for one name with its marks, whatever its case, hyphens, quotes and blanks."""
    return re.sub(r"[\W_]+", "", match_key(text))


def loose_key(text: str) -> str:
    """Equal for the spellings of one name or code: marks, case, signs, usual abbreviations, and
    with or without "Trường"."""
    plain = fold(text)
    for pattern, short in _SAME:
        plain = pattern.sub(short, plain)
    plain = re.sub(r"^truong\s+", "", plain)
    return re.sub(r"[\W_]+", "", plain)


class Directory:
    """Every name that a unit of the present events goes by. One query, read outside the lock."""

    def __init__(self) -> None:
        self._exact: dict[str, set[int]] = {}
        self._loose: dict[str, set[int]] = {}
        rows = db.session.execute(
            select(
                Unit.id, Unit.code, Unit.name, Unit.short_name, Unit.aliases,
                Participation.code, Participation.name, Participation.short_name,
            )
            .join(Participation, Participation.unit_id == Unit.id)
            .join(Event, Event.id == Participation.event_id)
            .where(Event.state.in_(REACHABLE))
        )  # fmt: skip
        for unit_id, code, name, short_name, aliases, *then in rows:
            for text in {code, name, short_name, *(aliases or ()), *then}:
                for keys, key in ((self._exact, exact_key), (self._loose, loose_key)):
                    if text and (made := key(text)):
                        keys.setdefault(made, set()).add(unit_id)

    def meant(self, typed: str) -> Sequence[int]:
        """Ids of the units of exactly this name; without marks only when none has it with them.
        Several of one name are all meant: each gets its own link at its own address."""
        found = self._exact.get(exact_key(typed)) or self._loose.get(loose_key(typed)) or set()
        return sorted(found) if len(found) <= NAMESAKES_MOST else []


# ---------------------------------------------------------------- in the worker


def init_lost_links(app: Flask) -> None:
    """After the outbox, whose queue it uses."""
    app.extensions["queue"].add(TASK, answer_lost_links, each_minute=True)


def answer_lost_links() -> int:
    """Match what was asked, queue the mails, forget the texts. → how many texts. Needs an
    application context, no open transaction."""
    answered = 0
    while db.session.scalar(select(LinkRequest.id).limit(1)) is not None:
        directory = Directory()
        db.session.rollback()
        with unit_of_work():
            rows = db.session.scalars(
                select(LinkRequest)
                .order_by(LinkRequest.id)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            units = {unit_id for row in rows for unit_id in directory.meant(row.typed)}
            for unit_id in sorted(units):
                mail_links(unit_id, now=clock.now())
            for row in rows:
                db.session.delete(row)
        if not rows:  # another worker has them
            break
        answered += len(rows)
    db.session.rollback()
    return answered


def mail_links(unit_id: int, *, now: datetime) -> int:
    """Inside a unit of work. The unit's links of all present events to its address on file, at
    most once a PAUSE. → mails queued. A unit without an address is one failed mail at the desk.
    """
    ones = _participations(unit_id)
    if _mailed_lately(unit_id, now):
        return 0
    by_address: dict[str, list[Participation]] = {}
    for one in ones:
        by_address.setdefault(one.email or "", []).append(one)
    for address, own in by_address.items():
        _mail(unit_id, address, own, now=now)
    return sum(1 for address in by_address if address)


def _participations(unit_id: int) -> Sequence[Participation]:
    # The unit's row is the lock between two workers on PostgreSQL.
    db.session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())
    return db.session.scalars(
        select(Participation)
        .join(Participation.event)
        .where(Participation.unit_id == unit_id, Event.state.in_(REACHABLE))
        .options(
            contains_eager(Participation.event).options(defer(Event.plan), defer(Event.letter))
        )
        .order_by(Event.id.desc())
    ).all()


def _mailed_lately(unit_id: int, now: datetime) -> bool:
    """`next_at` would be of the real clock but moves with each try; a rehearsal's clock that was
    put back leaves mails of the future, which do not count."""
    return (
        db.session.scalar(
            select(Message.id)
            .where(
                Message.template == TEMPLATE,
                Message.thing_type == "unit",
                Message.thing_id == unit_id,
                Message.recipient != "",
                Message.created_at > now - PAUSE,
                Message.created_at <= now,
            )
            .limit(1)
        )
        is not None
    )


def _mail(unit_id: int, address: str, own: Sequence[Participation], *, now: datetime) -> None:
    # Without an address there is one row for the desk, however often somebody asks.
    window = int(clock.real_now().timestamp() // PAUSE.total_seconds()) if address else NOBODY
    newest = own[0].event
    enqueue(
        f"lost_link:{unit_id}:{window}", to=address or None, to_name=own[0].name,
        template=TEMPLATE, context=_context(own), now=now, event_id=newest.id,
        thing=("unit", unit_id),
    )  # fmt: skip
    if not address:
        return
    for one in own:
        one.link_sent_at = now
        record(
            "link.asked", ("participation", one.id), by=SYSTEM, now=now, event_id=one.event_id,
            after={"recipient": address},
        )  # fmt: skip


NOBODY = "no_address"


def _context(own: Sequence[Participation]) -> dict[str, Any]:
    newest = own[0].event
    return {
        "unit": own[0].name,
        "links": [
            {
                "event_title": one.event.short_title,
                "cutoff_words": one.event.cutoff_words,
                "is_open": one.event.state == EventState.OPEN,
                "url": unit_url(one),
            }
            for one in own
        ],
        "event_title": newest.short_title if len(own) == 1 else "",
        "contact": newest.contact,
    }
