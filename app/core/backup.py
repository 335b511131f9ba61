"""`flask backup` and `flask restore`: the whole state in one SQLite file, from either database.

All state is in the database (files too), so a backup is every row, read in one
transaction while the server runs; restoring refuses a file of another schema version.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, create_engine, func, insert, select, text

from app.core.database import Base
from app.core.errors import DomainError
from app.extensions import db

CHUNK = 500


class BackupRefused(DomainError):
    status = 400


def _version(connection: Connection) -> str | None:
    try:
        return connection.scalar(text("SELECT version_num FROM alembic_version"))
    except Exception as error:
        raise BackupRefused(f"This is no backup of ours: {type(error).__name__}.") from error


def _tables(metadata: MetaData) -> list[Any]:
    return list(metadata.sorted_tables)


def _copy(source: Connection, target: Connection) -> int:
    rows = 0
    for table in _tables(Base.metadata):
        query = select(table)
        if "id" in table.c:
            query = query.order_by(table.c.id)  # a row may point at an earlier one of its table
        result = source.execution_options(stream_results=True).execute(query)
        for part in result.mappings().partitions(CHUNK):
            target.execute(insert(table), [dict(row) for row in part])
            rows += len(part)
    return rows


def write_backup(path: Path) -> int:
    """→ number of rows written. The file appears complete or not at all."""
    unfinished = path.with_suffix(path.suffix + ".part")
    unfinished.unlink(missing_ok=True)
    file_engine = create_engine(f"sqlite:///{unfinished}")
    options = {"isolation_level": "REPEATABLE READ"} if _is_postgres() else {}
    try:
        with db.engine.connect().execution_options(**options) as source, source.begin():
            with file_engine.begin() as target:
                Base.metadata.create_all(target)
                target.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
                target.execute(
                    text("INSERT INTO alembic_version VALUES (:version)"),
                    {"version": _version(source)},
                )
                rows = _copy(source, target)
        with file_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as done:
            done.exec_driver_sql("PRAGMA journal_mode=DELETE")
    finally:
        file_engine.dispose()
    os.replace(unfinished, path)
    return rows


def restore_backup(path: Path) -> int:
    """Replace everything by the backup's rows, in one transaction. Raises BackupRefused."""
    if not path.is_file():
        raise BackupRefused(f"There is no file {path}.")
    file_engine = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    try:
        with file_engine.connect() as source, db.engine.begin() as target:
            made, here = _version(source), _version(target)
            if made != here:
                raise BackupRefused(
                    f"The backup has schema {made}, this program {here}. Install the program of "
                    "the backup's time, restore, then upgrade."
                )
            for table in reversed(_tables(Base.metadata)):
                target.execute(table.delete())
            rows = _copy(source, target)
            if _is_postgres():
                _reset_sequences(target)
            return rows
    finally:
        file_engine.dispose()


def _is_postgres() -> bool:
    return db.engine.dialect.name == "postgresql"


def _reset_sequences(target: Connection) -> None:
    for table in _tables(Base.metadata):
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
