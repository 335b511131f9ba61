"""What a clerk's phone loads before the form can be used: bytes, and moments on a slow network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from app.core.assets import asset
from bench import load
from bench.phone import FAST_3G, SLOW_3G, Network, chromium, median_load
from bench.world import World, seat_everybody
from tests.conftest import FrozenClock
from tests.factories.events import make_event, participations
from tests.factories.registration import enter
from tests.factories.servers import Hosted, hosted
from tests.factories.units import unit_path

pytestmark = pytest.mark.journey
FIRST_LOAD_KB = 60
# Two journeys over the network, page and style sheet, and the bytes; without the processor's
# slowdown, which on a busy machine measures the machine. `python -m bench pages` has both.
MOST_MS = [(SLOW_3G, 1500), (FAST_3G, 1000)]
SERVED = re.compile(r'(?:href|src)="(/static/dist/[^"]+)"')


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    directory = tmp_path_factory.mktemp("weight")
    with hosted(directory, f"sqlite:///{directory / 'app.db'}") as running:
        yield running


@pytest.fixture(scope="module")
def pages(here: Hosted) -> dict[str, str]:
    """The page of a unit that has still to enter, and of one that has."""
    empty: World = here.world(seats=2, units=1, slug="trong")
    full: World = here.world(seats=2, units=1, slug="day")
    seat_everybody(here.app, full)
    found = {"form": empty.paths[0], "standing": full.paths[0]}
    for path in found.values():  # every process has drawn it once
        load.run(here.server.port, load.repeated(load.get(path), 30))
    return {name: f"http://127.0.0.1:{here.server.port}{path}" for name, path in found.items()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.mark.parametrize("page", ["form", "standing"])
@pytest.mark.parametrize(("network", "most"), MOST_MS)
def test_the_page_is_light_and_soon_there(
    pages: dict[str, str], browser: Browser, page: str, network: Network, most: float
) -> None:
    found = median_load(browser, pages[page], network, cpu_slowdown=1)
    assert {"Document", "Stylesheet", "Script"} <= set(found.bytes)
    assert found.kilobytes <= FIRST_LOAD_KB, found.bytes
    assert found.interactive <= most, found


def test_what_is_served_is_compressed_and_kept_for_a_year(
    client: FlaskClient, app: Flask, frozen_clock: FrozenClock
) -> None:
    html = client.get(unit_path(participations(make_event())[0])).get_data(as_text=True)
    files = [path for path in SERVED.findall(html) if path.endswith((".css", ".js"))]
    assert len(files) == 2
    for path in files:
        for encoding in ("br", "gzip"):
            with client.get(path, headers={"Accept-Encoding": encoding}) as answer:
                assert answer.headers["Content-Encoding"] == encoding
                assert "immutable" in answer.headers["Cache-Control"]
                assert len(answer.data) < 12_000, (path, encoding)


def classes_of(style: str) -> set[str]:
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", style)))


def test_the_small_style_sheet_has_all_that_a_units_pages_use(
    client: FlaskClient, app: Flask, frozen_clock: FrozenClock
) -> None:
    event = make_event(units=3)
    units = participations(event)
    enter(units[0], "Phạm Thu Hiên")
    base = unit_path(units[0])
    paths = ["/links", unit_path(units[1]), *(f"{base}{rest}" for rest in
             ("", "/change", "/withdraw", "/form", "/signed-form", "/requests/replace"))]  # fmt: skip
    static = Path(app.static_folder or "")
    with app.test_request_context():
        sheets = {
            name: (static / asset(f"{name}.css").removeprefix("/static/")).read_text()
            for name in ("unit", "choices", "public")
        }
    known = classes_of(sheets["public"])
    small = classes_of(sheets["unit"])
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in (200, 303, 404), path
        html = answer.get_data(as_text=True)
        used = {one for group in re.findall(r'class="([^"]*)"', html) for one in group.split()}
        offered = small | (classes_of(sheets["choices"]) if "/choices-" in html else set())
        assert used & known <= offered, (path, (used & known) - offered)
