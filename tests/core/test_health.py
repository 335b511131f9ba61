from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.core import health
from app.core.database import unit_of_work
from app.core.settings_store import write_setting
from app.extensions import db

NOW = datetime(2024, 3, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "real_now", lambda: NOW)


def beat(seconds_ago: int) -> None:
    with unit_of_work():
        write_setting(health.HEARTBEAT, (NOW - timedelta(seconds=seconds_ago)).isoformat())


@pytest.mark.both_databases
def test_healthy_when_database_and_worker_answer(app: Flask, client: FlaskClient) -> None:
    beat(health.HEARTBEAT_STALE)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"ok": True, "problems": []})


@pytest.mark.parametrize(
    ("ago", "said"), [(None, "worker: never seen"), (91, "worker: silent for 91 s")]
)
def test_a_worker_that_is_not_there(
    app: Flask, client: FlaskClient, ago: int | None, said: str
) -> None:
    if ago is not None:
        beat(ago)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (503, {"ok": False, "problems": [said]})


@pytest.mark.both_databases
def test_a_database_that_is_not_there(app: Flask, client: FlaskClient) -> None:
    beat(1)
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE setting"))
    db.session.remove()
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json["problems"][0].startswith("database: ")
    assert "setting" not in answer.text
