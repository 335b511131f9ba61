"""Two hundred phones look at the board while people are checked in."""

from __future__ import annotations

import heapq
import itertools
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import load
from bench.figures import Row, Sizes
from bench.gates import PairedGate, codes_of, gate_secret, paired
from bench.stage import Stage, stage
from bench.world import make_world, seat_everybody

VIEWERS, THREADS = 200, 4
LOAD_MOST = 10.0  # percent of the check-ins' rate, and of the server's processors
SETTLING = 25.0  # seconds until the viewers ask as seldom as they are told
_ETAG = re.compile(rb"^etag: *(\S+)", re.IGNORECASE | re.MULTILINE)
_NEXT = re.compile(rb"^board-next: *(\d+)", re.IGNORECASE | re.MULTILINE)


class Viewers:
    """Each asks anew, on a connection of its own, after as long as it was told."""

    def __init__(self, port: int, gate: PairedGate, number: int) -> None:
        self.port, self.gate = port, gate
        start = time.monotonic()
        chance = random.Random(7)
        due = [(start + chance.random() * 3, one, b"") for one in range(number)]
        self.queues = [due[place::THREADS] for place in range(THREADS)]
        self.ended = threading.Event()
        self.asked = itertools.count()
        self.answers: dict[int, int] = {}
        self.failures: list[BaseException] = []

    @contextmanager
    def looking(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._look, args=(one,)) for one in self.queues]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join()
        if self.failures:
            raise self.failures[0]

    def _look(self, queue: list[tuple[float, int, bytes]]) -> None:
        heapq.heapify(queue)
        chance = random.Random(len(queue))
        try:
            while queue and not self.ended.wait(max(0.0, queue[0][0] - time.monotonic())):
                _due, viewer, etag = heapq.heappop(queue)
                answer = load.ask(self.port, self._request(etag))
                self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
                next(self.asked)
                found, wait = _ETAG.search(answer.head), _NEXT.search(answer.head)
                if answer.status not in (200, 304) or found is None or wait is None:
                    raise RuntimeError(f"the board answered {answer.status}")
                pause = int(wait[1]) * (0.85 + chance.random() * 0.3)
                heapq.heappush(queue, (time.monotonic() + pause, viewer, found[1]))
        except BaseException as error:
            self.failures.append(error)

    def _request(self, etag: bytes) -> bytes:
        path = f"/hall/{self.gate.slug}/board/live?session={self.gate.session_id}"
        known = f"\r\nIf-None-Match: {etag.decode()}" if etag else ""
        return load.get(path, f"{self.gate.cookie}\r\nAccept-Encoding: gzip{known}")


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    with stage() as here:
        people = sizes.requests * (2 * sizes.repeats + 2)
        world = make_world(here.app, seats=people, units=people, slug="cua")
        delegates = seat_everybody(here.app, world)
        codes = iter(codes_of(here, delegates))
        secret = gate_secret(here, world)
        with here.server:
            gate = paired(here, world, secret)
            scans = (gate.scan(code) for code in codes)
            _rate(here, scans, sizes)  # every process has answered
            for row in _beside(here, gate, scans, sizes):
                say(row)


def _beside(here: Stage, gate: PairedGate, scans: Iterator[bytes], sizes: Sizes) -> Iterator[Row]:
    pairs = []
    for _ in range(sizes.repeats):
        alone = _rate(here, scans, sizes)
        viewers = Viewers(here.port, gate, sizes.viewers)
        with viewers.looking():
            time.sleep(SETTLING if sizes.viewers == VIEWERS else 1)
            together = _rate(here, scans, sizes)
            share = _processor(here, 10 if sizes.viewers == VIEWERS else 1, gate, scans)
        pairs.append((alone, together, share))
    alone, together, share = sorted(pairs, key=lambda one: one[1] / one[0])[len(pairs) // 2]
    kept = together / alone
    yield Row(
        f"check-ins beside {sizes.viewers} viewers of the board", together, "/s", alone, kept,
        f"≥ {100 - LOAD_MOST:g} % of those without", kept >= 1 - LOAD_MOST / 100,
    )  # fmt: skip
    yield Row(
        f"the server's processor time for {sizes.viewers} viewers", share, "%",
        target=f"≤ {LOAD_MOST:g} %", ok=share <= LOAD_MOST,
    )  # fmt: skip


def _rate(here: Stage, scans: Iterator[bytes], sizes: Sizes) -> float:
    done = load.run(here.port, list(itertools.islice(scans, sizes.requests)))
    if set(done.statuses) != {200}:
        raise RuntimeError(f"check-in answered {done.statuses}")
    return done.rate


def _processor(here: Stage, seconds: float, gate: PairedGate, scans: Iterator[bytes]) -> float:
    """Percent of the machine's processors that the web processes use while nobody but the viewers
    and one gate (a person a second) asks."""
    began, used = time.monotonic(), _used(here)
    while time.monotonic() - began < seconds:
        load.ask(here.port, next(scans))
        time.sleep(1)
    passed = time.monotonic() - began
    return 100 * (_used(here) - used) / passed / (os.cpu_count() or 1)


def _used(here: Stage) -> float:
    """Seconds of processor time of the web processes."""
    ticks = 0
    for pid in here.server.workers():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
