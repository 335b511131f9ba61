"""Making, changing, opening and closing events; calling units to them. Callers open the unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select

from app.audit.services import record
from app.core.access import Actor
from app.core.clock import local_date
from app.core.errors import DomainError
from app.events.errors import CutoffRefused, EventStateRefused, PlanFileError, SeatsRefused
from app.events.models import Event, EventSession, Participation, SeatPool
from app.events.notice import day_of, suggested_retention
from app.events.plan_files import Plan
from app.events.plan_shapes import CONTACT, LETTER, PLAN, filled
from app.events.queries import guest_seats
from app.events.rules import EventState, Route, general_seats, may_move
from app.extensions import db
from app.units.models import Unit
from app.units.rules import default_short_name

GENERAL_POOL = "Chỗ chung"
PLAIN_COLUMNS = (
    "slug", "title", "short_title", "list_title", "venue", "venue_address", "cutoff_at",
    "cutoff_words", "planned_seats", "valid_on", "tentative_time", "starts_at", "ends_at",
    "opens_at", "hall_seats", "unit_quota", "registering_kinds", "invited_kinds", "contact",
    "plan", "letter",
)  # fmt: skip


def create_event(plan: Plan, *, by: Actor, now: datetime, approval: bool = True) -> Event:
    """A draft event with its sessions, seat pools and units. Raises PlanFileError for a used slug.

    ``approval``: letters go out only after a leader's approval and with a number; the settings
    change it.
    """
    if db.session.scalar(select(Event.id).where(Event.slug == plan.slug)):
        raise PlanFileError(_l("Đã có sự kiện với mã “%(slug)s”.", slug=plan.slug))
    event = Event(state=EventState.DRAFT, **{name: getattr(plan, name) for name in PLAIN_COLUMNS})
    until = suggested_retention(day_of(plan.starts_at, plan.ends_at, plan.valid_on))
    event.retention_until = until if until > local_date(now) else None
    event.contact = filled(CONTACT, plan.contact)
    event.plan = filled(PLAN, plan.plan)
    event.letter = filled(LETTER, plan.letter)
    event.delivery = {"approval": approval}
    event.sessions = [
        EventSession(
            ordinal=number,
            name=one["name"],
            topic=one.get("topic", ""),
            starts_at=one.get("starts_at"),
            ends_at=one.get("ends_at"),
            late_after=one.get("late_after"),
        )
        for number, one in enumerate(plan.sessions or [{"name": "Cả ngày"}], start=1)
    ]
    general = general_seats(plan.planned_seats, [one["seats"] for one in plan.reserves])
    event.pools = [SeatPool(name=GENERAL_POOL, kinds=[], seats=general)] + [
        SeatPool(name=one["name"], kinds=one["kinds"], seats=one["seats"]) for one in plan.reserves
    ]
    db.session.add(event)
    db.session.flush()
    record(
        "event.created",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"slug": event.slug, "planned_seats": event.planned_seats},
    )
    call_units(event, by=by, now=now)
    return event


def eligible_units(event: Event) -> Sequence[Unit]:
    """Units of the called kinds valid on the event's day (domain.md 3.1)."""
    day = event.valid_on
    return db.session.scalars(
        select(Unit)
        .where(
            Unit.kind.in_([*event.registering_kinds, *event.invited_kinds]),
            or_(Unit.valid_from.is_(None), Unit.valid_from <= day),
            or_(Unit.valid_until.is_(None), Unit.valid_until >= day),
        )
        .order_by(Unit.id)
    ).all()


def call_units(event: Event, *, by: Actor, now: datetime) -> int:
    """Add the eligible units that are not called yet and refresh names and contacts. → number added."""
    known = {
        one.unit_id: one
        for one in db.session.scalars(
            select(Participation).where(Participation.event_id == event.id)
        )
    }
    added = 0
    for unit in eligible_units(event):
        participation = known.get(unit.id)
        if participation is None:
            invited = unit.kind in event.invited_kinds
            participation = Participation(
                event_id=event.id,
                unit_id=unit.id,
                route=Route.INVITATION if invited else Route.REGISTRATION,
            )
            db.session.add(participation)
            added += 1
        copy_unit(unit, participation)
    db.session.flush()
    if added:
        record(
            "event.units_called",
            ("event", event.id),
            by=by,
            now=now,
            event_id=event.id,
            after={"added": added},
        )
    return added


def copy_unit(unit: Unit, participation: Participation) -> None:
    participation.code = unit.code
    participation.name = unit.name
    participation.short_name = unit.short_name or default_short_name(unit.kind, unit.name)
    participation.kind = unit.kind
    participation.district = unit.district
    participation.email = unit.email
    participation.phone = unit.phone
    participation.search = unit.search
    participation.sort_key = unit.sort_key


def move_event(event: Event, state: str, *, by: Actor, now: datetime) -> None:
    """Open, close, reopen or archive. Raises EventStateRefused."""
    if event.state == state:
        return
    if not may_move(event.state, state):
        raise EventStateRefused()
    before, event.state = event.state, state
    record(
        "event.moved",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        before={"state": before},
        after={"state": state},
    )


