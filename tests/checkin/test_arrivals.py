"""The count of arrivals is what a plain count says, whoever wrote what in between (design 4.6)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, update

from app.checkin import arrivals
from app.checkin.arrivals import counts
from app.checkin.models import Presence
from app.checkin.results import Counts
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.registration.models import Registration
from tests.factories.checkin import MORNING, scan
from tests.factories.events import make_event
from tests.factories.registration import fill

ON_BOTH = pytest.mark.both_databases
PEOPLE = 12


class Hall:
    """Two sessions of one event, one of another, and who may come to each."""

    def __init__(self) -> None:
        events = [
            make_event(seats=PEOPLE, units=units, slug=slug)
            for units, slug in ((PEOPLE, "mot"), (0, "hai"))
        ]
        self.people = {event.id: [one.id for one in fill(event, PEOPLE)] for event in events}
        first, second = (db.session.get_one(Event, event.id).sessions for event in events)
        self.sessions = [(events[0].id, first[0].id), (events[0].id, first[1].id),
                         (events[1].id, second[0].id)]  # fmt: skip

    def row(self, event_id: int, session_id: int, person: int) -> dict[str, object]:
        return {
            "event_id": event_id, "session_id": session_id, "registration_id": person,
            "at": datetime(2024, 3, 12, 0, 41, tzinfo=UTC), "gate_name": "A", "by": "A", "how": "scan",
        }  # fmt: skip

    def absent(self, event_id: int, session_id: int) -> list[int]:
        standing = select(Presence.registration_id).where(
            Presence.session_id == session_id, Presence.undone_at.is_(None)
        )
        return sorted(set(self.people[event_id]) - set(db.session.scalars(standing)))


@pytest.fixture
def hall(app: Flask, database_kind: str, monkeypatch: pytest.MonkeyPatch) -> Hall:
    monkeypatch.setattr(arrivals, "STEP", 3)
    return Hall()


def plainly(event_id: int, session_id: int) -> Counts:
    db.session.commit()
    arrived = db.session.scalar(
        select(func.count()).select_from(Presence).where(
            Presence.session_id == session_id, Presence.undone_at.is_(None)
        )
    )  # fmt: skip
    return Counts(arrived or 0, PEOPLE)


class Refused(Exception):
    pass


def arrive(hall: Hall, choose: random.Random, where: tuple[int, int]) -> None:
    """Counted in the same transaction, as a scan does."""
    if absent := hall.absent(*where):
        db.session.commit()
        with unit_of_work() as session:
            session.execute(insert(Presence).values(**hall.row(*where, choose.choice(absent))))
            inside = counts(*where)
        assert inside == plainly(*where)


def arrive_in_vain(hall: Hall, choose: random.Random, where: tuple[int, int]) -> None:
    """What was counted before the end of a transaction that failed is not known."""
    if absent := hall.absent(*where):
        db.session.commit()
        with pytest.raises(Refused), unit_of_work() as session:
            people = choose.sample(absent, min(4, len(absent)))
            session.execute(insert(Presence), [hall.row(*where, one) for one in people])
            counts(*where)
            raise Refused


def arrive_elsewhere(hall: Hall, choose: random.Random, where: tuple[int, int]) -> None:
    """Several at once, by another process."""
    absent = hall.absent(*where)
    db.session.commit()
    with db.engine.begin() as other:
        for one in choose.sample(absent, min(choose.randint(1, 5), len(absent))):
            other.execute(insert(Presence).values(**hall.row(*where, one)))


def take_back(hall: Hall, choose: random.Random, where: tuple[int, int]) -> None:
    ids = db.session.scalars(
        select(Presence.id).where(Presence.session_id == where[1], Presence.undone_at.is_(None))
    ).all()
    db.session.commit()
    if ids:
        with db.engine.begin() as other:
            one = choose.choice(ids)
            other.execute(update(Presence).where(Presence.id == one).values(undone_at=MORNING))


Step = Callable[[Hall, random.Random, tuple[int, int]], None]
STEPS: list[Step] = [arrive, arrive, arrive_in_vain, arrive_elsewhere, take_back]


@ON_BOTH
@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_it_is_what_a_plain_count_says(hall: Hall, seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(40):
        choose.choice(STEPS)(hall, choose, choose.choice(hall.sessions))
        asked = choose.choice(hall.sessions)
        db.session.commit()
        assert counts(*asked) == plainly(*asked)


@ON_BOTH
def test_each_scan_says_which_arrival_it_was(hall: Hall) -> None:
    event_id, _session = hall.sessions[0]
    people = [db.session.get_one(Registration, one) for one in hall.people[event_id]]
    told = [scan(one).counts for one in people[:8]]
    assert told == [Counts(number, PEOPLE) for number in range(1, 9)]


@ON_BOTH
def test_a_restored_database_is_seen(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    where = hall.sessions[0]
    arrive_elsewhere(hall, random.Random(1), where)
    assert counts(*where).arrived > 0
    db.session.commit()
    with db.engine.begin() as other:
        other.execute(delete(Presence))
    later = arrivals.time.monotonic() + arrivals.LIFE
    monkeypatch.setattr(arrivals.time, "monotonic", lambda: later)
    assert counts(*where).arrived == 0


def test_sqlite_counts_only_the_newest(hall: Hall) -> None:
    """By a range of ids, and an index that holds nothing but what was undone."""
    shape = arrivals._BEHIND
    where = hall.sessions[0]
    values = {"event_id": where[0], "session_id": where[1], "last": 0}
    shape.rows(values)
    statement = next(iter(shape._shapes.values()))
    plan = db.session.connection().exec_driver_sql(
        f"EXPLAIN QUERY PLAN {statement.text}", statement.given(values)
    )
    steps = [row[3] for row in plan if "presence" in row[3]]
    newest, _last, undone = steps
    assert newest == "SEARCH presence USING INTEGER PRIMARY KEY (rowid>?)"
    assert undone.endswith("ix_presence_undone")


def test_sqlite_remembers_more_as_more_come(hall: Hall) -> None:
    where = hall.sessions[0]
    for _ in range(PEOPLE):
        arrive(hall, random.Random(1), where)
    known = arrivals._kept()[where[1]]
    newest = db.session.scalar(select(func.max(Presence.id)))
    assert newest is not None and newest - known.last < arrivals.STEP


@pytest.mark.postgres_only
def test_a_lower_id_that_is_committed_later_is_counted(hall: Hall) -> None:
    where = hall.sessions[0]
    people = hall.people[where[0]]
    with db.engine.begin() as first:
        first.execute(insert(Presence).values(**hall.row(*where, people[0])))
        with db.engine.begin() as second:
            for one in people[1:6]:
                second.execute(insert(Presence).values(**hall.row(*where, one)))
        assert counts(*where).arrived == 5
        db.session.commit()
        assert counts(*where).arrived == 5
        db.session.commit()
    assert counts(*where).arrived == 6
