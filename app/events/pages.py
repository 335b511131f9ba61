"""The blueprint of events; its views stand in public_routes, desk_routes and rehearsal_routes."""

from flask import Blueprint

blueprint = Blueprint("events", __name__)
