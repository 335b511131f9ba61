"""Reads of the requests for the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select

from app.extensions import db
from app.personal_data.models import DataRequest
from app.personal_data.rules import RUNNING, Clock, State, clock_of

PAGE_SIZE = 50
TABS: dict[str, frozenset[State]] = {
    "running": RUNNING,
    "ended": frozenset(State) - RUNNING,
}


@dataclass(frozen=True)
class RequestRow:
    request: DataRequest
    clock: Clock | None


@dataclass(frozen=True)
class RequestPage:
    rows: Sequence[RequestRow]
    counts: dict[str, int]
    total: int
    page: int


#: What is due next: the answer, then the deed.
_NEXT = case((DataRequest.state == State.OPEN, DataRequest.answer_by), else_=DataRequest.act_by)


def request_page(tab: str, page: int, now: datetime) -> RequestPage:
    """Running: the most pressing first; ended: the newest first. Two queries."""
    rows = db.session.execute(select(DataRequest.state, func.count()).group_by(DataRequest.state))
    by_state = {row[0]: row[1] for row in rows}
    counts = {name: sum(by_state.get(one, 0) for one in states) for name, states in TABS.items()}
    total = counts[tab]
    shown = min(max(page, 1), max(1, -(-total // PAGE_SIZE)))
    order = (_NEXT, DataRequest.id) if tab == "running" else (DataRequest.id.desc(),)
    found = db.session.scalars(
        select(DataRequest)
        .where(DataRequest.state.in_(TABS[tab]))
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset((shown - 1) * PAGE_SIZE)
    )
    return RequestPage([row_of(one, now) for one in found], counts, total, shown)


def row_of(request: DataRequest, now: datetime) -> RequestRow:
    return RequestRow(request, clock_of(request.state, request.answer_by, request.act_by, now))


def running_counts(now: datetime) -> tuple[int, int]:
    """(running, of these too late), for the menu. One query."""
    running, late = db.session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((_NEXT < now, 1), else_=0)), 0),
        ).where(DataRequest.state.in_(RUNNING))
    ).one()
    return running, late