def edit_event(event: Event, changes: dict[str, Any], *, by: Actor, now: datetime) -> None:
    """Set columns to new values; seats are changed by `set_planned_seats` so that pools agree.

    Raises EventStateRefused for an archived event, SeatsRefused, CutoffRefused.
    """
    ensure_editable(event)
    changed = {k: v for k, v in changes.items() if getattr(event, k) != v}
    if not changed:
        return
    before = {k: _plain(getattr(event, k)) for k in changed}
    if "cutoff_at" in changed:
        _ensure_cutoff_moves_plainly(event, changed["cutoff_at"], now)
    if "planned_seats" in changed:
        set_planned_seats(event, changed["planned_seats"])
    for name, value in changed.items():
        setattr(event, name, value)
    _ensure_hall_holds_all(event)
    db.session.flush()
    record(
        "event.edited",
        ("event", event.id),
        by=by,
        now=now,
        event_id=event.id,
        before=before,
        after={k: _plain(v) for k, v in changed.items()},
    )


def _ensure_hall_holds_all(event: Event) -> None:
    if event.hall_seats is None:
        return
    if event.hall_seats < event.planned_seats:
        raise SeatsRefused(_l("Số ghế của hội trường không thể ít hơn số chỗ dự kiến."))
    guests = guest_seats(event.id)
    if event.hall_seats < event.planned_seats + guests:
        raise SeatsRefused(
            _l(
                "Hội trường cần ít nhất %(most)d ghế: %(seats)d chỗ dự kiến và %(guests)d khách mời.",
                most=event.planned_seats + guests, seats=event.planned_seats, guests=guests,
            )
        )  # fmt: skip


def _ensure_cutoff_moves_plainly(event: Event, until: datetime, now: datetime) -> None:
    """Once units have been told a cut-off it is extended with a reason and its consequences in
    view (registration.extension), and never slips into the past by an edit."""
    if event.state == EventState.DRAFT:
        return
    if until > event.cutoff_at:
        raise CutoffRefused(
            _l("Muốn lùi hạn, hãy dùng “Gia hạn cho mọi đơn vị” ở trang Quá hạn: có ghi lý do.")
        )
    if until <= now:
        raise CutoffRefused(_l("Hạn mới đã qua. Muốn ngừng nhận đăng ký ngay, hãy đóng đăng ký."))


def ensure_editable(event: Event) -> None:
    if event.state == EventState.ARCHIVED:
        raise EventStateRefused(
            _l("Sự kiện đã lưu trữ. Hãy đưa về trạng thái đã đóng trước khi sửa.")
        )


@dataclass(frozen=True)
class SessionEntry:
    """One buổi as the desk typed it; ``id`` None for a new one."""

    id: int | None
    name: str
    topic: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    late_after: int | None = None

    @property
    def facts(self) -> tuple[Any, ...]:
        return (self.name, self.topic, self.starts_at, self.ends_at, self.late_after)


def set_sessions(
    event: Event, entries: Sequence[SessionEntry], *, by: Actor, now: datetime
) -> None:
    """The sessions in their new order. A session is only taken away while the event is a draft:
    later somebody may have been marked present in it. Raises EventStateRefused."""
    ensure_editable(event)
    known = {one.id: one for one in event.sessions}
    before = [_session_facts(one) for one in event.sessions]
    if [(one.id, tuple(_session_facts(one).values())) for one in event.sessions] == [
        (one.id, tuple(_plain(fact) for fact in one.facts)) for one in entries
    ]:
        return
    gone = set(known) - {entry.id for entry in entries}
    if gone and event.state != EventState.DRAFT:
        raise EventStateRefused(
            _l("Sự kiện đã mở, không bỏ buổi nào được nữa. Hãy giữ lại tên của mọi buổi.")
        )
    for session_id in gone:
        event.sessions.remove(known[session_id])
    for session in event.sessions:
        session.ordinal += len(known) + len(entries)  # ordinals are unique: step aside first
    db.session.flush()
    for number, entry in enumerate(entries, start=1):
        session = known.get(entry.id or 0) or EventSession()
        session.ordinal = number
        session.name, session.topic = entry.name, entry.topic
        session.starts_at, session.ends_at = entry.starts_at, entry.ends_at
        session.late_after = entry.late_after
        if session not in event.sessions:
            event.sessions.append(session)
    db.session.flush()
    db.session.refresh(event, ["sessions"])
    after = [_session_facts(one) for one in event.sessions]
    if before != after:
        record(
            "event.sessions_edited",
            ("event", event.id),
            by=by,
            now=now,
            event_id=event.id,
            before={"sessions": before},
            after={"sessions": after},
        )


def _session_facts(session: EventSession) -> dict[str, Any]:
    return {
        "name": session.name,
        "topic": session.topic,
        "starts_at": _plain(session.starts_at),
        "ends_at": _plain(session.ends_at),
        "late_after": session.late_after,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def set_planned_seats(event: Event, seats: int) -> None:
    """The general pool takes the difference. Raises SeatsRefused below what is taken."""
    general = general_pool(event)
    wanted = general.seats + seats - event.planned_seats
    if wanted < general.taken or seats < 1:
        raise SeatsRefused()
    general.seats = wanted
    event.planned_seats = seats


def general_pool(event: Event) -> SeatPool:
    for pool in event.pools:
        if not pool.kinds:
            return pool
    raise DomainError(_l("Sự kiện không có chỗ chung."))
