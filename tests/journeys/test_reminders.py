"""Reminders at the desk: seen before they go, sent with one button, watched, stopped by a switch;
after the event the clerk's number for the confirmations of those who were there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.core import clock
from app.core.clock import from_local
from app.extensions import db
from app.registration.models import Registration
from tests.factories.checkin import MORNING, scan
from tests.factories.events import make_event, participations
from tests.factories.registration import IN_TIME, enter
from tests.journeys.conftest import Live, overflows
from tests.journeys.desk import attachments, deliver, enter_desk, words_of_pdf

pytestmark = pytest.mark.journey
DESK = "/desk/events/tap-huan-2024"
AFTER = from_local(datetime(2024, 3, 14, 8, 0))


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The last one is now."""
    times = [IN_TIME]
    monkeypatch.setattr(clock, "real_now", lambda: times[-1])
    return times


@pytest.fixture
def desk(live: Live, moments: list[datetime], page: Page) -> Page:
    """Three schools, the first of which has registered."""
    with live.app.app_context():
        event = make_event(seats=4, units=3)
        enter(participations(event)[0], "Phạm Thu Hiên")
    deliver(live)  # its receipt
    enter_desk(page, live)
    return page


def sound(page: Page, axe: Callable[[Page], list[str]]) -> None:
    page.wait_for_load_state()
    assert axe(page) == [], page.url
    assert overflows(page) == 0, page.url


def test_whom_to_remind_is_seen_before_and_who_was_there_is_thanked(
    live: Live, desk: Page, moments: list[datetime], axe: Callable[[Page], list[str]]
) -> None:
    desk.goto(f"{live.url}{DESK}/reminders")
    sound(desk, axe)
    desk.get_by_role("link", name="Nhắc 2 đơn vị").click()
    expect(desk.get_by_role("heading", name="2 thư sẽ gửi")).to_be_visible()
    mail = desk.frame_locator("iframe")
    expect(mail.get_by_text("Trường THPT Thử 002").first).to_be_visible()
    sound(desk, axe)
    desk.get_by_role("button", name="Nhắc 2 đơn vị").click()
    desk.wait_for_url("**/batches/*")
    assert deliver(live) == 2
    desk.reload()
    expect(desk.get_by_text("2 đã gửi")).to_be_visible()
    expect(desk.get_by_text("Dừng hẳn lô này")).to_have_count(0)
    desk.goto(f"{live.url}{DESK}/reminders")
    desk.get_by_role("button", name="Tắt nhắc tự động").click()
    expect(desk.get_by_role("heading", name="Nhắc tự động đang tắt")).to_be_visible()
    number_the_confirmations(live, desk, axe)
    moments.append(AFTER)
    desk.goto(f"{live.url}{DESK}/reminders/thanks")
    expect(desk.get_by_text("Giấy xác nhận chưa có số")).to_have_count(0)
    desk.get_by_role("button", name="Gửi cho 1 người").click()
    desk.wait_for_url("**/batches/*")
    assert deliver(live) == 1
    assert "31/GXN-SGDĐT" in words_of_pdf(attachments(live)["Giay-xac-nhan.pdf"])


def number_the_confirmations(live: Live, desk: Page, axe: Callable[[Page], list[str]]) -> None:
    with live.app.app_context():
        scan(db.session.scalars(select(Registration)).one(), now=MORNING)
    desk.get_by_role("link", name="Số, ngày của giấy xác nhận").click()
    expect(desk.get_by_text("1 người có mặt")).to_be_visible()
    desk.get_by_label("Số giấy xác nhận").fill("31/GXN")
    desk.get_by_role("button", name="Ghi số và ngày").click()
    expect(desk.get_by_role("alert")).to_contain_text("Chỉ nhập phần số")
    sound(desk, axe)
    desk.get_by_label("Số giấy xác nhận").fill("31")
    desk.get_by_label("Ngày ban hành").fill("15/03/2024")
    desk.get_by_role("button", name="Ghi số và ngày").click()
    expect(desk.get_by_text("Đã ghi số và ngày của giấy xác nhận.")).to_be_visible()
    sound(desk, axe)
