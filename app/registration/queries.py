"""Reads of registrations: one query for screens, lists and exports (design 4.8)."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, Text, and_, case, cast, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from app.core.states import STATES
from app.core.vietnamese import fold
from app.events.guests import is_guest_pool
from app.events.models import Event, Participation, SeatPool
from app.events.rules import Route
from app.extensions import db
from app.registration.errors import RegistrationNotFound
from app.registration.form_facts import form_facts
from app.registration.models import Registration
from app.registration.rules import ACTIVE, State, pool_order

TABS: dict[str, tuple[State, ...]] = {
    "all": tuple(State),
    "confirmed": (State.CONFIRMED,),
    "waitlisted": (State.WAITLISTED,),
    "late": (State.LATE,),
    "ended": (State.REPLACED, State.WITHDRAWN),
    "rejected": (State.REJECTED,),
}
SORTS = ("unit", "person", "state", "received", "place")
SIZES = (25, 50)
FLAGS = ("not_leader", "same_person")
STATE_ORDER = {state: number for number, state in enumerate(State)}
QUERY_MAX = 100
FAR = 2**31 - 1


@dataclass(frozen=True)
class RegistrationFilter:
    """What a view of the registrations shows; everything of it stands in the address.

    ``sort``: one of SORTS, with "-" in front for descending. ``page`` counts from 1.
    """

    tab: str = "all"
    q: str = ""
    kind: str = ""
    district: str = ""
    flag: str = ""
    form: str = ""
    sort: str = "-received"
    page: int = 1
    size: int = 50

    @classmethod
    def parse(cls, args: Mapping[str, str], **defaults: Any) -> RegistrationFilter:
        """From the address; what makes no sense falls back to the default."""
        base = cls(**defaults)
        tab, sort, flag = args.get("tab", ""), args.get("sort", ""), args.get("flag", "")
        form = args.get("form", "")
        return replace(
            base,
            tab=tab if tab in TABS else base.tab,
            q=" ".join(args.get("q", "").split())[:QUERY_MAX],
            kind=args.get("kind", "")[:30],
            district=args.get("district", "")[:60],
            flag=flag if flag in FLAGS else "",
            form=form if form in STATES["form"] else "",
            sort=sort if sort.removeprefix("-") in SORTS else base.sort,
            page=_number(args.get("page"), 1, 10_000, 1),
            size=_number(args.get("size"), min(SIZES), max(SIZES), base.size),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.kind or self.district or self.flag or self.form)

    def args(self) -> dict[str, str]:
        """For an address of the same view, such as its export; without page and size."""
        values = {"tab": self.tab, "q": self.q, "kind": self.kind, "district": self.district,
                  "flag": self.flag, "form": self.form, "sort": self.sort}  # fmt: skip
        plain = RegistrationFilter()
        return {name: value for name, value in values.items() if value != getattr(plain, name)}


@dataclass(frozen=True)
class Row:
    """An entry with its unit; ``place``: in the queue as people count it, for those who wait;
    ``form``: the state of its signed form."""

    registration: Registration
    participation: Participation
    place: int | None
    form: str = "none"


@dataclass(frozen=True)
class RegistrationPage:
    """``counts``: per tab, under the same search and filters; ``total``: of the tab shown."""

    rows: Sequence[Row]
    counts: Mapping[str, int]
    total: int
    page: int
    size: int


def _number(text: str | None, low: int, high: int, default: int) -> int:
    return min(max(int(text), low), high) if text and text.isascii() and text.isdigit() else default


def registrations(event: Event, wanted: RegistrationFilter) -> list[Row]:
    """Every row of the view, for exports."""
    return _rows(_rows_query(event, wanted))


def registration_page(event: Event, wanted: RegistrationFilter) -> RegistrationPage:
    """One page of the view; a page beyond the end gives the last one."""
    counts = tab_counts(event, wanted)
    total = counts[wanted.tab]
    page = min(wanted.page, max(1, math.ceil(total / wanted.size)))
    query = _rows_query(event, wanted).limit(wanted.size).offset((page - 1) * wanted.size)
    return RegistrationPage(_rows(query), counts, total, page, wanted.size)


def tab_counts(event: Event, wanted: RegistrationFilter) -> dict[str, int]:
    found = db.session.execute(
        select(Registration.state, func.count())
        .join(Participation, Participation.id == Registration.participation_id)
        .where(Registration.event_id == event.id, *_narrowing(wanted))
        .group_by(Registration.state)
    )
    by_state = {state: number for state, number in found}
    return {tab: sum(by_state.get(state, 0) for state in states) for tab, states in TABS.items()}


def _rows(query: Select[Any]) -> list[Row]:
    return [Row(*one) for one in db.session.execute(query)]


def _rows_query(event: Event, wanted: RegistrationFilter) -> Select[Any]:
    places = (
        select(
            Registration.id,
            func.row_number().over(order_by=Registration.queue_no).label("place"),
        )
        .where(Registration.event_id == event.id, Registration.state == State.WAITLISTED)
        .subquery()
    )
    query = (
        select(Registration, Participation, places.c.place, form_facts().state())
        .join(Participation, Participation.id == Registration.participation_id)
        .outerjoin(places, places.c.id == Registration.id)
        .where(Registration.event_id == event.id, *_narrowing(wanted))
        .order_by(*_order(wanted.sort))
    )
    if wanted.tab != "all":
        query = query.where(Registration.state.in_(TABS[wanted.tab]))
    return query


def _narrowing(wanted: RegistrationFilter) -> list[ColumnElement[bool]]:
    conditions = _search(wanted.q)
    if wanted.kind:
        conditions.append(Participation.kind == wanted.kind)
    if wanted.district:
        conditions.append(Participation.district == wanted.district)
    if wanted.form:
        conditions.append(form_facts().state() == wanted.form)
    if wanted.flag:
        conditions.append(Registration.state.in_(ACTIVE))
        conditions.append(cast(Registration.flags, Text).contains(f'"{wanted.flag}"'))
    return conditions


def _search(q: str) -> list[ColumnElement[bool]]:
    """Every word somewhere in the person or the unit, without marks and case; or a receipt code."""
    digits = re.sub(r"\s", "", q)
    if digits.isascii() and digits.isdigit() and len(digits) >= 4:
        return [or_(_contains(q), Registration.receipt_code.contains(digits))]
    return [_contains(word) for word in fold(q).split()]


def _contains(text: str) -> ColumnElement[bool]:
    plain = fold(text)
    return or_(
        Registration.search.contains(plain, autoescape=True),
        Participation.search.contains(plain, autoescape=True),
    )


def _order(sort: str) -> list[ColumnElement[Any]]:
    columns: dict[str, list[Any]] = {
        "unit": [Participation.sort_key],
        "person": [Registration.sort_key],
        "state": [case(STATE_ORDER, value=Registration.state, else_=len(STATE_ORDER))],
        "received": [Registration.received_at],
        "place": [func.coalesce(Registration.queue_no, FAR)],
    }
    chosen = [*columns[sort.removeprefix("-")], Registration.id]
    if sort.removeprefix("-") in ("person", "state"):
        chosen.insert(1, Participation.sort_key)
    return [one.desc() for one in chosen] if sort.startswith("-") else chosen


# ---------------------------------------------------------------- one entry


def registration_of(event: Event, registration_id: int) -> Row:
    """An entry of this event. Raises RegistrationNotFound, also for another event's entry."""
    found = _rows(
        _rows_query(event, RegistrationFilter()).where(Registration.id == registration_id)
    )
    if not found:
        raise RegistrationNotFound()
    return found[0]


