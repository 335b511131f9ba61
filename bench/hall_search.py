"""A name typed at the door among twenty thousand delegates, on both databases."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from urllib.parse import quote

from bench import load
from bench.figures import Pair, Row, Sizes, at_most
from bench.gates import PairedGate, gate_secret, paired
from bench.postgres import fresh_database, postgres
from bench.stage import Stage, stage
from bench.world import make_world, seat_everybody

MOST_MS = 30
# Two letters that nearly everybody has, a tên, a whole name, a unit, all units, nobody.
QUERIES = (
    "an", "hi", "uy", "hiên", "nguyen an", "Nguyễn Thị An Hiên", "le hien so 01", "lon so 00123",
    "truong thpt", "xyz",
)  # fmt: skip


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    with postgres() as server:
        for kind in ("SQLite", "PostgreSQL"):
            with stage(None if kind == "SQLite" else fresh_database(server)) as here:
                for row in _searching(here, sizes, kind):
                    say(row)


def _searching(here: Stage, sizes: Sizes, kind: str) -> list[Row]:
    world = make_world(here.app, seats=sizes.hall_people, units=sizes.hall_people, slug="lon")
    seat_everybody(here.app, world)
    secret = gate_secret(here, world)
    with here.server:
        gate = paired(here, world, secret)
        for query in QUERIES:
            load.run(here.port, load.repeated(_asked(gate, query), 4), clients=2)
        medians, slowest = [], []
        floor = load.run(here.empty.port, load.repeated(load.get("/"), 200), clients=1).median_ms
        for query in QUERIES:
            done = load.run(
                here.port, load.repeated(_asked(gate, query), sizes.searches), clients=1
            )
            if set(done.statuses) != {200}:
                raise RuntimeError(f"search answered {done.statuses}")
            medians.append(done.median_ms)
            slowest.append(done.p95_ms)
    among = f"among {sizes.hall_people:,}, {kind}"
    middle, worst = statistics.median(medians), max(medians)
    return [
        at_most(f"search at the door {among}", Pair(middle, floor, middle / floor), "ms", MOST_MS),
        at_most(
            f"search at the door {among}, the slowest words",
            Pair(worst, floor, worst / floor), "ms", MOST_MS,
        ),
        Row(f"search at the door {among}, 95 of 100 of those", max(slowest), "ms"),
    ]  # fmt: skip


def _asked(gate: PairedGate, query: str) -> bytes:
    path = f"/hall/{gate.slug}/search?session={gate.session_id}&q={quote(query)}"
    return load.get(path, f"{gate.cookie}\r\nAccept: application/json")
