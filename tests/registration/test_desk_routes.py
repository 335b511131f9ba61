"""The desk's pages of registrations: each outcome a clerk can see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.events.models import Event
from app.events.services import move_event
from app.extensions import db
from app.registration import queries
from app.registration.desk_services import mark_of
from app.registration.models import Registration
from app.registration.queries import RegistrationFilter
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event, make_unit, participations
from tests.factories.registration import IN_TIME, TOO_LATE, assert_seats_hold, enter, fill

BASE = "/desk/events/tap-huan-2024"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(seats=2, units=5)


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def text_of(response: object) -> str:
    """Visible words: no tags, single blanks."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.S)  # type: ignore[attr-defined]
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def post(client: FlaskClient, entry: Registration, action: str, **values: str) -> object:
    values.setdefault("mark", mark_of(db.session.get_one(Registration, entry.id)))
    return client.post(f"{BASE}/registrations/{entry.id}/{action}", data=values)


def fresh(entry: Registration) -> Registration:
    db.session.expire_all()
    return db.session.get_one(Registration, entry.id)


# ---------------------------------------------------------------- who may


PAGES = ["registrations", "waiting", "late", "registrations/{id}"]
CHANGES = [
    "registrations/new", "registrations/{id}/replace", "registrations/{id}/edit",
    "registrations/{id}/withdraw", "registrations/{id}/reject", "registrations/{id}/promote",
    "registrations/{id}/accept", "waiting/seats", "waiting/reserves/1", "participations/1/cutoff",
]  # fmt: skip


@pytest.mark.parametrize("page", [*PAGES, *CHANGES])
def test_the_hall_sees_nothing_of_the_desk(client: FlaskClient, event: Event, page: str) -> None:
    entry = enter(participations(event)[0]).registration
    sign_in(client, make_account("hall"))
    response = client.get(f"{BASE}/{page.format(id=entry.id)}")
    assert response.status_code == 403
    assert "Phạm Thu Hiên" not in response.get_data(as_text=True)


@pytest.mark.parametrize("page", PAGES)
def test_a_leader_reads_without_buttons_and_contacts(
    client: FlaskClient, event: Event, page: str
) -> None:
    unit = participations(event)[4]
    entry = enter(unit, now=TOO_LATE, phone="+84912345678", email="hien@example.vn").registration
    fill(event, 4)
    sign_in(client, make_account("leader"))
    html = client.get(f"{BASE}/{page.format(id=entry.id)}").get_data(as_text=True)
    for change in ("/withdraw", "/edit", "/accept", "/new", "/seats", "/promote", "/cutoff"):
        assert change not in html
    assert "hien@example.vn" not in html
    assert "0912 345 678" not in html
    assert unit.email not in html


@pytest.mark.parametrize("page", CHANGES)
def test_a_leader_changes_nothing(client: FlaskClient, event: Event, page: str) -> None:
    entry = enter(participations(event)[0]).registration
    sign_in(client, make_account("leader"))
    assert client.post(f"{BASE}/{page.format(id=entry.id)}").status_code == 403
    assert fresh(entry).state == "confirmed"


@pytest.mark.parametrize("page", ["registrations/{id}", "registrations/{id}/withdraw"])
def test_another_events_entry_is_not_there(desk: FlaskClient, event: Event, page: str) -> None:
    entry = enter(participations(event)[0]).registration
    make_event(units=0, slug="khac")
    there = page.format(id=entry.id)
    assert desk.get(f"{BASE}/{there}").status_code == 200
    assert desk.get(f"/desk/events/khac/{there}").status_code == 404
    assert desk.post(f"/desk/events/khac/{there}", data={}).status_code in (404, 405)
    assert desk.get(f"/desk/events/khong-co/{there}").status_code == 404


def test_who_is_not_signed_in_is_asked_to(client: FlaskClient, event: Event) -> None:
    response = client.get(f"{BASE}/registrations")
    assert (response.status_code, "/account/sign-in" in response.location) == (302, True)


# ---------------------------------------------------------------- the table


def test_the_table_shows_finds_and_counts(desk: FlaskClient, event: Event) -> None:
    fill(event, 3)
    page = text_of(desk.get(f"{BASE}/registrations"))
    assert "Tất cả 3 Có chỗ 2 Danh sách chờ 1" in page
    assert "Chưa đăng ký 2" in page
    assert "Chờ, thứ 1" in page
    found = text_of(desk.get(f"{BASE}/registrations?q=nguoi+thu+ab"))
    assert "Người Thử Ab" in found
    assert "Người Thử Aa" not in found
    assert "Không có đăng ký nào khớp" in text_of(desk.get(f"{BASE}/registrations?q=zzz"))


