"""The desk's page of the hall: gates with several phones, sessions by hand, excuses, remarks."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.checkin.desk_words import device_lines
from app.checkin.gate_services import pair_device
from app.checkin.models import ExcusedAbsence, Gate, GateDevice, Presence, Scan
from app.checkin.rules import Outcome, Remark
from app.core.database import unit_of_work
from app.events.models import Event, EventSession
from app.extensions import db
from app.registration.models import Registration
from app.registration.services import withdraw
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import MORNING, client_id, make_gate, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, enter, fill

SLUG = "tap-huan-2024"
PAGE = f"/desk/events/{SLUG}/check-in"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    frozen_clock.move_to(2024, 3, 12, 7, 52)
    made = make_event(seats=40, units=40)
    with unit_of_work():
        for number, session in enumerate(db.session.get_one(Event, made.id).sessions):
            session.starts_at = MORNING - timedelta(minutes=11) + timedelta(hours=6 * number)
            session.ends_at = session.starts_at + timedelta(hours=4)
            session.late_after = 10
    return made


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def sessions(event: Event) -> list[int]:
    return [one.id for one in db.session.get_one(Event, event.id).sessions]


def delegate(event: Event, index: int = 0, name: str = "Phạm Thu Hiên") -> Registration:
    return enter(participations(event)[index], name).registration


def remarked(registration: Registration | None, remark: str, event: Event, **values) -> Scan:
    with unit_of_work():
        line = Scan(
            client_id=client_id(), event_id=event.id, session_id=sessions(event)[0],
            registration_id=registration.id if registration else None, gate_name="Cổng A",
            by="Cổng A", how="scan" if registration else "walk_in",
            arrived_at=MORNING, counted_at=MORNING, remark=remark,
            **{"outcome": Outcome.WELCOME, **values},
        )  # fmt: skip
        db.session.add(line)
    return line


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# ---------------------------------------------------------------- gates


def test_a_gate_for_a_session_a_supervisor_and_several_phones(
    desk: FlaskClient, event: Event
) -> None:
    morning = sessions(event)[0]
    page = desk.post(
        f"{PAGE}/gates",
        data={"name": "Cổng A", "role": "supervisor", "devices": "many", "sessions": str(morning)},
    )
    assert "Người phụ trách cửa · Sáng." in words(page.text)
    assert "Nhiều máy quét chung mã này được" in page.text
    gate = db.session.scalars(select(Gate)).one()
    assert (gate.role, gate.many_devices, gate.session_ids) == ("supervisor", True, [morning])
    listed = words(desk.get(PAGE).text)
    assert "Người phụ trách cửa · Sáng · nhiều máy" in listed


@pytest.mark.parametrize(
    "wrong", [{"role": "boss"}, {"devices": "all"}, {"sessions": "999"}, {"name": "C" * 61}]
)
def test_no_gate_that_makes_no_sense(desk: FlaskClient, event: Event, wrong) -> None:
    assert desk.post(f"{PAGE}/gates", data={"name": "Cổng A", **wrong}).status_code == 400
    assert db.session.scalars(select(Gate)).all() == []


def phone(event: Event, gate: Gate, **values) -> GateDevice:
    with unit_of_work():
        made = pair_device(
            db.session.get_one(Gate, gate.id), label="Chrome, Android", now=MORNING
        ).device
        for name, value in values.items():
            setattr(made, name, value)
    return made


def test_what_the_desk_sees_of_a_phone(desk: FlaskClient, event: Event) -> None:
    gate, _secret = make_gate(event)
    phone(
        event, gate, unsent=5, battery=14, list_version=1,
        offset_ms=-(3 * 3600 + 120) * 1000, last_seen_at=MORNING,
    )  # fmt: skip
    fill(event, 3)
    page = words(desk.get(PAGE).text)
    assert "Chrome, Android" in page
    assert "Liên lạc lúc 12/03/2024 07:41" in page
    for said in ("5 lượt chưa gửi", "pin 14%", "giờ máy nhanh 3 giờ 2 phút"):
        assert said in page
    assert re.search(r"danh sách cũ, thiếu \d+ thay đổi", page)
    assert "pin 14% , danh sách cũ" in page  # parted by white space; the comma is read out only


def test_a_phone_that_is_up_to_date_raises_no_alarm(desk: FlaskClient, event: Event) -> None:
    gate, _secret = make_gate(event)
    fill(event, 3)
    phone(event, gate, list_version=10**9, offset_ms=900)
    page = words(desk.get(PAGE).text)
    assert "danh sách mới nhất" in page
    assert "giờ máy" not in page
    assert "chưa gửi" not in page


def test_one_phone_of_a_gate_is_revoked(desk: FlaskClient, event: Event) -> None:
    gate, secret = make_gate(event)
    with unit_of_work():
        db.session.get_one(Gate, gate.id).many_devices = True
    phones = [desk.application.test_client() for _ in range(2)]
    for one in phones:
        assert one.post(f"/hall/pair/{secret}").status_code == 303
    first, _second = db.session.scalars(select(GateDevice).order_by(GateDevice.id)).all()
    path = f"{PAGE}/gates/{gate.id}/phones/{first.id}/revoke"
    for _twice in range(2):
        assert desk.post(path).status_code == 303
    assert [one.get(f"/hall/{SLUG}/").status_code for one in phones] == [302, 200]
    assert "Đã thu hồi lúc" in words(desk.get(PAGE).text)
    other, _ = make_gate(event, "Cổng B")
    wrong = f"{PAGE}/gates/{other.id}/phones/{first.id}/revoke"
    assert desk.post(wrong).status_code == 404


# ---------------------------------------------------------------- sessions


def test_nobody_is_present_before_the_day_of_a_session(desk: FlaskClient, event: Event) -> None:
    one, morning = delegate(event), sessions(event)[0]
    with unit_of_work():
        session = db.session.get_one(EventSession, morning)
        session.starts_at, session.ends_at = (
            MORNING + timedelta(days=8),
            MORNING + timedelta(days=8, hours=4),
        )
    path = f"{PAGE}/sessions/{morning}/delegates/{one.id}/present"
    assert "Chưa đến ngày của buổi này." in desk.post(path, follow_redirects=True).text
    assert db.session.scalars(select(Presence)).all() == []
    desk.post(f"{PAGE}/sessions/{morning}/open")
    desk.post(path)
    assert len(db.session.scalars(select(Presence)).all()) == 1


def test_a_session_without_an_end_names_its_day(desk: FlaskClient, event: Event) -> None:
    with unit_of_work():
        db.session.get_one(EventSession, sessions(event)[0]).ends_at = None
    assert "Mở theo giờ: cả ngày 12/03/2024." in words(desk.get(PAGE).text)


def test_a_session_is_opened_and_closed_on_the_page(desk: FlaskClient, event: Event) -> None:
    morning, afternoon = sessions(event)
    assert "Mở theo giờ: từ đầu ngày 12/03/2024 đến 11:30." in words(desk.get(PAGE).text)
    assert "Từ 07:40 là đến muộn." in words(desk.get(PAGE).text)
    assert desk.post(f"{PAGE}/sessions/{morning}/close").status_code == 303
    page = words(desk.get(f"{PAGE}?session={morning}").text)
    assert "Đã đóng Đóng bằng tay lúc 12/03/2024 07:52." in page
    desk.post(f"{PAGE}/sessions/{morning}/open")
    page = words(desk.get(f"{PAGE}?session={morning}").text)
    assert "Mở bằng tay lúc 12/03/2024 07:52, đến khi đóng." in page
    desk.post(f"{PAGE}/sessions/{morning}/clock")
    assert "Theo giờ" not in words(desk.get(f"{PAGE}?session={morning}").text).split("Ghi")[0]
    for wrong in (f"{PAGE}/sessions/999/open", f"{PAGE}/sessions/{afternoon}/burn"):
        assert desk.post(wrong).status_code == 404


def test_who_comes_late_is_marked(desk: FlaskClient, event: Event) -> None:
    on_time, late = delegate(event), delegate(event, 1, "Lê Văn Tám")
    scan(on_time, now=MORNING - timedelta(minutes=2))
    scan(late, now=MORNING - timedelta(minutes=1))
    page = words(desk.get(f"{PAGE}?show=arrived").text)
    assert page.count("Đến muộn") == 1
    assert "Đã vào 07:40 Cổng B Đến muộn" in page


def test_the_desk_marks_somebody_present(desk: FlaskClient, event: Event) -> None:
    one, other = delegate(event), delegate(event, 1, "Lê Văn Tám")
    morning = sessions(event)[0]
    path = f"{PAGE}/sessions/{morning}/delegates/{one.id}/present"
    for _twice in range(2):
        assert desk.post(path).status_code == 303
    [presence] = db.session.scalars(select(Presence))
    assert (presence.how, presence.registration_id) == ("desk", one.id)
    with unit_of_work():
        gone = db.session.get_one(Registration, other.id)
        withdraw(gone, gone.participation, by=DESK, now=IN_TIME)
    refused = desk.post(
        f"{PAGE}/sessions/{morning}/delegates/{other.id}/present", follow_redirects=True
    )
    assert "không có chỗ trong danh sách" in refused.text


# ---------------------------------------------------------------- excused


def test_an_absence_is_excused_shown_and_taken_back(desk: FlaskClient, event: Event) -> None:
    one = delegate(event)
    morning, afternoon = sessions(event)
    path = f"{PAGE}/delegates/{one.id}/excuse"
    assert desk.post(path, data={"reason": " ", "sessions": str(morning)}).status_code == 422
    assert desk.post(path, data={"reason": "Ốm"}).status_code == 422
    assert desk.post(path, data={"reason": "Ốm <b>", "sessions": str(morning)}).status_code == 303
    page = desk.get(f"{PAGE}?session={morning}&show=excused").text
    assert "Vắng có lý do" in words(page)
    assert "Ốm &lt;b&gt;" in page
    assert "Ốm" not in desk.get(f"{PAGE}?session={afternoon}").text
    scan(one)
    assert "Ốm" not in desk.get(f"{PAGE}?session={morning}").text  # who came is present
    assert desk.get(f"{PAGE}?session={morning}&show=excused").text.count("Phạm Thu Hiên") == 0
    again = desk.post(path, data={"reason": "Ốm", "sessions": str(morning)})
    assert (again.status_code, "Hãy hoàn tác lượt đó trước." in again.text) == (409, True)
    desk.post(f"{PAGE}/sessions/{morning}/delegates/{one.id}/excuse/remove")
    assert db.session.scalars(select(ExcusedAbsence)).all() == []


# ---------------------------------------------------------------- remarks


def test_scans_to_look_at_say_what_is_odd_and_what_to_do(desk: FlaskClient, event: Event) -> None:
    one = delegate(event)
    gone = delegate(event, 1, "Lê Văn Tám")
    with unit_of_work():
        stored = db.session.get_one(Registration, gone.id)
        withdraw(stored, stored.participation, by=DESK, now=IN_TIME)
    scan(one, now=MORNING)
    for remark in (Remark.DOUBLE, Remark.AFTER_REVOKE, Remark.CLOCK):
        remarked(one, remark, event)
    remarked(gone, Remark.STALE, event)
    absent = delegate(event, 2, "Hà Thị Mơ")
    unlisted = remarked(absent, Remark.UNLISTED, event)
    given = {"name": "Tạ Đăng Khuê", "unit": "Báo Hải Phòng", "allowed_by": "Bà Hoa",
             "refusal": "Hết chỗ: 40/40 chỗ đã có người."}  # fmt: skip
    door = remarked(None, Remark.WALK_IN, event, given=given)
    page = words(desk.get(PAGE).text)
    for said in (
        "Lượt cần xem 6", "Hai cổng cùng nhận mã này, tính lượt trước: Cổng B lúc 07:41.",
        "sau khi máy bị thu hồi", "giờ đó không đúng", "nhưng người này: đã rút",
        "vì danh sách trên máy đã cũ", "Người cho phép: Bà Hoa. Hết chỗ: 40/40", "Báo Hải Phòng",
    ):  # fmt: skip
        assert said in page, said
    assert f"door?session={sessions(event)[0]}&amp;scan={door.id}" in desk.get(PAGE).text
    assert desk.post(f"{PAGE}/scans/{unlisted.id}/present").status_code == 303
    assert db.session.scalars(
        select(Presence.how).where(Presence.registration_id == absent.id)
    ).all() == ["desk"]
    desk.post(f"{PAGE}/scans/{door.id}/settle")
    assert "Lượt cần xem 4" in words(desk.get(PAGE).text)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.WRONG_SESSION, "nhưng lúc đó buổi Sáng không mở."),
        (Outcome.VOID_CODE, "nhưng mã này đã hủy."),
        (Outcome.WRONG_EVENT, "nhưng mã này của một sự kiện khác."),
    ],
)
def test_a_green_of_an_old_list_is_told_with_its_own_reason(
    desk: FlaskClient, event: Event, outcome: str, said: str
) -> None:
    remarked(delegate(event), Remark.STALE, event, outcome=outcome)
    page = words(desk.get(PAGE).text)
    assert said in page
    assert "mất mạng" not in page  # a phone decides by its own list with a network too


def test_the_leader_looks_and_changes_nothing(client: FlaskClient, event: Event) -> None:
    one = delegate(event)
    line, morning = remarked(one, Remark.DOUBLE, event), sessions(event)[0]
    gate, _secret = make_gate(event)
    sign_in(client, make_account("leader"))
    page = client.get(PAGE).text
    assert "Lượt cần xem" in page
    assert '<form method="post" action="/desk' not in page
    assert "/door" not in page
    for path in (
        f"scans/{line.id}/settle", f"scans/{line.id}/present", f"sessions/{morning}/close",
        f"sessions/{morning}/delegates/{one.id}/present", f"delegates/{one.id}/excuse",
        f"gates/{gate.id}/phones/1/revoke",
    ):  # fmt: skip
        assert client.post(f"{PAGE}/{path}").status_code == 403, path


def test_nothing_of_another_event_on_this_page(desk: FlaskClient, event: Event) -> None:
    other = make_event(units=0, slug="khac")
    one, morning = delegate(event), sessions(event)[0]
    line = remarked(one, Remark.DOUBLE, event)
    there = "/desk/events/khac/check-in"
    for path in (
        f"scans/{line.id}/settle", f"scans/{line.id}/present", f"sessions/{morning}/close",
        f"sessions/{morning}/delegates/{one.id}/present", f"delegates/{one.id}/excuse",
        f"sessions/{sessions(other)[0]}/delegates/{one.id}/excuse/remove",
    ):  # fmt: skip
        answer = desk.post(f"{there}/{path}", data={"reason": "Ốm", "sessions": str(morning)})
        assert answer.status_code in (404, 422), path
    assert db.session.get_one(Scan, line.id).settled_at is None


def test_the_same_queries_with_many_gates_phones_and_remarks(
    desk: FlaskClient, event: Event
) -> None:
    people = fill(event, 30)
    gate, _secret = make_gate(event, "Cổng 0")
    phone(event, gate, list_version=1)
    remarked(people[0], Remark.DOUBLE, event)
    scan(people[0])

    def count() -> int:
        db.session.rollback()
        with counted_queries() as sent:
            assert desk.get(PAGE).status_code == 200
        return len(sent)

    count()
    few = count()
    for number in range(1, 12):
        other, _secret = make_gate(event, f"Cổng {number}")
        phone(event, other, list_version=number)
        remarked(people[number], Remark.UNLISTED, event)
        scan(people[number])
    assert count() == few


@pytest.mark.parametrize(
    ("offset_ms", "words"),
    [
        (5 * 60_000, "giờ máy chậm 5 phút"),
        (-(3 * 60 + 7) * 60_000, "giờ máy nhanh 3 giờ 7 phút"),
        (-3 * 366 * 86_400_000, "giờ máy nhanh 1098 ngày"),  # more than four bytes hold
    ],
)
def test_how_far_a_phones_clock_is_off_is_said_in_words(
    app: Flask, event: Event, offset_ms: int, words: str
) -> None:
    gate, _ = make_gate(event)
    with unit_of_work():
        device = pair_device(gate, label="Chrome, Android", now=MORNING).device
        device.offset_ms = offset_ms
    db.session.expire_all()
    with app.test_request_context():
        lines = [text for _, text in device_lines(db.session.get_one(GateDevice, device.id), 0)]
    assert words in lines
