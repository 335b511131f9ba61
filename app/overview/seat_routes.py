"""Seats of an event: how many and the quota; the queue moves up in the same work.

It stands here and not with the event's settings, because the queue belongs to registration.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.forms import BaseForm
from app.core.policies import can_manage
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.services import edit_event
from app.extensions import db
from app.overview.pages import blueprint, desk_event
from app.registration.models import Registration
from app.registration.queries import pools_of
from app.registration.rules import ACTIVE
from app.registration.seats import promote_waiting

MOST_SEATS = 100_000


class SeatsForm(BaseForm):
    planned_seats = IntegerField(
        _l("Số chỗ dự kiến"),
        validators=[
            InputRequired(message=_l("Hãy nhập số chỗ từ 1 đến 100.000.")),
            NumberRange(1, MOST_SEATS, message=_l("Hãy nhập số chỗ từ 1 đến 100.000.")),
        ],
    )
    hall_seats = IntegerField(
        _l("Số ghế của hội trường"),
        validators=[
            Optional(),
            NumberRange(1, MOST_SEATS, message=_l("Hãy nhập số ghế từ 1 đến 100.000.")),
        ],
    )
    unit_quota = IntegerField(
        _l("Mỗi đơn vị cử nhiều nhất"),
        validators=[
            InputRequired(message=_l("Hãy nhập số người từ 1 đến 20.")),
            NumberRange(1, 20, message=_l("Hãy nhập số người từ 1 đến 20.")),
        ],
    )


@blueprint.get("/desk/events/<slug>/seats")
@requires(can_manage)
def seats(slug: str) -> str:
    event = desk_event(slug)
    data = {
        "planned_seats": event.planned_seats,
        "hall_seats": event.hall_seats,
        "unit_quota": event.unit_quota,
    }
    return _page(event, SeatsForm(formdata=None, data=data))


@blueprint.post("/desk/events/<slug>/seats")
@requires(can_manage)
def save_seats(slug: str) -> Any:
    event = desk_event(slug)
    form = SeatsForm()
    if not form.validate_on_submit():
        return _page(event, form), 422
    if form.hall_seats.data is not None and form.hall_seats.data < form.planned_seats.data:
        form.hall_seats.errors = [_("Số ghế của hội trường không thể ít hơn số chỗ dự kiến.")]
        return _page(event, form), 422
    try:
        with unit_of_work():
            locked = lock_event(event.id)
            if _most_entries(locked) > form.unit_quota.data:
                form.unit_quota.errors = [
                    _(
                        "Có đơn vị đã đăng ký nhiều người hơn. Hãy giữ số này từ %(n)s trở lên.",
                        n=_most_entries(locked),
                    )
                ]
                return _page(locked, form), 422
            pools_of(locked)  # read again under the lock
            edit_event(locked, {"hall_seats": form.hall_seats.data,
                                "planned_seats": form.planned_seats.data,
                                "unit_quota": form.unit_quota.data},
                       by=current_actor(), now=now())  # fmt: skip
            promoted = promote_waiting(locked, by=current_actor(), now=now())
    except DomainError as refusal:
        form.planned_seats.errors = [str(refusal)]
        return _page(desk_event(slug), form), 422
    _say_saved(len(promoted))
    return redirect(url_for("overview.seats", slug=slug), code=303)


def _say_saved(promoted: int) -> None:
    if promoted:
        flash(
            _("Đã lưu. %(n)s đơn vị trong danh sách chờ có chỗ và được báo tin.", n=promoted),
            "done",
        )
    else:
        flash(_("Đã lưu."), "done")


def _most_entries(event: Event) -> int:
    """The most standing entries of one unit that has no quota of its own."""
    counted = (
        select(func.count().label("entries"))
        .select_from(Registration)
        .join(Participation, Participation.id == Registration.participation_id)
        .where(
            Registration.event_id == event.id,
            Registration.state.in_(ACTIVE),
            Participation.quota.is_(None),
        )
        .group_by(Registration.participation_id)
        .subquery()
    )
    return db.session.scalar(select(func.max(counted.c.entries))) or 0


def _page(event: Event, form: SeatsForm) -> str:
    return render_template("overview/seats.html", event=event, form=form, pools=pools_of(event))
