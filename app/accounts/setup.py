"""Sign-in by Flask-Security: password policy, TOTP, reset by mail, limits in the database."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, redirect, request, url_for
from flask_security import Security, SQLAlchemyUserDatastore, current_user
from flask_security.core import _default_messages

from app.accounts.models import Account, Role
from app.accounts.passwords import PASSWORD_MIN, OurPasswords
from app.accounts.security_forms import FORMS
from app.core.errors import NotFound
from app.core.i18n import own_path
from app.extensions import db
from app.mail.security_mail import OutboxMailUtil

datastore = SQLAlchemyUserDatastore(db, Account, Role)

# Pages of Flask-Security that are not used: ours stand in their place, or they serve nobody.
UNUSED = frozenset(
    f"security.{name}"
    for name in (
        "two_factor_setup",
        "two_factor_setup_validate",
        "two_factor_rescue",
        "tf_select",
        "mf_recovery_codes",
        "static",
    )
)


def init_accounts(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    app.config.update(
        SECURITY_URL_PREFIX="/account",
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_RESET_URL="/reset",
        SECURITY_CHANGE_URL="/password",
        SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL="/second-step",  # noqa: S106 - an address
        SECURITY_MULTI_FACTOR_RECOVERY_URL="/recovery-code",
        SECURITY_POST_LOGIN_VIEW="accounts.start",
        SECURITY_POST_CHANGE_VIEW="accounts.me",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_REGISTERABLE=False,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_TRACKABLE=False,
        SECURITY_FRESHNESS=timedelta(-1),  # our pages ask for the password themselves
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_RESET_PASSWORD_WITHIN=timedelta(hours=2),
        SECURITY_PASSWORD_LENGTH_MIN=PASSWORD_MIN,
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - its algorithm
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_TOTP_ISSUER="Dang ky tap huan",
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=8,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS=[
            _sealing_key(secret) for secret in (settings.secret_key, *settings.old_secret_keys)
        ],
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_MSG_PASSWORD_RESET_REQUEST=_default_messages["GENERIC_RECOVERY"],
        SECURITY_EMAIL_SENDER=app.config["MAIL_DEFAULT_SENDER"],
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
    )
    # The classes must be told to the constructor: init_app silently ignores them.
    security = Security(mail_util_cls=OutboxMailUtil, password_util_cls=OurPasswords, **FORMS)
    security.init_app(app, datastore)
    security.want_json(lambda _request: False)  # pages only; no token is ever handed out
    # Neither tokens nor Flask-Principal's needs are used: nobody is looked up where nobody asks.
    app.extensions["security"].login_manager.request_loader(lambda _request: None)
    app.extensions["security"].principal.identity_loaders.clear()
    security.mail_context_processor(_mail_words)
    app.before_request(_close_unused)
    from app.accounts.security_signals import connect  # its services need the datastore above

    connect(app)


def _sealing_key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(f"recovery {secret}".encode()).digest())


def _close_unused() -> Any:
    if request.endpoint in UNUSED:
        raise NotFound()
    if (request.endpoint or "").startswith("security.") and _leads_away():
        return redirect(request.path, code=303)
    if request.endpoint == "security.two_factor_token_validation" and current_user.is_authenticated:
        return redirect(url_for("accounts.start"))  # Flask-Security would sign the person out
    return None


def _leads_away() -> bool:
    """Is the place to go on to after the sign-in anything but a page of ours?"""
    wanted = [*request.args.getlist("next"), *request.form.getlist("next")]
    return any(target and own_path(target) != target for target in wanted)


def _mail_words() -> dict[str, Any]:
    """What the frame of our mails asks for."""
    settings = current_app.config["SETTINGS"]
    return {
        "sender_name": settings.mail_sender_name,
        "base_url": settings.base_url,  # never the request's Host, which anybody can write
        "files": [],
        "contact": {},
        "event_title": "",
    }
