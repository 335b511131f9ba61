"""The blueprint of the overview and what its views share; the views stand in routes,
missing_routes and seat_routes."""

from __future__ import annotations

from flask import Blueprint, g

from app.core.access import current_actor
from app.events.models import Event
from app.events.queries import event_for

blueprint = Blueprint("overview", __name__)


def desk_event(slug: str) -> Event:
    """The page's event, which the desk's frame shows too. Raises EventNotFound."""
    event = event_for(current_actor(), slug)
    g.desk_event = event
    return event
