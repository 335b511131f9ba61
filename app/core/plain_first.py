"""A session that is asked for statements before it is asked for objects.

The transaction of SQLAlchemy's session costs as much as five statements of the hall's door. So who
only asks plain statements (`core.prepared`) gets a connection with its transaction and nothing
else; objects that come later are read and written by the same connection. With SQLite each thread
keeps its own: taking one from the pool and bringing it back costs as much as three statements.
"""

from __future__ import annotations

import threading
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine


class _Mine(threading.local):
    """``pool``: from which the connection came; a disposed engine has another."""

    connection: Connection | None = None
    pool: Any = None


_mine = _Mine()


class PlainFirst(Session):
    _plain: Connection | None = None

    def plain_connection(self) -> Connection:
        """The connection of the transaction, begun when there is none."""
        if self._plain is not None:
            return self._plain
        if self.in_transaction():
            return self.connection()
        self._plain = _lent_by(self._db.engine)
        self._plain.begin()
        return self._plain

    def has_connection(self) -> bool:
        return self._plain is not None or self.in_transaction()

    def get_bind(
        self,
        mapper: Any | None = None,
        clause: Any | None = None,
        bind: Engine | Connection | None = None,
        **more: Any,
    ) -> Engine | Connection:
        """Objects join the transaction that the statements began."""
        return self._plain or super().get_bind(mapper, clause, bind, **more)

    def commit(self) -> None:
        if self._plain is None or self.in_transaction():
            super().commit()
        if self._plain is not None:
            self._plain.commit()
            self._let_go()

    def rollback(self) -> None:
        if self._plain is None or self.in_transaction():
            super().rollback()
        self._let_go()

    def close(self) -> None:
        if self.in_transaction() or self.identity_map:  # else there are no objects to let go
            super().close()
        self._let_go()

    def _let_go(self) -> None:
        """What is not committed is rolled back."""
        plain, self._plain = self._plain, None
        if plain is None:
            return
        if plain.in_transaction():
            plain.rollback()
        if plain is not _mine.connection:
            plain.close()


def _lent_by(engine: Engine) -> Connection:
    """This thread's, unless another session of the thread is using it. PostgreSQL's go back to the
    pool, which looks whether the server is still there."""
    if engine.dialect.name != "sqlite":
        return engine.connect()
    own = _mine.connection
    if own is not None and own.in_transaction():
        return engine.connect()
    if own is None or own.closed or _mine.pool is not engine.pool:
        if own is not None:
            own.close()
        own = _mine.connection = engine.connect()
        _mine.pool = engine.pool
    return own
