"""Writers of one SQLite file take turns without polling it.

SQLite lets one writer in and makes the others sleep and look again, up to 100 ms a time: under
load the database stands idle while everybody sleeps. So threads of a process queue on a lock,
and one thread a process waits for a lock file beside the database. This is speed, not safety:
BEGIN IMMEDIATE and the constraints guard the data from any writer, also one that does not queue.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from flask import current_app

from app.core.errors import NotStored
from app.extensions import db

PATIENCE = 10.0  # seconds, as SQLite's own busy_timeout
LOOK_AGAIN = 0.00005


class WriterQueue:
    """The turns of one database file."""

    def __init__(self, path: str) -> None:
        self.lock = threading.Lock()
        self.file = os.open(f"{path}-writer", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Raises NotStored when nobody gives way for ten seconds."""
        ends = time.monotonic() + PATIENCE
        if not self.lock.acquire(timeout=PATIENCE):
            raise NotStored()
        try:
            self._take_file(ends)
            try:
                yield
            finally:
                fcntl.flock(self.file, fcntl.LOCK_UN)
        finally:
            self.lock.release()

    def _take_file(self, ends: float) -> None:
        while True:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > ends:
                    raise NotStored() from None
                time.sleep(LOOK_AGAIN)
            else:
                return


def writers_turn() -> AbstractContextManager[Any]:
    """A turn to write, for SQLite; PostgreSQL queues its writers itself."""
    if db.engine.dialect.name != "sqlite" or not db.engine.url.database:
        return nullcontext()
    queue = current_app.extensions.get("writer_queue")
    if queue is None:
        queue = current_app.extensions.setdefault(
            "writer_queue", WriterQueue(db.engine.url.database)
        )
    return queue.turn()
