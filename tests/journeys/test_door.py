"""The door without a script, and the desk's page of the hall beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.checkin.models import Presence
from app.core import clock
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration
from tests.factories.accounts import make_account, sign_in
from tests.journeys.conftest import PHONE, Live, Watch, overflows
from tests.journeys.hall import HIEN, HIEN_2, NOW, Hall, make_hall

pytestmark = pytest.mark.journey
Axe = Callable[..., list[str]]


@pytest.fixture
def hall(live: Live, monkeypatch: pytest.MonkeyPatch) -> Hall:
    monkeypatch.setattr(clock, "real_now", lambda: NOW)
    return make_hall(live)


@pytest.fixture
def plain(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A phone whose browser runs no script."""
    context = watch.context(browser, **PHONE, java_script_enabled=False)
    yield context.new_page()
    context.close()


def write(page: Page, name: str, unit: str) -> None:
    page.get_by_label("Họ và tên").fill(name)
    page.get_by_label("Chức vụ").fill("Phó Hiệu trưởng")
    page.get_by_label("Đơn vị").fill(unit)
    page.get_by_label("Người cho phép vào").fill("Bà Vũ Thị Hoa")
    page.get_by_role("button", name="Ghi và cho vào").click()


def test_a_substitute_and_a_guest_at_a_door_without_a_script(hall: Hall, plain: Page) -> None:
    plain.goto(hall.gate("Cổng chính", role="supervisor"))
    plain.get_by_role("button", name="Ghép máy này").click()
    plain.goto(hall.live.address("checkin.search", slug=hall.slug))
    plain.get_by_role("link", name="Ghi người đến cửa").click()
    with hall.live.app.app_context():
        unit = db.session.scalar(
            select(Participation.name)
            .join(Registration, Registration.participation_id == Participation.id)
            .where(Registration.full_name == HIEN)
        )
    assert unit is not None
    write(plain, "Tạ Đăng Khuê", unit)
    expect(plain.get_by_text("đã đăng ký người khác")).to_be_visible()
    assert hall.count(Presence) == 0
    plain.get_by_role("button", name=f"Thay {HIEN} bằng Tạ Đăng Khuê").click()
    expect(plain.get_by_role("heading", name="Mời vào")).to_be_visible()
    expect(plain.get_by_text("Người thay, người cho phép: Bà Vũ Thị Hoa.")).to_be_visible()

    plain.get_by_role("link", name="Ghi người nữa").click()
    write(plain, "Hà Thị Mơ", "Báo Hải Phòng")
    plain.get_by_role("button", name="Ghi là khách của Báo Hải Phòng").click()
    expect(plain.get_by_role("heading", name="Mời vào")).to_be_visible()
    assert hall.count(Presence) == 2
    plain.get_by_role("button", name="Hoàn tác").click()
    assert hall.count(Presence, Presence.undone_at.is_(None)) == 1


def test_the_door_and_the_desks_page_are_readable(hall: Hall, page: Page, axe: Axe) -> None:
    with hall.live.app.app_context():
        client = hall.live.app.test_client()
        sign_in(client, make_account("desk"))
        cookie = client.get_cookie("session")
        one_id = db.session.scalar(select(Registration.id).where(Registration.full_name == HIEN_2))
    assert cookie is not None
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": hall.live.url}])
    for endpoint, values in (
        ("checkin.desk", {}),
        ("checkin.door", {}),
        ("checkin.door", {"replaces": one_id}),
        ("checkin.excuse", {"registration_id": one_id}),
    ):
        page.goto(hall.live.address(endpoint, slug=hall.slug, **values))
        assert axe(page) == [], endpoint
        assert overflows(page) == 0
    page.get_by_role("checkbox", name="Sáng").check()
    page.get_by_label("Lý do vắng").fill("Ốm")
    page.get_by_role("button", name="Ghi vắng có lý do").click()
    expect(page.get_by_text("Vắng có lý do").first).to_be_visible()
    page.get_by_role("button", name="Đóng buổi").click()
    expect(page.get_by_text("Đóng bằng tay lúc")).to_be_visible()
