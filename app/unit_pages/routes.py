"""The unit's private page (design 6): register, see what was received, change, withdraw.

The link is the key: no account. Works without JavaScript; every POST ends in a redirect,
so that reload and back button repeat nothing.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from app.core.access import public
from app.core.assets import draw_icons_inside, preload_style
from app.core.clock import now
from app.core.compression import pack
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.vietnamese import match_key
from app.events.rules import Route
from app.registration import services
from app.registration.entering import draft, enter
from app.registration.errors import AfterCutoff, SomebodyElse
from app.registration.forms import ConfirmForm, DelegateForm, LateForm
from app.registration.rules import RequestKind, effective_cutoff, is_late
from app.unit_pages.kept_pages import kept_unit_page
from app.unit_pages.links import (
    ensure_seen,
    link_row,
    note_opening,
    participation_and_standing,
    participation_of,
    unit_actor,
    unit_row,
    was_seen,
)
from app.unit_pages.pages import (
    conflict_page,
    form_again,
    form_page,
    render,
)
from app.unit_pages.request_panel import ensure_in_the_units_hands, in_the_units_hands

blueprint = Blueprint("unit_pages", __name__)
blueprint.before_request(draw_icons_inside)


@blueprint.after_request
def _style_first(response: Response) -> Response:
    return pack(preload_style(response, "unit.css"))


@blueprint.get("/units/<secret>")
@public
def unit_page(secret: str) -> Any:
    row = link_row(secret)
    note_opening(row)
    return kept_unit_page(secret, row)


@blueprint.post("/units/<secret>")
@public
def register(secret: str) -> Any:
    unit, moment = unit_row(secret), now()
    late = is_late(moment, effective_cutoff(unit.event_cutoff, unit.cutoff_at))
    form = LateForm() if late else DelegateForm()
    if unit.route != Route.REGISTRATION or not form.validate_on_submit():
        return form_page(secret, participation_of(secret), form, status=422)
    drafted = draft(unit, form.entry(), now=moment)
    try:
        with unit_of_work(keep=True):
            enter(unit, drafted, by=unit_actor(unit), now=moment)
    except SomebodyElse as conflict:
        return conflict_page(secret, conflict.standing.id, form)
    except DomainError as refusal:
        return form_again(secret, refusal)
    return redirect(url_for("unit_pages.unit_page", secret=secret), 303)


@blueprint.route("/units/<secret>/change", methods=["GET", "POST"])
@public
def change(secret: str) -> Any:
    """Another delegate, or a correction; where the unit may not do it itself it asks the desk."""
    if request.method == "GET":
        participation, standing = participation_and_standing(secret)
        if not in_the_units_hands(participation, standing):
            return redirect(url_for("unit_pages.ask", secret=secret, kind=RequestKind.REPLACE), 303)
        form = DelegateForm(obj=standing)
        return form_page(secret, participation, form, standing=standing)
    overtaken = None
    try:
        with unit_of_work():
            participation, standing = participation_and_standing(secret)
            form = DelegateForm()
            if not form.validate_on_submit():
                return form_page(secret, participation, form, standing=standing, status=422)
            if was_seen(standing):
                ensure_in_the_units_hands(participation, standing)
                services.replace(
                    standing, participation, form.entry(), by=unit_actor(participation), now=now()
                )
            elif match_key(standing.full_name or "") != match_key(form.full_name.data):
                overtaken = standing.id  # another clerk was quicker, or an old page
    except AfterCutoff as refusal:
        return request_routes.ask_again(secret, RequestKind.REPLACE, refusal)
    except DomainError as refusal:
        return form_again(secret, refusal, changing=True)
    if overtaken is not None:
        return conflict_page(secret, overtaken, form)
    return redirect(url_for("unit_pages.unit_page", secret=secret), 303)


@blueprint.route("/units/<secret>/withdraw", methods=["GET", "POST"])
@public
def withdraw(secret: str) -> Any:
    form = ConfirmForm()
    if request.method == "POST" and form.validate_on_submit():
        try:
            with unit_of_work():
                participation, standing = participation_and_standing(secret)
                ensure_seen(standing)
                ensure_in_the_units_hands(participation, standing)
                services.withdraw(standing, participation, by=unit_actor(participation), now=now())
        except AfterCutoff as refusal:
            return request_routes.ask_again(secret, RequestKind.WITHDRAW, refusal)
        return redirect(url_for("unit_pages.unit_page", secret=secret), 303)
    participation, standing = participation_and_standing(secret)
    if not in_the_units_hands(participation, standing):
        return redirect(url_for("unit_pages.ask", secret=secret, kind=RequestKind.WITHDRAW), 303)
    return render("withdraw", secret, participation, registration=standing, form=form)


from app.unit_pages import (  # noqa: E402, F401 - views of this blueprint
    form_routes,
    link_routes,
    receipt_routes,
    request_routes,
    scan_routes,
)
