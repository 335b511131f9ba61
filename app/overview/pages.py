"""The blueprint of the overview and what its views share; the views stand in routes,
missing_routes and seat_routes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g

from app.core.access import current_actor
from app.events.models import Event
from app.events.queries import event_for
from app.units.rules import UnitKind

blueprint = Blueprint("overview", __name__)


def desk_event(slug: str) -> Event:
    """The page's event, which the desk's frame shows too. Raises EventNotFound."""
    event = event_for(current_actor(), slug)
    g.desk_event = event
    return event


def kind_label(kind: str) -> Any:
    return UnitKind(kind).label
