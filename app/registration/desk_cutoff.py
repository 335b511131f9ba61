"""More time: for everybody, with what it does shown first, or for one unit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import local, now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.filters import date_time
from app.core.policies import can_manage
from app.events.models import Event
from app.events.rules import cutoff_sentence
from app.registration import extension, queries
from app.registration.desk_forms import ExtendAllForm, ExtendForm
from app.registration.desk_routes import blueprint, changing_event, common, desk_event
from app.registration.desk_services import extend_cutoff
from app.registration.errors import ChangedMeanwhile, CutoffNotLater
from app.registration.extension import Taken
from app.registration.rules import State, effective_cutoff
from app.registration.services import active_of


@blueprint.route("/cutoff", methods=["GET", "POST"])
@requires(can_manage)
def extend_all(slug: str) -> ResponseReturnValue:
    """First what it does (GET ?day=06/03/2024&hour=17:00), then the decision."""
    event = desk_event(slug)
    chosen = request.method == "POST" or "day" in request.args
    form = _all_form(event, chosen)
    problem = None
    fine = form.validate() if chosen else False
    if fine and request.method == "POST":
        try:
            return _extend_all(slug, form)
        except DomainError as error:
            if error.status != 409:
                raise
            problem = error
            event = desk_event(slug)
    until = form.until if chosen and not (form.day.errors or form.hour.errors) else None
    return _all_page(event, form, until, problem), 409 if problem else 200


def _all_form(event: Event, chosen: bool) -> ExtendAllForm:
    if request.method == "POST":
        form = ExtendAllForm()
    elif chosen:
        form = ExtendAllForm(request.args, take_in=True)
        form.take_in.data = True
    else:
        form = ExtendAllForm(formdata=None)
    form.prepare(event.cutoff_at, now(), deciding=request.method == "POST")
    return form


def _all_page(
    event: Event, form: ExtendAllForm, until: datetime | None, problem: DomainError | None
) -> str:
    values: dict[str, Any] = {}
    if until is not None:
        late = _late(event, until)
        form.seen.data = _seen(late)
        if not form.words.data:
            form.words.data = cutoff_sentence(local(until))
        values = {"late": late, "unregistered": extension.unregistered(event)}
    return render_template(
        "desk_registrations/extend_all.html",
        **common(event),
        form=form,
        until=until,
        problem=problem,
        **values,
    )


def _late(event: Event, until: datetime) -> list[Taken]:
    return extension.taking_in(
        queries.pools_of(event),
        extension.waiting_count(event),
        extension.late_before(event, until),
    )


def _seen(late: Sequence[Taken]) -> str:
    """A digest of who would get what."""
    shown = [(one.registration.id, one.place) for one in late]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _extend_all(slug: str, form: ExtendAllForm) -> ResponseReturnValue:
    assert form.until is not None
    with unit_of_work():
        event = changing_event(slug)
        if form.take_in.data and form.seen.data != _seen(_late(event, form.until)):
            raise ChangedMeanwhile(
                _(
                    "Trong lúc trang này mở, đề nghị bổ sung hoặc số chỗ đã thay đổi. "
                    "Chưa ghi gì. Hãy xem lại rồi quyết định."
                )
            )
        taken, told = extension.extend_event(
            event, form.until, form.words.data, take_in=form.take_in.data, tell=form.tell.data,
            by=current_actor(), now=now(), reason=form.reason.data,
        )  # fmt: skip
        words = event.cutoff_words
    done = [_("Đã gia hạn cho mọi đơn vị: %(words)s.", words=words)]
    if taken:
        done.append(
            ngettext(
                "Đã nhận %(num)s đề nghị bổ sung.", "Đã nhận %(num)s đề nghị bổ sung.", len(taken)
            )
        )
    if told:
        done.append(
            ngettext("Đã đưa %(num)s thư vào hàng gửi.", "Đã đưa %(num)s thư vào hàng gửi.", told)
        )
    flash(" ".join(done), "done")
    return redirect(url_for(".late", slug=slug), 303)


@blueprint.route("/participations/<int:participation_id>/cutoff", methods=["GET", "POST"])
@requires(can_manage)
def extend(slug: str, participation_id: int) -> ResponseReturnValue:
    """More time for one unit."""
    event = desk_event(slug)
    participation = queries.participation_of(event, participation_id)
    standing = effective_cutoff(event.cutoff_at, participation.cutoff_at)
    form = ExtendForm()
    if form.validate_on_submit():
        until = form.moment()
        try:
            with unit_of_work():
                changing_event(slug)
                extend_cutoff(
                    participation, until, by=current_actor(), now=now(),
                    reason=form.reason.data, tell=form.tell.data,
                )  # fmt: skip
        except CutoffNotLater as error:
            form.day.errors = [str(error)]
        else:
            flash(
                _(
                    "%(unit)s được nhập đến trước %(moment)s.",
                    unit=participation.name,
                    moment=date_time(until),
                ),
                "done",
            )
            return redirect(url_for(".late", slug=slug))
    entries = active_of(participation.id)
    return render_template(
        "desk_registrations/extend.html", **common(event), form=form,
        participation=participation, standing=standing, has_entry=bool(entries),
        late=next((one for one in entries if one.state == State.LATE), None),
    )  # fmt: skip
