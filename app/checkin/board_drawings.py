"""Boards drawn once for all who look, each process for itself.

A drawing is looked at anew at most once a second, and drawn anew when something was written since
(whatever changes a board is in the audit log) or a quarter of a minute has passed: minutes run,
and on PostgreSQL a change may be committed after one that was noted later. An expensive drawing
(twenty thousand delegates) waits longer, so that drawing never takes more than a twentieth of a
process. Nobody is answered with a board older than the wait before it was asked for.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from math import ceil

from flask import current_app

MOST = 40  # events × sessions × languages × names on or off
LOOK_AGAIN = 1.0  # seconds
REDRAW = 15  # seconds
SHARE = 20
POLLS_A_SECOND = 10  # of one process: with more viewers each asks less often
SOON, SELDOM = 3, 20  # seconds between two polls of one viewer
COUNTED = 10.0  # seconds over which polls are counted


@dataclass
class Drawing:
    """``version``: see `drawn_board`; ``fresh_until``: by the steady clock."""

    version: Hashable
    html: str
    packed: bytes
    etag: str
    fresh_until: float


@dataclass
class Boards:
    """What one process keeps. ``polls`` came since ``since``; ``wait`` is what they were told."""

    drawings: OrderedDict[Hashable, Drawing] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    clock: Callable[[], float] = time.monotonic
    polls: int = 0
    since: float = 0.0
    wait: int = SOON


def kept_boards() -> Boards:
    """This process's, of the current application."""
    boards: Boards = current_app.extensions.setdefault("hall_boards", Boards())
    return boards


def drawn_board(key: Hashable, version: Callable[[], Hashable], draw: Callable[[], str]) -> Drawing:
    """The board of this key, as fresh as the module says."""
    boards = kept_boards()
    kept = boards.drawings.get(key)
    began = boards.clock()
    if kept is not None and began < kept.fresh_until:
        return kept
    got = boards.lock.acquire(blocking=kept is None)
    if kept is not None and not got:
        return kept  # another thread is drawing it now
    try:
        return _look_again(boards, key, version(), draw, began)
    finally:
        boards.lock.release()


def _look_again(
    boards: Boards, key: Hashable, seen: Hashable, draw: Callable[[], str], began: float
) -> Drawing:
    kept = boards.drawings.get(key)
    version = (seen, int(began // REDRAW))
    if kept is None or kept.version != version:
        html = draw()
        content = html.encode()
        kept = Drawing(
            version,
            html,
            gzip.compress(content, compresslevel=6, mtime=0),
            hashlib.sha256(content).hexdigest()[:20],
            0.0,
        )
        boards.drawings[key] = kept
        while len(boards.drawings) > MOST:
            boards.drawings.popitem(last=False)
    ended = boards.clock()
    kept.fresh_until = ended + max(LOOK_AGAIN, SHARE * (ended - began))
    return kept


def next_poll() -> int:
    """In how many seconds a viewer should ask again. Every poll is counted: viewers ÷ wait."""
    boards = kept_boards()
    moment = boards.clock()
    boards.polls += 1
    passed = moment - boards.since
    if passed >= COUNTED:
        viewers = boards.polls / passed * boards.wait
        boards.wait = min(max(ceil(viewers / POLLS_A_SECOND), SOON), SELDOM)
        boards.polls, boards.since = 0, moment
    return boards.wait
