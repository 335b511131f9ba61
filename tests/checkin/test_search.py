"""Search at the door: the database ranks everybody as `search_rank` ranks one person."""

from __future__ import annotations

import random

import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.checkin.rules import SEARCHED, search_rank
from app.checkin.search import search_delegates, words_of
from app.core.database import unit_of_work
from app.core.vietnamese import fold, match_key, person_sort_key
from app.events.models import Event, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import State
from tests.factories.events import make_event, participations
from tests.factories.queries import counted_queries

pytestmark = pytest.mark.both_databases
GONE = [State.REPLACED, State.WITHDRAWN, State.REJECTED]  # the last is found by nobody
PEOPLE = 900  # more than any number of candidates one would think enough
FAMILY = ["Nguyễn", "Trần", "Lê", "An", "Đỗ", "Ân", "Hà", "H'Hen", "Y-Bhiăk"]
MIDDLE = ["", "Thị", "Văn An", "Hữu", "Lê Ân", "Bình", "THU", "Đăng"]
GIVEN = ["An", "Ánh", "Hiên", "Hiền", "Thịnh", "Lê", "Quý", "Đôn", "Bình", "Ô", "Êban", "Thư"]


@pytest.fixture
def event(app: Flask, database_kind: str) -> Event:
    return make_event(seats=3, units=8)


def crowd(event: Event, number: int, chance: random.Random) -> None:
    """Late entries, which need no seat, and some that stand no more; some without a name."""
    units = participations(event)
    with unit_of_work() as session:
        session.execute(
            insert(Registration),
            [_row(units[n % len(units)], n, _name(n, chance)) for n in range(number)],
        )


def _name(number: int, chance: random.Random) -> str | None:
    if number % 97 == 0:
        return None
    return " ".join(
        f"{chance.choice(FAMILY)} {chance.choice(MIDDLE)} {chance.choice(GIVEN)}".split()
    )


def _row(unit: Participation, number: int, name: str | None) -> dict[str, object]:
    return {
        "event_id": unit.event_id,
        "participation_id": unit.id,
        "slot": number,
        "state": State.LATE if number % 5 else GONE[number // 5 % 3],
        "full_name": name,
        "position": "",
        "person_key": match_key(name or ""),
        "sort_key": person_sort_key(name) if name else "",
        "search": f"{fold(name or '')} {unit.search}",
        "source": "web",
        "received_at": unit.event.cutoff_at,
        "flags": [],
        "receipt_code": f"{number:012d}",
        "code_version": 1,
        "on_time": False,
    }


def ids(event: Event, query: str, most: int = 20) -> list[int]:
    found = db.session.get_one(Event, event.id)
    answer = search_delegates(found, found.sessions[0], query, most=most)
    return [one.person.registration_id for one in answer]


def brute(everybody: list[tuple[Registration, str]], query: str, most: int = 20) -> list[int]:
    words = words_of(query)
    ranked = sorted(
        (search_rank(words, name, one.search, State(one.state)), one.sort_key, one.id)
        for one, name in everybody
        if words and one.state in SEARCHED and all(word in one.search for word in words)
    )
    return [number for _rank, _key, number in ranked[:most]]


def test_the_best_stand_first_however_many_fit(event: Event) -> None:
    chance = random.Random(5)
    crowd(event, PEOPLE, chance)
    everybody = [
        (one, fold(one.full_name or "")) for one in db.session.scalars(select(Registration))
    ]
    pieces = [fold(name) for name in [*FAMILY, *GIVEN, "Thị", "THPT", "Thử 003", "Trường", "Văn"]]
    cuts = [piece[: chance.randint(1, len(piece))] for piece in pieces * 2]
    queries = [" ".join(chance.sample(cuts, chance.randint(1, 3))) for _ in range(30)]
    queries += [
        "an",
        "truong",
        "le",
        "lê ân",
        "AN LE",
        "nh",
        "%",
        "_a",
        "a\\",
        "'h",
        "thpt-00",
        "ô",
    ]
    for query in queries:
        assert ids(event, query) == brute(everybody, query), query
    assert sum(bool(brute(everybody, query)) for query in queries) > 25


def test_one_query_whatever_was_typed_and_however_many_fit(event: Event) -> None:
    counts = set()
    for number in (3, 200):
        with unit_of_work() as session:
            session.query(Registration).delete()
        crowd(event, number, random.Random(1))
        found = db.session.get_one(Event, event.id)
        session_ = found.sessions[0]
        for query in ("an", "le thi an truong thpt thu 001 002 003 004"):
            with counted_queries() as sent:
                search_delegates(found, session_, query)
            counts.add(len(sent))
    assert counts == {1}
