"""The mails of registration: who is told what, each once for its purpose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app

from app.events.models import Participation
from app.events.queries import unit_secret
from app.mail.services import enqueue
from app.registration.flags import DOOR
from app.registration.models import ChangeRequest, Registration


def unit_url(participation: Participation) -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return f"{base}/units/{unit_secret(participation)}"


def _tell(
    kind: str,
    registration: Registration,
    participation: Participation,
    *,
    now: datetime,
    purpose: str | None = None,
    **extra: Any,
) -> None:
    if participation.unit_id is None:
        return  # a guest has no unit to be told, and no unit's page: the letter speaks to them
    enqueue(
        purpose or f"{kind}:{registration.id}",
        to=participation.email,
        to_name=participation.name,
        template=kind,
        context={
            "unit": participation.name,
            "person": registration.full_name,
            "position": registration.position,
            "state": registration.state,
            "receipt_code": registration.receipt_code,
            "received_at": registration.received_at.isoformat(),
            "event_id": registration.event_id,
            "url": unit_url(participation),
            **extra,
        },
        now=now,
        event_id=registration.event_id,
        thing=("registration", registration.id),
    )


def tell_received(
    registration: Registration,
    participation: Participation,
    *,
    now: datetime,
    place: int | None = None,
    instead_of: str | None = None,
    had_letter: bool = False,
) -> None:
    """The receipt (biên nhận) of an entry. ``instead_of``: whom the new delegate replaces;
    ``had_letter``: that one's letter had gone out and is void."""
    _tell(
        "receipt", registration, participation, now=now, place=place, instead_of=instead_of,
        had_letter=had_letter, at_door=registration.source == DOOR,
    )  # fmt: skip


def tell_promoted(
    registration: Registration, participation: Participation, *, now: datetime
) -> None:
    _tell("promoted", registration, participation, now=now)


def tell_withdrawn(
    registration: Registration,
    participation: Participation,
    *,
    now: datetime,
    had_letter: bool = False,
    sentence: str | None = None,
) -> None:
    """``sentence``: why the desk took it back; None when the unit did it or nothing is said."""
    extra = {"sentence": sentence} if sentence else {}
    _tell("withdrawn", registration, participation, now=now, had_letter=had_letter, **extra)


def tell_decided(
    registration: Registration,
    participation: Participation,
    *,
    now: datetime,
    sentence: str | None,
    place: int | None = None,
    had_letter: bool = False,
) -> None:
    """The desk's answer to a late entry, or its refusal of an entry."""
    purpose = f"decided:{registration.id}:{registration.state}"  # accepted late, refused later: two
    _tell(
        "decided",
        registration,
        participation,
        now=now,
        purpose=purpose,
        sentence=sentence,
        place=place,
        had_letter=had_letter,
    )


def tell_request(
    request: ChangeRequest,
    registration: Registration,
    participation: Participation,
    *,
    now: datetime,
) -> None:
    """Receipt of a request, and the desk's answer when no other mail gives it."""
    _tell(
        "request",
        registration,
        participation,
        now=now,
        purpose=f"request:{request.id}:{request.state}",
        asked=request.kind,
        request_state=request.state,
        new_person=request.full_name,
        new_position=request.position,
        request_code=request.receipt_code,
        received_at=request.received_at.isoformat(),
        sentence=request.sentence,
    )


def tell_extended(
    participation: Participation, until: datetime, words: str, *, now: datetime
) -> None:
    """More time, to a unit that has not registered. ``words``: the cut-off as the office says it."""
    enqueue(
        f"extended:{participation.id}:{until:%Y%m%dT%H%M}",
        to=participation.email,
        to_name=participation.name,
        template="extended",
        context={
            "unit": participation.name,
            "until_words": words,
            "event_id": participation.event_id,
            "url": unit_url(participation),
        },
        now=now,
        event_id=participation.event_id,
        thing=("participation", participation.id),
    )
