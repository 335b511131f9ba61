"""A delegate asks, the desk answers and erases: on a telephone and on a desktop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from app.core import clock
from app.core.clock import from_local
from app.extensions import db
from app.personal_data.models import DataRequest
from app.registration.models import Registration
from tests.factories.personal_data import NAME, make_traced
from tests.journeys.conftest import Live, overflows
from tests.journeys.desk import enter_desk

pytestmark = pytest.mark.journey


class Moment:
    """The server's clock."""

    def __init__(self) -> None:
        self.at = from_local(datetime(2024, 3, 14, 9, 0))


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    one = Moment()
    monkeypatch.setattr(clock, "real_now", lambda: one.at)
    return one


def test_from_the_request_to_the_erasure(
    live: Live, page: Page, axe: Callable[[Page], list[str]], moment: Moment
) -> None:
    def fine() -> None:
        assert axe(page) == []
        assert overflows(page) == 0

    with live.app.app_context():
        traced = make_traced()
    page.goto(f"{live.url}/privacy")
    fine()
    page.get_by_role("link", name="Gửi yêu cầu về dữ liệu của mình").click()
    fine()
    page.get_by_role("button", name="Gửi yêu cầu").click()
    page.get_by_role("alert").wait_for()
    fine()
    page.get_by_label("Xóa dữ liệu của mình").check()
    page.get_by_label("Họ và tên").fill(NAME)
    page.get_by_label("Đơn vị công tác").fill("Trường THPT Thử 001")
    page.get_by_label("Điện thoại hoặc thư").fill("0912 345 678")
    page.get_by_role("button", name="Gửi yêu cầu").click()
    page.get_by_role("heading", name="Sở đã nhận yêu cầu").wait_for()
    assert "chậm nhất thứ Hai, 18/03/2024" in page.inner_text("main")
    fine()

    enter_desk(page, live)
    moment.at = from_local(datetime(2024, 3, 19, 9, 0))
    page.goto(f"{live.url}/desk/personal-data")
    assert "Trả lời: quá hạn 9 giờ" in page.inner_text("main")
    fine()
    page.get_by_role("link", name=f"Mở {NAME}").click()
    fine()
    page.get_by_role("checkbox", name=NAME).check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Tải bản trích").click()
    assert download.value.suggested_filename.startswith("Ban-trich-")
    page.get_by_role("button", name="Xóa dữ liệu của các dòng đã chọn").click()
    fine()
    page.get_by_label("Tất cả, cả họ tên và chức vụ").check()
    page.get_by_label("Căn cứ, lý do").fill("Người dự yêu cầu, đợt tập huấn đã xong.")
    page.get_by_role("button", name="Xóa hẳn").click()
    page.get_by_text("Đã xóa tất cả dữ liệu ở 1 đăng ký").wait_for()
    page.get_by_role("link", name="Ghi đã làm xong").click()
    fine()
    page.get_by_role("button", name="Sở đã xóa dữ liệu theo yêu cầu.").click()  # fills the field
    page.get_by_role("button", name="Ghi đã làm xong").click()
    page.get_by_text("hãy gọi để báo").wait_for()
    fine()
    page.goto(f"{live.url}/desk/personal-data/days-off")
    fine()
    page.goto(f"{live.url}/desk/personal-data")
    assert "Không có yêu cầu nào đang mở" in page.inner_text("main")
    fine()
    with live.app.app_context():
        assert db.session.scalars(select(DataRequest.state)).one() == "done"
        assert db.session.get_one(Registration, traced.registration_id).full_name != NAME
