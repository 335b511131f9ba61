"""`flask backup` and `flask restore`: the whole state in one SQLite file, from either database.

All state is in the database (files too), so a backup is every row, read in one
transaction while the server runs; restoring refuses a file of another schema version.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    LargeBinary,
    Table,
    create_engine,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from app.core.database import Base
from app.core.errors import DomainError
from app.core.writers import writers_turn
from app.extensions import db

CHUNK = 500
CHUNK_WITH_FILES = 4  # rows that may hold ten megabytes each


class BackupRefused(DomainError):
    status = 400


def write_backup(path: Path) -> int:
    """→ number of rows written. The file appears complete or not at all, readable by its owner only.

    Raises BackupRefused when it cannot be written there.
    """
    unfinished = path.with_name(path.name + ".part")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
    except OSError as error:
        raise BackupRefused(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with _file(unfinished, "rwc") as file_engine, _one_moment() as source:
            with file_engine.begin() as target:
                rows = _write_all(source, target)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return rows


def restore_backup(path: Path) -> int:
    """Replace everything by the backup's rows, in one transaction. Raises BackupRefused."""
    if not path.is_file():
        raise BackupRefused(f"There is no file {path}.")
    try:
        with (
            _file(path, "ro") as file_engine,
            file_engine.connect() as source,
            writers_turn(),
            db.engine.connect().execution_options(begin="IMMEDIATE") as target,
            target.begin(),
        ):
            _ensure_same_version(source, target)
            _keep_writers_out(target)
            for table in reversed(_tables()):
                target.execute(table.delete())
            rows = _copy(source, target)
            if _is_postgres():
                _reset_sequences(target)
            return rows
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", error)).__name__
        raise BackupRefused(
            f"{path} is damaged or does not fit: {reason}. Nothing was changed."
        ) from error


class PlainFile(sqlite3.Connection):
    """A backup's connection: none of the database's pragmas, so that it stays one file."""


@contextmanager
def _file(path: Path, mode: str) -> Iterator[Engine]:
    """The SQLite file of a backup; `mode` as in SQLite's addresses: ro, rwc."""
    address = f"{path.resolve().as_uri()}?mode={mode}"

    def connect() -> PlainFile:
        return sqlite3.connect(address, uri=True, isolation_level=None, factory=PlainFile)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _one_moment() -> Iterator[Connection]:
    """A reading transaction that sees one state of all tables."""
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if _is_postgres() else {}
    with db.engine.connect().execution_options(**options) as source, source.begin():
        yield source


def _write_all(source: Connection, target: Connection) -> int:
    Base.metadata.create_all(target)
    target.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
    target.execute(
        text("INSERT INTO alembic_version VALUES (:version)"), {"version": _version(source)}
    )
    return _copy(source, target)


def _version(connection: Connection) -> str | None:
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _ensure_same_version(source: Connection, target: Connection) -> None:
    try:
        made = _version(source)
    except SQLAlchemyError as error:
        raise BackupRefused("This file is no backup of this program.") from error
    here = _version(target)
    if made != here:
        raise BackupRefused(
            f"The backup has schema {made}, this program {here}. Install the program of "
            "the backup's time, restore, then upgrade."
        )


def _keep_writers_out(target: Connection) -> None:
    """Readers go on with the old state until the commit; SQLite was locked by BEGIN IMMEDIATE."""
    if _is_postgres():
        names = ", ".join(f'"{table.name}"' for table in _tables())
        target.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _tables() -> list[Table]:
    return list(Base.metadata.sorted_tables)


def _copy(source: Connection, target: Connection) -> int:
    rows = 0
    for table in _tables():
        query = select(table)
        if "id" in table.c:
            query = query.order_by(table.c.id)  # a row may point at an earlier one of its table
        with_files = any(isinstance(column.type, LargeBinary) for column in table.c)
        chunk = CHUNK_WITH_FILES if with_files else CHUNK
        result = source.execution_options(stream_results=True).execute(query)
        for part in result.mappings().partitions(chunk):
            target.execute(insert(table), [dict(row) for row in part])
            rows += len(part)
    return rows


def _is_postgres() -> bool:
    return db.engine.dialect.name == "postgresql"


def _reset_sequences(target: Connection) -> None:
    for table in _tables():
        if "id" in table.c and table.c.id.autoincrement is not False:
            last = target.scalar(select(func.max(table.c.id)))
            sequence = target.scalar(
                text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": f'"{table.name}"'}
            )
            if sequence and last:
                target.execute(
                    text("SELECT setval(CAST(:seq AS regclass), :last)"),
                    {"seq": sequence, "last": last},
                )
