"""A unit at its page, and the register's import, in a real browser: errors, two clerks, queue, late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from app.core import clock
from app.core.database import unit_of_work
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration
from app.units.models import Unit
from tests.factories.events import make_event, participations
from tests.factories.registration import IN_TIME, TOO_LATE, enter
from tests.factories.units import unit_path
from tests.journeys.conftest import Live, overflows
from tests.journeys.desk import enter_desk

pytestmark = pytest.mark.journey


@pytest.fixture
def units(live: Live, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of three units; one seat."""
    monkeypatch.setattr(clock, "real_now", lambda: IN_TIME)
    with live.app.app_context():
        event = make_event(seats=1, units=3)
        return [live.url + unit_path(one) for one in participations(event)]


@pytest.fixture
def sound(axe: Callable[[Page], list[str]]) -> Callable[[Page], None]:
    def check(page: Page) -> None:
        assert axe(page) == [], page.url
        assert overflows(page) == 0, page.url

    return check


def fill(page: Page, name: str, position: str = "Hiệu trưởng") -> None:
    page.get_by_role("textbox", name="Họ và tên").fill(name)
    page.get_by_role("textbox", name="Chức vụ").fill(position)


def stored(live: Live) -> list[str]:
    with live.app.app_context():
        return list(db.session.scalars(select(Registration.full_name).order_by(Registration.id)))


def test_errors_at_fields_then_a_name_in_capitals(
    live: Live, units: list[str], page: Page, sound: Callable[[Page], None]
) -> None:
    page.goto(units[0])
    fill(page, "PHẠM THU HIÊN", "")
    page.get_by_role("textbox", name="Điện thoại").fill("0912 345 67")
    page.get_by_role("button", name="Gửi đăng ký").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Chưa gửi được: 3 chỗ cần sửa")
    sound(page)
    page.get_by_role("link", name="Chức vụ:").click()
    expect(page.get_by_role("textbox", name="Chức vụ")).to_be_focused()
    expect(page.get_by_role("textbox", name="Điện thoại")).to_have_value("0912 345 67")
    page.get_by_role("button", name="Phó Hiệu trưởng").click()
    expect(page.get_by_role("textbox", name="Chức vụ")).to_have_value("Phó Hiệu trưởng")
    page.get_by_role("textbox", name="Điện thoại").fill("0912 345 678")
    page.get_by_role("button", name="Đổi thành “Phạm Thu Hiên”").click()
    expect(page.get_by_role("heading", name="Sở đã nhận đăng ký")).to_be_visible()
    assert stored(live) == ["Phạm Thu Hiên"]


def test_double_click_reload_and_back_give_one_registration(
    live: Live, units: list[str], page: Page
) -> None:
    page.goto(units[0])
    fill(page, "Phạm Thu Hiên")
    page.get_by_role("button", name="Gửi đăng ký").dblclick()
    expect(page.get_by_role("heading", name="Sở đã nhận đăng ký")).to_be_visible()
    page.reload()
    page.go_back()
    page.goto(units[0])
    expect(page.get_by_role("heading", name="Sở đã nhận đăng ký")).to_be_visible()
    assert stored(live) == ["Phạm Thu Hiên"]


def test_the_slower_of_two_clerks_decides(
    live: Live, units: list[str], phone: Page, desktop: Page, sound: Callable[[Page], None]
) -> None:
    for page, name in ((phone, "Tạ Đăng Khuê"), (desktop, "Phạm Thu Hiên")):
        page.goto(units[0])
        fill(page, name)
    phone.get_by_role("button", name="Gửi đăng ký").click()
    expect(phone.get_by_role("heading", name="Sở đã nhận đăng ký")).to_be_visible()
    desktop.get_by_role("button", name="Gửi đăng ký").click()
    expect(desktop.get_by_text("Đơn vị vừa đăng ký Tạ Đăng Khuê")).to_be_visible()
    sound(desktop)
    desktop.get_by_role("button", name="Thay bằng Phạm Thu Hiên").click()
    expect(desktop.get_by_role("heading", name="Phạm Thu Hiên")).to_be_visible()
    with live.app.app_context():
        standing = db.session.scalars(
            select(Registration.full_name).where(Registration.state == "confirmed")
        ).all()
    assert standing == ["Phạm Thu Hiên"]


