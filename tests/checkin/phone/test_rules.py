"""The phone decides, searches and speaks as the server does: the same cases to both."""

from __future__ import annotations

import base64
import hashlib
import itertools
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from app.checkin.answer_templates import answer_templates
from app.checkin.answers import answer_of, code_lines, shown_name
from app.checkin.places import PAPER_PLACE
from app.checkin.results import Arrival, Counts, Person, ScanResult
from app.checkin.routes import marked_parts
from app.checkin.rules import (
    SEARCHED,
    Finding,
    Outcome,
    SessionTime,
    decide,
    search_rank,
    session_time,
)
from app.checkin.search import words_of
from app.core.clock import from_local
from app.core.filters import clock_time, short_date
from app.core.vietnamese import fold, person_sort_key
from app.events.models import EventSession
from app.registration.rules import State
from tests.checkin.phone.asking import ask

AT = from_local(datetime(2024, 3, 12, 7, 41))
NAMES = [
    "Đỗ Thị Thủy", "Đỗ Thị Thuỷ", "Phạm Thu Hiên", "Bạch Thế Hiển", "Doãn Thúy Hiền", "LÊ VĂN AN",
    "Lê Văn An", "Nguyễn Thị Ngọc Ánh", "Hoà", "Hòa", "Trần  Đức  Ân", "Ưng Hoài Ân", "O’Brien – Kim",
    "Nguyễn Thị Ngọc Ảnh", "Đặng Ðình Ất", "lê thị y", "Lê Thị Ỷ", "",
]  # fmt: skip


def test_names_are_folded_marked_and_sorted_alike() -> None:
    assert ask("fold", *({"text": name} for name in NAMES)) == [fold(name) for name in NAMES]
    (order,) = ask("order", {"names": NAMES})
    assert order == sorted(NAMES, key=person_sort_key)
    text, words = "Trường THPT Hiền Hòa", ["hie", "t"]
    (marked,) = ask("marked", {"text": text, "words": words})
    assert marked == marked_parts(text, " ".join(words))


def test_a_code_s_key_is_that_of_the_list() -> None:
    digits = "1" * 32
    hashed = base64.urlsafe_b64encode(hashlib.sha256(digits.encode()).digest()).decode()[:12]
    assert ask("key", {"digits": digits}) == [hashed]
    texts = ["1000 1" * 5, "https://example.vn/x", "20001000012311234567890123456789"]
    assert ask("lines", *({"text": text} for text in texts)) == [code_lines(t) for t in texts]


def test_every_finding_is_decided_alike() -> None:
    findings = [
        Finding(state, same_event, current, time, present)
        for state, same_event, current, time, present in itertools.product(
            [None, *State], (True, False), (True, False), SessionTime, (True, False)
        )
    ]
    asked = [
        {
            "state": one.state,
            "sameEvent": one.same_event,
            "currentCode": one.current_code,
            "session": one.session,
            "present": one.present,
        }
        for one in findings
    ]
    assert ask("decide", *asked) == [decide(one) for one in findings]


def test_sessions_open_and_close_alike() -> None:
    hour = timedelta(hours=1)
    moments = [None, AT, AT + 4 * hour]
    cases = [
        ({"starts_at": a, "ends_at": b, "opened_at": c, "closed_at": d}, AT + step)
        for a, b, c, d in itertools.product(moments, repeat=4)
        for step in (-8 * hour, -7.69 * hour, -7.68 * hour, -hour, hour * 0, hour, 4 * hour)
    ]
    asked = [
        ({"session": {k: v and v.isoformat() for k, v in times.items()}, "at": at.isoformat()})
        for times, at in cases
    ]
    expected = [session_time(EventSession(**times), at) for times, at in cases]
    assert ask("session", *asked) == expected
    (said,) = ask("times", {"at": AT.astimezone(UTC).isoformat()})
    assert said == [clock_time(AT), short_date(AT)]


def test_a_session_that_is_over_gives_way_to_the_next_that_is_open() -> None:
    hour = timedelta(hours=1)
    times = [(AT, AT + 4 * hour), (AT + 6 * hour, AT + 9 * hour), (AT + 24 * hour, AT + 28 * hour)]
    sessions = [
        {"id": n, "starts_at": a.isoformat(), "ends_at": b.isoformat()}
        for n, (a, b) in enumerate(times, 1)
    ]
    opened = [*sessions[:2], sessions[2] | {"opened_at": AT.isoformat()}]
    closed = [sessions[0], sessions[1] | {"closed_at": AT.isoformat()}, *opened[2:]]
    cases = [
        (sessions, 1, AT + hour, None), (sessions, 1, AT + 4 * hour, 2),
        (sessions, 2, AT + 4 * hour, None), (sessions, 2, AT + 9 * hour, None),
        (sessions, 2, AT + 17 * hour, 3), (sessions, 3, AT, None),
        (opened, 2, AT + 9 * hour, 3), (closed, 1, AT + 4 * hour, 3), (sessions, 9, AT, None),
    ]  # fmt: skip
    asked = [{"sessions": all_, "id": one, "at": at.isoformat()} for all_, one, at, _next in cases]
    assert ask("instead", *asked) == [case[3] for case in cases]


