"""All views of events, gathered for the factory."""

from app.events import desk_routes, public_routes, rehearsal_routes
from app.events.pages import blueprint

__all__ = ["blueprint", "desk_routes", "public_routes", "rehearsal_routes"]
