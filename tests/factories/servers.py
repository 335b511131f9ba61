"""The real server of several processes on a test's own database, and what a browser would send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench import load
from bench.server import RealServer, environment, free_port
from bench.world import World, delegate_form, make_app, make_world


@dataclass(frozen=True)
class Hosted:
    """``server`` runs; ``app`` looks at the same database from here."""

    server: RealServer
    app: Flask

    @property
    def log(self) -> str:
        return self.server.log.read_text(encoding="utf-8")

    def world(self, *, seats: int, units: int, slug: str = "dot-thu") -> World:
        return make_world(self.app, seats=seats, units=units, slug=slug)

    def browser(self, path: str) -> Browser:
        """Somebody who has opened this page."""
        return Browser(self.server.port, *load.session_of(self.server.port, path))


@dataclass(frozen=True)
class Browser:
    """A session with its CSRF token."""

    port: int
    cookie: str
    token: str

    def registering(self, path: str, number: int, **more: str) -> bytes:
        """The POST of another person for each number."""
        return load.post(path, delegate_form(number, self.token, **more), self.cookie)

    def get(self, path: str) -> load.Answer:
        return load.ask(self.port, load.get(path, self.cookie))

    def send(self, request: bytes) -> load.Answer:
        return load.ask(self.port, request)


@contextmanager
def hosted(
    directory: Path,
    database_url: str,
    *,
    processes: int = 2,
    log_directory: Path | None = None,
    **extra: str,
) -> Iterator[Hosted]:
    """``extra``: settings of the environment."""
    env = environment(directory, database_url, free_port(), **extra)
    log = (log_directory or directory) / "server.log"
    with RealServer(env, processes=processes, log=log) as server:
        yield Hosted(server, make_app(env))
