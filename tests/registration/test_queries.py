"""One query for screen and export: search, filters, order, pages, counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.extensions import db
from app.registration import queries, services
from app.registration.errors import RegistrationNotFound
from app.registration.queries import RegistrationFilter
from tests.factories.events import DESK, make_event, make_unit, participations
from tests.factories.registration import IN_TIME, TOO_LATE, enter, fill

NAMES = ["Nguyễn Thị Thủy", "Đỗ Văn Ánh", "Lê Thị An", "H'Hen Niê", "Ông Thuỷ", "Trần Ân"]


@pytest.fixture
def event(app: Flask) -> Event:
    """Six people in 4 seats: four seated, one waits, one late."""
    made = make_event(seats=4, units=6)
    for number, (unit, name) in enumerate(zip(participations(made), NAMES, strict=True)):
        late = number == 5
        enter(unit, name, now=TOO_LATE if late else IN_TIME + timedelta(minutes=number))
    return made


def names(event: Event, **wanted: str) -> list[str | None]:
    found = queries.registrations(event, RegistrationFilter.parse(wanted))
    return [row.registration.full_name for row in found]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("nguyen", ["Nguyễn Thị Thủy"]),
        ("NGUYỄN", ["Nguyễn Thị Thủy"]),
        ("thủy", ["Nguyễn Thị Thủy", "Ông Thuỷ"]),
        ("Thuỷ", ["Nguyễn Thị Thủy", "Ông Thuỷ"]),
        ("thuy nguyen", ["Nguyễn Thị Thủy"]),
        ("do anh", ["Đỗ Văn Ánh"]),
        ("h'hen", ["H'Hen Niê"]),
        ("003", ["Lê Thị An"]),
        ("thpt thu 004", ["H'Hen Niê"]),
        ("100%", []),
        ("_", []),
        ("không ai", []),
    ],
)
def test_search_ignores_marks_and_case(event: Event, q: str, expected: list[str]) -> None:
    assert names(event, q=q, sort="received") == expected


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        # by tên, then họ: An, Ánh, Ân, Niê, Thủy
        ("person", ["Lê Thị An", "Đỗ Văn Ánh", "Trần Ân", "H'Hen Niê", "Nguyễn Thị Thủy",
                    "Ông Thuỷ"]),
        ("-unit", NAMES[::-1]),
        ("received", NAMES),
        ("-received", NAMES[::-1]),
        ("state", [*NAMES[:4], NAMES[4], NAMES[5]]),
        ("nonsense", NAMES[::-1]),
    ],
)  # fmt: skip
def test_rows_stand_in_vietnamese_order(event: Event, sort: str, expected: list[str]) -> None:
    assert names(event, sort=sort) == expected


@pytest.mark.both_databases
def test_counts_per_tab_follow_search_and_filters(event: Event) -> None:
    counts = queries.tab_counts(event, RegistrationFilter())
    assert counts == {
        "all": 6, "confirmed": 4, "waitlisted": 1, "late": 1, "ended": 0, "rejected": 0,
    }  # fmt: skip
    assert queries.tab_counts(event, RegistrationFilter(q="thuy"))["all"] == 2
    assert names(event, tab="late") == ["Trần Ân"]
    assert names(event, kind="high_school", district="Quận Lê Chân") == []


@pytest.mark.both_databases
def test_flags_are_found_until_looked_at_and_only_while_standing(event: Event) -> None:
    with unit_of_work():
        one = db.session.get_one(Participation, participations(event)[0].id)
        entry = services.active_of(one.id)[0]
        services.amend(entry, one, services.Entry(NAMES[0], "Giáo viên"), by=DESK, now=IN_TIME)
    assert names(event, flag="not_leader") == [NAMES[0]]
    assert names(event, flag="same_person") == []
    with unit_of_work():
        services.withdraw(entry, one, by=DESK, now=IN_TIME)
    assert names(event, flag="not_leader") == []


def test_places_count_those_who_wait(app: Flask) -> None:
    event = make_event(seats=1, units=4)
    first, second, *_ = fill(event, 4)
    with unit_of_work():
        services.withdraw(second, second.participation, by=DESK, now=IN_TIME)
    found = queries.registrations(event, RegistrationFilter(tab="waitlisted", sort="place"))
    assert [row.place for row in found] == [1, 2]
    assert queries.registration_of(event, first.id).place is None


def test_a_receipt_code_is_found_with_or_without_blanks(event: Event) -> None:
    code = queries.registrations(event, RegistrationFilter())[0].registration.receipt_code
    spaced = " ".join(code[i : i + 4] for i in range(0, 12, 4))
    assert names(event, q=code) == names(event, q=spaced) == [NAMES[-1]]


def test_pages_end_with_the_last_one(event: Event) -> None:
    found = queries.registration_page(event, RegistrationFilter(size=4, page=9))
    assert (found.page, len(found.rows), found.total) == (2, 2, 6)


@pytest.mark.parametrize(
    ("args", "page", "size"),
    [({"page": "0"}, 1, 50), ({"page": "x"}, 1, 50), ({"page": "²"}, 1, 50),
     ({"page": "99999999999"}, 10_000, 50), ({"size": "25"}, 1, 25), ({"size": "1000"}, 1, 50)],
)  # fmt: skip
def test_what_makes_no_sense_in_the_address_is_left_out(
    args: dict[str, str], page: int, size: int
) -> None:
    wanted = RegistrationFilter.parse({**args, "tab": "<b>", "flag": "x"})
    assert (wanted.page, wanted.size, wanted.tab, wanted.flag) == (page, size, "all", "")


def test_the_address_of_a_view_gives_the_same_view() -> None:
    wanted = RegistrationFilter(tab="late", q="an", kind="high_school", sort="person")
    assert RegistrationFilter.parse(wanted.args()) == wanted
    assert RegistrationFilter().args() == {}


def test_another_events_entry_is_not_found(event: Event) -> None:
    entry = queries.registrations(event, RegistrationFilter())[0].registration
    other = make_event(units=0, slug="khac")
    with pytest.raises(RegistrationNotFound):
        queries.registration_of(other, entry.id)
    with pytest.raises(RegistrationNotFound):
        queries.participation_of(other, entry.participation_id)


@pytest.mark.both_databases
def test_units_with_room_are_those_without_their_people(event: Event) -> None:
    with unit_of_work():
        make_unit("PGD-313", "Phòng GDĐT huyện An Lão", kind="district_office")
        from app.events.services import call_units

        call_units(db.session.get_one(Event, event.id), by=DESK, now=IN_TIME)
    units, total = queries.units_with_room(event, "an lao")
    assert ([unit.code for unit in units], total) == (["PGD-313"], 1)
    assert queries.units_with_room(event, "thpt") == ([], 0)
    assert queries.missing_count(event) == 1


def test_the_preview_seats_whom_opening_seats_would(app: Flask) -> None:
    event = make_event(
        seats=2, units=4, reserves=[{"name": "Mời", "kinds": ["department"], "seats": 1}]
    )
    _, second, third, _ = fill(event, 4)
    pools = queries.pools_of(event)
    assert [row.registration for row in queries.seating_preview(event, pools, more=2)] == [
        second, third,
    ]  # fmt: skip
    released = queries.seating_preview(event, pools, released_id=pools[1].id)
    assert [row.registration for row in released] == [second]
    assert queries.seating_preview(event, pools) == []
