"""How many have arrived in a session: asked with every scan, so not counted from the first anew.

SQLite's ids rise in the order of commits, and no presence is deleted while the hall is open: it is
undone. So a process remembers how many stand of all up to some id, and counts those behind it, as
long as nothing was undone since. Counting 20,000 would cost as much as the rest of a scan, while
everybody waits for the lock. On PostgreSQL, where a lower id may be committed later and counting
holds nobody up, all are counted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from sqlalchemy import ScalarSelect, bindparam, func, select

from app.checkin.models import Presence
from app.checkin.results import Counts
from app.core.database import WRITING, after_commit
from app.core.prepared import Prepared
from app.extensions import db
from app.registration.seats import seats_taken

STEP = 64  # presences behind the known ones before these are known, too
LIFE = 10.0  # seconds: a restored database is seen then


@dataclass(frozen=True)
class Known:
    """``arrived``: who stands in one session, of all presences up to the id ``last``, when there
    were ``undone`` of any session."""

    arrived: int
    last: int
    undone: int
    counted_at: float


def counts(event_id: int, session_id: int) -> Counts:
    """Arrived in this session, and delegates with a seat."""
    about = {"event_id": event_id, "session_id": session_id}
    if db.engine.dialect.name != "sqlite":
        row = _ALL.row(about)
        return Counts(row.arrived, row.expected)
    known = _kept().get(session_id)
    if known is not None and time.monotonic() < known.counted_at + LIFE:
        row = _BEHIND.row({**about, "last": known.last})
        if row.undone == known.undone:
            arrived = known.arrived + row.behind
            if row.behind >= STEP:
                _keep(session_id, replace(known, arrived=arrived, last=row.last))
            return Counts(arrived, row.expected)
    row = _ALL.row(about)
    _keep(session_id, Known(row.arrived, row.last, row.undone, time.monotonic()))
    return Counts(row.arrived, row.expected)


def _kept() -> dict[int, Known]:
    return current_app.extensions.setdefault("arrivals", {})


def _keep(session_id: int, known: Known) -> None:
    """What is written just now is known once it is committed."""
    kept = _kept()
    if db.session.info.get(WRITING):
        after_commit(f"arrivals {session_id}", lambda: kept.update({session_id: known}))
    else:
        kept[session_id] = known


# ---------------------------------------------------------------- statements

_PRESENCE = Presence.__table__.c


def _number(*conditions: Any) -> ScalarSelect[Any]:
    return select(func.count()).select_from(Presence).where(*conditions).scalar_subquery()


_IN_SESSION = (_PRESENCE.session_id == bindparam("session_id"), _PRESENCE.undone_at.is_(None))
_MARKS = (
    select(func.coalesce(func.max(_PRESENCE.id), 0)).scalar_subquery().label("last"),
    _number(_PRESENCE.undone_at.is_not(None)).label("undone"),
    seats_taken(bindparam("event_id")).scalar_subquery().label("expected"),
)
_ALL = Prepared(
    select(
        _number(_PRESENCE.event_id == bindparam("event_id"), *_IN_SESSION).label("arrived"), *_MARKS
    )
)
_BEHIND = Prepared(
    select(_number(_PRESENCE.id > bindparam("last"), *_IN_SESSION).label("behind"), *_MARKS)
)
