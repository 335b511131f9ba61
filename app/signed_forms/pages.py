"""What the desk's pages of signed forms share."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from app.core.access import current_actor
from app.core.policies import can_manage
from app.events.errors import EventStateRefused
from app.events.models import Event
from app.events.queries import event_for, lock_event
from app.events.rules import EventState
from app.registration.history import name_of


def desk_event(slug: str) -> Event:
    """The event of this page. Raises EventNotFound."""
    event = event_for(current_actor(), slug)
    g.desk_event = event
    return event


def changing_event(slug: str) -> Event:
    """The event, locked, inside a unit of work. Raises EventStateRefused when archived."""
    event = lock_event(desk_event(slug).id)
    if event.state == EventState.ARCHIVED:
        raise EventStateRefused(_("Sự kiện đã lưu trữ, không thay đổi được nữa."))
    return event


def common(event: Event) -> dict[str, Any]:
    may_change = can_manage(current_actor()) and event.state != EventState.ARCHIVED
    return {"event": event, "may_change": may_change, "name_of": name_of}
