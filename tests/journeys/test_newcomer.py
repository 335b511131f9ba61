"""The newcomer's path from a school's link to the participant list, each step in a real browser."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import docx
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from app.core import clock
from app.core.clock import from_local
from tests.factories.checkin import make_gate
from tests.factories.events import make_event, participations
from tests.factories.registration import IN_TIME
from tests.factories.units import unit_path
from tests.journeys.conftest import DESKTOP, PHONE, Live, Watch, overflows
from tests.journeys.desk import attachments, deliver, enter_desk, link_in_mail, words_of_pdf
from tests.journeys.video import camera_flags, write_video

pytestmark = pytest.mark.journey
MORNING = from_local(datetime(2024, 3, 13, 7, 41))
NAME, POSITION, UNIT = "Phạm Thu Hiên", "Phó Hiệu trưởng", "Trường THPT Thử 001"
SLUG = "tap-huan-2024"


class Walk:
    """What the steps share."""

    def __init__(self, live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
        self.live = live
        self.monkeypatch = monkeypatch
        self.at(IN_TIME)
        with live.app.app_context():
            event = make_event(seats=2, units=3, starts_at=from_local(datetime(2024, 3, 13, 8, 0)),
                               ends_at=from_local(datetime(2024, 3, 13, 17, 0)))  # fmt: skip
            self.units = [live.url + unit_path(one) for one in participations(event)]
            _gate, secret = make_gate(event)
        self.pairing = live.address("checkin.pair", secret=secret)

    def at(self, moment: datetime) -> None:
        self.monkeypatch.setattr(clock, "real_now", lambda: moment)

    def desk(self, rest: str) -> str:
        return f"{self.live.url}/desk/events/{SLUG}/{rest}"


@pytest.fixture
def path(live: Live, monkeypatch: pytest.MonkeyPatch) -> Walk:
    return Walk(live, monkeypatch)


@pytest.fixture
def sound(axe: Callable[[Page], list[str]]) -> Callable[[Page], None]:
    """The screen passes axe and nothing scrolls sideways."""

    def check(page: Page) -> None:
        assert axe(page) == [], page.url
        assert overflows(page) == 0, page.url

    return check


def register(page: Page, address: str, name: str = NAME) -> None:
    page.goto(address)
    page.get_by_role("textbox", name="Họ và tên").fill(name)
    page.get_by_role("textbox", name="Chức vụ").fill(POSITION)
    page.get_by_role("button", name="Gửi đăng ký").click()
    expect(page.get_by_role("heading", name="Sở đã nhận đăng ký")).to_be_visible()


def send_letter(page: Page, path: Walk) -> None:
    enter_desk(page, path.live)
    page.goto(path.desk("invitations"))
    page.get_by_role("button", name=f"Gửi {UNIT}").click()
    expect(page.get_by_text("Đã đưa 1 thư vào hàng gửi.")).to_be_visible()


def code_of_letter(page: Page) -> str:
    return re.sub(r"\D", "", page.locator(".code-digits").first.inner_text())


def downloads(page: Page, names: list[str]) -> dict[str, bytes]:
    files = {}
    for name in names:
        with page.expect_download() as started:
            page.get_by_role("link", name=name).click()
        files[name] = Path(started.value.path()).read_bytes()
    return files


def test_from_the_link_to_the_list(path: Walk, page: Page, sound: Callable[[Page], None]) -> None:
    page.goto(path.units[0])
    sound(page)
    register(page, path.units[0])
    expect(page.locator(".receipt b")).to_have_text(re.compile(r"^\d{4} \d{4} \d{4}$"))
    sound(page)

    enter_desk(page, path.live)
    page.goto(path.desk("registrations"))
    expect(page.get_by_text(NAME).first).to_be_visible()
    sound(page)
    page.goto(path.desk("invitations"))
    sound(page)
    send_letter(page, path)
    sound(page)
    assert deliver(path.live) >= 1
    page.goto(f"{path.live.url}/desk/outbox")
    expect(page.get_by_text("Đã gửi").first).to_be_visible()
    sound(page)

    files = attachments(path.live)
    assert set(files) == {"Giay-moi.pdf", "tap-huan.ics"}
    assert NAME in words_of_pdf(files["Giay-moi.pdf"])
    page.goto(link_in_mail(path.live, "invitations"))
    expect(page.get_by_role("heading", name=f"Ông (Bà) {NAME}")).to_be_visible()
    sound(page)
    code = code_of_letter(page)
    assert len(code) == 32
    link = page.get_by_role("link", name="Tải giấy mời PDF").get_attribute("href")
    assert NAME in words_of_pdf(page.request.get(f"{path.live.url}{link}").body())

    path.at(MORNING)
    page.goto(path.pairing)
    page.get_by_role("button", name="Ghép máy này").click()
    page.get_by_role("button", name="Nhập mã").click()
    page.get_by_label("Mã dưới mã vuông").fill(code)
    page.get_by_role("button", name="Kiểm tra mã").click()
    expect(page.locator("[data-answer]")).to_contain_text("Mời vào")
    expect(page.locator("[data-answer]")).to_contain_text(NAME)

    page.goto(path.desk("lists"))
    expect(page.get_by_role("cell", name=NAME)).to_be_visible()
    sound(page)
    files = downloads(page, ["Tải PDF để in", "Tải Word", "Tải Excel", "Tải CSV"])
    assert NAME in words_of_pdf(files["Tải PDF để in"])
    rows = [
        [" ".join(cell.text.split()) for cell in row.cells]
        for table in docx.Document(io.BytesIO(files["Tải Word"])).tables
        for row in table.rows
    ]
    assert ["1", NAME, UNIT, POSITION] in [row[:4] for row in rows]
    sheet = openpyxl.load_workbook(io.BytesIO(files["Tải Excel"])).active
    assert NAME in {cell for row in sheet.iter_rows(values_only=True) for cell in row}
    text = files["Tải CSV"].decode("utf-8-sig")
    assert NAME in text
    assert UNIT in text


def test_the_letters_code_before_the_camera(
    path: Walk, phone: Page, watch: Watch, tmp_path: Path, open_browser: Callable[..., Browser]
) -> None:
    register(phone, path.units[0])
    send_letter(phone, path)
    deliver(path.live)
    phone.goto(link_in_mail(path.live, "invitations"))
    video = write_video(tmp_path / "camera.y4m", [(code_of_letter(phone), 20)])
    path.at(MORNING)
    context = watch.context(open_browser(*camera_flags(video)), permissions=["camera"], **PHONE)
    scanner = context.new_page()
    scanner.goto(path.pairing)
    scanner.get_by_role("button", name="Ghép máy này").click()
    expect(scanner.locator("[data-answer]")).to_contain_text("Mời vào")
    expect(scanner.locator("[data-answer]")).to_contain_text(NAME)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_same_without_the_script(
    path: Walk, browser: Browser, watch: Watch, size: dict
) -> None:
    context = watch.context(browser, java_script_enabled=False, **size)
    page = context.new_page()
    register(page, path.units[0])
    send_letter(page, path)
    deliver(path.live)
    page.goto(link_in_mail(path.live, "invitations"))
    code = code_of_letter(page)
    path.at(MORNING)
    page.goto(path.pairing)
    page.get_by_role("button", name="Ghép máy này").click()
    page.get_by_label("Mã dưới mã vuông").fill(code)
    page.get_by_role("button", name="Kiểm tra mã").click()
    expect(page.get_by_role("heading", name="Mời vào")).to_be_visible()
    page.goto(path.desk("lists"))
    files = downloads(page, ["Tải Excel"])
    sheet = openpyxl.load_workbook(io.BytesIO(files["Tải Excel"])).active
    assert NAME in {cell for row in sheet.iter_rows(values_only=True) for cell in row}
    context.close()
