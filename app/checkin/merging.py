"""What scans that come late, in any order and more than once, make of presences: plain values.

A presence belongs to the earliest of the scans that let its person in, by corrected time; of two
at the same instant, to the one with the smaller client id. Taking the smaller of two is the same
in any order, in any batches and however often, and so is all of this.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from app.checkin.rules import ADMITTED, REFUSED, Outcome, Remark

Key = tuple[int, int]  # registration, session

AHEAD = timedelta(minutes=1)  # a corrected time may be that far in the future: measuring has limits
MOST_OFFSET_MS = 50 * 366 * 86_400_000  # a phone whose battery was empty may say 1980


class Claim(NamedTuple):
    """A scan that may be somebody's first. Compared by its first two fields, the rest follows."""

    at: datetime
    client_id: str
    gate_name: str
    by: str
    how: str


class Kept(NamedTuple):
    """A presence on disk. ``first``: the claim it belongs to, its client id "" when no scan made it."""

    id: int
    undone_at: datetime | None
    first: Claim


class Shown(NamedTuple):
    """What a gate showed for a scan of one presence. ``place``: its phone, else its name."""

    scan_id: int
    place: str
    let_in: bool


def corrected(
    device_at: datetime | None, offset_ms: int | None, *, made_at: datetime | None, now: datetime
) -> tuple[datetime, bool]:
    """(the time a scan counts at, whether its own is nonsense): the phone's time and its offset.

    Nonsense, or no time at all, counts when it arrived: before its gate was made (``made_at``),
    or later than now by more than a minute.
    """
    if device_at is None:
        return now, True
    try:
        at = device_at + timedelta(milliseconds=offset_ms or 0)
    except OverflowError:
        return now, True
    if at > now + AHEAD or (made_at is not None and at < made_at):
        return now, True
    return min(at, now), False


def first_of(claims: Iterable[Claim], standing: Claim | None = None) -> Claim | None:
    """Whose presence it is; None when nobody claims it."""
    everybody = [*claims, *([standing] if standing is not None else [])]
    return min(everybody, key=lambda one: (one.at, one.client_id), default=None)


def presence_of(at: datetime, kept: Iterable[Kept]) -> Kept | None:
    """Which presence of one person in one session a scan at this time belongs to.

    What happened at or before an undo was undone with it; None: there is none that stands yet.
    """
    undone = [one for one in kept if one.undone_at is not None and at <= one.undone_at]
    if undone:
        return min(undone, key=lambda one: (one.undone_at, one.id))
    return next((one for one in kept if one.undone_at is None), None)


def gate_let_in(told: str | None, outcome: str) -> bool:
    """Whether the gate's screen was green: by the phone's own word, else by the server's."""
    return (told or outcome) == Outcome.WELCOME


def doubles(shown: Iterable[Shown]) -> set[int]:
    """Scans of one presence to look at: more than one place let the person in."""
    green = [one for one in shown if one.let_in]
    return {one.scan_id for one in green} if len({one.place for one in green}) > 1 else set()


def remark_of(told: str | None, outcome: Outcome, *, ended: bool, nonsense: bool) -> Remark | None:
    """Why the desk should look at a scan, but for doubles, which need the others of its presence."""
    if ended:
        return Remark.AFTER_REVOKE
    if told in ADMITTED and outcome in REFUSED:
        return Remark.STALE
    if told in REFUSED and outcome in ADMITTED:
        return Remark.UNLISTED
    return Remark.CLOCK if nonsense else None
