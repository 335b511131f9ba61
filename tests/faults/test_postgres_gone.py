"""PostgreSQL is killed under the running application, and comes back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.extensions import db
from bench.world import World, delegate_form, make_world, seating
from tests.conftest import make_settings
from tests.postgres import PostgresServer

NOT_NOW = "máy chủ không ghi được dữ liệu"


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[PostgresServer]:
    """Not the one the other tests use: this one is killed."""
    directory = tmp_path / "gone"
    directory.mkdir()
    with PostgresServer(directory) as server:
        server.create_database("here")
        yield server


@pytest.fixture
def own_app(own_server: PostgresServer, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(
        make_settings(tmp_path, own_server.url("here")), WTF_CSRF_ENABLED=False,
        TESTING=True, PROPAGATE_EXCEPTIONS=False,
    )  # fmt: skip
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def world(own_app: Flask) -> World:
    return make_world(own_app, seats=3, units=3)


def test_gone_and_back(
    own_server: PostgresServer, own_app: Flask, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    browser = own_app.test_client()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "vi"
    assert browser.post(world.paths[0], data=delegate_form(0, "")).status_code == 303

    own_server.stop_hard()
    for answer in (
        browser.post(world.paths[1], data=delegate_form(1, "")),
        browser.get(world.paths[1]),
        browser.get("/"),
    ):
        page = answer.get_data(as_text=True)
        assert answer.status_code == 503
        assert NOT_NOW in page
        assert "Traceback" not in page
    assert browser.get("/healthz").status_code == 503
    failures = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert [one for one in failures if one.startswith("database cannot ")] == failures
    assert len(failures) == 3
    assert delegate_form(1, "")["full_name"] not in caplog.text

    own_server.start_again()
    assert seating(own_app, world.event_id).states == {"confirmed": 1}
    assert browser.post(world.paths[1], data=delegate_form(1, "")).status_code == 303
    assert seating(own_app, world.event_id).states == {"confirmed": 2}
