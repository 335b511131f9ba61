"""A session that is asked for statements before it is asked for objects.

The transaction of SQLAlchemy's session costs as much as five statements of the hall's door. So who
only asks plain statements (`core.prepared`) gets a connection with its transaction and nothing
else; objects that come later are read and written by the same connection.
"""

from __future__ import annotations

from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine


class PlainFirst(Session):
    _plain: Connection | None = None

    def plain_connection(self) -> Connection:
        """The connection of the transaction, begun when there is none."""
        if self._plain is not None:
            return self._plain
        if self.in_transaction():
            return self.connection()
        self._plain = self._db.engine.connect()
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
        if plain is not None:
            plain.close()
