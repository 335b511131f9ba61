"""Which browser opened a unit's link: a random cookie, kept here only as its digest.

The first browser is the unit's. Each further one is noted for the desk and never blocked:
a school has several clerks, and one clerk has a phone and a PC. Programs that fetch a link to
draw a preview of it are no browsers.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from flask import Response, after_this_request, current_app, request
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from app.audit.services import record
from app.core.access import Actor
from app.core.tokens import hash_secret
from app.core.visitors import device_label, is_person
from app.events.models import LinkDevice
from app.extensions import db

COOKIE = "device"
LIFE = timedelta(days=400)  # the longest a browser keeps a cookie
MOST = 50  # a link that went round a whole town fills no table
_ID = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 random bits in base64url


def device_digest() -> str:
    """This browser's digest. A browser without a cookie of ours is given one with the answer,
    a known one keeps its own for another 400 days."""
    known = request.cookies.get(COOKIE, "")
    value = known if _ID.fullmatch(known) else secrets.token_urlsafe(16)

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            COOKIE, value, max_age=LIFE, path="/units", httponly=True, samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )  # fmt: skip
        return response

    return hash_secret(value)


def note_device(participation_id: int, digest: str, *, by: Actor, now: datetime) -> None:
    """Inside a unit of work. A browser new to the link is kept; the second and later ones are
    recorded for the desk; past MOST nothing more is kept."""
    counted = db.session.scalar(
        select(func.count()).where(LinkDevice.participation_id == participation_id)
    )
    if (counted or 0) >= MOST:
        return
    label = device_label(request.headers.get("User-Agent", ""))
    connection = db.session.connection()
    made = connection.execute(
        _INSERT[connection.dialect.name],
        {
            "participation_id": participation_id,
            "digest": digest,
            "label": label,
            "first_at": now,
        },
    ).scalar()
    if made is not None and counted:
        record(
            "link.opened_elsewhere", ("participation", participation_id), by=by, now=now,
            event_id=by.event_id, after={"device": label},
        )  # fmt: skip


_INSERT = {
    name: insert(LinkDevice.__table__)
    .on_conflict_do_nothing(index_elements=["participation_id", "digest"])
    .returning(LinkDevice.__table__.c.id)
    for name, insert in (("sqlite", sqlite_insert), ("postgresql", postgres_insert))
}

__all__ = ["COOKIE", "LIFE", "MOST", "device_digest", "device_label", "is_person", "note_device"]
