"""The time left on a unit's page goes by the server's clock; messages are copied with one touch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.core import clock
from app.events.models import Event
from app.extensions import db
from app.registration.models import Registration
from tests.factories.events import make_event, participations
from tests.factories.registration import IN_TIME, TOO_LATE, enter
from tests.factories.units import unit_path
from tests.journeys.conftest import PHONE, Live, Watch

pytestmark = pytest.mark.journey

# A phone whose owner set the clock by hand, and may set it again: everything that tells the time
# of day is wrong by `wrong` ms; what counts steadily is not touched.
WRONG_CLOCK = """
  let wrong = %d;
  const RealDate = Date, origin = performance.timeOrigin;
  class WrongDate extends RealDate {
    constructor(...given) { super(...(given.length ? given : [RealDate.now() + wrong])); }
    static now() { return RealDate.now() + wrong; }
  }
  window.Date = WrongDate;
  Object.defineProperty(performance, "timeOrigin", { get: () => origin + wrong });
  window.setClockWrongBy = (ms) => { wrong = ms; };
"""
HOUR = 3_600_000


@pytest.fixture
def event(live: Live, monkeypatch: pytest.MonkeyPatch) -> Event:
    set_clock(monkeypatch, IN_TIME)
    with live.app.app_context():
        return make_event(seats=2, units=2)


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: object) -> None:
    monkeypatch.setattr(clock, "real_now", lambda: moment)


def address(live: Live, event: Event, number: int = 0) -> str:
    with live.app.app_context():
        return live.url + unit_path(participations(db.session.merge(event))[number])


def come_back(page: Page) -> None:
    """As after looking at another app: the page hears that it is to be seen again."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.parametrize("hours", [3, -3])
def test_a_phone_whose_clock_is_wrong_counts_right(
    live: Live, event: Event, browser: Browser, watch: Watch, hours: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    set_clock(monkeypatch, TOO_LATE - timedelta(hours=2, minutes=10, seconds=30))
    context = watch.context(browser, **PHONE)
    context.add_init_script(WRONG_CLOCK % (hours * HOUR))
    page = context.new_page()
    page.goto(address(live, event))
    timer = page.get_by_role("timer")
    expect(timer).to_have_text("2 giờ 10 phút", use_inner_text=True)
    page.evaluate(f"setClockWrongBy({-hours * HOUR})")  # set by hand while the page is open
    come_back(page)
    expect(timer).to_have_text("2 giờ 10 phút", use_inner_text=True)
    context.close()


def test_after_sleep_the_server_is_asked(
    live: Live, event: Event, phone: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, TOO_LATE - timedelta(hours=5, seconds=-30))
    phone.goto(address(live, event))
    timer = phone.get_by_role("timer")
    expect(timer).to_have_text("4 giờ 59 phút", use_inner_text=True)
    # The phone slept for three hours, and its steady clock with it.
    set_clock(monkeypatch, TOO_LATE - timedelta(hours=2, seconds=-30))
    come_back(phone)
    expect(timer).to_have_text("1 giờ 59 phút", use_inner_text=True)


def test_the_cut_off_passes_while_the_page_is_open_and_sending_is_not_blocked(
    live: Live, event: Event, phone: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, TOO_LATE - timedelta(seconds=2))
    phone.goto(address(live, event))
    over = phone.get_by_text("Đã quá hạn. Vẫn gửi được: Sở nhận như đề nghị và xét.")
    expect(over).to_be_hidden()
    expect(over).to_be_visible()
    set_clock(monkeypatch, TOO_LATE + timedelta(seconds=2))
    phone.get_by_role("textbox", name="Họ và tên").fill("Phạm Thu Hiên")
    phone.get_by_role("textbox", name="Chức vụ").fill("Hiệu trưởng")
    phone.get_by_role("button", name="Gửi đăng ký").click()
    expect(phone.get_by_role("heading", name="Sở đã nhận đề nghị bổ sung")).to_be_visible()
    with live.app.app_context():
        assert db.session.scalars(select(Registration.state)).all() == ["late"]


def test_a_message_is_copied_with_one_touch(
    live: Live, event: Event, browser: Browser, watch: Watch
) -> None:
    with live.app.app_context():
        enter(participations(db.session.merge(event))[0], "Phạm Thu Hiên")
    context = watch.context(browser, **PHONE, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address(live, event))
    box = page.get_by_label("Tin gửi lãnh đạo và người dự")
    page.get_by_role("button", name="Chép tin").click()
    expect(page.get_by_text("Đã chép. Mở Zalo và dán.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == box.input_value()
    assert box.evaluate("box => box.scrollHeight - box.clientHeight") <= 0  # all of it is seen
    context.close()


def test_an_apps_own_browser_without_a_clipboard_copies_too(
    live: Live, event: Event, browser: Browser, watch: Watch
) -> None:
    with live.app.app_context():
        enter(participations(db.session.merge(event))[0], "Phạm Thu Hiên")
    context = watch.context(browser, **PHONE)
    context.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined });"
        "document.addEventListener('copy', () => { window.copied = String(getSelection()); });"
    )
    page = context.new_page()
    page.goto(address(live, event))
    page.get_by_role("button", name="Chép tin").click()
    expect(page.get_by_text("Đã chép. Mở Zalo và dán.")).to_be_visible()
    assert "Phạm Thu Hiên" in page.evaluate("window.copied")
    context.close()


def test_without_the_script_everything_is_there(
    live: Live, event: Event, browser: Browser, watch: Watch
) -> None:
    context = watch.context(browser, **PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(address(live, event))
    page.get_by_role("textbox", name="Họ và tên").fill("Phạm Thu Hiên")
    page.get_by_role("textbox", name="Chức vụ").fill("Hiệu trưởng")
    page.get_by_role("button", name="Gửi đăng ký").click()
    expect(page.get_by_role("heading", name="Sở đã nhận đăng ký")).to_be_visible()
    expect(page.get_by_label("Tin gửi lãnh đạo và người dự")).to_be_visible()
    expect(page.get_by_role("button", name="Chép tin")).to_be_hidden()
    expect(page.get_by_role("button", name="Gửi tệp đã chọn")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải phiếu PDF").click()
    assert download.value.suggested_filename.endswith(".pdf")
    context.close()


def test_the_tab_key_goes_down_the_page(live: Live, event: Event, desktop: Page) -> None:
    with live.app.app_context():
        enter(participations(db.session.merge(event))[0], "Phạm Thu Hiên")
    for number in (0, 1):  # the standing entry; the form
        desktop.goto(address(live, event, number))
        places = []
        for _key in range(40):
            desktop.keyboard.press("Tab")
            place = desktop.evaluate(
                "document.activeElement === document.body ? null"
                " : document.activeElement.getBoundingClientRect().top + scrollY"
            )
            if place is None:
                break
            places.append(place)
        assert len(places) > 8
        downwards = places[1:]  # the first is the way past the head, which stands above the page
        assert downwards == sorted(downwards)
