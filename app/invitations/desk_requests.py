"""The desk's queue of what units ask for: another delegate, or to withdraw.

Every decision posts the state it was taken on (`mark`); when that changed meanwhile nothing is
done and the queue says so (two clerks at once, or the unit took it back).
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.look import url_with
from app.core.policies import can_manage, can_view_desk
from app.invitations.changes import accept_request
from app.invitations.desk_actions import ended_words, following_of, replaced_words
from app.invitations.queries import letter_out
from app.registration import request_queries, requests
from app.registration.desk_forms import RefuseForm
from app.registration.desk_routes import blueprint, changing_event, common, desk_event
from app.registration.history import name_of
from app.registration.request_queries import REQUEST_TABS, RequestRow
from app.registration.rules import RequestKind, RequestState

TAB_WORDS = {
    "open": lambda: _("Chờ xét"),
    "accepted": lambda: _("Đã duyệt"),
    "refused": lambda: _("Không nhận"),
    "other": lambda: _("Rút lại, không còn cần"),
}


@blueprint.get("/requests")
@requires(can_view_desk)
def change_requests(slug: str) -> ResponseReturnValue:
    event = desk_event(slug)
    tab = request.args.get("tab", "open")
    tab = tab if tab in REQUEST_TABS else "open"
    found = request_queries.request_page(event, tab, request.args.get("page", 1, type=int))
    return render_template(
        "desk_registrations/requests.html",
        **common(event),
        tab=tab,
        found=found,
        marks={one.request.id: _mark(one) for one in found.rows},
        tab_items=[
            {
                "label": word(),
                "url": url_with(tab=None if name == "open" else name, page=None),
                "count": found.counts[name],
                "active": name == tab,
            }
            for name, word in TAB_WORDS.items()
        ],
    )


def _mark(row: RequestRow) -> str:
    return requests.request_mark(row.request, row.registration)


@blueprint.post("/requests/<int:request_id>/accept")
@requires(can_manage)
def accept_change(slug: str, request_id: int) -> ResponseReturnValue:
    """One click: what the unit asked for is done, the letters with it."""
    try:
        with unit_of_work():
            row = request_queries.request_of(changing_event(slug), request_id)
            old = name_of(row.registration.full_name)
            _ensure_as_seen(row, request.form.get("mark"))
            change = accept_request(
                row.request, row.registration, row.participation, by=current_actor(), now=now()
            )
            if row.request.kind == RequestKind.WITHDRAW:
                done = ended_words(change, _("Đã rút đăng ký của %(name)s.", name=old))
            else:
                done = replaced_words(change, old)
    except DomainError as error:
        return _not_done(slug, error)
    flash(done, "done")
    return redirect(url_for(".change_requests", slug=slug), 303)


def _ensure_as_seen(row: RequestRow, mark: str | None) -> None:
    requests.ensure_request_as_seen(row.request, row.registration, mark)


def _not_done(slug: str, error: DomainError) -> ResponseReturnValue:
    if error.status != 409:
        raise error
    flash(str(error), "look")
    return redirect(url_for(".change_requests", slug=slug), 303)


@blueprint.route("/requests/<int:request_id>/refuse", methods=["GET", "POST"])
@requires(can_manage)
def refuse_change(slug: str, request_id: int) -> ResponseReturnValue:
    """A page that names the request and takes the sentence for the unit."""
    event = desk_event(slug)
    form = RefuseForm()
    if form.validate_on_submit():
        try:
            return _refuse(slug, request_id, form)
        except DomainError as error:
            return _not_done(slug, error)
    row = request_queries.request_of(event, request_id)
    if row.request.state != RequestState.OPEN:
        flash(_("Đề nghị này đã được xử lý."), "look")
        return redirect(url_for(".change_requests", slug=slug), 303)
    form.mark.data = _mark(row)
    return render_template(
        "desk_registrations/refuse_request.html", **common(event), row=row, form=form,
        letter=letter_out(row.registration), following=following_of(event, row.registration),
    )  # fmt: skip


def _refuse(slug: str, request_id: int, form: Any) -> ResponseReturnValue:
    with unit_of_work():
        row = request_queries.request_of(changing_event(slug), request_id)
        _ensure_as_seen(row, form.mark.data)
        requests.refuse(
            row.request, row.registration, row.participation,
            by=current_actor(), now=now(), sentence=form.reason.data,
        )  # fmt: skip
        unit = row.participation.name
    flash(_("Không nhận đề nghị của %(unit)s. Câu trả lời đã xếp vào thư gửi.", unit=unit), "done")
    return redirect(url_for(".change_requests", slug=slug), 303)
