"""Letters that would say something else now than what was approved or sent: the desk must see it.

Sending refuses them where a leader's approval is demanded (sending.judge); here the pages learn why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.events.models import Event
from app.invitations.letters import fresh_content, words_of
from app.invitations.queries import Addressed
from app.invitations.rules import NOT_OUT, OUTDATED, LetterState, approval_demanded

_NO_PROMISE = (LetterState.DRAFT, LetterState.VOID)  # nobody agreed to their words, nobody has them


def with_changes(event: Event, rows: Sequence[Addressed]) -> list[Addressed]:
    """The rows, each knowing whether its letter has changed. No query for any of them."""
    return [replace(row, changed=_has_changed(event, row)) for row in rows]


def _has_changed(event: Event, row: Addressed) -> bool:
    letter, registration = row.invitation, row.registration
    if letter is None or registration is None or letter.state in _NO_PROMISE:
        return False
    fresh = fresh_content(event, row.participation, registration, letter)
    return words_of(fresh) != words_of(letter.content)


def shown_state(event: Event, row: Addressed) -> str:
    """A key of the states "invitation": that of the letter, or that a leader must see it again."""
    promised = row.invitation is not None and row.invitation.state in NOT_OUT
    if row.changed and promised and approval_demanded(event.delivery):
        return OUTDATED
    return row.state
