"""Rates: registration, event page, unit's page, check-in; and the web process's memory afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.accounts.setup import datastore
from app.core.database import unit_of_work
from bench import check_in, load, phone
from bench.figures import Pair, Row, Sizes, at_least, at_most, side_by_side
from bench.stage import Stage, stage
from bench.world import World, delegate_form, make_world, visit

REGISTERING, PAGE, CHECK_IN = 0.08, 0.25, 0.15
P95_MS = 60
WARMING = 40  # scans of each way before the measured ones
MEMORY_MB = 160
FIRST_LOAD_KB, SLOW_3G_MS, FAST_3G_MS = 60, 1500, 1000


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    with stage() as here:
        entering = make_world(
            here.app, seats=sizes.requests, units=sizes.requests * sizes.repeats, slug="ghi"
        )
        doors = check_in.make_hall(here, WARMING + sizes.requests * sizes.repeats)
        hall = doors.plain
        desk = _desk_cookie(here)
        with here.server:
            _warm(here, hall)
            for row in _registering(here, entering, sizes):
                say(row)
            say(_page(here, "event page", f"/events/{hall.slug}", "", sizes))
            empty_unit = make_world(here.app, seats=1, units=1, slug="trong").paths[0]
            for name, path in (("form", empty_unit), ("registered", hall.paths[0])):
                cookie = load.session_of(here.port, empty_unit)[0] if name == "form" else ""
                cookie = cookie or _opened(here, path)
                say(_page(here, f"unit's page, {name}", path, cookie, sizes))
                for row in _on_a_phone(here, name, path):
                    say(row)
            for row in _check_ins(here, doors, sizes):
                say(row)
            _papers(here, entering, desk)
            say(
                at_most(
                    "memory of one web process after the bench",
                    side_by_side(here.server.memory_mb, here.empty.memory_mb, 1),
                    "MB",
                    MEMORY_MB,
                )
            )


def _warm(here: Stage, world: World) -> None:
    """Every process has answered before anything is measured."""
    load.run(here.port, load.repeated(load.get(f"/events/{world.slug}"), 60))
    here.empty_load(200)


def _rate(
    here: Stage, batches: Iterator[list[bytes]], expected: int, sizes: Sizes, p95: list[float]
) -> Pair:
    def work() -> float:
        done = load.run(here.port, next(batches))
        if set(done.statuses) != {expected}:
            raise RuntimeError(f"answers {done.statuses}, expected {expected} only")
        p95.append(done.p95_ms)
        return done.rate

    return side_by_side(work, lambda: here.empty_load(sizes.empty_requests).rate, sizes.repeats)


def _registering(here: Stage, world: World, sizes: Sizes) -> list[Row]:
    """Complete POSTs by 8 clients, another unit and another person each time."""
    cookie, token = load.session_of(here.port, world.paths[0])
    requests = [
        load.post(path, delegate_form(number, token), cookie)
        for number, path in enumerate(world.paths)
    ]
    p95: list[float] = []
    pair = _rate(here, _batches(requests, sizes), 303, sizes, p95)
    worst = sorted(p95)[len(p95) // 2]
    empty = here.empty_load(sizes.empty_requests).p95_ms
    return [
        at_least("registration POST, 8 clients", pair, "/s", REGISTERING),
        at_most("registration POST, p95", Pair(worst, empty, worst / empty), "ms", P95_MS),
    ]


def _batches(requests: list[bytes], sizes: Sizes) -> Iterator[list[bytes]]:
    return (
        requests[start : start + sizes.requests]
        for start in range(0, len(requests), sizes.requests)
    )


def _page(here: Stage, name: str, path: str, cookie: str, sizes: Sizes) -> Row:
    requests = load.repeated(load.get(path, cookie), sizes.requests * sizes.repeats)
    pair = _rate(here, _batches(requests, sizes), 200, sizes, [])
    return at_least(name, pair, "/s", PAGE)


def _on_a_phone(here: Stage, name: str, path: str) -> list[Row]:
    """First load in Chromium, the processor four times slower. No floor: the network's own
    two journeys, page and style sheet, are 800 ms of slow 3G and 4 s of DevTools' Slow 3G."""
    url = f"http://127.0.0.1:{here.port}{path}"
    load.run(here.port, load.repeated(load.get(path), 30))  # every process has drawn it
    with phone.chromium() as browser:
        slow = phone.median_load(browser, url, phone.SLOW_3G)
        fast = phone.median_load(browser, url, phone.FAST_3G)
        slowest = phone.first_load(browser, url, phone.DEVTOOLS_SLOW_3G)
    rows = [_most(f"unit's page, {name}, first load", slow.kilobytes, "KB", FIRST_LOAD_KB)]
    for network, load_, limit in (
        (phone.SLOW_3G, slow, SLOW_3G_MS),
        (phone.FAST_3G, fast, FAST_3G_MS),
        (phone.DEVTOOLS_SLOW_3G, slowest, None),
    ):
        what = f"unit's page, {name}, interactive on {network.name}"
        rows.append(_most(what, load_.interactive, "ms", limit))
    return rows


def _most(name: str, value: float, unit: str, limit: float | None) -> Row:
    if limit is None:
        return Row(name, value, unit)
    return Row(name, value, unit, target=f"≤ {limit:g} {unit}", ok=value <= limit)


def _opened(here: Stage, path: str) -> str:
    """The cookies of a browser that has opened this page before."""
    return "; ".join(
        found.decode() for found in load.COOKIE.findall(load.ask(here.port, load.get(path)).head)
    )


def _check_ins(here: Stage, hall: check_in.Hall, sizes: Sizes) -> Iterator[Row]:
    """Paired gates let everybody in, one scan each."""
    for name, world, scans_of in check_in.ways(hall):
        requests = scans_of(here, hall)
        load.run(here.port, requests[:WARMING])  # each process has made its statements
        pair = _rate(here, _batches(requests[WARMING:], sizes), 200, sizes, [])
        check_in.ensure_present(here, world, len(requests))
        yield at_least(name, pair, "/s", CHECK_IN)


def _desk_cookie(here: Stage) -> str:
    """An officer signed in, as the browser's cookie says it."""
    with visit(here.app):
        with unit_of_work():
            account = datastore.create_user(
                email="bench@example.vn", full_name="Bench", active=True
            )
            datastore.add_role_to_user(account, datastore.find_or_create_role("admin"))
            mark = account.fs_uniquifier
        serializer = here.app.session_interface.get_signing_serializer(here.app)  # type: ignore[attr-defined]
        return f"session={serializer.dumps({'_user_id': mark, '_fresh': True})}"


def _papers(here: Stage, world: World, desk: str) -> None:
    """What makes a process grow: each list and all letters once in every process."""
    base = f"/desk/events/{world.slug}"
    paths = [f"{base}/lists/delegates.{kind}" for kind in ("xlsx", "docx", "pdf", "csv")]
    for path in [*paths, f"{base}/invitations/all.pdf", f"{base}/", f"{base}/registrations"]:
        done = load.run(here.port, load.repeated(load.get(path, desk), 6), clients=3)
        if set(done.statuses) != {200}:
            raise RuntimeError(f"{path} answered {done.statuses}")
