"""The hall in a real browser: pairing, a camera fed from a file, typing, searching, scanners."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.checkin.models import Presence, Scan
from app.core import clock
from tests.factories.accounts import make_account, sign_in
from tests.journeys.conftest import DESKTOP, PHONE, Live, Watch, overflows
from tests.journeys.hall import (
    NOW,
    Hall,
    all_sent,
    answer,
    enter_as_staff,
    make_hall,
    pair,
    type_code,
)
from tests.journeys.video import camera_flags, write_video

pytestmark = pytest.mark.journey
SIZES = {"phone": PHONE, "desktop": DESKTOP}


@pytest.fixture
def hall(live: Live, monkeypatch: pytest.MonkeyPatch) -> Hall:
    monkeypatch.setattr(clock, "real_now", lambda: NOW)
    return make_hall(live)


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> dict:
    return SIZES[request.param]


@pytest.fixture
def with_camera(
    hall: Hall, watch: Watch, tmp_path: Path, open_browser: Callable[..., Browser]
) -> Callable[..., Page]:
    """A paired page whose camera sees `shown`, see write_video."""

    def start(shown, options: dict = PHONE) -> Page:
        video = write_video(tmp_path / "camera.y4m", shown)
        context = watch.context(
            open_browser(*camera_flags(video)), permissions=["camera"], **options
        )
        page = context.new_page()
        pair(page, hall)
        return page

    return start


def test_a_code_before_the_camera_is_let_in_once_and_can_be_undone(
    hall: Hall, with_camera: Callable[..., Page], size: dict, axe: Callable
) -> None:
    page = with_camera([(hall.codes["Phạm Thu Hiên"], 20), (None, 4)], size)
    expect(answer(page)).to_have_class(re.compile("answer-in"))
    expect(answer(page)).to_contain_text("Mời vào")
    expect(answer(page)).to_contain_text("Phạm Thu Hiên")
    expect(page.locator("[data-spoken]")).to_have_text(
        "Mời vào. Phạm Thu Hiên, Trường THPT Thử 001."
    )
    assert axe(page) == []
    expect(answer(page)).to_be_hidden()  # by itself: no tap for the next scan
    expect(page.locator("[data-arrived]").first).to_have_text("1")
    assert axe(page) == []
    assert overflows(page) == 0
    page.wait_for_timeout(1500)  # the code is still held up: it counts once
    assert hall.count(Scan) == 1
    page.locator("[data-last]").get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("[data-last-unit]")).to_have_text("Đã hoàn tác: Phạm Thu Hiên.")
    expect(page.locator("[data-arrived]").first).to_have_text("0")
    assert hall.count(Presence, Presence.undone_at.is_(None)) == 0


def test_a_foreign_code_does_not_block_the_next(
    hall: Hall, with_camera: Callable[..., Page]
) -> None:
    page = with_camera([("93118701426605", 4), (hall.codes["Bạch Thế Hiển"], 30)])
    expect(answer(page)).to_have_class(re.compile("answer-stop"))
    expect(answer(page)).to_contain_text("9311 8701 4266 05")
    page.wait_for_timeout(4500)  # the next code is up, but a light answer stays until tapped
    expect(answer(page)).to_have_class(re.compile("answer-stop"))
    answer(page).get_by_role("button", name="Quét tiếp").click()
    expect(answer(page)).to_contain_text("Bạch Thế Hiển")


def test_typed_codes_get_all_answers(hall: Hall, page: Page, axe: Callable) -> None:
    pair(page, hall)
    expect(page.locator("[data-problem]")).to_be_visible()  # no camera: typing still works
    assert axe(page) == []
    type_code(page, hall.codes["Doãn Thúy Hiền"])
    expect(answer(page)).to_have_class(re.compile("answer-in"))
    expect(answer(page)).to_be_hidden()
    for name, tone, words in [
        ("Doãn Thúy Hiền", "already", "lúc 07:52 tại Cổng A"),
        ("Ngọ Văn Đông", "replaced", "Mã này là mã cũ, cấp cho Ngọ Văn Đông."),
        ("Đinh Công Trực", "waiting", "Danh sách chờ thứ 1"),
    ]:
        type_code(page, hall.codes[name])
        expect(answer(page)).to_have_class(re.compile(f"answer-{tone}"))
        expect(answer(page)).to_contain_text(words)
        assert axe(page) == []
        assert overflows(page) == 0
        answer(page).get_by_role("button").last.click()
        expect(answer(page)).to_be_hidden()


def test_the_first_button_of_a_light_answer_does_what_it_says(hall: Hall, phone: Page) -> None:
    pair(phone, hall)
    type_code(phone, hall.codes["Ngọ Văn Đông"])
    answer(phone).get_by_role("button", name="Điểm danh Ưng Hoài Ân").click()
    expect(answer(phone)).to_contain_text("Mời vào")
    expect(answer(phone)).to_contain_text("Ưng Hoài Ân")
    type_code(phone, hall.codes["Đinh Công Trực"])
    answer(phone).get_by_role("button", name="Báo bàn đăng ký").click()
    expect(phone.locator("[data-band-title]")).to_contain_text("Đã báo bàn đăng ký")
    type_code(phone, "9" * 32)
    answer(phone).get_by_role("button", name="Tìm theo tên").click()
    expect(phone.get_by_role("heading", name="Tìm tên")).to_be_visible()


def test_a_short_code_is_told_at_the_field(hall: Hall, phone: Page, axe: Callable) -> None:
    pair(phone, hall)
    type_code(phone, "1000 1")
    expect(phone.locator("#code-error")).to_have_text(
        "Mã có 32 chữ số, mới nhập 5. Hãy nhập đủ các nhóm số."
    )
    expect(phone.get_by_label("Mã dưới mã vuông")).to_have_value("1000 1")
    assert axe(phone) == []
    assert hall.count(Scan) == 0


def test_keys_stay_within_an_open_sheet_and_come_back(hall: Hall, phone: Page) -> None:
    pair(phone, hall)
    phone.get_by_role("button", name="Tìm tên").focus()
    phone.keyboard.press("Space")
    expect(phone.get_by_label("Tên hoặc đơn vị")).to_be_focused()
    for _key in range(6):
        phone.keyboard.press("Tab")
        assert phone.locator(":focus:not(#search-sheet *)").count() == 0
    phone.keyboard.press("Escape")
    expect(phone.get_by_role("button", name="Tìm tên")).to_be_focused()
    assert phone.locator("[inert]").count() == 0


def test_a_name_is_found_without_marks_and_let_in(hall: Hall, page: Page, axe: Callable) -> None:
    pair(page, hall)
    page.get_by_role("button", name="Tìm tên").click()
    page.keyboard.type("hien", delay=20)
    names = page.locator("[data-found] .found-name")
    expect(names).to_have_text(["Phạm Thu Hiên", "Doãn Thúy Hiền", "Bạch Thế Hiển"])
    assert axe(page) == []
    assert overflows(page) == 0
    page.get_by_role("button", name="Điểm danh Phạm Thu Hiên").click()
    expect(answer(page)).to_contain_text("Mời vào")
    expect(answer(page)).to_be_hidden()
    page.get_by_role("button", name="Tìm tên").click()
    page.keyboard.type("hien", delay=20)
    expect(page.locator("[data-found] .tag")).to_have_text(["Đã vào 07:52"])


def test_a_hand_scanner_works_in_any_focus(hall: Hall, phone: Page) -> None:
    pair(phone, hall)
    phone.get_by_role("button", name="Tìm tên").click()
    phone.keyboard.type("hi", delay=150)
    phone.keyboard.type(hall.codes["Phạm Thu Hiên"])  # digits in one burst, then Enter
    phone.keyboard.press("Enter")
    expect(answer(phone)).to_contain_text("Phạm Thu Hiên")
    assert phone.locator("[data-query]").input_value() == "hi"
    all_sent(phone)
    assert hall.count(Scan, Scan.how == "scan") == 1


def test_a_scan_of_an_account_without_network_is_kept_and_sent_once(
    hall: Hall, phone: Page
) -> None:
    enter_as_staff(phone, hall)
    phone.context.set_offline(True)
    type_code(phone, hall.codes["Phạm Thu Hiên"])
    expect(phone.locator("[data-band]")).to_contain_text("Mất mạng. Chưa kiểm tra được mã.")
    expect(phone.locator("[data-band]")).to_contain_text("1 lượt đang chờ gửi")
    phone.context.set_offline(False)
    expect(phone.locator("[data-last-name]")).to_have_text("Phạm Thu Hiên")
    assert hall.count(Scan) == 1


def test_a_lost_answer_to_an_account_adds_nothing_when_sent_again(hall: Hall, phone: Page) -> None:
    enter_as_staff(phone, hall)
    lost = []

    def lose(route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)  # the server has stored it, the phone hears nothing
        route.abort()

    phone.route("**/scans", lose)
    type_code(phone, hall.codes["Phạm Thu Hiên"])
    expect(phone.locator("[data-last-name]")).to_have_text("Phạm Thu Hiên")
    assert lost == [200]
    assert hall.count(Scan) == 1
    assert hall.count(Presence) == 1


def test_without_the_script_a_code_is_typed_and_a_name_found(
    hall: Hall, browser: Browser, watch: Watch
) -> None:
    context = watch.context(browser, java_script_enabled=False, **PHONE)
    page = context.new_page()
    pair(page, hall, script=False)
    page.get_by_label("Mã dưới mã vuông").fill(hall.codes["Phạm Thu Hiên"])
    page.get_by_role("button", name="Kiểm tra mã").click()
    expect(page.get_by_role("heading", name="Mời vào")).to_be_visible()
    page.get_by_role("link", name="Quét tiếp").click()
    page.get_by_role("link", name="Tìm tên").click()
    page.get_by_role("searchbox").fill("hien")
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("button", name="Điểm danh Bạch Thế Hiển").click()
    expect(page.get_by_role("heading", name="Mời vào")).to_be_visible()
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("[data-arrived]").first).to_have_text("1")
    context.close()


def test_the_desk_makes_a_gate_and_sees_who_came(hall: Hall, page: Page, axe: Callable) -> None:
    pair(page, hall)
    type_code(page, hall.codes["Phạm Thu Hiên"])
    expect(answer(page)).to_contain_text("Mời vào")
    all_sent(page)
    with hall.live.app.app_context():
        client = hall.live.app.test_client()
        sign_in(client, make_account("desk"))
        cookie = client.get_cookie("session")
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": hall.live.url}])
    page.goto(hall.live.address("checkin.desk", slug=hall.slug))
    expect(page.get_by_text("Đã vào 07:52")).to_be_visible()
    assert axe(page) == []
    assert overflows(page) == 0
    page.get_by_label("Tên cổng").fill("Cổng Nhà thi đấu đa năng phía đường Lạch Tray")
    page.get_by_role("button", name="Tạo cổng").click()
    expect(page.get_by_role("img", name="Mã vuông để ghép máy")).to_be_visible()
    assert axe(page) == []
    assert overflows(page) == 0
    page.get_by_role("link", name="Cổng và điểm danh").click()
    page.get_by_role("button", name="Hoàn tác").first.click()
    expect(page.get_by_text("Đã hoàn tác điểm danh: Phạm Thu Hiên.")).to_be_visible()
    assert hall.count(Presence, Presence.undone_at.is_(None)) == 0
