"""Everybody at once: exact seats and queue numbers, on both databases, with few and many processes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import load
from bench.figures import Pair, Row, Sizes
from bench.stage import Stage, stage
from bench.world import World, delegate_form, make_world, seating
from tests.postgres import PostgresServer


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    with postgres() as server:
        for processes in sizes.processes:
            for kind in ("SQLite", "PostgreSQL"):
                url = None if kind == "SQLite" else fresh_database(server)
                with stage(url, processes) as here:
                    say(_many_units(here, sizes, f"{kind}, {processes} processes"))
        for kind in ("SQLite", "PostgreSQL"):
            with stage(None if kind == "SQLite" else fresh_database(server)) as here:
                say(_one_unit(here, sizes, kind))


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as name:
        with PostgresServer(Path(name)) as server:
            yield server


def fresh_database(server: PostgresServer) -> str:
    return server.url(server.fresh_database("template0"))


def _many_units(here: Stage, sizes: Sizes, where: str) -> Row:
    world = make_world(here.app, seats=sizes.seats, units=sizes.attempts)
    done, empty = _at_once(here, world, world.paths)
    stored = seating(here.app, world.event_id)
    waiting = sizes.attempts - sizes.seats
    exact = (
        done.statuses == {303: sizes.attempts}
        and stored.confirmed == stored.taken == sizes.seats
        and stored.queue == list(range(1, waiting + 1))
    )
    return _row(
        f"{sizes.attempts} units at once on {sizes.seats} seats, {where}", done, empty,
        f"{sizes.seats} seats, queue 1…{waiting}, no 5xx", exact,
    )  # fmt: skip


def _one_unit(here: Stage, sizes: Sizes, kind: str) -> Row:
    """Every attempt names another person: all but one are told that somebody stands already."""
    world = make_world(here.app, seats=sizes.seats, units=1)
    done, empty = _at_once(here, world, world.paths * sizes.attempts)
    stored = seating(here.app, world.event_id)
    exact = done.statuses == {303: 1, 409: sizes.attempts - 1} and stored.states == {"confirmed": 1}
    return _row(
        f"{sizes.attempts} attempts at once by one unit, {kind}", done, empty,
        "one registration, no 5xx", exact,
    )  # fmt: skip


def _at_once(here: Stage, world: World, paths: list[str]) -> tuple[load.Load, load.Load]:
    with here.server:
        cookie, token = load.session_of(here.port, world.paths[0])
        load.run(here.port, load.repeated(load.get(f"/events/{world.slug}"), 60))
        empty = here.empty_load(len(paths), clients=len(paths))
        requests = [
            load.post(path, delegate_form(number, token), cookie)
            for number, path in enumerate(paths)
        ]
        return load.run(here.port, requests, clients=len(requests)), empty


def _row(name: str, done: load.Load, empty: load.Load, target: str, exact: bool) -> Row:
    pair = Pair(done.seconds, empty.seconds, done.seconds / empty.seconds)
    return Row(name, pair.value, "s", pair.floor, pair.ratio, target, exact, exact=True)
