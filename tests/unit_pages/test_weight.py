"""What is served to a unit's page is small, compressed and kept; its style sheet lacks nothing."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app.core.assets import asset
from tests.conftest import FrozenClock
from tests.factories.events import make_event, participations
from tests.factories.registration import enter
from tests.factories.units import unit_path

SERVED = re.compile(r'(?:href|src)="(/static/dist/[^"]+)"')


def test_what_is_served_is_compressed_and_kept_for_a_year(
    client: FlaskClient, app: Flask, frozen_clock: FrozenClock
) -> None:
    html = client.get(unit_path(participations(make_event())[0])).get_data(as_text=True)
    files = [path for path in SERVED.findall(html) if path.endswith((".css", ".js"))]
    assert len(files) == 2
    for path in files:
        for encoding in ("br", "gzip"):
            with client.get(path, headers={"Accept-Encoding": encoding}) as answer:
                assert answer.headers["Content-Encoding"] == encoding
                assert "immutable" in answer.headers["Cache-Control"]
                assert len(answer.data) < 12_000, (path, encoding)


def classes_of(style: str) -> set[str]:
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", style)))


def test_the_small_style_sheet_has_all_that_a_units_pages_use(
    client: FlaskClient, app: Flask, frozen_clock: FrozenClock
) -> None:
    event = make_event(units=3)
    units = participations(event)
    enter(units[0], "Phạm Thu Hiên")
    base = unit_path(units[0])
    paths = ["/links", unit_path(units[1]), *(f"{base}{rest}" for rest in
             ("", "/change", "/withdraw", "/form", "/signed-form", "/requests/replace"))]  # fmt: skip
    static = Path(app.static_folder or "")
    with app.test_request_context():
        sheets = {
            name: (static / asset(f"{name}.css").removeprefix("/static/")).read_text()
            for name in ("unit", "choices", "public")
        }
    known = classes_of(sheets["public"])
    small = classes_of(sheets["unit"])
    for path in paths:
        answer = client.get(path)
        assert answer.status_code in (200, 303, 404), path
        html = answer.get_data(as_text=True)
        used = {one for group in re.findall(r'class="([^"]*)"', html) for one in group.split()}
        offered = small | (classes_of(sheets["choices"]) if "/choices-" in html else set())
        assert used & known <= offered, (path, (used & known) - offered)
