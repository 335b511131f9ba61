"""The board's pages: who sees what, what is asked again, how fresh it is, how many queries."""

from __future__ import annotations

import gzip
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.checkin.board_drawings import COUNTED, LOOK_AGAIN, REDRAW, SHARE, SOON, kept_boards
from app.checkin.models import ExcusedAbsence
from app.checkin.rules import How
from app.core.clock import now
from app.core.database import unit_of_work
from app.events.models import Event, EventSession, Participation
from app.extensions import db
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import MORNING, make_gate, scan
from tests.factories.events import make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import enter

SLUG = "tap-huan-2024"
BOARD = f"/hall/{SLUG}/board"
NOT_ARRIVED = f"/desk/events/{SLUG}/check-in/not-arrived"


class SteadyClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def steady(app: Flask) -> SteadyClock:
    clock = SteadyClock()
    with app.app_context():
        kept_boards().clock = clock
    return clock


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock, steady: SteadyClock) -> Event:
    frozen_clock.move_to(2024, 3, 12, 7, 52)
    return make_event(seats=9, units=5)


@pytest.fixture
def gate(client: FlaskClient, event: Event) -> FlaskClient:
    _gate, secret = make_gate(event)
    assert client.post(f"/hall/pair/{secret}").status_code == 303
    return client


def delegates(event: Event, *names: str | None, **values: str) -> list[int]:
    units = participations(event)
    return [
        enter(unit, name, **values).registration.id
        for unit, name in zip(units, names, strict=False)
    ]


def session_id(event: Event, place: int = 0) -> int:
    return db.session.get_one(Event, event.id).sessions[place].id


def live(client: FlaskClient, event: Event, etag: str = "", **query: object):
    if "session" not in query:
        query["session"] = session_id(event)
    return client.get(f"{BOARD}/live", query_string=query, headers={"If-None-Match": etag})


def arrive(number: int) -> None:
    scan(db.session.get_one(Registration, number))


# ---------------------------------------------------------------- who sees what


def test_nobody_yet(gate: FlaskClient, event: Event) -> None:
    page = gate.get(BOARD)
    assert page.status_code == 200
    for words in ("Chưa có ai đến", "Chưa có đại biểu nào có chỗ", "Buổi Sáng."):
        assert words in page.text


def test_a_person_without_a_name_and_one_who_lost_the_seat(gate: FlaskClient, event: Event) -> None:
    [first] = delegates(event, None)
    arrive(first)
    with unit_of_work():
        db.session.get_one(Registration, first).state = "withdrawn"
        db.session.get_one(Registration, first).pool_id = None
    page = gate.get(BOARD)
    assert "Đại diện Lãnh đạo" in page.text
    assert 'aria-valuenow="0"' in page.text  # one arrived of none expected: the bar is not longer
    assert "<b>1</b>/0" in page.text


def test_names_can_be_switched_off(gate: FlaskClient, event: Event) -> None:
    [first] = delegates(event, "Phạm Thu Hiên")
    arrive(first)
    assert "Phạm Thu Hiên" in live(gate, event).text
    for page in (live(gate, event, names=0), gate.get(f"{BOARD}?names=0")):
        assert "Phạm Thu Hiên" not in page.text
        assert "Trường THPT Thử 001" in page.text