SESSION = EventSession(
    id=1, name="Sáng", starts_at=AT - timedelta(minutes=11), ends_at=AT + timedelta(hours=4)
)
CLOSED = EventSession(id=1, name="Sáng", closed_at=AT - timedelta(minutes=2))
STATE_OF = {
    Outcome.REPLACED: State.REPLACED,
    Outcome.WAITLISTED: State.WAITLISTED,
    Outcome.WITHDRAWN: State.WITHDRAWN,
    Outcome.NOT_CONFIRMED: State.LATE,
}
NOBODY = {Outcome.WRONG_EVENT, Outcome.UNKNOWN}
OLD = Person(1, "Ngọ Văn Đông", "Phó Hiệu trưởng", "Trường THPT Thử {name}", State.CONFIRMED)
NEW = Person(2, None, "", "Trường THPT Thử 001", State.CONFIRMED)
ARRIVAL = Arrival(9, AT, "Cổng B")
ON_PAPER = Arrival(9, AT, PAPER_PLACE)


def _result(outcome: Outcome, **values: Any) -> ScanResult:
    person = None
    if outcome not in NOBODY:
        state = values.pop("state", STATE_OF.get(outcome, State.CONFIRMED))
        person = Person(OLD.registration_id, OLD.name, OLD.position, OLD.unit, state)
    given: dict[str, Any] = {
        "outcome": outcome, "client_id": "12345678", "scan_id": 1, "at": AT, "session_id": 1,
        "code": "9" * 30, "person": person, "arrival": None, "successor": None,
        "successor_arrival": None, "place": None, "session": SessionTime.OPEN,
        "counts": Counts(64, 108),
    }  # fmt: skip
    return ScanResult(**given | values)


def _results() -> list[tuple[ScanResult, EventSession]]:
    found = [_result(one) for one in Outcome if one is not Outcome.ALREADY]
    found += [
        _result(Outcome.WELCOME, arrival=ARRIVAL),
        _result(Outcome.ALREADY, arrival=ARRIVAL),
        _result(Outcome.ALREADY, arrival=ON_PAPER),
        _result(Outcome.WAITLISTED, place=3),
        _result(Outcome.NOT_CONFIRMED, state=State.REJECTED),
        _result(Outcome.UNKNOWN, code="2" + "7" * 31),
        _result(Outcome.UNKNOWN, code="https://example.vn/{gate}"),
    ]
    for outcome in (Outcome.REPLACED, Outcome.WITHDRAWN):
        for state in State:
            new = Person(2, NEW.name, NEW.position, NEW.unit, state)
            found.append(_result(outcome, successor=new))
        for arrival in (ARRIVAL, ON_PAPER):
            found.append(_result(outcome, successor=NEW, successor_arrival=arrival))
    early = EventSession(id=1, name="Chiều", starts_at=AT + timedelta(days=1), ends_at=None)
    over = [_result(Outcome.WRONG_SESSION, session=SessionTime.OVER)]
    return [
        *((one, SESSION) for one in found if one.outcome != Outcome.WRONG_SESSION),
        *((one, SESSION) for one in over),
        *((one, CLOSED) for one in over),
        (_result(Outcome.WRONG_SESSION, session=SessionTime.TOO_EARLY), early),
    ]


def _row(person: Person | None, place: int | None = None) -> dict[str, Any] | None:
    if person is None:
        return None
    return {
        "id": person.registration_id, "n": person.name, "p": person.position, "u": person.unit,
        "s": person.state, "w": place,
    }  # fmt: skip


def _phone_arrival(arrival: Arrival | None) -> list[str] | None:
    return [arrival.at.isoformat(), arrival.gate_name] if arrival else None


