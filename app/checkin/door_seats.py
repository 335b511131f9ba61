"""A seat for whoever is let in at the door. Called with the event locked, in a unit of work."""

from __future__ import annotations

from datetime import datetime

from app.checkin.errors import HallFull
from app.core.access import Actor
from app.events.models import Event
from app.events.queries import guest_seats
from app.registration.desk_services import open_one_seat, promote_one
from app.registration.models import Registration
from app.registration.queries import free_seats, pools_of
from app.registration.rules import State
from app.registration.services import accept_late


def ensure_seat(event: Event, kind: str, reason: str, *, by: Actor, now: datetime) -> None:
    """A seat this kind may take now; else one of the hall's that the plan left. Raises HallFull."""
    pools = pools_of(event)
    if free_seats(pools, kind) > 0:
        return
    taken = sum(pool.taken for pool in pools)
    used = event.planned_seats + guest_seats(event.id)
    if event.hall_seats is None or used >= event.hall_seats:
        raise HallFull(taken, event.planned_seats)
    open_one_seat(event, by=by, now=now, reason=reason)


def ensure_seated(
    event: Event, registration: Registration, reason: str, *, by: Actor, now: datetime
) -> None:
    """Who waited or came late and is let in has a seat from now on. Raises HallFull."""
    if registration.state == State.CONFIRMED:
        return
    participation = registration.participation
    ensure_seat(event, participation.kind, reason, by=by, now=now)
    if registration.state == State.LATE:
        accept_late(registration, participation, by=by, now=now, reason=reason)
    else:
        promote_one(registration, participation, by=by, now=now, reason=reason)
