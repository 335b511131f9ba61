"""What was asked at `/links`, until the worker has looked at it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Instant
from app.extensions import Model

TYPED_MAX = 300


class LinkRequest(Model):
    """A unit's code or name as somebody typed it. The same row whether or not there is such a
    unit; deleted as soon as the worker has matched it. Nothing of the sender is kept."""

    __tablename__ = "link_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    typed: Mapped[str] = mapped_column(String(TYPED_MAX))
    asked_at: Mapped[datetime] = mapped_column(Instant)
