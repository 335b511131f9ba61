"""Sums of an attendance: by group of kinds, by district, together; and why a unit was absent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.checkin.attendance import THERE, Attendance, Mark, Unit
from app.events.guests import LIST_GROUPS, list_group
from app.registration.rules import State
from app.units.rules import GROUPS

UNCALLED, UNCALLED_TITLE = "uncalled", "Đại biểu bổ sung tại bàn đón tiếp"


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """Units in one session: ``called`` = present + excused + absent − uncalled ones there.

    ``present``: late ones too; ``people``: delegates, as many as came.
    """

    called: int
    present: int
    late: int
    excused: int
    absent: int
    uncalled: int
    people: int

    @property
    def rate(self) -> Decimal | None:
        return rate(self.present - self.uncalled, self.called)


@dataclass(frozen=True, slots=True)
class Figures:
    """Units of a group over the event. ``came``: to one session at least; ``uncalled``: came
    without being called. called = came + excused + absent."""

    called: int
    registered: int
    came: int
    excused: int
    absent: int
    uncalled: int
    sessions: tuple[SessionFigures, ...]

    @property
    def missing(self) -> int:
        return self.excused + self.absent

    @property
    def rate(self) -> Decimal | None:
        """Of the units called, how many came (paper 3.7); None when none was called."""
        return rate(self.came, self.called)


@dataclass(frozen=True, slots=True)
class GroupFigures:
    key: str
    title: str
    figures: Figures


def figures(units: Sequence[Unit], sessions: int) -> Figures:
    called = [one for one in units if not one.uncalled]
    return Figures(
        called=len(called),
        registered=sum(one.registered for one in called),
        came=sum(one.came for one in called),
        excused=sum(one.excused for one in called),
        absent=sum(not one.came and not one.excused for one in called),
        uncalled=sum(one.uncalled and one.came for one in units),
        sessions=tuple(_of_session(units, number) for number in range(sessions)),
    )


def _of_session(units: Sequence[Unit], number: int) -> SessionFigures:
    marks = [one.marks[number] for one in units if not one.uncalled]
    uncalled = [one.marks[number] for one in units if one.uncalled and one.marks[number] in THERE]
    return SessionFigures(
        called=len(marks),
        present=sum(one in THERE for one in marks) + len(uncalled),
        late=sum(one == Mark.LATE for one in (*marks, *uncalled)),
        excused=marks.count(Mark.EXCUSED),
        absent=marks.count(Mark.ABSENT),
        uncalled=len(uncalled),
        people=sum(
            one.marks[number].mark in THERE for unit in units for one in unit.delegates
        ),
    )  # fmt: skip


def by_group(attendance: Attendance) -> list[GroupFigures]:
    """The plan's groups I–IV always (P13–P16), others when they have somebody: other units,
    guests, organisers, and who came without having been called."""
    shown = {one.key for one in GROUPS if one.key != "others"}
    order = {one.key: one.title for one in (*GROUPS, *LIST_GROUPS)} | {UNCALLED: UNCALLED_TITLE}
    found = split(attendance, group_key)
    return [
        GroupFigures(key, title, found.get(key) or figures((), _count(attendance)))
        for key, title in order.items()
        if key in shown or key in found
    ]


def group_key(unit: Unit) -> str:
    return UNCALLED if unit.uncalled else list_group(unit.kind).key


def split(attendance: Attendance, key: Callable[[Unit], str]) -> dict[str, Figures]:
    """Figures by anything a unit has: its kind, its district."""
    parts: dict[str, list[Unit]] = {}
    for one in attendance.units:
        parts.setdefault(key(one), []).append(one)
    return {name: figures(units, _count(attendance)) for name, units in parts.items()}


def total(attendance: Attendance) -> Figures:
    return figures(attendance.units, _count(attendance))


def _count(attendance: Attendance) -> int:
    return len(attendance.sessions)


def rate(part: int, whole: int) -> Decimal | None:
    """Percent with one decimal, halves up."""
    if not whole:
        return None
    exact = Decimal(part * 100) / whole
    return exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


#: What stands in the list of absent units when nobody gave a reason; on paper, so not translated.
_BY_STATE = (
    (State.CONFIRMED, "Chưa rõ lý do"),
    (State.WAITLISTED, "Không có chỗ (danh sách chờ)"),
    (State.LATE, "Đăng ký quá hạn, chưa được nhận"),
    (State.REJECTED, "Đăng ký không được nhận"),
    (State.WITHDRAWN, "Đã rút đăng ký"),
)
NOT_REGISTERED = "Không đăng ký"


def why_absent(unit: Unit) -> str:
    """ "Có lý do: phà tạm dừng", else what is known of its entry."""
    excuse = next((one.excuse for one in unit.delegates if one.excuse is not None), None)
    if excuse is not None:
        return f"Có lý do: {excuse}" if excuse else "Có lý do"
    return next((words for state, words in _BY_STATE if state in unit.states), NOT_REGISTERED)
