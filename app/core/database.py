"""The base of all tables, the unit of work, and constraint names turned into refusals.

One way to write for SQLite and PostgreSQL: services flush, the route opens one
`unit_of_work()`. On SQLite it begins with BEGIN IMMEDIATE (a plain BEGIN fails under
load with "database is locked"); on PostgreSQL services lock the event's row.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask import current_app
from sqlalchemy import Connection, DateTime, Engine, MetaData, String, Table, event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from app.core.errors import DomainError, NotStored
from app.core.plain_first import PlainFirst

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    if TYPE_CHECKING:
        __table__: ClassVar[Table]  # SQLAlchemy says FromClause, for mappings we do not use


class Instant(TypeDecorator[datetime]):
    """An instant: aware UTC in Python, naive UTC in SQLite, timestamptz in PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return _in_utc(value) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    # SQLite's text made and read at once: SQLAlchemy takes three steps, twenty times a scan.

    def bind_processor(self, dialect: Any) -> Any:
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        if dialect.name == "sqlite":
            return _from_text
        return super().result_processor(dialect, coltype)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value.astimezone(UTC)


def _to_text(value: datetime | None) -> str | None:
    """As SQLAlchemy's DATETIME keeps it: 2024-03-05 10:00:00.000000."""
    if value is None:
        return None
    moment = value if value.tzinfo is UTC else _in_utc(value)
    return moment.isoformat(" ", "microseconds")[:26]  # without +00:00


def _from_text(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if value is not None else None


# Keys made by core.vietnamese compare byte by byte on both databases.
SortKey = String(400).with_variant(String(400, collation="C"), "postgresql")

# What a session notes of the unit of work it is in.
WRITING, AFTER_COMMIT = "writing", "after_commit"

_CONSTRAINT_SENTENCES: dict[str, Callable[[], DomainError]] = {}


def on_constraint(name: str, refusal: Callable[[], DomainError]) -> None:
    """Say which refusal a violated constraint of this name stands for."""
    _CONSTRAINT_SENTENCES[name] = refusal


def constraint_name(error: IntegrityError, metadata: MetaData = Base.metadata) -> str | None:
    """The violated constraint's name. SQLite names the columns of a unique index, not the index."""
    diagnostics = getattr(error.orig, "diag", None)
    if diagnostics is not None:
        return diagnostics.constraint_name
    text = str(error.orig)
    if match := re.match(r"CHECK constraint failed: (\w+)", text):
        return match[1]
    if match := re.match(r"UNIQUE constraint failed: (.+)", text):
        table_name = match[1].split(".", 1)[0]
        columns = {part.split(".")[1] for part in match[1].split(", ")}
        table = metadata.tables.get(table_name)
        for index in [*table.indexes, *table.constraints] if table is not None else []:
            unique = getattr(index, "unique", True)
            if unique and {c.name for c in getattr(index, "columns", [])} == columns:
                return str(getattr(index, "name", ""))
    return None


@contextmanager
def unit_of_work(*, keep: bool = False) -> Iterator[Any]:
    """One writing transaction: commit at the end, or roll back and raise.

    Raises the DomainError registered for a violated constraint, NotStored when the
    database cannot write. Whatever was read before is read again inside; with ``keep`` it is
    not, to shorten the time the lock is held: for callers whose services read under the lock
    whatever they compare.
    """
    from app.core.writers import writers_turn
    from app.extensions import db  # the session's owner imports this module's Base

    session: Any = db.session()
    if session.info.get(WRITING):
        raise RuntimeError("units of work do not nest")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes made outside a unit of work")
    try:
        _end_reading(session, keep)
        session.info[WRITING] = True
        with writers_turn():
            _begin_writing(session)
            yield session
            session.flush()
            _commit_file(session.plain_connection())
        session.commit()
    except IntegrityError as error:
        session.rollback()
        refusal = _CONSTRAINT_SENTENCES.get(constraint_name(error) or "")
        if refusal is None:
            raise
        raise refusal() from error
    except OperationalError as error:
        session.rollback()
        current_app.logger.error("database cannot write: %s", type(error.orig).__name__)
        raise NotStored() from error
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(WRITING, None)
        actions = session.info.pop(AFTER_COMMIT, {})
    for action in actions.values():
        action()


def _end_reading(session: PlainFirst, keep: bool) -> None:
    """End the reading transaction and, unless kept, forget what it saw.

    Kept, the same connection goes on: on PostgreSQL the same transaction, whose next statement
    sees whatever is committed by then.
    """
    if not keep:
        session.commit()
    else:
        _commit_file(session.plain_connection())


def _commit_file(connection: Connection) -> None:
    """On SQLite, end the transaction of the file: what the session and the pool still do then,
    nobody waits for."""
    if connection.dialect.name == "sqlite":
        _run(connection, "COMMIT")


def _begin_writing(session: PlainFirst) -> None:
    if not session.has_connection():
        session.connection(execution_options={"begin": "IMMEDIATE"})
    elif (connection := session.plain_connection()).dialect.name == "sqlite":
        _run(connection, "BEGIN IMMEDIATE")


def after_commit(key: str, action: Callable[[], None]) -> None:
    """Run `action` once when the current unit of work has been committed."""
    from app.extensions import db

    db.session.info.setdefault(AFTER_COMMIT, {})[key] = action


@event.listens_for(Engine, "connect")
def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None  # we send BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
            "secure_delete=ON",  # what is erased is overwritten; Debian's build does so anyway
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@event.listens_for(Engine, "begin")
def _sqlite_begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        _run(connection, f"BEGIN {connection.get_execution_options().get('begin', 'DEFERRED')}")


def _run(connection: Connection, command: str) -> None:
    """By the driver itself. Raises OperationalError, as SQLAlchemy does for its own statements."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(command)
    except sqlite3.OperationalError as error:
        raise OperationalError(command, None, error) from error
