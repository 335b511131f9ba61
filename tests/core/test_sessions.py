"""Sessions are Flask's own, proven once."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, request, session
from flask.sessions import SecureCookieSessionInterface

from app.core.sessions import ProvenSessions


def _cookie(app: Flask, **values: object) -> str:
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps(values))


def _opened(app: Flask, cookie: str) -> dict[str, object]:
    with app.test_request_context("/", headers={"Cookie": f"session={cookie}"}):
        return dict(session)


def test_a_proven_cookie_says_the_same_each_time(app: Flask) -> None:
    cookie = _cookie(app, opened=["1.1"])
    assert _opened(app, cookie) == _opened(app, cookie) == {"opened": ["1.1"]}


def test_what_one_request_changes_no_other_sees(app: Flask) -> None:
    cookie = _cookie(app, opened=["1.1"])
    with app.test_request_context("/", headers={"Cookie": f"session={cookie}"}):
        session["opened"].append("2.1")
    assert _opened(app, cookie) == {"opened": ["1.1"]}


def test_a_forged_cookie_opens_nothing(app: Flask) -> None:
    cookie = _cookie(app, _user_id="1")
    _opened(app, cookie)
    values, when, signature = cookie.rsplit(".", 2)
    forged = f"{values}.{when}.{signature[::-1]}"
    assert _opened(app, forged) == {} == _opened(app, forged)
    assert _opened(app, "no.cookie.of-ours") == {}


def test_a_proven_cookie_still_ends(app: Flask) -> None:
    cookie = _cookie(app, _user_id="1")
    assert _opened(app, cookie)
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(seconds=-1)
    assert _opened(app, cookie) == {}


def test_an_older_key_opens_until_it_is_dropped(app: Flask) -> None:
    cookie = _cookie(app, _user_id="1")
    app.config["SECRET_KEY"], app.config["SECRET_KEY_FALLBACKS"] = "n" * 40, [app.secret_key]
    with app.test_request_context("/", headers={"Cookie": f"session={cookie}"}):
        assert ProvenSessions(app).open_session(app, request) == {"_user_id": "1"}
        app.config["SECRET_KEY_FALLBACKS"] = []
        assert ProvenSessions(app).open_session(app, request) == {}
