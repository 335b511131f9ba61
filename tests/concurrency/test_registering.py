"""Many clerks at once through gunicorn with several processes, on SQLite and on PostgreSQL."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Iterator

import pytest

from bench import load
from bench.world import REGISTRATION_ID, World, seating, visit
from tests.factories.registration import assert_seats_hold
from tests.factories.servers import Browser, Hosted, hosted


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def here(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hosted]:
    """One server for the tests of this module; each brings an event of its own."""
    directory = tmp_path_factory.mktemp("server")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), directory / "app.db")
        url = f"sqlite:///{directory / 'app.db'}"
    else:
        postgres = request.getfixturevalue("postgres")
        url = postgres.url(postgres.fresh_database("migrated"))
    with hosted(directory, url, processes=3) as server:
        yield server


def test_120_units_at_once_on_30_seats(here: Hosted) -> None:
    world = here.world(seats=30, units=120, slug="nhieu")
    browser = here.browser(world.paths[0])
    requests = [browser.registering(path, n) for n, path in enumerate(world.paths)]
    done = load.run(browser.port, requests, clients=120)
    assert done.statuses == {303: 120}
    stored = seating(here.app, world.event_id)
    assert stored.states == {"confirmed": 30, "waitlisted": 90}
    assert stored.taken == 30
    assert stored.queue == list(range(1, 91))


def test_60_attempts_at_once_by_one_unit(here: Hosted) -> None:
    """Half of them are double clicks of one clerk, half name somebody else."""
    world = here.world(seats=30, units=1, slug="mot")
    path = world.paths[0]
    browser = here.browser(path)
    requests = [browser.registering(path, n if n % 2 else 0) for n in range(60)]
    done = load.run(browser.port, requests, clients=60)
    assert set(done.statuses) == {303, 409}
    stored = seating(here.app, world.event_id)
    assert stored.states == {"confirmed": 1}
    assert stored.taken == 1


def test_storm_of_registering_changing_and_withdrawing(here: Hosted) -> None:
    """Eight clerks do whatever they like to the same units; the seats' rules hold afterwards."""
    world = here.world(seats=9, units=24, slug="bao")
    statuses: list[int] = []
    clerks = [
        threading.Thread(target=_clerk, args=(here, world, seed, statuses)) for seed in range(8)
    ]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert len(statuses) == 8 * 20
    assert set(statuses) <= {200, 303, 409}
    assert statuses.count(303) > 40
    with visit(here.app):
        assert_seats_hold(world.event_id)
    stored = seating(here.app, world.event_id)
    assert stored.states["withdrawn"] > 0
    assert stored.states["replaced"] > 0


def _clerk(here: Hosted, world: World, seed: int, statuses: list[int]) -> None:
    choose = random.Random(seed)
    browser = here.browser(world.paths[-1])  # nobody touches this one
    for step in range(20):
        path = choose.choice(world.paths[:-1])
        person = seed * 1000 + step
        action = choose.choice(["register", "register", "change", "withdraw"])
        if action == "register":
            request = browser.registering(path, person)
        else:
            request = _about_the_standing(browser, f"{path}/{action}", person)
        statuses.append(browser.send(request).status if request else 200)


def _about_the_standing(browser: Browser, path: str, person: int) -> bytes | None:
    """The form as the clerk sees it now; None when the unit has nobody."""
    shown = REGISTRATION_ID.search(browser.get(path).body)
    return browser.registering(path, person, registration_id=shown[1].decode()) if shown else None
