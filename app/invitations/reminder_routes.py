"""The desk's pages of calls and reminders: the schedule, a preview, and the button that sends."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError, NotFound
from app.core.policies import can_manage, can_view_desk
from app.events.models import Event
from app.events.queries import event_for, lock_event
from app.invitations import reminder_pages, reminder_schedule, reminders
from app.invitations.reminder_forms import LineForm, SendForm, SwitchForm, TimeForm
from app.invitations.reminder_queries import is_switched_on, last_batches, targets
from app.invitations.reminder_rules import Kind, is_night
from app.mail.routes import MAIL_CSP

blueprint = Blueprint("reminders", __name__)
BASE = "/desk/events/<slug>/reminders"
IDS_MOST = 20_000


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    event: Event = g.desk_event
    return event


def _kind(text: str) -> Kind:
    if text not in list(Kind):
        raise NotFound()
    return Kind(text)


@blueprint.get(BASE)
@requires(can_view_desk)
def index(slug: str) -> Any:
    return _index_page(_event(slug), TimeForm(formdata=None, at="08:00", kind=Kind.NOT_REGISTERED))


def _index_page(event: Event, time_form: TimeForm, status: int = 200) -> Any:
    counts = reminder_pages.counts_of(event)
    return render_template(
        "invitations/reminders.html",
        event=event,
        kinds=list(Kind),
        titles=reminders.TITLES,
        explained=reminder_pages.EXPLAINED,
        counts=counts,
        lines=reminder_pages.lines_of(event, now()),
        last=last_batches(event),
        on=is_switched_on(event),
        time_form=time_form,
        may_manage=can_manage(current_actor()),
    ), status


@blueprint.post(f"{BASE}/switch")
@requires(can_manage)
def switch(slug: str) -> Any:
    form, event = SwitchForm(), _event(slug)
    if form.validate_on_submit():
        on = form.on.data == "yes"
        with unit_of_work():
            reminder_schedule.switch_all(lock_event(event.id), on, by=current_actor(), now=now())
        flash(_("Đã bật nhắc tự động.") if on else _("Đã tắt nhắc tự động."), "toast")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.post(f"{BASE}/line")
@requires(can_manage)
def line(slug: str) -> Any:
    """One line of the schedule switched on, off, or taken out."""
    form, event = LineForm(), _event(slug)
    if not form.validate_on_submit():
        raise NotFound()
    key = (form.which.data, form.anchor.data, form.days.data)
    by, moment = current_actor(), now()
    with unit_of_work():
        locked = lock_event(event.id)
        if form.do.data == "remove":
            reminder_schedule.remove_time(locked, key, by=by, now=moment)
        else:
            reminder_schedule.switch_time(locked, key, form.do.data == "on", by=by, now=moment)
    flash(_("Đã sửa lịch nhắc."), "toast")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.post(f"{BASE}/times")
@requires(can_manage)
def add(slug: str) -> Any:
    form, event = TimeForm(), _event(slug)
    if not form.validate_on_submit():
        return _index_page(event, form, 422)
    try:
        with unit_of_work():
            reminder_schedule.add_time(
                lock_event(event.id), form.chosen, form.signed_days, form.at.data or "",
                by=current_actor(), now=now(),
            )  # fmt: skip
    except DomainError as refusal:
        form.days.errors = [str(refusal)]
        return _index_page(_event(slug), form, 422)
    flash(_("Đã thêm một lần nhắc."), "toast")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get(f"{BASE}/<kind>")
@requires(can_manage)
def preview(slug: str, kind: str) -> Any:
    return _preview_page(_event(slug), _kind(kind), SendForm.fresh(request.args.get("ids", "")))


def _preview_page(
    event: Event, kind: Kind, form: SendForm, refusal: DomainError | None = None
) -> Any:
    found = targets(event, kind, _ids(form.ids.data))
    last, moment = last_batches(event).get(kind), now()
    return render_template(
        "invitations/reminder_preview.html",
        event=event,
        kind=kind,
        title=reminder_pages.title_of(kind),
        form=form,
        refusal=refusal,
        going=[one for one in found if one.to],
        without=[one for one in found if not one.to],
        preview=reminder_pages.preview_of(event, kind, found),
        last=last,
        lately=form.ids.data in (None, "") and reminders.sent_lately(last, moment),
        night=is_night(moment),
    ), (refusal.status if refusal else 200)


@blueprint.get(f"{BASE}/<kind>/mail")
@requires(can_manage)
def mail(slug: str, kind: str) -> Response:
    """The HTML part alone, for the sandboxed frame of the preview."""
    event, chosen = _event(slug), _kind(kind)
    found = targets(event, chosen, _ids(request.args.get("ids")))
    shown = reminder_pages.preview_of(event, chosen, found)
    if shown is None:
        raise NotFound()
    answer = make_response(shown.html)
    answer.headers["Content-Security-Policy"] = MAIL_CSP
    return answer


@blueprint.post(f"{BASE}/<kind>")
@requires(can_manage)
def send(slug: str, kind: str) -> Any:
    form, chosen = SendForm(), _kind(kind)
    event = _event(slug)
    if not form.validate_on_submit():
        return _preview_page(event, chosen, SendForm.fresh(), reminders.NobodyToRemind())
    try:
        with unit_of_work():
            batch = reminders.send_now(
                lock_event(event.id), chosen, ids=_ids(form.ids.data), again=form.again.data,
                key=form.key.data or "", by=current_actor(), now=now(),
            )  # fmt: skip
            batch_id = batch.id
    except DomainError as refusal:
        return _preview_page(_event(slug), chosen, form, refusal)
    return redirect(url_for("invitations.batch", slug=slug, batch_id=batch_id), 303)


def _ids(text: str | None) -> list[int] | None:
    """ "3,7,12"; None when it names nobody: then everybody is meant."""
    words = (text or "").split(",")
    found = [int(one) for one in words if one.isascii() and one.isdecimal() and len(one) < 10]
    return found[:IDS_MOST] or None
