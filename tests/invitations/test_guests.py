"""Guests without a unit, names of invited units, one person in two places: each outcome."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.documents.participant_list import ListOptions, build_list
from app.events.errors import SeatsRefused
from app.events.guests import GuestKind
from app.events.models import Event, Participation, SeatPool
from app.events.queries import guest_seats, lock_event
from app.events.services import call_units, edit_event
from app.extensions import db
from app.invitations.changes import replace_delegate
from app.invitations.doubles import NoLongerTwice, doubles_of, end_entry, keep_all
from app.invitations.guests import edit_guest, guest_of, remove_guest
from app.invitations.models import Invitation
from app.invitations.queries import addressed
from app.invitations.services import send_letters
from app.mail.models import Message
from app.overview.queries import coverage, seat_changes
from app.personal_data.erasing import strip_contacts
from app.registration.desk_services import mark_of
from app.registration.errors import ChangedMeanwhile
from app.registration.guests import Guest, add_guest
from app.registration.models import Registration
from app.registration.queries import pools_of, units_with_room
from app.registration.rows import Entry
from app.registration.seats import open_more_seats
from app.registration.services import active_of
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, assert_seats_hold, enter
from tests.factories.units import words_of

BASE = "/desk/events/tap-huan-2024/invitations"
LAM = Guest(
    GuestKind.PRESENTER,
    "Vụ Giáo dục thường xuyên",
    Entry("Đặng Hải Lâm", "Chuyên viên chính", email="lam@example.vn", honorific="Ông"),
)
MINISTRY = Guest(GuestKind.GUEST, "Bộ Giáo dục và Đào tạo", Entry(None))


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo Thử", kind="district_committee")
        make_unit("PB-1", "Văn phòng Sở", kind="department")
    return make_event(seats=4, units=3)


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def invite(event: Event, guest: Guest = LAM) -> Registration:
    with unit_of_work():
        return add_guest(event.id, guest, by=DESK, now=IN_TIME)


def named(event: Event, code: str) -> Participation:
    return next(one for one in participations(event) if one.code == code)


def fresh(registration: Registration) -> Registration:
    return db.session.get_one(Registration, registration.id, populate_existing=True)


def send_all(event: Event, *ids: int) -> None:
    with unit_of_work():
        send_letters(lock_event(event.id), set(ids) or None, by=DESK, now=IN_TIME)


def letters_of(registration: Registration) -> list[tuple[int, str]]:
    return [
        (one.version, one.state)
        for one in db.session.scalars(
            select(Invitation)
            .where(Invitation.registration_id == registration.id)
            .order_by(Invitation.version)
            .execution_options(populate_existing=True)
        )
    ]


def mails(template: str) -> list[Message]:
    return list(db.session.scalars(select(Message).where(Message.template == template)))


# ---------------------------------------------------------------- seats


@pytest.mark.both_databases
def test_guests_sit_beside_the_planned_seats(event: Event) -> None:
    entry = invite(event)
    pool = db.session.get_one(SeatPool, entry.pool_id)
    assert (entry.state, pool.name, pool.seats, pool.taken) == ("confirmed", "Khách mời", 1, 1)
    assert [one.kinds for one in pools_of(event)] == [[]]
    invite(event, MINISTRY)
    assert guest_seats(event.id) == 2
    for number in range(1, 4):
        enter(named(event, f"THPT-{number:03d}"), f"Người Thử {number}")
    enter(named(event, "BCD-1"), "Người Thử Bốn")
    waiting = enter(named(event, "PB-1"), "Người Thử Năm").registration
    assert waiting.state == "waitlisted"
    assert_seats_hold(event.id)
    with unit_of_work():
        one = fresh(entry)
        remove_guest(one, mark=mark_of(one), reason="Thử", by=DESK, now=IN_TIME)
    assert (fresh(waiting).state, guest_seats(event.id)) == ("waitlisted", 1)
    assert_seats_hold(event.id)


@pytest.mark.both_databases
def test_the_hall_is_the_limit_for_guests_seats_and_hall(event: Event) -> None:
    with unit_of_work():
        edit_event(lock_event(event.id), {"hall_seats": 6}, by=DESK, now=IN_TIME)
    invite(event)
    invite(event, MINISTRY)
    with pytest.raises(SeatsRefused, match="Hội trường có 6 ghế, đã dành hết cho 4 chỗ dự kiến"):
        invite(event, MINISTRY)
    with pytest.raises(SeatsRefused, match="chỉ có 6 ghế"), unit_of_work():
        open_more_seats(lock_event(event.id), 1, by=DESK, now=IN_TIME)
    with pytest.raises(SeatsRefused, match="cần ít nhất 6 ghế"), unit_of_work():
        edit_event(lock_event(event.id), {"hall_seats": 5}, by=DESK, now=IN_TIME)
    with pytest.raises(SeatsRefused, match="cần ít nhất 7 ghế"), unit_of_work():
        edit_event(lock_event(event.id), {"planned_seats": 5}, by=DESK, now=IN_TIME)
    assert_seats_hold(event.id)
    assert len(db.session.scalars(select(Participation).where(
        Participation.unit_id.is_(None))).all()) == 2  # fmt: skip


@pytest.mark.both_databases
def test_eight_clerks_at_once_do_not_fill_the_hall_beyond_its_seats(
    app: Flask, event: Event
) -> None:
    with unit_of_work():
        edit_event(lock_event(event.id), {"hall_seats": 7}, by=DESK, now=IN_TIME)
    event_id, refused, barrier = event.id, [], threading.Barrier(8)
    db.session.remove()

    def deed() -> None:
        with app.app_context():
            try:
                barrier.wait(timeout=10)
                with unit_of_work():
                    add_guest(event_id, MINISTRY, by=DESK, now=IN_TIME)
            except DomainError as error:
                refused.append(type(error).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=deed) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    assert refused == ["SeatsRefused"] * 5
    assert guest_seats(event_id) == 3
    codes = db.session.scalars(
        select(Participation.code).where(Participation.unit_id.is_(None))
    ).all()
    assert sorted(codes) == ["KM-001", "KM-002", "KM-003"]
    assert_seats_hold(event_id)


# ---------------------------------------------------------------- everywhere a unit was assumed


def test_a_guest_counts_in_no_statistic_of_units(desk: FlaskClient, event: Event) -> None:
    before = coverage(event)
    entry = invite(event)
    after = coverage(event)
    assert (after.kinds, after.districts, after.guests) == (before.kinds, before.districts, 1)
    assert seat_changes(event) == []
    assert units_with_room(event, "Vụ Giáo dục")[1] == 0
    page = desk.get("/desk/events/tap-huan-2024/").text
    assert "0/4 đại biểu đã có chỗ" in page
    assert "1 khách mời ngoài số chỗ" in page
    base = "/desk/events/tap-huan-2024"
    unit = entry.participation_id
    for path in (f"units/{unit}/link", f"registrations/new?unit={unit}",
                 f"participations/{unit}/cutoff",
                 f"waiting/reserves/{entry.pool_id}"):  # fmt: skip
        assert desk.get(f"{base}/{path}").status_code == 404, path
    detail = words_of(desk.get(f"{base}/registrations/{entry.id}"))
    assert "Bằng giấy mời, không qua đơn vị" in detail
    assert "Hạn của đơn vị" not in detail
    for path in ("registrations", "registrations?kind=presenter", "seats", "waiting", "settings",
                 "check-in", "documents", "missing"):  # fmt: skip
        assert desk.get(f"{base}/{path}").status_code in (200, 404), path


def test_calling_units_again_leaves_guests_as_they_are(event: Event) -> None:
    entry = invite(event)
    with unit_of_work():
        call_units(lock_event(event.id), by=DESK, now=IN_TIME)
    assert fresh(entry).participation.name == "Vụ Giáo dục thường xuyên"


def test_a_guest_gets_the_letter_and_no_mail_meant_for_units(event: Event) -> None:
    entry = invite(event)
    assert [one.template for one in db.session.scalars(select(Message))] == []
    send_all(event, entry.participation_id)
    assert [(one.template, one.recipient) for one in db.session.scalars(select(Message))] == [
        ("invitation", "lam@example.vn")
    ]
    letter = db.session.scalars(select(Invitation)).one()
    assert letter.content["addressee"]["name"] == "Đặng Hải Lâm"
    assert letter.content["addressee"]["honorific"] == "Ông"
    assert letter.content["code"]


def test_lists_have_guests_first_and_organisers_last(event: Event) -> None:
    enter(named(event, "THPT-001"), "Tạ Đăng Khuê")
    invite(event)
    invite(event, MINISTRY)  # nobody is named: not on the list
    invite(event, Guest(GuestKind.ORGANISER, "Phòng GDTX&ĐH", Entry("Hà Thị Mơ", "Chuyên viên")))
    groups = [(one.title, [row.name for row in one.rows])
              for one in build_list(event, ListOptions()).groups if one.rows]  # fmt: skip
    assert [title for title, _rows in groups][0::2] == ["Khách mời, báo cáo viên", "Ban Tổ chức"]
    assert [rows for _title, rows in groups] == [["Đặng Hải Lâm"], ["Tạ Đăng Khuê"], ["Hà Thị Mơ"]]


def test_a_guests_own_address_goes_with_their_contacts(event: Event) -> None:
    entry = invite(event)
    with unit_of_work():
        strip_contacts(fresh(entry))
    participation = fresh(entry).participation
    assert (participation.email, participation.phone) == (None, None)


# ---------------------------------------------------------------- add, edit, remove


def guest_values(**changes: str) -> dict[str, str]:
    return {"role": "presenter", "organisation": "Vụ Giáo dục thường xuyên",
            "address_as": "Ông", "full_name": "Đặng Hải Lâm", "position": "Chuyên viên chính",
            "phone": "0912 345 678", "email": "lam@example.vn", **changes}  # fmt: skip


def test_the_desk_adds_a_guest(desk: FlaskClient, event: Event) -> None:
    answer = desk.post(f"{BASE}/guests/new", data=guest_values(), follow_redirects=True)
    page = words_of(answer)
    assert "Đã thêm Đặng Hải Lâm." in page
    assert "Ông Đặng Hải Lâm" in page
    assert "KM-001 · Báo cáo viên" in page
    entry = db.session.scalars(select(Registration)).one()
    assert (entry.phone, entry.email, entry.source, entry.honorific) == (
        "+84912345678", "lam@example.vn", "invitation", "Ông")  # fmt: skip
    added = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "guest.added")).one()
    assert added.after == {"organisation": "Vụ Giáo dục thường xuyên", "role": "presenter"}


@pytest.mark.parametrize("typed", ["", "Đại diện", "đại diện Lãnh đạo Bộ"])
def test_a_guest_may_be_a_representative(desk: FlaskClient, event: Event, typed: str) -> None:
    desk.post(f"{BASE}/guests/new", data=guest_values(
        full_name=typed, organisation="Lãnh đạo Bộ Giáo dục và Đào tạo", position=""))  # fmt: skip
    entry = db.session.scalars(select(Registration)).one()
    assert (entry.full_name, entry.participation.name) == (None, "Bộ Giáo dục và Đào tạo")
    send_all(event, entry.participation_id)
    unit = db.session.scalars(select(Invitation)).one().content["addressee"]["unit"]
    assert unit == "Lãnh đạo Bộ Giáo dục và Đào tạo"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"organisation": " "}, "Hãy nhập cơ quan, tổ chức của khách mời."),
        ({"organisation": "x" * 201}, "Tên cơ quan dài quá 200 chữ."),
        ({"full_name": "Đặng Hải Lâm, Hà Thị Mơ"}, "Họ và tên"),
        ({"phone": "0912"}, "Điện thoại"),
        ({"email": "lam@"}, "Thiếu phần sau chữ @"),
        ({"role": "king"}, "Vai trò"),
    ],
)
def test_what_is_wrong_with_a_guest_is_said(
    desk: FlaskClient, event: Event, changes: dict[str, str], sentence: str
) -> None:
    answer = desk.post(f"{BASE}/guests/new", data=guest_values(**changes))
    assert (answer.status_code, sentence in words_of(answer)) == (422, True)
    assert db.session.scalars(select(Registration)).all() == []


def test_a_full_hall_is_said_on_the_page(desk: FlaskClient, event: Event) -> None:
    with unit_of_work():
        edit_event(lock_event(event.id), {"hall_seats": 4}, by=DESK, now=IN_TIME)
    assert "Hội trường còn 0 ghế" in words_of(desk.get(f"{BASE}/guests/new"))
    answer = desk.post(f"{BASE}/guests/new", data=guest_values())
    assert answer.status_code == 409
    assert "Hội trường có 4 ghế, đã dành hết" in words_of(answer)
    assert 'value="Đặng Hải Lâm"' in answer.text


def test_a_name_that_comes_late_keeps_the_code_and_makes_a_new_letter(
    desk: FlaskClient, event: Event
) -> None:
    entry = invite(event, Guest(GuestKind.GUEST, "Bộ GDĐT", Entry(None, email="bo@example.vn")))
    send_all(event, entry.participation_id)
    path = f"{BASE}/guests/{entry.participation_id}"
    answer = desk.post(path, data=guest_values(mark=mark_of(fresh(entry)), email="bo@example.vn",
                                               organisation="Bộ GDĐT"), follow_redirects=True)  # fmt: skip
    assert "Giấy mời cũ đã hủy, giấy mời mới đã xếp vào thư" in words_of(answer)
    assert letters_of(entry) == [(1, "void"), (2, "queued")]
    assert (fresh(entry).full_name, fresh(entry).code_version) == ("Đặng Hải Lâm", 1)


def test_another_organisation_is_another_letter(event: Event) -> None:
    entry = invite(event)
    send_all(event, entry.participation_id)
    other = Guest(GuestKind.GUEST, "Cục Nhà giáo", LAM.entry)
    with unit_of_work():
        one = guest_of(event, entry.participation_id)
        change = edit_guest(one, other, mark=mark_of(one), by=DESK, now=IN_TIME)
    assert (change.letter, letters_of(entry)) == ("sent", [(1, "void"), (2, "queued")])


def test_another_guest_in_their_place_gets_the_next_letter_and_the_old_one_is_told(
    event: Event,
) -> None:
    entry = invite(event)
    send_all(event, entry.participation_id)
    with unit_of_work():
        db.session.scalars(select(Message)).one().state = "sent"
    with unit_of_work():
        one = fresh(entry)
        replace_delegate(one, one.participation, Entry("Hà Thị Mơ", email="mo@example.vn"),
                         by=DESK, now=IN_TIME)  # fmt: skip
    assert [one.recipient for one in mails("letter_void")] == ["lam@example.vn"]
    assert [one.recipient for one in mails("invitation")] == ["lam@example.vn", "mo@example.vn"]
    assert mails("receipt") == []
    assert_seats_hold(event.id)


def test_two_clerks_at_one_guest(desk: FlaskClient, event: Event) -> None:
    entry = invite(event)
    path = f"{BASE}/guests/{entry.participation_id}"
    seen = mark_of(fresh(entry))
    desk.post(path, data=guest_values(mark=seen, position="Vụ trưởng"))
    late = desk.post(path, data=guest_values(mark=seen, position="Phó Vụ trưởng"))
    assert late.status_code == 409
    assert "Chưa ghi gì" in words_of(late)
    assert fresh(entry).position == "Vụ trưởng"


def test_a_guest_no_longer_invited_is_told_and_the_letter_dies(
    desk: FlaskClient, event: Event
) -> None:
    entry = invite(event)
    send_all(event, entry.participation_id)
    with unit_of_work():
        db.session.scalars(select(Message)).one().state = "sent"
    path = f"{BASE}/guests/{entry.participation_id}/remove"
    assert "hết hiệu lực" in words_of(desk.get(path))
    missing = desk.post(path, data={"mark": mark_of(fresh(entry))})
    assert (missing.status_code, "Hãy ghi lý do." in words_of(missing)) == (422, True)
    desk.post(path, data={"mark": mark_of(fresh(entry)), "reason": "Bận công tác"})
    assert (fresh(entry).state, letters_of(entry)) == ("withdrawn", [(1, "void")])
    assert [one.recipient for one in mails("letter_void")] == ["lam@example.vn"]
    assert mails("withdrawn") == []
    assert desk.get(path).status_code == 404
    assert addressed(event) == [] or all(one.participation.unit_id for one in addressed(event))


def test_guests_of_another_event_and_units_are_not_found(desk: FlaskClient, event: Event) -> None:
    school = named(event, "THPT-001")
    enter(school)
    assert desk.get(f"{BASE}/guests/{school.id}").status_code == 404
    assert desk.get(f"{BASE}/guests/999999").status_code == 404


# ---------------------------------------------------------------- names of invited units


def grid_values(desk: FlaskClient, **typed: str) -> dict[str, str]:
    """What the page would post, with some fields typed over ("full_name-PB-1")."""
    page = html.fromstring(desk.get(f"{BASE}/representatives").text)
    (form,) = page.find_class("name-grid")
    values = {name: value or "" for name, value in form.form_values()}
    ids = {one.code: one.id for one in db.session.scalars(select(Participation))}
    for key, value in typed.items():
        field, code = key.split("__")
        start = f"{field}-{ids[code.replace('_', '-')]}-"
        values[next(name for name in values if name.startswith(start))] = value
    return values


def save(desk: FlaskClient, **typed: str) -> str:
    return words_of(desk.post(f"{BASE}/representatives", data=grid_values(desk, **typed),
                              follow_redirects=True))  # fmt: skip


def test_names_for_several_units_at_once(desk: FlaskClient, event: Event) -> None:
    page = save(desk, full_name__BCD_1="Bà Vương Diễm Lệ", position__BCD_1="Phó Chủ tịch",
                full_name__PB_1="Hà Văn Mười", phone__PB_1="0912345678")  # fmt: skip
    assert "Đã ghi 2 đơn vị." in page
    committee = active_of(named(event, "BCD-1").id)[0]
    assert (committee.full_name, committee.honorific, committee.position, committee.state) == (
        "Vương Diễm Lệ", "Bà", "Phó Chủ tịch", "confirmed")  # fmt: skip
    assert active_of(named(event, "PB-1").id)[0].phone == "+84912345678"
    assert "Không có gì thay đổi." in save(desk)


def test_a_first_name_amends_and_another_person_replaces(desk: FlaskClient, event: Event) -> None:
    committee = named(event, "BCD-1")
    send_all(event, committee.id)
    first = active_of(committee.id)[0]
    assert "1 giấy mời đã gửi nay hủy" in save(desk, full_name__BCD_1="Vương Diễm Lệ")
    assert [one.id for one in active_of(committee.id)] == [first.id]
    assert letters_of(first) == [(1, "void"), (2, "queued")]
    save(desk, full_name__BCD_1="Hà Văn Mười")
    (second,) = active_of(committee.id)
    assert (second.replaces_id, fresh(first).state) == (first.id, "replaced")
    assert letters_of(first) == [(1, "void"), (2, "void")]
    save(desk, full_name__BCD_1="", position__BCD_1="", honorific__BCD_1="")
    (third,) = active_of(committee.id)
    assert (third.full_name, third.state, third.replaces_id) == (None, "confirmed", second.id)
    assert letters_of(third) == [(1, "queued")]
    assert_seats_hold(event.id)


def test_one_wrong_row_and_nothing_is_saved(desk: FlaskClient, event: Event) -> None:
    values = grid_values(desk, full_name__BCD_1="Vương Diễm Lệ", full_name__PB_1="Mười 10",
                         email__PB_1="x@")  # fmt: skip
    answer = desk.post(f"{BASE}/representatives", data=values)
    page = words_of(answer)
    assert answer.status_code == 422
    assert "Chưa ghi gì: 1 dòng cần xem lại" in page
    assert "Văn phòng Sở: Họ và tên không có chữ số." in page
    assert 'value="Vương Diễm Lệ"' in answer.text
    assert db.session.scalars(select(Registration)).all() == []


def test_a_name_in_capitals_is_offered_not_changed_silently(
    desk: FlaskClient, event: Event
) -> None:
    values = grid_values(desk, full_name__PB_1="HÀ VĂN MƯỜI")
    answer = desk.post(f"{BASE}/representatives", data=values)
    assert (answer.status_code, 'value="Hà Văn Mười"' in answer.text) == (422, True)
    assert "Đã đổi cách viết tên. Nếu đúng, hãy lưu lần nữa." in words_of(answer)
    assert db.session.scalars(select(Registration)).all() == []


def test_a_row_changed_meanwhile_is_not_overwritten(desk: FlaskClient, event: Event) -> None:
    old = grid_values(desk, full_name__BCD_1="Vương Diễm Lệ")
    save(desk, full_name__BCD_1="Hà Văn Mười")
    assert "Người khác vừa sửa dòng này, nay là “Hà Văn Mười”." in words_of(
        desk.post(f"{BASE}/representatives", data=old)
    )
    assert active_of(named(event, "BCD-1").id)[0].full_name == "Hà Văn Mười"
    second = grid_values(desk, full_name__BCD_1="Vương Diễm Lệ")
    save(desk, position__BCD_1="Chủ tịch")
    answer = desk.post(f"{BASE}/representatives", data=second)
    assert (answer.status_code, "Người khác vừa sửa dòng này" in words_of(answer)) == (422, True)
    assert active_of(named(event, "BCD-1").id)[0].full_name == "Hà Văn Mười"


def test_pasted_cells_fill_the_grid_and_store_nothing(desk: FlaskClient, event: Event) -> None:
    text = "Ban chỉ đạo thử\tBà Vương Diễm Lệ\nPB-1\tHà Văn Mười\tChánh Văn phòng\r\n\nLạ\tAi Đó"
    answer = desk.post(f"{BASE}/representatives/paste", data={"pasted": text})
    page = words_of(answer)
    assert "Đã điền 2 dòng, chưa lưu" in page
    assert "Không thấy đơn vị của các dòng sau: Lạ Ai Đó" in page
    for value in ("Vương Diễm Lệ", "Hà Văn Mười", "Chánh Văn phòng"):
        assert f'value="{value}"' in answer.text
    assert db.session.scalars(select(Registration)).all() == []
    long = desk.post(f"{BASE}/representatives/paste", data={"pasted": "x" * 20_001})
    assert (long.status_code, "Đoạn dán quá dài" in words_of(long)) == (422, True)


def test_a_unit_without_a_seat_left_is_named(desk: FlaskClient, event: Event) -> None:
    for number in range(1, 4):
        enter(named(event, f"THPT-{number:03d}"), f"Người Thử {number}")
    enter(named(event, "BCD-1"), "Người Thử Bốn")
    assert "Hết chỗ, vào danh sách chờ: Hà Văn Mười." in save(desk, full_name__PB_1="Hà Văn Mười")


# ---------------------------------------------------------------- one list


def test_one_list_of_all_routes_narrowed_by_route_name_and_words(
    desk: FlaskClient, event: Event
) -> None:
    enter(named(event, "THPT-001"), "Tạ Đăng Khuê")
    invite(event)
    invite(event, MINISTRY)
    everybody = words_of(desk.get(BASE))
    assert "5 người được mời" in everybody
    for word in ("THPT-001 · theo phiếu", "BCD-1 · theo giấy mời", "KM-001 · Báo cáo viên"):
        assert word in everybody
    guests = words_of(desk.get(f"{BASE}?route=guest"))
    assert ("Bộ Giáo dục và Đào tạo" in guests, "THPT-001" in guests) == (True, False)
    assert "KM-001" in words_of(desk.get(f"{BASE}?q=lam+dang"))
    assert "THPT-001" not in words_of(desk.get(f"{BASE}?q=lam+dang"))
    unnamed = words_of(desk.get(f"{BASE}?unnamed=1"))
    assert ("KM-002" in unnamed, "BCD-1" in unnamed, "KM-001" in unnamed) == (True, True, False)
    assert "Không có giấy mời nào khớp" in words_of(desk.get(f"{BASE}?answer=yes"))
    for silly in ("route=x&state=y&page=0&answer=z", "page=99999999999999999999", "page=-1"):
        assert desk.get(f"{BASE}?{silly}").status_code == 200


def test_the_list_has_pages_and_asks_no_more_for_many_rows(desk: FlaskClient, event: Event) -> None:
    invite(event)
    desk.get(BASE)  # reads the account, once
    with counted_queries() as few:
        desk.get(BASE)
    with unit_of_work():
        for number in range(60):
            add_guest(event.id, Guest(GuestKind.GUEST, f"Cơ quan {number}", Entry(None)),
                      by=DESK, now=IN_TIME)  # fmt: skip
    with counted_queries() as many:
        first = words_of(desk.get(BASE))
    assert len(many) == len(few)
    assert "Dòng 1–50 trong 63" in first
    assert "Dòng 51–63 trong 63" in words_of(desk.get(f"{BASE}?page=2"))


# ---------------------------------------------------------------- one person in two places


@pytest.fixture
def twice(event: Event) -> tuple[Registration, Registration]:
    """(school's entry, committee's entry) of one person."""
    school = enter(named(event, "THPT-001"), "Phạm Thu Hiên").registration
    committee = enter(named(event, "BCD-1"), "PHẠM THU HIÊN", "Ủy viên", by=DESK).registration
    return school, committee


def ending(event: Event, one: Registration) -> None:
    with unit_of_work():
        end_entry(event.id, one.id, mark=mark_of(fresh(one)), reason="Trùng người", by=DESK,
                  now=IN_TIME)  # fmt: skip


def test_pairs_stand_side_by_side(
    desk: FlaskClient, event: Event, twice: tuple[Registration, Registration]
) -> None:
    invite(event, Guest(GuestKind.GUEST, "Hội Khuyến học", Entry("Phạm Thu Hiền", "Ủy viên")))
    exact, near = doubles_of(event)
    assert (exact.near, exact.seen, len(exact.members)) == (False, False, 2)
    assert (near.near, near.seen, len(near.members)) == (True, False, 3)
    page = words_of(desk.get(f"{BASE}/doubles"))
    assert "2 trường hợp cần xem" in page
    assert "Có thể trùng: tên khác dấu" in page
    assert "1 người đứng tên ở hai nơi" in words_of(desk.get(BASE))


def test_a_unit_that_registers_is_told_why_and_its_seat_passes_on(
    desk: FlaskClient, event: Event, twice: tuple[Registration, Registration]
) -> None:
    school, committee = twice
    enter(named(event, "THPT-002"), "Người Thử Hai")
    enter(named(event, "THPT-003"), "Người Thử Ba")
    waiting = enter(named(event, "PB-1"), "Người Thử Năm").registration
    path = f"{BASE}/doubles/{school.id}"
    asked = words_of(desk.get(path))
    assert "Phạm Thu Hiên dự với Ban Chỉ đạo Thử." in desk.get(path).text.replace(
        "PHẠM THU HIÊN", ""
    )
    assert "Chỗ này chuyển ngay cho Người Thử Năm" in asked
    answer = desk.post(path, data={"mark": mark_of(fresh(school)), "reason": "Đã dự với Ban Chỉ đạo."},
                       follow_redirects=True)  # fmt: skip
    assert "Đã rút một suất của người này. Chỗ này chuyển cho Người Thử Năm" in words_of(answer)
    assert (fresh(school).state, fresh(waiting).state) == ("withdrawn", "confirmed")
    (told,) = mails("withdrawn")
    assert told.context["sentence"] == "Đã dự với Ban Chỉ đạo."
    assert fresh(committee).flags == []
    assert doubles_of(event) == []
    assert_seats_hold(event.id)


def test_an_invited_unit_falls_back_to_its_representative(
    event: Event, twice: tuple[Registration, Registration]
) -> None:
    school, committee = twice
    send_all(event)
    ending(event, committee)
    (standing,) = active_of(named(event, "BCD-1").id)
    assert (standing.full_name, standing.state, fresh(committee).state) == (
        None, "confirmed", "replaced")  # fmt: skip
    assert letters_of(committee) == [(1, "void")]
    assert letters_of(standing) == [(1, "queued")]
    assert (fresh(school).flags, doubles_of(event)) == ([], [])


def test_a_guest_who_is_a_delegate_too_goes_as_a_guest(
    event: Event, twice: tuple[Registration, Registration]
) -> None:
    guest = invite(event, Guest(GuestKind.GUEST, "Hội Khuyến học", Entry("Phạm Thu Hiên")))
    assert len(doubles_of(event)[0].members) == 3
    ending(event, guest)
    assert (fresh(guest).state, guest_seats(event.id)) == ("withdrawn", 0)
    assert len(doubles_of(event)[0].members) == 2


def test_different_people_are_shown_as_seen_until_another_comes(
    event: Event, twice: tuple[Registration, Registration]
) -> None:
    (pair,) = doubles_of(event)
    marks = {one.registration.id: mark_of(one.registration) for one in pair.members}
    with unit_of_work():
        keep_all(event.id, marks, pair.flag, by=DESK, now=IN_TIME)
    assert [one.seen for one in doubles_of(event)] == [True]
    assert [fresh(one).flags for one in twice] == [["seen:same_person"]] * 2
    invite(event, Guest(GuestKind.GUEST, "Hội Khuyến học", Entry("Phạm Thu Hiên")))
    assert [(one.seen, len(one.members)) for one in doubles_of(event)] == [(False, 3)]


def test_near_names_once_seen_stay_seen_when_a_phone_is_corrected(event: Event) -> None:
    one = enter(named(event, "THPT-001"), "Phạm Thu Hiên").registration
    enter(named(event, "THPT-002"), "Phạm Thu Hiền")
    (near,) = doubles_of(event)
    marks = {member.registration.id: mark_of(member.registration) for member in near.members}
    with unit_of_work():
        keep_all(event.id, marks, near.flag, by=DESK, now=IN_TIME)
    from app.registration.services import amend

    with unit_of_work():
        entry = fresh(one)
        amend(entry, entry.participation, Entry("Phạm Thu Hiên", "Hiệu trưởng", "+84912345678"),
              by=DESK, now=IN_TIME)  # fmt: skip
    assert [double.seen for double in doubles_of(event)] == [True]


@pytest.mark.both_databases
def test_two_clerks_never_end_both(event: Event, twice: tuple[Registration, Registration]) -> None:
    school, committee = twice
    marks = {one.id: mark_of(fresh(one)) for one in twice}
    ending(event, school)
    with pytest.raises(ChangedMeanwhile), unit_of_work():  # its flag is gone: another mark
        end_entry(event.id, committee.id, mark=marks[committee.id], reason="x", by=DESK,
                  now=IN_TIME)  # fmt: skip
    with pytest.raises(NoLongerTwice), unit_of_work():
        end_entry(event.id, committee.id, mark=mark_of(fresh(committee)), reason="x", by=DESK,
                  now=IN_TIME)  # fmt: skip
    with pytest.raises(NoLongerTwice), unit_of_work():
        keep_all(event.id, marks, "same_person", by=DESK, now=IN_TIME)
    assert fresh(committee).state == "confirmed"


def test_the_page_of_doubles_asks_no_more_for_many(
    desk: FlaskClient, event: Event, twice: tuple[Registration, Registration]
) -> None:
    desk.get(BASE)  # reads the account, once
    with counted_queries() as few:
        desk.get(f"{BASE}/doubles")
    for number in range(12):
        for role in (GuestKind.GUEST, GuestKind.ORGANISER):
            invite(
                event, Guest(role, f"Cơ quan {number}", Entry(f"Lê Văn {'ABCDEGHIKLMN'[number]}n"))
            )
    with counted_queries() as many:
        assert "13 trường hợp cần xem" in words_of(desk.get(f"{BASE}/doubles"))
    assert len(many) == len(few)
