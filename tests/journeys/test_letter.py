"""A delegate with the letter's link on a phone: open, answer, no network in the hall, void."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core import clock
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.invitations.changes import withdraw_delegate
from app.invitations.models import Invitation
from app.invitations.queries import letter_secret
from app.invitations.services import send_letters
from app.mail.models import Message
from app.registration.models import ChangeRequest
from tests.factories.events import make_event, participations
from tests.factories.registration import IN_TIME, enter
from tests.journeys.conftest import PATIENCE, Live, overflows
from tests.journeys.desk import enter_desk

pytestmark = pytest.mark.journey
KEPT = "Trang này đã lưu trên máy, mở được cả khi mất mạng."


@pytest.fixture
def letter(live: Live, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the letter of one delegate, a week before the cut-off."""
    monkeypatch.setattr(clock, "real_now", lambda: IN_TIME)
    with live.app.app_context():
        event_id = make_event(seats=3, units=3).id
        unit = participations(db.session.get_one(Event, event_id))[0]
        enter(unit, now=now())
        with unit_of_work():
            send_letters(db.session.get_one(Event, event_id), {unit.id}, by=SYSTEM, now=now())
        invitation = db.session.scalars(select(Invitation)).one()
        return f"{live.url}/invitations/{letter_secret(invitation)}"


def stored(live: Live) -> Invitation:
    return db.session.scalars(select(Invitation)).one()


def fits(page: Page, axe: Callable[[Page], list[str]]) -> None:
    page.wait_for_load_state()
    assert overflows(page) == 0
    assert axe(page) == []


def test_open_answer_offline_void(
    live: Live, phone: Page, letter: str, axe: Callable[[Page], list[str]]
) -> None:
    phone.goto(letter)
    fits(phone, axe)
    expect(phone.get_by_text("Chưa trả lời")).to_be_visible()
    expect(phone.get_by_text(KEPT)).to_be_visible()  # the worker has page and assets
    assert phone.context.cookies() == []
    map_link = phone.get_by_role("link", name="Mở bản đồ")
    assert (map_link.get_attribute("href") or "").startswith("https://www.google.com/maps/search/")

    phone.get_by_role("link", name="Sẽ dự").click()
    expect(phone.get_by_role("heading", name="Phạm Thu Hiên sẽ dự tập huấn?")).to_be_visible()
    fits(phone, axe)
    phone.get_by_role("button", name="Sẽ dự").click()
    expect(phone.locator("#answer .tag")).to_have_text("Sẽ dự")
    with live.app.app_context():
        assert (stored(live).answer, stored(live).opened_at is not None) == ("yes", True)

    phone.get_by_role("link", name="Phóng to mã").click()
    large = phone.locator("#code-large")
    expect(large).to_be_visible()
    assert large.locator("svg").first.bounding_box()["width"] >= 300
    fits(phone, axe)
    phone.keyboard.press("Escape")
    expect(large).to_be_hidden()

    phone.wait_for_load_state()
    phone.context.set_offline(True)
    phone.goto(letter)  # a new visit in the hall
    expect(phone.get_by_role("heading", name="Mất mạng")).to_be_visible()
    expect(phone.get_by_text("Phạm Thu Hiên").first).to_be_visible()
    expect(phone.locator("#answer .tag")).to_have_text("Sẽ dự")  # the newest kept page
    assert (
        phone.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") == "10px"
    )
    fits(phone, axe)
    phone.get_by_role("link", name="Phóng to mã").click()
    expect(large).to_be_visible()
    phone.goto(f"{letter}/answer/no")  # needs the network: back at the letter
    expect(phone.get_by_role("heading", name="Mất mạng")).to_be_visible()

    with live.app.app_context(), unit_of_work():
        one = stored(live).registration
        withdraw_delegate(one, one.participation, by=SYSTEM, now=now())
    phone.context.set_offline(False)  # the page asks anew by itself
    gone = phone.get_by_role("heading", name="Giấy mời này không còn hiệu lực")
    expect(gone).to_be_visible(timeout=PATIENCE)  # a slow answer shows the kept page first
    fits(phone, axe)
    phone.wait_for_function(
        "navigator.serviceWorker.getRegistrations().then((all) => all.length === 0)"
    )
    assert phone.evaluate("caches.keys()") == []


