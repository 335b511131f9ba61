"""The door: a walk-in or a substitute enters the list and the hall at once; works without a script.

Whoever may admit: staff with an account, and a supervisor's gate.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.checkin.answers import NEXT, UNDO, Action, Answer
from app.checkin.arrivals import counts
from app.checkin.door_entries import Admitted, Kind, WalkIn, admit
from app.checkin.door_forms import DoorForm, given_words
from app.checkin.door_questions import (
    WhichUnit,
    WhosePlace,
    question,
    seats_now,
    unit_names,
)
from app.checkin.forms import fresh_client_id
from app.checkin.gates import served_session
from app.checkin.queries import chosen_session
from app.checkin.remarks import scan_in, settle
from app.checkin.rules import Remark
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.filters import clock_time
from app.core.policies import can_admit, can_manage
from app.events.models import Event, EventSession
from app.events.queries import event_for
from app.registration.errors import RegistrationNotFound
from app.registration.models import Registration
from app.registration.queries import registration_of

Question = WhichUnit | WhosePlace


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get("/hall/<slug>/door", endpoint="door")(door)
    blueprint.post("/hall/<slug>/door", endpoint="enter_at_door")(enter_at_door)


@requires(can_admit)
def door(slug: str) -> ResponseReturnValue:
    event = event_for(current_actor(), slug)
    session = served_session(event, request.args.get("session", type=int))
    begin: dict[str, Any] = {"session_id": session.id, "client_id": fresh_client_id()}
    if (scan_id := request.args.get("scan", type=int)) and can_manage(current_actor()):
        begin |= {key: one for key, one in given_words(scan_in(event, scan_id)).items() if one}
    if replaces := request.args.get("replaces", type=int):
        begin["replaces"] = registration_of(event, replaces).registration.id
    elif unit := request.args.get("unit", "")[:200]:
        begin["unit"] = unit
    form = DoorForm(formdata=None, data=begin)
    return _page(event, session, form)


@requires(can_admit)
def enter_at_door(slug: str) -> ResponseReturnValue:
    event = event_for(current_actor(), slug)
    form = DoorForm()
    session = served_session(event, form.session_id.data)
    if form.replaces.data or form.participation_id.data:
        form.unit.validators = ()  # the page knows it
    if not form.validate_on_submit():
        return _page(event, session, form), 422
    given = form.walk_in()
    try:
        asked = question(event, session, given, is_guest=form.guest.data == "1")
        if asked is not None:
            return _page(event, session, form, asked=asked), 409
        done = _admit(slug, session.id, form, given)
    except DomainError as refusal:
        if refusal.status not in (400, 409):
            raise
        event = event_for(current_actor(), slug)
        session = chosen_session(event, session.id, now())
        return _page(event, session, form, problem=refusal), 409
    return _answer_page(slug, done)


def _admit(slug: str, session_id: int, form: DoorForm, given: WalkIn) -> Admitted:
    actor = current_actor()
    moment = at = now()
    with unit_of_work():
        event = event_for(actor, slug)
        session = chosen_session(event, session_id, moment)
        scan = None
        if form.scan_id.data and can_manage(actor):
            scan = scan_in(event, form.scan_id.data)
            if scan.remark != Remark.CLOCK:
                at = min(scan.counted_at, moment)
        done = admit(
            event, session, given,
            by=actor, at=at, now=moment, client_id=form.client_id.data or "",
        )  # fmt: skip
        if scan is not None:
            settle(event, scan.id, by=actor, now=moment)
    return done


def _page(
    event: Event,
    session: EventSession,
    form: DoorForm,
    *,
    asked: Question | None = None,
    problem: DomainError | None = None,
) -> str:
    if not form.client_id.data:
        form.client_id.data = fresh_client_id()
    return render_template(
        "checkin/door.html",
        event=event,
        session=session,
        form=form,
        seats=seats_now(event),
        units=[] if form.replaces.data else unit_names(event),
        replaced=_replaced(event, form.replaces.data),
        which_unit=asked if isinstance(asked, WhichUnit) else None,
        whose_place=asked if isinstance(asked, WhosePlace) else None,
        problem=problem,
        counts=counts(event.id, session.id),
        from_desk=can_manage(current_actor()),
    )


def _replaced(event: Event, registration_id: int | None) -> Registration | None:
    if registration_id is None:
        return None
    try:
        return registration_of(event, registration_id).registration
    except RegistrationNotFound:
        return None


# ---------------------------------------------------------------- the answer


def _answer_page(slug: str, done: Admitted) -> str:
    event = event_for(current_actor(), slug)
    session = chosen_session(event, done.presence.session_id, now())
    return render_template(
        "checkin/door_answer.html",
        event=event,
        session=session,
        answer=door_answer(done),
    )


def door_answer(done: Admitted) -> Answer:
    """The screen of somebody let in at the door, in the words of a scan's."""
    one = done.registration
    name = one.full_name or _("Đại diện Lãnh đạo")
    more = {
        Kind.WALK_IN: _("Ghi tại cửa, người cho phép: %(name)s.", name=one.allowed_by or "–"),
        Kind.SUBSTITUTE: _("Người thay, người cho phép: %(name)s.", name=one.allowed_by or "–"),
        Kind.KNOWN: _("Người này đã có trong danh sách."),
    }[done.kind]
    answer = Answer(
        outcome=done.scan.outcome,
        tone="in",
        stays=0,
        sound="high",
        title=_("Mời vào"),
        name=name,
        lines=[line for line in (one.position, one.participation.name) if line],
        more=[more],
        foot=_("Ghi lúc %(time)s", time=clock_time(done.presence.at)),
        actions=[
            Action(NEXT, _("Quét tiếp")),
            Action(UNDO, _("Hoàn tác"), presence_id=done.presence.id),
        ],
        spoken=_("Mời vào. %(name)s, %(unit)s.", name=name, unit=one.participation.name),
    )
    return replace(answer, actions=answer.actions[:1]) if done.presence.undone_at else answer
