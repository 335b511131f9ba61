"""The rehearsal's clock (design 7): named moments, steps, any day and hour. 404 outside a rehearsal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit.services import record
from app.core.access import current_actor, requires
from app.core.clock import local, now, real_now
from app.core.database import unit_of_work
from app.core.forms import BaseForm, Needed
from app.core.policies import can_manage
from app.core.rehearsal import move_clock_to
from app.events.fields import DayField, HourField, moment_of
from app.events.models import Event
from app.events.pages import blueprint
from app.events.queries import current_event
from app.events.rules import NamedMoment, named_moments

STEPS = {"back_hour": -60, "minute": 1, "hour": 60}  # minutes
NEAR = timedelta(seconds=60)


class ClockForm(BaseForm):
    day = DayField(_l("Ngày"), validators=[Needed(_l("Hãy nhập ngày."))])
    hour = HourField(_l("Giờ"), validators=[Needed(_l("Hãy nhập giờ."))])

    moment: datetime | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        self.moment = moment_of(self.day, self.hour)
        return not self.errors


@blueprint.get("/desk/rehearsal-clock")
@requires(can_manage)
def rehearsal_clock() -> Any:
    _only_in_rehearsal()
    there = local(now())
    return _page(
        ClockForm(formdata=None, data={"day": f"{there:%d/%m/%Y}", "hour": f"{there:%H:%M}"})
    )


@blueprint.post("/desk/rehearsal-clock")
@requires(can_manage)
def set_rehearsal_clock() -> Any:
    """``step``: one of STEPS; ``moment``: a named moment; else the day and hour typed."""
    _only_in_rehearsal()
    form = ClockForm()
    target = _target(form)
    if target is None:
        return _page(form), 422
    with unit_of_work():
        before = now()
        move_clock_to(target)
        record(
            "rehearsal.clock_moved",
            ("rehearsal", 0),
            by=current_actor(),
            now=target,
            before={"at": before.isoformat()},
            after={"at": target.isoformat()},
        )
    flash(_("Đồng hồ diễn tập đã chuyển."), "toast")
    return redirect(url_for("events.rehearsal_clock"), code=303)


def _only_in_rehearsal() -> None:
    if not current_app.config["SETTINGS"].rehearsal:
        abort(404)


def _target(form: ClockForm) -> datetime | None:
    step, key = request.form.get("step"), request.form.get("moment")
    if step in STEPS:
        return now() + timedelta(minutes=STEPS[step])
    if key:
        return next((one.at for one in _moments(current_event()) if one.key == key), None)
    return form.moment if form.validate_on_submit() else None


def _moments(event: Event | None) -> list[NamedMoment]:
    if event is None:
        return []
    return named_moments(event.opens_at, event.cutoff_at, event.starts_at, event.valid_on)


def _page(form: ClockForm) -> str:
    event, moment = current_event(), now()
    moments = _moments(event)
    here = next((one.key for one in reversed(moments) if one.at <= moment < one.at + NEAR), None)
    return render_template(
        "events/rehearsal_clock.html",
        form=form,
        event=event,
        now=moment,
        here=here,
        offset_from_real=moment - real_now(),
        moments=moments,
    )
