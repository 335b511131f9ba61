"""`/healthz` for machines: 200 when the database and the worker answer, else 503 with the reason.

`/time` for pages that count down: the server's clock, also the rehearsal's.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import public
from app.core.clock import now, real_now
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


@blueprint.get("/time")
@public
def server_time() -> Response:
    """The instant that counts, as ISO 8601: for a page that was asleep while its phone was."""
    return Response(now().isoformat(), mimetype="text/plain")


def init_health(app: Flask) -> None:
    app.register_blueprint(blueprint)
