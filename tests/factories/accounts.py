"""Accounts of each role, and a client signed in as one."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.accounts.models import Account
from app.accounts.setup import datastore
from app.core.database import unit_of_work


def make_account(role: str = "desk", email: str = "", full_name: str = "Vũ Mai An") -> Account:
    """Commits. The password is not set: tests sign in by the session."""
    with unit_of_work():
        account = datastore.create_user(
            email=email or f"{role}@example.vn", full_name=full_name, active=True
        )
        datastore.add_role_to_user(account, datastore.find_or_create_role(role))
    return account


def sign_in(client: FlaskClient, account: Account) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = account.fs_uniquifier
        session["_fresh"] = True


PASSWORD = "bốn con sếu trắng 42"  # what accounts made with `with_password` sign in with


def with_password(account: Account, password: str = PASSWORD) -> Account:
    """Commits."""
    from flask_security import hash_password
    from flask_security.proxies import _security

    hashed = hash_password(_security.password_util.normalize(password))
    with unit_of_work():
        account.password = hashed
    return account
