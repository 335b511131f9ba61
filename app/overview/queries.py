"""Totals of an event. The same tables as the lists: a figure here and its list there agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from app.core.vietnamese import fold
from app.events.links import TEMPLATE as LINK_MAIL
from app.events.models import Event, Participation
from app.events.rules import Route
from app.extensions import db
from app.mail.models import Message, MessageState
from app.mail.services import NO_ADDRESS
from app.registration.models import Registration
from app.registration.rules import ACTIVE, State
from app.units.rules import UnitKind, district_order, kind_order

MAIL_FILTERS = ("none", "unsent", "unopened", "failed")


@dataclass
class Share:
    """Units of one kind or district: how many are called, have a seat, have sent nothing."""

    key: str
    route: str
    units: int = 0
    confirmed: int = 0
    missing: int = 0


@dataclass(frozen=True)
class Coverage:
    """Who is called and who has a seat (P9), by kind in the plan's order and by district."""

    kinds: list[Share] = field(default_factory=list)
    districts: list[Share] = field(default_factory=list)
    guests: int = 0  # who come on top of the plan's seats

    def of_route(self, *routes: str) -> list[Share]:
        return [one for one in self.kinds if one.route in routes]


def has_entry() -> ColumnElement[bool]:
    """Whether a participation has an entry that stands."""
    return exists().where(
        Registration.participation_id == Participation.id, Registration.state.in_(ACTIVE)
    )


def coverage(event: Event) -> Coverage:
    """Two queries whatever the number of units. Guests without a unit are counted apart."""
    called = db.session.execute(
        select(
            Participation.kind,
            Participation.district,
            Participation.route,
            has_entry().label("entered"),
            func.count().label("units"),
        )
        .where(Participation.event_id == event.id, Participation.unit_id.is_not(None))
        .group_by(Participation.kind, Participation.district, Participation.route, "entered")
    ).all()
    seated = db.session.execute(
        select(Participation.kind, Participation.district, Participation.route, func.count())
        .select_from(Registration)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(Registration.event_id == event.id, Registration.state == State.CONFIRMED)
        .group_by(Participation.kind, Participation.district, Participation.route)
    ).all()
    kinds: dict[tuple[str, str], Share] = {}
    districts: dict[str, Share] = {}
    for kind, district, route, entered, units in called:
        for share in _shares(kinds, districts, kind, district, route):
            share.units += units
            share.missing += 0 if entered or route != Route.REGISTRATION else units
    guests = 0
    for kind, district, route, seats in seated:
        if route == Route.GUEST:
            guests += seats
            continue
        for share in _shares(kinds, districts, kind, district, route):
            share.confirmed += seats
    return Coverage(
        sorted(
            kinds.values(), key=lambda one: (one.route != Route.REGISTRATION, kind_order(one.key))
        ),
        sorted(districts.values(), key=lambda one: district_order(one.key or None)),
        guests,
    )


def _shares(
    kinds: dict[tuple[str, str], Share],
    districts: dict[str, Share],
    kind: str,
    district: str | None,
    route: str,
) -> tuple[Share, Share]:
    return (
        kinds.setdefault((kind, route), Share(kind, route)),
        districts.setdefault(district or "", Share(district or "", "")),
    )


def seat_changes(event: Event) -> list[tuple[datetime, int]]:
    """(instant, +1 or -1) of every seat given and given back, ascending. A replaced delegate's
    seat goes over to the successor with its time, so only the successor counts. Without guests,
    who come on top of the plan's seats."""
    rows = db.session.execute(
        select(Registration.seated_at, Registration.ended_at)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(
            Participation.unit_id.is_not(None),
            Registration.event_id == event.id,
            Registration.seated_at.is_not(None),
            Registration.state != State.REPLACED,
        )
    )
    changes: list[tuple[datetime, int]] = []
    for seated_at, ended_at in rows:
        if seated_at is not None:
            changes.append((seated_at, 1))
        if ended_at is not None:
            changes.append((ended_at, -1))
    return sorted(changes)


def failed_mails(event: Event) -> dict[str | None, int]:
    """Mails of the event that did not go, by the code of the reason."""
    rows = db.session.execute(
        select(Message.error_code, func.count())
        .where(
            Message.event_id == event.id,
            Message.state.in_((MessageState.FAILED, MessageState.BOUNCED)),
        )
        .group_by(Message.error_code)
    )
    return {row[0]: row[1] for row in rows}


# ---------------------------------------------------------------- who is missing


