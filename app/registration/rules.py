"""States of a registration and what may follow what (design 3), as plain functions of values."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    LATE = "late"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    REJECTED = "rejected"


ACTIVE = frozenset({State.CONFIRMED, State.WAITLISTED, State.LATE})

MOVES: dict[State | None, frozenset[State]] = {
    None: frozenset({State.CONFIRMED, State.WAITLISTED, State.LATE}),
    State.CONFIRMED: frozenset({State.WITHDRAWN, State.REPLACED, State.REJECTED}),
    State.WAITLISTED: frozenset({State.CONFIRMED, State.WITHDRAWN, State.REPLACED, State.REJECTED}),
    State.LATE: frozenset(
        {State.CONFIRMED, State.WAITLISTED, State.WITHDRAWN, State.REPLACED, State.REJECTED}
    ),
    State.WITHDRAWN: frozenset(),
    State.REPLACED: frozenset(),
    State.REJECTED: frozenset(),
}


class RequestKind(StrEnum):
    REPLACE = "replace"
    WITHDRAW = "withdraw"


class RequestSource(StrEnum):
    """Who asks: the unit, or the delegate on the letter's page."""

    UNIT = "unit"
    DELEGATE = "delegate"


class RequestState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    MOOT = "moot"  # the entry ended another way


def may_move(before: State | str | None, after: State) -> bool:
    return after in MOVES[State(before) if before else None]


def is_late(now: datetime, cutoff_at: datetime) -> bool:
    """P30/G1: "trước 17 giờ 00 phút" – the instant of the cut-off itself is already late."""
    return now >= cutoff_at


def effective_cutoff(event_cutoff: datetime, own_cutoff: datetime | None) -> datetime:
    """A unit's own extension counts when it is later than everybody's cut-off."""
    return max(event_cutoff, own_cutoff) if own_cutoff else event_cutoff


def pool_order(kind: str, pools: list[tuple[int, list[str]]]) -> list[int]:
    """Ids of the pools a unit of this kind may sit in, its own reserve before the general seats."""
    own = [pool_id for pool_id, kinds in pools if kind in kinds]
    general = [pool_id for pool_id, kinds in pools if not kinds]
    return own + general
