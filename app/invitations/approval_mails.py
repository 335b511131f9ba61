"""Mails of an approval: to the leaders when letters wait, to the desk when a leader has decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.accounts.models import Account, Role
from app.events.models import Event
from app.extensions import db
from app.invitations.models import Approval
from app.mail.services import enqueue


def tell_leaders(event: Event, approval: Approval, *, now: datetime) -> None:
    for leader in _accounts("leader"):
        _mail(event, approval, leader, "approval_asked", now)


def tell_desk(event: Event, approval: Approval, *, now: datetime) -> None:
    """To the desk's accounts; the page says the same to whoever looks."""
    for clerk in _accounts("desk"):
        _mail(event, approval, clerk, "approval_decided", now)


def leader_names() -> list[str]:
    """Who can approve now."""
    return [one.full_name or one.email for one in _accounts("leader")]


def _accounts(role: str) -> list[Account]:
    having = db.session.scalars(select(Account).where(Account.roles.any(Role.name == role)))
    return sorted((one for one in having if one.active), key=lambda one: one.email)


def _mail(event: Event, approval: Approval, to: Account, template: str, now: datetime) -> None:
    base = current_app.config["SETTINGS"].base_url
    context: dict[str, Any] = {
        "event_id": event.id,
        "event_title": event.short_title,
        "letters": approval.letters,
        "by": approval.decided_by or approval.submitted_by,
        "note": approval.note or "",
        "state": str(approval.state),
        "sentence": approval.sentence or "",
        "url": f"{base}/desk/events/{event.slug}/approvals/{approval.id}",
    }
    enqueue(
        f"{template}:{approval.id}",
        to=to.email,
        to_name=to.full_name or to.email,
        template=template,
        context=context,
        now=now,
        event_id=event.id,
        thing=("approval", approval.id),
    )
