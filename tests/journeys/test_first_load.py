"""What a clerk's phone loads before the form can be used: bytes, and moments on a slow network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from bench import load
from bench.phone import FAST_3G, SLOW_3G, Network, load_within
from bench.world import World, seat_everybody
from tests.factories.servers import Hosted, hosted

pytestmark = pytest.mark.journey
FIRST_LOAD_KB = 60
# Two journeys over the network, page and style sheet, and the bytes; without the processor's
# slowdown, which on a busy machine measures the machine. `python -m bench pages` has both.
MOST_MS = [(SLOW_3G, 1500), (FAST_3G, 1000)]


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


@pytest.mark.parametrize("page", ["form", "standing"])
@pytest.mark.parametrize(("network", "most"), MOST_MS)
def test_the_page_is_light_and_soon_there(
    pages: dict[str, str], browser: Browser, page: str, network: Network, most: float
) -> None:
    found = load_within(browser, pages[page], network, most, cpu_slowdown=1)
    assert {"Document", "Stylesheet", "Script"} <= set(found.bytes)
    assert found.kilobytes <= FIRST_LOAD_KB, found.bytes
    assert found.interactive <= most, found