def test_empty_pages_say_when_they_fill(desk: FlaskClient, event: Event) -> None:
    assert "Chưa có đăng ký nào" in text_of(desk.get(f"{BASE}/registrations"))
    waiting = text_of(desk.get(f"{BASE}/waiting"))
    assert "Chưa có ai trong danh sách chờ" in waiting
    assert "Còn 2 chỗ. Khi đủ 2, đơn vị đăng ký tiếp theo" in waiting
    assert "Không có đăng ký quá hạn" in text_of(desk.get(f"{BASE}/late"))


def test_names_are_text_and_long_ones_stand(desk: FlaskClient, app: Flask) -> None:
    with unit_of_work():
        make_unit("X-1", "Trường <b>đậm</b> & " + "Rất Dài " * 12)
    event = make_event(units=0)
    name = " ".join(["Nguyễễễễễn"] * 9)
    with unit_of_work():
        unit = db.session.merge(participations(event)[0])
        db.session.add(entry := Registration(
            event_id=event.id, participation_id=unit.id, state="late", source="web",
            full_name=f"<i>{name}</i>", position="<script>alert(1)</script>" + "x" * 90,
            received_at=IN_TIME, receipt_code="123456789012", on_time=False, late_reason="<img src=x>",
            flags=["not_leader"],
        ))  # fmt: skip
    for page in (
        "registrations",
        "late",
        f"registrations/{entry.id}",
        f"registrations/{entry.id}/accept",
        f"registrations/{entry.id}/edit",
    ):
        html = desk.get(f"{BASE}/{page}").get_data(as_text=True)
        assert "&lt;i&gt;Nguyễễễễễn" in html
        for raw in ("<i>", "<script>alert", "<img src=x>", "<b>đậm</b>"):
            assert raw not in html


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    sqlalchemy_event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sqlalchemy_event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.both_databases
@pytest.mark.parametrize("page", ["registrations", "waiting", "late", "waiting/seats?more=100"])
def test_one_row_and_a_hundred_take_as_many_queries(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock, page: str
) -> None:
    event = make_event(seats=1, units=101)
    sign_in(client, make_account("desk"))
    now = TOO_LATE if page == "late" else IN_TIME
    units = participations(event)
    enter(units[0], "Người Đầu", now=IN_TIME)
    enter(units[1], "Người Hai", now=now)
    counts = []
    for more in (0, 99):
        for index in range(more):
            enter(units[2 + index], f"Người Thử {'abcdefghik'[index % 10]}{index // 10}", now=now)
        with app.app_context(), counted_queries() as seen:  # a context, and session, of its own
            assert client.get(f"{BASE}/{page}").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 16, counts


# ---------------------------------------------------------------- one entry


def test_the_entry_shows_contacts_flags_and_history(desk: FlaskClient, event: Event) -> None:
    first, second = participations(event)[:2]
    entry = enter(first, "Lê Thị Thủy", "Giáo viên", phone="+84912345678").registration
    enter(second, "Lê Thị Thuỷ", "Hiệu trưởng")
    page = text_of(desk.get(f"{BASE}/registrations/{entry.id}"))
    code = entry.receipt_code
    for words in (
        "Lê Thị Thủy",
        "0912 345 678",
        first.email,
        second.name,
        f"biên nhận {code[:4]} {code[4:8]} {code[8:]}",
        "đơn vị, từ đường dẫn riêng",
        "Chức vụ “Giáo viên” chưa rõ là lãnh đạo",
        "Nhận đăng ký : Lê Thị Thủy. Có chỗ",
    ):
        assert words in page, words


def test_a_flag_looked_at_is_gone_and_logged(desk: FlaskClient, event: Event) -> None:
    entry = enter(participations(event)[0], position="Giáo viên").registration
    url = f"{BASE}/registrations/{entry.id}"
    old = desk.post(f"{url}/flags/not_leader", data={"mark": "old"}, follow_redirects=True)
    assert "đã được người khác thay đổi" in text_of(old)
    done = desk.post(
        f"{url}/flags/not_leader", data={"mark": mark_of(fresh(entry))}, follow_redirects=True
    )
    assert "chưa rõ là lãnh đạo. Hãy hỏi" not in text_of(done)
    assert "Đã xem, giữ nguyên: Chức vụ chưa rõ là lãnh đạo" in text_of(done)
    assert queries.registrations(event, RegistrationFilter(flag="not_leader")) == []