@dataclass(frozen=True)
class MissingFilter:
    """A view of the units that have sent nothing; all of it stands in the address."""

    q: str = ""
    kind: str = ""
    district: str = ""
    mail: str = ""  # one of MAIL_FILTERS
    ids: tuple[int, ...] = ()

    @classmethod
    def parse(cls, args: Any) -> MissingFilter:
        """``args``: a MultiDict. What makes no sense is left out."""
        mail = args.get("mail", "")
        everything = bool(args.get("everything"))
        ids = (
            ()
            if everything
            else tuple(int(one) for one in args.getlist("ids") if one.isascii() and one.isdigit())
        )
        return cls(
            q=" ".join(args.get("q", "").split())[:100],
            kind=args.get("kind", "") if args.get("kind") in list(UnitKind) else "",
            district=args.get("district", "")[:60],
            mail=mail if mail in MAIL_FILTERS else "",
            ids=ids[:5000],
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.kind or self.district or self.mail)

    def args(self) -> dict[str, Any]:
        """For url_for."""
        names = ("q", "kind", "district", "mail", "ids")
        return {name: getattr(self, name) for name in names if getattr(self, name)}


@dataclass(frozen=True)
class MissingUnit:
    """``mail_state``: of the last mail with the unit's link; None when none was written."""

    participation: Participation
    mail_state: str | None

    @property
    def mail_failed(self) -> bool:
        return self.mail_state in (MessageState.FAILED, MessageState.BOUNCED)


def missing_units(
    event: Event, wanted: MissingFilter, limit: int | None = None, offset: int = 0
) -> list[MissingUnit]:
    """Units called to register that have no standing entry, by name. One query."""
    query = _missing(event, wanted).order_by(Participation.sort_key, Participation.id)
    return [MissingUnit(*one) for one in db.session.execute(query.limit(limit).offset(offset))]


def missing_total(event: Event, wanted: MissingFilter) -> int:
    return (
        db.session.scalar(select(func.count()).select_from(_missing(event, wanted).subquery())) or 0
    )


def _missing(event: Event, wanted: MissingFilter) -> Any:
    last = (
        select(Message.thing_id, func.max(Message.id).label("message_id"))
        .where(
            Message.event_id == event.id,
            Message.thing_type == "participation",
            Message.template == LINK_MAIL,
        )
        .group_by(Message.thing_id)
        .subquery()
    )
    return (
        select(Participation, Message.state)
        .outerjoin(last, last.c.thing_id == Participation.id)
        .outerjoin(Message, Message.id == last.c.message_id)
        .where(
            Participation.event_id == event.id,
            Participation.route == Route.REGISTRATION,
            ~has_entry(),
            *_narrowing(wanted),
        )
    )


def _narrowing(wanted: MissingFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Participation.search.contains(word, autoescape=True) for word in fold(wanted.q).split()
    ]
    if wanted.kind:
        conditions.append(Participation.kind == wanted.kind)
    if wanted.district:
        conditions.append(Participation.district == wanted.district)
    if wanted.ids:
        conditions.append(Participation.id.in_(wanted.ids))
    if wanted.mail == "none":
        conditions.append(no_address())
    elif wanted.mail == "unsent":
        conditions.append(Participation.link_sent_at.is_(None))
    elif wanted.mail == "unopened":
        conditions.append(
            and_(Participation.link_sent_at.is_not(None), Participation.opened_at.is_(None))
        )
    elif wanted.mail == "failed":
        conditions.append(Message.state.in_((MessageState.FAILED, MessageState.BOUNCED)))
    return conditions


def no_address() -> ColumnElement[bool]:
    return or_(Participation.email.is_(None), Participation.email == "")


@dataclass(frozen=True)
class LinkFacts:
    """Of the units that have not registered: how many have no address, how many no link yet."""

    without_address: int
    unsent: int


def link_facts(event: Event) -> LinkFacts:
    row = db.session.execute(
        select(
            func.count().filter(no_address(), ~has_entry()),
            func.count().filter(Participation.link_sent_at.is_(None), ~no_address(), ~has_entry()),
        ).where(Participation.event_id == event.id, Participation.route == Route.REGISTRATION)
    ).one()
    return LinkFacts(*row)


def places_of(event: Event) -> Sequence[str]:
    """Districts of the called units, in the statistical order."""
    found = db.session.scalars(
        select(Participation.district)
        .where(Participation.event_id == event.id, Participation.district.is_not(None))
        .distinct()
    ).all()
    return sorted((one for one in found if one), key=district_order)


__all__ = [
    "NO_ADDRESS", "Coverage", "LinkFacts", "MissingFilter", "MissingUnit", "Share", "coverage",
    "failed_mails", "link_facts", "missing_total", "missing_units", "places_of", "seat_changes",
]  # fmt: skip