def participation_of(event: Event, participation_id: int) -> Participation:
    """A unit called to this event. Raises RegistrationNotFound, also for a guest without a unit."""
    found = db.session.get(Participation, participation_id)
    if found is None or found.event_id != event.id or found.unit_id is None:
        raise RegistrationNotFound()
    return found


def entries_of_unit(participation_id: int) -> list[Registration]:
    """All entries of a unit, the newest first."""
    return list(
        db.session.scalars(
            select(Registration)
            .where(Registration.participation_id == participation_id)
            .order_by(Registration.id.desc())
        )
    )


def chain_of(registration: Registration, entries: Sequence[Registration]) -> list[Registration]:
    """The entry with those it replaced and those that replaced it, the oldest first."""
    by_id = {one.id: one for one in entries}
    first = registration
    while first.replaces_id is not None and first.replaces_id in by_id:
        first = by_id[first.replaces_id]
    chain = [first]
    while after := next((one for one in entries if one.replaces_id == chain[-1].id), None):
        chain.append(after)
    return chain


def twins_of(registration: Registration) -> list[Row]:
    """Standing entries of the same person for other units of the event."""
    if not registration.person_key:
        return []
    return [
        Row(*one, None)
        for one in db.session.execute(
            select(Registration, Participation)
            .join(Participation, Participation.id == Registration.participation_id)
            .where(
                Registration.event_id == registration.event_id,
                Registration.person_key == registration.person_key,
                Registration.participation_id != registration.participation_id,
                Registration.state.in_(ACTIVE),
            )
            .order_by(Registration.id)
        )
    ]


