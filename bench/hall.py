"""The hall: what five phones kept while the network was away, and the list they decide by."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.checkin.models import Presence, Scan
from app.extensions import db
from bench import load
from bench.figures import Pair, Row, Sizes, at_most
from bench.offline_phones import (
    OfflinePhone,
    batches,
    codes_of,
    gate_secrets,
    offline_phone,
    version_in,
)
from bench.stage import Stage, stage
from bench.storm import fresh_database, postgres
from bench.world import make_world, seat_everybody, visit

GATES = 5
SYNC_SECONDS, LIST_SECONDS, LIST_MB, CHANGES_MS = 5.0, 1.0, 1.0, 50.0


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    with postgres() as server:
        for kind in ("SQLite", "PostgreSQL"):
            url = None if kind == "SQLite" else fresh_database(server)
            with stage(url) as here:
                for row in _rows(here, kind, sizes):
                    say(row)


def _rows(here: Stage, kind: str, sizes: Sizes) -> list[Row]:
    world = make_world(here.app, seats=sizes.hall, units=sizes.hall)
    delegates = seat_everybody(here.app, world)
    with visit(here.app):
        codes = codes_of(world, delegates)
    secrets = gate_secrets(here, world, GATES)
    with here.server:
        load.run(here.port, load.repeated(load.get(f"/events/{world.slug}"), 60))
        phones = [offline_phone(here, world, secret) for secret in secrets]
        list_rows = _list(here, phones[0], kind, sizes)
        return [*list_rows, _sync(here, phones, codes, kind, sizes)]


def _list(here: Stage, phone: OfflinePhone, kind: str, sizes: Sizes) -> list[Row]:
    empty = here.empty_load(200, clients=1).median_ms
    times, size = [], 0
    for _ in range(max(3, sizes.repeats)):
        began = time.perf_counter()
        size = len(load.ask(here.port, phone.roster()).body)
        times.append(time.perf_counter() - began)
    version = version_in(load.ask(here.port, phone.roster()))
    unchanged = load.run(here.port, load.repeated(phone.roster(version), 60), clients=1)
    whole, little = statistics.median(times), unchanged.median_ms
    name = f"list of {sizes.hall:,}, {kind}"
    return [
        at_most(f"{name}, whole", Pair(whole, empty / 1000, whole * 1000 / empty), "s", LIST_SECONDS),
        Row(f"{name}, packed", size / 1e6, "MB", target=f"≤ {LIST_MB:g} MB", ok=size <= LIST_MB * 1e6),
        at_most(f"{name}, unchanged", Pair(little, empty, little / empty), "ms", CHANGES_MS),
    ]  # fmt: skip


def _sync(
    here: Stage, phones: list[OfflinePhone], codes: list[str], kind: str, sizes: Sizes
) -> Row:
    """Each phone kept a fifth of the scans; every tenth person was scanned at two gates."""
    each = sizes.kept_scans // GATES
    began = datetime.now(UTC) - timedelta(hours=3)
    kept = []
    for number, phone in enumerate(phones):
        own = codes[number * each * 9 // 10 :][:each]
        kept.append([phone.scan(code, began + timedelta(seconds=n)) for n, code in enumerate(own)])
    version = version_in(load.ask(here.port, phones[0].roster()))
    spent = _all_at_once(here, phones, kept, version)
    everything = [scan for of_phone in kept for scan in of_phone]
    people = {scan["code"] for scan in everything}
    with visit(here.app):
        stored = db.session.scalar(select(func.count()).select_from(Scan))
        present = db.session.scalar(select(func.count()).select_from(Presence))
    exact = (stored, present) == (len(everything), len(people))
    return Row(
        f"{len(everything):,} kept scans of {GATES} gates at once, {kind}", spent, "s",
        target=f"≤ {SYNC_SECONDS:g} s, each stored once", ok=exact and spent <= SYNC_SECONDS,
    )  # fmt: skip


def _all_at_once(
    here: Stage, phones: list[OfflinePhone], kept: list[list[dict[str, Any]]], version: int
) -> float:
    """Their lists are of this version, and newer with each answer. → seconds"""
    start, failures = threading.Barrier(len(phones) + 1), []

    def send(phone: OfflinePhone, scans: list[dict[str, Any]], version: int) -> None:
        parts, left = batches(scans), len(scans)
        start.wait()
        try:
            with load.Client(here.port) as client:
                for part in parts:
                    answer = client.send(phone.batch(part, left, version))
                    version = version_in(answer)
                    if answer.status != 200:
                        raise RuntimeError(f"a batch was answered {answer.status}")
                    left -= len(part)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=send, args=(*of_phone, version))
        for of_phone in zip(phones, kept, strict=True)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return time.perf_counter() - began
