"""Alembic through Flask-Migrate, bound where it is used: a web process never is where (12 MB)."""

from __future__ import annotations

from flask import Flask

from app.extensions import db


def init_migrations(app: Flask) -> None:
    """Adds `flask db …`; flask_migrate's functions work on this application from now on."""
    from flask_migrate import Migrate

    Migrate(app, db, directory="migrations", compare_type=True)
