"""Once a minute: what the schedules of the present events ask for."""

from __future__ import annotations

from flask import Flask, current_app
from sqlalchemy import select

from app.core import clock
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.events.models import Event
from app.events.queries import lock_event
from app.events.rules import EventState
from app.extensions import db
from app.invitations.reminder_queries import BATCH_KIND, MADE, is_switched_on, schedule_of
from app.invitations.reminder_rules import TEMPLATES, Decision, Kind
from app.invitations.reminders import REMINDERS, call_attachments, decisions_for, guard, run_due

TASK = "send_reminders"
PRESENT = (EventState.OPEN, EventState.CLOSED)


def init_reminders(app: Flask) -> None:
    """After the outbox, whose queue it uses."""
    app.extensions["queue"].add(TASK, send_due, each_minute=True)
    app.extensions["batch_makers"].update({BATCH_KIND.format(kind): REMINDERS for kind in Kind})
    app.extensions.setdefault("mail_guards", {}).update(
        {template: guard for template in TEMPLATES.values()}
    )
    app.extensions["attachment_makers"]["participation"] = call_attachments
    app.extensions.setdefault("reminder_readers", {})


def send_due() -> list[Decision]:
    """Needs an application context, no open transaction. Two reads when nothing is due."""
    now = clock.now()
    waiting = [event.id for event in _present() if _has_work(event)]
    db.session.rollback()
    done: list[Decision] = []
    for event_id in waiting:
        try:
            with unit_of_work():
                done += run_due(lock_event(event_id), now)
        except DomainError as trouble:  # tried again in a minute; the other events go on
            current_app.logger.error("reminders of event %d", event_id, exc_info=trouble)
    for one in done:
        current_app.logger.info(
            "reminder",
            extra={"fields": {"kind": one.slot.kind, "days": one.slot.days, "deed": one.deed}},
        )
    return done


def _present() -> list[Event]:
    return list(
        db.session.scalars(select(Event).where(Event.state.in_(PRESENT)).order_by(Event.id))
    )


def _has_work(event: Event) -> bool:
    if not event.delivery.get(MADE):
        return True
    return is_switched_on(event) and bool(decisions_for(event, schedule_of(event), clock.now()))
