"""Fixtures: an application on a migrated database, SQLite by default, PostgreSQL too where marked.

`@pytest.mark.both_databases` runs a test once on each. Every test has an empty database of its own:
a copy of the migrated file, or a PostgreSQL database made from a migrated template, emptied before each.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.core import clock
from app.core.migrations import init_migrations
from app.extensions import db
from config import Settings
from tests import once
from tests.postgres import PostgresServer
from tools.i18n import compile_catalogues

TEST_ENV = {
    "SECRET_KEY": "tests-only-0123456789-0123456789-0123456789",
    "BASE_URL": "http://localhost",
    "MAIL_TRANSPORT": "folder",
}


def pytest_configure() -> None:
    compile_catalogues()
    once.keep()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that take long begin first, so that all workers end together; journeys share a browser."""
    sizes = Counter(item.path for item in items)
    long = ["journeys", "faults", "concurrency", "unit_pages/test_kept_columns.py"]
    first = [Path(__file__).parent / name for name in long]

    def turn(item: pytest.Item) -> tuple[list[bool], int, Path]:
        return [not item.path.is_relative_to(one) for one in first], -sizes[item.path], item.path

    items.sort(key=turn)


def pytest_collection_finish() -> None:
    once.look_for_garbage_less()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases")
        only = metafunc.definition.get_closest_marker("postgres_only")
        kinds = ["postgresql"] if only else ["sqlite", "postgresql"] if both else ["sqlite"]
        metafunc.parametrize("database_kind", kinds, indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def shared_dir(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """One directory for all xdist workers."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "master")


def make_settings(data_dir: Path, url: str, **extra: str) -> Settings:
    return Settings.from_env({**TEST_ENV, "DATA_DIR": str(data_dir), "DATABASE_URL": url, **extra})


def migrate(settings: Settings) -> None:
    app = create_app(settings, TESTING=True)
    init_migrations(app)
    with app.app_context():
        upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("template")
    path = directory / "migrated.db"
    migrate(make_settings(directory, f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[PostgresServer]:
    """A server of this worker's own, with a migrated template database."""
    directory = tmp_path_factory.mktemp("postgres")
    with PostgresServer(directory) as server:
        server.create_database("migrated")
        migrate(make_settings(directory, server.url("migrated")))
        yield server


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    if database_kind == "sqlite":
        path = tmp_path / "app.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgres")
        yield server.url(server.empty_database(template="migrated"))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return make_settings(tmp_path, database_url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    application = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask):
    return app.test_client()


@pytest.fixture(scope="session")
def rehearsal_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory as `make run` leaves it: `app.db` with the 2024 plan, and `demo.json`."""
    directory = tmp_path_factory.mktemp("rehearsal")
    url = f"sqlite:///{directory / 'app.db'}"
    application = create_app(make_settings(directory, url, REHEARSAL="1"), TESTING=True)
    init_migrations(application)
    with application.app_context():
        upgrade()
        done = application.test_cli_runner().invoke(args=["seed-rehearsal"])
        assert done.exit_code == 0, done.output
        db.engine.dispose()
    return directory


@pytest.fixture
def rehearsal(rehearsal_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """An application on a copy of that directory."""
    directory = tmp_path / "rehearsal"
    shutil.copytree(rehearsal_template, directory)
    url = f"sqlite:///{directory / 'app.db'}"
    settings = make_settings(directory, url, REHEARSAL="1")
    application = create_app(settings, TESTING=True, WTF_CSRF_ENABLED=False)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


class FrozenClock:
    """Stands still until moved; `at` is an aware instant."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def move_to(self, *parts: int) -> None:
        """Local wall-clock time in Hải Phòng."""
        self.at = clock.from_local(datetime(*parts))  # type: ignore[arg-type]
        clock.forget_now()


@pytest.fixture
def frozen_clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FrozenClock:
    """09:00 on 26/02/2024, a week before the plan's cut-off."""
    frozen = FrozenClock(datetime(2024, 2, 26, 2, 0, tzinfo=UTC))
    monkeypatch.setattr(clock, "real_now", lambda: frozen.at)
    clock.forget_now()
    return frozen


os.environ.pop("DATABASE_URL", None)
