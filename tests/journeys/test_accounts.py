"""Accounts in a real browser: sign-in, own page, administration and audit log, each past axe."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.factories.accounts import PASSWORD, make_account, with_password
from tests.factories.events import make_event
from tests.journeys.conftest import Live, Watch

SHOTS = os.environ.get("ACCOUNT_SHOTS", "")  # a folder, to look at the pages


def look(page: Page, axe: Callable[[Page], list[str]], name: str, width: int) -> None:
    """No violation of WCAG A/AA, nothing scrolls sideways; a picture when asked for."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)
    assert axe(page) == [], name
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_of_accounts(
    live: Live, browser: Browser, watch: Watch, axe: Callable[[Page], list[str]], width: int
) -> None:
    with live.app.app_context():
        make_event()
        admin = with_password(make_account("admin", full_name="Đặng Thu Trà"))
        make_account("hall", full_name="Công Tằng Tôn Nữ Thị Quỳnh Như Phương Thảo Nguyên")
        email = admin.email
    page = watch.context(browser, viewport={"width": width, "height": 800}).new_page()
    page.goto(live.url + "/desk/accounts")
    look(page, axe, "sign-in", width)
    page.get_by_label("Thư điện tử").fill(email)
    page.locator("#password").fill("sai mật khẩu rồi")
    page.get_by_role("button", name="Hiện").click()
    assert page.locator("#password").get_attribute("type") == "text"
    with page.expect_navigation():
        page.get_by_role("button", name="Đăng nhập").click()
    look(page, axe, "sign-in-wrong", width)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/desk/accounts")
    look(page, axe, "accounts", width)
    for name, path in (
        ("create", "/desk/accounts/new"),
        ("detail", "/desk/accounts/2"),
        ("give-password", "/desk/accounts/2/password"),
        ("question", "/desk/accounts/2/deactivate"),
        ("audit", "/desk/audit"),
        ("audit-empty", "/desk/audit?action=gate.created"),
        ("me", "/desk/account"),
        ("two-step", "/desk/account/two-step"),
        ("two-step-off", "/desk/account/two-step/off"),
        ("change-password", "/account/password"),
        ("forgot", "/account/reset"),
    ):
        page.goto(live.url + path)
        look(page, axe, name, width)
    page.goto(live.url + "/desk/accounts/new")
    with page.expect_navigation():
        page.get_by_role("button", name="Tạo tài khoản").click()
    look(page, axe, "create-errors", width)
    page.get_by_label("Họ và tên").fill("Lê Bảo Ngân")
    page.get_by_label("Thư điện tử").fill("ngan@example.vn")
    page.get_by_label("Hội trường:", exact=False).check()
    page.get_by_role("button", name="Tạo tài khoản").click()
    page.locator(".shown-once").wait_for()
    look(page, axe, "made", width)
