"""Whether the unit may change and withdraw itself, and what it asks for when it may not."""

from __future__ import annotations

from typing import Any

from app.core.clock import now
from app.events.models import Participation
from app.events.queries import lock_event
from app.events.rules import EventState, has_ended
from app.invitations.queries import letter_out
from app.registration.errors import AfterCutoff, LetterOut
from app.registration.models import ChangeRequest, Registration
from app.registration.request_queries import newest_of_unit
from app.registration.rules import RequestState
from app.registration.services import in_own_hands

SHOWN = (RequestState.OPEN, RequestState.ACCEPTED, RequestState.REFUSED)


def in_the_units_hands(participation: Participation, registration: Registration) -> bool:
    """Before the cut-off and before a letter went out the unit does it itself (issue 3.5)."""
    in_time = in_own_hands(participation.event, participation, registration, now())
    return in_time and letter_out(registration) is None


def ensure_in_the_units_hands(participation: Participation, registration: Registration) -> None:
    """Inside a unit of work, with the event locked, so that no letter goes out meanwhile.

    Raises AfterCutoff, or LetterOut.
    """
    event = lock_event(participation.event_id)
    if not in_own_hands(event, participation, registration, now()):
        raise AfterCutoff()
    if letter_out(registration) is not None:
        raise LetterOut()


def request_panel(
    participation: Participation,
    registration: Registration | None,
    *,
    has_letter: bool | None = None,
) -> dict[str, Any] | None:
    """What `unit_pages/_requests.html` shows; None without an entry and without an answer.

    ``has_letter``: whether a letter is out, for a page that has read it already.
    ``own``: the unit does it itself; ``may_ask``: else it may ask; ``why``: letter, or time;
    ``over``: the event lies behind; ``open``: the request that waits; ``last``: the newest decided.
    """
    newest = newest_of_unit(participation.id)
    asked = newest if newest is not None and newest.state in SHOWN else None
    if registration is None and (asked is None or asked.state == RequestState.OPEN):
        return None
    event = participation.event
    over = has_ended(event.starts_at, event.ends_at, event.valid_on, now())
    if has_letter is None:
        has_letter = registration is not None and letter_out(registration) is not None
    in_time = registration is not None and in_own_hands(event, participation, registration, now())
    return {
        "own": in_time and not has_letter,
        "why": "letter" if has_letter else "time",
        "over": over,
        "may_ask": not over and event.state in (EventState.OPEN, EventState.CLOSED),
        "open": asked if _is_open(asked) else None,
        "last": asked if asked is not None and not _is_open(asked) else None,
    }


def _is_open(asked: ChangeRequest | None) -> bool:
    return asked is not None and asked.state == RequestState.OPEN
