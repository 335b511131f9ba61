"""Dashboard, missing units, seats: figures equal the tables, cost is flat, doors are shut."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Participation, SeatPool
from app.extensions import db
from app.mail.batches import prepare_waiting
from app.mail.models import Message
from app.overview import queries
from app.overview.figures import progress_over_time
from app.registration.models import Registration
from app.registration.queries import RegistrationFilter, missing_count, tab_counts
from app.registration.services import withdraw
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, TOO_LATE, enter

BASE = "/desk/events/tap-huan-2024"


@pytest.fixture
def desk(client, frozen_clock):
    sign_in(client, make_account("desk"))
    return client


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def filled_event():
    """3 seats: three confirmed (one invited), two waiting, one late; two units missing."""
    with unit_of_work():
        make_unit(
            "BCD-1", "Ban Chỉ đạo quận Thử", kind="district_committee", district="Quận Lê Chân"
        )
    event = make_event(seats=3, units=7)
    rows = participations(event)
    for number, one in enumerate(rows[:5]):
        enter(one, f"Nguyễn Văn {'ABCDE'[number]}nh")
    enter(rows[5], "Trần Thị Muộn", now=TOO_LATE)
    return event


def test_figures_are_those_of_the_tables(desk) -> None:
    event = filled_event()
    counts = tab_counts(event, RegistrationFilter())
    coverage = queries.coverage(event)
    assert (counts["confirmed"], counts["waitlisted"], counts["late"]) == (3, 2, 1)
    assert sum(one.confirmed for one in coverage.kinds) == counts["confirmed"]
    assert sum(one.confirmed for one in coverage.districts) == counts["confirmed"]
    assert sum(one.units for one in coverage.kinds) == len(participations(event)) == 8
    missing = sum(one.missing for one in coverage.of_route("registration"))
    rows = queries.missing_units(event, queries.MissingFilter())
    assert missing == missing_count(event) == len(rows) == 2
    assert queries.missing_total(event, queries.MissingFilter()) == 2
    assert sum(step for _at, step in queries.seat_changes(event)) == counts["confirmed"]
    page = text_of(desk.get(f"{BASE}/"))
    assert re.search(r"3<span>/3", page)
    assert "1 đăng ký quá hạn chờ xét" in page
    assert "2 trong danh sách chờ" in page
    assert "Xem cả 2 đơn vị" in page


def test_a_seat_given_back_and_taken_over_keeps_the_sum(app) -> None:
    event = filled_event()
    first = db.session.query(Registration).filter_by(state="confirmed").first()
    with unit_of_work():
        first = db.session.get_one(Registration, first.id)
        withdraw(
            first, db.session.get_one(Participation, first.participation_id), by=DESK, now=IN_TIME
        )
    changes = queries.seat_changes(event)
    assert [step for _at, step in changes].count(-1) == 1
    assert sum(step for _at, step in changes) == 3


@pytest.mark.parametrize("path", ["/", "/missing"])
def test_pages_cost_the_same_with_one_and_a_hundred_units(app, frozen_clock, path) -> None:
    account = make_account("desk")
    event = make_event(seats=200, units=2)
    enter(participations(event)[0])
    seen = []
    for more in (0, 100):
        with unit_of_work():
            for number in range(more):
                make_unit(f"NEW-{number}", f"Trường THPT Mới {number}")
        if more:
            from app.events.models import Event
            from app.events.services import call_units

            with unit_of_work():
                call_units(db.session.get_one(Event, event.id), by=DESK, now=IN_TIME)
            for number, one in enumerate(participations(event)[2:40]):
                enter(one, f"Lê Văn {chr(65 + number // 26)}{chr(97 + number % 26)}")
        client = app.test_client()
        sign_in(client, account)
        with app.app_context(), counted_queries() as sent:
            assert client.get(f"{BASE}{path}").status_code == 200
        seen.append(len(sent))
    assert seen[0] == seen[1] <= 20


def test_desk_opens_the_current_event_or_the_way_to_make_one(desk) -> None:
    assert desk.get("/desk/").location == "/desk/events/new"
    make_event(units=0)
    assert desk.get("/desk/").location == f"{BASE}/"


def test_missing_units_are_found_without_marks_and_filtered(desk) -> None:
    event = make_event(units=2)
    with unit_of_work():
        participations(event)[0].email = None
    assert "THPT-001" in text_of(desk.get(f"{BASE}/missing?q=truong+thu+001"))
    assert "THPT-002" not in text_of(desk.get(f"{BASE}/missing?q=THU+001"))
    page = text_of(desk.get(f"{BASE}/missing?mail=none"))
    assert "THPT-001" in page and "THPT-002" not in page
    assert "Không có đơn vị nào khớp" in text_of(desk.get(f"{BASE}/missing?q=zzz"))


@pytest.mark.parametrize(("role", "shown"), [("desk", True), ("leader", False)])
def test_phones_are_for_those_who_may_see_them(client, frozen_clock, role, shown) -> None:
    event = make_event(units=1)
    with unit_of_work():
        participations(event)[0].phone = "+842253999888"
    sign_in(client, make_account(role))
    assert ("+842253999888" in text_of(client.get(f"{BASE}/missing"))) is shown


@pytest.mark.parametrize("role", ["desk", "leader"])
def test_the_dashboard_leads_to_the_board(client, frozen_clock, role) -> None:
    event = make_event(units=1)
    sign_in(client, make_account(role))
    board = f"/hall/{event.slug}/board"
    assert f'href="{board}"' in client.get(f"{BASE}/").text
    assert client.get(board).status_code == 200


def test_links_are_counted_first_and_sent_to_the_view(desk, frozen_clock) -> None:
    event = make_event(units=3)
    with unit_of_work():
        participations(event)[0].email = None
    preview = text_of(desk.get(f"{BASE}/missing/links"))
    assert "Gửi cho 2 đơn vị chưa từng gửi" in preview
    assert db.session.query(Message).count() == 0
    assert desk.post(f"{BASE}/missing/links", data={"scope": "new"}).status_code == 303
    prepare_waiting()
    assert db.session.query(Message).count() == 2
    desk.post(f"{BASE}/missing/links", data={"scope": "new"})
    prepare_waiting()
    assert db.session.query(Message).count() == 2  # the second press finds nobody new
    one = participations(event)[1].id
    desk.post(f"{BASE}/missing/links", data={"scope": "all", "ids": [one]})
    prepare_waiting()
    assert db.session.query(Message).filter_by(thing_id=one).count() == 2
    assert db.session.query(Message).count() == 3


def test_a_link_is_replaced_after_the_question(desk) -> None:
    event = make_event(units=1)
    one = participations(event)[0]
    url = f"{BASE}/units/{one.id}/link"
    assert "Thay đường dẫn" in text_of(desk.get(url))
    assert one.link_version == 1
    assert "Hãy ghi lý do" in text_of(desk.post(url))
    assert participations(event)[0].link_version == 1
    assert desk.post(url, data={"reason": "Lọt ra ngoài"}).status_code == 303
    assert participations(event)[0].link_version == 2
    assert desk.get(f"{BASE}/units/999/link").status_code == 404


def test_more_seats_fill_from_the_queue(desk) -> None:
    event = filled_event()
    data = {"planned_seats": "4", "hall_seats": "", "unit_quota": "1"}
    assert desk.post(f"{BASE}/seats", data=data).status_code == 303
    assert tab_counts(event, RegistrationFilter())["confirmed"] == 4
    for wrong, sentence in (
        ({"planned_seats": "3"}, "Số chỗ không thể ít hơn"),
        ({"planned_seats": "x"}, "field-error"),
        ({"hall_seats": "2"}, "không thể ít hơn số chỗ dự kiến"),
    ):
        answer = desk.post(f"{BASE}/seats", data={**data, **wrong})
        assert answer.status_code == 422
        assert sentence in text_of(answer)
    db.session.expire_all()
    assert event.planned_seats == 4


def test_a_reserve_is_released_from_the_page_of_seats(desk) -> None:
    make_event(seats=2, units=3, reserves=[{"name": "Mời", "kinds": ["department"], "seats": 1}])
    pool = db.session.query(SeatPool).filter_by(name="Mời").one().id
    assert f'href="{BASE}/waiting/reserves/{pool}"' in desk.get(f"{BASE}/seats").text


@pytest.mark.parametrize(
    ("path", "leader"),
    [("/", 200), ("/missing", 200), ("/missing/links", 403), ("/seats", 403)],
)
@pytest.mark.parametrize("role", ["leader", "hall", None])
def test_who_may_open_what(client, frozen_clock, path, leader, role) -> None:
    make_event(units=1)
    if role:
        sign_in(client, make_account(role))
    expected = {"leader": leader, "hall": 403, None: 302}[role]
    assert client.get(f"{BASE}{path}").status_code == expected


# ---------------------------------------------------------------- the chart's points

OPENS = from_local(datetime(2024, 2, 19, 9, 0))
CUTOFF = from_local(datetime(2024, 3, 5, 17, 0))


def test_points_are_midnights_and_now() -> None:
    changes = [
        (from_local(datetime(2024, 2, 20, 10, 0)), 1),
        (from_local(datetime(2024, 2, 21, 9)), 1),
    ]
    now = from_local(datetime(2024, 2, 21, 15, 0))
    progress = progress_over_time(changes, opens_at=OPENS, cutoff_at=CUTOFF, now=now)
    assert [(f"{at:%d %H:%M}", value) for at, value in progress.points] == [
        ("19 09:00", 0), ("20 00:00", 0), ("21 00:00", 1), ("21 15:00", 2),
    ]  # fmt: skip
    assert [f"{day:%d/%m}" for day in progress.days_off] == ["24/02", "25/02", "02/03", "03/03"]


def test_no_chart_before_the_opening_and_a_bounded_one_years_later() -> None:
    assert progress_over_time([], opens_at=OPENS, cutoff_at=CUTOFF, now=OPENS) is None
    later = from_local(datetime(2026, 1, 1))
    progress = progress_over_time([(OPENS, 1)], opens_at=OPENS, cutoff_at=CUTOFF, now=later)
    assert progress.points[-1] == (CUTOFF.astimezone(progress.points[-1][0].tzinfo), 1)
