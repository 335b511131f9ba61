"""An event as the phones' addresses need it: a plain row with its sessions, in one statement with
the phone that asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask import request
from sqlalchemy import bindparam, select

from app.checkin.gates import COOKIE, DEVICE_COLUMNS, Device
from app.checkin.models import Gate, GateDevice
from app.checkin.results import Door, SessionFacts
from app.core.prepared import Prepared
from app.core.tokens import hash_secret
from app.events.models import Event, EventSession


class ListedEvent(Protocol):
    """An Event, or the row of one."""

    @property
    def id(self) -> int: ...
    @property
    def slug(self) -> str: ...
    @property
    def short_title(self) -> str: ...
    @property
    def planned_seats(self) -> int: ...
    @property
    def hall_seats(self) -> int | None: ...
    @property
    def sessions(self) -> Sequence[SessionFacts]: ...


@dataclass(frozen=True)
class HallEvent:
    """See ListedEvent. ``sessions``: in their order."""

    id: int
    slug: str
    short_title: str
    planned_seats: int
    hall_seats: int | None
    sessions: tuple[Door, ...]


def phone_here(slug: str) -> tuple[HallEvent, Device] | None:
    """The phone this request comes from, also one that is a gate no more, with its event; None
    when it is none, or another event's."""
    secret = request.cookies.get(COOKIE)
    if not secret:
        return None
    values = {"slug": slug, "digest": hash_secret(secret)}
    rows = _WITH_PHONE.rows(values)
    return (_event(rows), Device._make(rows[0][_WIDTH:])) if rows else None


def event_here(slug: str) -> HallEvent | None:
    rows = _BY_SLUG.rows({"slug": slug})
    return _event(rows) if rows else None


def _event(rows: Sequence[tuple[Any, ...]]) -> HallEvent:
    sessions = tuple(Door(row[0], *row[5:11]) for row in rows if row[5] is not None)
    number, slug, short_title, planned_seats, hall_seats = rows[0][:5]
    return HallEvent(number, slug, short_title, planned_seats, hall_seats, sessions)


_E, _S = Event.__table__.c, EventSession.__table__.c
_COLUMNS = (
    _E.id.label("of_event"), _E.slug, _E.short_title, _E.planned_seats, _E.hall_seats,
    _S.id.label("session_id"), _S.name.label("session_name"), _S.starts_at, _S.ends_at,
    _S.opened_at, _S.closed_at,
)  # fmt: skip
_WIDTH = len(_COLUMNS)
_EVENTS = Event.__table__.outerjoin(EventSession.__table__, _S.event_id == _E.id)
_BY_SLUG = Prepared(
    select(*_COLUMNS).select_from(_EVENTS).where(_E.slug == bindparam("slug")).order_by(_S.ordinal)
)
_WITH_PHONE = Prepared(
    select(*_COLUMNS, *DEVICE_COLUMNS)
    .select_from(
        _EVENTS.join(Gate.__table__, Gate.__table__.c.event_id == _E.id).join(
            GateDevice.__table__, GateDevice.__table__.c.gate_id == Gate.__table__.c.id
        )
    )
    .where(_E.slug == bindparam("slug"), GateDevice.__table__.c.secret_hash == bindparam("digest"))
    .order_by(_S.ordinal)
)
