"""A PostgreSQL server for the cases that run on both databases."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import PostgresServer


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    with tempfile.TemporaryDirectory(prefix="bench-pg-") as name:
        with PostgresServer(Path(name)) as server:
            yield server


def fresh_database(server: PostgresServer) -> str:
    """→ the address of an empty one"""
    return server.url(server.fresh_database("template0"))
