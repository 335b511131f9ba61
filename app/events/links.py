"""Sending a unit its private link, and replacing a link that went astray (design 4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.events.models import Event, LinkDevice, Participation
from app.events.queries import unit_secret
from app.events.rules import EventState
from app.extensions import db
from app.mail.models import Message
from app.mail.services import enqueue

TEMPLATE = "call"  # the call to register, which carries the link: there is no other mail for it
MAILED_IN = (EventState.OPEN, EventState.CLOSED)  # a new link in place of an old one


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


@dataclass(frozen=True)
class Devices:
    """The browsers that opened a unit's link: ``count``, and how many of each label, first the
    first seen; "" stands for one that said nothing of itself."""

    count: int
    labels: Sequence[tuple[str, int]]


def devices_of(participation_id: int) -> Devices:
    """One query."""
    rows = db.session.execute(
        select(LinkDevice.label, func.count())
        .where(LinkDevice.participation_id == participation_id)
        .group_by(LinkDevice.label)
        .order_by(func.min(LinkDevice.id))
    )
    labels = [(row[0], row[1]) for row in rows]
    return Devices(sum(number for _label, number in labels), labels)


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


def renew_link(
    participation: Participation,
    *,
    by: Actor,
    now: datetime,
    reason: str | None = None,
    mail: bool = True,
) -> None:
    """Kill the unit's link at once; with ``mail`` send the new one to the address on file.

    Raises NoAddress and LinksRefused when it cannot be mailed: a link that went astray can
    always be killed without. The browsers noted were the old link's.
    """
    event = db.session.get_one(Event, participation.event_id)
    if mail and not participation.email:
        raise NoAddress()
    if mail and event.state not in MAILED_IN:
        raise LinksRefused()
    participation.link_version += 1
    participation.link_sent_at = None
    participation.opened_at = None
    participation.open_count = 0
    db.session.execute(delete(LinkDevice).where(LinkDevice.participation_id == participation.id))
    if mail:
        _send(event, participation, 1, now=now)
    db.session.flush()
    record(
        "participation.link_renewed",
        ("participation", participation.id),
        by=by,
        now=now,
        event_id=event.id,
        after={"link_version": participation.link_version},
        reason=reason,
    )


def _send(event: Event, participation: Participation, number: int, *, now: datetime) -> None:
    participation.link_sent_at = now
    enqueue(
        f"call:{participation.id}:{participation.link_version}:{number}",
        to=participation.email,
        to_name=participation.name,
        template=TEMPLATE,
        context={
            "unit": participation.name,
            "url": unit_url(participation),
            "event_id": event.id,
            "cutoff_words": event.cutoff_words,
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
