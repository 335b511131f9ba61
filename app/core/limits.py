"""Attempts counted in the database, so that a limit holds over processes and machines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Instant
from app.core.errors import TooManyAttempts
from app.extensions import Model, db


class Attempt(Model):
    """One try at something limited. `bucket`: hash of what is limited; no address is stored."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    bucket: Mapped[str] = mapped_column(String(40), index=True)
    at: Mapped[datetime] = mapped_column(Instant)


def _bucket(purpose: str, who: str) -> str:
    return hashlib.sha256(f"{purpose}\x1f{who.strip().lower()}".encode()).hexdigest()[:40]


def ensure_allowed(purpose: str, who: str, *, most: int, within: timedelta, now: datetime) -> None:
    """Raises TooManyAttempts when `who` has tried `most` times `within` the past."""
    tried = db.session.scalar(
        select(func.count())
        .select_from(Attempt)
        .where(Attempt.bucket == _bucket(purpose, who), Attempt.at > now - within)
    )
    if tried is not None and tried >= most:
        raise TooManyAttempts()


def count_attempt(purpose: str, who: str, *, now: datetime) -> int:
    """Inside a unit of work. Forgets what is older than a day. Gives the attempt's id."""
    db.session.execute(delete(Attempt).where(Attempt.at < now - timedelta(days=1)))
    attempt = Attempt(bucket=_bucket(purpose, who), at=now)
    db.session.add(attempt)
    db.session.flush()
    return attempt.id


def take_back_attempts(ids: Sequence[int]) -> None:
    """Inside a unit of work. These were no failures."""
    db.session.execute(delete(Attempt).where(Attempt.id.in_(ids)))


def forget_attempts(purpose: str, who: str) -> None:
    db.session.execute(delete(Attempt).where(Attempt.bucket == _bucket(purpose, who)))
