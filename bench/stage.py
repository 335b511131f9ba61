"""Servers for the cases: the application and, in the same configuration, the empty page."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench.load import Load, get, repeated, run
from bench.server import RealServer, environment, free_port
from bench.world import make_app


@dataclass(frozen=True)
class Stage:
    """``env``: of the application's server; its database is migrated with the first world."""

    env: dict[str, str]
    app: Flask
    server: RealServer
    empty: RealServer

    @property
    def port(self) -> int:
        return self.server.port

    def empty_load(self, requests: int, clients: int = 8) -> Load:
        return run(self.empty.port, repeated(get("/"), requests), clients)


@contextmanager
def empty_server(directory: Path, processes: int = 2) -> Iterator[RealServer]:
    env = environment(directory, "", free_port())
    with RealServer(
        env, target="bench.empty:app", processes=processes, log=directory / "empty.log"
    ) as server:
        yield server


@contextmanager
def stage(database_url: str | None = None, processes: int = 2) -> Iterator[Stage]:
    """Not started yet: make the worlds, then `with stage.server:`. SQLite unless told otherwise."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        url = database_url or f"sqlite:///{directory / 'app.db'}"
        env = environment(directory, url, free_port())
        with empty_server(directory, processes) as empty:
            yield Stage(env, make_app(env), RealServer(env, processes=processes), empty)