def test_replacing_needs_a_name_a_post_and_a_reason(desk: FlaskClient, event: Event) -> None:
    entry = enter(participations(event)[0]).registration
    empty = post(desk, entry, "replace")
    assert "Chưa gửi được: 3 chỗ cần sửa" in text_of(empty)
    done = post(
        desk,
        entry,
        "replace",
        full_name="Tạ Đăng Khuê",
        position="Phó Hiệu trưởng",
        address_as="Ông",
        reason="Công văn 41",
    )
    new = db.session.scalars(select(Registration).where(Registration.replaces_id == entry.id)).one()
    assert done.location.endswith(f"/registrations/{new.id}")
    assert (fresh(entry).state, new.state, new.honorific) == ("replaced", "confirmed", "Ông")
    history = text_of(desk.get(f"{BASE}/registrations/{entry.id}"))
    assert "Phạm Thu Hiên thay bằng Tạ Đăng Khuê Lý do: Công văn 41" in history


def test_what_was_typed_stays_and_a_doubtful_name_may_be_kept(
    desk: FlaskClient, event: Event
) -> None:
    entry = enter(participations(event)[0]).registration
    values = {
        "full_name": "TẠ ĐĂNG KHUÊ",
        "position": "Giám đốc",
        "phone": "12345",
        "reason": "Gọi",
    }
    page = post(desk, entry, "replace", **values)
    html = page.get_data(as_text=True)
    assert all(f'value="{values[key]}"' in html for key in ("full_name", "position", "phone"))
    assert "Đổi thành “Tạ Đăng Khuê”" in html
    post(desk, entry, "replace", **{**values, "phone": ""}, use_name="1")
    names = db.session.scalars(select(Registration.full_name).order_by(Registration.id)).all()
    assert names == ["Phạm Thu Hiên", "Tạ Đăng Khuê"]


def test_editing_begins_with_what_is_stored(desk: FlaskClient, event: Event) -> None:
    entry = enter(participations(event)[0], phone="+84912345678").registration
    html = desk.get(f"{BASE}/registrations/{entry.id}/edit").get_data(as_text=True)
    assert 'value="Phạm Thu Hiên"' in html
    assert 'value="0912 345 678"' in html
    post(
        desk,
        entry,
        "edit",
        full_name="Phạm Thu Hiền",
        position="Hiệu trưởng",
        phone="",
        reason="Sai dấu",
    )
    assert (fresh(entry).full_name, entry.phone, entry.state) == (
        "Phạm Thu Hiền", None, "confirmed",
    )  # fmt: skip


def test_withdrawing_says_who_gets_the_seat(desk: FlaskClient, event: Event) -> None:
    first, _, third = fill(event, 3)
    page = text_of(desk.get(f"{BASE}/registrations/{first.id}/withdraw"))
    assert "Rút đăng ký của Người Thử Aa?" in page
    assert "Chỗ này chuyển ngay cho Người Thử Ac (Trường THPT Thử 003), đang chờ thứ 1." in page
    done = desk.get(post(desk, first, "withdraw", reason="Ốm").location)
    assert "Chỗ này chuyển cho Người Thử Ac (Trường THPT Thử 003)." in text_of(done)
    assert (fresh(first).state, fresh(third).state) == ("withdrawn", "confirmed")
    reason = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "registration.withdrawn")
    ).one()
    assert (reason.reason, reason.actor_label) == ("Ốm", "Vũ Mai An")


def test_refusing_sends_the_sentence(desk: FlaskClient, event: Event) -> None:
    entry = enter(participations(event)[0], now=TOO_LATE).registration
    assert "Hãy viết một câu" in text_of(post(desk, entry, "reject"))
    post(desk, entry, "reject", reason="Đã đủ người.")
    assert (fresh(entry).state, entry.desk_reason) == ("rejected", "Đã đủ người.")


@pytest.mark.parametrize(("seats", "state"), [(2, "confirmed"), (1, "waitlisted")])
def test_a_late_entry_is_taken_to_a_seat_or_the_queue(
    desk: FlaskClient, app: Flask, frozen_clock: FrozenClock, seats: int, state: str
) -> None:
    event = make_event(seats=seats, units=2)
    first, second = participations(event)
    enter(first, "Cao Thị Nhàn")
    entry = enter(second, now=TOO_LATE, late_reason="Mất điện").registration
    assert "Mất điện" in text_of(desk.get(f"{BASE}/late"))
    post(desk, entry, "accept")
    assert fresh(entry).state == state


# ---------------------------------------------------------------- two clerks at once


