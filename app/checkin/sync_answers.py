"""What a phone hears of each scan it sent: the outcome, and the whole screen where it showed another.

Everything a screen says beside the scan itself is read once for the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from app.checkin.answers import DESK, NEXT, SESSIONS, Action, Answer, answer_of
from app.checkin.errors import SessionNotServed
from app.checkin.heirs import heirs
from app.checkin.late_entries import Entered
from app.checkin.late_scans import Merged
from app.checkin.models import Presence
from app.checkin.results import Arrival, Counts, Face, Person, ScanResult, SessionFacts
from app.checkin.roster import counts, waiting_places
from app.checkin.rules import ADMITTED, Outcome, SessionTime, session_time
from app.checkin.scanning import NAME_SUCCESSOR
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State


def scans_json(
    event_id: int,
    merged: Sequence[Merged],
    sessions: Iterable[SessionFacts],
    *,
    silent: bool,
    listed: bool,
) -> list[dict[str, Any]]:
    """``sessions``: all of the event; ``silent``: who is no gate any more is told no names;
    ``listed``: the answer carries the list, which says who is in."""
    differing = [] if silent else [one for one in merged if one.outcome != one.scan.told]
    by_id = {one.id: one for one in sessions}
    beside = _read_beside(event_id, differing, by_id) if differing else None
    found = []
    for one in merged:
        session = by_id.get(one.scan.session_id)
        screen = None
        if beside is not None and session is not None and one.outcome != one.scan.told:
            screen = _screen(one, session, beside)
        found.append(
            {
                "client_id": one.scan.client_id,
                "outcome": one.outcome,
                "remark": one.remark,
                "answer": screen,
                "repeat": one.repeat,
                "in": None if silent or listed else _in(one),
            }
        )
    return found


def _in(one: Merged) -> list[str] | None:
    """As the list says that somebody is in; of what was sent before the next list says it."""
    if one.arrival is None or not one.stands or one.repeat:
        return None
    return [one.arrival.at.isoformat(), one.arrival.gate_name]


def walk_in_json(one: Entered, *, silent: bool) -> dict[str, Any]:
    """The screen of a refusal; who was let in was welcomed by the phone."""
    refused = one.outcome is not Outcome.WELCOME and not silent
    return {
        "client_id": one.client_id,
        "outcome": one.outcome,
        "remark": one.remark,
        "answer": _refused_screen(one) if refused else None,
        "registration_id": None if silent else one.registration_id,
        "presence_id": None if silent else one.presence_id,
    }


def answer_json(answer: Answer, result: ScanResult) -> dict[str, Any]:
    """A screen as the script draws it."""
    admitted = result.outcome in ADMITTED
    return {
        **vars(answer),  # asdict() copies every text of it
        "actions": [vars(action) for action in answer.actions],
        "client_id": result.client_id,
        "admitted": admitted,
        "repeat": result.repeat,
        "presence_id": result.arrival.presence_id if admitted and result.arrival else None,
        "registration_id": result.person.registration_id if result.person else None,
        "counts": vars(result.counts),
    }


# ---------------------------------------------------------------- beside the scan


class _Beside(NamedTuple):
    """``successors``: entry → who stands instead; ``arrivals``: (person, session) → arrival;
    ``places``: who waits → place; ``counts``: by session."""

    successors: Mapping[int, Person]
    arrivals: Mapping[tuple[int, int], Arrival]
    places: Mapping[int, int]
    counts: Mapping[int, Counts]


def _read_beside(
    event_id: int, merged: Sequence[Merged], sessions: Mapping[int, SessionFacts]
) -> _Beside:
    faces = [(one.outcome, one.subject.face) for one in merged if one.subject.same_event]
    replaced = {face.id for outcome, face in faces if face and outcome in NAME_SUCCESSOR}
    waits = any(face is not None and face.state == State.WAITLISTED for _, face in faces)
    successors = _successors(replaced)
    by_session = counts(event_id, sessions)
    return _Beside(
        successors,
        _arrivals({one.registration_id for one in successors.values()}),
        waiting_places(event_id) if waits else {},
        {one: Counts(**by_session[str(one)]) for one in sessions},
    )


def _successors(ids: set[int]) -> dict[int, Person]:
    if not ids:
        return {}
    units = select(Registration.participation_id).where(Registration.id.in_(sorted(ids)))
    rows = db.session.execute(
        select(
            Registration.id, Registration.participation_id, Registration.slot, Registration.state,
            Registration.replaces_id, Registration.full_name, Registration.position,
            Participation.name.label("unit"),
        )
        .join(Participation, Participation.id == Registration.participation_id)
        .where(Registration.participation_id.in_(units))
        .order_by(Registration.id)
    ).all()  # fmt: skip
    people = {
        row.id: Person(row.id, row.full_name, row.position, row.unit, State(row.state))
        for row in rows
    }
    return {old: people[heir] for old, heir in heirs(rows).items() if old in ids}


def _arrivals(ids: set[int]) -> dict[tuple[int, int], Arrival]:
    if not ids:
        return {}
    rows = db.session.scalars(
        select(Presence).where(
            Presence.registration_id.in_(sorted(ids)), Presence.undone_at.is_(None)
        )
    )
    return {
        (row.registration_id, row.session_id): Arrival(row.id, row.at, row.gate_name)
        for row in rows
    }


# ---------------------------------------------------------------- screens


def _screen(one: Merged, session: SessionFacts, beside: _Beside) -> dict[str, Any]:
    face = one.subject.face if one.subject.same_event else None
    successor = beside.successors.get(face.id) if face else None
    time = session_time(session, one.scan.at)
    result = ScanResult(
        outcome=one.outcome,
        client_id=one.scan.client_id,
        scan_id=0,
        at=one.scan.at,
        session_id=session.id,
        code=one.scan.code_text,
        person=_person(face) if face else None,
        arrival=one.arrival,
        successor=successor,
        successor_arrival=beside.arrivals.get((successor.registration_id, session.id))
        if successor
        else None,
        place=beside.places.get(face.id) if face else None,
        session=time,
        counts=beside.counts[session.id],
        repeat=one.repeat,
    )
    if one.outcome is Outcome.WRONG_SESSION and time == SessionTime.OPEN:
        return answer_json(_not_served(result), result)
    return answer_json(answer_of(result, session), result)


def _person(face: Face) -> Person:
    return Person(face.id, face.full_name, face.position, face.unit, State(face.state))


def _stop(outcome: Outcome, title: str, name: str, more: str, todo: str) -> Answer:
    return Answer(
        outcome=outcome, tone="stop", stays=0, sound="low", title=title, name=name,
        more=[more] if more else [], todo=todo, spoken=f"{title}.",
    )  # fmt: skip


def _not_served(result: ScanResult) -> Answer:
    answer = _stop(
        result.outcome,
        _("Không đúng buổi"),
        result.person.name or _("Đại diện Lãnh đạo") if result.person else "",
        str(SessionNotServed.message),
        _("chọn buổi đang diễn ra rồi quét lại."),
    )
    actions = [Action(SESSIONS, _("Chọn buổi")), Action(NEXT, _("Quét tiếp"))]
    return replace(answer, actions=actions)


def _refused_screen(one: Entered) -> dict[str, Any]:
    answer = _stop(
        one.outcome,
        _("Chưa ghi được vào danh sách"),
        one.name,
        one.refusal,
        _("mời sang bàn đăng ký."),
    )
    actions = [Action(DESK, _("Báo bàn đăng ký")), Action(NEXT, _("Quét tiếp"))]
    shown = replace(answer, actions=actions)
    return {**asdict(shown), "client_id": one.client_id, "admitted": False}
