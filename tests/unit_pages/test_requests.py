"""The unit asks, the desk answers: every page of both sides, and who was quicker."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.checkin.rules import Outcome
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.extensions import db
from app.registration import requests
from app.registration.codes import entry_code
from app.registration.models import ChangeRequest, Registration
from tests.checkin.conftest import ApartClient
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.changes import LATER, LETTERS, accept, ask_for, fresh, mails_of, send_all
from tests.factories.checkin import scan
from tests.factories.events import make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import TOO_LATE, enter, standing
from tests.factories.units import typed_values, unit_path, words_of

DESK_PATH = "/desk/events/tap-huan-2024/requests"
KHUE = {"full_name": "Tạ Đăng Khuê", "position": "Phó Hiệu trưởng", "reason": "Ốm"}


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(seats=2, units=4)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Unit and desk ask from browsers of their own."""
    app.test_client_class = ApartClient
    return app.test_client()


@pytest.fixture
def entry(event: Event) -> Registration:
    return enter(participations(event)[0]).registration


@pytest.fixture
def unit(entry: Registration, frozen_clock: FrozenClock) -> str:
    """The page after the cut-off."""
    frozen_clock.at = LATER
    return unit_path(entry.participation_id)


@pytest.fixture
def desk(app: Flask, client: FlaskClient, unit: str) -> FlaskClient:
    browser = app.test_client()
    sign_in(browser, make_account("desk"))
    return browser


def asked() -> ChangeRequest:
    return db.session.scalars(
        select(ChangeRequest).order_by(ChangeRequest.id.desc()).limit(1)
        .execution_options(populate_existing=True)
    ).one()  # fmt: skip


def send(client: FlaskClient, unit: str, kind: str = "replace", **changes: str) -> object:
    seen = typed_values(client.get(f"{unit}/requests/{kind}"))["registration_id"]
    return client.post(f"{unit}/requests/{kind}", data={**KHUE, "registration_id": seen, **changes})


def mark() -> str:
    one = asked()
    return requests.request_mark(one, fresh(one.registration))


# ---------------------------------------------------------------- the unit's side


@pytest.mark.parametrize(
    ("step", "own"), [(timedelta(milliseconds=-1), True), (timedelta(0), False)]
)
def test_the_instant_decides_who_does_it(
    client: FlaskClient, unit: str, frozen_clock: FrozenClock, step: timedelta, own: bool
) -> None:
    frozen_clock.at = TOO_LATE + step
    page = words_of(client.get(unit))
    assert ("Đề nghị đổi người dự" in page) is not own
    assert ("Đã hết hạn tự đổi" in page) is not own
    for path in ("change", "withdraw"):
        assert client.get(f"{unit}/{path}").status_code == (200 if own else 303)
    for kind in ("replace", "withdraw"):
        assert client.get(f"{unit}/requests/{kind}").status_code == (303 if own else 200)


def test_once_the_letter_is_out_the_unit_asks_before_the_cutoff_too(
    client: FlaskClient, event: Event, entry: Registration
) -> None:
    unit = unit_path(entry.participation_id)
    form = typed_values(client.get(f"{unit}/change"))
    send_all(event)
    page = words_of(client.get(unit))
    assert "Giấy mời đã gửi: muốn đổi hoặc rút" in page
    refused = client.post(f"{unit}/change", data={**form, **KHUE})
    assert refused.status_code == 409
    assert "Giấy mời đã gửi nên đơn vị không tự đổi" in words_of(refused)
    assert typed_values(refused)["full_name"] == "Tạ Đăng Khuê"
    assert client.post(f"{unit}/withdraw", data=form).status_code == 409
    assert fresh(entry).state == "confirmed"
    assert send(client, unit).status_code == 303


def test_a_request_shows_on_the_page_with_time_and_code(client: FlaskClient, unit: str) -> None:
    response = send(client, unit)
    assert (response.status_code, response.location) == (303, unit)
    page = words_of(client.get(unit))
    code = asked().receipt_code
    for words in ["Đề nghị đổi người dự", "Tạ Đăng Khuê", "Chờ xét", "Rút lại đề nghị",
                  "Sở nhận lúc 09:00, ngày 06/03/2024", f"{code[:4]} {code[4:8]} {code[8:]}"]:  # fmt: skip
        assert words in page, words
    assert "Đơn vị đề nghị đổi người dự thành: Tạ Đăng Khuê." in page


