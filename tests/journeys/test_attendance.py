"""After the event: the desk reads the figures, takes the files, and prints confirmations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.factories.attendance import make_hall
from tests.journeys.conftest import Live, overflows
from tests.journeys.desk import enter_desk

pytestmark = pytest.mark.journey
Axe = Callable[[Page], list[str]]
PAGE = "/desk/events/tap-huan-2024/attendance"


def test_from_the_figures_to_the_confirmations(live: Live, page: Page, axe: Axe) -> None:
    with live.app.app_context():
        make_hall()
    enter_desk(page, live)
    page.goto(live.url + PAGE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Kết quả điểm danh")
    expect(page.get_by_text("104/113 đơn vị dự ít nhất một buổi")).to_be_visible()
    assert overflows(page) == 0
    assert axe(page) == []
    page.get_by_text("Xem 9 đơn vị vắng").click()
    expect(page.get_by_text("Có lý do: phà tạm dừng").first).to_be_visible()
    with page.expect_download() as report:
        page.get_by_role("link", name="Tải PDF để in").first.click()
    assert report.value.suggested_filename == "Bao-cao-diem-danh-tap-huan-2024.pdf"
    page.goto(live.url + PAGE + "?show=late")
    boxes = page.locator("[data-check-row]")
    expect(boxes).to_have_count(8)
    boxes.nth(0).check()
    boxes.nth(1).check()
    with page.expect_download() as papers:
        page.get_by_role("button", name="In giấy xác nhận").click()
    assert papers.value.suggested_filename == "Giay-xac-nhan-2-nguoi-tap-huan-2024.pdf"