@pytest.mark.parametrize("action", ["replace", "edit", "withdraw", "reject"])
def test_what_changed_meanwhile_is_said_and_nothing_is_done(
    desk: FlaskClient, event: Event, action: str
) -> None:
    entry = enter(participations(event)[0]).registration
    seen = mark_of(entry)
    post(desk, entry, "edit", full_name="Phạm Thu Hiên", position="Phó Hiệu trưởng", reason="x")
    response = post(
        desk, entry, action, mark=seen, reason="y", full_name="Tạ Đăng Khuê", position="Hiệu trưởng"
    )
    assert response.status_code == 409
    assert "đã được người khác thay đổi. Chưa ghi gì." in text_of(response)
    assert f'value="{mark_of(fresh(entry))}"' in response.get_data(as_text=True)
    assert (fresh(entry).state, entry.full_name) == ("confirmed", "Phạm Thu Hiên")


def test_an_entry_ended_meanwhile_has_no_form_left(desk: FlaskClient, event: Event) -> None:
    entry = enter(participations(event)[0]).registration
    seen = mark_of(entry)
    post(desk, entry, "withdraw", reason="Ốm")
    response = post(desk, entry, "reject", mark=seen, reason="Không")
    assert response.status_code == 409
    assert "Xem trạng thái mới" in text_of(response)
    assert fresh(entry).state == "withdrawn"
    assert desk.get(f"{BASE}/registrations/{entry.id}/reject").status_code == 302


def test_nothing_changes_in_an_archived_event(desk: FlaskClient, event: Event) -> None:
    entry = enter(participations(event)[0]).registration
    mark = mark_of(entry)
    with unit_of_work():
        archived = db.session.get_one(Event, event.id)
        move_event(archived, "closed", by=DESK, now=IN_TIME)
        move_event(archived, "archived", by=DESK, now=IN_TIME)
    assert "/withdraw" not in desk.get(f"{BASE}/registrations/{entry.id}").get_data(as_text=True)
    assert post(desk, entry, "withdraw", mark=mark, reason="x").status_code == 409
    assert desk.get(f"{BASE}/registrations/new").status_code == 409
    assert fresh(entry).state == "confirmed"


# ---------------------------------------------------------------- on behalf


def test_a_unit_is_searched_and_entered_on_behalf(desk: FlaskClient, event: Event) -> None:
    first, second, *_ = participations(event)
    enter(first)
    found = text_of(desk.get(f"{BASE}/registrations/new?q=thu"))
    assert second.name in found
    assert first.name not in found
    url = f"{BASE}/registrations/new?unit={second.id}"
    assert "Chưa gửi được: 4 chỗ cần sửa" in text_of(desk.post(url, data={}))
    done = desk.post(
        url,
        data={
            "full_name": "Tạ Đăng Khuê",
            "position": "Hiệu trưởng",
            "source": "mail",
            "reason": "Công văn 12",
        },
        follow_redirects=True,
    )
    page = text_of(done)
    assert "Đã nhập Tạ Đăng Khuê: có chỗ." in page
    assert "Thư điện tử, công văn" in page
    assert "Lý do: Công văn 12" in page


def test_entering_over_somebody_is_answered_with_who_stands(
    desk: FlaskClient, event: Event
) -> None:
    unit = participations(event)[0]
    enter(unit, "Cao Thị Nhàn")
    data = {"full_name": "Tạ Đăng Khuê", "position": "Hiệu trưởng", "source": "desk", "reason": "x"}
    response = desk.post(f"{BASE}/registrations/new?unit={unit.id}", data=data)
    assert response.status_code == 409
    assert "Chưa ghi gì: đơn vị đã có người dự Cao Thị Nhàn" in text_of(response)
    assert 'value="Tạ Đăng Khuê"' in response.get_data(as_text=True)
    again = desk.post(
        f"{BASE}/registrations/new?unit={unit.id}", data={**data, "full_name": "Cao Thị Nhàn"},
        follow_redirects=True,
    )  # fmt: skip
    assert "Cao Thị Nhàn đã được đăng ký từ trước. Không ghi thêm gì." in text_of(again)


def test_an_invited_unit_may_send_a_representative(desk: FlaskClient, app: Flask) -> None:
    with unit_of_work():
        make_unit("BCD-313", "Ban Chỉ đạo huyện An Lão", kind="district_committee")
    event = make_event(units=0)
    unit = participations(event)[0]
    done = desk.post(
        f"{BASE}/registrations/new?unit={unit.id}", data={"source": "desk", "reason": "Gọi"},
        follow_redirects=True,
    )  # fmt: skip
    assert "Đã nhập Đại diện lãnh đạo: có chỗ." in text_of(done)
    assert db.session.scalars(select(Registration)).one().full_name is None


# ---------------------------------------------------------------- the queue