def test_a_second_request_says_that_one_stands(client: FlaskClient, unit: str) -> None:
    typed = typed_values(client.get(f"{unit}/requests/withdraw"))
    send(client, unit)
    assert "Đang có một đề nghị chờ Sở xét" in words_of(client.get(f"{unit}/requests/withdraw"))
    refused = client.post(f"{unit}/requests/withdraw", data={**typed, "reason": "Thôi"})
    assert refused.status_code == 409
    assert "đã có một đề nghị đang chờ Sở xét" in words_of(refused)
    assert db.session.scalar(select(func.count()).select_from(ChangeRequest)) == 1


def test_what_is_missing_is_said_and_what_was_typed_stays(client: FlaskClient, unit: str) -> None:
    page = client.post(f"{unit}/requests/replace", data={"full_name": "Tạ Đăng Khuê"})
    assert page.status_code == 422
    assert "Hãy ghi lý do, để Sở xét." in words_of(page)
    assert typed_values(page)["full_name"] == "Tạ Đăng Khuê"
    page = client.post(f"{unit}/requests/withdraw", data={"reason": "x" * 1001})
    assert "Lý do dài quá 1.000 chữ." in words_of(page)


def test_an_old_page_asks_nothing_about_somebody_else(client: FlaskClient, unit: str) -> None:
    assert send(client, unit, registration_id="999").status_code == 409
    assert db.session.scalar(select(func.count()).select_from(ChangeRequest)) == 0


def test_what_a_unit_types_is_text(client: FlaskClient, desk: FlaskClient, unit: str) -> None:
    send(client, unit, reason="<script>alert(1)</script> {{ 7 * 7 }}")
    for page in (desk.get(DESK_PATH), desk.get(f"{DESK_PATH}/{asked().id}/refuse")):
        html = page.get_data(as_text=True)
        assert "&lt;script&gt;alert(1)" in html
        assert "{{ 7 * 7 }}" in html


def test_taken_back_the_entry_stays(client: FlaskClient, unit: str, entry: Registration) -> None:
    send(client, unit)
    page = client.post(f"{unit}/requests/{asked().id}/take-back", follow_redirects=True)
    assert "Đã rút lại đề nghị." in words_of(page)
    assert (asked().state, fresh(entry).state) == ("taken_back", "confirmed")


def test_another_units_request_is_not_there(client: FlaskClient, event: Event, unit: str) -> None:
    send(client, unit)
    other = unit_path(participations(event)[1])
    assert client.post(f"{other}/requests/{asked().id}/take-back").status_code == 404
    assert asked().state == "open"


def test_after_the_event_the_page_says_it_is_over(
    client: FlaskClient, unit: str, frozen_clock: FrozenClock
) -> None:
    frozen_clock.at = LATER + timedelta(days=30)
    assert "Tập huấn đã kết thúc." in words_of(client.get(unit))
    page = client.get(f"{unit}/requests/replace")
    assert "Tập huấn đã kết thúc" in words_of(page)
    assert "full_name" not in typed_values(page)
    typed = {**KHUE, "registration_id": str(db.session.scalars(select(Registration.id)).one())}
    refused = client.post(f"{unit}/requests/replace", data=typed)
    assert refused.status_code == 409
    assert "Tập huấn đã kết thúc, không đổi hay rút" in words_of(refused)


# ---------------------------------------------------------------- the desk's side


def test_one_click_does_it_and_both_sides_see_it(
    client: FlaskClient, desk: FlaskClient, event: Event, unit: str, entry: Registration
) -> None:
    send_all(event)
    send(client, unit)
    assert "Đề nghị đổi, rút 1" in words_of(desk.get("/desk/events/tap-huan-2024/late"))
    page = desk.post(
        f"{DESK_PATH}/{asked().id}/accept", data={"mark": mark()}, follow_redirects=True
    )
    shown = words_of(page)
    assert "Phạm Thu Hiên thay bằng Tạ Đăng Khuê" in shown
    assert "Giấy mời cũ đã hủy, giấy mời mới đã xếp vào thư gửi đơn vị." in shown
    unit_page = words_of(client.get(unit))
    assert "Đã duyệt" in unit_page
    assert "Giấy mời đã gửi hết hiệu lực." in unit_page
    new = next(one for one in standing(event))
    history = words_of(desk.get(f"/desk/events/tap-huan-2024/registrations/{new.id}"))
    for words in ["Đơn vị đề nghị đổi người dự", "Duyệt đề nghị của đơn vị", "Lý do: Ốm",
                  "Giấy mời đã gửi hết hiệu lực"]:  # fmt: skip
        assert words in history, words


def test_a_withdrawal_passes_the_seat_on(
    client: FlaskClient, desk: FlaskClient, event: Event, unit: str, entry: Registration
) -> None:
    fill_others(event)
    send(client, unit, "withdraw")
    page = desk.post(
        f"{DESK_PATH}/{asked().id}/accept", data={"mark": mark()}, follow_redirects=True
    )
    assert "Chỗ này chuyển cho Người Thử Ba (Trường THPT Thử 003)." in words_of(page)
    assert "Đề nghị rút đăng ký Đã duyệt" in words_of(client.get(unit))


