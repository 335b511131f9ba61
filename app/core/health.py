"""`/healthz` for machines: 200 when the database and the worker answer, else 503 with the reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import public
from app.core.clock import real_now
from app.core.settings_store import read_setting

blueprint = Blueprint("health", __name__)
HEARTBEAT = "worker_heartbeat"
HEARTBEAT_STALE = 90  # seconds


@blueprint.get("/healthz")
@public
def healthz() -> Any:
    problems = []
    try:
        beat = read_setting(HEARTBEAT)
        if beat is None:
            problems.append("worker: never seen")
        else:
            age = (real_now() - datetime.fromisoformat(beat)).total_seconds()
            if age > HEARTBEAT_STALE:
                problems.append(f"worker: silent for {int(age)} s")
    except SQLAlchemyError as error:
        problems.append(f"database: {type(error).__name__}")
    return jsonify(ok=not problems, problems=problems), 503 if problems else 200


def init_health(app: Flask) -> None:
    app.register_blueprint(blueprint)