def test_it_goes_on_to_the_next_session_unless_one_is_chosen(
    gate: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    [first] = delegates(event, "Phạm Thu Hiên")
    arrive(first)
    morning, afternoon = session_id(event), session_id(event, 1)
    following, chosen = gate.get(BOARD).text, gate.get(f"{BOARD}?session={morning}").text
    assert f'data-live="{BOARD}/live"' in following
    assert f'data-live="{BOARD}/live?session={morning}"' in chosen
    seen = live(gate, event, session=None)
    assert seen.headers["Board-Session"] == str(morning)
    with unit_of_work():
        db.session.get_one(EventSession, morning).closed_at = now()
    gone_on = live(gate, event, seen.headers["ETag"], session=None)
    assert gone_on.headers["Board-Session"] == str(afternoon)
    assert "Phạm Thu Hiên" not in gone_on.text
    assert live(gate, event, session=morning).headers["Board-Session"] == str(morning)


def test_no_phone_and_no_mail_stands_on_the_board(gate: FlaskClient, event: Event) -> None:
    [first] = delegates(event, "Phạm Thu Hiên", phone="+84912345678", email="hien@example.vn")
    arrive(first)
    page = gate.get(BOARD).text
    assert "912345678" not in page.replace(" ", "")
    assert "@" not in page


def test_each_session_has_its_own_board(gate: FlaskClient, event: Event) -> None:
    [first] = delegates(event, "Phạm Thu Hiên")
    arrive(first)
    assert "Phạm Thu Hiên" in live(gate, event).text
    assert "Phạm Thu Hiên" not in live(gate, event, session=session_id(event, 1)).text
    other = make_event(units=0, slug="khac")
    for foreign in (session_id(other), 999_999, 0, -1):
        assert live(gate, event, session=foreign).status_code == 404
    assert gate.get("/hall/khac/board").status_code == 404  # a gate sees its own event only
    assert gate.get(f"/hall/khac/board/live?session={session_id(other)}").status_code == 404


@pytest.mark.parametrize("role", ["admin", "desk", "leader", "hall"])
def test_accounts_see_the_board_and_only_the_desk_the_phones(
    client: FlaskClient, event: Event, role: str
) -> None:
    delegates(event, "Phạm Thu Hiên", phone="+84912345678")
    sign_in(client, make_account(role))
    page = client.get(BOARD)
    assert page.status_code == live(client, event).status_code == 200
    contacts = role in ("admin", "desk")
    assert ("Chưa đến, gọi điện" in page.text) == contacts
    answer = client.get(NOT_ARRIVED)
    assert answer.status_code == (200 if contacts else 403)
    assert ("0912 345 678" in answer.text) == contacts


def test_nobody_else_sees_it(client: FlaskClient, gate: FlaskClient, event: Event) -> None:
    assert gate.get(NOT_ARRIVED).status_code in (302, 403)
    client.delete_cookie("gate", path="/hall/")
    for path in (BOARD, f"{BOARD}/live?session={session_id(event)}"):
        assert client.get(path).status_code == 302


# ---------------------------------------------------------------- asked again and again


def test_who_has_it_already_is_told_so(
    gate: FlaskClient, event: Event, steady: SteadyClock
) -> None:
    first, second = delegates(event, "Phạm Thu Hiên", "Bạch Thế Hiển")
    arrive(first)
    seen = live(gate, event)
    assert seen.headers["Board-Next"] == str(SOON)
    again = live(gate, event, seen.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Board-Now"].startswith("2024-03-12T00:52")
    arrive(second)
    assert live(gate, event, seen.headers["ETag"]).status_code == 304  # not yet looked at anew
    steady.now += LOOK_AGAIN
    fresh = live(gate, event, seen.headers["ETag"])
    assert fresh.status_code == 200
    assert "Bạch Thế Hiển" in fresh.text
    packed = gate.get(
        f"{BOARD}/live?session={session_id(event)}", headers={"Accept-Encoding": "gzip"}
    )
    assert gzip.decompress(packed.data) == fresh.data


def test_it_is_drawn_only_when_something_was_written(
    gate: FlaskClient, event: Event, steady: SteadyClock
) -> None:
    [first] = delegates(event, "Phạm Thu Hiên")
    counts = []
    for work in (None, None, lambda: arrive(first), None):
        steady.now += LOOK_AGAIN
        if work:
            work()
        live(gate, event)  # any reading of the test's own is done
        steady.now += LOOK_AGAIN / 2
        chosen = session_id(event)
        with counted_queries() as sent:
            live(gate, event, session=chosen)
        counts.append(len(sent))
    assert counts == [2, 2, 2, 2]  # the gate, the session: nothing is even looked at
    steady.now += LOOK_AGAIN
    with counted_queries() as sent:
        live(gate, event, session=chosen)
    assert len(sent) == 3  # and the last change
    steady.now += REDRAW
    with counted_queries() as sent:
        live(gate, event, session=chosen)
    assert len(sent) == 8  # and four of figures, one of the session


def test_drawing_never_takes_more_than_a_twentieth(
    gate: FlaskClient, event: Event, steady: SteadyClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with twenty thousand delegates: a drawing of 0.4 s is kept for 8."""
    from app.checkin import board_routes

    drawn = []

    def slow(*args: object) -> object:
        drawn.append(steady.now)
        steady.now += 0.4
        return board_of(*args)

    board_of = board_routes.board_of
    monkeypatch.setattr(board_routes, "board_of", slow)
    [first] = delegates(event, "Phạm Thu Hiên")
    live(gate, event)
    arrive(first)
    steady.now += 0.4 * SHARE - 0.1
    assert "Phạm Thu Hiên" not in live(gate, event).text
    steady.now += 0.2
    assert "Phạm Thu Hiên" in live(gate, event).text
    assert len(drawn) == 2


def test_many_viewers_ask_less_often(gate: FlaskClient, event: Event, steady: SteadyClock) -> None:
    def viewers(number: int, seconds: float) -> int:
        """So many ask every `wait` seconds for so long. → the wait they are told at the end"""
        wait, ends = SOON, steady.now + seconds
        with gate.application.test_request_context():
            from app.checkin.board_drawings import next_poll

            while steady.now < ends:
                steady.now += wait / number
                wait = next_poll()
        return wait

    assert viewers(3, 60) == SOON
    assert viewers(100, 120) in (10, 11)
    assert viewers(1000, 200) == 20
    assert viewers(3, 6 * COUNTED) == SOON


def test_every_board_takes_the_same_queries(
    gate: FlaskClient, event: Event, steady: SteadyClock
) -> None:
    counts = set()
    entries = delegates(event, "Phạm Thu Hiên", "Bạch Thế Hiển", "Ngọ Văn Đông")
    for number in (None, *entries):
        if number:
            arrive(number)
        steady.now += REDRAW
        with counted_queries() as sent:
            gate.get(BOARD)
        counts.add(len(sent))
    assert len(counts) == 1
    assert counts.pop() <= 11


# ---------------------------------------------------------------- who has not come


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def test_who_has_not_come_stands_with_whom_to_call(desk: FlaskClient, event: Event) -> None:
    first, second, third = delegates(
        event, "Phạm Thu Hiên", "Bạch Thế Hiển", "Ngọ Văn Đông", phone="+84912345678"
    )
    arrive(first)
    with unit_of_work():
        db.session.add(
            ExcusedAbsence(
                event_id=event.id, session_id=session_id(event), registration_id=third,
                reason="Đi công tác", at=MORNING, by="Bàn",
            )
        )  # fmt: skip
        unit = db.session.get_one(Registration, second).participation_id
        db.session.get_one(Participation, unit).phone = "+842253111222"
    page = desk.get(NOT_ARRIVED).text
    assert "2 đại biểu, buổi Sáng" in page
    assert "Phạm Thu Hiên" not in page
    for words in ("Bạch Thế Hiển", "tel:+84912345678", "tel:+842253111222", "Đi công tác",
                  "1 người vắng có lý do"):  # fmt: skip
        assert words in page
    assert "Phạm Thu Hiên" in desk.get(f"{NOT_ARRIVED}?session={session_id(event, 1)}").text


def test_filters_and_a_page_too_far(desk: FlaskClient, event: Event) -> None:
    delegates(event, "Phạm Thu Hiên", "Bạch Thế Hiển")
    for query, count in (
        ("q=bach", 1), ("q=thu 00", 2), ("kind=high_school", 2), ("kind=nobody", 0),
        ("district=Nowhere", 0), ("page=99", 2), ("page=x", 2), ("q=%25", 0),
    ):  # fmt: skip
        assert f"{count} đại biểu, buổi Sáng" in desk.get(f"{NOT_ARRIVED}?{query}").text, query
    assert "Không có ai khớp bộ lọc" in desk.get(f"{NOT_ARRIVED}?kind=nobody").text


def test_who_has_not_come_takes_the_same_queries(desk: FlaskClient, event: Event) -> None:
    counts = set()
    for names in ((), ("Phạm Thu Hiên", "Bạch Thế Hiển", "Ngọ Văn Đông")):
        delegates(event, *names)
        desk.get(NOT_ARRIVED)
        with counted_queries() as sent:
            desk.get(NOT_ARRIVED)
        counts.add(len(sent))
    assert len(counts) == 1


def test_a_paper_presence_counts_as_come(desk: FlaskClient, event: Event) -> None:
    [first] = delegates(event, "Phạm Thu Hiên")
    arrive(first)
    with unit_of_work():
        from app.checkin.models import Presence

        db.session.query(Presence).one().how = How.PAPER
        db.session.get_one(EventSession, session_id(event)).starts_at = MORNING + timedelta(hours=1)
    assert "Không còn ai chưa đến" in desk.get(NOT_ARRIVED).text
