"""A paired phone in a hall where the network comes and goes, the browser dies, the disk is full."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Request,
    Response,
    Route,
    expect,
)

from app.checkin.gate_services import revoke_gate
from app.checkin.models import Gate, GateDevice, Presence, Scan
from app.core import clock
from app.core.database import unit_of_work
from app.events.models import EventSession
from app.extensions import db
from app.registration.models import Registration
from tests.factories.events import DESK
from tests.journeys.conftest import PATIENCE, PHONE, Live, Watch, chromium_path, overflows
from tests.journeys.door_reader import first_load
from tests.journeys.hall import (
    DONG,
    HIEN,
    HIEN_2,
    HIEN_3,
    INSTEAD,
    NOW,
    TRUC,
    Hall,
    all_sent,
    answer,
    kept,
    make_hall,
    pair,
    type_code,
)

pytestmark = pytest.mark.journey
AFTERNOON = 5 * 3600 * 1000  # ms from NOW: the morning's session is over
WELCOME = re.compile("answer-in")


@pytest.fixture
def server_time(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """[when the server's clock was at the start of the test]; put another in it: time has passed."""
    times, began = [NOW], time.monotonic()
    monkeypatch.setattr(
        clock, "real_now", lambda: times[0] + timedelta(seconds=time.monotonic() - began)
    )
    return times


@pytest.fixture
def hall(live: Live, server_time: list[datetime]) -> Hall:
    return make_hall(live)


@pytest.fixture
def new_phone(browser: Browser, watch: Watch) -> Iterator[Callable[[], Page]]:
    opened: list[BrowserContext] = []

    def start() -> Page:
        opened.append(watch.context(browser, **PHONE))
        return opened[-1].new_page()

    yield start
    for one in opened:
        one.close()


def green(page: Page, code: str) -> None:
    type_code(page, code)
    expect(answer(page)).to_be_visible()  # a closed answer keeps its class
    expect(answer(page)).to_have_class(WELCOME)
    page.keyboard.press("Escape")
    expect(answer(page)).to_be_hidden()


def waiting(page: Page, number: int) -> None:
    expect(page.locator("[data-status-waiting]")).to_have_text(f"{number} lượt chờ gửi")


def test_scans_without_network_outlive_a_reload_and_arrive_once(
    hall: Hall, phone: Page, axe: Callable
) -> None:
    pair(phone, hall)
    kept(phone)
    phone.context.set_offline(True)
    green(phone, hall.codes[HIEN])
    type_code(phone, hall.codes[HIEN])
    expect(answer(phone)).to_contain_text("lúc 07:52 tại Cổng A")
    answer(phone).get_by_role("button", name="Quét tiếp").click()
    band = phone.locator("[data-band]")
    expect(band).to_contain_text("Mất mạng. Vẫn quét bình thường.")
    expect(band).to_contain_text("2 lượt đang chờ gửi, từ 07:52")
    assert axe(phone) == []
    assert overflows(phone) == 0
    phone.reload()
    waiting(phone, 2)
    expect(phone.locator("[data-last]")).to_contain_text(
        f"{HIEN}Trường THPT Thử 001Đã ghi trên máy"
    )
    green(phone, hall.codes[HIEN_3])
    expect(phone.locator("[data-arrived]").first).to_have_text("2")
    assert hall.count(Scan) == 0
    phone.context.set_offline(False)
    waiting(phone, 0)
    expect(band).to_be_hidden()
    assert (hall.count(Scan), hall.count(Presence)) == (3, 2)
    assert {one.told for one in hall.scans()} == {"welcome", "already"}
    assert all(one.remark is None for one in hall.scans())
    phone.reload()
    last = phone.locator("[data-last]")
    expect(last).to_contain_text(HIEN_3)
    last.get_by_role("button", name="Hoàn tác").click()
    expect(last).to_contain_text(f"Đã hoàn tác: {HIEN_3}.")
    assert hall.count(Presence, Presence.undone_at.is_(None)) == 1


def test_every_answer_is_given_without_network(hall: Hall, phone: Page, axe: Callable) -> None:
    pair(phone, hall)
    phone.context.set_offline(True)
    foreign = "1" + "9999" + hall.codes[HIEN][5:]
    for code, tone, words in [
        (hall.codes[DONG], "replaced", f"Đã thay bằng{INSTEAD}"),
        (hall.codes[TRUC], "waiting", "Danh sách chờ thứ 1"),
        (foreign, "stop", "Mã này của một sự kiện khác."),
        (hall.codes[HIEN][:-1] + "x1", "stop", "Không có trong danh sách"),
    ]:
        type_code(phone, code.replace("x", "5"))
        expect(answer(phone)).to_have_class(re.compile(f"answer-{tone}"))
        expect(answer(phone)).to_contain_text(words)
        assert axe(phone) == []
        answer(phone).get_by_role("button", name="uét tiếp").click()
    type_code(phone, hall.codes[DONG])
    answer(phone).get_by_role("button", name=f"Điểm danh {INSTEAD}").click()
    expect(answer(phone)).to_have_class(WELCOME)


def test_a_killed_browser_loses_nothing(hall: Hall, playwright: Playwright, tmp_path: Path) -> None:
    options: dict[str, Any] = PHONE

    def start() -> tuple[BrowserContext, Page]:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "phone", executable_path=chromium_path(), locale="vi-VN",
            args=["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])],
            **options,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        return context, context.pages[0]

    context, page = start()
    pair(page, hall)
    kept(page)
    context.close()  # Chromium writes cookies to the disk every half minute, and then
    context, page = start()
    context.set_offline(True)
    page.goto(f"{hall.live.url}/hall/")
    green(page, hall.codes[HIEN])
    green(page, hall.codes[HIEN_3])
    # Chromium writes "<host>-<process id>" there
    process = int(os.readlink(tmp_path / "phone" / "SingletonLock").rsplit("-", 1)[1])
    with context.expect_event("close"):
        os.kill(process, signal.SIGKILL)
    (tmp_path / "phone" / "SingletonLock").unlink()
    assert hall.count(Scan) == 0
    context, page = start()
    page.goto(f"{hall.live.url}/hall/")
    waiting(page, 0)
    assert (hall.count(Scan), hall.count(Presence)) == (2, 2)
    context.close()


def test_two_tabs_of_a_gate_let_in_once_and_send_once(hall: Hall, phone: Page) -> None:
    pair(phone, hall)
    kept(phone)
    other = phone.context.new_page()
    other.goto(phone.url)
    waiting(other, 0)
    phone.context.set_offline(True)
    green(phone, hall.codes[HIEN])
    waiting(other, 1)
    green(other, hall.codes[HIEN_3])
    type_code(other, hall.codes[HIEN])
    expect(answer(other)).to_contain_text("Đã điểm danh")
    waiting(phone, 3)
    sent: list[str] = []

    def note(request: Request) -> None:
        body: Any = request.post_data_json if request.url.endswith("/sync") else {"scans": []}
        sent.extend(scan["client_id"] for scan in body["scans"])

    phone.context.on("request", note)
    phone.context.set_offline(False)
    waiting(phone, 0)
    waiting(other, 0)
    assert len(sent) == len(set(sent)) == hall.count(Scan) == 3
    assert hall.count(Presence) == 2


def test_a_lost_answer_is_asked_for_again_and_adds_nothing(hall: Hall, phone: Page) -> None:
    pair(phone, hall)
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)  # the server has stored it, the phone hears nothing
        route.abort()

    phone.route("**/sync", lose)
    green(phone, hall.codes[HIEN])
    expect(phone.locator("[data-band]")).to_contain_text("1 lượt đang chờ gửi")
    waiting(phone, 0)
    assert lost == [200]
    assert (hall.count(Scan), hall.count(Presence)) == (1, 1)


FILL = """async () => {
  const opened = indexedDB.open("filler", 1);
  opened.onupgradeneeded = () => opened.result.createObjectStore("all", { autoIncrement: true });
  const db = await new Promise((resolve) => { opened.onsuccess = () => resolve(opened.result); });
  const put = (size) => new Promise((resolve) => {
    const transaction = db.transaction("all", "readwrite", { durability: "strict" });
    const bytes = crypto.getRandomValues(new Uint8Array(Math.min(size, 65536)));
    for (let at = 0; at < size; at += 65536) transaction.objectStore("all").add(bytes);
    transaction.oncomplete = () => resolve(true);
    transaction.onabort = () => resolve(false);
  });
  let size = 1 << 20;
  while (size >= 16) if (!(await put(size))) size = size >> 1;
}"""


def test_nobody_is_let_in_by_a_scan_that_cannot_be_kept(hall: Hall, phone: Page) -> None:
    devtools = phone.context.new_cdp_session(phone)
    room = {"origin": hall.live.url, "quotaSize": 6 * 1024 * 1024}
    devtools.send("Storage.overrideQuotaForOrigin", room)
    pair(phone, hall)
    phone.evaluate(FILL)
    type_code(phone, hall.codes[HIEN])
    expect(answer(phone)).to_have_class(WELCOME)  # by the server's own word
    expect(phone.locator("[data-band]")).to_contain_text("Máy hết chỗ lưu.")
    assert hall.count(Presence) == 1
    phone.keyboard.press("Escape")
    phone.evaluate(FILL)
    phone.context.set_offline(True)
    type_code(phone, hall.codes[HIEN_3])
    expect(answer(phone)).to_have_class(re.compile("answer-stop"))
    expect(answer(phone)).to_contain_text("Chưa ghi được")
    waiting(phone, 0)


def is_said_to_be_wiped(answered: Response) -> bool:
    """The server has answered the phone's last word: it holds nothing any more."""
    return '"wiped":true' in (answered.request.post_data or "")


def test_a_gate_revoked_while_offline_is_heard_once_more_and_forgets_all(
    hall: Hall, phone: Page, server_time: list[datetime]
) -> None:
    pair(phone, hall)
    kept(phone)
    phone.context.set_offline(True)
    green(phone, hall.codes[HIEN])
    server_time[0] = NOW + timedelta(hours=1)
    with hall.live.app.app_context(), unit_of_work():
        ended = NOW + timedelta(minutes=30)
        revoke_gate(db.session.get_one(Gate, hall.gate_id), by=DESK, now=ended)
    phone.evaluate(SHIFT, 45 * 60_000)  # three quarters of an hour pass on the phone
    green(phone, hall.codes[HIEN_3])
    with phone.expect_response(is_said_to_be_wiped):
        phone.context.set_offline(False)
    expect(phone.locator("[data-problem]")).to_contain_text("Máy này không còn là cổng điểm danh.")
    first, second = hall.scans()
    assert (first.outcome, first.remark) == ("welcome", None)
    assert second.remark == "after_revoke"
    assert hall.count(Presence) == 1
    expect(phone.locator("[data-status]")).to_be_hidden()
    phone.wait_for_function("async () => (await indexedDB.databases()).length === 0")
    assert phone.evaluate("async () => (await caches.keys()).length") == 0
    phone.wait_for_function(
        "async () => (await navigator.serviceWorker.getRegistrations()).length === 0"
    )
    with hall.live.app.app_context():
        assert db.session.query(GateDevice).one().wiped_at is not None


SHIFT = """ms => {
  const Real = Date, shifted = () => Real.now() + ms;
  globalThis.Date = class extends Real {
    constructor(...given) { super(...(given.length ? given : [shifted()])); }
    static now() { return shifted(); }
  };
}"""


def test_a_phone_whose_clock_is_three_hours_wrong(hall: Hall, phone: Page) -> None:
    phone.add_init_script(f"({SHIFT})({3 * 3600_000})")
    pair(phone, hall)
    phone.context.set_offline(True)
    green(phone, hall.codes[HIEN])
    expect(phone.locator("[data-band]")).to_contain_text("từ 07:52")
    phone.context.set_offline(False)
    waiting(phone, 0)
    (scan,) = hall.scans()
    assert abs(scan.counted_at - NOW) < timedelta(seconds=30)
    assert scan.device_at is not None and abs(scan.device_at - NOW) > timedelta(hours=3)
    assert scan.remark is None


def test_two_gates_that_let_one_code_in_see_each_other(
    hall: Hall, new_phone: Callable[[], Page]
) -> None:
    first, second = new_phone(), new_phone()
    pair(first, hall)
    pair(second, hall, hall.gate("Cổng B"))
    for page in (first, second):
        page.context.set_offline(True)
        green(page, hall.codes[HIEN])
    second.context.set_offline(False)  # the later scan is the first to arrive
    waiting(second, 0)
    first.context.set_offline(False)
    waiting(first, 0)
    assert [one.remark for one in hall.scans()] == ["double", "double"]
    with hall.live.app.app_context():
        assert db.session.query(Presence).one().gate_name == "Cổng A"
    second.reload()  # hears of it with its next contact
    for page, other in ((first, "Cổng B"), (second, "Cổng A")):
        page.get_by_role("button", name="1 lượt cần xem").click()
        expect(page.locator("[data-later-list]")).to_contain_text(HIEN)
        expect(page.locator("[data-later-list]")).to_contain_text(f"lúc 07:52 tại {other}.")
        page.get_by_role("button", name="Đã xem hết").click()
        expect(page.locator("[data-status-later]")).to_be_hidden()


def test_who_was_replaced_meanwhile_is_shown_when_the_server_says_so(
    hall: Hall, phone: Page, axe: Callable
) -> None:
    pair(phone, hall)
    phone.context.set_offline(True)
    green(phone, hall.codes[HIEN_3])
    hall.replace(HIEN_3, "Tống Khánh Vân")
    phone.evaluate(SHIFT, 60_000)  # nobody stands at the door any more
    phone.context.set_offline(False)
    waiting(phone, 0)
    phone.get_by_role("button", name="1 lượt cần xem").click()
    row = phone.locator("[data-later-list] li")
    expect(row).to_contain_text(HIEN_3)
    expect(row).to_contain_text("Máy đã cho vào. Máy chủ: Đã thay bằng Tống Khánh Vân.")
    assert axe(phone) == []
    assert overflows(phone) == 0
    assert hall.count(Presence) == 0
    assert hall.scans()[0].remark == "stale"
    phone.get_by_role("button", name="Đã xem hết").click()
    type_code(phone, hall.codes[HIEN_3])
    expect(answer(phone)).to_contain_text("Tống Khánh Vân")  # the list knows by now


def test_the_server_s_word_takes_the_place_of_the_phone_s(hall: Hall, phone: Page) -> None:
    pair(phone, hall)
    all_sent(phone)
    hall.replace(HIEN_3, "Tống Khánh Vân")  # the phone's list is a moment old
    type_code(phone, hall.codes[HIEN_3])
    expect(answer(phone)).to_have_class(re.compile("answer-replaced"))
    expect(answer(phone)).to_contain_text("Tống Khánh Vân")
    expect(phone.locator("[data-last]")).to_be_hidden()


def test_a_scan_made_before_the_session_closed_counts(
    hall: Hall, phone: Page, server_time: list[datetime]
) -> None:
    pair(phone, hall)
    phone.context.set_offline(True)
    green(phone, hall.codes[HIEN])
    server_time[0] = NOW + timedelta(hours=2)
    with hall.live.app.app_context(), unit_of_work():
        session = db.session.query(EventSession).order_by(EventSession.id).first()
        assert session is not None
        session.closed_at = NOW + timedelta(hours=1)
    phone.context.set_offline(False)
    waiting(phone, 0)
    assert hall.count(Presence) == 1


def test_a_session_that_ends_gives_way_to_the_next(hall: Hall, phone: Page, axe: Callable) -> None:
    with hall.live.app.app_context(), unit_of_work():
        session = db.session.query(EventSession).order_by(EventSession.id).first()
        assert session is not None
        session.ends_at = NOW + timedelta(hours=4)
    phone.clock.install()
    pair(phone, hall)
    line, here = phone.locator("[data-session-line]"), phone.locator("#sessions [aria-current]")
    phone.context.set_offline(True)
    green(phone, hall.codes[HIEN])
    phone.clock.fast_forward(AFTERNOON)
    expect(line).to_have_text("Đã chuyển sang buổi Chiều.")
    expect(here).to_have_text("Buổi Chiều")
    assert axe(phone) == []
    assert overflows(phone) == 0
    green(phone, hall.codes[HIEN])
    phone.get_by_role("link", name="Buổi Sáng").click()
    expect(line).to_have_text("Buổi Sáng đã kết thúc.Sang buổi Chiều")
    expect(here).to_have_text("Buổi Sáng")  # chosen by hand: it stays
    assert axe(phone) == []
    assert overflows(phone) == 0
    line.get_by_role("button", name="Sang buổi Chiều").click()
    expect(here).to_have_text("Buổi Chiều")
    expect(line).to_be_hidden()


def test_a_scan_is_taken_back_before_and_after_it_left_the_phone(hall: Hall, phone: Page) -> None:
    pair(phone, hall)
    undo = phone.locator("[data-last-undo]")
    green(phone, hall.codes[HIEN])
    all_sent(phone)
    undo.click()
    expect(phone.locator("[data-last-unit]")).to_have_text(f"Đã hoàn tác: {HIEN}.")
    assert hall.count(Presence, Presence.undone_at.is_(None)) == 0
    phone.context.set_offline(True)
    green(phone, hall.codes[HIEN_2])
    expect(phone.locator("[data-band]")).to_contain_text("1 lượt đang chờ gửi")
    undo.click()
    expect(phone.locator("[data-last-unit]")).to_have_text(f"Đã hoàn tác: {HIEN_2}.")
    waiting(phone, 0)
    phone.context.set_offline(False)
    expect(phone.locator("[data-band]")).to_be_hidden()
    assert hall.count(Scan) == 1


def test_names_are_found_and_a_walk_in_is_written_down_without_network(
    hall: Hall, phone: Page, axe: Callable
) -> None:
    pair(phone, hall, hall.gate("Bàn trưởng", "supervisor"))
    phone.context.set_offline(True)
    phone.get_by_role("button", name="Tìm tên").click()
    phone.keyboard.type("hien", delay=20)
    names = phone.locator("[data-found] .found-name")
    expect(names).to_have_text([HIEN, HIEN_3, HIEN_2])
    phone.get_by_role("searchbox").fill("vũ khách")
    expect(phone.locator("[data-found-sentence]")).to_have_text("Không có ai có chữ “vũ khách”")
    phone.get_by_role("button", name="Ghi người đến cửa").click()
    expect(phone.locator("#walk-name")).to_have_value("Vũ Khách")
    expect(phone.locator("[data-seats]")).to_contain_text("Chỗ dự kiến:")
    phone.get_by_role("button", name="Ghi và cho vào").click()
    expect(phone.locator("#walk-position-error")).to_have_text("Hãy nhập chức vụ.")
    assert axe(phone) == []
    assert overflows(phone) == 0
    phone.locator("#walk-position").fill("Hiệu trưởng")
    phone.locator("#walk-unit").fill("thpt thu 002")
    phone.locator("#walk-allowed_by").fill("Ông Bình")
    phone.get_by_role("button", name="Ghi và cho vào").click()  # no unit bears that name
    expect(phone.locator("#walk-unit-error")).to_contain_text("Hãy chọn đơn vị ở dưới.")
    assert axe(phone) == []
    phone.get_by_role("button", name="Trường THPT Thử 002").click()
    expect(phone.locator("#walk-unit")).to_have_value("Trường THPT Thử 002")
    expect(phone.get_by_label("Thay cho")).to_contain_text(HIEN_2)
    phone.get_by_role("button", name="Ghi và cho vào").click()
    expect(answer(phone)).to_contain_text("Vũ Khách")
    waiting(phone, 1)
    phone.context.set_offline(False)
    waiting(phone, 0)
    with hall.live.app.app_context():
        entered = db.session.query(Registration).filter_by(full_name="Vũ Khách").one()
        assert (entered.state, entered.allowed_by) == ("confirmed", "Ông Bình")
    assert hall.count(Presence) == 1


def test_the_first_load_with_the_reader_is_small(hall: Hall, phone: Page) -> None:
    pair(phone, hall)
    kept(phone)
    loaded = first_load(phone)
    assert any("zxing_reader" in path for path in loaded)
    assert sum(loaded.values()) < 700 * 1024, loaded
