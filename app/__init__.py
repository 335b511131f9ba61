"""The application factory: short named steps, each extension and feature bound once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import jinja2
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import (
    access,
    assets,
    error_pages,
    filters,
    headers,
    health,
    i18n,
    logs,
    page_cache,
    rehearsal,
    unreadable,
    uploads,
)
from app.core.sessions import ProvenSessions
from app.core.turns import Turns
from app.extensions import csrf, db
from app.extensions import mail as mail_extension  # app.mail is the package

if TYPE_CHECKING:
    from config import Settings


class App(Flask):
    def ensure_sync(self, func: Any) -> Any:
        """No view or hook of ours is a coroutine: Flask need not look, twenty times a request."""
        return func


def create_app(settings: Settings, **overrides: object) -> Flask:
    """``overrides``: Flask configuration for tests."""
    app = App(__name__, template_folder="../templates", static_folder="../static")
    configure(app, settings)
    app.config.update(overrides)
    bind_extensions(app, settings)
    register_features(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    keys = [*reversed(settings.old_secret_keys), settings.secret_key]  # oldest first: tags stay
    derived = [hashlib.sha256(f"security {key}".encode()).hexdigest() for key in keys]
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.old_secret_keys),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": settings.database_url.startswith("postgres")},
        MAX_CONTENT_LENGTH=settings.max_upload,
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        REMEMBER_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # pages send no Referer, so that links stay secret
        MAIL_SERVER=settings.mail_server,
        MAIL_PORT=settings.mail_port,
        MAIL_USE_TLS=settings.mail_security == "starttls",
        MAIL_USE_SSL=settings.mail_security == "tls",
        MAIL_USERNAME=settings.mail_username or None,
        MAIL_PASSWORD=settings.mail_password or None,
        MAIL_DEFAULT_SENDER=(settings.mail_sender_name, settings.mail_sender),
        SECURITY_PASSWORD_SINGLE_HASH=True,  # argon2 salts itself: passwords outlive SECRET_KEY
        SECURITY_TOTP_SECRETS={str(tag): one for tag, one in enumerate(derived, 1)},
    )
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if settings.database_url.startswith("sqlite"):
        app.wsgi_app = Turns(app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def bind_extensions(app: Flask, settings: Settings) -> None:
    app.session_interface = ProvenSessions(app)
    logs.init_logs(app)
    db.init_app(app)
    csrf.init_app(app)
    mail_extension.init_app(app)
    i18n.init_i18n(app)
    assets.init_assets(app)
    filters.init_filters(app)
    headers.init_headers(app)
    page_cache.init_page_cache(app)


def register_features(app: Flask) -> None:
    from app import cli
    from app.accounts import setup as accounts
    from app.accounts.routes import blueprint as accounts_pages
    from app.checkin.gates import find_gate_actor
    from app.checkin.routes import blueprint as hall_pages
    from app.documents.confirmation_routes import blueprint as confirmation_pages
    from app.documents.confirmations import init_confirmations
    from app.documents.report_routes import blueprint as attendance_pages
    from app.documents.routes import blueprint as document_pages
    from app.events.mail_facts import event_facts
    from app.events.routes import blueprint as event_pages
    from app.hall_papers.routes import blueprint as hall_paper_pages
    from app.invitations.ahead import make_ahead
    from app.invitations.approval_routes import blueprint as approval_pages
    from app.invitations.batches import LETTERS
    from app.invitations.calendars import void_attachments
    from app.invitations.changes import replace_at_door
    from app.invitations.editor_routes import blueprint as letter_editor_pages
    from app.invitations.reminder_routes import blueprint as reminder_pages
    from app.invitations.reminder_tasks import init_reminders
    from app.invitations.routes import blueprint as invitation_pages
    from app.invitations.services import letter_attachments, together_attachments
    from app.invitations.signing import init_signing
    from app.invitations.trial_mail import trial_attachments
    from app.invitations.word_routes import blueprint as letter_word_pages
    from app.mail.routes import blueprint as mail_pages
    from app.mail.setup import init_outbox
    from app.overview.nav import init_nav
    from app.overview.routes import blueprint as overview_pages
    from app.personal_data.routes import blueprint as personal_data_pages
    from app.personal_data.sweeping import init_erasing
    from app.receipts.routes import blueprint as receipt_pages
    from app.registration.desk_routes import blueprint as registration_desk_pages
    from app.signed_forms.entry_panel import form_facts
    from app.signed_forms.routes import blueprint as signed_form_pages
    from app.unit_pages.lost_links import init_lost_links
    from app.unit_pages.routes import blueprint as unit_pages
    from app.units.routes import blueprint as unit_register_pages

    accounts.init_accounts(app)
    access.init_access(app)
    app.extensions["actor_finders"].append(find_gate_actor)
    # Lower packages send what upper ones make, without importing them.
    app.extensions["attachment_makers"] = {
        "invitation": letter_attachments,
        "registration": void_attachments,
        "letters": together_attachments,
        "letter_trial": trial_attachments,
    }
    app.extensions["ahead_makers"] = {"invitation": make_ahead, "letters": make_ahead}
    app.extensions["batch_makers"] = {"letters": LETTERS}
    app.extensions["form_facts"] = form_facts
    app.extensions["replace_at_door"] = replace_at_door
    init_outbox(app, facts=event_facts)
    init_reminders(app)
    init_confirmations(app)
    init_erasing(app.extensions["queue"])
    init_signing(app)
    init_lost_links(app)
    rehearsal.init_rehearsal(app)
    health.init_health(app)
    error_pages.init_error_pages(app)
    uploads.init_uploads(app)
    unreadable.init_unreadable(app)
    for blueprint in (
        event_pages,
        unit_pages,
        registration_desk_pages,
        unit_register_pages,
        signed_form_pages,
        receipt_pages,
        personal_data_pages,
        accounts_pages,
        invitation_pages,
        approval_pages,
        letter_editor_pages,
        letter_word_pages,
        mail_pages,
        hall_pages,
        document_pages,
        attendance_pages,
        hall_paper_pages,
        reminder_pages,
        confirmation_pages,
        overview_pages,
    ):
        app.register_blueprint(blueprint)
    init_nav(app)
    cli.init_cli(app)
