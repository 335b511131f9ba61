"""Sign-in by Flask-Security: password policy, TOTP, reset by mail; lock-out counts in the database."""

from __future__ import annotations

from flask import Flask
from flask_security import SQLAlchemyUserDatastore

from app.accounts.models import Account, Role
from app.extensions import db, security

datastore = SQLAlchemyUserDatastore(db, Account, Role)


def init_accounts(app: Flask) -> None:
    app.config.update(
        SECURITY_URL_PREFIX="/account",
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_RESET_URL="/reset",
        SECURITY_CHANGE_URL="/password",
        SECURITY_POST_LOGIN_VIEW="/desk/",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_REGISTERABLE=False,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_TRACKABLE=False,
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TOTP_ISSUER="Dang ky tap huan",
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_EMAIL_SENDER=app.config["MAIL_DEFAULT_SENDER"],
    )
    security.init_app(app, datastore)
