"""What every mail of an event says: its name, its cut-off in the plan's words, whom to call."""

from __future__ import annotations

from typing import Any

from app.events.models import Event
from app.extensions import db


def event_facts(event_id: int) -> dict[str, Any]:
    """For mail.rendering; {} when the event is gone."""
    event = db.session.get(Event, event_id)
    if event is None:
        return {}
    return {
        "event_slug": event.slug,
        "event_title": event.short_title,
        "cutoff_words": event.cutoff_words,
        "contact": dict(event.contact or {}),
    }
