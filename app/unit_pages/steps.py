"""Where a unit stands on its way of four steps: Nhập · In và ký · Gửi bản ký · Giấy mời."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from app.registration.rules import State
from app.signed_forms.rules import FormState


class Step(IntEnum):
    """The steps never change, also for a unit on the waiting list (look: stepper)."""

    ENTER = 1
    SIGN = 2
    SEND = 3
    LETTER = 4


class Next(StrEnum):
    """What the page asks of the unit now: one thing."""

    SIGN = "sign"  # print, sign and send the form
    SIGN_AGAIN = "sign_again"  # the desk refused what was sent, or the entry was changed since
    LOOKED_AT = "looked_at"  # no code was readable: the desk looks
    WAIT = "wait"  # nothing left to do
    GO = "go"  # the letter is there
    DECISION = "decision"  # late: the desk decides


@dataclass(frozen=True)
class Progress:
    """``done``: numbers of finished steps; ``current``: the one at hand, None when none is."""

    done: tuple[int, ...]
    current: int | None
    next: Next
    form_is_missing: bool = False  # the unit has still to send one
    by_form: bool = True  # False: invited without one (P13, P14)


SENT = frozenset({FormState.RECEIVED, FormState.ACCEPTED})
AGAIN = frozenset({FormState.REFUSED, FormState.OLD})


def progress(state: str, form: str, has_letter: bool, *, by_form: bool = True) -> Progress:
    """From what is stored: the entry's state, its signed form's, and whether the letter went out.

    ``by_form``: the unit registers with the official form; the others are invited (plan 8).
    """
    if not by_form and state != State.LATE:
        following = Next.GO if has_letter else Next.WAIT
        return Progress((Step.ENTER,), None, following, by_form=False)
    if state == State.LATE:
        return Progress((Step.ENTER,), None, Next.DECISION)
    done = [Step.ENTER]
    if form in SENT:
        done += [Step.SIGN, Step.SEND]
    elif form == FormState.DOUBTFUL:
        done += [Step.SIGN]
    missing = form not in SENT and form != FormState.DOUBTFUL
    if has_letter:
        return Progress((*done, Step.LETTER), None, Next.GO, missing)
    if form in SENT:
        return Progress(tuple(done), Step.LETTER, Next.WAIT)
    if form == FormState.DOUBTFUL:
        return Progress(tuple(done), Step.SEND, Next.LOOKED_AT)
    again = Next.SIGN_AGAIN if form in AGAIN else Next.SIGN
    return Progress(tuple(done), Step.SIGN, again, missing)
