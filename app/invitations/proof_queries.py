"""Each invited person with what is known of their letter: for the desk's table and its totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.errors import NotFound
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.proof_rules import (
    REACHED,
    TO_CALL,
    USUAL_DAYS,
    LetterFacts,
    MailFact,
    Reach,
    delivery_order,
    reach_of,
)
from app.invitations.queries import Addressed, addressed, is_standing
from app.invitations.rules import LetterState
from app.mail.models import Message
from app.registration.models import Registration

OUT = frozenset({LetterState.QUEUED, LetterState.SENT, LetterState.FAILED, LetterState.BOUNCED})
TABS: dict[str, frozenset[Reach]] = {
    "call": TO_CALL,
    "no_address": frozenset({Reach.NO_ADDRESS}),
    "failed": frozenset({Reach.FAILED}),
    "bounced": frozenset({Reach.BOUNCED}),
    "unopened": frozenset({Reach.UNOPENED}),
    "no_answer": frozenset({Reach.OPENED}),
    "answered": frozenset({Reach.NO, Reach.OTHER}),
    "yes": frozenset({Reach.YES}),
    "told": frozenset({Reach.TOLD}),
    "all": frozenset(Reach),
}


@dataclass(frozen=True)
class ProofRow:
    """``invitation`` None: no letter is out. ``mails``: those that carry it."""

    participation: Participation
    registration: Registration | None
    invitation: Invitation | None
    mails: tuple[MailFact, ...]
    reach: Reach

    @property
    def accepted_at(self) -> datetime | None:
        """When the first mail server took it."""
        times = [one.accepted_at for one in self.mails if one.accepted_at is not None]
        return min(times, default=None)

    @property
    def error_code(self) -> str | None:
        """Why it did not go, when none went."""
        return next((one.error_code for one in self.mails if one.error_code), None)

    @property
    def to_call(self) -> bool:
        return self.reach in TO_CALL


@dataclass(frozen=True)
class ProofTotals:
    """``reached``, ``to_call``: letters; ``waiting``: on their way or just sent; ``unsent``:
    people without a letter; ``declined``: cannot come, or want another to go."""

    reached: int
    to_call: int
    waiting: int
    unsent: int
    declined: int


def proof_rows(
    event: Event,
    *,
    now: datetime,
    days: int = USUAL_DAYS,
    q: str = "",
    ids: Collection[int] | None = None,
) -> list[ProofRow]:
    """In the order of delivery, which is that of the calls. ``ids``: only these participations."""
    own = _mails_to_delegates(event)
    rows = [_row(one, own, days=days, now=now) for one in addressed(event, q=q, ids=ids)]
    return sorted(rows, key=_place)


def _place(row: ProofRow) -> tuple[object, ...]:
    one = row.participation
    return *delivery_order(one.district, one.kind, one.sort_key), one.id


def _mails_to_delegates(event: Event) -> dict[int, list[tuple[str, MailFact]]]:
    found: dict[int, list[tuple[str, MailFact]]] = defaultdict(list)
    rows = db.session.execute(
        select(
            Message.thing_id, Message.recipient, Message.state, Message.sent_at, Message.error_code
        ).where(Message.event_id == event.id, Message.thing_type == "invitation")
    )
    for row in rows:
        found[row.thing_id].append(
            (row.recipient, MailFact(row.state, row.sent_at, row.error_code))
        )
    return found


def _row(
    one: Addressed, own: dict[int, list[tuple[str, MailFact]]], *, days: int, now: datetime
) -> ProofRow:
    letter = one.invitation
    if letter is None or letter.state not in OUT:
        return ProofRow(one.participation, one.registration, None, (), Reach.UNSENT)
    message = one.message
    to_unit = message.recipient if message is not None else None
    mails = [fact for recipient, fact in own.get(letter.id, ()) if recipient != to_unit]
    if message is not None:
        mails.insert(0, MailFact(message.state, message.sent_at, message.error_code))
    addresses = [one.participation.email, one.registration.email if one.registration else None]
    facts = LetterFacts(
        sent_at=letter.queued_at,
        opened=any((letter.opened_at, letter.downloaded_at, letter.calendar_at)),
        told=letter.told_at is not None,
        answer=letter.answer,
        has_address=any(addresses),
        mails=mails,
    )
    reach = reach_of(facts, days=days, now=now)
    return ProofRow(one.participation, one.registration, letter, tuple(mails), reach)


def tab_counts(rows: list[ProofRow]) -> dict[str, int]:
    numbers = Counter(row.reach for row in rows)
    return {name: sum(numbers[one] for one in wanted) for name, wanted in TABS.items()}


def proof_totals(event: Event, *, now: datetime) -> ProofTotals | None:
    """For the dashboard, from the same rows as the table's; None before the first letter."""
    out = select(Invitation.id).where(Invitation.event_id == event.id, Invitation.state.in_(OUT))
    if db.session.scalar(out.limit(1)) is None:
        return None
    numbers = Counter(row.reach for row in proof_rows(event, now=now))
    return ProofTotals(
        reached=sum(numbers[one] for one in REACHED),
        to_call=sum(numbers[one] for one in TO_CALL),
        waiting=numbers[Reach.FRESH] + numbers[Reach.SENDING],
        unsent=numbers[Reach.UNSENT],
        declined=numbers[Reach.NO] + numbers[Reach.OTHER],
    )


def letter_of_event(event: Event, invitation_id: int) -> Invitation:
    """A standing letter of this event, with its people. Raises NotFound."""
    found = db.session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.event_id == event.id)
        .options(joinedload(Invitation.registration).joinedload(Registration.participation))
    )
    if found is None or not is_standing(found):
        raise NotFound()
    return found
