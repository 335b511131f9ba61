"""The application as `flask hall serve` runs it: ``gunicorn app.hall_site:tls_site()``."""

from __future__ import annotations

from flask import Flask

from app import create_app
from app.checkin.hall_doors import guide_only, host_of, only_for
from config import Settings


def tls_site() -> Flask:
    """For https: refuses requests that were meant for another machine's name."""
    settings = Settings.from_env()
    app = create_app(settings)
    hosts = {*settings.hall_hosts, host_of(settings.hall_url), host_of(settings.base_url)}
    app.wsgi_app = only_for(hosts, app.wsgi_app)  # type: ignore[assignment,method-assign]
    return app


def plain_site() -> Flask:
    """For plain http: everything but the guide and its files leads to https."""
    settings = Settings.from_env()
    app = create_app(settings)
    app.wsgi_app = guide_only(settings.hall_url, app.wsgi_app)  # type: ignore[assignment,method-assign]
    return app
