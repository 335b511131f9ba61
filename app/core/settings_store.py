"""Small facts shared by all processes: one row each (rehearsal offset, worker's heartbeat)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Model, db


class StoredSetting(Model):
    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


def read_setting(key: str, default: Any = None) -> Any:
    value = db.session.scalar(select(StoredSetting.value).where(StoredSetting.key == key))
    return default if value is None else value


def write_setting(key: str, value: Any) -> None:
    """Inside a unit of work."""
    db.session.merge(StoredSetting(key=key, value=value))
    db.session.flush()