def test_a_withdrawal_seats_the_waiting_unit(
    live: Live, units: list[str], page: Page, sound: Callable[[Page], None]
) -> None:
    for address, name in zip(units[:2], ["Phạm Thu Hiên", "Tạ Đăng Khuê"], strict=True):
        page.goto(address)
        fill(page, name)
        page.get_by_role("button", name="Gửi đăng ký").click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_role("heading", name="Đơn vị đứng thứ 1")).to_be_visible()
    sound(page)
    page.get_by_role("link", name="Đổi người dự").click()
    sound(page)
    fill(page, "Ngọ Văn Đông")
    page.get_by_role("button", name="Đổi người dự").click()
    expect(page.get_by_role("heading", name="Đơn vị đứng thứ 1")).to_be_visible()
    page.goto(units[0])
    page.get_by_role("link", name="Rút đăng ký").click()
    sound(page)
    page.get_by_role("button", name="Rút đăng ký").click()
    expect(page.get_by_role("heading", name="Đã rút đăng ký")).to_be_visible()
    sound(page)
    page.goto(units[1])
    expect(page.get_by_role("heading", name="Sở đã nhận đăng ký")).to_be_visible()
    expect(page.get_by_role("heading", name="Ngọ Văn Đông")).to_be_visible()


def test_after_the_cut_off_it_is_a_request_for_the_desk(
    live: Live, units: list[str], page: Page, sound: Callable[[Page], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(clock, "real_now", lambda: TOO_LATE + timedelta(minutes=4))
    page.goto(units[0])
    expect(page.get_by_role("heading", name="Đã quá hạn đăng ký")).to_be_visible()
    sound(page)
    fill(page, "Phạm Thu Hiên")
    page.get_by_role("textbox", name="Lý do gửi muộn").fill("Hiệu trưởng mới nhận nhiệm vụ.")
    page.get_by_role("button", name="Gửi đề nghị bổ sung").click()
    expect(page.get_by_role("heading", name="Sở đã nhận đề nghị bổ sung")).to_be_visible()
    sound(page)
    enter_desk(page, live)
    page.goto(f"{live.url}/desk/events/tap-huan-2024/late")
    expect(page.get_by_text("Phạm Thu Hiên").first).to_be_visible()
    sound(page)


def test_names_of_130_letters_stand(
    live: Live, units: list[str], page: Page, sound: Callable[[Page], None]
) -> None:
    with live.app.app_context():
        with unit_of_work():
            unit = db.session.get_one(Participation, 1)
            unit.name = ("Trường Trung học phổ thông " * 5).strip()[:130]
        enter(unit, "Nguyễn Thị Hoàng Ngọc Phương Khánh Quỳnh Trang Đoan Thục Uyên")
    page.goto(units[0])
    sound(page)
    enter_desk(page, live)
    for rest in ("registrations", "invitations", "lists"):
        page.goto(f"{live.url}/desk/events/tap-huan-2024/{rest}")
        sound(page)


HEADER = "Mã;Tên đơn vị;Loại;Quận, huyện;Thư điện tử\r\n"


def test_import_preview_correct_apply_and_update(
    live: Live, units: list[str], page: Page, sound: Callable[[Page], None], tmp_path: Path
) -> None:
    file = tmp_path / "don-vi.csv"
    file.write_text("\ufeff" + HEADER + "N-1;Trường THPT Một;THPT;Lê Chân;mot@n.example.vn\r\n"
                    "N-2;Trường THPT Hai;Trường cấp 3;Lê Chân;hai@\r\n", encoding="utf-8")  # fmt: skip
    enter_desk(page, live)
    page.goto(f"{live.url}/desk/units/import")
    sound(page)
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("alert")).to_contain_text("Chưa chọn tệp.")
    sound(page)
    page.get_by_label("Tệp danh sách đơn vị").set_input_files(file)
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_text("1 dòng có ô sai sẽ không nhập.")).to_be_visible()
    sound(page)
    page.get_by_role("button", name="Dùng “Trường THPT”").click()
    cell = page.get_by_role("textbox", name="Thư điện tử, dòng 3")
    expect(cell).to_have_value("hai@")
    cell.fill("hai@n.example.vn")
    page.get_by_role("button", name="Sửa Thư điện tử, dòng 3").click()
    expect(page.get_by_text("Không dòng nào cần sửa")).to_be_visible()
    page.get_by_role("button", name="Nhập 2 đơn vị").click()
    expect(page.get_by_text("Đã nhập 2 đơn vị (2 mới, 0 sửa, 0 không đổi).")).to_be_visible()
    sound(page)
    file.write_text(HEADER + "N-1;Trường THPT Mới;THPT;Lê Chân;mot@n.example.vn\r\n")
    page.goto(f"{live.url}/desk/units/import")
    page.get_by_label("Tệp danh sách đơn vị").set_input_files(file)
    page.get_by_role("button", name="Xem trước").click()
    page.get_by_role("button", name="Nhập 1 đơn vị").click()
    expect(page.get_by_text("(0 mới, 1 sửa, 0 không đổi).")).to_be_visible()
    with live.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Unit)) == 5
        assert db.session.scalars(select(Unit.name).where(Unit.code == "N-1")).one().endswith("Mới")
