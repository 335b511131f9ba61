"""Whether anybody has committed anything, asked of SQLite in two microseconds.

`PRAGMA data_version` gives a connection that never writes another number after each commit of any
other connection, in whatever process. So each process has one that does nothing else. Nothing of
the kind exists for PostgreSQL, nor for a database in memory.

The file must stay where it is while the server runs (`flask restore` writes into it): like every
open connection, this one would go on looking at the old one.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from sqlalchemy import Engine, event

from app.extensions import db

Mark = tuple[int, int]  # which connection says so, for its numbers are its own; its number
IN_MEMORY = (None, "", ":memory:")


class Commits:
    """The connection of this process and application, opened when first asked."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._lent: Any = None
        self._opened = 0

    def mark(self) -> Mark | None:
        """Two equal ones: between them nothing was committed. None: this database does not say."""
        with self._turn:
            try:
                if self._lent is None and not self._open(db.engine):
                    return None
                row = self._lent.dbapi_connection.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error:
                return None
            return self._opened, row[0]

    def _open(self, engine: Engine) -> bool:
        if engine.dialect.name != "sqlite" or engine.url.database in IN_MEMORY:
            return False
        self._lent = engine.raw_connection()
        self._lent.detach()  # from the pool: nobody writes with it
        self._opened += 1
        event.listen(engine, "engine_disposed", self._close, once=True)
        return True

    def _close(self, _engine: Engine) -> None:
        with self._turn:
            self._lent.close()
            self._lent = None
