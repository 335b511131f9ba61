"""The board's figures, on both databases, and its words."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from app.checkin.board import LATEST, Board, Share, board_of, last_change
from app.checkin.board_words import district_word, kind_word, start_words
from app.checkin.models import Presence
from app.checkin.results import Door
from app.checkin.services import undo
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.services import withdraw
from tests.factories.checkin import GATE, MORNING, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import enter

PEOPLE = ["Phạm Thu Hiên", "Bạch Thế Hiển", "Ngọ Văn Đông", "Doãn Thúy Hiền"]
EIGHT = from_local(datetime(2024, 3, 13, 8, 0))


@pytest.fixture
def event(app: Flask, database_kind: str) -> Event:
    return make_event(seats=4, units=5)


def everybody(event: Event, places: list[tuple[str, str | None]]) -> list[int]:
    """Delegates of units of these kinds and districts."""
    units = participations(event)
    entries = [enter(unit, name).registration.id for unit, name in zip(units, PEOPLE, strict=False)]
    with unit_of_work():
        for unit, (kind, district) in zip(units, places, strict=False):
            found = db.session.get_one(Participation, unit.id)
            found.kind, found.district = kind, district
    return entries


def board(event: Event, place: int = 0) -> Board:
    found = db.session.get_one(Event, event.id)
    return board_of(found.id, found.sessions[place].id)


def arrive(number: int, minutes: float = 0) -> None:
    scan(db.session.get_one(Registration, number), now=MORNING + timedelta(minutes=minutes))


PLACES: list[tuple[str, str | None]] = [
    ("high_school", "Huyện An Lão"),
    ("district_committee", "Quận Lê Chân"),
    ("high_school", "Quận Lê Chân"),
    ("organiser", None),
]


@pytest.mark.both_databases
def test_arrived_and_expected_by_kind_and_by_district(event: Event) -> None:
    first, second, third, guest = everybody(event, PLACES)
    for place, number in enumerate((third, guest, first)):
        arrive(number, place)
    found = board(event)
    assert (found.arrived, found.expected) == (3, 4)
    assert found.kinds == [
        Share("district_committee", 0, 1),
        Share("high_school", 2, 2),
        Share("guest", 1, 1),
    ]
    assert found.districts == [
        Share("Quận Lê Chân", 1, 2),
        Share("Huyện An Lão", 1, 1),
        Share("", 1, 1),
    ]
    assert [one.name for one in found.latest] == [PEOPLE[0], PEOPLE[3], PEOPLE[2]]
    assert found.minutes == [(MORNING + timedelta(minutes=n), 1) for n in range(3)]
    assert board(event, 1).arrived == 0
    assert second


@pytest.mark.both_databases
def test_an_undone_presence_is_nobody_and_who_lost_the_seat_is_still_there(event: Event) -> None:
    first, second, *_ = everybody(event, PLACES)
    for number in (first, second):
        arrive(number)
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        presence = db.session.query(Presence).filter_by(registration_id=first).one()
        undo(found, presence.id, by=GATE, now=MORNING)
        gone = db.session.get_one(Registration, second)
        withdraw(gone, gone.participation, by=DESK, now=MORNING, reason="Bận việc")
    found_board = board(event)
    assert (found_board.arrived, found_board.expected) == (1, 3)
    assert Share("district_committee", 1, 0) in found_board.kinds


def test_only_the_latest_are_named_and_every_board_takes_four_queries(event: Event) -> None:
    numbers = set()
    entries = everybody(event, PLACES)
    for number in (None, *entries):
        if number:
            arrive(number, number)
        ids = event.id, db.session.get_one(Event, event.id).sessions[0].id
        with counted_queries() as sent:
            board_of(*ids)
        numbers.add(len(sent))
    assert numbers == {4}
    assert len(board(event).latest) == min(LATEST, len(entries))


def test_signatures_on_paper_have_no_minute(event: Event) -> None:
    first, *_ = everybody(event, PLACES)
    arrive(first)
    with unit_of_work():
        db.session.query(Presence).one().how = "paper"
    found = board(event)
    assert (found.arrived, found.minutes) == (1, [])


def test_whatever_changes_a_board_raises_its_mark(event: Event) -> None:
    marks = [last_change()]
    first, *_ = everybody(event, PLACES)
    marks.append(last_change())
    arrive(first)
    marks.append(last_change())
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        undo(found, db.session.query(Presence).one().id, by=GATE, now=MORNING)
    marks.append(last_change())
    assert marks == sorted(set(marks))


# ---------------------------------------------------------------- words


def door(starts_at: datetime | None = EIGHT, ends_at: datetime | None = None) -> Door:
    return Door(1, 1, "sáng", starts_at, ends_at, None, None)


@pytest.mark.parametrize(
    ("minutes", "opens", "said"),
    [
        (-8, True, ("Khai mạc 8 giờ 00.", "Còn 8 phút.")),
        (-7.5, False, ("Bắt đầu 8 giờ 00.", "Còn 8 phút.")),
        (-75, True, ("Khai mạc 8 giờ 00.", "Còn 1 giờ 15 phút.")),
        (-24 * 60, True, ("Khai mạc 8 giờ 00.", "thứ Tư 13/03/2024")),
        (0, True, ("Buổi sáng.", "Đã khai mạc lúc 8 giờ 00.")),
        (5, False, ("Buổi sáng.", "Đã bắt đầu lúc 8 giờ 00.")),
        (240, True, ("Buổi sáng.", "Đã kết thúc.")),
    ],
)
def test_what_is_said_of_the_start(
    app: Flask, minutes: float, opens: bool, said: tuple[str, str]
) -> None:
    session = door(ends_at=EIGHT + timedelta(hours=3))
    with app.test_request_context():
        assert start_words(session, EIGHT + timedelta(minutes=minutes), opens_event=opens) == said


def test_a_session_without_times_says_its_name_only(app: Flask) -> None:
    with app.test_request_context():
        assert start_words(door(None), EIGHT, opens_event=True) == ("Buổi sáng.", "")


def test_short_words_of_kinds_and_districts(app: Flask) -> None:
    with app.test_request_context():
        assert kind_word("multi_level_school") == "Nhiều cấp học"
        assert kind_word("high_school") == "Trường THPT"
        assert (district_word("Quận Lê Chân"), district_word("")) == ("Lê Chân", "Khác")
        assert district_word("Đâu đó") == "Đâu đó"
