"""The language of a request, the switch, and what the libraries say in Vietnamese."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale, get_locale
from flask_security.babel import FsDomain
from flask_security.utils import _td_format
from flask_wtf import FlaskForm
from werkzeug.test import TestResponse
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length

from app.core import i18n
from tools.i18n import compile_catalogues


class ForeignForm(FlaskForm):
    """A form that knows nothing of ours, as those of Flask-Security."""

    name = StringField(validators=[InputRequired(), Length(max=3)])
    number = IntegerField()


class OwnForm(ForeignForm):
    class Meta:
        def get_translations(self, form: Any) -> i18n.FormTranslations:
            return i18n.form_translations()


@pytest.fixture
def bare_app() -> Flask:
    compile_catalogues()
    app = Flask("bare")
    app.config.update(
        SECRET_KEY="bare", WTF_CSRF_ENABLED=False, SECURITY_I18N_DOMAIN="flask_security"
    )
    i18n.init_i18n(app)

    @app.get("/units/<secret>")
    def unit(secret: str) -> str:
        return str(get_locale())

    @app.post("/units/<secret>/form")
    def send(secret: str) -> dict[str, list[str]]:
        form = ForeignForm()
        form.validate()
        return {str(name): list(errors) for name, errors in form.errors.items()}

    return app


def switch(app: Flask, **fields: str) -> TestResponse:
    return app.test_client().post("/language", data=fields)


def test_vietnamese_is_spoken_whatever_the_browser_asks(bare_app: Flask) -> None:
    answer = bare_app.test_client().get("/units/a", headers={"Accept-Language": "en-GB,en"})
    assert answer.text == "vi"


def test_switching_keeps_the_language_and_returns_to_the_page(bare_app: Flask) -> None:
    client = bare_app.test_client()
    answer = client.post("/language", data={"lang": "en", "next": "/units/a?page=2"})
    assert (answer.status_code, answer.location) == (303, "/units/a?page=2")
    assert client.get("/units/a").text == "en"
    client.post("/language", data={"lang": "vi"})
    assert client.get("/units/a").text == "vi"


def test_the_cookie_is_closed_to_scripts_and_other_sites(bare_app: Flask) -> None:
    bare_app.config["SESSION_COOKIE_SECURE"] = True
    cookie = switch(bare_app, lang="en").headers["Set-Cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/units/a",
        "///elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "\n//elsewhere.example",
        "/ /elsewhere.example",
        "/\x7f/elsewhere.example",
        "javascript:alert(1)",
        "units/a",
        "",
    ],
)
def test_the_switch_never_leads_to_another_site(bare_app: Flask, target: str) -> None:
    @bare_app.get("/<path:anything>")
    def every_path(anything: str) -> str:
        return anything

    assert switch(bare_app, lang="en", next=target).location == "/"


@pytest.mark.parametrize(
    "target",
    ["/nowhere", "/units/a/form", "/language", "/units/a]//["],
)
def test_the_switch_leads_only_to_pages_that_can_be_fetched(bare_app: Flask, target: str) -> None:
    assert switch(bare_app, lang="en", next=target).location == "/"


def test_the_switch_stays_under_the_prefix_of_the_application(bare_app: Flask) -> None:
    answer = bare_app.test_client().post(
        "/language",
        data={"lang": "en", "next": "/units/a"},
        environ_overrides={"SCRIPT_NAME": "/dangky"},
    )
    assert answer.location == "/dangky/units/a"


@pytest.mark.parametrize("language", ["", "fr", "../vi"])
def test_an_unknown_language_is_refused(bare_app: Flask, language: str) -> None:
    answer = switch(bare_app, lang=language)
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


def test_an_unknown_language_in_the_cookie_is_ignored(bare_app: Flask) -> None:
    client = bare_app.test_client()
    client.set_cookie("lang", "xx")
    assert client.get("/units/a").text == "vi"


def test_foreign_forms_speak_the_language_of_the_page(bare_app: Flask) -> None:
    client = bare_app.test_client()
    sent = {"name": "dài quá", "number": "x"}
    assert client.post("/units/a/form", data=sent).json == {
        "name": ["Hãy nhập không quá 3 ký tự."],
        "number": ["Hãy nhập một số nguyên."],
    }
    client.set_cookie("lang", "en")
    assert client.post("/units/a/form", data=sent).json == {
        "name": ["Field cannot be longer than 3 characters."],
        "number": ["Not a valid integer value."],
    }


def test_our_forms_speak_vietnamese_outside_a_request_too(bare_app: Flask) -> None:
    with bare_app.app_context():
        form = OwnForm(formdata=None, name="")
        assert not form.validate()
        assert form.errors["name"] == ["Hãy điền ô này."]


def test_flask_security_speaks_vietnamese(bare_app: Flask) -> None:
    domain = FsDomain(bare_app)
    with bare_app.test_request_context():
        assert domain.gettext("Your password has been changed.") == "Mật khẩu đã được đổi."
        with force_locale("en"):
            assert domain.gettext("Sign In") == "Sign In"


@pytest.mark.parametrize(
    ("duration", "vietnamese", "english"),
    [
        (timedelta(days=5), "5 ngày", "5 days"),
        (timedelta(minutes=1), "1 phút", "1 minute"),
        (timedelta(hours=1, minutes=30), "1 giờ và 30 phút", "1 hour and 30 minutes"),
        (timedelta(0), "0 giây", "0 seconds"),
    ],
)
def test_flask_security_tells_durations_in_the_language_of_the_page(
    bare_app: Flask, duration: timedelta, vietnamese: str, english: str
) -> None:
    with bare_app.test_request_context():
        assert _td_format(duration) == vietnamese
        with force_locale("en"):
            assert _td_format(duration) == english


def test_without_catalogues_the_application_does_not_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path)
    with pytest.raises(RuntimeError, match=r"python tools/i18n\.py compile"):
        i18n.init_i18n(Flask("bare"))