def fill_others(event: Event) -> None:
    units = participations(event)
    enter(units[1], "Người Thử Hai")
    enter(units[2], "Người Thử Ba")


def test_refused_with_a_sentence(
    client: FlaskClient, desk: FlaskClient, unit: str, entry: Registration
) -> None:
    send(client, unit)
    path = f"{DESK_PATH}/{asked().id}/refuse"
    typed = typed_values(desk.get(path))
    assert "Hãy viết một câu" in words_of(desk.post(path, data=typed))
    done = desk.post(path, data={**typed, "reason": "Đã trình ký."}, follow_redirects=True)
    assert "Không nhận đề nghị của Trường THPT Thử 001." in words_of(done)
    assert "Sở trả lời: Đã trình ký." in words_of(client.get(unit))
    assert fresh(entry).state == "confirmed"
    assert desk.get(path).status_code == 303


def test_two_clerks_accept_at_once_and_one_does(
    client: FlaskClient, desk: FlaskClient, event: Event, unit: str
) -> None:
    send(client, unit)
    path, seen = f"{DESK_PATH}/{asked().id}/accept", mark()
    desk.post(path, data={"mark": seen})
    receipts = len(mails_of("receipt"))
    second = desk.post(path, data={"mark": seen}, follow_redirects=True)
    assert "đăng ký đã được người khác thay đổi" in words_of(second)
    assert len(standing(event)) == 1
    assert len(mails_of("receipt")) == receipts


@pytest.mark.parametrize("quicker", ["unit", "desk"])
def test_the_unit_takes_back_while_the_desk_accepts(
    client: FlaskClient, desk: FlaskClient, unit: str, event: Event, quicker: str
) -> None:
    send(client, unit)
    take_back = (client, f"{unit}/requests/{asked().id}/take-back", {})
    accept_it = (desk, f"{DESK_PATH}/{asked().id}/accept", {"mark": mark()})
    for who, path, data in [take_back, accept_it] if quicker == "unit" else [accept_it, take_back]:
        answer = words_of(who.post(path, data=data, follow_redirects=True))
    [one] = standing(event)
    if quicker == "unit":
        assert (asked().state, one.full_name) == ("taken_back", "Phạm Thu Hiên")
        assert "Chưa ghi gì." in answer
    else:
        assert (asked().state, one.full_name) == ("accepted", "Tạ Đăng Khuê")
        assert "Đề nghị này đã được xử lý." in answer


def test_a_request_of_another_event_is_not_there(
    client: FlaskClient, desk: FlaskClient, unit: str
) -> None:
    send(client, unit)
    with unit_of_work():
        fresh(asked().registration.participation.event).slug = "khac"
    assert desk.post(f"{DESK_PATH}/{asked().id}/accept", data={"mark": mark()}).status_code == 404


def test_the_leader_reads_and_changes_nothing(
    app: Flask, client: FlaskClient, desk: FlaskClient, unit: str
) -> None:
    send(client, unit)
    leader = app.test_client()
    sign_in(leader, make_account("leader"))
    page = leader.get(DESK_PATH)
    assert "Tạ Đăng Khuê" in words_of(page)
    assert "/accept" not in page.get_data(as_text=True)
    assert leader.post(f"{DESK_PATH}/{asked().id}/accept").status_code == 403


def test_the_queue_needs_the_same_queries_for_one_and_for_many(
    client: FlaskClient, desk: FlaskClient, event: Event, unit: str
) -> None:
    def used() -> int:
        db.session.remove()
        with counted_queries() as sent:
            assert desk.get(DESK_PATH).status_code == 200
        return len(sent)

    units = [one.id for one in participations(event)[1:]]
    send(client, unit)
    used()
    before = used()
    for one in (db.session.get_one(Participation, key) for key in units):
        ask_for(enter(one, f"Người Thử {one.code[-1]}c").registration)
    assert used() == before


# ---------------------------------------------------------------- at the door


def test_the_old_delegates_code_is_refused_with_the_new_name(
    event: Event, entry: Registration
) -> None:
    send_all(event)
    old_code = entry_code(fresh(entry))
    change = accept(ask_for(entry, now=LETTERS), now=LETTERS)
    result = scan(code=old_code, event=event)
    assert result.outcome == Outcome.REPLACED
    assert result.successor is not None
    assert result.successor.name == "Tạ Đăng Khuê"
    assert scan(change.registration).outcome == Outcome.WELCOME
