from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.core.headers import CSP, HEADERS, HSTS
from app.events.queries import unit_secret
from tests.conftest import make_settings
from tests.factories.events import make_event, participations


def paths() -> dict[str, int]:
    secret = unit_secret(participations(make_event())[0])
    return {
        "/": 200, f"/units/{secret}": 200, "/khong-co": 404, "/desk/": 302, "/healthz": 503,
        "/account/sign-in": 200, "/static/dist/manifest.json": 404, "/hall/": 302,
    }  # fmt: skip


def test_every_kind_of_answer_carries_them(app: Flask, client: FlaskClient) -> None:
    for path, status in paths().items():
        answer = client.get(path)
        assert answer.status_code == status, path
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, path
        assert "Strict-Transport-Security" not in answer.headers
        if not path.startswith("/static"):
            assert answer.headers["Cache-Control"] == "no-store", path


def test_a_fault_carries_them_too(app: Flask) -> None:
    def view() -> str:
        raise KeyError

    view.access = "public"  # type: ignore[attr-defined]
    app.add_url_rule("/broken", view_func=view)
    answer = app.test_client().get("/broken")
    assert answer.status_code == 500
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_built_files_are_kept_for_a_year(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context():
        path = app.jinja_env.globals["asset"]("public.css")
    with client.get(path) as answer:
        answer.get_data()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"] == CSP


@pytest.mark.parametrize("unsafe", ["'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "*"])
def test_the_policy_allows_nothing_inline_and_nobody_else(unsafe: str) -> None:
    assert unsafe not in CSP.replace("'wasm-unsafe-eval'", "")


def test_over_https_the_browser_is_told_to_stay_and_cookies_too(app: Flask) -> None:
    settings = make_settings(
        app.config["SETTINGS"].data_dir, app.config["SETTINGS"].database_url,
        BASE_URL="https://dangky.example.vn",
    )  # fmt: skip
    secure = create_app(settings, TESTING=True)
    answer = secure.test_client().get("/account/sign-in", base_url="https://dangky.example.vn")
    assert answer.headers["Strict-Transport-Security"] == HSTS
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if "session=" in one)
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {one.strip() for one in cookie.split(";")}
