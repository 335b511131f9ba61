"""Reads of what units ask for when they may no longer do it themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.events.models import Event, Participation
from app.extensions import db
from app.registration.errors import RequestNotFound
from app.registration.models import ChangeRequest, Registration
from app.registration.rules import RequestState

REQUEST_TABS: dict[str, tuple[RequestState, ...]] = {
    "open": (RequestState.OPEN,),
    "accepted": (RequestState.ACCEPTED,),
    "refused": (RequestState.REFUSED,),
    "other": (RequestState.TAKEN_BACK, RequestState.MOOT),
}
PAGE_SIZE = 50


@dataclass(frozen=True)
class RequestRow:
    """A request with the delegate it is about and the unit that asks."""

    request: ChangeRequest
    registration: Registration
    participation: Participation


@dataclass(frozen=True)
class RequestPage:
    """``counts``: per tab; ``total``: of the tab shown."""

    rows: Sequence[RequestRow]
    counts: Mapping[str, int]
    total: int
    page: int
    size: int


def open_request_of(registration_id: int) -> ChangeRequest | None:
    """The request that waits for the desk, read afresh."""
    return db.session.scalar(
        select(ChangeRequest)
        .where(
            ChangeRequest.registration_id == registration_id,
            ChangeRequest.state == RequestState.OPEN,
        )
        .execution_options(populate_existing=True)
    )


def newest_of_unit(participation_id: int) -> ChangeRequest | None:
    return db.session.scalar(
        select(ChangeRequest)
        .where(ChangeRequest.participation_id == participation_id)
        .order_by(ChangeRequest.id.desc())
        .limit(1)
    )


def request_of_unit(participation_id: int, request_id: int) -> ChangeRequest:
    """A unit's own request. Raises RequestNotFound, also for another unit's."""
    found = db.session.get(ChangeRequest, request_id)
    if found is None or found.participation_id != participation_id:
        raise RequestNotFound()
    return found


def request_of(event: Event, request_id: int) -> RequestRow:
    """A request of this event. Raises RequestNotFound, also for another event's."""
    found = _rows(_rows_query(event).where(ChangeRequest.id == request_id))
    if not found:
        raise RequestNotFound()
    return found[0]


def request_page(event: Event, tab: str, page: int) -> RequestPage:
    """The open ones oldest first, the decided ones newest first; two queries."""
    by_state = {
        state: number
        for state, number in db.session.execute(
            select(ChangeRequest.state, func.count())
            .where(ChangeRequest.event_id == event.id)
            .group_by(ChangeRequest.state)
        )
    }
    counts = {
        one: sum(by_state.get(state, 0) for state in states) for one, states in REQUEST_TABS.items()
    }
    total = counts[tab]
    page = min(max(page, 1), max(1, math.ceil(total / PAGE_SIZE)))
    order = ChangeRequest.id if tab == "open" else ChangeRequest.id.desc()
    query = _rows_query(event).where(ChangeRequest.state.in_(REQUEST_TABS[tab])).order_by(order)
    rows = _rows(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return RequestPage(rows, counts, total, page, PAGE_SIZE)


def _rows_query(event: Event) -> Any:
    return (
        select(ChangeRequest, Registration, Participation)
        .join(Registration, Registration.id == ChangeRequest.registration_id)
        .join(Participation, Participation.id == ChangeRequest.participation_id)
        .where(ChangeRequest.event_id == event.id)
    )


def _rows(query: Any) -> list[RequestRow]:
    return [RequestRow(*one) for one in db.session.execute(query)]
