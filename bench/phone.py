"""First load of a page in Chromium as a phone on a slow network has it: bytes and moments.

The profiles are those of the tools whose names people use: WebPageTest's "3G Slow" and "3G Fast",
and what Chromium's own tools call "Slow 3G" (2 s before every answer: the page and its style
sheet alone take 4 s, so nobody's page is there in one).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Browser, sync_playwright

CPU_SLOWDOWN = 4
KBIT = 1000 / 8
NOT_COUNTED = ("Font", "Image")


@dataclass(frozen=True)
class Network:
    """Milliseconds before an answer begins; bits a second down and up."""

    name: str
    latency_ms: float
    down_kbit: float
    up_kbit: float


SLOW_3G = Network("slow 3G: 400 ms, 400 kbit/s", 400, 400, 400)
FAST_3G = Network("fast 3G: 150 ms, 1.6 Mbit/s", 150, 1600, 768)
DEVTOOLS_SLOW_3G = Network("DevTools' Slow 3G: 2000 ms, 400 kbit/s", 2000, 400, 400)


@dataclass
class FirstLoad:
    """``bytes``: kind of resource → bytes on the wire, heads included. Moments in ms after the start:
    ``painted``: the form is to be seen; ``ready``: the script ran too, if there is one."""

    bytes: dict[str, int] = field(default_factory=dict)
    painted: float = 0
    ready: float = 0

    @property
    def kilobytes(self) -> float:
        """All but fonts and pictures, in KB of 1,024."""
        return sum(n for kind, n in self.bytes.items() if kind not in NOT_COUNTED) / 1024

    @property
    def interactive(self) -> float:
        """Seen, typed into and sent, with everything the script adds."""
        return max(self.painted, self.ready)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise RuntimeError("Chromium is not installed: run `make test`, which installs it")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=[*flags, "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


_MOMENTS = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return paint && page.domContentLoadedEventEnd
    ? [paint.startTime, page.domContentLoadedEventEnd] : null;
}"""


def first_load(
    browser: Browser, url: str, network: Network, cpu_slowdown: int = CPU_SLOWDOWN
) -> FirstLoad:
    """A browser that was never here opens the page; its own start is not measured."""
    context = browser.new_context(
        viewport={"width": 360, "height": 760}, is_mobile=True, has_touch=True, locale="vi-VN"
    )
    page = context.new_page()
    page.goto(urljoin(url, "/time"))  # the browser itself is open already
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": False})
    session.send("Emulation.setCPUThrottlingRate", {"rate": cpu_slowdown})
    session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": network.latency_ms,
        "downloadThroughput": network.down_kbit * KBIT,
        "uploadThroughput": network.up_kbit * KBIT,
    })  # fmt: skip
    load = FirstLoad()
    kinds: dict[str, str] = {}

    def began(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = event["type"]

    def ended(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "Other")
        load.bytes[kind] = load.bytes.get(kind, 0) + int(event["encodedDataLength"])

    session.on("Network.responseReceived", began)
    session.on("Network.loadingFinished", ended)
    page.goto(url, wait_until="networkidle")
    moments = page.wait_for_function(_MOMENTS).json_value()
    load.painted, load.ready = moments
    context.close()
    return load


def median_load(
    browser: Browser, url: str, network: Network, times: int = 3, cpu_slowdown: int = CPU_SLOWDOWN
) -> FirstLoad:
    """The load in the middle of several, by when it was interactive."""
    loads = [first_load(browser, url, network, cpu_slowdown) for _ in range(times)]
    return sorted(loads, key=lambda one: one.interactive)[times // 2]


def load_within(
    browser: Browser, url: str, network: Network, most: float, cpu_slowdown: int = CPU_SLOWDOWN
) -> FirstLoad:
    """One that is no better than the median of three, without the third once two were in time."""
    loads = [first_load(browser, url, network, cpu_slowdown) for _ in range(2)]
    if max(one.interactive for one in loads) > most:
        loads.append(first_load(browser, url, network, cpu_slowdown))
    return sorted(loads, key=lambda one: one.interactive)[1]
