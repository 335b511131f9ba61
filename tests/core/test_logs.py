from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.logs import JsonLines
from app.events.queries import unit_secret
from tests.factories.events import make_event, participations


@pytest.fixture
def lines(app: Flask) -> list[dict[str, Any]]:
    """What the log's handler writes meanwhile."""
    written: list[dict[str, Any]] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(JsonLines().format(record)))

    keeping = Keeping()
    for name in ("app", app.logger.name):
        if keeping not in logging.getLogger(name).handlers:
            logging.getLogger(name).addHandler(keeping)
    app.logger.handlers = [keeping]
    return written


def test_one_line_a_request_without_its_secret_or_person(
    app: Flask, client: FlaskClient, lines: list[dict[str, Any]]
) -> None:
    secret = unit_secret(participations(make_event())[0])
    client.get(f"/units/{secret}?q=Phạm+Thu+Hiên")
    requests = [one for one in lines if one["event"] == "request"]
    assert len(requests) == 1
    line = requests[0]
    assert set(line) == {"at", "level", "event", "request_id", "method", "rule", "status", "ms"}
    assert (line["method"], line["rule"], line["status"]) == ("GET", "/units/<secret>", 200)
    assert re.fullmatch(r"[0-9a-f]{12}", line["request_id"])
    assert secret not in json.dumps(lines)
    assert "Phạm" not in json.dumps(lines, ensure_ascii=False)


def test_what_is_asked_every_second_is_not_logged(
    client: FlaskClient, lines: list[dict[str, Any]]
) -> None:
    client.get("/healthz")
    client.get("/static/dist/public.css")
    assert lines == []


def test_an_address_that_does_not_exist_is_not_written_down(
    client: FlaskClient, lines: list[dict[str, Any]]
) -> None:
    client.get("/unit/AAAAsecret")
    assert [(one["rule"], one["status"]) for one in lines] == [(None, 404)]
    assert "AAAAsecret" not in json.dumps(lines)


def test_a_fault_is_logged_with_places_but_without_values(
    app: Flask, lines: list[dict[str, Any]]
) -> None:
    def view() -> str:
        raise ValueError("Phạm Thu Hiên")

    view.access = "public"  # type: ignore[attr-defined]
    app.add_url_rule("/broken", view_func=view)
    page = app.test_client().get("/broken").text
    fault, request = lines
    assert fault["error"] == "ValueError"
    assert fault["level"] == "error"
    assert fault["where"][-1].endswith(" view")
    assert "Phạm" not in json.dumps(lines, ensure_ascii=False)
    assert fault["request_id"] == request["request_id"]
    assert request["status"] == 500
    assert request["request_id"] in page
