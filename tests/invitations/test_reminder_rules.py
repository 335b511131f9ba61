"""When reminders are due: nights, days off, moved dates, what was missed. Times are local."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from app.core.clock import from_local, local
from app.invitations.reminder_rules import (
    Anchor,
    Deed,
    Kind,
    Slot,
    decide,
    due_at,
    has_sense,
    in_order,
    is_day_off,
    is_night,
    is_settled,
    last_moment,
    out_of_night,
)

CUTOFF = from_local(datetime(2024, 3, 5, 17, 0))
EVENT_DAY = date(2024, 3, 13)


def at(*parts: int) -> datetime:
    return from_local(datetime(2024, *parts))  # type: ignore[arg-type]


def slot(days: int, time: str = "08:00", kind: Kind = Kind.NOT_REGISTERED, **more: object) -> Slot:
    anchor = Anchor.EVENT if kind in (Kind.THANKS, Kind.NO_ANSWER) else Anchor.CUTOFF
    return Slot(kind, anchor, days, time, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "due"),
    [
        (slot(-7), at(2, 27, 8, 0)),
        (slot(-3), at(3, 2, 8, 0)),  # a Saturday: it stays
        (slot(0), at(3, 5, 8, 0)),
        (slot(-1, "19:59"), at(3, 4, 19, 59)),
        (slot(-1, "20:00"), at(3, 5, 8, 0)),
        (slot(-1, "23:30"), at(3, 5, 8, 0)),
        (slot(-1, "06:59"), at(3, 4, 8, 0)),
        (slot(-1, "00:00"), at(3, 4, 8, 0)),
        (slot(-1, "07:00"), at(3, 4, 7, 0)),
        (slot(-7, kind=Kind.NO_ANSWER), at(3, 6, 8, 0)),
        (slot(1, kind=Kind.THANKS), at(3, 14, 8, 0)),
    ],
)
def test_when_a_line_is_due(one: Slot, due: datetime) -> None:
    assert due_at(one, cutoff_at=CUTOFF, event_day=EVENT_DAY) == due


@pytest.mark.parametrize(
    ("cutoff", "due"),
    [
        (at(3, 8, 17, 0), at(3, 7, 8, 0)),
        (at(3, 6, 0, 0), at(3, 5, 8, 0)),  # midnight belongs to the day that begins
        (at(2, 29, 17, 0), at(2, 28, 8, 0)),
    ],
)
def test_a_moved_cutoff_moves_it(cutoff: datetime, due: datetime) -> None:
    assert due_at(slot(-1), cutoff_at=cutoff, event_day=EVENT_DAY) == due


@pytest.mark.parametrize(
    ("moment", "night", "next_one"),
    [
        (at(3, 4, 6, 59), True, at(3, 4, 8, 0)),
        (at(3, 4, 7, 0), False, at(3, 4, 7, 0)),
        (at(3, 4, 19, 59), False, at(3, 4, 19, 59)),
        (at(3, 4, 20, 0), True, at(3, 5, 8, 0)),
        (at(3, 4, 23, 59), True, at(3, 5, 8, 0)),
        (at(3, 5, 0, 0), True, at(3, 5, 8, 0)),
    ],
)
def test_the_night(moment: datetime, night: bool, next_one: datetime) -> None:
    assert is_night(moment) is night
    assert out_of_night(moment) == next_one


def deeds(slots: list[Slot], now: datetime) -> list[tuple[int, str]]:
    found = decide(slots, now=now, cutoff_at=CUTOFF, event_day=EVENT_DAY)
    return [(one.slot.days, one.deed) for one in found]


THREE = [slot(-7), slot(-3), slot(-1)]


@pytest.mark.parametrize(
    ("slots", "now", "expected"),
    [
        (THREE, at(2, 27, 7, 59), []),
        (THREE, at(2, 27, 8, 0), [(-7, Deed.SEND)]),
        (THREE, at(2, 27, 18, 0), [(-7, Deed.SEND)]),  # the server was down since the morning
        (THREE, at(2, 27, 18, 1), [(-7, Deed.SKIP_LATE)]),
        (THREE, at(3, 4, 8, 0), [(-7, Deed.SKIP_OLDER), (-3, Deed.SKIP_OLDER), (-1, Deed.SEND)]),
        (THREE, at(3, 9, 8, 0), [(-7, Deed.SKIP_OLDER), (-3, Deed.SKIP_OLDER),
                                 (-1, Deed.SKIP_LATE)]),
        ([slot(-7, active=False)], at(2, 27, 8, 0), []),
        ([slot(-7, active=False), slot(-3)], at(3, 2, 8, 0), [(-3, Deed.SEND)]),
        ([slot(-7, done_at=at(2, 27, 8, 0))], at(2, 27, 8, 1), []),
        ([slot(-7, done_at=at(2, 26, 8, 0))], at(2, 27, 8, 0), [(-7, Deed.SEND)]),
        ([slot(-1, "17:45")], at(3, 4, 18, 30), [(-1, Deed.SEND)]),  # an hour at least
        ([slot(-1, "17:45")], at(3, 4, 18, 46), [(-1, Deed.SKIP_LATE)]),
        ([slot(-1, "19:30")], at(3, 4, 20, 0), []),  # night: it may still go, not now
        ([slot(-3), slot(-3, kind=Kind.NO_FORM)], at(3, 2, 8, 0),
         [(-3, Deed.SEND), (-3, Deed.SEND)]),
    ],
)  # fmt: skip
def test_what_is_done_at_a_moment(slots: list[Slot], now: datetime, expected: list) -> None:
    assert deeds(slots, now) == expected


@pytest.mark.parametrize(
    ("done", "settled"),
    [(None, False), (at(3, 3, 8, 0), False), (at(3, 4, 8, 0), True), (at(3, 9, 8, 0), True)],
)
def test_what_is_settled(done: datetime | None, settled: bool) -> None:
    assert is_settled(slot(-1, done_at=done), at(3, 4, 8, 0)) is settled


def test_until_when_a_missed_one_goes() -> None:
    assert last_moment(at(3, 4, 8, 0)) == at(3, 4, 18, 0)
    assert last_moment(at(3, 4, 17, 59)) == at(3, 4, 18, 59)


@pytest.mark.parametrize(
    ("kind", "is_open", "now", "ended", "sense"),
    [
        (Kind.CALL, True, at(3, 5, 16, 59), False, True),
        (Kind.CALL, False, at(3, 1), False, False),
        (Kind.NOT_REGISTERED, True, at(3, 5, 17, 0), False, False),
        (Kind.NO_FORM, True, at(3, 6), False, True),
        (Kind.NO_FORM, False, at(3, 6), False, False),
        (Kind.NO_ANSWER, False, at(3, 12), False, True),
        (Kind.NO_ANSWER, False, at(3, 14), True, False),
        (Kind.THANKS, False, at(3, 12), False, False),
        (Kind.THANKS, False, at(3, 14), True, True),
        (Kind.ABSENT, True, at(3, 14), True, True),
    ],
)
def test_nobody_is_reminded_of_what_is_over(
    kind: Kind, is_open: bool, now: datetime, ended: bool, sense: bool
) -> None:
    assert has_sense(kind, is_open=is_open, now=now, cutoff_at=CUTOFF, ended=ended) is sense


def test_the_form_is_asked_for_after_a_closed_event_while_forms_are_taken() -> None:
    after: dict[str, Any] = {"is_open": False, "now": at(3, 14), "cutoff_at": CUTOFF, "ended": True}
    assert has_sense(Kind.NO_FORM, takes_forms=True, **after)
    assert not has_sense(Kind.NO_FORM, takes_forms=False, **after)


def test_the_day_off_is_told() -> None:
    assert is_day_off(at(3, 2, 8, 0), [])
    assert not is_day_off(at(3, 4, 8, 0), [])
    assert is_day_off(at(3, 4, 8, 0), [local(at(3, 4)).date()])


def test_the_schedule_stands_in_the_order_of_the_work() -> None:
    mixed = [slot(1, kind=Kind.THANKS), slot(-1), slot(-3, kind=Kind.NO_FORM), slot(-7)]
    assert [(one.kind, one.days) for one in in_order(mixed)] == [
        (Kind.NOT_REGISTERED, -7), (Kind.NOT_REGISTERED, -1), (Kind.NO_FORM, -3), (Kind.THANKS, 1),
    ]  # fmt: skip