def test_somebody_else_and_not_at_all(
    live: Live, phone: Page, letter: str, axe: Callable[[Page], list[str]]
) -> None:
    phone.goto(letter)
    phone.get_by_role("link", name="Cử người khác").click()
    expect(phone.get_by_role("heading", name="Cử người khác thay Phạm Thu Hiên")).to_be_visible()
    fits(phone, axe)
    phone.get_by_role("button", name="Gửi đề nghị cử người khác").click()
    expect(phone.get_by_role("alert")).to_contain_text("chỗ cần sửa")
    fits(phone, axe)
    phone.get_by_label("Họ và tên người mới").fill("Tạ Đăng Khuê")
    phone.get_by_role("textbox", name="Chức vụ").fill("Phó Hiệu trưởng")
    phone.get_by_label("Lý do").fill("Bận coi thi")
    phone.get_by_role("button", name="Gửi đề nghị cử người khác").click()
    expect(phone.get_by_text("Đề nghị cử Tạ Đăng Khuê đi thay.")).to_be_visible()
    fits(phone, axe)
    with live.app.app_context():
        assert db.session.scalars(select(ChangeRequest.source)).one() == "delegate"

    phone.get_by_role("link", name="Không dự được").click()
    phone.get_by_label("Lý do").fill("Ốm")
    fits(phone, axe)
    phone.get_by_role("button", name="Gửi trả lời không dự được").click()
    expect(phone.locator("#answer .tag")).to_have_text("Không dự được")


def test_without_scripts(live: Live, browser, watch, letter: str) -> None:
    context = watch.context(
        browser, viewport={"width": 360, "height": 760}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(letter)
    page.get_by_role("link", name="Phóng to mã").click()
    expect(page.locator("#code-large")).to_be_visible()
    page.get_by_role("link", name="Đóng").click()
    expect(page.locator("#code-large")).to_be_hidden()
    page.get_by_role("link", name="Không dự được").click()
    page.get_by_label("Lý do").fill("Ốm")
    page.get_by_role("button", name="Gửi trả lời không dự được").click()
    expect(page.locator("#answer .tag")).to_have_text("Không dự được")
    context.close()


def test_the_desk_calls_and_prints(
    live: Live, page: Page, letter: str, axe: Callable[[Page], list[str]]
) -> None:
    with live.app.app_context(), unit_of_work():
        one = stored(live)
        one.registration.participation.email = None
        one.registration.participation.phone = "+842253000111"
        one.registration.phone = "+84912000111"
        for mail in db.session.scalars(select(Message).where(Message.thing_id == one.id)):
            mail.state, mail.error_code, mail.recipient = "failed", "no_address", ""
    enter_desk(page, live)
    page.goto(f"{live.url}/desk/events/tap-huan-2024/invitations/proof")
    fits(page, axe)
    page.get_by_role("link", name="Báo qua điện thoại").click()
    expect(page.get_by_role("heading", name="Phạm Thu Hiên")).to_be_visible()
    fits(page, axe)
    page.get_by_label("Ghi chú").fill("Gặp văn thư, đã dặn")
    page.get_by_role("button", name="Đã báo qua điện thoại").click()
    expect(page.get_by_text("Không còn ai phải báo")).to_be_visible()
    page.get_by_role("link", name="In giấy mời, nhãn, phong bì").click()
    expect(page.get_by_role("heading", name="Nhãn địa chỉ, phong bì")).to_be_visible()
    fits(page, axe)
    page.get_by_role("button", name="Ghi đã in 1 giấy mời").click()
    expect(page.get_by_text("Đã ghi: đã in 1 giấy mời.")).to_be_visible()
    fits(page, axe)
