"""The desk's letters and the page a delegate opens: each outcome."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.queries import letter_secret
from app.mail.models import Message
from app.mail.tasks import sweep_outbox
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import replace, withdraw
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, enter, unit_actor
from tests.factories.units import typed_values, unit_path, words_of

BASE = "/desk/events/tap-huan-2024/invitations"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo Thử", kind="district_committee")
    return make_event(seats=3, units=3)


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def named(event: Event, code: str) -> Participation:
    return next(one for one in participations(event) if one.code == code)


def school(event: Event, number: int = 1) -> Participation:
    return named(event, f"THPT-{number:03d}")


def letters() -> list[Invitation]:
    return list(db.session.scalars(
        select(Invitation).order_by(Invitation.id).execution_options(populate_existing=True)
    ))  # fmt: skip


def mails() -> int:
    return db.session.scalar(
        select(func.count()).select_from(Message).where(Message.thing_type == "invitation")
    ) or 0  # fmt: skip


def send(desk: FlaskClient, *ids: int, **more: str) -> str:
    response = desk.post(f"{BASE}/send", data={"ids": [str(one) for one in ids], **more},
                         follow_redirects=True)  # fmt: skip
    return words_of(response)


def letter_path(letter: Invitation) -> str:
    return f"/invitations/{letter_secret(letter)}"


def change_to(entry: Registration, name: str) -> None:
    with unit_of_work():
        one = db.session.get_one(Registration, entry.id)
        replace(one, one.participation, Entry(name, "Hiệu trưởng"),
                by=unit_actor(one.participation), now=IN_TIME)  # fmt: skip


# ---------------------------------------------------------------- sending


def test_sent_twice_sends_nothing(desk: FlaskClient, event: Event) -> None:
    unit = school(event)
    enter(unit)
    assert "Đã đưa 1 thư vào hàng gửi." in send(desk, unit.id)
    assert (len(letters()), mails()) == (1, 1)
    again = send(desk, unit.id)
    assert "Đã đưa 0 thư vào hàng gửi." in again
    assert "1 người đã có đúng thư này, không gửi lại." in again
    assert (len(letters()), mails()) == (1, 1)


def test_the_delegates_own_mailbox_gets_a_copy(desk: FlaskClient, event: Event) -> None:
    unit = school(event)
    enter(unit, email="hien@example.vn")
    send(desk, unit.id)
    assert set(db.session.scalars(
        select(Message.recipient).where(Message.thing_type == "invitation")
    )) == {unit.email, "hien@example.vn"}  # fmt: skip


def test_a_changed_letter_is_a_new_version(desk: FlaskClient, event: Event) -> None:
    unit = school(event)
    enter(unit)
    send(desk, unit.id)
    desk.post(f"{BASE}/number", data={"number": "214", "issued_on": "07/03/2024"})
    assert "Đã đưa 1 thư vào hàng gửi." in send(desk, unit.id)
    first, second = letters()
    assert [(one.version, one.state, one.number) for one in (first, second)] == [
        (1, "void", None), (2, "queued", "214"),
    ]  # fmt: skip
    assert mails() == 1  # the first one had not left: it never will
    old = desk.get(letter_path(first))
    assert "Giấy mời này không còn hiệu lực" in words_of(old)
    assert "Mã điểm danh của" not in words_of(old)
    assert desk.get(letter_path(first) + "/giay-moi.pdf").status_code == 404
    new = words_of(desk.get(letter_path(second)))
    assert "Số 214/GM-SGDĐT, ngày 07/03/2024" in new
    assert "bản 2" in words_of(desk.get(BASE))


def test_everything_goes_to_those_without_their_letter(desk: FlaskClient, event: Event) -> None:
    first, second = school(event, 1), school(event, 2)
    enter(first)
    enter(second, "Tạ Đăng Khuê")
    send(desk, first.id)
    answer = desk.post(f"{BASE}/send", data={"everything": "1"})
    assert answer.location.endswith(f"{BASE}/batches/new")  # many go by a batch
    assert len(letters()) == 1
    desk.post(f"{BASE}/batches", data={"key": "a-key-of-the-page"})
    sweep_outbox()
    assert len(letters()) == 3


def test_an_invited_unit_without_a_name_gets_a_seat_with_its_letter(
    desk: FlaskClient, event: Event
) -> None:
    committee = named(event, "BCD-1")
    assert "Đại diện Lãnh đạo" in words_of(desk.get(BASE))
    send(desk, committee.id)
    entry = db.session.scalars(
        select(Registration).where(Registration.participation_id == committee.id)
    ).one()
    assert (entry.state, entry.full_name, entry.source) == ("confirmed", None, "invitation")
    assert letters()[0].content["addressee"]["name"] == ""
    assert "Đại diện" in words_of(desk.get(letter_path(letters()[0])))


def test_a_unit_without_a_mailbox_is_named(desk: FlaskClient, event: Event) -> None:
    unit = school(event)
    enter(unit)
    with unit_of_work():
        db.session.get_one(Participation, unit.id).email = None
    page = send(desk, unit.id)
    assert "1 đơn vị chưa có thư điện tử" in page
    assert len(letters()) == 1


def test_nobody_chosen_is_said(desk: FlaskClient, event: Event) -> None:
    assert "Chưa chọn ai." in send(desk)
    assert letters() == []


def test_other_events_units_are_ignored(desk: FlaskClient, event: Event) -> None:
    other = make_event(units=0, slug="khac", reserves=[])
    stranger = next(one for one in participations(other) if one.code == "THPT-001")
    enter(stranger)
    send(desk, stranger.id, 99999)
    assert letters() == []
    assert desk.get(f"{BASE}/{stranger.id}.pdf").status_code == 404
    assert desk.get("/desk/events/khong-co/invitations").status_code == 404


def test_a_withdrawn_delegate_gets_no_letter(desk: FlaskClient, event: Event) -> None:
    unit = school(event)
    entry = enter(unit).registration
    with unit_of_work():
        withdraw(
            db.session.get_one(Registration, entry.id),
            db.session.get_one(Participation, unit.id),
            by=unit_actor(unit),
            now=IN_TIME,
        )
    send(desk, unit.id)
    assert letters() == []


def test_the_state_follows_the_mail(desk: FlaskClient, event: Event) -> None:
    unit = school(event)
    enter(unit)
    send(desk, unit.id)
    assert "Chờ gửi 1" in words_of(desk.get(BASE))
    sweep_outbox()
    page = words_of(desk.get(BASE))
    assert "Đã gửi 1" in page
    assert "Phạm Thu Hiên" in words_of(desk.get(f"{BASE}?state=sent"))
    assert "Phạm Thu Hiên" not in words_of(desk.get(f"{BASE}?state=draft"))


# ---------------------------------------------------------------- number and date


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"number": "214/GM", "issued_on": ""}, "Chỉ nhập phần số, ví dụ 214."),
        ({"number": "²", "issued_on": ""}, "Chỉ nhập phần số, ví dụ 214."),
        ({"number": "1" * 21, "issued_on": ""}, "Số dài quá 20 ký tự."),
        ({"number": "", "issued_on": "31/02/2024"}, "Ngày viết theo dạng ngày/tháng/năm"),
        ({"number": "", "issued_on": "2024-03-07"}, "Ngày viết theo dạng ngày/tháng/năm"),
    ],
)
def test_a_wrong_number_or_date_stands_at_its_field(
    desk: FlaskClient, event: Event, typed: dict[str, str], sentence: str
) -> None:
    response = desk.post(f"{BASE}/number", data=typed)
    assert response.status_code == 422
    assert sentence in words_of(response)
    values = typed_values(response)
    assert {name: values[name] for name in typed} == typed
    db.session.expire_all()
    assert not db.session.get_one(Event, event.id).letter.get("number")


def test_number_and_date_are_kept_emptied_and_recorded(desk: FlaskClient, event: Event) -> None:
    desk.post(f"{BASE}/number", data={"number": "214", "issued_on": "7/3/2024"})
    assert typed_values(desk.get(BASE))["issued_on"] == "07/03/2024"
    desk.post(f"{BASE}/number", data={"number": "", "issued_on": ""})
    values = typed_values(desk.get(BASE))
    assert (values["number"], values["issued_on"]) == ("", "")
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert actions.count("invitation.numbered") == 2


# ---------------------------------------------------------------- the delegate's page


def test_the_letter_opens_with_code_place_and_files(
    app: Flask, desk: FlaskClient, event: Event
) -> None:
    unit = school(event)
    enter(unit)
    send(desk, unit.id)
    letter = letters()[0]
    assert desk.get(letter_path(letter)).status_code == 200
    assert letters()[0].opened_at is None  # a colleague who looks is not the delegate
    delegate = app.test_client()
    page = words_of(delegate.get(letter_path(letter)))
    for text in ("Ông (Bà) Phạm Thu Hiên", "Hiệu trưởng, Trường THPT Thử 001", "Địa điểm",
                 "Mã điểm danh của"):  # fmt: skip
        assert text in page
    pdf = delegate.get(letter_path(letter) + "/giay-moi.pdf")
    assert pdf.data.startswith(b"%PDF")
    assert (
        delegate.get(letter_path(letter) + "/tap-huan.ics").status_code == 404
    )  # time is tentative
    opened = letters()[0]
    assert opened.opened_at is not None
    assert opened.downloaded_at is not None
    assert "đã mở" in words_of(desk.get(BASE))
    assert "Đã có giấy mời" in words_of(delegate.get(unit_path(unit)))


def test_a_replaced_delegates_letter_is_dead(desk: FlaskClient, event: Event) -> None:
    unit = school(event)
    entry = enter(unit).registration
    send(desk, unit.id)
    old = letters()[0]
    change_to(entry, "Tạ Đăng Khuê")
    page = words_of(desk.get(letter_path(old)))
    assert "Giấy mời này không còn hiệu lực" in page
    assert "Phạm Thu Hiên" not in page
    for rest in ("/giay-moi.pdf", "/tap-huan.ics"):
        assert desk.get(letter_path(old) + rest).status_code == 404
    assert "Đã có giấy mời" not in words_of(desk.get(unit_path(unit)))
    assert "Đã đưa 1 thư" in send(desk, unit.id)
    assert "Tạ Đăng Khuê" in words_of(desk.get(letter_path(letters()[-1])))


def test_guessed_links_open_nothing(client: FlaskClient, desk: FlaskClient, event: Event) -> None:
    enter(school(event))
    send(desk, school(event).id)
    right = letter_path(letters()[0])
    unit_secret = unit_path(school(event)).removeprefix("/units/")
    for wrong in (right[:-1], right + "A", "/invitations/x", f"/invitations/{unit_secret}",
                  right.replace("/invitations/", "/units/")):  # fmt: skip
        response = client.get(wrong)
        assert response.status_code == 404
        assert "Phạm Thu Hiên" not in words_of(response)


# ---------------------------------------------------------------- who may


def test_a_leader_looks_and_does_not_send(client: FlaskClient, event: Event) -> None:
    unit = school(event)
    enter(unit)
    sign_in(client, make_account("leader"))
    page = client.get(BASE)
    assert "Phạm Thu Hiên" in words_of(page)
    assert "/send" not in page.get_data(as_text=True)
    assert unit.email not in page.get_data(as_text=True)
    assert client.post(f"{BASE}/send", data={"ids": [str(unit.id)]}).status_code == 403
    assert client.post(f"{BASE}/number", data={"number": "1"}).status_code == 403
    assert letters() == []


@pytest.mark.parametrize("rest", ["", "/all.pdf", "/1.pdf"])
def test_the_hall_sees_no_letters(client: FlaskClient, event: Event, rest: str) -> None:
    enter(school(event))
    sign_in(client, make_account("hall"))
    assert client.get(BASE + rest).status_code == 403


@pytest.mark.parametrize("rest", ["", "/all.pdf", "/1.pdf"])
def test_strangers_are_asked_to_sign_in(client: FlaskClient, event: Event, rest: str) -> None:
    assert client.get(BASE + rest).status_code == 302


def test_all_letters_and_one_before_sending(desk: FlaskClient, event: Event) -> None:
    assert desk.get(f"{BASE}/all.pdf").status_code == 404
    unit = school(event)
    enter(unit)
    for rest in (f"{unit.id}.pdf", "all.pdf", f"{named(event, 'BCD-1').id}.pdf"):
        response = desk.get(f"{BASE}/{rest}")
        assert (response.status_code, response.data[:4]) == (200, b"%PDF")
    assert letters() == []


def test_nobody_to_invite_yet(app: Flask, client: FlaskClient, frozen_clock: FrozenClock) -> None:
    make_event(units=1)
    sign_in(client, make_account("desk"))
    assert "Chưa có ai để mời" in words_of(client.get(BASE))


# ---------------------------------------------------------------- how many queries


def test_as_many_queries_with_one_letter_as_with_a_hundred(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock
) -> None:
    made = make_event(seats=120, units=100)
    ids = [one.id for one in participations(made)]
    sign_in(client, make_account("desk"))

    def used() -> int:
        db.session.remove()
        with counted_queries() as sent:
            assert client.get(BASE).status_code == 200
        return len(sent)

    enter(db.session.get_one(Participation, ids[0]))
    send(client, ids[0])
    used()
    one = used()
    for number, key in enumerate(ids[1:]):
        enter(db.session.get_one(Participation, key), f"Người Thử {chr(65 + number % 26)}")
    client.post(f"{BASE}/batches", data={"key": "a-key-of-the-page"})
    sweep_outbox()
    assert len(letters()) == 100
    assert used() == one <= 14
