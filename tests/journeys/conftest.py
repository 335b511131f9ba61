"""A real server and a real browser for the journeys.

`live`: the application on a migrated database of its own, served on a free port by threads of
this process, so that factories and the frozen clock work on what the browser sees.
`phone` (360 × 760, touch), `desktop` (1280 × 800), `page` (the test runs once on each).
`open_browser(*flags)`: another Chromium, with a camera fed from a file for instance.
`axe(page)`: what axe-core finds wrong, empty when nothing is.
A page that throws, or that asks another host for anything, fails its test.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from werkzeug.serving import make_server

from app import create_app
from app.extensions import db
from tests.conftest import make_settings

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"viewport": {"width": 360, "height": 760}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PATIENCE = 10_000  # ms: how long a page may take before its test fails


@dataclass(frozen=True)
class Live:
    """A running server. `app` is the same application: use it in `with live.app.app_context()`."""

    app: Flask
    url: str

    def address(self, endpoint: str, **values: Any) -> str:
        with self.app.test_request_context(base_url=self.url):
            return url_for(endpoint, _external=True, **values)


@pytest.fixture
def live_env() -> dict[str, str]:
    """Environment of the live server; a test module may override it ({"REHEARSAL": "1"})."""
    return {}


@pytest.fixture
def live(sqlite_template: Path, tmp_path: Path, live_env: dict[str, str]) -> Iterator[Live]:
    path = tmp_path / "live.db"
    shutil.copy(sqlite_template, path)
    server = None
    application: Flask | None = None

    def dispatch(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        assert application is not None
        answer = application.wsgi_app(environ, start_response)
        try:
            yield from answer
        finally:  # werkzeug's server forgets this when the browser leaves in the middle
            answer.close()  # type: ignore[attr-defined]

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, dispatch, threaded=True)
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_port}"
    application = create_app(
        make_settings(tmp_path, f"sqlite:///{path}", **{"BASE_URL": url, **live_env}), TESTING=True
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield Live(application, url)
    server.shutdown()
    thread.join()
    server.server_close()
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Ends with the journeys: its event loop runs in this thread, and others start loops of their own."""
    with sync_playwright() as running:
        yield running


def chromium_path() -> str:
    """The browser as it is installed for people, with a profile on the disk."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError("Chromium is not installed: run `make test`, which installs it")
    return path


def shell_path() -> str:
    """The same engine without its window, tabs and menus, where Debian has it: a third lighter."""
    return shutil.which("chromium-headless-shell") or chromium_path()


def launch(playwright: Playwright, *flags: str) -> Browser:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(
        executable_path=shell_path(),
        args=[*sandbox, "--disable-dev-shm-usage", "--font-render-hinting=none", *flags],
    )


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = launch(playwright)
    yield running
    running.close()


@pytest.fixture
def open_browser(live: Live, playwright: Playwright) -> Iterator[Callable[..., Browser]]:
    opened: list[Browser] = []

    def start(*flags: str) -> Browser:
        opened.append(launch(playwright, *flags))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


class Watch:
    """Faults of a page that its reader would never report."""

    def __init__(self, live: Live, *, axe: bool) -> None:
        self.live, self.axe = live, axe
        self.faults: list[str] = []
        self.contexts: list[BrowserContext] = []

    def context(self, browser: Browser, **options: Any) -> BrowserContext:
        context = browser.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **options)
        context.set_default_timeout(PATIENCE)
        if self.axe:
            context.add_init_script(axe_carried())
        context.on("page", self._page)
        context.on("request", self._request)
        self.contexts.append(context)
        return context

    def _page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._console(page, message))

    def _console(self, page: Page, message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(f"{page.url}: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.live.url, "data:", "blob:")):
            self.faults.append(f"asked another host: {request.url}")


@pytest.fixture
def watch(live: Live, request: pytest.FixtureRequest) -> Iterator[Watch]:
    watching = Watch(live, axe="axe" in request.fixturenames)
    yield watching
    for context in watching.contexts:
        context.close()
    assert watching.faults == []


@pytest.fixture
def phone(browser: Browser, watch: Watch) -> Page:
    return watch.context(browser, **PHONE).new_page()


@pytest.fixture
def desktop(browser: Browser, watch: Watch) -> Page:
    return watch.context(browser, **DESKTOP).new_page()


@pytest.fixture(params=["phone", "desktop"])
def page(request: pytest.FixtureRequest) -> Page:
    return request.getfixturevalue(request.param)


@functools.cache
def axe_carried() -> str:
    """Pages carry axe's source as a text: 650 KB take 40 ms to a page, so each context gets them once."""
    return f"globalThis.axeSource = {json.dumps(AXE.read_text(encoding='utf-8'))}"


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """`assert axe(page) == []`: "rule: target" for each WCAG 2.2 A and AA violation."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def check(page: Page, *, leave_out: str | None = None) -> list[str]:
        page.wait_for_load_state()  # a click returns when the new page begins, perhaps still empty
        violations = page.evaluate(
            """async ([tags, out]) => {
                globalThis.axe || (0, eval)(axeSource);
                const found = await axe.run(out ? {exclude: [out]} : document,
                    {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
                return found.violations;
            }""",
            [tags, leave_out],
        )
        return [
            f"{one['id']}: {node['target'][0]} – {node['failureSummary'].splitlines()[-1].strip()}"
            for one in violations
            for node in one["nodes"]
        ]

    return check


def overflows(page: Page) -> int:
    """How many pixels the page is wider than its window: 0 when nothing scrolls sideways."""
    page.wait_for_load_state()
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
