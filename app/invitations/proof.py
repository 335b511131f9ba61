"""What is noted of a letter on its way to its reader. Callers open the unit of work.

Each first time is kept by one conditional update, so that of two openings at once one is the
first; later ones change nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

from flask_babel import lazy_gettext as _l
from sqlalchemy import CursorResult, update

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.rules import LetterState
from app.registration.models import Registration

NOTE_MAX = 1000
SAME_LETTER = ("time", "place", "subject")  # what an answer was given to
STEPS = {"opened_at": "opened", "downloaded_at": "downloaded", "calendar_at": "calendar_taken"}


class LetterGone(DomainError):
    """The letter died while somebody was at work on it."""

    message = _l("Giấy mời này không còn hiệu lực.")


def delegate_actor(registration: Registration) -> Actor:
    """Whoever holds the letter's link; without a name, the unit's representative."""
    label = registration.full_name or registration.participation.name
    return Actor("delegate", str(registration.id), label, event_id=registration.event_id)


def note_first(invitation: Invitation, step: str, *, by: Actor, now: datetime) -> bool:
    """``step``: a key of STEPS. → whether this was the first time."""
    if not _set_first(invitation.id, step, now):
        return False
    record(
        f"invitation.{STEPS[step]}",
        ("registration", invitation.registration_id),
        by=by,
        now=now,
        event_id=invitation.event_id,
        after={"version": invitation.version},
    )
    return True


def _set_first(invitation_id: int, column: str, now: datetime) -> bool:
    attribute = getattr(Invitation, column)
    result = db.session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation_id,
            attribute.is_(None),
            Invitation.state != LetterState.VOID,
        )
        .values({column: now})
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[object]", result).rowcount == 1


def note_told(invitation: Invitation, note: str | None, *, by: Actor, now: datetime) -> bool:
    """ "Đã báo qua điện thoại". → False when somebody has told them already: their note stays.

    Raises LetterGone.
    """
    _hold(invitation)
    if invitation.told_at is not None:
        return False
    invitation.told_at, invitation.told_by, invitation.told_note = now, by.label, note
    _record(invitation, "told", by=by, now=now, note=note)
    return True


def undo_told(invitation: Invitation, *, by: Actor, now: datetime) -> None:
    """It was somebody else's line. A second time does nothing. Raises LetterGone."""
    _hold(invitation)
    if invitation.told_at is None:
        return
    note = invitation.told_note
    invitation.told_at = invitation.told_by = invitation.told_note = None
    _record(invitation, "told_undone", by=by, now=now, note=note)


def _hold(invitation: Invitation) -> None:
    lock_event(invitation.event_id)
    db.session.refresh(invitation)
    if invitation.state == LetterState.VOID:
        raise LetterGone()


def _record(
    invitation: Invitation, step: str, *, by: Actor, now: datetime, note: str | None
) -> None:
    record(
        f"invitation.{step}",
        ("registration", invitation.registration_id),
        by=by,
        now=now,
        event_id=invitation.event_id,
        after={"version": invitation.version, "note": note},
    )


def carry_answer(old: Invitation, new: Invitation) -> None:
    """A new version that asks the same (time, place, subject) keeps the answer given to the old
    one; one that asks something else wants a new answer."""
    if any(old.content.get(name) != new.content.get(name) for name in SAME_LETTER):
        return
    if old.answer is not None and new.answer is None:
        for name in ("answer", "answer_reason", "answered_at"):
            setattr(new, name, getattr(old, name))
