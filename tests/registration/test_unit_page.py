"""The unit's private page: each thing a clerk of a unit can see and do there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core.clock import forget_now
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.events.notice import NOTICE_VERSION
from app.events.services import move_event
from app.extensions import db
from app.mail.models import Message
from app.registration.models import Registration
from app.registration.services import reject
from tests.conftest import FrozenClock
from tests.factories.events import DESK, make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, TOO_LATE, assert_seats_hold, enter, standing
from tests.factories.units import typed_values, unit_path, words_of

HIEN = {"full_name": "Phạm Thu Hiên", "position": "Phó Hiệu trưởng"}
KHUE = {"full_name": "Tạ Đăng Khuê", "position": "Hiệu trưởng"}


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(seats=2, units=4)


@pytest.fixture
def unit(event: Event) -> str:
    return unit_path(participations(event)[0])


def count(model: type, *where: object) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def at(frozen_clock: FrozenClock, moment: datetime) -> None:
    frozen_clock.at = moment
    forget_now()


def seen(client: FlaskClient, unit: str) -> str:
    """The registration_id that the page to change carries."""
    return typed_values(client.get(f"{unit}/change"))["registration_id"]


# ---------------------------------------------------------------- the form


def test_the_page_names_the_unit_before_it_asks(client: FlaskClient, unit: str) -> None:
    page = words_of(client.get(unit))
    assert page.index("Trường THPT Thử 001") < page.index("Họ và tên")
    assert "mã THPT-001" in page
    assert "trước 17 giờ 00 phút, ngày 05/03/2024" in page
    assert "Đọc thông báo đầy đủ" in page
    assert 'type="checkbox"' not in client.get(unit).get_data(as_text=True)


def test_a_units_name_is_text(app: Flask, client: FlaskClient, frozen_clock: FrozenClock) -> None:
    name = 'Trường <b>đậm</b> & "Số Một" {{ 7 * 7 }} ' + "Dài " * 20
    with unit_of_work():
        make_unit("X-1", name.strip(), district="Quận <i>Một</i>")
    made = make_event(units=0)
    html = client.get(unit_path(participations(made)[0])).get_data(as_text=True)
    assert "Trường &lt;b&gt;đậm&lt;/b&gt; &amp; " in html
    assert "Quận &lt;i&gt;Một&lt;/i&gt;" in html
    assert "{{ 7 * 7 }}" in html
    assert "<b>đậm" not in html


def test_two_units_never_see_each_others_page(client: FlaskClient, event: Event) -> None:
    for number, one in enumerate(participations(event), 1):
        response = client.get(unit_path(one))
        page = words_of(response)
        assert f"Trường THPT Thử {number:03d}" in page
        assert f"mã THPT-{number:03d}" in page
        secret = unit_path(one).removeprefix("/units/")
        assert f'action="/units/{secret}"' in response.get_data(as_text=True)


def test_errors_stand_at_the_fields_and_nothing_typed_is_lost(
    client: FlaskClient, unit: str
) -> None:
    typed = {"full_name": "", "position": "", "phone": "0912 345 67", "email": "vanthu@"}
    response = client.post(unit, data=typed)
    page = words_of(response)
    assert response.status_code == 422
    assert "Chưa gửi được: 4 chỗ cần sửa" in page
    for sentence in [
        "Hãy nhập họ và tên của người dự.",
        "Hãy chọn hoặc nhập chức vụ của người dự.",
        "Số này có 9 chữ số, số di động có 10.",
        "Thiếu phần sau chữ @. Ví dụ: vanthu@truong.edu.vn.",
    ]:
        assert page.count(sentence) == 2, sentence  # in the summary and at the field
    values = typed_values(response)
    assert (values["phone"], values["email"]) == ("0912 345 67", "vanthu@")
    assert "<title>\n" not in response.get_data(as_text=True)
    assert "Lỗi: " in response.get_data(as_text=True).split("</title>")[0]
    assert count(Registration) == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("   ", "Hãy nhập họ và tên của người dự."),
        ("Phạm Thu Hiên\nTạ Đăng Khuê", "Mỗi đơn vị cử 01 người. Hãy giữ lại một tên."),
        ("x" * 400, "dài"),
        ("<b>Phạm Thu Hiên</b>", "ký hiệu"),
        ("Phạm Thu Hiên 😀", "ký hiệu"),
        ("Ph¹m Thu Hiªn", "Chữ bị lỗi phông. Hãy gõ lại bằng bảng mã Unicode."),
    ],
)
def test_a_name_that_cannot_be_is_refused_at_its_field(
    client: FlaskClient, unit: str, name: str, sentence: str
) -> None:
    response = client.post(unit, data={**HIEN, "full_name": name})
    assert response.status_code == 422
    assert sentence in words_of(response)
    assert count(Registration) == 0


def test_a_formula_as_a_name_is_no_formula(client: FlaskClient, unit: str) -> None:
    response = client.post(unit, data={**HIEN, "full_name": "=HYPERLINK(1)"})
    assert response.status_code == 422
    assert count(Registration) == 0


@pytest.mark.parametrize(
    ("answer", "stored"), [("use_name", "Phạm Thu Hiên"), ("keep_name", "PHẠM THU HIÊN")]
)
def test_a_name_in_capitals_is_asked_about_once(
    client: FlaskClient, unit: str, answer: str, stored: str
) -> None:
    typed = {**HIEN, "full_name": "PHẠM THU HIÊN", "phone": "0912345678"}
    asked = client.post(unit, data=typed)
    assert asked.status_code == 422
    assert "Đổi thành “Phạm Thu Hiên”" in words_of(asked)
    assert typed_values(asked)["phone"] == "0912345678"
    assert client.post(unit, data={**typed, answer: "1"}).status_code == 303
    assert db.session.scalars(select(Registration.full_name)).all() == [stored]


# ---------------------------------------------------------------- received


def test_a_registration_gets_its_minute_receipt_and_seat(
    client: FlaskClient, unit: str, event: Event
) -> None:
    response = client.post(unit, data={**HIEN, "phone": "0912 345 678", "email": "hien@example.vn"})
    assert (response.status_code, response.location) == (303, unit)
    entry = db.session.scalars(select(Registration)).one()
    assert (entry.state, entry.phone, entry.email) == (
        "confirmed",
        "+84912345678",
        "hien@example.vn",
    )
    assert entry.notice_version == NOTICE_VERSION
    page = words_of(client.get(unit))
    assert "Nhận lúc 09:00, thứ Hai 26/02/2024, trước hạn." in page
    assert " ".join(entry.receipt_code[at : at + 4] for at in (0, 4, 8)) in page
    assert "Có chỗ" in page
    assert "hien@example.vn" not in page
    assert_seats_hold(event.id)
    assert count(Message, Message.thing_type == "registration") >= 1


def test_sent_twice_is_one_registration(client: FlaskClient, unit: str) -> None:
    for _again in range(3):
        assert client.post(unit, data=HIEN).status_code == 303
    assert count(Registration) == 1
    assert count(Message, Message.purpose.like("receipt%")) == count(Message)


def test_the_fourth_of_two_seats_stands_second_in_the_queue(
    client: FlaskClient, event: Event
) -> None:
    units = [unit_path(one) for one in participations(event)]
    for number, one in enumerate(units):
        client.post(one, data={**HIEN, "full_name": f"Phạm Thu {'ABCD'[number]}n"})
    page = words_of(client.get(units[3]))
    assert "Đơn vị đứng thứ 2" in page
    assert "Hội trường có 2 chỗ và đã đủ." in page
    assert_seats_hold(event.id)


def test_a_teacher_is_taken_and_flagged(client: FlaskClient, unit: str) -> None:
    assert client.post(unit, data={**HIEN, "position": "Giáo viên"}).status_code == 303
    assert "not_leader" in db.session.scalars(select(Registration)).one().flags


def test_the_same_person_for_two_units_is_flagged(client: FlaskClient, event: Event) -> None:
    for one in participations(event)[:2]:
        client.post(unit_path(one), data=HIEN)
    assert ["same_person" in one.flags for one in standing(event)] == [True, True]


# ---------------------------------------------------------------- two clerks


def test_the_slower_of_two_clerks_chooses(client: FlaskClient, unit: str, event: Event) -> None:
    client.post(unit, data=KHUE)
    response = client.post(unit, data={**HIEN, "phone": "0912 345 678"})
    page = words_of(response)
    assert response.status_code == 409
    assert "Đơn vị vừa đăng ký Tạ Đăng Khuê lúc 09:00 từ máy khác." in page
    assert "Giữ người đó hay thay bằng Phạm Thu Hiên?" in page
    values = typed_values(response)
    assert (values["full_name"], values["position"], values["phone"]) == (
        "Phạm Thu Hiên", "Phó Hiệu trưởng", "0912 345 678",
    )  # fmt: skip
    values.pop("csrf_token", None)
    assert client.post(f"{unit}/change", data=values).status_code == 303
    assert [one.full_name for one in standing(event)] == ["Phạm Thu Hiên"]


def test_an_old_page_to_change_asks_again_and_keeps_what_was_typed(
    client: FlaskClient, unit: str, event: Event
) -> None:
    client.post(unit, data=KHUE)
    old = seen(client, unit)
    client.post(f"{unit}/change", data={**HIEN, "registration_id": old})
    response = client.post(f"{unit}/change", data={
        "full_name": "Ngọ Văn Đông", "position": "Hiệu trưởng", "registration_id": old})  # fmt: skip
    assert response.status_code == 409
    assert "thay bằng Ngọ Văn Đông?" in words_of(response)
    assert [one.full_name for one in standing(event)] == ["Phạm Thu Hiên"]


def test_changed_twice_by_one_click_is_one_change(
    client: FlaskClient, unit: str, event: Event
) -> None:
    client.post(unit, data=KHUE)
    form = {**HIEN, "registration_id": seen(client, unit)}
    assert client.post(f"{unit}/change", data=form).status_code == 303
    assert client.post(f"{unit}/change", data=form).status_code == 303
    assert count(Registration) == 2
    assert_seats_hold(event.id)


# ---------------------------------------------------------------- change, withdraw


def test_a_change_keeps_the_place_in_the_queue(client: FlaskClient, event: Event) -> None:
    units = participations(event)
    for one in units[:3]:
        enter(one, f"Người Thử {one.code[-1]}a")
    unit = unit_path(units[2])
    assert client.post(f"{unit}/change", data={**HIEN, "registration_id": seen(client, unit)}
                       ).status_code == 303  # fmt: skip
    page = words_of(client.get(unit))
    assert "Đơn vị đứng thứ 1" in page
    assert "Phạm Thu Hiên" in page
    assert "Đổi người dự thành: Phạm Thu Hiên" in page


def test_a_withdrawal_seats_the_first_in_the_queue(client: FlaskClient, event: Event) -> None:
    units = participations(event)
    for one in units[:3]:
        enter(one, f"Người Thử {one.code[-1]}a")
    unit, waiting = unit_path(units[0]), unit_path(units[2])
    question = client.get(f"{unit}/withdraw")
    assert "Rút đăng ký của Người Thử 1a?" in words_of(question)
    form = {"registration_id": typed_values(question)["registration_id"]}
    response = client.post(f"{unit}/withdraw", data=form)
    assert response.status_code == 303
    assert "Đã rút đăng ký" in words_of(client.get(response.location))
    page = words_of(client.get(waiting))
    assert "Có chỗ" in page
    assert "Chuyển từ danh sách chờ sang có chỗ" in page
    assert_seats_hold(event.id)
    assert client.post(f"{unit}/withdraw", data=form).status_code == 409


def test_withdrawn_may_register_again_at_the_end(client: FlaskClient, event: Event) -> None:
    units = participations(event)
    for one in units[:3]:
        enter(one, f"Người Thử {one.code[-1]}a")
    unit = unit_path(units[0])
    client.post(f"{unit}/withdraw", data={"registration_id": seen(client, unit)})
    assert client.post(unit, data=HIEN).status_code == 303
    assert "Đơn vị đứng thứ 1" in words_of(client.get(unit))
    assert_seats_hold(event.id)


# ---------------------------------------------------------------- the cut-off


@pytest.mark.parametrize(
    ("moment", "state"),
    [(TOO_LATE - timedelta(milliseconds=1), "confirmed"), (TOO_LATE, "late")],
)
def test_the_last_instant(
    client: FlaskClient, unit: str, frozen_clock: FrozenClock, moment: datetime, state: str
) -> None:
    client.get(unit)
    at(frozen_clock, moment)
    assert client.post(unit, data={**HIEN, "late_reason": "Hiệu trưởng mới"}).status_code == 303
    entry = db.session.scalars(select(Registration)).one()
    assert entry.state == state
    assert entry.late_reason == ("Hiệu trưởng mới" if state == "late" else None)


def test_after_the_cut_off_it_is_a_request(
    client: FlaskClient, unit: str, frozen_clock: FrozenClock
) -> None:
    at(frozen_clock, TOO_LATE + timedelta(hours=1))
    page = words_of(client.get(unit))
    assert "Đã quá hạn đăng ký" in page
    assert "Lý do gửi muộn" in page
    assert "Gửi đề nghị bổ sung" in page
    client.post(unit, data=HIEN)
    page = words_of(client.get(unit))
    assert "Sở đã nhận đề nghị bổ sung" in page
    assert "Đề nghị chưa phải là chỗ ngồi." in page
    assert "Đổi người dự" not in page
    assert "Sửa đề nghị" in page


def test_after_the_cut_off_nothing_is_changed_by_the_unit(
    client: FlaskClient, unit: str, event: Event, frozen_clock: FrozenClock
) -> None:
    client.post(unit, data=KHUE)
    form = {**HIEN, "registration_id": seen(client, unit)}
    at(frozen_clock, TOO_LATE)
    page = client.get(f"{unit}/change", follow_redirects=True)
    assert "Đã hết hạn tự đổi, tự rút" in words_of(page)
    refused = client.post(f"{unit}/change", data=form)
    assert refused.status_code == 409
    assert "Đã quá hạn tự đổi, tự rút." in words_of(refused)
    assert typed_values(refused)["full_name"] == "Phạm Thu Hiên"
    assert 'action="' + f"{unit}/requests/replace" in refused.get_data(as_text=True)
    assert client.post(f"{unit}/withdraw", data=form).status_code == 409
    assert [one.full_name for one in standing(event)] == ["Tạ Đăng Khuê"]


def test_a_unit_with_more_time_of_its_own_is_not_late(
    client: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    one = participations(event)[0]
    with unit_of_work():
        db.session.get_one(Participation, one.id).cutoff_at = TOO_LATE + timedelta(days=1)
    at(frozen_clock, TOO_LATE)
    unit = unit_path(one)
    assert "trước 17:00, ngày 06/03/2024" in words_of(client.get(unit))
    client.post(unit, data=HIEN)
    assert db.session.scalars(select(Registration.state)).one() == "confirmed"


# ---------------------------------------------------------------- other states


def test_a_refusal_of_the_desk_stands_on_the_page(client: FlaskClient, event: Event) -> None:
    one = participations(event)[0]
    entry = enter(one).registration
    with unit_of_work():
        reject(db.session.get_one(Registration, entry.id), one, by=DESK, now=IN_TIME,
               sentence="Đề nghị cử lãnh đạo <b>đơn vị</b>.")  # fmt: skip
    response = client.get(unit_path(one))
    assert "Sở không nhận đăng ký trước của đơn vị" in words_of(response)
    assert "Đề nghị cử lãnh đạo &lt;b&gt;đơn vị&lt;/b&gt;." in response.get_data(as_text=True)
    assert "Gửi đăng ký" in words_of(response)


def test_an_invited_unit_is_told_to_wait(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock
) -> None:
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo Thử", kind="district_committee")
    unit = unit_path(participations(make_event(units=0))[0])
    response = client.get(unit)
    assert "Đơn vị dự theo giấy mời" in words_of(response)
    assert "full_name" not in typed_values(response)
    client.post(unit, data=HIEN)
    assert count(Registration) == 0


@pytest.mark.parametrize("state", ["closed", "draft"])
def test_a_closed_event_takes_nothing(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock, state: str
) -> None:
    made = make_event(seats=2, units=1, state=state)
    unit = unit_path(participations(made)[0])
    response = client.get(unit)
    assert "Chưa nhận đăng ký" in words_of(response)
    assert "full_name" not in typed_values(response)
    assert client.post(unit, data=HIEN).status_code == 409
    assert count(Registration) == 0


def test_closing_in_between_is_seen_at_once(client: FlaskClient, unit: str, event: Event) -> None:
    assert "Gửi đăng ký" in words_of(client.get(unit))
    with unit_of_work():
        move_event(db.session.get_one(Event, event.id), "closed", by=DESK, now=IN_TIME)
    assert "Chưa nhận đăng ký" in words_of(client.get(unit))


# ---------------------------------------------------------------- links


def test_links_of_others_old_and_guessed(client: FlaskClient, event: Event) -> None:
    one, other = participations(event)[:2]
    enter(one)
    old = unit_path(one)
    with unit_of_work():
        db.session.get_one(Participation, one.id).link_version += 1
    replaced = client.get(old)
    assert replaced.status_code == 404
    assert "Đường dẫn này đã được thay bằng đường dẫn mới." in words_of(replaced)
    assert "Phạm Thu Hiên" not in words_of(replaced)
    assert "Phạm Thu Hiên" in words_of(client.get(unit_path(one)))
    mixed = unit_path(one)[:14] + unit_path(other)[14:]
    for wrong in (mixed, old[:-1], old + "A", "/units/x", "/units/" + "A" * 300):
        response = client.get(wrong)
        assert response.status_code == 404
        assert "Phạm Thu Hiên" not in words_of(response)
        assert client.post(wrong, data=HIEN).status_code == 404
        assert client.post(f"{wrong}/withdraw", data={"registration_id": "1"}).status_code == 404


def test_without_the_hidden_token_nothing_is_written(
    app: Flask, client: FlaskClient, unit: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    response = client.post(unit, data=HIEN)
    assert response.status_code in (400, 422)
    assert count(Registration) == 0


def test_the_first_opening_is_kept_and_counted_once_a_browser(
    app: Flask, client: FlaskClient, unit: str, event: Event
) -> None:
    for _again in range(3):
        client.get(unit)
    app.test_client().get(unit)
    one = db.session.get_one(Participation, participations(event)[0].id, populate_existing=True)
    assert one.open_count == 2
    assert one.opened_at is not None
    assert count(AuditEntry, AuditEntry.action == "link.opened") == 1


def test_no_cache_keeps_a_units_page_and_its_address_goes_nowhere(
    client: FlaskClient, unit: str
) -> None:
    headers = client.get(unit).headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")


# ---------------------------------------------------------------- how many queries


@pytest.mark.parametrize(("state", "most"), [("none", 2), ("seat", 8), ("waiting", 8)])
def test_queries_of_the_page(client: FlaskClient, event: Event, state: str, most: int) -> None:
    units = participations(event)
    if state != "none":
        for one in units[:3]:
            enter(one, f"Người Thử {one.code[-1]}a")
    unit = unit_path(units[2] if state == "waiting" else units[0])
    client.get(unit)  # the first opening is noted
    db.session.remove()
    with counted_queries() as sent:
        assert client.get(unit).status_code == 200
    assert len(sent) <= most, "\n".join(sent)


def test_queries_of_the_events_page(client: FlaskClient, event: Event) -> None:
    def used() -> int:
        db.session.remove()
        with counted_queries() as sent:
            assert client.get("/events/tap-huan-2024").status_code == 200
        return len(sent)

    units = [one.id for one in participations(event)]
    used()
    before = used()
    for one in (db.session.get_one(Participation, key) for key in units):
        enter(one, f"Người Thử {one.code[-1]}a")
    used()  # the page is kept until the event changes
    assert used() == before <= 4