def _as_the_phone_finds(result: ScanResult, session: EventSession) -> dict[str, Any]:
    times = ("starts_at", "ends_at", "opened_at", "closed_at")
    return {
        "outcome": result.outcome,
        "time": result.session,
        "at": (result.arrival.at if result.arrival else result.at).isoformat(),
        "session": {"name": session.name}
        | {name: (m := getattr(session, name)) and m.isoformat() for name in times},
        "code": result.code,
        "person": _row(result.person, result.place),
        "arrival": _phone_arrival(result.arrival),
        "successor": _row(result.successor),
        "successorArrival": _phone_arrival(result.successor_arrival),
        "number": result.counts.arrived,
    }


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_screen_has_the_server_s_words(app: Flask, language: str) -> None:
    with app.test_request_context(headers={"Cookie": f"lang={language}"}):
        templates = answer_templates()
        expected = [asdict(answer_of(result, session)) for result, session in _results()]
        leader = shown_name(NEW)
    assert {name.split(".")[0] for name in templates} == {str(one) for one in Outcome}
    said = ask(
        "answer",
        *(
            {
                "templates": templates,
                "found": _as_the_phone_finds(result, session),
                "leader": leader,
            }
            for result, session in _results()
        ),
    )
    for answer in (*expected, *said):
        for action in answer["actions"]:
            action["presence_id"] = None
    assert said == expected


def test_a_search_finds_the_best_first_as_the_server_ranks() -> None:
    units = ["Trường THPT Hiền Hòa", "Trường THCS Thủy Nguyên", "Sở Giáo dục"]
    people = [
        {"id": number, "n": name or None, "p": "", "u": unit, "s": state}
        for number, (name, unit, state) in enumerate(itertools.product(NAMES, units, State), 1)
    ]
    queries = ["hien", "Hiền hòa", "an", "thuy ng", "đỗ", "n", "le an", "xyz", "ieu", "th h",
               "h o a h i e n t xyz", "h o a h i e xyz t"]  # fmt: skip
    assert ask("search", *({"list": {"people": people}, "query": query} for query in queries)) == [
        _ranked(people, query) for query in queries
    ]


MANY: list[dict[str, Any]] = [
    {"id": n, "n": f"{family} {middle} {given}", "u": f"Trường THPT Thử {n // 2:04d}", "s": state}
    for n, (family, middle, given, state) in enumerate(
        itertools.product(
            ("Nguyễn", "Trần", "Đặng", "Ngô"), ("Thị", "Văn", "Thu An", "Ngọc Hà", "Minh"),
            ("Hiền", "Hiển", "An", "Ân", "Ánh", "Nga", "Thủy"), State,
        ),
        1,
    )
]  # fmt: skip
MANY += [one | {"id": 2000 + one["id"], "n": one["n"] + "g"} for one in MANY]  # two slices at least
SEARCHES = ["an", "hi", "thpt", "thpt 01", "ng", "nguyen an", "uy 3", "g", "hien an", "so an ninh"]


@pytest.mark.parametrize(("pieces", "finished"), [(0, False), (3, False), (3, True)])
def test_a_list_that_changes_is_searched_as_it_is_now(pieces: int, finished: bool) -> None:
    """New rows, others' names, states and arrivals, whatever was made of the next lookup before."""
    anew = [
        *({"id": n, "n": "Ngô Thu An", "u": "Sở An Ninh", "s": "confirmed"} for n in (9001, 9002)),
        *(one | {"n": "Lê Thị An Hiền"} for one in MANY[:3]),
        *(one | {"u": "Sở An Ninh"} for one in MANY[30:33]),
        *(one | {"s": state} for one in MANY[60:66] for state in ("withdrawn", "confirmed")),
        *(one | {"in": {"5": ["07:41", "Cổng A"]}} for one in MANY[90:99]),
        *(one | {"s": "replaced"} for one in MANY if one["n"] == "Ngô Minh An"),
        MANY[120] | {"n": None},
    ]
    gone = [9002, *(one["id"] for one in MANY if one["n"] == "Nguyễn Thị Ân")]
    now = {one["id"]: one for one in (*MANY, *anew) if one["id"] not in gone}
    expected = [_ranked(list(now.values()), query) for query in SEARCHES]
    changes = {"rows": anew, "gone": gone, "pieces": pieces, "finished": finished}
    asked = {"list": {"people": MANY}, **changes, "queries": SEARCHES}
    assert ask("searchChanged", asked) == [expected]


def test_a_unit_is_found_by_the_way_it_is_written_in_a_hurry() -> None:
    units = ["Phòng Giáo dục và Đào tạo quận Lê Chân", "Trường THPT Lê Chân",
             "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên quận Lê Chân",
             "Ban Chỉ đạo quận Lê Chân"]  # fmt: skip
    people = [
        {"id": number, "n": "Tạ Đăng Khuê", "p": "", "u": unit, "s": "confirmed"}
        for number, unit in enumerate(units, 1)
    ]
    queries = ["pgd le chan", "Phòng GDĐT Lê Chân", "gdnn-gdtx le chan", "gdtx lê chân", "bcd"]
    asked = [{"list": {"people": people}, "query": query} for query in queries]
    assert ask("search", *asked) == [[1], [1], [3], [3], [4]]


