"""Another process holds the database's lock for longer than we wait for it."""

from __future__ import annotations

import logging
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.extensions import db
from tests.faults.conftest import NOT_STORED, STAYS, TYPED

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def somebody_else_writes(app: Flask) -> Iterator[None]:
    path = db.engine.url.database
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate()


@pytest.fixture
def impatient(app: Flask) -> None:
    """The server waits 10 s for the lock; here 0.2 s."""
    db.engine.dispose()

    @event.listens_for(db.engine, "connect")
    def hurry(connection: Any, _record: Any) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.execute("PRAGMA busy_timeout=200").close()


def test_locked_database_keeps_what_was_typed(
    app: Flask, unit_paths: list[str], browser: FlaskClient, stored: Callable[[], int],
    impatient: None, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    with somebody_else_writes(app), caplog.at_level(logging.ERROR):
        answer = browser.post(unit_paths[0], data=TYPED)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 503
        assert NOT_STORED in page
        assert STAYS in page
        for typed in TYPED.values():
            assert re.search(f'value="{re.escape(typed)}"', page), typed
        assert stored() == 0
    assert "database cannot write: OperationalError" in caplog.text
    assert browser.post(unit_paths[0], data=TYPED).status_code == 303
    assert stored() == 1


def test_reading_goes_on_while_another_writes(
    app: Flask, unit_paths: list[str], browser: FlaskClient, impatient: None
) -> None:
    """The first opening cannot be noted; the page comes all the same."""
    with somebody_else_writes(app):
        assert browser.get(unit_paths[0]).status_code == 200


@pytest.mark.parametrize("move", ["change", "withdraw"])
def test_locked_database_changes_nothing_that_stands(
    app: Flask, unit_paths: list[str], browser: FlaskClient, stored: Callable[[], int],
    impatient: None, move: str,
) -> None:  # fmt: skip
    browser.post(unit_paths[0], data=TYPED)
    sent = {**TYPED, "full_name": "Đỗ Hải Nam", "registration_id": "1"}
    with somebody_else_writes(app):
        answer = browser.post(f"{unit_paths[0]}/{move}", data=sent)
        assert answer.status_code == 503
        assert NOT_STORED in answer.get_data(as_text=True)
    assert TYPED["full_name"] in browser.get(unit_paths[0]).get_data(as_text=True)
    assert stored() == 1
