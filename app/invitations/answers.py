"""What a delegate answers to the letter: sẽ dự, cử người khác, không dự được.

No answer changes the unit's choice by itself: somebody else goes as a request into the desk's
queue, "không dự được" frees no seat until unit or desk withdraws. Callers open the unit of work.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.core.limits import count_attempt, ensure_allowed
from app.events.models import Event, Participation
from app.events.queries import lock_event, unit_secret
from app.events.rules import Route, has_ended
from app.extensions import db
from app.invitations.changes import Change, withdraw_delegate
from app.invitations.models import Invitation
from app.invitations.proof import LetterGone
from app.invitations.queries import is_standing
from app.mail.services import enqueue
from app.registration import requests
from app.registration.models import ChangeRequest
from app.registration.request_queries import open_request_of
from app.registration.rows import Entry
from app.registration.rules import RequestKind, RequestSource, RequestState

ANSWERS_A_DAY = 10
NAMES_A_DAY = 3  # people named in their place: the unit's own requests keep their room


class Answer(StrEnum):
    YES = "yes"
    OTHER = "other"
    NO = "no"


class AnswersClosed(DomainError):
    message = _l("Tập huấn đã bắt đầu, không đổi câu trả lời được nữa.")


class AnswerChanged(DomainError):
    message = _l("Câu trả lời của người này vừa thay đổi. Hãy xem lại rồi quyết định.")


def may_answer(event: Event, now: datetime) -> bool:
    """Until the event begins; while its time stands in words only, until its day is over."""
    if event.starts_at is not None:
        return now < event.starts_at
    return not has_ended(event.starts_at, event.ends_at, event.valid_on, now)


def give_answer(
    invitation: Invitation, answer: Answer, *, reason: str | None, by: Actor, now: datetime
) -> None:
    """Yes or no; the same a second time does nothing. Unit and desk are told of every "no" and
    of every change back. Raises LetterGone, AnswersClosed, TooManyAttempts.
    """
    event = _hold(invitation, now)
    before = invitation.answer
    if before == answer and invitation.answer_reason == reason:
        return
    _count(invitation, "answer", ANSWERS_A_DAY, now)
    _take_back(invitation, by=by, now=now)
    _keep(invitation, answer, reason, by=by, now=now)
    if answer == Answer.NO or before is not None:
        _tell(event, invitation, now=now)


def name_other(
    invitation: Invitation, entry: Entry, *, reason: str, by: Actor, now: datetime
) -> ChangeRequest:
    """Somebody else shall go: a request in the desk's queue, marked as the delegate's own; the
    unit is told and may take it back. Raises as give_answer, and as registration.requests.ask.
    """
    event = _hold(invitation, now)
    _count(invitation, "answer_other", NAMES_A_DAY, now)
    _take_back(invitation, by=by, now=now)
    registration = invitation.registration
    made = requests.ask(
        registration, registration.participation, RequestKind.REPLACE, entry,
        reason=reason, by=by, now=now, source=RequestSource.DELEGATE,
    )  # fmt: skip
    _keep(invitation, Answer.OTHER, reason, by=by, now=now)
    _tell(event, invitation, now=now, other=made)
    return made


def withdraw_declined(invitation: Invitation, *, by: Actor, now: datetime) -> Change:
    """The desk frees the seat of a delegate who cannot come. Raises AnswerChanged, MoveRefused."""
    lock_event(invitation.event_id)
    db.session.refresh(invitation)
    if invitation.answer != Answer.NO or not is_standing(invitation):
        raise AnswerChanged()
    registration = invitation.registration
    return withdraw_delegate(
        registration, registration.participation, by=by, now=now, reason=invitation.answer_reason
    )


def request_of(invitation: Invitation) -> ChangeRequest | None:
    """What this delegate asked for and the desk has not decided."""
    standing = open_request_of(invitation.registration_id)
    return standing if standing is not None and _is_delegates(standing) else None


def _is_delegates(request: ChangeRequest) -> bool:
    return request.source == RequestSource.DELEGATE


def _hold(invitation: Invitation, now: datetime) -> Event:
    event = lock_event(invitation.event_id)
    db.session.refresh(invitation)
    db.session.refresh(invitation.registration)
    if not is_standing(invitation):
        raise LetterGone()
    if not may_answer(event, now):
        raise AnswersClosed()
    return event


def _count(invitation: Invitation, purpose: str, most: int, now: datetime) -> None:
    who = str(invitation.registration_id)
    ensure_allowed(purpose, who, most=most, within=timedelta(days=1), now=now)
    count_attempt(purpose, who, now=now)


def _take_back(invitation: Invitation, *, by: Actor, now: datetime) -> None:
    asked = request_of(invitation)
    if asked is not None and asked.state == RequestState.OPEN:
        requests.take_back(asked, by=by, now=now)


def _keep(
    invitation: Invitation, answer: Answer, reason: str | None, *, by: Actor, now: datetime
) -> None:
    before = {"answer": invitation.answer}
    invitation.answer, invitation.answer_reason, invitation.answered_at = answer, reason, now
    db.session.flush()
    record(
        "invitation.answered",
        ("registration", invitation.registration_id),
        by=by,
        now=now,
        event_id=invitation.event_id,
        before=before,
        after={"answer": str(answer)},
        reason=reason,
    )


def _tell(
    event: Event, invitation: Invitation, *, now: datetime, other: ChangeRequest | None = None
) -> None:
    participation = invitation.registration.participation
    base = current_app.config["SETTINGS"].base_url
    if participation.email and participation.route != Route.GUEST:
        url = f"{base}/units/{unit_secret(participation)}"
        _mail(invitation, participation, "unit", participation.email, url, other, now)
    desk = event.contact.get("email")
    if desk:
        page = "requests" if other else "invitations/proof?tab=answered"
        url = f"{base}/desk/events/{event.slug}/{page}"
        _mail(invitation, participation, "desk", desk, url, other, now)


def _mail(
    invitation: Invitation, participation: Participation, audience: str, address: str, url: str,
    other: ChangeRequest | None, now: datetime,
) -> None:  # fmt: skip
    registration = invitation.registration
    context: dict[str, Any] = {
        "event_id": invitation.event_id,
        "audience": audience,
        "unit": participation.name,
        "person": registration.full_name,
        "position": registration.position,
        "reply": invitation.answer,
        "reason": invitation.answer_reason,
        "received_at": now.isoformat(),
        "new_person": other.full_name if other else None,
        "new_position": other.position if other else None,
        "url": url,
    }
    enqueue(
        f"answer:{invitation.id}:{invitation.answer}:{now:%Y%m%dT%H%M%S%f}:{audience}",
        to=address,
        to_name=participation.name if audience == "unit" else "",
        template="answer",
        context=context,
        now=now,
        event_id=invitation.event_id,
        thing=("registration", invitation.registration_id),
    )
