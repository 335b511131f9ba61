"""What a paired phone asks for behind its page: the list, and the merge of what it kept.

No CSRF token: the page is kept for hours and its token grows old. Instead the request must come
from a page of this very server, as the browser itself says, and be JSON; the cookie is SameSite.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from app.checkin.contacts import Contact, ensure_not_too_often, find_contact, hear
from app.checkin.doubles import doubles_of
from app.checkin.errors import NoGate
from app.checkin.faces import prove_early
from app.checkin.gates import COOKIE, COOKIE_PATH
from app.checkin.hall_events import HallEvent
from app.checkin.late_entries import enter_late
from app.checkin.late_scans import Merged
from app.checkin.own_page import ensure_own_page
from app.checkin.packing import json_answer, packed
from app.checkin.roster import roster as make_roster
from app.checkin.rules import Remark
from app.checkin.sync_answers import scans_json, walk_in_json
from app.checkin.sync_forms import MOST_BYTES, MOST_ID, Batch, read_batch, whole
from app.checkin.syncing import store_batch
from app.core.access import public
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.uploads import BESIDE_THE_FILE, takes_upload
from app.extensions import csrf


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get("/hall/<slug>/roster", endpoint="roster")(roster)
    blueprint.post("/hall/<slug>/sync", endpoint="sync")(sync)


@public
def roster(slug: str) -> Response:
    """For who is a gate or may check in; asked here, so that a script hears 403 and no login page."""
    event, contact = find_contact(slug, now())
    if contact.ended_at is not None:
        raise NoGate()
    asked = request.args.get("since", "")
    digits = asked.isascii() and asked.isdigit() and len(asked) < 11
    since = whole(int(asked), 1, MOST_ID) if digits else None
    return _not_kept(make_roster(event, contact.gate(event), since=since, now=now()))


def _too_big(_sent: int) -> str:
    return _("Lô quét gửi lên quá lớn.")


@csrf.exempt
@public
@takes_upload(MOST_BYTES - BESIDE_THE_FILE, _too_big)
def sync(slug: str) -> Response:
    """See the module. Also for a phone that is a gate no more: what it scanned before counts."""
    ensure_own_page()
    moment = now()
    event, contact = find_contact(slug, moment)
    if contact.device is not None:
        ensure_not_too_often(contact.device, moment)
    batch = _read(contact, moment)
    silent = contact.ended_at is not None
    since = batch.device.list_version
    listed = since is not None and not silent
    merged = _merge(event, contact, batch, moment)
    entered = [enter_late(event.id, one, contact, now=moment) for one in batch.walk_ins]
    results = scans_json(event.id, merged, event.sessions, silent=silent, listed=listed)
    results += [walk_in_json(one, silent=silent) for one in entered]
    results += [_invalid(client_id) for client_id in batch.invalid]
    response = _not_kept(
        {
            "server_time": moment.isoformat(),
            "results": results,
            "roster": make_roster(event, contact.gate(event), since=since, now=moment)
            if listed
            else None,
            "doubles": _doubles(event.id, contact, merged, listed=listed),
            "wipe": silent and batch.device.unsent <= len(results),
        }
    )
    if batch.device.wiped:
        response.delete_cookie(COOKIE, path=COOKIE_PATH)
    return response


def _read(contact: Contact, moment: datetime) -> Batch:
    device = contact.device
    if device is None:
        return read_batch(now=moment, made_at=None, known_offset=None)
    return read_batch(now=moment, made_at=device.created_at, known_offset=device.offset_ms)


def _merge(event: HallEvent, contact: Contact, batch: Batch, moment: datetime) -> list[Merged]:
    served = contact.gate(event).session_ids
    sessions = {one.id: one for one in event.sessions if one.id in served}
    prove_early(batch.scans)
    with unit_of_work(keep=True):
        if contact.device is not None:
            answered = len(batch.scans) + len(batch.walk_ins) + len(batch.invalid)
            hear(contact.device, batch.device, answered=answered, now=moment)
        if not batch.scans:
            return []
        return store_batch(event.id, sessions, batch.scans, contact.sender, now=moment)


def _doubles(
    event_id: int, contact: Contact, merged: list[Merged], *, listed: bool
) -> list[dict[str, Any]]:
    """With a list, which a phone asks for every few seconds, or at once when there is a new one."""
    if contact.device is None or contact.ended_at is not None:
        return []
    if not listed and all(one.remark != Remark.DOUBLE for one in merged):
        return []
    return doubles_of(event_id, contact.device.id)


def _invalid(client_id: str) -> dict[str, Any]:
    return {"client_id": client_id, "outcome": "invalid", "remark": None, "answer": None}


def _not_kept(content: dict[str, Any]) -> Response:
    response = json_answer(content)
    response.headers["Cache-Control"] = "no-store"
    return packed(response)
