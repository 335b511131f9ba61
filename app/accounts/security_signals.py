"""What Flask-Security does by itself goes into the audit log too."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_security.signals import password_changed, password_reset, user_authenticated

from app.accounts.attempts import joined_work
from app.accounts.models import Account
from app.accounts.services import actor_of
from app.audit.services import record
from app.core.clock import now


def connect(app: Flask) -> None:
    user_authenticated.connect(_signed_in, app)
    password_changed.connect(_password_changed, app)
    password_reset.connect(_password_reset, app)


def _signed_in(_app: Flask, user: Account, authn_via: list[str] | None = None, **_: Any) -> None:
    if "change" in (authn_via or []):  # a changed password renews the session
        return
    with joined_work():
        _note("account.signed_in", user)


def _password_changed(_app: Flask, user: Account, **_: Any) -> None:
    _note("account.password_changed", user)  # committed with the change


def _password_reset(_app: Flask, user: Account, **_: Any) -> None:
    _note("account.password_reset", user)


def _note(action: str, user: Account) -> None:
    record(action, ("account", int(user.id)), by=actor_of(user), now=now())
