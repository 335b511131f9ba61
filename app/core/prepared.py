"""Statements of the hot paths (the hall's door, registration, the audit log): compiled once, then
asked of the driver.

What SQLAlchemy builds around each execution (context, cursor result, rows) costs several times
what the database does: a third of a scan's time. For what is asked hundreds of times a second;
everywhere else `session.execute` is right.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from app.extensions import db

Processor = Callable[[Any], Any]
Values = Mapping[str, Any]
_named: Any = namedtuple  # type checkers want to read the names


class Prepared:
    """A statement for known parameters, or such a statement by the database's name.

    The session's transaction holds, its pending changes are not flushed. TypeError at first use for
    a value that is missing, an IN that grows with its values, a default made in Python.
    """

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._shapes: dict[tuple[str, ...], _Shape] = {}

    def rows(self, values: Values) -> list[Any]:
        """Tuples with the names of the columns. ``values``: of all parameters; of an insert, the
        columns. Raises SQLAlchemy's errors."""
        connection = _connection()
        key = (connection.dialect.name, *values)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = self._shape(connection.dialect, values)
        return _ask(connection, shape, shape.given(values))

    def row(self, values: Values) -> Any:
        """The only one, or None."""
        rows = self.rows(values)
        return rows[0] if rows else None

    def each(self, rows: list[dict[str, Any]]) -> Sequence[Sequence[Any]]:
        """Of an insert: all rows as one statement, and what it returns. Mostly a single one comes."""
        if len(rows) == 1:
            return self.rows(rows[0])
        connection = _connection()
        done = connection.execute(self._of(connection.dialect), rows)
        return done.all() if done.returns_rows else []

    def _of(self, dialect: Dialect) -> Any:
        one = self._statement
        return one[dialect.name] if isinstance(one, Mapping) else one

    def _shape(self, dialect: Dialect, values: Values) -> _Shape:
        statement = self._of(dialect)
        compiled = statement.compile(dialect=dialect, column_keys=list(values))
        if not isinstance(compiled, SQLCompiler) or compiled.insert_prefetch:
            raise TypeError("a default made in Python")
        if "POSTCOMPILE" in compiled.string:
            raise TypeError("an IN that grows with its values")
        missing = {name for name, one in compiled.binds.items() if one.required} - values.keys()
        if missing:
            raise TypeError(f"no value for {', '.join(sorted(missing))}")
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        fixed = compiled.construct_params(_check=False)
        columns = getattr(statement, "exported_columns", ())
        read = [_impl(one.type, dialect).result_processor(dialect, None) for one in columns]
        return _Shape(
            text=compiled.string,
            positional=compiled.positional,
            parameters=tuple(
                (name, fixed.get(name), _impl(compiled.binds[name].type, dialect).bind_processor(dialect))
                for name in names or ()
            ),
            columns=tuple((place, one) for place, one in enumerate(read) if one is not None),
            row_of=_named("Row", columns.keys(), rename=True)._make if columns else None,
        )  # fmt: skip


def _connection() -> Connection:
    session: Any = db.session()  # a PlainFirst, as extensions says
    return cast(Connection, session.plain_connection())


def _impl(kind: Any, dialect: Dialect) -> Any:
    """The type as this database has it."""
    return kind.dialect_impl(dialect)


@dataclass(frozen=True)
class _Shape:
    """A compiled statement. ``parameters``: name, value when none is given, what makes the driver's
    value of it; ``columns``: of the answer, those that the driver does not give as we have them;
    ``row_of``: the answer's rows with their names, None when there is no answer."""

    text: str
    positional: bool
    parameters: tuple[tuple[str, Any, Processor | None], ...]
    columns: tuple[tuple[int, Processor], ...]
    row_of: Callable[[Sequence[Any]], Any] | None

    def given(self, values: Values) -> Any:
        made: dict[str, Any] = {}  # one name may stand in several places
        for name, fixed, process in self.parameters:
            if name not in made:
                value = values.get(name, fixed)
                made[name] = process(value) if process else value
        return tuple([made[one[0]] for one in self.parameters]) if self.positional else made

    def rows(self, cursor: Any) -> list[Any]:
        if self.row_of is None:
            return []
        return [self.row_of(self._read(row)) for row in cursor.fetchall()]

    def _read(self, row: Sequence[Any]) -> Sequence[Any]:
        if not self.columns:
            return row
        cells = list(row)
        for place, process in self.columns:
            cells[place] = process(cells[place])
        return cells


def _ask(connection: Connection, shape: _Shape, given: Any) -> list[Any]:
    cursor = connection.connection.cursor()
    for note in connection.dispatch.before_cursor_execute:  # kept pages and tests count on it
        note(connection, cursor, shape.text, given, None, False)
    dbapi: Any = connection.dialect.loaded_dbapi
    try:
        cursor.execute(shape.text, given)
        return shape.rows(cursor)
    except dbapi.Error as error:
        wrapped = DBAPIError.instance(
            shape.text, given, error, dbapi.Error, dialect=connection.dialect
        )
        raise wrapped from error
    finally:
        cursor.close()
