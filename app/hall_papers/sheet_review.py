"""Going through a page that came back: the doubtful cells are settled, then presences are written.

Rows are matched by who they were printed for, never by their position: a page of an older list is
read as well. Only who has a seat now gets a presence; one that stands already is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.audit.services import record
from app.checkin.merging import Claim
from app.checkin.models import Presence
from app.checkin.places import PAPER_PLACE
from app.checkin.presences import let_in_many
from app.checkin.rules import How
from app.core.access import Actor
from app.core.errors import DomainError, NotFound
from app.events.models import Event, EventSession, Participation
from app.events.queries import lock_event
from app.extensions import db
from app.hall_papers.models import SheetScan
from app.hall_papers.sheet_rules import ScanState, Verdict
from app.printing.nd30 import PAGE, TEXT_LEFT, TEXT_WIDTH
from app.registration.models import Registration
from app.registration.rules import State

_BESIDE = 3.0  # mm of paper around a row that is shown by itself


class StillDoubtful(DomainError):
    status = 422

    def __init__(self, left: int) -> None:
        super().__init__(_l("Còn %(left)s ô chưa chọn có ký hay không ký.", left=left))


class NotToReview(DomainError):
    status = 409
    message = _l("Trang này đã được ghi hoặc đã bỏ trong lúc đó. Hãy tải lại trang.")


@dataclass(frozen=True)
class CellLine:
    """A cell to show. ``index``: its place in the findings; ``name`` None: a row for walk-ins.

    ``seated``: has a seat now, so that a signature counts; ``present``: has a presence already.
    """

    index: int
    number: int
    registration_id: int | None
    name: str | None
    unit: str
    session_id: int
    verdict: str
    decision: str | None
    box: tuple[int, int, int, int]
    seated: bool
    present: bool

    @property
    def settled(self) -> str | None:
        """signed or empty, as it would be written now; None: a person must say."""
        if self.registration_id is None:
            return Verdict.EMPTY.value  # a walk-in is entered by the desk, not by a mark
        return self.decision or (self.verdict if self.verdict != Verdict.DOUBTFUL else None)


def scan_of(event: Event, scan_id: int, *, lock: bool = False) -> SheetScan:
    """Raises NotFound for another event's."""
    query = select(SheetScan).where(SheetScan.id == scan_id, SheetScan.event_id == event.id)
    scan = db.session.scalar(query.with_for_update() if lock else query)
    if scan is None:
        raise NotFound()
    return scan


def cell_lines(scan: SheetScan) -> list[CellLine]:
    """The cells of a page with who they belong to today; three queries."""
    ids = {one["id"] for one in scan.findings if one["id"] is not None}
    people = {
        row.id: row
        for row in db.session.execute(
            select(
                Registration.id, Registration.full_name, Registration.state,
                func.coalesce(Participation.short_name, Participation.name).label("unit"),
            )
            .join(Participation, Participation.id == Registration.participation_id)
            .where(Registration.id.in_(ids), Registration.event_id == scan.event_id)
        )
    }  # fmt: skip
    present = {
        (row.registration_id, row.session_id)
        for row in db.session.execute(
            select(Presence.registration_id, Presence.session_id).where(
                Presence.registration_id.in_(ids), Presence.undone_at.is_(None)
            )
        )
    }
    return [
        _line(index, one, people.get(one["id"]), (one["id"], one["session"]) in present)
        for index, one in enumerate(scan.findings)
    ]


def _line(index: int, one: Mapping[str, Any], person: Any, present: bool) -> CellLine:
    left, top, width, height = one["box"]
    return CellLine(
        index=index,
        number=one["tt"],
        registration_id=one["id"] if person is not None else None,
        name=person.full_name if person is not None else None,
        unit=person.unit if person is not None else "",
        session_id=one["session"],
        verdict=one["verdict"],
        decision=one["decision"],
        box=(left, top, width, height),
        seated=person is not None and person.state == State.CONFIRMED,
        present=present,
    )


