"""Sending a unit its private link, and replacing a link that went astray (design 4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.events.models import Event, Participation
from app.events.queries import unit_secret
from app.events.rules import EventState
from app.extensions import db
from app.mail.models import Message
from app.mail.services import enqueue

TEMPLATE = "link"


class LinksRefused(DomainError):
    message = _l("Sự kiện chưa mở đăng ký, nên chưa gửi đường dẫn được. Hãy mở đăng ký trước.")


class NoAddress(DomainError):
    message = _l("Đơn vị chưa có địa chỉ thư. Hãy ghi địa chỉ thư vào danh bạ trước.")


@dataclass(frozen=True)
class Sending:
    """What one press of the button did: ``sent`` mails queued, ``without`` units with no address."""

    sent: int
    without: int


def unit_url(participation: Participation) -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return f"{base}/units/{unit_secret(participation)}"


def send_links(
    event: Event, chosen: Sequence[Participation], *, by: Actor, now: datetime
) -> Sending:
    """Queue the mail with the link for each unit; a unit without an address is counted, not mailed.

    Raises LinksRefused unless the event is open.
    """
    if event.state != EventState.OPEN:
        raise LinksRefused()
    reachable = [one for one in chosen if one.email]
    counts = _sent_before([one.id for one in reachable])
    for participation in reachable:
        _send(event, participation, counts.get(participation.id, 0) + 1, now=now)
    db.session.flush()
    if reachable:
        record(
            "event.links_sent",
            ("event", event.id),
            by=by,
            now=now,
            event_id=event.id,
            after={"units": len(reachable)},
        )
    return Sending(sent=len(reachable), without=len(chosen) - len(reachable))


def renew_link(participation: Participation, *, by: Actor, now: datetime) -> None:
    """Kill the unit's link and mail a new one. Raises NoAddress, LinksRefused."""
    event = db.session.get_one(Event, participation.event_id)
    if not participation.email:
        raise NoAddress()
    if event.state != EventState.OPEN:
        raise LinksRefused()
    participation.link_version += 1
    participation.opened_at = None
    participation.open_count = 0
    _send(event, participation, 1, now=now)
    db.session.flush()
    record(
        "participation.link_renewed",
        ("participation", participation.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"link_version": participation.link_version},
    )


def _send(event: Event, participation: Participation, number: int, *, now: datetime) -> None:
    participation.link_sent_at = now
    enqueue(
        f"link:{participation.id}:{participation.link_version}:{number}",
        to=participation.email,
        to_name=participation.name,
        template=TEMPLATE,
        context={
            "unit": participation.name,
            "url": unit_url(participation),
            "event_id": event.id,
            "event_title": event.short_title,
            "cutoff_words": event.cutoff_words,
            "contact": event.contact,
        },
        now=now,
        event_id=event.id,
        thing=("participation", participation.id),
    )


def _sent_before(ids: list[int]) -> dict[int, int]:
    """How many link mails each participation had, by id: the number in the next one's purpose."""
    if not ids:
        return {}
    rows = db.session.execute(
        select(Message.thing_id, func.count())
        .where(
            Message.thing_type == "participation",
            Message.template == TEMPLATE,
            Message.thing_id.in_(ids),
        )
        .group_by(Message.thing_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}
