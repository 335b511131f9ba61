"""Letters to many: whom the desk chose, what sending would do, and the worker's part of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.rules import Route
from app.extensions import db
from app.invitations.letter_mails import Batched
from app.invitations.queries import Addressed, addressed
from app.invitations.rules import NOT_OUT, LetterState
from app.invitations.sending import Verdict, judge, send_group
from app.mail.batches import Maker, start_batch
from app.mail.models import MailBatch

KIND = "letters"
EACH, TOGETHER = "each", "together"
TOGETHER_MOST = 20  # letters in one mail: larger ones are refused by mail servers
UNSENT = "unsent"
STATES: dict[str, tuple[str, ...]] = {
    UNSENT: NOT_OUT,
    "queued": (LetterState.QUEUED,),
    "sent": (LetterState.SENT,),
    "failed": (LetterState.FAILED, LetterState.BOUNCED),
}


@dataclass(frozen=True)
class Choice:
    """Whom to send to: by route, kind of unit and state of the letter (empty: all of them), or
    by hand (``ids`` of participations; then the rest does not count)."""

    routes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    ids: tuple[int, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "routes": list(self.routes), "kinds": list(self.kinds), "states": list(self.states),
            "ids": None if self.ids is None else list(self.ids),
        }  # fmt: skip

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Choice:
        ids = stored["ids"]
        return cls(
            tuple(stored["routes"]), tuple(stored["kinds"]), tuple(stored["states"]),
            None if ids is None else tuple(ids),
        )  # fmt: skip

    def holds(self, row: Addressed) -> bool:
        wanted = {state for name in self.states for state in STATES[name]}
        return (
            (not self.routes or row.participation.route in self.routes)
            and (not self.kinds or row.participation.kind in self.kinds)
            and (not wanted or row.state in wanted)
        )


def chosen(event: Event, choice: Choice) -> list[Addressed]:
    """In the order of the list. Units of other events never come."""
    if choice.ids is not None:
        return addressed(event, ids=set(choice.ids))
    return [row for row in addressed(event) if choice.holds(row)]


@dataclass(frozen=True)
class Shared:
    """A mailbox of several units, and their letters."""

    address: str
    rows: Sequence[Addressed]


@dataclass(frozen=True)
class DryRun:
    """What sending now would do; ``going``: letters that leave, ``mails``: how many mails carry
    them to the units' mailboxes."""

    verdicts: dict[str, list[Addressed]]
    going: list[Addressed]
    without_address: list[Addressed]
    shared: list[Shared]
    mails: int

    def number(self, verdict: str) -> int:
        return len(self.verdicts.get(verdict, ()))


def dry_run(event: Event, choice: Choice) -> DryRun:
    verdicts: dict[str, list[Addressed]] = defaultdict(list)
    for row in chosen(event, choice):
        verdicts[judge(event, row)].append(row)
    leaving = [
        row
        for verdict in (Verdict.NEW, Verdict.CHANGED, Verdict.AGAIN)
        for row in verdicts[verdict]
    ]
    going = [row for row in leaving if row.participation.email]
    groups = mailbox_groups(event, going)
    boxes = defaultdict(list)
    for row in going:
        boxes[_mailbox(row)].append(row)
    return DryRun(
        verdicts=dict(verdicts),
        going=going,
        without_address=[row for row in leaving if not row.participation.email],
        shared=[Shared(box, rows) for box, rows in sorted(boxes.items()) if len(rows) > 1],
        mails=len(groups),
    )


def mailbox_groups(event: Event, rows: Sequence[Addressed]) -> list[list[Addressed]]:
    """The letters of each mail: one each, or those of one mailbox together, as the event says."""
    if event.delivery.get("shared_mailbox", EACH) != TOGETHER:
        return [[row] for row in rows]
    boxes: dict[str, list[Addressed]] = {}
    for row in rows:
        box = _mailbox(row) or f"none:{row.participation.id}"
        boxes.setdefault(box, []).append(row)
    return [
        group[start : start + TOGETHER_MOST]
        for group in boxes.values()
        for start in range(0, len(group), TOGETHER_MOST)
    ]


def _mailbox(row: Addressed) -> str:
    return (row.participation.email or "").strip().lower()


def set_shared_mailbox(event: Event, how: str, *, by: Actor, now: datetime) -> None:
    """``how``: each or together."""
    before = event.delivery.get("shared_mailbox", EACH)
    if how == before:
        return
    event.delivery = {**event.delivery, "shared_mailbox": how}
    record(
        "event.shared_mailbox", ("event", event.id), by=by, now=now, event_id=event.id,
        before={"shared_mailbox": before}, after={"shared_mailbox": how},
    )  # fmt: skip


# ---------------------------------------------------------------- starting and preparing


def start_letters(
    event: Event, choice: Choice, *, expected: int, key: str, by: Actor, now: datetime
) -> MailBatch:
    """Inside a unit of work that holds the event's lock; the worker does the rest."""
    number = event.letter.get("number")
    title = (
        _("Giấy mời số %(number)s/%(symbol)s", number=number, symbol=event.letter["symbol"])
        if number
        else _("Giấy mời chưa có số")
    )
    return start_batch(
        KIND, title, event_id=event.id, choice=choice.as_json(), expected=expected, key=key,
        by=by, now=now,
    )  # fmt: skip


def plan_letters(batch: MailBatch) -> list[list[int]]:
    """The mails to make, as the participations whose letters each carries."""
    event = db.session.get_one(Event, batch.event_id)
    rows = chosen(event, Choice.from_json(batch.options["choice"]))
    return [[row.participation.id for row in group] for group in mailbox_groups(event, rows)]


def make_letters(
    batch: MailBatch, items: list[list[int]], by: Actor, now: datetime
) -> dict[str, int]:
    """A piece of the batch. What has its letter already gets nothing, so that a piece made anew
    after a crash, or two batches with the same people, send nothing twice."""
    event = lock_event(batch.event_id or 0)
    wanted = {one for group in items for one in group}
    rows: dict[int, list[Addressed]] = defaultdict(list)
    for row in addressed(event, ids=wanted):
        rows[row.participation.id].append(row)
    counts: dict[str, int] = defaultdict(int)
    how = Batched(batch_id=batch.id)
    for group in items:
        letters = [row for one in dict.fromkeys(group) for row in rows[one]]
        for outcome in _send_carefully(event, letters, how, by=by, now=now):
            counts[outcome] += 1
    return dict(counts)


def _send_carefully(
    event: Event, letters: Sequence[Addressed], how: Batched, *, by: Actor, now: datetime
) -> list[str]:
    """One unit that the rules refuse (no seat is left for it) does not stop the others."""
    if not letters:
        return []
    try:
        with db.session.begin_nested():
            return send_group(event, letters, how, by=by, now=now)
    except DomainError:
        return ["refused"] * len(letters)


LETTERS = Maker(plan_letters, make_letters)


def kinds_of(rows: Sequence[Addressed]) -> list[str]:
    return sorted({row.participation.kind for row in rows})


def routes_of(rows: Sequence[Addressed]) -> list[str]:
    order = [str(one) for one in Route]
    return sorted({row.participation.route for row in rows}, key=order.index)


def named(participation: Participation) -> str:
    return f"{participation.name} ({participation.code})"
