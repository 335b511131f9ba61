"""The unit's link: whose page it is, and the noting of who opened it (design 4.7 and 6)."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, session
from flask_babel import gettext as _
from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.orm import defer, joinedload

from app.audit.services import record
from app.core.access import Actor
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import NotStored
from app.core.filters import short_date
from app.core.prepared import Prepared
from app.core.tokens import is_link_secret, link_thing_id
from app.core.unchanged import unchanged
from app.events.models import Event, Participation
from app.events.queries import UNIT_LINK
from app.extensions import db
from app.registration import services
from app.registration.errors import LinkNotFound, LinkReplaced, MoveRefused
from app.registration.models import Registration
from app.unit_pages.devices import device_digest, is_person, note_device


def unit_actor(participation: Participation) -> Actor:
    return Actor("unit", participation.code, participation.name, event_id=participation.event_id)


def link_row(secret: str) -> Any:
    """Unit and event of this link, as few columns as the page of a unit without an entry needs.

    Raises LinkNotFound, or LinkReplaced for an older link.
    """
    thing_id = link_thing_id(secret)
    row = unchanged(("link", thing_id), lambda: _link_row(thing_id)) if thing_id else None
    if row is None:
        raise LinkNotFound()
    if not is_link_secret(secret, UNIT_LINK, row.id, row.link_version):
        older = range(max(1, row.link_version - 50), row.link_version)
        if any(is_link_secret(secret, UNIT_LINK, row.id, one) for one in older):
            raise LinkReplaced(_replaced_sentence(row.id))
        raise LinkNotFound()
    return row


def _link_row(thing_id: int) -> Any:
    return db.session.connection().execute(_LINK_ROW, {"thing_id": thing_id}).one_or_none()


def _replaced_sentence(participation_id: int) -> str | None:
    """With the day the link of today was sent, when it was (look.md 5)."""
    sent_at = db.session.scalar(
        select(Participation.link_sent_at).where(Participation.id == participation_id)
    )
    if sent_at is None:
        return None
    return _(
        "Đường dẫn này đã được thay bằng đường dẫn mới gửi ngày %(day)s. "
        "Hãy mở thư mới nhất của Sở.",
        day=short_date(sent_at),
    )


_P, _E = Participation.__table__.c, Event.__table__.c
_LINK_ROW = (
    select(
        _P.id, _P.name, _P.short_name, _P.code, _P.district, _P.kind, _P.route, _P.link_version,
        _P.cutoff_at.label("own_cutoff"), _P.opened_at, _E.id.label("event_id"), _E.revision,
        _E.state, _E.opens_at, _E.cutoff_at, _E.starts_at, _E.ends_at, _E.valid_on,
        exists()
        .where(Registration.__table__.c.participation_id == _P.id)
        .label("has_entry"),
    )
    .join_from(Participation.__table__, Event.__table__, _E.id == _P.event_id)
    .where(_P.id == bindparam("thing_id"))
)  # fmt: skip


def participation_of(secret: str) -> Participation:
    """The unit of this link with its event, to change or show it. Raises as `link_row`."""
    thing_id = link_thing_id(secret)
    found = db.session.scalar(_PARTICIPATION, {"thing_id": thing_id}) if thing_id else None
    if found is None or not is_link_secret(secret, UNIT_LINK, found.id, found.link_version):
        link_row(secret)  # says why
        raise LinkNotFound()
    return found


_PARTICIPATION = (
    select(Participation)
    .where(Participation.id == bindparam("thing_id"))
    .options(joinedload(Participation.event).options(defer(Event.plan), defer(Event.letter)))
)


def unit_row(secret: str) -> Any:
    """The unit of this link as a plain row, to enter its delegate: all columns of Participation,
    and ``event_cutoff``. Raises as `link_row`."""
    thing_id = link_thing_id(secret)
    row = _UNIT_ROW.row({"thing_id": thing_id}) if thing_id else None
    if row is None or not is_link_secret(secret, UNIT_LINK, row.id, row.link_version):
        link_row(secret)  # says why
        raise LinkNotFound()
    return row


_UNIT_ROW = Prepared(
    select(Participation.__table__, Event.__table__.c.cutoff_at.label("event_cutoff"))
    .join(Event.__table__, Event.__table__.c.id == Participation.__table__.c.event_id)
    .where(Participation.__table__.c.id == bindparam("thing_id"))
)


def participation_and_standing(secret: str) -> tuple[Participation, Registration]:
    found = participation_of(secret)
    standing = services.active_of(found.id)
    if not standing:
        raise MoveRefused()
    return found, standing[0]


def was_seen(standing: Registration) -> bool:
    """The person on the screen must be the one changed: two clerks, or an old page."""
    return request.form.get("registration_id", "") == str(standing.id)


def ensure_seen(standing: Registration) -> None:
    if not was_seen(standing):
        raise MoveRefused()


def note_opening(row: Any) -> None:
    """Counted once a browser session; the first time is kept for the desk, and so is each
    further browser. A colleague of the desk who looks, or a program that draws a preview of
    the link, is not the unit."""
    opened = session.get("opened", [])
    this = f"{row.id}.{row.link_version}"
    if this in opened or "_user_id" in session or not is_person():
        return
    session["opened"] = [*opened[-20:], this]
    by = Actor("unit", row.code, row.name, event_id=row.event_id)
    digest = device_digest()
    try:
        with unit_of_work():
            db.session.execute(
                update(Participation)
                .where(Participation.id == row.id)
                .values(
                    open_count=Participation.open_count + 1,
                    opened_at=func.coalesce(Participation.opened_at, now()),
                )
            )
            if row.opened_at is None:
                record(
                    "link.opened",
                    ("participation", row.id),
                    by=by,
                    now=now(),
                    event_id=row.event_id,
                )
            note_device(row.id, digest, by=by, now=now())
    except NotStored:
        current_app.logger.warning("opening of a unit's page not noted")
