"""Requests that share nothing (see tests/checkin/conftest.py), and the four roles."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.accounts.models import Account
from app.extensions import db
from config import Settings
from tests.checkin.conftest import ApartClient
from tests.factories.accounts import PASSWORD, make_account, with_password


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """As everywhere, with a cheap hash: these tests ask for hundreds of passwords."""
    cheap = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
    application = create_app(
        settings,
        TESTING=True,
        WTF_CSRF_ENABLED=False,
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=cheap,
    )
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.test_client_class = ApartClient
    return app.test_client()


@pytest.fixture
def admin(app: Flask) -> Account:
    return with_password(make_account("admin", full_name="Đặng Thu Trà"))


@pytest.fixture
def enter(app: Flask):
    """enter(account) → a client of its own, signed in by the form."""

    def go(account: Account, password: str = PASSWORD) -> FlaskClient:
        app.test_client_class = ApartClient
        fresh = app.test_client()
        answer = try_sign_in(fresh, account.email, password)
        assert answer.status_code == 302, answer.text
        return fresh

    return go


def try_sign_in(client: FlaskClient, email: str, password: str, **more: str):
    return client.post("/account/sign-in", data={"email": email, "password": password}, **more)


def plain(answer, typed: str) -> str:
    """The page without what differs by chance, and without what was typed."""
    text = re.sub(r'(name="csrf_token" value=)"[^"]*"', r"\1", answer.text)
    return text.replace(typed, "?")
