"""People who sign in, and their roles. Units and gates have no account (design 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_security.models import fsqla_v3 as fsqla
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model, db

fsqla.FsModels.set_db_info(db, user_table_name="account", role_table_name="role")


class Role(Model, fsqla.FsRoleMixin):
    __tablename__ = "role"


class Account(Model, fsqla.FsUserMixin):
    __tablename__ = "account"

    # The mixin adds a relationship to passkeys wherever webauthn is installed; we store none.
    webauthn = ()  # type: ignore[assignment]

    if TYPE_CHECKING:  # the mixin declares them in the old way
        id: int  # type: ignore[assignment]
        email: str  # type: ignore[assignment]
        password: str | None  # type: ignore[assignment]
        active: bool  # type: ignore[assignment]

    full_name: Mapped[str | None] = mapped_column(String(120))
