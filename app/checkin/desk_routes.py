"""The desk's page of the hall: gates, presence by session, refused scans."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.checkin.answers import answer_title
from app.checkin.errors import GateNameTaken
from app.checkin.forms import GateForm
from app.checkin.gate_services import NewGate, create_gate, gate_in, renew_gate, revoke_gate
from app.checkin.link_pictures import link_svg
from app.checkin.queries import (
    ARRIVED,
    MISSING,
    chosen_session,
    gates_of,
    presence_page,
    refused_scans,
)
from app.checkin.services import undo
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.policies import can_check_in, can_manage, can_view_desk
from app.events.models import Event
from app.events.queries import event_for

PER_PAGE = 50
BASE = "/desk/events/<slug>/check-in"


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get(BASE, endpoint="desk")(desk)
    blueprint.post(f"{BASE}/gates", endpoint="make_gate")(make_gate)
    blueprint.post(f"{BASE}/gates/<int:gate_id>/renew", endpoint="renew")(renew)
    blueprint.post(f"{BASE}/gates/<int:gate_id>/revoke", endpoint="revoke")(revoke)
    blueprint.post(f"{BASE}/presences/<int:presence_id>/undo", endpoint="desk_undo")(desk_undo)


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


@requires(can_view_desk)
def desk(slug: str) -> str:
    return _desk_page(_event(slug), GateForm(formdata=None))


def _desk_page(event: Event, form: GateForm) -> str:
    session = chosen_session(event, request.args.get("session", type=int), now())
    show = request.args.get("show", "")
    query = request.args.get("q", "")[:100]
    number = max(1, min(request.args.get("page", 1, type=int), 100_000))
    found = presence_page(
        event,
        session,
        show=show if show in (ARRIVED, MISSING) else "",
        query=query,
        page=number,
        per_page=PER_PAGE,
    )
    return render_template(
        "checkin/desk.html",
        event=event,
        form=form,
        gates=[(gate, gate_state(gate)) for gate in gates_of(event)],
        session=session,
        found=found,
        show=show,
        query=query,
        page=number,
        per_page=PER_PAGE,
        refused=refused_scans(event),
        answer_title=answer_title,
        may_manage=can_manage(current_actor()),
        may_check_in=can_check_in(current_actor()),
    )


def gate_state(gate: Any) -> str:
    if gate.revoked_at is not None:
        return "revoked"
    return "expired" if gate.expires_at <= now() else "paired"


@requires(can_manage)
def make_gate(slug: str) -> ResponseReturnValue:
    event = _event(slug)
    form = GateForm()
    if not form.validate_on_submit():
        return _desk_page(event, form), 400
    try:
        with unit_of_work():
            event = _event(slug)
            made = create_gate(event, form.name.data or "", by=current_actor(), now=now())
    except GateNameTaken as refusal:
        form.name.errors = [refusal.message]
        return _desk_page(_event(slug), form), 409
    return _pairing(event, made)


@requires(can_manage)
def renew(slug: str, gate_id: int) -> ResponseReturnValue:
    with unit_of_work():
        event = _event(slug)
        made = renew_gate(gate_in(event, gate_id), event, by=current_actor(), now=now())
    return _pairing(event, made)


def _pairing(event: Event, made: NewGate) -> ResponseReturnValue:
    """The one time the secret is shown: no store may keep this page."""
    address = url_for("checkin.pair", secret=made.secret, _external=True)
    page = render_template(
        "checkin/gate_made.html",
        event=event,
        gate=made.gate,
        address=address,
        picture=link_svg(address, _("Mã vuông để ghép máy")),
    )
    return page, 200, {"Cache-Control": "no-store"}


@requires(can_manage)
def revoke(slug: str, gate_id: int) -> ResponseReturnValue:
    with unit_of_work():
        event = _event(slug)
        gate = gate_in(event, gate_id)
        revoke_gate(gate, by=current_actor(), now=now())
        name = gate.name
    flash(_("Đã thu hồi %(name)s. Máy đó không điểm danh được nữa.", name=name), "done")
    return redirect(url_for("checkin.desk", slug=slug), code=303)


@requires(can_manage)
def desk_undo(slug: str, presence_id: int) -> ResponseReturnValue:
    with unit_of_work():
        done = undo(_event(slug), presence_id, by=current_actor(), now=now())
        session_id = done.presence.session_id
        name = done.registration.full_name or _("Đại diện Lãnh đạo")
    flash(_("Đã hoàn tác điểm danh: %(name)s.", name=name), "toast")
    return redirect(url_for("checkin.desk", slug=slug, session=session_id), code=303)
