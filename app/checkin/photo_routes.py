"""A photograph instead of the camera: JSON for the script, a page for a plain form."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, render_template, request

from app.checkin.answers import Answer, answer_of
from app.checkin.arrivals import counts
from app.checkin.forms import fresh_client_id
from app.checkin.gates import ensure_serves
from app.checkin.photos import (
    MOST_BYTES,
    check_in_photo,
    codes_in,
    count_photo,
    too_big_sentence,
)
from app.checkin.queries import chosen_session, door_of
from app.checkin.results import ScanResult
from app.checkin.sync_answers import answer_json
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.policies import can_check_in
from app.core.uploads import takes_upload
from app.events.queries import event_for
from app.extensions import db


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get("/hall/<slug>/photos", endpoint="photo_page")(photo_page)
    blueprint.post("/hall/<slug>/photos", endpoint="photo")(photo)


@requires(can_check_in)
def photo_page(slug: str) -> str:
    """The file input on a page of its own, without the script."""
    return _page(slug, request.args.get("session", type=int))


@requires(can_check_in)
@takes_upload(MOST_BYTES, too_big_sentence)
def photo(slug: str) -> Any:
    session_id = request.form.get("session_id", type=int)
    try:
        results = _read(slug, session_id)
    except DomainError as refusal:
        db.session.rollback()
        if _wants_json() or isinstance(refusal, Forbidden | NotFound):
            raise
        return _page(slug, session_id, refusal=refusal), refusal.status
    answers = [(answer_of(result, door), result) for result, door in results]
    if _wants_json():
        return jsonify(answers=[answer_json(*one) for one in answers])
    return _page(slug, session_id, answers=answers)


def _read(slug: str, session_id: int | None) -> list[Any]:
    actor, moment, device = current_actor(), now(), g.get("gate_device")
    ensure_serves(session_id or 0)
    door = door_of(actor, slug, session_id or 0)
    count_photo(f"{actor.kind} {device.id if device else actor.ref}", now=moment)
    sent = request.files.get("photo")
    codes = codes_in(sent.read() if sent else b"")
    results = check_in_photo(
        door.event_id, door, codes, client_id=request.form.get("client_id", ""),
        by=actor, device=device, now=moment,
    )  # fmt: skip
    return [(result, door) for result in results]


def _page(
    slug: str,
    session_id: int | None,
    *,
    answers: list[tuple[Answer, ScanResult]] | None = None,
    refusal: DomainError | None = None,
) -> str:
    actor = current_actor()
    event = event_for(actor, slug)
    session = chosen_session(event, session_id, now())
    return render_template(
        "checkin/photo.html",
        event=event,
        session=session,
        place_name=actor.label,
        counts=counts(event.id, session.id),
        answers=answers or [],
        refusal=refusal,
        client_id=fresh_client_id(),
    )


def _wants_json() -> bool:
    return bool(request.accept_mimetypes.best == "application/json")
