"""Three schools and the desk on phones: link, entry, form, scan, receipt, a late request, a
replacement and a withdrawal by request, and the seat that goes to the next in the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.core.clock import forget_now
from app.core.database import unit_of_work
from app.core.rehearsal import move_clock_to
from app.events.links import send_links
from app.events.models import Event, Participation
from app.extensions import db
from app.registration.models import Registration
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, assert_seats_hold
from tests.factories.scans import degraded
from tests.factories.units import unit_path
from tests.journeys.conftest import PHONE, Live, Watch, overflows
from tests.journeys.desk import deliver, enter_desk, link_in_mail, words_of_pdf

pytestmark = pytest.mark.journey
DESK_PATH = "/desk/events/tap-huan-2024"


@pytest.fixture
def live_env() -> dict[str, str]:
    return {"REHEARSAL": "1"}


@pytest.fixture
def event_id(live: Live) -> int:
    """The plan with one seat and four schools; the rehearsal's clock stands a week before."""
    with live.app.app_context():
        with unit_of_work():
            move_clock_to(IN_TIME)
        forget_now()
        return make_event(seats=1, units=4).id


@pytest.fixture
def desk(live: Live, event_id: int, browser: Browser, watch: Watch) -> Iterator[Page]:
    """The officer's phone."""
    context = watch.context(browser, **PHONE)
    page = context.new_page()
    enter_desk(page, live)
    yield page
    context.close()


@pytest.fixture
def sound(axe: Callable[[Page], list[str]]) -> Callable[[Page], None]:
    def check(page: Page) -> None:
        assert axe(page) == [], page.url
        assert overflows(page) == 0, page.url

    return check


def school(live: Live, event_id: int, number: int) -> str:
    """The address of the event's first, second, … school."""
    with live.app.app_context():
        event = db.session.get_one(Event, event_id)
        return live.url + unit_path(participations(event)[number - 1])


def link_from_the_mail(live: Live, event_id: int) -> str:
    """The first school's link as the mail brings it."""
    with live.app.app_context():
        event = db.session.get_one(Event, event_id)
        first = db.session.get_one(Participation, participations(event)[0].id)
        with unit_of_work():
            send_links(event, [first], by=DESK, now=IN_TIME)
    deliver(live)
    return link_in_mail(live, "units")


def fill(page: Page, name: str, position: str = "Phó Hiệu trưởng") -> None:
    page.get_by_role("textbox", name="Họ và tên").fill(name)
    page.get_by_role("textbox", name="Chức vụ").fill(position)


def steps_done(page: Page) -> int:
    return page.locator(".stepper li.done").count()


def move_the_clock_past_the_cut_off(desk: Page, live: Live) -> None:
    desk.goto(f"{live.url}/desk/rehearsal-clock")
    desk.get_by_role("textbox", name="Ngày").fill("05/03/2024")
    desk.get_by_role("textbox", name="Giờ").fill("17:24")
    desk.get_by_role("button", name="Chuyển tới giờ này").click()
    expect(desk.locator(".clock-time")).to_contain_text("17:24")


def accept_the_request(desk: Page, live: Live, unit: str, sound: Callable[[Page], None]) -> None:
    desk.goto(f"{live.url}{DESK_PATH}/requests")
    sound(desk)
    desk.get_by_role("button", name=f"Duyệt {unit}").click()
    expect(desk.get_by_text("Không có đề nghị nào chờ xét")).to_be_visible()
    sound(desk)


def standing(live: Live) -> dict[str, str]:
    """Delegate → state, of every entry that was ever made."""
    with live.app.app_context():
        rows = db.session.execute(
            select(Registration.full_name, Registration.state).order_by(Registration.id)
        )
        return {str(name): str(state) for name, state in rows}


