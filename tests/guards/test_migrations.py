"""Migrations: one head, numbered, up and down with data in them, and no difference to the models."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select

from app.core.database import Base
from app.core.migrations import init_migrations
from app.events.models import Event
from app.extensions import db
from app.registration.models import Registration
from tests.factories.events import make_event
from tests.factories.registration import fill

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


def test_files_are_numbered_as_they_follow_each_other() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    history = [one.revision for one in script.walk_revisions()][::-1]
    assert history == [f"{number:04d}" for number in range(1, len(VERSIONS) + 1)]
    for revision, path in zip(history, VERSIONS, strict=True):
        assert re.fullmatch(rf"{revision}_[a-z0-9_]+\.py", path.name)


@pytest.mark.both_databases
def test_the_models_are_as_the_migrated_tables(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.both_databases
def test_every_constraint_has_a_name(app: Flask) -> None:
    unnamed = [
        (table.name, constraint)
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert unnamed == []
    looker = inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        found = looker.get_unique_constraints(table.name) + looker.get_check_constraints(table.name)
        assert all(one["name"] for one in found), table.name


@pytest.mark.both_databases
def test_up_down_and_up_again_with_data(app: Flask) -> None:
    fill(make_event(seats=2, units=3), 3)
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 3
    db.session.remove()
    init_migrations(app)
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert db.session.scalar(select(func.count()).select_from(Event)) == 0
    fill(make_event(seats=2, units=3), 3)
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 3


@pytest.mark.both_databases
@pytest.mark.parametrize("revision", [path.name[:4] for path in VERSIONS[1:]])
def test_each_step_down_and_up_keeps_the_data(app: Flask, revision: str) -> None:
    fill(make_event(seats=2, units=3), 3)
    db.session.remove()
    init_migrations(app)
    downgrade(revision=f"{int(revision) - 1:04d}")
    upgrade()
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 3
