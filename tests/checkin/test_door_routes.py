"""The door's page without a script: who may, what it asks first, whom it lets in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.checkin.gate_services import create_gate
from app.checkin.models import Presence, Scan
from app.checkin.rules import Outcome, Remark
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.services import edit_event
from app.extensions import db
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import MORNING, client_id, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, enter, fill, standing

SLUG = "tap-huan-2024"
DOOR = f"/hall/{SLUG}/door"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    frozen_clock.move_to(2024, 3, 12, 7, 52)
    return make_event(seats=3, units=5)


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk", full_name="Cán bộ thử"))
    return client


def pair(client: FlaskClient, event: Event, role: str, *sessions: int) -> None:
    with unit_of_work():
        here = db.session.get_one(Event, event.id)
        secret = create_gate(
            here, f"Cổng {role}", by=DESK, now=MORNING, role=role, session_ids=sessions
        ).secret
    assert client.post(f"/hall/pair/{secret}").status_code == 303


def post(client: FlaskClient, unit: str = "Trường THPT Thử 001", **values: object) -> TestResponse:
    given = {
        "full_name": "Tạ Đăng Khuê", "position": "Phó Giám đốc", "unit": unit,
        "allowed_by": "Bà Vũ Thị Hoa", "client_id": client_id(),
    }  # fmt: skip
    return client.post(DOOR, data={**given, **values})


def fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', page))


def present() -> list[tuple[str, str, str]]:
    return [
        (name, gate, how)
        for name, gate, how in db.session.execute(
            select(Registration.full_name, Presence.gate_name, Presence.how)
            .join(Presence, Presence.registration_id == Registration.id)
            .where(Presence.undone_at.is_(None))
            .order_by(Presence.id)
        )
    ]


# ---------------------------------------------------------------- who


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("desk", 200), ("hall", 200), ("leader", 403)]
)
def test_which_accounts_may(client: FlaskClient, event: Event, role: str, status: int) -> None:
    sign_in(client, make_account(role))
    assert client.get(DOOR).status_code == status
    assert post(client).status_code == status


@pytest.mark.parametrize(("role", "status"), [("supervisor", 200), ("steward", 403)])
def test_which_gates_may(client: FlaskClient, event: Event, role: str, status: int) -> None:
    pair(client, event, role)
    assert client.get(DOOR).status_code == status
    assert post(client).status_code == status
    assert present() == ([("Tạ Đăng Khuê", "Cổng supervisor", "walk_in")] if status == 200 else [])
    link = f'href="{DOOR}' in client.get(f"/hall/{SLUG}/search").text
    assert link == (status == 200)


def test_a_gate_of_one_session_enters_nobody_into_another(
    client: FlaskClient, event: Event
) -> None:
    morning, afternoon = (one.id for one in event.sessions)
    pair(client, event, "supervisor", afternoon)
    assert client.get(f"{DOOR}?session={morning}").status_code == 403
    assert post(client, session_id=morning).status_code == 403
    assert fields(client.get(DOOR).text)["session_id"] == str(afternoon)
    assert post(client).status_code == 200
    assert db.session.scalars(select(Presence.session_id)).all() == [afternoon]


def test_another_events_gate_is_not_let_near(client: FlaskClient, event: Event) -> None:
    other = make_event(units=0, slug="khac")
    pair(client, other, "supervisor")
    assert client.get(DOOR).status_code == 404
    assert post(client).status_code == 404


# ---------------------------------------------------------------- others' scans


@pytest.mark.parametrize(("role", "may"), [("supervisor", True), ("steward", False)])
def test_who_is_offered_to_take_back_what_another_gate_did(
    client: FlaskClient, event: Event, role: str, may: bool
) -> None:
    one = enter(participations(event)[0]).registration
    presence_id = scan(one).arrival.presence_id
    pair(client, event, role)
    undo = f"/hall/{SLUG}/presences/{presence_id}/undo"
    assert (undo in client.get(f"/hall/{SLUG}/search?q=pham").text) is may
    again = client.post(
        f"/hall/{SLUG}/scans",
        data={"session_id": event.sessions[0].id, "how": "search", "registration_id": one.id,
              "client_id": client_id()},
    )  # fmt: skip
    assert "Đã điểm danh" in again.text
    assert (undo in again.text) is may
    assert client.post(undo).status_code == (303 if may else 403)


# ---------------------------------------------------------------- a walk-in


def test_a_walk_in_is_entered_and_let_in(desk: FlaskClient, event: Event) -> None:
    page = desk.get(DOOR).text
    assert 'Chỗ dự kiến: <b class="num">0/3</b> đã có người, còn 3 chỗ' in page
    assert '<option value="Trường THPT Thử 001">' in page
    answer = post(desk)
    assert answer.status_code == 200
    for said in ("Mời vào", "Tạ Đăng Khuê", "Trường THPT Thử 001",
                 "Ghi tại cửa, người cho phép: Bà Vũ Thị Hoa."):  # fmt: skip
        assert said in answer.text
    assert present() == [("Tạ Đăng Khuê", "Bàn đăng ký", "walk_in")]
    [one] = standing(event)
    listed = desk.get(f"/desk/events/{SLUG}/registrations").text
    assert "Ghi tại cửa" in listed
    detail = desk.get(f"/desk/events/{SLUG}/registrations/{one.id}").text
    assert "Bà Vũ Thị Hoa" in detail
    assert "Ghi tại cửa" in desk.get(f"/desk/events/{SLUG}/check-in").text


def test_the_same_page_sent_twice_is_one_entry(desk: FlaskClient, event: Event) -> None:
    same = client_id()
    for _twice in range(2):
        assert "Mời vào" in post(desk, client_id=same).text
    assert len(present()) == len(standing(event)) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"full_name": " "}, "Hãy nhập họ và tên."),
        ({"full_name": "Lan, Hoa"}, "Hãy giữ lại một tên"),
        ({"full_name": "a" * 300}, ""),
        ({"position": ""}, "Hãy nhập chức vụ."),
        ({"unit": " "}, "Hãy nhập đơn vị."),
        ({"allowed_by": ""}, "Hãy nhập tên người cho phép vào."),
        ({"client_id": "<script>"}, "Hãy tải lại trang rồi ghi lại."),
    ],
)
def test_what_is_missing_is_said_at_its_field(
    desk: FlaskClient, event: Event, wrong: dict[str, str], sentence: str
) -> None:
    answer = post(desk, **wrong)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert (standing(event), present()) == ([], [])


def test_a_full_hall_says_so(desk: FlaskClient, event: Event) -> None:
    fill(event, 3)
    assert "<b>hết chỗ</b>" in desk.get(DOOR).text
    answer = post(desk, "Trường THPT Thử 005")
    assert (answer.status_code, "Hết chỗ: 3/3 chỗ đã có người." in answer.text) == (409, True)
    assert fields(answer.text)["full_name"] == "Tạ Đăng Khuê"
    with unit_of_work():
        edit_event(lock_event(event.id), {"hall_seats": 4}, by=DESK, now=IN_TIME)
    assert "Hội trường còn 1 ghế ngoài kế hoạch." in desk.get(DOOR).text
    assert "Mời vào" in post(desk, "Trường THPT Thử 005").text


# ---------------------------------------------------------------- questions first


def test_an_unknown_unit_is_asked_about(desk: FlaskClient, event: Event) -> None:
    asked = post(desk, "THPT Thử 00")
    assert asked.status_code == 409
    assert "Không có đơn vị tên “THPT Thử 00” trong sự kiện" in asked.text
    assert asked.text.count("Trường THPT Thử 00") >= 5
    assert present() == []
    unit = participations(event)[3]
    assert "Mời vào" in post(desk, unit.name, participation_id=unit.id).text
    guest = post(desk, "Báo Hải Phòng", full_name="Hà Thị Mơ", guest="1")
    assert "Báo Hải Phòng" in guest.text
    names = db.session.scalars(select(Participation.name).where(Participation.unit_id.is_(None)))
    assert names.all() == ["Báo Hải Phòng"]


def test_a_units_delegate_is_replaced_only_when_asked(desk: FlaskClient, event: Event) -> None:
    old = enter(participations(event)[0]).registration
    asked = post(desk)
    assert asked.status_code == 409
    assert "Thay Phạm Thu Hiên bằng Tạ Đăng Khuê" in asked.text
    assert (present(), [one.id for one in standing(event)]) == ([], [old.id])
    done = post(desk, replaces=old.id)
    assert "Người thay, người cho phép: Bà Vũ Thị Hoa." in done.text
    assert present() == [("Tạ Đăng Khuê", "Bàn đăng ký", "walk_in")]
    assert "Người thay" in desk.get(f"/desk/events/{SLUG}/check-in").text


def test_the_delegate_who_is_in_stays(desk: FlaskClient, event: Event) -> None:
    old = enter(participations(event)[0]).registration
    scan(old)
    refused = post(desk)
    assert (refused.status_code, "đã vào lúc 07:41" in refused.text) == (409, True)
    refused = post(desk, replaces=old.id)
    assert (refused.status_code, "đã vào lúc 07:41" in refused.text) == (409, True)


def test_the_page_begins_with_whom_to_replace(desk: FlaskClient, event: Event) -> None:
    old = enter(participations(event)[0]).registration
    page = desk.get(f"{DOOR}?replaces={old.id}").text
    assert "Thay <b>Phạm Thu Hiên</b>" in page
    assert "<datalist" not in page
    assert "Mời vào" in post(desk, "", replaces=old.id).text
    gone = post(desk, "", replaces=old.id, full_name="Hà Thị Mơ")
    assert "nay đơn vị cử Tạ Đăng Khuê" in gone.text
    other = make_event(units=0, slug="khac")
    assert desk.get(f"/hall/{other.slug}/door?replaces={old.id}").status_code == 404


def test_names_are_shown_as_they_are_typed(desk: FlaskClient, event: Event) -> None:
    page = post(desk, "<img src=x onerror=alert(1)>").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_what_a_phone_wrote_down_offline_is_entered_and_settled(
    desk: FlaskClient, event: Event
) -> None:
    given = {"name": "Hà Thị Mơ", "position": "Giám đốc", "unit": "Trường THPT Thử 002",
             "allowed_by": "Bà Hoa"}  # fmt: skip
    with unit_of_work():
        line = Scan(
            client_id=client_id(), event_id=event.id, session_id=event.sessions[0].id, by="Cổng A",
            gate_name="Cổng A", how="walk_in", outcome=Outcome.UNKNOWN, remark=Remark.WALK_IN,
            arrived_at=MORNING, counted_at=MORNING - timedelta(minutes=9), given=given,
        )  # fmt: skip
        db.session.add(line)
    begun = fields(desk.get(f"{DOOR}?scan={line.id}").text)
    assert (begun["full_name"], begun["unit"]) == ("Hà Thị Mơ", "Trường THPT Thử 002")
    done = desk.post(DOOR, data=begun)
    assert "Mời vào" in done.text
    assert db.session.scalar(select(Presence.at)) == MORNING - timedelta(minutes=9)
    assert db.session.get_one(Scan, line.id, populate_existing=True).settled_at is not None


def test_the_door_asks_the_database_the_same_with_many_people(
    desk: FlaskClient, event: Event
) -> None:
    def count() -> int:
        db.session.rollback()
        with counted_queries() as sent:
            assert desk.get(DOOR).status_code == 200
        return len(sent)

    count()
    few = count()
    fill(event, 5)
    assert count() == few
