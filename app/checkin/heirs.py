"""Who stands for a unit instead of an entry that stands no more: one rule for the server's answers
and for the lists on phones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Protocol

from app.registration.rules import ACTIVE


class Entry(Protocol):
    """A registration, or its row."""

    @property
    def id(self) -> int: ...
    @property
    def participation_id(self) -> int: ...
    @property
    def slot(self) -> int: ...
    @property
    def state(self) -> str: ...
    @property
    def replaces_id(self) -> int | None: ...


def heirs(entries: Iterable[Entry]) -> dict[int, int]:
    """id of each entry that has one → id of who stands instead. ``entries``: all of their units.

    The chain of replacements followed forward to its end, or, when that end stands no more,
    whoever the unit entered afterwards in the same place.
    """
    everybody = list(entries)
    numbers = Counter(one.participation_id for one in everybody)
    units: dict[int, list[Entry]] = defaultdict(list)
    for one in everybody:
        if numbers[one.participation_id] > 1:  # most units send one: no list for each of them
            units[one.participation_id].append(one)
    found: dict[int, int] = {}
    for rows in units.values():
        for one in rows:
            heir = _heir(one, rows)
            if heir is not None:
                found[one.id] = heir
    return found


def _heir(entry: Entry, rows: list[Entry]) -> int | None:
    following = {row.replaces_id: row for row in rows if row.replaces_id}
    last: Entry | None = None
    current = entry
    while current.id in following and following[current.id] is not last:
        last = following[current.id]
        current = last
    if last is not None and last.state in ACTIVE:
        return last.id
    for row in rows:
        if row.id != entry.id and row.slot == entry.slot and row.state in ACTIVE:
            return row.id
    return last.id if last is not None else None
