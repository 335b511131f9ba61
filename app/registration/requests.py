"""What a unit asks of the desk after the cut-off, or once its letter went out (P30, issue 3.5).

Called inside a unit of work. Accepting one stands in `app.invitations.changes`: the letter dies
with the delegate, and letters are known above this package.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from app.audit.services import record
from app.core.access import Actor
from app.core.limits import count_attempt, ensure_allowed
from app.core.vietnamese import match_key
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.rules import EventState, has_ended
from app.extensions import db
from app.registration import mails
from app.registration.errors import (
    ChangedMeanwhile,
    EventOver,
    MoveRefused,
    NothingAsked,
    RequestDecided,
    RequestsClosed,
    RequestStands,
)
from app.registration.models import ChangeRequest, Registration
from app.registration.request_queries import open_request_of
from app.registration.rows import Entry
from app.registration.rules import ACTIVE, RequestKind, RequestSource, RequestState
from app.registration.services import ensure_not_twice

ASKED_A_DAY = 10  # asking and taking back again fills neither the desk's queue nor a mailbox
_ASKED_FOR = ("full_name", "position", "phone", "email", "honorific")


def ask(
    registration: Registration,
    participation: Participation,
    kind: RequestKind,
    entry: Entry | None,
    *,
    reason: str,
    by: Actor,
    now: datetime,
    source: RequestSource = RequestSource.UNIT,
) -> ChangeRequest:
    """Put a request into the desk's queue; the same one a second time gives the first.

    ``entry``: the new delegate, for a replacement. ``source``: a delegate's own request gets no
    receipt here, whoever takes it tells the unit (invitations.answers). Raises EventOver,
    RequestsClosed, MoveRefused (the entry stands no more), RequestStands, NothingAsked,
    SamePersonStands, TooManyAttempts.
    """
    event = lock_event(registration.event_id)
    db.session.refresh(registration)
    ensure_not_over(event, now)
    if event.state not in (EventState.OPEN, EventState.CLOSED):
        raise RequestsClosed()
    if registration.state not in ACTIVE:
        raise MoveRefused()
    made = _made(registration, kind, entry, reason=reason, now=now)
    made.source = source
    standing = open_request_of(registration.id)
    if standing is not None:
        if _wanted(standing) == _wanted(made):
            return standing
        raise RequestStands()
    if entry is not None:
        _ensure_a_change(registration, entry)
    who = str(participation.id)
    ensure_allowed("request", who, most=ASKED_A_DAY, within=timedelta(days=1), now=now)
    count_attempt("request", who, now=now)
    db.session.add(made)
    db.session.flush()
    _record(made, f"{kind}_asked", by=by, now=now, reason=reason)
    if source == RequestSource.UNIT:
        mails.tell_request(made, registration, participation, now=now)
    return made


def take_back(request: ChangeRequest, *, by: Actor, now: datetime) -> None:
    """The unit thinks better of it. A second time does nothing. Raises RequestDecided."""
    lock_event(request.event_id)
    db.session.refresh(request)
    if request.state == RequestState.TAKEN_BACK:
        return
    settle(request, RequestState.TAKEN_BACK, by=by, now=now)


def refuse(
    request: ChangeRequest,
    registration: Registration,
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
    sentence: str,
) -> None:
    """The desk says no; the unit is told the sentence. Raises RequestDecided."""
    lock_event(request.event_id)
    db.session.refresh(request)
    settle(request, RequestState.REFUSED, by=by, now=now, sentence=sentence)
    answer(request, registration, participation, now=now)


def answer(
    request: ChangeRequest,
    registration: Registration,
    participation: Participation,
    *,
    now: datetime,
) -> None:
    """Tell the unit what became of its request, where no other mail tells it."""
    mails.tell_request(request, registration, participation, now=now)


def settle(
    request: ChangeRequest,
    state: RequestState,
    *,
    by: Actor,
    now: datetime,
    sentence: str | None = None,
) -> None:
    """End an open request, with the event locked and the request read after that.

    Raises RequestDecided for one that is no longer open.
    """
    if request.state != RequestState.OPEN:
        raise RequestDecided()
    request.state = state
    request.decided_at = now
    request.sentence = sentence
    db.session.flush()
    _record(request, str(state), by=by, now=now, reason=sentence)


def entry_of(request: ChangeRequest) -> Entry:
    """The delegate a replacement asks for."""
    return Entry(
        full_name=request.full_name,
        position=request.position or "",
        phone=request.phone,
        email=request.email,
        honorific=request.honorific,
        notice_version=request.notice_version,
    )


def request_mark(request: ChangeRequest, registration: Registration) -> str:
    """A short digest of what a clerk saw of a request; posted back with the decision."""
    seen = (
        request.id, request.state, *_wanted(request), registration.id, registration.state,
        registration.full_name, registration.position,
    )  # fmt: skip
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def ensure_request_as_seen(
    request: ChangeRequest, registration: Registration, mark: str | None
) -> None:
    """Call with the event locked and both read after that. Raises ChangedMeanwhile."""
    if mark != request_mark(request, registration):
        raise ChangedMeanwhile()


def ensure_not_over(event: Event, now: datetime) -> None:
    """Raises EventOver."""
    if has_ended(event.starts_at, event.ends_at, event.valid_on, now):
        raise EventOver()


def _made(
    registration: Registration,
    kind: RequestKind,
    entry: Entry | None,
    *,
    reason: str,
    now: datetime,
) -> ChangeRequest:
    made = ChangeRequest(
        event_id=registration.event_id,
        participation_id=registration.participation_id,
        registration_id=registration.id,
        kind=kind,
        state=RequestState.OPEN,
        reason=reason,
        received_at=now,
        receipt_code=f"{secrets.randbelow(10**12):012d}",
    )
    if entry is not None:
        for name in (*_ASKED_FOR, "notice_version"):
            setattr(made, name, getattr(entry, name))
    return made


def _wanted(request: ChangeRequest) -> tuple[Any, ...]:
    return (str(request.kind), request.reason, *(getattr(request, name) for name in _ASKED_FOR))


def _ensure_a_change(registration: Registration, entry: Entry) -> None:
    ensure_not_twice(registration, entry)
    same_name = match_key(entry.full_name or "") == match_key(registration.full_name or "")
    if same_name and all(
        getattr(entry, name) in (None, getattr(registration, name)) for name in _ASKED_FOR[1:]
    ):
        raise NothingAsked()


def _record(
    request: ChangeRequest, step: str, *, by: Actor, now: datetime, reason: str | None
) -> None:
    """On the entry it is about, so that both histories show it."""
    after: dict[str, Any] = {"asked": request.kind}
    if request.source == RequestSource.DELEGATE:
        after["source"] = request.source
    if request.kind == RequestKind.REPLACE:
        after |= {"full_name": request.full_name, "position": request.position}
    record(
        f"request.{step}",
        ("registration", request.registration_id),
        by=by,
        now=now,
        event_id=request.event_id,
        after=after,
        reason=reason,
    )