def test_the_queue_stands_in_order_and_promotes_out_of_it(desk: FlaskClient, event: Event) -> None:
    *_, third, fourth = fill(event, 4)
    page = text_of(desk.get(f"{BASE}/waiting"))
    assert page.index("Người Thử Ac") < page.index("Người Thử Ad")
    refused = post(desk, fourth, "promote", reason="Trưởng cụm")
    assert refused.status_code == 409
    assert "Hội trường đã đủ chỗ" in text_of(refused)
    post(desk, fourth, "promote", reason="Trưởng cụm", open_seat="y")
    assert (fresh(fourth).state, fresh(third).state) == ("confirmed", "waitlisted")
    assert db.session.get_one(Event, event.id).planned_seats == 3
    assert_seats_hold(event.id)


def seen_of(response: object) -> str:
    html = response.get_data(as_text=True)  # type: ignore[attr-defined]
    return re.search(r'name="seen"[^>]*value="(\w+)"', html)[1]  # type: ignore[index]


def test_more_seats_are_previewed_then_opened(desk: FlaskClient, event: Event) -> None:
    fill(event, 5)
    preview = desk.get(f"{BASE}/waiting/seats?more=2")
    page = text_of(preview)
    assert "Tổng số chỗ từ 2 lên 4." in page
    assert "Trường THPT Thử 003" in page
    assert "Trường THPT Thử 005" not in page
    data = {"more": "2", "seen": seen_of(preview)}
    done = desk.post(f"{BASE}/waiting/seats", data=data, follow_redirects=True)
    assert "Đã mở thêm 2 chỗ. 2 đơn vị trong danh sách chờ đã có chỗ" in text_of(done)
    again = desk.post(f"{BASE}/waiting/seats", data=data)
    assert again.status_code == 409
    assert "Chưa ghi gì. Hãy xem lại" in text_of(again)
    assert db.session.get_one(Event, event.id).planned_seats == 4
    assert_seats_hold(event.id)


@pytest.mark.parametrize("more", ["0", "501", "-1", "hai", ""])
def test_a_senseless_number_of_seats_is_refused(desk: FlaskClient, event: Event, more: str) -> None:
    page = desk.get(f"{BASE}/waiting/seats", query_string={"more": more})
    assert "Chưa gửi được: 1 chỗ cần sửa" in text_of(page)
    assert desk.post(f"{BASE}/waiting/seats", data={"more": more}).status_code == 200
    assert db.session.get_one(Event, event.id).planned_seats == 2


def test_a_reserve_is_released_once(desk: FlaskClient, app: Flask) -> None:
    event = make_event(
        seats=2, units=3, reserves=[{"name": "Mời", "kinds": ["department"], "seats": 1}]
    )
    fill(event, 3)
    reserve = queries.pools_of(event)[1]
    url = f"{BASE}/waiting/reserves/{reserve.id}"
    preview = desk.get(url)
    assert "Trường THPT Thử 002" in text_of(preview)
    assert "Trường THPT Thử 003" not in text_of(preview)
    desk.post(url, data={"seen": seen_of(preview)})
    assert desk.post(url, data={"seen": seen_of(preview)}).status_code == 409
    assert desk.get(f"{BASE}/waiting/reserves/9999").status_code == 404
    assert_seats_hold(event.id)
    assert len(queries.registrations(event, RegistrationFilter(tab="confirmed"))) == 2


def test_a_full_reserve_is_released_once_too(desk: FlaskClient) -> None:
    event = make_event(
        seats=2, units=1, reserves=[{"name": "Trường", "kinds": ["high_school"], "seats": 1}]
    )
    fill(event, 1)
    reserve = queries.pools_of(event)[1]
    assert (reserve.taken, reserve.seats) == (1, 1)
    url = f"{BASE}/waiting/reserves/{reserve.id}"
    preview = desk.get(url)
    answers = [desk.post(url, data={"seen": seen_of(preview)}).status_code for _ in range(2)]
    assert answers == [302, 409]


def test_more_time_for_one_unit(desk: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    url = f"{BASE}/participations/{unit.id}/cutoff"
    early = desk.post(url, data={"day": "05/03/2024", "hour": "17:00", "reason": "Bão"})
    assert "Hạn mới phải sau hạn chung" in text_of(early)
    desk.post(url, data={"day": "6/3/2024", "hour": "17 giờ 00", "reason": "Bão"})
    db.session.expire_all()
    assert unit.cutoff_at == TOO_LATE + timedelta(days=1)
    entry = enter(unit, now=TOO_LATE).registration
    assert entry.state == "confirmed"
    assert "Gia hạn cho đơn vị đến 06/03/2024 17:00" in text_of(
        desk.get(f"{BASE}/registrations/{entry.id}")
    )
