"""Background work over huey: its own SQLite file by default, PostgreSQL when the data are there.

One `TaskQueue` an application, bound by `init_queue(app)` and opened at first use, so that
building an application touches neither file nor server. A task is a hint, never the truth: a
kill loses the task in hand (stack.md), therefore what must happen stands in a table, and a
periodic task looks for what was left.

huey brings PostgreSQL's driver with it (10 MB): a process that calls no task loads neither.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app

from app.core.clock import forget_now

if TYPE_CHECKING:
    import psycopg
    from huey.api import Huey

NAME = "app"
SCHEMA = "queue"
_ADVISORY_KEY = 7203911


class TaskQueue:
    """Named tasks of one application. Add them while the application is built, then `call` them."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._tasks: dict[str, tuple[Callable[..., Any], bool]] = {}
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # one call after another: huey closes a connection unguarded
        self._huey: Huey | None = None
        self._wrappers: dict[str, Any] = {}
        self.serving = False  # is this process a worker?
        self.stopping = threading.Event()  # set when it must end

    def add(self, name: str, function: Callable[..., Any], *, each_minute: bool = False) -> None:
        """`function` runs in an application context of its own, with the arguments of `call`."""
        self._tasks[name] = (function, each_minute)

    def call(self, name: str, *args: Any, delay: float = 0) -> None:
        """Have the worker run task `name` about `delay` seconds from now.

        A queue that cannot be written is only logged: the worker's sweep of the next minute finds
        what the task was about.
        """
        try:
            with self._turn:
                self._put(name, args, delay)
        except _errors(self._app) as error:
            self._app.logger.warning("queue cannot be written: %s", type(error).__name__)

    def _put(self, name: str, args: tuple[Any, ...], delay: float) -> None:
        huey = self.huey
        try:
            if delay > 0:
                self._wrappers[name].schedule(args, delay=delay)
            else:
                self._wrappers[name](*args)
        finally:
            if not self.serving:  # a web process needs its connection once in a while
                huey.storage.close()

    @property
    def huey(self) -> Huey:
        with self._lock:
            if self._huey is None:
                huey = _open(self._app)
                for name, (function, each_minute) in self._tasks.items():
                    self._wrappers[name] = self._register(huey, name, function, each_minute)
                self._huey = huey
            return self._huey

    def close(self) -> None:
        with self._lock:
            if self._huey is not None:
                self._huey.storage.close()
                self._huey = None

    def _register(
        self, huey: Huey, name: str, function: Callable[..., Any], each_minute: bool
    ) -> Any:
        from huey import crontab

        @wraps(function)
        def run(*args: Any) -> None:
            with self._app.app_context():
                forget_now()
                function(*args)

        if each_minute:
            return huey.periodic_task(crontab(minute="*"), name=name)(run)
        return huey.task(name=name)(run)


def _errors(app: Flask) -> tuple[type[Exception], ...]:
    if _in_postgres(app):
        import psycopg

        return psycopg.Error, OSError
    return sqlite3.Error, OSError


def _in_postgres(app: Flask) -> bool:
    return app.config["SETTINGS"].database_url.startswith("postgresql")


def _open(app: Flask) -> Huey:
    from huey import PostgresHuey, SqliteHuey

    settings = app.config["SETTINGS"]
    if not _in_postgres(app):
        path = settings.data_dir / "queue.db"
        return SqliteHuey(NAME, filename=str(path), results=False, timeout=10)
    dsn = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)

    import psycopg

    def connect() -> psycopg.Connection[Any]:
        # A schema of its own: migrations compare only the default one.
        return psycopg.connect(dsn, options=f"-c search_path={SCHEMA}", connect_timeout=10)

    huey = PostgresHuey(NAME, connection=connect, create_tables=False, results=False)
    _create_tables(connect, huey.storage.ddl)
    return huey


def _create_tables(connect: Callable[[], psycopg.Connection[Any]], ddl: list[str]) -> None:
    """`create … if not exists` of two processes at once fails on PostgreSQL: one after another."""
    with connect() as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (_ADVISORY_KEY,))
        connection.execute(f"create schema if not exists {SCHEMA}")
        for statement in ddl:
            connection.execute(statement)  # type: ignore[call-overload]
    connection.close()


def init_queue(app: Flask) -> TaskQueue:
    queue = TaskQueue(app)
    app.extensions["queue"] = queue
    return queue


def current_queue() -> TaskQueue:
    queue: TaskQueue = current_app.extensions["queue"]
    return queue
