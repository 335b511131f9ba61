"""kill -9 in the middle of registrations: whatever was acknowledged must be stored afterwards."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench import load
from bench.figures import Row, Sizes
from bench.server import RealServer, environment, free_port
from bench.stage import Stage, stage
from bench.world import World, delegate_form, make_world, stored_units

CLIENTS = 8
UNITS_A_KILL = 200
UNITS_A_WORKER_KILL = 40


def measure(sizes: Sizes, say: Callable[[Row], None]) -> None:
    with stage() as here:
        say(_whole_server(here, sizes.server_kills))
    with stage() as here:
        say(_single_processes(here, sizes.worker_kills))


class Clerks:
    """Clients that register unit after unit and note which answers they got."""

    def __init__(
        self, port: int, paths: list[str], cookie: str, token: str, first: int = 0
    ) -> None:
        self.port = port
        self.requests = iter(
            [
                (path, load.post(path, delegate_form(first + number, token), cookie))
                for number, path in enumerate(paths)
            ]
        )
        self.lock = threading.Lock()
        self.acknowledged: list[str] = []
        self.refused: list[int] = []
        self.unanswered = 0
        self.gone = threading.Event()
        self.threads = [threading.Thread(target=self._work) for _ in range(CLIENTS)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join()

    def _work(self) -> None:
        with load.Client(self.port) as client:
            while not self.gone.is_set():
                with self.lock:
                    path, request = next(self.requests, ("", b""))
                if not path:
                    return
                try:
                    answer = client.send(request)
                except (OSError, EOFError):
                    with self.lock:
                        self.unanswered += 1
                    continue
                with self.lock:
                    if answer.status == 303:
                        self.acknowledged.append(path)
                    else:
                        self.refused.append(answer.status)


def kill_in_the_middle(
    server: RealServer, world: World, paths: list[str], after: int, first: int = 0
) -> Clerks:
    """Start it, kill all of it once `after` units have their answer; leaves it dead."""
    server.start()
    cookie, token = load.session_of(server.port, world.paths[0])
    clerks = Clerks(server.port, paths, cookie, token, first)
    clerks.start()
    while len(clerks.acknowledged) < after and any(one.is_alive() for one in clerks.threads):
        time.sleep(0.001)
    server.kill()
    clerks.gone.set()
    clerks.join()
    return clerks


def integrity(path: Path) -> str:
    """ "ok", or what SQLite finds wrong with the file."""
    connection = sqlite3.connect(path)
    try:
        wrong = connection.execute("PRAGMA foreign_key_check").fetchall()
        return (
            "broken references"
            if wrong
            else connection.execute("PRAGMA integrity_check").fetchone()[0]
        )
    finally:
        connection.close()


def _whole_server(here: Stage, kills: int) -> Row:
    choose = random.Random(1)
    world = make_world(here.app, seats=110, units=kills * UNITS_A_KILL)
    acknowledged: list[str] = []
    wrong = 0
    for number in range(kills):
        part = world.paths[number * UNITS_A_KILL : (number + 1) * UNITS_A_KILL]
        clerks = kill_in_the_middle(
            here.server, world, part, choose.randrange(1, UNITS_A_KILL - CLIENTS),
            number * UNITS_A_KILL,
        )  # fmt: skip
        acknowledged += clerks.acknowledged
        wrong += len(clerks.refused) + (integrity(_file(here)) != "ok")
    lost = len(set(acknowledged) - stored_units(here.app, world)) + wrong
    return Row(
        f"registrations lost in {kills} kills of the server, {len(acknowledged):,} acknowledged",
        lost, "lost", target="0", ok=lost == 0, exact=True,
    )  # fmt: skip


def _single_processes(here: Stage, kills: int) -> Row:
    """One web process at a time, under load; gunicorn forks another."""
    choose = random.Random(2)
    world = make_world(here.app, seats=110, units=kills * UNITS_A_WORKER_KILL)
    env = environment(Path(here.env["DATA_DIR"]), here.env["DATABASE_URL"], free_port(),
                      GUNICORN_CMD_ARGS="--preload")  # fmt: skip
    killed = 0
    with RealServer(env, log=Path(here.env["DATA_DIR"]) / "preload.log") as server:
        cookie, token = load.session_of(server.port, world.paths[0])
        clerks = Clerks(server.port, world.paths, cookie, token)
        clerks.start()
        while killed < kills and any(one.is_alive() for one in clerks.threads):
            time.sleep(choose.uniform(0.02, 0.1))
            workers = server.workers()
            if workers:
                os.kill(choose.choice(workers), signal.SIGKILL)
                killed += 1
        clerks.gone.set()
        clerks.join()
    lost = len(set(clerks.acknowledged) - stored_units(here.app, world))
    lost += len(clerks.refused) + (integrity(_file(here)) != "ok")
    return Row(
        f"registrations lost in {killed:,} kills of a web process, "
        f"{len(clerks.acknowledged):,} acknowledged",
        lost, "lost", target="0", ok=lost == 0 and killed == kills, exact=True,
    )  # fmt: skip


def _file(here: Stage) -> Path:
    return Path(here.env["DATABASE_URL"].removeprefix("sqlite:///"))
