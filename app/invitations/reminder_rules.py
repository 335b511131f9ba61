"""When calls and reminders go out; plain functions of values.

A reminder is due so many days before or after the cut-off or the event. Nothing goes out at night.
What is due on a day off stays on that day: moved to the working day before it could come before
what it reminds of, moved to the day after it could come after the cut-off. The desk sees the day
and may move it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from app.core.clock import from_local, local
from app.core.days_off import is_working_day

MORNING, EVENING = time(7, 0), time(20, 0)  # before the one and from the other on it is night
USUAL_TIME = time(8, 0)
LATEST = time(18, 0)  # what was missed that morning (no worker ran) still goes out until then
AGAIN_AFTER = timedelta(hours=12)  # the same reminder to the same unit, or a second press
DAYS_MOST = 60


class Kind(StrEnum):
    """``call``: the first call to register; ``thanks``: with the confirmation of attendance."""

    CALL = "call"
    NOT_REGISTERED = "not_registered"
    NO_FORM = "no_form"
    NO_ANSWER = "no_answer"
    THANKS = "thanks"
    ABSENT = "absent"


class Anchor(StrEnum):
    CUTOFF = "cutoff"
    EVENT = "event"


AFTER_THE_EVENT = (Kind.THANKS, Kind.ABSENT)
TEMPLATES = {
    Kind.CALL: "call",
    Kind.NOT_REGISTERED: "remind_register",
    Kind.NO_FORM: "remind_form",
    Kind.NO_ANSWER: "remind_answer",
    Kind.THANKS: "thanks",
    Kind.ABSENT: "absent",
}
KINDS_OF_TEMPLATES = {template: kind for kind, template in TEMPLATES.items()}
ANCHORS = {
    Kind.CALL: Anchor.CUTOFF,
    Kind.NOT_REGISTERED: Anchor.CUTOFF,
    Kind.NO_FORM: Anchor.CUTOFF,
    Kind.NO_ANSWER: Anchor.EVENT,
    Kind.THANKS: Anchor.EVENT,
    Kind.ABSENT: Anchor.EVENT,
}


@dataclass(frozen=True)
class Slot:
    """One line of the schedule. ``done_at``: when it was dealt with, whatever became of it."""

    kind: Kind
    anchor: Anchor
    days: int
    at: str = "08:00"
    active: bool = True
    done_at: datetime | None = None
    batch_id: int | None = None
    id: int | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells it apart within its event."""
        return self.kind, self.anchor, self.days


#: The first call goes when the desk sends it: units must be in the register first.
USUAL_SCHEDULE = (
    *(Slot(Kind.NOT_REGISTERED, Anchor.CUTOFF, days) for days in (-7, -3, -1)),
    *(Slot(Kind.NO_FORM, Anchor.CUTOFF, days) for days in (-7, -3, -1)),
    *(Slot(Kind.NO_ANSWER, Anchor.EVENT, days) for days in (-7, -3, -1)),
    Slot(Kind.THANKS, Anchor.EVENT, 1),
    Slot(Kind.ABSENT, Anchor.EVENT, 1, active=False),
)


def is_night(moment: datetime) -> bool:
    """Nobody's telephone rings then."""
    at = local(moment).time()
    return at < MORNING or at >= EVENING


def out_of_night(moment: datetime) -> datetime:
    """The moment itself, or at night the next 08:00."""
    if not is_night(moment):
        return moment
    here = local(moment)
    day = here.date() + timedelta(days=1 if here.time() >= EVENING else 0)
    return from_local(datetime.combine(day, USUAL_TIME))


def clock_of(text: str) -> time:
    """ "08:00". Raises ValueError."""
    hour, _colon, minute = text.partition(":")
    return time(int(hour), int(minute))


def due_at(slot: Slot, *, cutoff_at: datetime, event_day: date) -> datetime:
    """``event_day``: local day of the event. A moved cut-off or day moves it along."""
    base = local(cutoff_at).date() if slot.anchor == Anchor.CUTOFF else event_day
    day = base + timedelta(days=slot.days)
    return out_of_night(from_local(datetime.combine(day, clock_of(slot.at))))


def last_moment(due: datetime) -> datetime:
    """Until when a missed one may still go out: 18:00 of its day, an hour at least."""
    evening = from_local(datetime.combine(local(due).date(), LATEST))
    return max(evening, due + timedelta(hours=1))


def is_settled(slot: Slot, due: datetime) -> bool:
    """Dealt with, and its day was not moved behind that since."""
    return slot.done_at is not None and slot.done_at >= due


class Deed(StrEnum):
    SEND = "send"
    SKIP_LATE = "skip_late"  # its day is past
    SKIP_OLDER = "skip_older"  # a later one of its kind is due too


@dataclass(frozen=True)
class Decision:
    slot: Slot
    due: datetime
    deed: Deed


def decide(
    slots: Iterable[Slot], *, now: datetime, cutoff_at: datetime, event_day: date
) -> list[Decision]:
    """What to do now. Of several of one kind that are due only the latest is sent, and only on
    its own day and not at night; what is switched off is left alone."""
    due: dict[Kind, list[tuple[datetime, Slot]]] = {}
    for slot in slots:
        moment = due_at(slot, cutoff_at=cutoff_at, event_day=event_day)
        if slot.active and moment <= now and not is_settled(slot, moment):
            due.setdefault(slot.kind, []).append((moment, slot))
    decisions = []
    for ones in due.values():
        *older, (moment, latest) = sorted(ones, key=lambda one: one[0])
        decisions += [Decision(slot, at, Deed.SKIP_OLDER) for at, slot in older]
        if now > last_moment(moment):
            decisions.append(Decision(latest, moment, Deed.SKIP_LATE))
        elif not is_night(now):
            decisions.append(Decision(latest, moment, Deed.SEND))
    return decisions


def has_sense(
    kind: Kind,
    *,
    is_open: bool,
    now: datetime,
    cutoff_at: datetime,
    ended: bool,
    takes_forms: bool = False,
) -> bool:
    """Whether the reminder still says something true: nobody is reminded of what is over.

    ``is_open``: the event takes entries now; ``takes_forms``: signed forms. Who was entered at the
    door is asked for the form afterwards, when an event usually is closed.
    """
    if kind in AFTER_THE_EVENT:
        return ended
    if kind in (Kind.CALL, Kind.NOT_REGISTERED):
        return is_open and now < cutoff_at
    if kind == Kind.NO_FORM:
        return is_open or (ended and takes_forms)
    return not ended


def in_order(slots: Sequence[Slot]) -> list[Slot]:
    kinds = list(Kind)
    return sorted(slots, key=lambda one: (kinds.index(one.kind), one.anchor, one.days))


def is_day_off(moment: datetime, days_off: Collection[date]) -> bool:
    return not is_working_day(local(moment).date(), days_off)