def test_from_the_link_to_the_seat_that_is_passed_on(
    live: Live,
    event_id: int,
    phone: Page,
    desk: Page,
    sound: Callable[[Page], None],
    tmp_path: Path,
) -> None:
    # The link, and the entry
    first = link_from_the_mail(live, event_id)
    phone.goto(first)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Trường THPT Thử 001")
    sound(phone)
    fill(phone, "Phạm Thu Hiên")
    phone.get_by_role("button", name="Gửi đăng ký").click()
    expect(phone.get_by_role("heading", name="Sở đã nhận đăng ký")).to_be_visible()
    expect(phone.get_by_role("heading", name="Việc tiếp theo: in và ký")).to_be_visible()
    assert steps_done(phone) == 1
    sound(phone)

    # The form, filled; signed, stamped, photographed askew on a desk
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Tải phiếu PDF").click()
    form = Path(download.value.path()).read_bytes()
    words = words_of_pdf(form)
    assert "Phạm Thu Hiên" in words
    assert "HIỆU TRƯỞNG" in words
    photograph = tmp_path / "IMG_2024.jpg"
    photograph.write_bytes(
        degraded(form, seed=24, dpi=150, rotation=5, perspective=0.03, shadow=0.2, noise=6)
    )
    phone.get_by_label("Chọn tệp có sẵn").set_input_files(photograph)
    expect(phone.get_by_role("heading", name="Sở đã nhận bản ký")).to_be_visible()
    sound(phone)

    # The receipt of the scan, and its check by anybody
    phone.get_by_role("status").get_by_role("link", name="Xem biên nhận").click()
    expect(phone.get_by_role("heading", name="Sở đã nhận, trước hạn")).to_be_visible()
    expect(phone.get_by_text("SHA-256 của tệp")).to_be_visible()
    sound(phone)
    phone.locator("a.receipt-long").click()
    expect(phone.get_by_role("heading", name="Biên nhận này do Sở cấp")).to_be_visible()
    assert "Phạm Thu Hiên" not in phone.content()
    sound(phone)
    phone.goto(first)
    expect(phone.get_by_role("heading", name="Việc tiếp theo: chờ giấy mời")).to_be_visible()
    assert steps_done(phone) == 3
    sound(phone)

    # The second school finds the hall full
    second = school(live, event_id, 2)
    phone.goto(second)
    fill(phone, "Đinh Công Trực")
    phone.get_by_role("button", name="Gửi đăng ký").click()
    expect(phone.get_by_role("heading", name="Đơn vị đứng thứ 1")).to_be_visible()
    sound(phone)

    # The third comes after the cut-off: a request, accepted by the desk
    move_the_clock_past_the_cut_off(desk, live)
    third = school(live, event_id, 3)
    phone.goto(third)
    expect(phone.get_by_role("heading", name="Đã quá hạn đăng ký")).to_be_visible()
    sound(phone)
    fill(phone, "Lương Khắc Định")
    phone.get_by_role("textbox", name="Lý do gửi muộn").fill("Hiệu trưởng mới nhận nhiệm vụ.")
    phone.get_by_role("button", name="Gửi đề nghị bổ sung").click()
    expect(phone.get_by_role("heading", name="Sở đã nhận đề nghị bổ sung")).to_be_visible()
    sound(phone)
    desk.goto(f"{live.url}{DESK_PATH}/late")
    expect(desk.get_by_text("Hiệu trưởng mới nhận nhiệm vụ.")).to_be_visible()
    sound(desk)
    desk.get_by_role("link", name="Nhận Trường THPT Thử 003", exact=True).click()
    sound(desk)
    desk.get_by_role("button", name="Nhận đăng ký").click()
    expect(desk.get_by_text("Lương Khắc Định").first).to_be_visible()
    phone.goto(third)
    expect(phone.get_by_role("heading", name="Đơn vị đứng thứ 2")).to_be_visible()
    sound(phone)

    # The first asks for another delegate: the desk agrees with one click, the form is due again
    phone.goto(first)
    phone.get_by_role("link", name="Đề nghị đổi người dự").click()
    sound(phone)
    phone.get_by_role("textbox", name="Họ và tên người mới").fill("Tạ Đăng Khuê")
    phone.get_by_role("textbox", name="Chức vụ").fill("Hiệu trưởng")
    phone.get_by_role("textbox", name="Lý do").fill("Người được cử đi công tác.")
    phone.get_by_role("button", name="Gửi đề nghị đổi người dự").click()
    expect(phone.get_by_text("Đăng ký chưa thay đổi cho đến khi Sở duyệt.")).to_be_visible()
    expect(phone.get_by_role("heading", name="Phạm Thu Hiên")).to_be_visible()
    sound(phone)
    accept_the_request(desk, live, "Trường THPT Thử 001", sound)
    phone.goto(first)
    expect(phone.get_by_role("heading", name="Tạ Đăng Khuê")).to_be_visible()
    expect(phone.get_by_text("Đã quá hạn gửi bản ký. Vẫn gửi được, hãy gửi sớm.")).to_be_visible()
    assert steps_done(phone) == 1
    sound(phone)

    # It withdraws: the seat goes to the second school, not to the late third
    phone.get_by_role("link", name="Đề nghị rút").click()
    sound(phone)
    phone.get_by_role("textbox", name="Lý do").fill("Trùng lịch kiểm tra của trường.")
    phone.get_by_role("button", name="Gửi đề nghị rút").click()
    expect(phone.get_by_text("Đăng ký chưa thay đổi cho đến khi Sở duyệt.")).to_be_visible()
    sound(phone)
    accept_the_request(desk, live, "Trường THPT Thử 001", sound)
    phone.goto(first)
    expect(phone.get_by_role("heading", name="Tạ Đăng Khuê")).to_be_hidden()
    sound(phone)
    phone.goto(second)
    expect(phone.get_by_role("heading", name="Sở đã nhận đăng ký")).to_be_visible()
    expect(phone.get_by_role("heading", name="Đinh Công Trực")).to_be_visible()
    sound(phone)
    phone.goto(third)
    expect(phone.get_by_role("heading", name="Đơn vị đứng thứ 1")).to_be_visible()
    assert standing(live) == {
        "Phạm Thu Hiên": "replaced",
        "Đinh Công Trực": "confirmed",
        "Lương Khắc Định": "waitlisted",
        "Tạ Đăng Khuê": "withdrawn",
    }
    with live.app.app_context():
        assert_seats_hold(event_id)
    assert deliver(live) > 0
    assert link_in_mail(live, "units")  # everybody concerned was written to, with the own link
