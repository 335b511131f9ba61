"""Whom a letter has reached and who must be called; plain functions of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.events.guests import kind_order
from app.units.rules import district_order

DAYS = (1, 2, 3, 5)  # unopened for so long: call
USUAL_DAYS = 2


class Reach(StrEnum):
    """How far a letter has come; the first that holds, from the reader back to the desk."""

    YES = "yes"
    OTHER = "other"
    NO = "no"
    TOLD = "told"  # by telephone, noted by the desk
    OPENED = "opened"  # opened, kept or put into a calendar; not answered
    UNOPENED = "unopened"  # accepted by the mail server some days ago
    FRESH = "fresh"  # accepted, a short time ago
    SENDING = "sending"
    BOUNCED = "bounced"
    FAILED = "failed"
    NO_ADDRESS = "no_address"
    UNSENT = "unsent"  # no letter is out


TO_CALL = frozenset({Reach.NO_ADDRESS, Reach.FAILED, Reach.BOUNCED, Reach.UNOPENED})
REACHED = frozenset({Reach.YES, Reach.OTHER, Reach.NO, Reach.TOLD, Reach.OPENED})


@dataclass(frozen=True)
class MailFact:
    """One mail with the letter. ``state``: of the outbox; ``accepted_at``: by the mail server."""

    state: str
    accepted_at: datetime | None
    error_code: str | None = None


@dataclass(frozen=True)
class LetterFacts:
    """What is known of one letter that is out. ``sent_at``: when it was put on its way."""

    sent_at: datetime | None
    opened: bool
    told: bool
    answer: str | None
    has_address: bool
    mails: Sequence[MailFact]


def reach_of(facts: LetterFacts | None, *, days: int, now: datetime) -> Reach:
    """``facts`` None: no letter is out."""
    if facts is None:
        return Reach.UNSENT
    if facts.answer:
        return Reach(facts.answer)
    if facts.told:
        return Reach.TOLD
    if facts.opened:
        return Reach.OPENED
    return _mailed(facts, days=days, now=now)


def _mailed(facts: LetterFacts, *, days: int, now: datetime) -> Reach:
    """The best of its mails: what reached one mailbox has left."""
    states = {mail.state for mail in facts.mails}
    if "sent" in states:
        at = [mail.accepted_at or facts.sent_at for mail in facts.mails if mail.state == "sent"]
        since = min((one for one in at if one is not None), default=None)
        fresh = since is None or now - since < timedelta(days=days)
        return Reach.FRESH if fresh else Reach.UNOPENED
    if states & {"queued", "sending", "retrying"}:
        return Reach.SENDING
    if "bounced" in states:
        return Reach.BOUNCED
    if not facts.has_address:
        return Reach.NO_ADDRESS
    return Reach.FAILED if states else Reach.SENDING


def delivery_order(district: str | None, kind: str, sort_key: str) -> tuple[int, int, str]:
    """The messenger's round, also the order of calls: the city's districts in their statistical
    order, in each the kinds in the plan's order, in each the names; units of no district last."""
    return district_order(district), kind_order(kind), sort_key
