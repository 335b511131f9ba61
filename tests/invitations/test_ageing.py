"""What the desk sees of letters whose words changed after a leader agreed, or after they went out."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import unit_of_work
from app.events.models import Event
from app.events.queries import lock_event
from app.extensions import db
from app.invitations import approvals
from app.invitations.numbering import set_number
from app.invitations.queries import addressed
from app.invitations.sending import judge
from app.invitations.services import send_letters
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event
from tests.factories.registration import IN_TIME, fill
from tests.factories.units import words_of

BASE = "/desk/events/tap-huan-2024"
OUTDATED = "Đã đổi, cần trình lại"


@pytest.fixture
def desk(app: Flask, frozen_clock: FrozenClock) -> FlaskClient:
    client = app.test_client()
    sign_in(client, make_account("desk"))
    return client


def made(*, approval: bool) -> Event:
    event = make_event(seats=3, units=3, approval=approval)
    fill(event, 3)
    return event


def move(event: Event, venue: str) -> str:
    """→ the venue before."""
    with unit_of_work():
        event = lock_event(event.id)
        before, event.venue = event.venue, venue
    return before


def agreed(event: Event) -> None:
    with unit_of_work():
        one = approvals.submit(event, by=DESK, now=IN_TIME)
    with unit_of_work():
        approvals.approve(one, mark=one.digest, by=DESK, now=IN_TIME)
    with unit_of_work():
        set_number(event, "12", IN_TIME.date(), by=DESK, now=IN_TIME)


def test_approved_letters_that_changed_say_so_and_say_what_to_do(desk: FlaskClient) -> None:
    event = made(approval=True)
    agreed(event)
    assert words_of(desk.get(f"{BASE}/invitations")).count("Sẵn sàng gửi") == 1 + 3  # tab, rows
    before = move(event, "Hội trường số Hai")
    page = words_of(desk.get(f"{BASE}/invitations"))
    assert page.count(OUTDATED) == 3
    assert "3 giấy mời đã đổi sau khi trình" in page
    assert {judge(event, row) for row in addressed(event)} == {"not_ready"}  # as sending sees it
    assert f"{OUTDATED} 3" in words_of(desk.get(f"{BASE}/approvals"))
    assert OUTDATED not in words_of(desk.get(f"{BASE}/invitations?state=ready"))
    assert words_of(desk.get(f"{BASE}/invitations?state=submitted")).count(OUTDATED) == 3
    move(event, before)
    assert OUTDATED not in words_of(desk.get(f"{BASE}/invitations"))


def test_a_letter_that_is_out_keeps_its_state_and_tells_of_the_change(desk: FlaskClient) -> None:
    event = made(approval=False)
    with unit_of_work():
        send_letters(event, None, by=DESK, now=IN_TIME)
    told = "lời thư đã đổi, người nhận chưa có bản mới"
    assert told not in words_of(desk.get(f"{BASE}/invitations"))
    move(event, "Hội trường số Hai")
    page = words_of(desk.get(f"{BASE}/invitations"))
    assert page.count(told) == 3 and OUTDATED not in page


def test_the_bar_brings_the_ticked_rows_before_a_leader(desk: FlaskClient) -> None:
    event = made(approval=True)
    ids = [str(row.participation.id) for row in addressed(event)]
    assert f'formaction="{BASE}/approvals/choose' in desk.get(f"{BASE}/invitations").text
    page = desk.post(f"{BASE}/approvals/choose", data={"ids": ids[:2]})
    assert "Trình lãnh đạo 2 thư" in words_of(page)
    assert f'value="{ids[0]},{ids[1]}"' in page.text
    view = f"{BASE}/approvals/choose?state=draft"
    assert "Trình lãnh đạo 3 thư" in words_of(desk.post(view, data={"everything": "1"}))
    nobody = desk.post(f"{BASE}/approvals/choose", follow_redirects=True)
    assert "Chưa chọn ai" in words_of(nobody)
    desk.post(f"{BASE}/approvals/submit", data={"ids": ",".join(ids[:2])})
    db.session.expire_all()
    assert [row.state for row in addressed(event)].count("submitted") == 2


def test_no_leader_in_between_no_button(desk: FlaskClient) -> None:
    made(approval=False)
    assert "approvals/choose" not in desk.get(f"{BASE}/invitations").text
