"""One person in two places: side by side, and the desk's decision. Views of `invitations`."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage, can_see_contacts, can_view_desk
from app.events.rules import Route
from app.events.services import ensure_editable
from app.invitations import doubles as services
from app.invitations.desk_actions import ended_words, following_of
from app.invitations.doubles import Double, Member, NoLongerTwice
from app.invitations.guest_forms import EndForm, SeenForm
from app.invitations.queries import letter_out
from app.invitations.routes import blueprint, desk_event
from app.registration.desk_services import mark_of
from app.registration.errors import RegistrationNotFound
from app.registration.history import name_of

BASE = "/desk/events/<slug>/invitations/doubles"


@blueprint.get(BASE)
@requires(can_view_desk)
def doubles(slug: str) -> Any:
    event = desk_event(slug)
    found = services.doubles_of(event)
    return render_template(
        "invitations/doubles.html",
        event=event,
        open_ones=[one for one in found if not one.seen],
        seen_ones=[one for one in found if one.seen],
        mark_of=mark_of,
        may_manage=can_manage(current_actor()),
        may_see_contacts=can_see_contacts(current_actor()),
    )


@blueprint.route(f"{BASE}/<int:registration_id>", methods=["GET", "POST"])
@requires(can_manage)
def end_double(slug: str, registration_id: int) -> Any:
    """The question before one entry of a person goes, with what follows from it."""
    event = desk_event(slug)
    form, problem = EndForm(), None
    if form.validate_on_submit():
        try:
            with unit_of_work():
                ensure_editable(desk_event(slug))
                change = services.end_entry(
                    event.id, registration_id, mark=form.mark.data, reason=form.reason.data,
                    by=current_actor(), now=now(),
                )  # fmt: skip
        except RegistrationNotFound:
            raise
        except DomainError as refusal:
            problem = refusal
        else:
            flash(ended_words(change, _ended(change.created)), "done")
            return redirect(url_for("invitations.doubles", slug=slug), 303)
    event = desk_event(slug)
    try:
        double, member = services.double_of(event, registration_id)
    except RegistrationNotFound:
        flash(str(problem or NoLongerTwice()), "look")
        return redirect(url_for("invitations.doubles", slug=slug), 303)
    if not form.is_submitted():
        form.reason.data = _usual_reason(double, member)
    form.mark.data = mark_of(member.registration)
    page = render_template(
        "invitations/doubles_end.html",
        event=event,
        form=form,
        problem=problem,
        member=member,
        kept=[one for one in double.members if one is not member],
        falls_back=member.participation.route == Route.INVITATION,
        following=following_of(event, member.registration),
        letter=letter_out(member.registration),
        name=name_of(member.registration.full_name),
    )
    return page, 409 if problem else 422 if form.errors else 200


def _usual_reason(double: Double, member: Member) -> str:
    """Stored and mailed, so Vietnamese whatever the language of the screen."""
    others = ", ".join(one.participation.name for one in double.members if one is not member)
    return f"{member.registration.full_name} dự với {others}."


def _ended(fell_back: bool) -> str:
    if fell_back:
        return _("Đơn vị được mời giữ chỗ, nay ghi “Đại diện Lãnh đạo”.")
    return _("Đã rút một suất của người này.")


@blueprint.post(f"{BASE}/different")
@requires(can_manage)
def keep_doubles(slug: str) -> Any:
    """They are different people."""
    event, form = desk_event(slug), SeenForm()
    marks = {
        int(key.removeprefix("mark-")): value
        for key, value in list(request.form.items())[:100]
        if key.startswith("mark-") and key.removeprefix("mark-").isdecimal()
    }
    try:
        if not form.validate_on_submit():
            raise NoLongerTwice()
        with unit_of_work():
            services.keep_all(
                event.id, marks, request.form.get("flag", ""), by=current_actor(), now=now()
            )
    except DomainError as refusal:
        flash(str(refusal), "look")
    else:
        flash(_("Đã ghi: là những người khác nhau."), "toast")
    return redirect(url_for("invitations.doubles", slug=slug), 303)