# ---------------------------------------------------------------- units of the event


def kinds_and_districts(event: Event) -> tuple[list[str], list[str]]:
    """What the units of this event are and where, for the filters; unordered duplicates removed."""
    pairs = db.session.execute(
        select(Participation.kind, Participation.district)
        .where(Participation.event_id == event.id)
        .distinct()
    ).all()
    return sorted({kind for kind, _ in pairs}), sorted({place for _, place in pairs if place})


def _active_count() -> Any:
    return (
        select(func.count())
        .select_from(Registration)
        .where(Registration.participation_id == Participation.id, Registration.state.in_(ACTIVE))
        .correlate(Participation)
        .scalar_subquery()
    )


def missing_count(event: Event) -> int:
    """Units that should register by the form and have not."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Participation)
            .where(
                Participation.event_id == event.id,
                Participation.route == Route.REGISTRATION,
                _active_count() == 0,
            )
        )
        or 0
    )


def units_with_room(event: Event, q: str, limit: int = 20) -> tuple[list[Participation], int]:
    """Called units whose quota is not used up, by name, and how many there are in all."""
    quota = func.coalesce(Participation.quota, event.unit_quota)
    conditions = [Participation.event_id == event.id, _active_count() < quota]
    conditions.append(Participation.unit_id.is_not(None))
    conditions += [Participation.search.contains(word, autoescape=True) for word in fold(q).split()]
    total = db.session.scalar(
        select(func.count()).select_from(Participation).where(and_(*conditions))
    )
    found = db.session.scalars(
        select(Participation)
        .where(and_(*conditions))
        .order_by(Participation.sort_key, Participation.id)
        .limit(limit)
    )
    return list(found), total or 0


# ---------------------------------------------------------------- seats


def pools_of(event: Event) -> list[SeatPool]:
    """The general seats first, then the reserves, read afresh; guests' seats are not among them."""
    pools = db.session.scalars(
        select(SeatPool)
        .where(SeatPool.event_id == event.id)
        .order_by(SeatPool.id)
        .execution_options(populate_existing=True)
    )
    plan = [pool for pool in pools if not is_guest_pool(pool.kinds)]
    return sorted(plan, key=lambda pool: bool(pool.kinds))


def free_seats(pools: Sequence[SeatPool], kind: str) -> int:
    """Seats a unit of this kind could take now."""
    usable = pool_order(kind, [(pool.id, pool.kinds) for pool in pools])
    return sum(pool.seats - pool.taken for pool in pools if pool.id in usable)


def seating_preview(
    event: Event,
    pools: Sequence[SeatPool],
    *,
    more: int = 0,
    released_id: int | None = None,
) -> list[Row]:
    """Who of the queue would get a seat if so many were opened, or this reserve released."""
    free = {pool.id: pool.seats - pool.taken for pool in pools}
    general_id = next(pool.id for pool in pools if not pool.kinds)
    if released_id is not None:
        more += free[released_id]
        free[released_id] = 0
    free[general_id] += more
    orders = [(pool.id, pool.kinds) for pool in pools]
    seated = []
    for row in registrations(event, RegistrationFilter(tab="waitlisted", sort="place")):
        usable = pool_order(row.participation.kind, orders)
        pool_id = next((one for one in usable if free[one] > 0), None)
        if pool_id is not None:
            free[pool_id] -= 1
            seated.append(row)
    return seated


def next_for_pool(event: Event, pools: Sequence[SeatPool], pool_id: int) -> Row | None:
    """Who of the queue gets the next seat of this pool that comes free."""
    orders = [(pool.id, pool.kinds) for pool in pools]
    for row in registrations(event, RegistrationFilter(tab="waitlisted", sort="place")):
        if pool_id in pool_order(row.participation.kind, orders):
            return row
    return None
