"""Walk-ins and substitutes that a phone wrote down while it was alone: entered now, or shown to the
desk with the phone's own words. Each for itself; callers open no unit of work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from app.checkin import queries
from app.checkin.contacts import Contact
from app.checkin.door_entries import WalkIn, admit
from app.checkin.errors import SessionNotServed
from app.checkin.models import Scan
from app.checkin.rules import How, Outcome, Remark
from app.checkin.sync_forms import LateWalkIn
from app.core.database import unit_of_work
from app.core.errors import DomainError, NotStored
from app.events.models import Event, Participation
from app.extensions import db
from app.registration.models import Registration


@dataclass(frozen=True)
class Entered:
    """``refusal``: the sentence why not; the desk sees it with the remark."""

    client_id: str
    outcome: Outcome
    name: str
    remark: Remark | None = None
    refusal: str = ""
    registration_id: int | None = None
    presence_id: int | None = None


def enter_late(event_id: int, one: LateWalkIn, contact: Contact, *, now: datetime) -> Entered:
    """Raises NotStored: then it is to be sent again."""
    known = _known(event_id, one)
    if known is not None:
        return known
    if contact.ended_at is not None and one.at >= contact.ended_at:
        return _kept(event_id, one, contact, Remark.AFTER_REVOKE, "", now=now)
    try:
        return _entered(event_id, one, contact, now=now)
    except NotStored:
        raise
    except DomainError as refusal:
        return _kept(event_id, one, contact, Remark.WALK_IN, str(refusal.message), now=now)


def _known(event_id: int, one: LateWalkIn) -> Entered | None:
    scan = queries.scan_of(one.client_id)
    if scan is None:
        return None
    if scan.event_id != event_id:
        return Entered(one.client_id, Outcome.WRONG_EVENT, one.given.name)
    remark = Remark(scan.remark) if scan.remark else None
    return Entered(
        one.client_id, Outcome(scan.outcome), one.given.name, remark,
        registration_id=scan.registration_id, presence_id=scan.presence_id,
    )  # fmt: skip


def _entered(event_id: int, one: LateWalkIn, contact: Contact, *, now: datetime) -> Entered:
    sender = contact.sender
    with unit_of_work():
        event = db.session.get_one(Event, event_id)
        served = contact.gate(event).session_ids
        session = next((s for s in event.sessions if s.id == one.session_id), None)
        if session is None or session.id not in served:
            raise SessionNotServed()
        done = admit(
            event, session, one.given,
            by=contact.actor, at=one.at, now=now, client_id=one.client_id,
            gate_name=sender.gate_name, device_id=sender.device_id, device_at=one.device_at,
            told=Outcome.WELCOME,
        )  # fmt: skip
        remark = Remark.CLOCK if one.nonsense else None
        if remark is not None and not done.repeat:
            done.scan.remark = remark
        return Entered(
            one.client_id, Outcome.WELCOME, one.given.name, remark,
            registration_id=done.registration.id, presence_id=done.presence.id,
        )  # fmt: skip


def _unit_words(event: Event, given: WalkIn) -> str:
    """The unit as the desk reads it: the phone may have sent its number only."""
    unit_id = given.participation_id
    if unit_id is None and given.replaces is not None:
        old = db.session.get(Registration, given.replaces)
        unit_id = old.participation_id if old is not None else None
    unit = db.session.get(Participation, unit_id) if unit_id is not None else None
    return unit.name if unit is not None and unit.event_id == event.id else given.unit


def _kept(
    event_id: int,
    one: LateWalkIn,
    contact: Contact,
    remark: Remark,
    refusal: str,
    *,
    now: datetime,
) -> Entered:
    """The phone let somebody in whom the list could not take: nothing of it is lost."""
    sender, given = contact.sender, one.given
    with unit_of_work():
        event = db.session.get_one(Event, event_id)
        known = any(session.id == one.session_id for session in event.sessions)
        db.session.add(
            Scan(
                client_id=one.client_id, event_id=event_id,
                session_id=one.session_id if known else None,
                device_id=sender.device_id, gate_name=sender.gate_name[:60],
                by=contact.actor.label[:200], how=How.WALK_IN,
                given={**asdict(given), "unit": _unit_words(event, given), "refusal": refusal},
                device_at=one.device_at, arrived_at=now, counted_at=one.at,
                outcome=Outcome.NOT_CONFIRMED, told=Outcome.WELCOME, remark=remark,
            )
        )  # fmt: skip
    return Entered(one.client_id, Outcome.NOT_CONFIRMED, given.name, remark, refusal)
