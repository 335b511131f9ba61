"""What becomes of a letter when its delegate changes: one way for the desk and for requests.

The old letter and code die, unsent mails of it are taken back, and the new delegate gets a letter
of their own with the number and date the letters have (issue 3.5). Called inside a unit of work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.access import Actor
from app.events.models import Participation
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.queries import letter_out
from app.invitations.services import send_letter, void_letter
from app.registration import requests, services
from app.registration.flags import DOOR
from app.registration.models import ChangeRequest, Registration
from app.registration.rows import Entry
from app.registration.rules import RequestKind, RequestState, State
from app.registration.services import Outcome

NONE, VOID = "none", "void"
PRINTED = ("full_name", "position", "honorific")  # what a letter says of its delegate


@dataclass(frozen=True)
class Change:
    """``registration``: who stands now, or who ended; ``created``: a new delegate took over.

    ``letter``: none (no letter was out), void (it died), sent (a new one is in the outbox),
    known (the one that is out still says the right thing), without_address (print the new one).
    ``following``: who got the freed seat.
    """

    registration: Registration
    created: bool = False
    letter: str = NONE
    following: Registration | None = None


def replace_delegate(
    registration: Registration,
    participation: Participation,
    entry: Entry,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
    at_door: bool = False,
) -> Change:
    """`registration.services.replace` with the letters. Raises as that.

    ``at_door``: the new delegate stands in the hall, so that no letter goes out any more.
    """
    lock_event(registration.event_id)
    old, before = letter_out(registration), _printed(registration)
    outcome = services.replace(
        registration, participation, entry,
        by=by, now=now, reason=reason, had_letter=old is not None, source=DOOR if at_door else None,
    )  # fmt: skip
    if at_door and not outcome.created:
        return Change(outcome.registration)
    if not outcome.created:
        return _kept(outcome, old, before, by=by, now=now)
    if old is None:
        return Change(outcome.registration, created=True)
    void_letter(old, participation, by=by, now=now)
    if at_door:
        return Change(outcome.registration, created=True, letter=VOID)
    letter = _sent(outcome.registration, by=by, now=now, instead_of=registration.full_name or "")
    return Change(outcome.registration, created=True, letter=letter)


def replace_at_door(
    registration: Registration,
    participation: Participation,
    entry: Entry,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> tuple[Registration, bool]:
    """For checkin.door_entries, which does not know of letters. → (who stands now, is new)"""
    change = replace_delegate(
        registration, participation, entry, by=by, now=now, reason=reason, at_door=True
    )
    return change.registration, change.created


def amend_delegate(
    registration: Registration,
    participation: Participation,
    entry: Entry,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
) -> Change:
    """`registration.services.amend`; a letter that says something wrong now goes out anew."""
    lock_event(registration.event_id)
    old, before = letter_out(registration), _printed(registration)
    outcome = services.amend(registration, participation, entry, by=by, now=now, reason=reason)
    return _kept(outcome, old, before, by=by, now=now)


def withdraw_delegate(
    registration: Registration,
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
    told: str | None = None,
) -> Change:
    """`registration.services.withdraw`; the letter dies with the entry."""

    def end(had_letter: bool) -> Registration | None:
        return services.withdraw(
            registration, participation,
            by=by, now=now, reason=reason, had_letter=had_letter, told=told,
        )  # fmt: skip

    return _ended(registration, participation, end, by=by, now=now)


def reject_delegate(
    registration: Registration,
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
    sentence: str,
) -> Change:
    """`registration.services.reject`; the letter dies with the entry."""

    def end(had_letter: bool) -> Registration | None:
        return services.reject(
            registration, participation, by=by, now=now, sentence=sentence, had_letter=had_letter
        )

    return _ended(registration, participation, end, by=by, now=now)


def accept_request(
    request: ChangeRequest,
    registration: Registration,
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
) -> Change:
    """Do what a unit asked for. Raises RequestDecided, EventOver, and as the change itself."""
    event = lock_event(request.event_id)
    db.session.refresh(request)
    requests.ensure_not_over(event, now)
    requests.settle(request, RequestState.ACCEPTED, by=by, now=now)
    about: dict[str, Any] = {"by": by, "now": now}  # the reason stands with the request
    if request.kind == RequestKind.WITHDRAW:
        return withdraw_delegate(registration, participation, **about)
    entry = requests.entry_of(request)
    change = replace_delegate(registration, participation, entry, **about)
    if not change.created:  # nobody new, so no receipt has answered the unit
        requests.answer(request, change.registration, participation, now=now)
    return change


def _printed(registration: Registration) -> tuple[Any, ...]:
    return tuple(getattr(registration, name) for name in PRINTED)


def _sent(registration: Registration, *, by: Actor, now: datetime, instead_of: str = "") -> str:
    event = registration.participation.event
    return send_letter(event, registration, by=by, now=now, instead_of=instead_of)


def _kept(
    outcome: Outcome,
    letter: Invitation | None,
    before: tuple[Any, ...],
    *,
    by: Actor,
    now: datetime,
) -> Change:
    registration = outcome.registration
    if letter is None or registration.state != State.CONFIRMED:
        return Change(registration)
    if _printed(registration) == before:
        return Change(registration, letter="known")
    return Change(registration, letter=_sent(registration, by=by, now=now))


def _ended(
    registration: Registration,
    participation: Participation,
    end: Callable[[bool], Registration | None],
    *,
    by: Actor,
    now: datetime,
) -> Change:
    lock_event(registration.event_id)
    old = letter_out(registration)
    following = end(old is not None)
    if old is not None:
        void_letter(old, participation, by=by, now=now)
    return Change(registration, letter=VOID if old else NONE, following=following)
