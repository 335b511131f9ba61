"""The desk's page of an event's confirmations: their number and date, one to look at."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.policies import can_manage
from app.documents.attendance import attended
from app.documents.confirmation_numbers import (
    SYMBOL,
    ConfirmationNumberForm,
    NumberInUse,
    number_of,
    set_confirmation_number,
)
from app.documents.confirmation_routes import blueprint
from app.documents.confirmations import confirmation_code
from app.events.models import Event
from app.events.queries import event_for, lock_event
from app.invitations.reminder_queries import last_batches
from app.invitations.reminder_rules import Kind

BASE = "/desk/events/<slug>/confirmations"


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    event: Event = g.desk_event
    return event


@blueprint.get(BASE)
@requires(can_manage)
def desk(slug: str) -> Any:
    event = _event(slug)
    number, day = number_of(event)
    form = ConfirmationNumberForm(
        formdata=None, number=number, issued_on=day.strftime("%d/%m/%Y") if day else None
    )
    return _page(event, form)


def _page(event: Event, form: ConfirmationNumberForm, status: int = 200) -> Any:
    present = attended(event)
    return render_template(
        "confirmations/desk.html",
        event=event,
        form=form,
        symbol=SYMBOL,
        present=len(present),
        sample=confirmation_code(present[0]) if present else None,
        sent=last_batches(event).get(Kind.THANKS),
        is_numbered=all(number_of(event)),
    ), status


@blueprint.post(BASE)
@requires(can_manage)
def number(slug: str) -> Any:
    form, event = ConfirmationNumberForm(), _event(slug)
    if not form.validate_on_submit():
        return _page(event, form, 422)
    try:
        with unit_of_work():
            set_confirmation_number(
                lock_event(event.id), form.number.data, form.day, by=current_actor(), now=now()
            )
    except NumberInUse as refusal:
        form.number.errors = [str(refusal)]
        return _page(_event(slug), form, 422)
    flash(_("Đã ghi số và ngày của giấy xác nhận."), "toast")
    return redirect(url_for(".desk", slug=slug), 303)
