"""The desk's page of the hall: presence by session, sessions by hand, scans to look at."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.checkin import desk_gates
from app.checkin.desk_forms import ExcuseForm, GateForm
from app.checkin.desk_pages import BASE, desk_page, here, may_change
from app.checkin.excuses import excuse, excuses_of, take_back_excuse
from app.checkin.remarks import mark_present, mark_scanned_present, settle
from app.checkin.services import undo
from app.checkin.session_services import close_session, follow_clock, open_session
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage, can_view_desk
from app.events.models import Event
from app.registration.models import Registration
from app.registration.queries import registration_of

SESSION_DEEDS = {"open": open_session, "close": close_session, "clock": follow_clock}


def add_to(blueprint: Blueprint) -> None:
    """Views are marked here and hung on the package's one blueprint."""
    blueprint.get(BASE, endpoint="desk")(desk)
    blueprint.post(f"{BASE}/presences/<int:presence_id>/undo", endpoint="desk_undo")(desk_undo)
    blueprint.post(
        f"{BASE}/sessions/<int:session_id>/<any({', '.join(SESSION_DEEDS)}):deed>",
        endpoint="change_session",
    )(change_session)
    blueprint.post(
        f"{BASE}/sessions/<int:session_id>/delegates/<int:registration_id>/present",
        endpoint="desk_present",
    )(desk_present)
    blueprint.route(
        f"{BASE}/delegates/<int:registration_id>/excuse", endpoint="excuse", methods=["GET", "POST"]
    )(excuse_delegate)
    blueprint.post(
        f"{BASE}/sessions/<int:session_id>/delegates/<int:registration_id>/excuse/remove",
        endpoint="take_back_excuse",
    )(remove_excuse)
    blueprint.post(f"{BASE}/scans/<int:scan_id>/settle", endpoint="settle")(settle_scan)
    blueprint.post(f"{BASE}/scans/<int:scan_id>/present", endpoint="scan_present")(scan_present)
    desk_gates.add_to(blueprint)


@requires(can_view_desk)
def desk(slug: str) -> str:
    event = here(slug)
    return desk_page(event, GateForm(formdata=None).for_event(event))


def _back(slug: str, session_id: int | None = None, anchor: str | None = None) -> Any:
    return redirect(
        url_for("checkin.desk", slug=slug, session=session_id, _anchor=anchor), code=303
    )


def _named(registration: Registration) -> str:
    return registration.full_name or _("Đại diện Lãnh đạo")


# ---------------------------------------------------------------- sessions by hand


@requires(can_manage)
def change_session(slug: str, session_id: int, deed: str) -> ResponseReturnValue:
    with unit_of_work():
        session = SESSION_DEEDS[deed](here(slug), session_id, by=current_actor(), now=now())
        name = session.name
    sentence = {
        "open": _("Đã mở buổi %(name)s. Mọi cổng điểm danh được ngay.", name=name),
        "close": _("Đã đóng buổi %(name)s. Các cổng không nhận người vào nữa.", name=name),
        "clock": _("Buổi %(name)s mở, đóng theo giờ.", name=name),
    }[deed]
    flash(sentence, "done")
    return _back(slug, session_id)


# ---------------------------------------------------------------- presences


@requires(can_manage)
def desk_undo(slug: str, presence_id: int) -> ResponseReturnValue:
    with unit_of_work():
        done = undo(here(slug), presence_id, by=current_actor(), now=now())
        session_id = done.presence.session_id
        name = _named(done.registration)
    flash(_("Đã hoàn tác điểm danh: %(name)s.", name=name), "toast")
    return _back(slug, session_id)


@requires(can_manage)
def desk_present(slug: str, session_id: int, registration_id: int) -> ResponseReturnValue:
    try:
        with unit_of_work():
            event, moment = here(slug), now()
            mark_present(
                event, registration_id, session_id, at=moment, by=current_actor(), now=moment
            )
            name = _named(registration_of(event, registration_id).registration)
    except DomainError as refusal:
        return _refused(slug, refusal, session_id)
    flash(_("Đã ghi có mặt: %(name)s.", name=name), "toast")
    return _back(slug, session_id)


def _refused(slug: str, refusal: DomainError, session_id: int | None = None) -> ResponseReturnValue:
    if refusal.status != 409:
        raise refusal
    flash(str(refusal), "look")
    return _back(slug, session_id)


# ---------------------------------------------------------------- excused absence


@requires(can_manage)
def excuse_delegate(slug: str, registration_id: int) -> ResponseReturnValue:
    event = here(slug)
    form = ExcuseForm(data={"sessions": request.args.getlist("session")}).for_event(event)
    problem = None
    if form.validate_on_submit():
        try:
            with unit_of_work():
                done = excuse(
                    here(slug), registration_id, form.session_ids, form.reason.data or "",
                    by=current_actor(), now=now(),
                )  # fmt: skip
                name = _named(done)
        except DomainError as refusal:
            if refusal.status != 409:
                raise
            problem, event = refusal, here(slug)
        else:
            flash(_("Đã ghi %(name)s vắng có lý do.", name=name), "done")
            return _back(slug, form.session_ids[0])
    return _excuse_page(event, registration_id, form, problem)


def _excuse_page(
    event: Event, registration_id: int, form: ExcuseForm, problem: DomainError | None
) -> ResponseReturnValue:
    row = registration_of(event, registration_id)
    status = 409 if problem else 422 if form.errors else 200
    return render_template(
        "checkin/desk_excuse.html",
        event=event,
        row=row,
        form=form,
        problem=problem,
        excuses=excuses_of(row.registration),
        may_change=may_change(event),
    ), status


@requires(can_manage)
def remove_excuse(slug: str, session_id: int, registration_id: int) -> ResponseReturnValue:
    with unit_of_work():
        event = here(slug)
        done = take_back_excuse(event, registration_id, session_id, by=current_actor(), now=now())
        name = _named(done)
    flash(_("Đã bỏ ghi vắng có lý do: %(name)s.", name=name), "done")
    return _back(slug, session_id)


# ---------------------------------------------------------------- scans to look at


@requires(can_manage)
def settle_scan(slug: str, scan_id: int) -> ResponseReturnValue:
    with unit_of_work():
        settle(here(slug), scan_id, by=current_actor(), now=now())
    return _back(slug, anchor="remarks")


@requires(can_manage)
def scan_present(slug: str, scan_id: int) -> ResponseReturnValue:
    try:
        with unit_of_work():
            event = here(slug)
            presence = mark_scanned_present(event, scan_id, by=current_actor(), now=now())
            name = _named(registration_of(event, presence.registration_id).registration)
    except DomainError as refusal:
        return _refused(slug, refusal)
    flash(_("Đã ghi có mặt: %(name)s.", name=name), "done")
    return _back(slug, anchor="remarks")
