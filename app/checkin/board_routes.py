"""The board: a page for the projector or a leader's phone that keeps itself up to date.

The page asks for its figures again and again; who has them already is answered 304. Nothing
that is drawn depends on who looks. Without a session in its address it goes on to the next one
when one is over.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request
from flask_babel import format_decimal
from markupsafe import Markup
from sqlalchemy import func, select

from app.checkin.board import board_of, last_change
from app.checkin.board_chart import arrivals_chart
from app.checkin.board_drawings import Drawing, drawn_board, next_poll
from app.checkin.board_words import district_word, kind_word, start_words
from app.checkin.not_arrived import PER_PAGE, Wanted, not_arrived_page
from app.checkin.queries import chosen_session, door_of
from app.checkin.results import Door
from app.core.access import current_actor, requires
from app.core.clock import local, now
from app.core.look import current_language
from app.core.policies import can_check_in, can_see_contacts, can_view_desk, can_watch_hall
from app.events.guests import kind_label
from app.events.models import EventSession
from app.events.queries import event_for
from app.extensions import db

ROWS, SIDES = ("kinds", "districts"), ("latest", "chart")


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get("/hall/<slug>/board", endpoint="board")(board)
    blueprint.get("/hall/<slug>/board/live", endpoint="board_live")(live)
    blueprint.get("/desk/events/<slug>/check-in/not-arrived", endpoint="not_arrived")(not_arrived)


def _choice(name: str, among: tuple[str, ...]) -> str:
    given = request.args.get(name, "")
    return given if given in among else among[0]


def _shows_names() -> bool:
    return request.args.get("names") != "0"


@requires(can_watch_hall)
def board(slug: str) -> str:
    actor = current_actor()
    event = event_for(actor, slug)
    chosen = request.args.get("session", type=int)
    session = chosen_session(event, chosen, now())
    door = door_of(actor, slug, session.id)
    return render_template(
        "checkin/board.html",
        event=event,
        session=session,
        chosen=chosen,
        sessions=event.sessions,
        moment=now(),
        figures=Markup(_drawing(door).html),  # noqa: S704 - drawn by our own template
        next_poll=next_poll(),
        rows=_choice("rows", ROWS),
        side=_choice("side", SIDES),
        names=_shows_names(),
        may_check_in=can_check_in(actor),
        may_view_desk=can_view_desk(actor),
        may_call=can_see_contacts(actor),
    )


@requires(can_watch_hall)
def live(slug: str) -> Response:
    """The figures alone, or 304 when the viewer has them. ``Board-Next``: seconds until the next
    question; ``Board-Now``: the server's clock; ``Board-Session``: whose figures these are."""
    actor, session_id = current_actor(), request.args.get("session", type=int)
    if session_id is None:
        session_id = chosen_session(event_for(actor, slug), None, now()).id
    door = door_of(actor, slug, session_id)
    drawing = _drawing(door)
    if request.if_none_match.contains_weak(drawing.etag):  # a proxy that packs weakens it
        answer = make_response("", 304)
    elif "gzip" in request.accept_encodings:
        answer = make_response(drawing.packed)
        answer.headers["Content-Encoding"] = "gzip"
    else:
        answer = make_response(drawing.html)
    answer.set_etag(drawing.etag)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Board-Next"] = str(next_poll())
    answer.headers["Board-Now"] = now().isoformat()
    answer.headers["Board-Session"] = str(door.id)
    answer.vary.update(("Accept-Encoding", "Cookie"))
    return answer


def _drawing(door: Door) -> Drawing:
    names = _shows_names()
    key = (door.event_id, door.id, names, current_language())
    return drawn_board(key, last_change, lambda: _draw(door, names))


def _draw(door: Door, names: bool) -> str:
    found = board_of(door.event_id, door.id)
    opening = db.session.scalar(
        select(func.min(EventSession.id)).where(
            EventSession.event_id == door.event_id,
            EventSession.ordinal
            == select(func.min(EventSession.ordinal))
            .where(EventSession.event_id == door.event_id)
            .scalar_subquery(),
        )
    )
    return render_template(
        "checkin/_board.html",
        board=found,
        chart=arrivals_chart(
            [(local(minute), people) for minute, people in found.minutes],
            now=local(now()),
            starts_at=_local(door.starts_at),
        ),
        start=start_words(door, now(), opens_event=opening == door.id),
        shows_names=names,
        kind_word=kind_word,
        district_word=district_word,
        figure=format_decimal,
    )


@requires(can_see_contacts)
def not_arrived(slug: str) -> str:
    """Who has not come yet, with phone numbers: for the desk alone, on a page of its own."""
    event = g.desk_event = event_for(current_actor(), slug)
    session = chosen_session(event, request.args.get("session", type=int), now())
    wanted = Wanted.parse(request.args)
    return render_template(
        "checkin/not_arrived.html",
        event=event,
        session=session,
        wanted=wanted,
        found=not_arrived_page(event, session, wanted),
        per_page=PER_PAGE,
        kind_label=kind_label,
    )


def _local(moment: datetime | None) -> Any:
    return local(moment) if moment else None
