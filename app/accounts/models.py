"""People who sign in, and their roles. Units and gates have no account (design 1)."""

from __future__ import annotations

from flask_security.models import fsqla_v3 as fsqla
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db

fsqla.FsModels.set_db_info(db, user_table_name="account", role_table_name="role")


class Role(db.Model, fsqla.FsRoleMixin):
    __tablename__ = "role"


class Account(db.Model, fsqla.FsUserMixin):
    __tablename__ = "account"

    # The mixin adds a relationship to passkeys, which we do not store, wherever webauthn is installed.
    webauthn = None  # type: ignore[assignment]

    full_name: Mapped[str | None] = mapped_column(String(120))
