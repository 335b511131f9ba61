"""The hall's pages: pairing, scanning, searching. The desk's page is in desk_routes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext

from app.checkin import (
    board_routes,
    certificate_routes,
    desk_routes,
    door_routes,
    pair_routes,
    phone_routes,
    photo_routes,
    sync_routes,
)
from app.checkin.answers import answer_of, shown_name, with_undo
from app.checkin.arrivals import counts
from app.checkin.errors import CodeIncomplete
from app.checkin.forms import ScanInput, fresh_client_id, read_scan
from app.checkin.gate_services import note_device_seen
from app.checkin.gates import ensure_serves, served_session, serves
from app.checkin.own_page import ensure_own_page
from app.checkin.packing import json_answer, packed
from app.checkin.phone_page import phone_page
from app.checkin.places import place_name
from app.checkin.queries import chosen_session, door_of
from app.checkin.results import Door, ScanResult
from app.checkin.rules import GONE
from app.checkin.scanning import find_subject, result_of, store_scan
from app.checkin.search import Found, search_delegates
from app.checkin.services import call_desk, undo
from app.checkin.sync_answers import answer_json
from app.core.access import Actor, current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.filters import clock_time
from app.core.policies import can_admit, can_check_in
from app.core.vietnamese import fold
from app.events.models import Event, EventSession
from app.events.queries import current_event, event_for
from app.events.rules import EventState
from app.extensions import csrf, db
from app.registration.rules import State

blueprint = Blueprint("checkin", __name__)
desk_routes.add_to(blueprint)
door_routes.add_to(blueprint)
board_routes.add_to(blueprint)
photo_routes.add_to(blueprint)
certificate_routes.add_to(blueprint)
phone_routes.add_to(blueprint)
pair_routes.add_to(blueprint)
sync_routes.add_to(blueprint)


@blueprint.get("/hall/")
@requires(can_check_in)
def hall() -> Any:
    """To the gate's event; an account goes to the event of now."""
    actor = current_actor()
    event = db.session.get(Event, actor.event_id) if actor.event_id else current_event()
    if event is None:
        return render_template("checkin/no_event.html")
    return redirect(url_for("checkin.scan_page", slug=event.slug))


# ---------------------------------------------------------------- scanning


@blueprint.get("/hall/<slug>/")
@requires(can_check_in)
def scan_page(slug: str) -> Response:
    """``X-Hall``: whether a phone's worker may keep this page (static/js/hall-worker.js)."""
    event = event_for(current_actor(), slug)
    session = served_session(event, request.args.get("session", type=int))
    response = make_response(_scan_page(event, session))
    response.headers["X-Hall"] = "keep" if current_actor().kind == "gate" else "online"
    return packed(response)


def _scan_page(event: Event, session: EventSession, **extra: Any) -> str:
    return render_template(
        "checkin/scan.html",
        **_frame(event, session),
        client_id=fresh_client_id(),
        code_error=extra.get("code_error"),
        code=extra.get("code", ""),
        phone=phone_page(current_actor()),
    )


def _frame(event: Event, session: EventSession) -> dict[str, Any]:
    """What every page of the hall shows in its dark bar."""
    return {
        "event": event,
        "session": session,
        "sessions": [one for one in event.sessions if serves(one.id)],
        "counts": counts(event.id, session.id),
        "place_name": current_actor().label,
        "may_admit": can_admit(current_actor()),
        "closed": event.state in (EventState.DRAFT, EventState.ARCHIVED),
    }


@blueprint.post("/hall/<slug>/scans")
@csrf.exempt  # in a form its token is asked for; a script cannot send one over from another page
@requires(can_check_in)
def scan(slug: str) -> Any:
    """JSON for the script, a whole page for a plain form; the words are the same."""
    _ensure_asked_by_us()
    actor = current_actor()
    try:
        given = read_scan()
    except CodeIncomplete as refusal:
        if request.is_json:
            raise
        event = event_for(actor, slug)
        session = served_session(event, request.form.get("session_id", type=int))
        page = _scan_page(event, session, code_error=refusal.message, code=request.form["code"])
        return page, 400
    ensure_serves(given.session_id)
    door = door_of(actor, slug, given.session_id)
    result = _check_in(door, given, actor)
    answer = with_undo(
        answer_of(result, door), result, may_admit=can_admit(actor), place=place_name(actor)
    )
    if request.is_json:
        return json_answer(answer_json(answer, result))
    event = event_for(actor, slug)
    session = chosen_session(event, door.id, now())
    return render_template(
        "checkin/answer.html",
        **_frame(event, session),
        answer=answer,
        scan_client_id=given.client_id,
        client_id=fresh_client_id(),
    )


def _ensure_asked_by_us() -> None:
    """Raises NotOwnPage for a script; a form without its token is refused as everywhere."""
    if request.is_json:
        ensure_own_page()
    elif current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()


