"""Connections that clients keep are shared out evenly among the server's processes."""

from __future__ import annotations

import os
import runpy
import selectors
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from bench import load
from bench.server import ROOT, RealServer
from tests.factories.servers import hosted

CONF = ROOT / "gunicorn.conf.py"
PATIENT = 20.0  # seconds: on a busy machine, too, the other one comes before


@pytest.fixture
def conf() -> dict[str, Any]:
    """The configuration as one server reads it, with slots of its own."""
    return runpy.run_path(str(CONF))


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


@contextmanager
def worker(conf: dict[str, Any], listener: socket.socket, *, holds: int) -> Iterator[Any]:
    """One that accepts, with so many connections, in this process."""
    settings = Config()
    made = conf["EvenWorker"](0, os.getpid(), [listener], None, 30, settings, Logger(settings))
    made.enqueue_req = lambda connection: connection.close()
    made.nr_conns = holds
    with selectors.DefaultSelector() as made.poller, closing(made.tmp):
        made.set_accept_enabled(True)
        yield made


def test_the_fuller_one_leaves_a_connection_to_the_emptier(
    conf: dict[str, Any], listener: socket.socket
) -> None:
    conf["EvenWorker"].gives_way = PATIENT
    with (
        worker(conf, listener, holds=2) as full,
        worker(conf, listener, holds=1) as empty,
        socket.create_connection(listener.getsockname()),
    ):
        waiting = threading.Thread(target=full.accept, args=(listener,))
        waiting.start()
        empty.accept(listener)
        waiting.join()
        assert (full.nr_conns, empty.nr_conns) == (2, 2)


def test_who_is_not_fuller_takes_it_at_once(
    conf: dict[str, Any], listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf["time"], "sleep", lambda _seconds: pytest.fail("it waited"))
    with (
        worker(conf, listener, holds=3) as one,
        worker(conf, listener, holds=3),
        socket.create_connection(listener.getsockname()),
    ):
        one.accept(listener)
        assert one.nr_conns == 4


def test_nobody_waits_for_who_does_not_come(conf: dict[str, Any], listener: socket.socket) -> None:
    with (
        worker(conf, listener, holds=2) as full,
        worker(conf, listener, holds=0) as hung,
        socket.create_connection(listener.getsockname()),
    ):
        began = time.monotonic()
        full.accept(listener)
        assert (full.nr_conns, hung.nr_conns) == (3, 0)
        assert time.monotonic() - began < 1


def test_nobody_waits_once_another_has_taken_it(
    conf: dict[str, Any], listener: socket.socket
) -> None:
    """Though there is one that holds still fewer."""
    conf["EvenWorker"].gives_way = PATIENT
    with (
        worker(conf, listener, holds=2) as full,
        worker(conf, listener, holds=1) as other,
        worker(conf, listener, holds=0),
        socket.create_connection(listener.getsockname()),
    ):
        waiting = threading.Thread(target=full.accept, args=(listener,))
        waiting.start()
        taken, _ = listener.accept()
        taken.close()
        began = time.monotonic()
        waiting.join()
        assert time.monotonic() - began < PATIENT / 2
        assert (full.nr_conns, other.nr_conns) == (2, 1)


@pytest.mark.parametrize("ending", ["stops", "ended"])
def test_nobody_waits_for_who_takes_none(
    conf: dict[str, Any],
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    monkeypatch.setattr(conf["time"], "sleep", lambda _seconds: pytest.fail("it waited"))
    with (
        worker(conf, listener, holds=2) as full,
        worker(conf, listener, holds=0) as other,
        socket.create_connection(listener.getsockname()),
    ):
        if ending == "stops":
            other.set_accept_enabled(False)
        else:
            conf["child_exit"](None, other)
        full.accept(listener)
        assert full.nr_conns == 3


def test_the_slot_of_an_ended_one_is_the_next_one_s(
    conf: dict[str, Any], listener: socket.socket
) -> None:
    with worker(conf, listener, holds=0) as first, worker(conf, listener, holds=0) as second:
        conf["child_exit"](None, first)
        with worker(conf, listener, holds=0) as third:
            assert third.slot == first.slot != second.slot


def test_kept_connections_are_spread_over_the_processes(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after one process was killed and another came in its place."""
    patient = tmp_path / "patient.conf.py"
    patient.write_text(
        f"import runpy\nglobals().update(runpy.run_path({str(CONF)!r}))\n"
        f"EvenWorker.gives_way = {PATIENT}\n"
    )
    monkeypatch.setattr("bench.server.CONF", str(patient))
    shutil.copy(sqlite_template, tmp_path / "app.db")
    with hosted(tmp_path, f"sqlite:///{tmp_path / 'app.db'}", processes=3) as here:
        first = accepting(here.server)
        assert spread(here.server, 9) == [3, 3, 3]
        os.kill(first[0], signal.SIGKILL)
        until(lambda: first[0] not in here.server.workers())
        assert accepting(here.server) != first
        assert spread(here.server, 9) == [3, 3, 3]


def accepting(server: RealServer) -> list[int]:
    """Its three processes, once each of them waits for connections and has none."""
    until(lambda: [awaited(pid) == 2 for pid in server.workers()] == [True] * 3)
    return server.workers()


def awaited(pid: int) -> int:
    """How many files this process waits for: its own queue, the listener, kept connections."""
    for number in Path(f"/proc/{pid}/fd").iterdir():
        if "eventpoll" in os.readlink(number):
            return Path(f"/proc/{pid}/fdinfo/{number.name}").read_text().count("tfd:")
    return 0


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


def spread(server: RealServer, clients: int) -> list[int]:
    """So many that keep their connections, and how many of these each process holds."""
    with ExitStack() as opened:
        for _ in range(clients):
            client = opened.enter_context(load.Client(server.port))
            assert client.send(load.get("/time")).status == 200
        held = _established(server.port)
        return sorted(len(held & _sockets(pid)) for pid in server.workers())


def _established(port: int) -> set[str]:
    """Inodes of the server's ends."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[3] == "01" and row[1].endswith(f":{port:04X}")}


def _sockets(pid: int) -> set[str]:
    links = [os.readlink(one) for one in Path(f"/proc/{pid}/fd").iterdir()]
    return {link[8:-1] for link in links if link.startswith("socket:[")}