def _ranked(people: list[dict[str, Any]], query: str) -> list[int]:
    words = words_of(query)
    if not words:
        return []

    def text(one: dict[str, Any]) -> str:
        return f"{fold(one['n'] or '')} {fold(one['u'])}"

    fitting = [
        one
        for one in people
        if one["s"] in SEARCHED and all(word in text(one) for word in words)
    ]  # fmt: skip
    fitting.sort(
        key=lambda one: (
            search_rank(words, fold(one["n"] or ""), text(one), one["s"]),
            person_sort_key(one["n"] or ""),
            one["id"],
        )
    )
    return [one["id"] for one in fitting[:20]]


def test_the_clock_takes_the_shortest_way_and_sees_when_it_is_set() -> None:
    contacts = [
        {"device": 1000, "steady": 1000, "trip": 400, "server": 10_900},
        {"device": 2000, "steady": 2000, "trip": 100, "server": 12_000},
        {"device": 3000, "steady": 3000, "trip": 900, "server": 99_000},  # a long way: not counted
        {"device": 500_000, "steady": 4000, "trip": 5000, "server": 13_500},  # the clock was set
    ]
    (seen,) = ask("clock", {"kept": {"offset": 5}, "contacts": contacts})
    assert seen == [[10_100, False], [10_050, False], [10_050, False], [-484_000, True]]
    (kept,) = ask("clock", {"kept": {"offset": 5}, "contacts": [{"device": 1, "steady": 1}]})
    assert kept == [[5, False]]


def test_a_code_printed_under_an_older_key_is_the_same_code() -> None:
    person = {"id": 7, "n": "Phạm Thu Hiên", "c": "b", "also": ["c"], "old": ["a"]}
    (found,) = ask(
        "keys",
        {"list": {"people": [person]}, "next": {**person, "c": "d", "also": [], "old": ["b"]}},
    )
    assert found == [
        [[7, False], [7, True], [7, True], None],
        [None, [7, False], None, [7, True]],
    ]


def test_a_scan_of_this_moment_asks_for_no_list() -> None:
    fresh = {"kind": "scan", "tries": 0}
    asked = [
        ([fresh], 9_999), ([fresh, fresh], 0), ([fresh], 10_000), ([], 0),
        ([fresh, {"kind": "scan", "tries": 1}], 0), ([{"kind": "walk_in", "tries": 0}], 0),
    ]  # fmt: skip
    seen = ask("small", *({"rows": rows, "age": age} for rows, age in asked))
    assert seen == [True, True, False, False, False, False]


def _answered(*said: tuple[str, str, int | None, list[str] | None, bool]) -> dict[str, Any]:
    """(told, outcome, person, in, repeat) of each scan, of a list where the first of two is in."""
    list_ = {
        "people": [{"id": 1, "n": "A", "in": {"5": ["07:40", "Cổng B"]}}, {"id": 2, "n": "B", "in": {}}],
        "version": 9, "counts": {"5": {"arrived": 1, "expected": 2}},
    }  # fmt: skip
    rows, results = [], []
    for number, (told, outcome, person, arrival, repeat) in enumerate(said):
        rows.append({"client_id": f"c{number}", "told": told, "person_id": person, "session_id": 5})
        results.append(
            {"client_id": f"c{number}", "outcome": outcome, "in": arrival, "repeat": repeat}
        )
    return {"list": list_, "rows": rows, "results": results}


@pytest.mark.parametrize(
    ("said", "arrived", "second", "wants"),
    [
        ([("welcome", "welcome", 2, ["07:41", "Cổng A"], False)], 2, ["07:41", "Cổng A"], False),
        ([("already", "already", 1, ["07:40", "Cổng B"], False)], 1, None, False),
        ([("welcome", "already", 2, ["07:39", "Cổng B"], False)], 1, ["07:39", "Cổng B"], True),
        ([("welcome", "replaced", 2, None, False)], 1, None, True),
        ([("unknown", "unknown", None, None, False)], 1, None, False),
        ([("welcome", "welcome", 2, None, True)], 1, None, True),
        (
            [
                ("welcome", "welcome", 2, ["07:41", "A"], False),
                ("already", "already", 2, ["07:41", "A"], False),
            ],
            2, ["07:41", "A"], False,
        ),
    ],
)  # fmt: skip
def test_an_answer_without_a_list_is_taken_into_it(said, arrived, second, wants) -> None:
    (seen,) = ask("answered", _answered(*said))
    assert seen["counts"]["5"] == {"arrived": arrived, "expected": 2}
    assert seen["in"] == [{"5": ["07:40", "Cổng B"]}, {"5": second} if second else {}]
    assert (seen["version"], seen["wants"]) == (9, wants)
