"""The desk's pages of calls and reminders: each button, each refusal, and who may press."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import unit_of_work
from app.events.models import Event
from app.events.services import call_units
from app.extensions import db
from app.invitations import reminders
from app.invitations.models import Reminder
from app.mail.batches import prepare_waiting
from app.mail.models import MailBatch, Message
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import enter
from tests.factories.units import words_of

BASE = "/desk/events/tap-huan-2024/reminders"
LINE = {"which": "not_registered", "anchor": "cutoff", "days": "-3"}


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(seats=3, units=3)


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def page(client: FlaskClient, path: str = "") -> str:
    return words_of(client.get(BASE + path))


def key_of(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="key"[^>]*value="([^"]+)"', client.get(BASE + path).text)
    assert found is not None
    return found[1]


def number(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def lines() -> set[tuple[str, int, bool]]:
    db.session.rollback()
    return {(one.kind, one.days, one.active) for one in db.session.scalars(select(Reminder))}


def test_the_schedule_says_when_and_how_many(desk: FlaskClient, event: Event) -> None:
    with unit_of_work():
        participations(event)[0].email = None
    text = page(desk)
    assert "3 ngày trước hạn đăng ký 08:00, thứ Bảy 02/03/2024 · ngày nghỉ, vẫn gửi" in text
    assert "1 ngày sau tập huấn 08:00, thứ Năm 14/03/2024" in text
    assert "Nhắc 2 đơn vị" in text
    assert "1 chưa có địa chỉ thư" in text
    assert number(Reminder) == 0  # looking stores nothing


def test_a_preview_shows_the_mail_and_everybody_with_the_reason(
    desk: FlaskClient, event: Event
) -> None:
    with unit_of_work():
        first, second, _third = participations(event)
        first.email = None
        second.link_sent_at = clock.now()
    text = page(desk, "/not_registered")
    assert "2 thư sẽ gửi" in text
    assert "1 đơn vị chưa có địa chỉ thư, không gửi được" in text
    assert "Chưa mở đường dẫn thpt-002@example.vn" in text
    assert "Nhắc đăng ký, Trường THPT Thử 002" in text
    frame = desk.get(f"{BASE}/not_registered/mail")
    assert "sandbox" in frame.headers["Content-Security-Policy"]
    assert "chưa nhận được đăng ký" in frame.text
    assert number(Message) == 0


def test_pressed_twice_it_goes_once_and_pressed_anew_it_asks(
    desk: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    key = key_of(desk, "/not_registered")
    for _ in range(2):
        answer = desk.post(f"{BASE}/not_registered", data={"key": key})
        assert answer.status_code == 303
    prepare_waiting()
    assert (number(MailBatch), number(Message)) == (1, 3)
    assert "3 thư" in words_of(desk.get(answer.headers["Location"]))
    anew = {"key": key_of(desk, "/not_registered")}
    refused = desk.post(f"{BASE}/not_registered", data=anew)
    assert refused.status_code == reminders.SentLately.status
    assert "Thư này vừa được gửi." in words_of(refused)
    assert number(MailBatch) == 1
    assert desk.post(f"{BASE}/not_registered", data={**anew, "again": "y"}).status_code == 303
    assert number(MailBatch) == 2


def test_at_night_there_is_no_button(
    desk: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    key = key_of(desk, "/not_registered")
    frozen_clock.move_to(2024, 2, 28, 21, 0)
    assert "Từ 20:00 đến 07:00 không gửi thư nhắc." in page(desk, "/not_registered")
    desk.post(f"{BASE}/not_registered", data={"key": key})
    assert number(MailBatch) == 0


def test_only_the_chosen_are_reached(desk: FlaskClient, event: Event) -> None:
    first = participations(event)[0]
    assert "1 thư sẽ gửi" in page(desk, f"/not_registered?ids={first.id}")
    data = {"key": key_of(desk, f"/not_registered?ids={first.id}"), "ids": str(first.id)}
    desk.post(f"{BASE}/not_registered", data=data)
    prepare_waiting()
    assert db.session.scalars(select(Message.recipient)).all() == ["thpt-001@example.vn"]


def test_when_everybody_has_done_it_nothing_goes(desk: FlaskClient, event: Event) -> None:
    key = key_of(desk, "/not_registered")
    for unit in participations(event):
        enter(unit)
    assert "Không còn ai cần gửi thư này." in page(desk, "/not_registered")
    answer = desk.post(f"{BASE}/not_registered", data={"key": key})
    assert "Không còn ai cần gửi thư này." in words_of(answer)
    assert number(MailBatch) == 0


def test_lines_are_switched_and_taken_out(desk: FlaskClient, event: Event) -> None:
    desk.post(f"{BASE}/line", data={**LINE, "do": "off"})
    assert ("not_registered", -3, False) in lines()
    assert "Đang tắt" in page(desk)
    desk.post(f"{BASE}/line", data={**LINE, "do": "on"})
    assert ("not_registered", -3, True) in lines()
    desk.post(f"{BASE}/line", data={**LINE, "do": "remove"})
    assert len(lines()) == 10
    assert desk.post(f"{BASE}/line", data={**LINE, "do": "remove"}).status_code == 404
    for wrong in ({**LINE, "do": "burn"}, {**LINE, "days": "x", "do": "on"}, {}):
        assert desk.post(f"{BASE}/line", data=wrong).status_code == 404
    actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"reminder.switched", "reminder.removed"} <= actions


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"days": "61"}, "Số ngày từ 0 đến 60."),
        ({"days": ""}, "Hãy nhập số ngày."),
        ({"at": "20:00"}, "Chỉ gửi từ 07:00 đến trước 18:00."),
        ({"at": "18:00"}, "Chỉ gửi từ 07:00 đến trước 18:00."),
        ({"at": "06:59"}, "Chỉ gửi từ 07:00 đến trước 18:00."),
        ({"at": "sáng"}, "Giờ viết dạng 08:00."),
        ({"at": ""}, "Hãy nhập giờ gửi, ví dụ 08:00."),
        ({"days": "3"}, "Đã có lần nhắc này trong lịch."),
    ],
)
def test_a_time_that_cannot_be(desk: FlaskClient, given: dict[str, str], sentence: str) -> None:
    answer = desk.post(f"{BASE}/times",
                       data={"kind": "not_registered", "days": "5", "at": "08:00", **given})  # fmt: skip
    assert answer.status_code == 422
    assert sentence in words_of(answer)


def test_times_are_added_before_or_after_by_their_kind(desk: FlaskClient, event: Event) -> None:
    for kind, days in (("not_registered", "5"), ("thanks", "3"), ("call", "14")):
        data = {"kind": kind, "days": days, "at": "9:30"}
        assert desk.post(f"{BASE}/times", data=data).status_code == 303
    assert {("not_registered", -5, True), ("thanks", 3, True), ("call", -14, True)} <= lines()
    assert "5 ngày trước hạn đăng ký 09:30, thứ Năm 29/02/2024" in page(desk)


def test_the_switch_of_all(desk: FlaskClient, event: Event) -> None:
    desk.post(f"{BASE}/switch", data={"on": "no"})
    assert "Nhắc tự động đang tắt" in page(desk)
    desk.post(f"{BASE}/switch", data={"on": "yes"})
    assert "tự động: đang bật" in page(desk)


@pytest.mark.parametrize("path", ["/no_such_kind", "/no_such_kind/mail", "/thanks/mail"])
def test_what_is_not_there(desk: FlaskClient, path: str) -> None:
    assert desk.get(BASE + path).status_code == 404


def test_a_leader_looks_and_presses_nothing(client: FlaskClient, event: Event) -> None:
    sign_in(client, make_account("leader"))
    text = client.get(BASE).text
    assert '<form method="post" action="/desk/events' not in text
    assert client.get(f"{BASE}/not_registered").status_code == 403
    assert client.post(f"{BASE}/not_registered", data={"key": "0123456789"}).status_code == 403


@pytest.mark.parametrize("path", ["", "/not_registered"])
def test_pages_cost_the_same_with_few_and_many_units(
    client: FlaskClient, app: Flask, frozen_clock: FrozenClock, path: str
) -> None:
    sign_in(client, make_account("desk"))
    event_id = make_event(units=2).id
    counts = []
    for more in (0, 60):
        more_units(event_id, more)
        client.get(BASE + path)
        db.session.remove()
        with counted_queries() as sent:
            assert client.get(BASE + path).status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 30


def more_units(event_id: int, number: int) -> None:
    with unit_of_work():
        for one in range(100, 100 + number):
            make_unit(f"THPT-{one}", f"Trường THPT Thử {one}")
        call_units(db.session.get_one(Event, event_id), by=SYSTEM, now=clock.now())
