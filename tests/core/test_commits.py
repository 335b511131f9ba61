"""The mark changes with every commit, whoever made it, and only with commits."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine

from app.core import commits as module
from app.core.commits import Commits, Mark
from app.core.database import unit_of_work
from app.core.settings_store import write_setting
from app.extensions import db


@pytest.fixture
def commits(app: Flask) -> Commits:
    found: Commits = app.extensions["commits"]
    return found


@pytest.fixture
def other(commits: Commits) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else's."""
    connection = sqlite3.connect(str(db.engine.url.database), isolation_level=None)
    yield connection
    connection.close()


def test_each_commit_changes_it(commits: Commits, other: sqlite3.Connection) -> None:
    marks = [commits.mark()]
    with unit_of_work():
        write_setting("colour", "blue")
    marks.append(commits.mark())
    other.execute("UPDATE setting SET value = '\"red\"'")
    marks.append(commits.mark())
    assert None not in marks
    assert len(set(marks)) == 3


def test_nothing_else_does(commits: Commits, other: sqlite3.Connection) -> None:
    before = commits.mark()
    other.execute("SELECT * FROM setting").fetchall()
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO setting (key, value) VALUES ('colour', '1')")
    assert commits.mark() == before
    other.execute("ROLLBACK")
    assert commits.mark() == before


def test_it_holds_nothing_between_two_questions(
    commits: Commits, other: sqlite3.Connection
) -> None:
    commits.mark()
    other.execute("INSERT INTO setting (key, value) VALUES ('colour', '1')")
    commits.mark()
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_it_goes_with_the_engines_connections(commits: Commits) -> None:
    before = commits.mark()
    connection = commits._lent.dbapi_connection
    db.engine.dispose()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
    assert commits.mark() != before  # what happened in between, nobody saw
    assert commits.mark() == commits.mark()


def test_threads_share_one_connection(app: Flask, commits: Commits) -> None:
    start = threading.Barrier(8)
    marks: list[Mark | None] = []

    def ask() -> None:
        with app.app_context():
            start.wait()
            marks.extend(commits.mark() for _ in range(200))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(marks) == 1600
    assert set(marks) == {commits.mark()}


class Elsewhere:
    """Stands for `db`, with another engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "sqlite:////nowhere/a.db"])
def test_without_a_file_there_is_none(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(address)
    monkeypatch.setattr(module, "db", Elsewhere(engine))
    assert Commits().mark() is None
    engine.dispose()


def test_a_file_that_is_no_database_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no.db").write_bytes(b"no database at all " * 100)
    engine = create_engine(f"sqlite:///{tmp_path / 'no.db'}")
    monkeypatch.setattr(module, "db", Elsewhere(engine))
    assert [Commits().mark() for _ in range(2)] == [None, None]
    engine.dispose()


@pytest.mark.postgres_only
def test_postgresql_has_none(commits: Commits) -> None:
    assert commits.mark() is None
