"""The blueprint of the hall's paper; views stand in modules of their own and are hung on here."""

from __future__ import annotations

from flask import Blueprint

from app.hall_papers import print_routes, sheet_routes, sheet_scan_routes

blueprint = Blueprint("hall_papers", __name__)
sheet_routes.add_to(blueprint)
sheet_scan_routes.add_to(blueprint)
print_routes.add_to(blueprint)
