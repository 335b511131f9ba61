"""The board in a real browser, live while others scan; a photograph where there is no camera."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import func, select

from app.checkin import board_drawings
from app.checkin.board_drawings import Boards
from app.checkin.gate_services import revoke_gate
from app.checkin.models import Gate, Presence
from app.checkin.session_services import close_session
from app.core import clock
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from tests.checkin.test_photos import picture
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import make_gate, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import enter
from tests.journeys.conftest import PHONE, Live, Watch, overflows

pytestmark = pytest.mark.journey
NOW = from_local(datetime(2024, 3, 12, 7, 52))
PEOPLE = ["Phạm Thu Hiên", "Bạch Thế Hiển", "Ngọ Văn Đông", "Nguyễn Thị Thanh Thảo Quỳnh Hương"]
SCREEN = {"viewport": {"width": 1920, "height": 1080}}


@dataclass(frozen=True)
class Hall:
    live: Live
    slug: str
    session_id: int
    ids: list[int]
    codes: list[str]

    def board(self, query: str = "") -> str:
        return f"{self.live.url}/hall/{self.slug}/board{query}"

    def arrive(self, place: int, minutes: int = 0) -> None:
        with self.live.app.app_context():
            registration = db.session.get_one(Registration, self.ids[place])
            scan(registration, now=NOW + timedelta(minutes=minutes))

    def pair(self, page: Page, name: str) -> None:
        with self.live.app.app_context():
            event = db.session.scalars(select(Event)).one()
            secret = make_gate(event, name, now=NOW).secret
        page.goto(self.live.address("checkin.pair", secret=secret))
        page.get_by_role("button", name="Ghép máy này").click()
        page.wait_for_url(re.compile(f"/hall/{self.slug}/"))


@pytest.fixture
def hall(live: Live, monkeypatch: pytest.MonkeyPatch) -> Hall:
    """Boards that ask every second and look anew also where drawing is slow: nobody waits for them."""
    monkeypatch.setattr(clock, "real_now", lambda: NOW)
    monkeypatch.setattr(board_drawings, "SOON", 1)
    monkeypatch.setattr(board_drawings, "LOOK_AGAIN", 0.1)
    monkeypatch.setattr(board_drawings, "SHARE", 0)
    live.app.extensions["hall_boards"] = Boards(wait=1)
    with live.app.app_context():
        event = make_event(seats=9, units=6)
        entries = [
            enter(unit, name).registration
            for unit, name in zip(participations(event), PEOPLE, strict=False)
        ]
        return Hall(
            live,
            event.slug,
            event.sessions[0].id,
            [one.id for one in entries],
            [entry_code(one) for one in entries],
        )


@pytest.fixture
def screen(browser: Browser, watch: Watch) -> Iterator[Page]:
    context = watch.context(browser, **SCREEN)
    yield context.new_page()
    context.close()


def sign_in_browser(page: Page, hall: Hall, role: str) -> None:
    with hall.live.app.app_context():
        client = hall.live.app.test_client()
        sign_in(client, make_account(role))
        cookie = client.get_cookie("session")
    assert cookie is not None
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": hall.live.url}])


def test_the_board_follows_what_the_gates_scan(
    hall: Hall, phone: Page, screen: Page, axe: Callable
) -> None:
    hall.arrive(0)
    hall.pair(screen, "Màn hình")
    screen.goto(hall.board())
    count = screen.locator(".board-count")
    expect(count).to_contain_text("1 /4")
    assert axe(screen) == []
    hall.pair(phone, "Cổng A")
    phone.get_by_role("button", name="Nhập mã").click()
    phone.get_by_label("Mã dưới mã vuông").fill(hall.codes[3])
    phone.get_by_role("button", name="Kiểm tra mã").click()
    expect(count).to_contain_text("2 /4")
    expect(screen.locator(".board-list .latest")).to_contain_text(PEOPLE[3])
    expect(screen.locator("[data-board-spoken]")).to_have_text("2 trong 4 đại biểu đã đến")
    assert screen.evaluate("document.documentElement.scrollHeight") == 1080  # all on one screen
    assert overflows(screen) == 0


def test_what_the_reader_unfolded_and_chose_stays(hall: Hall, screen: Page, axe: Callable) -> None:
    hall.arrive(0)
    sign_in_browser(screen, hall, "leader")
    screen.goto(hall.board())
    screen.get_by_text("Tùy chọn").click()
    assert axe(screen) == []
    screen.get_by_role("link", name="Số người đến mỗi phút").click()
    screen.get_by_text("Tùy chọn").click()
    screen.get_by_role("link", name="Theo quận, huyện").click()
    screen.get_by_text("Tùy chọn").click()
    screen.get_by_role("link", name="Tắt tên người").click()
    expect(screen).to_have_url(re.compile("side=chart&rows=districts&names=0"))
    screen.get_by_text("Xem số liệu").click()
    hall.arrive(1)
    expect(screen.locator(".board-count")).to_contain_text("2 /4")
    expect(screen.locator("details[data-keep] tbody")).to_have_text(re.compile(r"07:52\s*2"))
    expect(screen.locator("details[data-keep] tbody")).to_be_visible()
    expect(screen.locator(".board-districts")).to_be_visible()
    assert PEOPLE[1] not in screen.content()
    assert axe(screen) == []


def test_a_leaders_phone_and_since_when_it_is_old(hall: Hall, phone: Page, axe: Callable) -> None:
    hall.arrive(0)
    sign_in_browser(phone, hall, "leader")
    phone.goto(hall.board())
    for words in ("Theo loại đơn vị", "Vừa đến", "Số người đến mỗi phút", "Theo quận, huyện"):
        expect(phone.get_by_role("heading", name=words)).to_be_visible()
    assert axe(phone) == []
    assert overflows(phone) == 0
    band = phone.locator("[data-board-band]")
    phone.context.set_offline(True)
    expect(band).to_contain_text("Mất mạng. Số liệu lúc 07:52.")
    hall.arrive(1)
    assert axe(phone) == []
    phone.context.set_offline(False)
    expect(phone.locator(".board-count")).to_contain_text("2 /4")
    expect(band).to_be_hidden()


def test_an_open_board_goes_on_to_the_next_session(hall: Hall, phone: Page) -> None:
    hall.arrive(0)
    sign_in_browser(phone, hall, "leader")
    phone.goto(hall.board())
    tabs = phone.get_by_role("navigation", name="Buổi")
    expect(tabs.locator("[aria-current]")).to_have_text("Buổi Sáng")
    with hall.live.app.app_context(), unit_of_work():
        close_session(db.session.scalars(select(Event)).one(), hall.session_id, by=DESK, now=NOW)
    expect(tabs.locator("[aria-current]")).to_have_text("Buổi Chiều")
    expect(phone.locator(".board-count")).to_contain_text("0 /4")


def test_a_gate_that_is_revoked_sees_no_more(hall: Hall, phone: Page) -> None:
    hall.pair(phone, "Cổng A")
    phone.goto(hall.board())
    expect(phone.locator(".board-count")).to_contain_text("0 /4")
    with hall.live.app.app_context(), unit_of_work():
        revoke_gate(db.session.scalars(select(Gate)).one(), by=DESK, now=NOW)
    hall.arrive(0)
    expect(phone.locator("[data-board-band]")).to_contain_text("Máy này không còn được xem bảng.")
    expect(phone.locator(".board-count")).to_contain_text("0 /4")


def test_without_a_camera_a_photograph_lets_in(
    hall: Hall, browser: Browser, watch: Watch, axe: Callable
) -> None:
    """This Chromium has no camera at all."""
    context = watch.context(browser, **PHONE)
    page = context.new_page()
    hall.pair(page, "Cổng A")
    expect(page.locator("[data-problem]")).to_be_visible()
    assert axe(page) == []
    photo = page.get_by_label("Chụp ảnh mã vuông")
    said = page.locator("[data-photo-said]")
    photo.set_input_files(photograph())
    expect(said).to_contain_text("Không đọc được mã vuông trong ảnh")
    context.set_offline(True)
    photo.set_input_files(photograph(hall.codes[0]))
    expect(said).to_contain_text("Mất mạng. Ảnh chưa gửi được")
    context.set_offline(False)
    page.get_by_role("button", name="Gửi ảnh").click()
    expect(page.locator("[data-answer]")).to_contain_text("Mời vào")
    expect(page.locator("[data-answer]")).to_contain_text(PEOPLE[0])
    photo.set_input_files(photograph(hall.codes[1], hall.codes[2]))
    answers = page.locator("[data-photo-answers] li")
    expect(answers).to_have_count(2)
    expect(answers.filter(has_text=PEOPLE[1])).to_contain_text("Mời vào")
    expect(page.locator("[data-arrived]").first).to_have_text("3")
    assert axe(page) == []
    assert overflows(page) == 0
    with hall.live.app.app_context():
        hows = db.session.execute(select(Presence.how, func.count()).group_by(Presence.how)).all()
    assert [tuple(one) for one in hows] == [("photo", 3)]
    context.close()


def test_a_photograph_chosen_while_another_is_read_waits_its_turn(hall: Hall, phone: Page) -> None:
    hall.pair(phone, "Cổng A")
    held: list[Route] = []
    phone.route("**/photos", lambda route: held.append(route), times=1)
    photo, said = phone.get_by_label("Chụp ảnh mã vuông"), phone.locator("[data-photo-said]")
    with phone.expect_request("**/photos"):
        photo.set_input_files(photograph(hall.codes[0]))
    photo.set_input_files(photograph(hall.codes[1]))
    expect(said).to_have_text("Đang đọc ảnh… 1 ảnh đang chờ.")
    held[0].continue_()
    expect(phone.locator("[data-arrived]").first).to_have_text("2")
    expect(said).to_be_hidden()


def photograph(*codes: str) -> dict[str, object]:
    return {"name": "IMG_0001.png", "mimeType": "image/png", "buffer": picture(*codes)}
