"""What was read or drawn before, as long as the database still says the same.

`unchanged(key, make)` keeps what `make` made together with every question it asked the database
meanwhile, and with the answers. It is given out again only while the database answers all of them
the same: nobody has to remember what a page depends on. Asking again by the driver itself, without
objects, costs a tenth of a millisecond; drawing a unit's page costs five. SQLite is not even asked
again while nobody has committed anything (see `commits`).

What is no answer of the database stands in the key: the time, the language, who reads. Each
process keeps its own few things, none of them long.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy import event
from sqlalchemy.engine import Connection

from app.core.commits import Commits, Mark
from app.core.database import WRITING
from app.extensions import db

MOST = 300
LIFE = 120.0  # seconds: nobody's data stays here for nothing
Question = tuple[str, Any]  # a SELECT as the driver gets it, and its values
Answers = list[list[Any]]
Made = TypeVar("Made")
_order = threading.Lock()  # with PostgreSQL the threads of a process share what is kept


@dataclass
class _Kept:
    """``mark``: while nothing is committed after it, the answers are these."""

    value: Any
    since: float
    questions: tuple[Question, ...]
    answers: Answers
    mark: Mark | None


def init_unchanged(app: Flask) -> None:
    app.extensions["unchanged"] = OrderedDict()
    app.extensions["commits"] = Commits()


def unchanged(key: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` makes now, or made before for this key if it would read the same today.

    ``make`` asks the session, and what it returns nobody changes. When it writes, or raises, or
    returns None, nothing is kept. Inside a unit of work it is always called.
    """
    if db.session.registry.has() and db.session.info.get(WRITING):
        return make()
    mark = current_app.extensions["commits"].mark()  # before anything is read
    kept = _everything().get(key)
    if kept is not None and _holds(kept, mark):
        value: Made = kept.value
        return value
    return _made(key, make, mark)


def _everything() -> OrderedDict[Hashable, _Kept]:
    everything: OrderedDict[Hashable, _Kept] = current_app.extensions["unchanged"]
    return everything


def _holds(kept: _Kept, mark: Mark | None) -> bool:
    """Whether the database says the same still, by its mark or by its answers."""
    if mark is not None and mark == kept.mark:
        return True
    if _said_now(kept.questions) != kept.answers:
        return False
    kept.mark = mark
    return True


def _made(key: Hashable, make: Callable[[], Made], mark: Mark | None) -> Made:
    """Made anew, and kept with its questions and what they were answered at that very moment."""
    _forget(key)
    connection = _one_moment()
    with _questions_of(connection) as questions:
        value = make()
    only_read = all(statement.startswith("SELECT") for statement, _values in questions)
    if value is not None and only_read and db.session.connection() is connection:
        asked = tuple(questions)
        cursor = connection.connection.cursor()
        _keep(key, _Kept(value, time.monotonic(), asked, _said(cursor, asked), mark))
    db.session.rollback()  # what follows in this request is no part of that moment
    return value


def _forget(key: Hashable) -> None:
    with _order:
        _everything().pop(key, None)


def _keep(key: Hashable, kept: _Kept) -> None:
    """Those that are too many or too old go; they stand in the order they were made."""
    everything = _everything()
    with _order:
        everything[key] = kept
        while len(everything) > MOST or next(iter(everything.values())).since < kept.since - LIFE:
            everything.popitem(last=False)


def _one_moment() -> Connection:
    """A transaction that sees one moment of the database, in a session that remembers nothing:
    what it knew already would not be asked for. SQLite's transactions are such by nature."""
    db.session.rollback()
    postgres = db.engine.dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ"} if postgres else None
    return db.session.connection(execution_options=options)


@contextmanager
def _questions_of(connection: Connection) -> Iterator[list[Question]]:
    questions: list[Question] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        questions.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield questions
    finally:
        event.remove(connection, "before_cursor_execute", note)


def _said_now(questions: tuple[Question, ...]) -> Answers | None:
    """The answers of one moment. None when the driver cannot ask: whoever makes it anew gets
    the database's refusal in the ordinary way."""
    engine = db.engine
    try:
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="REPEATABLE READ") as one:
                return _said(one.connection.cursor(), questions)
        lent = engine.raw_connection()
        try:
            cursor = lent.cursor()
            if len(questions) > 1:  # one is a moment by itself
                cursor.execute("BEGIN")
            return _said(cursor, questions)
        finally:
            lent.close()  # to the pool, which rolls back
    except engine.dialect.loaded_dbapi.Error:
        return None


def _said(cursor: Any, questions: tuple[Question, ...]) -> Answers:
    answers = []
    for statement, values in questions:
        cursor.execute(statement, values)
        answers.append(cursor.fetchall())
    cursor.close()
    return answers
