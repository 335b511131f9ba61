from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy import text

from app.core.errors import DomainError, Forbidden, NotFound, NotStored, TooManyAttempts
from app.extensions import db


def broken(app: Flask, failure: Any) -> FlaskClient:
    """A client for `/broken`, whose view fails so."""

    def view() -> str:
        if isinstance(failure, int):
            abort(failure)
        raise failure

    view.access = "public"  # type: ignore[attr-defined]
    app.add_url_rule("/broken", view_func=view, methods=["GET", "POST"])
    return app.test_client()


@pytest.mark.parametrize(
    ("failure", "status", "said"),
    [
        (DomainError(), 409, "Việc này hiện không làm được."),
        (DomainError("Câu của quy tắc."), 409, "Câu của quy tắc."),
        (NotFound(), 404, "Không tìm thấy trang này."),
        (Forbidden(), 403, "Tài khoản này không có quyền làm việc đó."),
        (TooManyAttempts(), 429, "Hãy chờ 15 phút rồi thử lại."),
        (NotStored(), 503, "hãy gửi lại sau một phút."),
        (KeyError("bí mật"), 500, "Lần gửi vừa rồi chưa được ghi nhận."),
        (413, 413, ""),
        (418, 418, "Yêu cầu chưa đúng"),
        (502, 502, "Hệ thống đang trục trặc"),
    ],
)
def test_each_failure_is_a_page_with_its_sentence(
    app: Flask, failure: Any, status: int, said: str
) -> None:
    answer = broken(app, failure).get("/broken")
    assert answer.status_code == status
    assert said in answer.text
    assert '<html lang="vi">' in answer.text
    for trace in ("Traceback", "KeyError", "bí mật", "werkzeug", "Not Found", "Error"):
        assert trace not in answer.text


def test_a_sentence_is_escaped(app: Flask) -> None:
    page = broken(app, DomainError("<b>Trường & lớp</b>")).get("/broken").text
    assert "&lt;b&gt;Trường &amp; lớp&lt;/b&gt;" in page


@pytest.mark.parametrize("failure", [KeyError("x"), NotStored(), NotFound()])
def test_programs_get_the_sentence_as_json(app: Flask, failure: Any) -> None:
    answer = broken(app, failure).get("/broken", headers={"Accept": "application/json"})
    assert set(answer.json) == {"error", "request_id"}
    assert answer.json["error"].endswith(".")
    assert len(answer.json["request_id"]) == 12


def test_an_address_that_does_not_exist(client: FlaskClient) -> None:
    answer = client.get("/khong-co")
    assert answer.status_code == 404
    assert "Không tìm thấy trang này" in answer.text
    assert 'href="/links"' in answer.text  # most who come here have lost their link


def test_a_missing_token_is_a_page(settings: Any) -> None:
    from app import create_app

    answer = create_app(settings, TESTING=True).test_client().post("/account/sign-in", data={})
    assert answer.status_code == 400
    assert "tải lại trang rồi gửi lần nữa" in answer.text


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["/", "/events/x", "/units/AAAAAQAAAAAAAAAAAAAAAAAAAAA", "/desk/"])
def test_pages_stand_on_a_broken_database(app: Flask, path: str) -> None:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = "somebody", True
    with db.engine.begin() as connection:
        for table in ("seat_pool", "participation", "event", "account", "setting"):
            connection.execute(text(f'ALTER TABLE "{table}" RENAME TO "lost_{table}"'))
    db.session.remove()
    answer = client.get(path)
    assert answer.status_code in (500, 503)
    assert "ghi nhận" in answer.text or "gửi lại sau một phút" in answer.text
    assert "lost_" not in answer.text
    assert "SELECT" not in answer.text


def test_the_failure_page_asks_nothing_of_the_database(
    rehearsal: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = broken(rehearsal, KeyError("x"))

    @rehearsal.context_processor
    def failing() -> dict[str, Any]:
        raise RuntimeError("the context processors failed too")

    assert client.get("/broken").status_code == 500