def _check_in(door: Door, given: ScanInput, actor: Actor) -> ScanResult:
    moment = now()
    subject = find_subject(door.event_id, door.id, given.code_text, given.registration_id)
    device = g.get("gate_device")
    seen = device.last_seen_at if device else None
    with unit_of_work(keep=True):
        if device and (seen is None or moment - seen > timedelta(minutes=1)):
            note_device_seen(device.id, now=moment)
        stored = store_scan(
            door.event_id,
            door,
            subject,
            client_id=given.client_id,
            how=given.how,
            by=actor,
            gate_name=place_name(actor),
            now=moment,
            code_text=given.code_text,
            registration_id=given.registration_id,
            device_at=given.device_at,
            device_id=device.id if device else None,
        )
        return result_of(stored, door.event_id, door)


@blueprint.post("/hall/<slug>/presences/<int:presence_id>/undo")
@requires(can_check_in)
def undo_presence(slug: str, presence_id: int) -> Any:
    actor = current_actor()
    with unit_of_work():
        event = event_for(actor, slug)
        done = undo(event, presence_id, by=actor, now=now())
        session_id = done.presence.session_id
        sentence = _(
            "Đã hoàn tác: %(name)s.", name=done.registration.full_name or _("Đại diện Lãnh đạo")
        )
        left = counts(event.id, session_id)
    if _wants_json():
        return jsonify(sentence=sentence, presence_id=presence_id, counts=asdict(left))
    return redirect(url_for("checkin.scan_page", slug=slug, session=session_id), code=303)


@blueprint.post("/hall/<slug>/desk-calls")
@requires(can_check_in)
def desk_call(slug: str) -> Any:
    """The steward sends somebody to the desk: the refused scan stands at the top there."""
    actor = current_actor()
    values = request.get_json(silent=True) if request.is_json else request.form
    client_id = str((values or {}).get("client_id", ""))
    with unit_of_work():
        event = event_for(actor, slug)
        call_desk(event, client_id, by=actor, now=now())
    sentence = _("Đã báo bàn đăng ký. Mời người này sang bàn.")
    if _wants_json():
        return jsonify(sentence=sentence)
    return redirect(url_for("checkin.scan_page", slug=slug), code=303)


def _wants_json() -> bool:
    return request.is_json or request.accept_mimetypes.best == "application/json"


# ---------------------------------------------------------------- search


@blueprint.get("/hall/<slug>/search")
@requires(can_check_in)
def search(slug: str) -> Any:
    event = event_for(current_actor(), slug)
    session = served_session(event, request.args.get("session", type=int))
    query = " ".join(request.args.get("q", "")[:100].split())
    found = search_delegates(event, session, query)
    people = [_person_json(one, query) for one in found]
    sentence = _sentence(query, len(people))
    if _wants_json():
        return jsonify(query=query, sentence=sentence, people=people)
    return render_template(
        "checkin/search.html",
        **_frame(event, session),
        query=query,
        sentence=sentence,
        people=people,
        client_id_for=fresh_client_id,
    )


def _sentence(query: str, number: int) -> str:
    if len(fold(query).replace(" ", "")) < 2:
        return _("Nhập ít nhất 2 chữ của tên hoặc đơn vị, không cần dấu.")
    if number == 0:
        return _("Không có ai có chữ “%(query)s”", query=query)
    return ngettext(
        "%(num)s người có chữ “%(query)s”", "%(num)s người có chữ “%(query)s”", number, query=query
    )


def _person_json(found: Found, query: str) -> dict[str, Any]:
    """``state``: none | arrived | waitlisted | late | replaced | withdrawn, with its words; only
    "none" can be let in, the last two are answered as their code would be."""
    person, name = found.person, shown_name(found.person)
    state, word = "none", ""
    if person.state in GONE:
        replaced = person.state == State.REPLACED
        state, word = str(person.state), _("Đã thay") if replaced else _("Đã rút")
    elif found.arrival:
        state, word = "arrived", _("Đã vào %(time)s", time=clock_time(found.arrival.at))
    elif person.state == State.WAITLISTED:
        state, word = "waitlisted", _("Danh sách chờ")
    elif person.state == State.LATE:
        state, word = "late", _("Quá hạn, chờ xét")
    return {
        "registration_id": person.registration_id,
        "name": name,
        "parts": marked_parts(name, query),
        "position": person.position,
        "unit": person.unit,
        "state": state,
        "word": word,
        "presence_id": found.arrival.presence_id
        if found.arrival and can_admit(current_actor())
        else None,
    }


def marked_parts(text: str, query: str) -> list[list[Any]]:
    """[[text, is marked], …]: the words of `text` that begin with a word of the query."""
    wanted = fold(query).split()
    parts: list[list[Any]] = []
    for number, word in enumerate(text.split(" ")):
        if number:
            parts.append([" ", False])
        parts.append([word, any(fold(word).startswith(one) for one in wanted)])
    return parts