@dataclass(frozen=True)
class WalkInRow:
    """A row for walk-ins that somebody used, to be entered at the door.

    ``session_ids``: the sessions whose cells have ink; ``crop``: left, top, width, height in pixels
    of what is written in the row, from the table's left line to beyond its right one.
    """

    number: int
    session_ids: tuple[int, ...]
    crop: tuple[int, int, int, int]


def walk_in_rows(scan: SheetScan, lines: Sequence[CellLine]) -> list[WalkInRow]:
    """The used rows for walk-ins in the paper's order, of ``cell_lines`` of this page."""
    rows: dict[int, list[CellLine]] = {}
    for line in lines:
        if line.registration_id is None and line.verdict != Verdict.EMPTY:
            rows.setdefault(line.number, []).append(line)
    return [
        WalkInRow(number, tuple(one.session_id for one in cells), _crop(scan, cells))
        for number, cells in rows.items()
    ]


def _crop(scan: SheetScan, cells: Sequence[CellLine]) -> tuple[int, int, int, int]:
    mm = scan.width / PAGE["width"]
    left = round((TEXT_LEFT - _BESIDE) * mm)
    right = round((TEXT_LEFT + TEXT_WIDTH + _BESIDE) * mm)
    above = round(_BESIDE * mm)
    top = min(one.box[1] for one in cells) - above
    bottom = max(one.box[1] + one.box[3] for one in cells) + above
    return left, max(0, top), right - left, bottom - max(0, top)


def confirm(scan: SheetScan, decisions: Mapping[int, str], *, by: Actor, now: datetime) -> int:
    """Write the presences of a page; inside a unit of work, the scan locked. → how many are new.

    ``decisions``: place in the findings → signed or empty; they come before the reader's verdict.
    Raises NotToReview, StillDoubtful.
    """
    lock_event(scan.event_id)  # nobody is replaced between the look at the seats and the presence
    if scan.state != ScanState.TO_REVIEW:
        raise NotToReview()
    scan.findings = [
        {**one, "decision": decisions.get(index, one["decision"])}
        for index, one in enumerate(scan.findings)
    ]
    lines = cell_lines(scan)
    left = sum(line.settled is None for line in lines)
    if left:
        raise StillDoubtful(left)
    signed = [line for line in lines if line.settled == Verdict.SIGNED and line.seated]
    made = _write(scan, signed, by=by, now=now)
    scan.state, scan.decided_at, scan.decided_by = ScanState.CONFIRMED, now, by.label[:200]
    record(
        "sheet.confirmed", ("sheet_scan", scan.id), by=by, now=now, event_id=scan.event_id,
        after={"signed": len(signed), "arrived": made},
    )  # fmt: skip
    return made


def _write(scan: SheetScan, signed: Sequence[CellLine], *, by: Actor, now: datetime) -> int:
    """A presence where none stands; each with its line in the log."""
    claim = Claim(now, "", PAPER_PLACE, by.label[:200], How.PAPER)
    wanted = {
        (line.registration_id, line.session_id): claim
        for line in signed
        if line.registration_id is not None and not line.present
    }
    made = let_in_many(scan.event_id, wanted)
    names = _session_names(scan.event_id) if made else {}
    for (registration_id, session_id), presence_id in sorted(made.items()):
        record(
            "checkin.arrived", ("registration", registration_id), by=by, now=now,
            event_id=scan.event_id,
            after={"session": names[session_id], "gate": PAPER_PLACE, "how": How.PAPER,
                   "presence": presence_id},
        )  # fmt: skip
    return len(made)


def _session_names(event_id: int) -> dict[int, str]:
    query = select(EventSession.id, EventSession.name).where(EventSession.event_id == event_id)
    return {row.id: row.name for row in db.session.execute(query)}


def discard(scan: SheetScan, *, by: Actor, now: datetime) -> None:
    """A page that is not wanted: a bad picture, another one of the same page. Raises NotToReview."""
    if scan.state not in (ScanState.TO_REVIEW, ScanState.UNREAD):
        raise NotToReview()
    scan.state, scan.decided_at, scan.decided_by = ScanState.DISCARDED, now, by.label[:200]
    record("sheet.discarded", ("sheet_scan", scan.id), by=by, now=now, event_id=scan.event_id)
