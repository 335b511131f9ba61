"""What makes the scan page a program of the phone: its worker, its manifest, acts by client id.

The page is kept for hours: see own_page for what stands in place of a CSRF token.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, url_for
from flask_babel import gettext as _

from app.checkin.errors import PresenceNotFound
from app.checkin.own_page import ensure_own_page
from app.checkin.queries import scan_of
from app.checkin.services import call_desk, undo
from app.core.access import current_actor, public, requires
from app.core.assets import asset, built_file
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.policies import can_check_in
from app.events.queries import event_for
from app.extensions import csrf

ICONS = (("icon-192.png", 192), ("icon-512.png", 512))
NIGHT = "#0b2a54"


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get("/hall/sw.js", endpoint="worker")(worker)
    blueprint.get("/hall/manifest.webmanifest", endpoint="manifest")(manifest)
    scan = "/hall/<slug>/scans/<client_id>"
    blueprint.post(f"{scan}/undo", endpoint="undo_scan")(undo_scan)
    blueprint.post(f"{scan}/desk", endpoint="scan_to_desk")(scan_to_desk)


@public
def worker() -> Response:
    """The service worker, from a place where it may control the hall's pages alone."""
    response = Response(built_file("hall-worker.js"), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@public
def manifest() -> Response:
    """So that the page can be put on the phone's first screen."""
    response = jsonify(
        {
            "name": _("Điểm danh tập huấn"),
            "short_name": _("Điểm danh"),
            "id": "/hall/",
            "start_url": url_for("checkin.hall"),
            "scope": "/hall/",
            "display": "standalone",
            "orientation": "any",
            "background_color": NIGHT,
            "theme_color": NIGHT,
            "icons": [
                {"src": asset(name), "sizes": f"{side}x{side}", "type": "image/png",
                 "purpose": "any maskable"}
                for name, side in ICONS
            ],
        }
    )  # fmt: skip
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "no-cache"
    return response


@csrf.exempt
@requires(can_check_in)
def undo_scan(slug: str, client_id: str) -> Any:
    """A phone knows its scans by its own ids: the presence is looked up here."""
    ensure_own_page()
    with unit_of_work():
        event = event_for(current_actor(), slug)
        scan = scan_of(client_id)
        if scan is None or scan.event_id != event.id or scan.presence_id is None:
            raise PresenceNotFound()
        done = undo(event, scan.presence_id, by=current_actor(), now=now())
        name = done.registration.full_name or _("Đại diện Lãnh đạo")
    return jsonify(sentence=_("Đã hoàn tác: %(name)s.", name=name))


@csrf.exempt
@requires(can_check_in)
def scan_to_desk(slug: str, client_id: str) -> Any:
    ensure_own_page()
    actor = current_actor()
    with unit_of_work():
        call_desk(event_for(actor, slug), client_id, by=actor, now=now())
    return jsonify(sentence=_("Đã báo bàn đăng ký. Mời người này sang bàn."))
