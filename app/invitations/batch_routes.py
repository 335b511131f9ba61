"""Sending letters to many: choice and dry run, a trial, the start, and the page to watch it on."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.models import Account
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import NotFound
from app.core.policies import can_manage, can_see_contacts, can_view_desk
from app.events.guests import kind_label
from app.events.models import Event
from app.events.queries import lock_event
from app.extensions import db
from app.invitations import batches
from app.invitations.batch_forms import (
    ROUTE_WORDS,
    STATE_WORDS,
    MailboxForm,
    StartForm,
    fields_of,
    read_choice,
)
from app.invitations.batch_pages import batch_values
from app.invitations.batches import UNSENT, Choice, dry_run
from app.invitations.invitees import InviteeFilter, invitee_page
from app.invitations.queries import addressed
from app.invitations.routes import blueprint, desk_event
from app.invitations.trial_mail import NobodyToShow, send_trial
from app.mail import batches as mail_batches
from app.mail.batch_queries import batches_of, progress_of

BASE = "/desk/events/<slug>/invitations/batches"
MOVES = {
    "pause": mail_batches.pause,
    "resume": mail_batches.resume,
    "stop": mail_batches.stop,
}


@blueprint.route(f"{BASE}/new", methods=["GET", "POST"])
@requires(can_manage)
def batch_new(slug: str) -> Any:
    """What sending to this choice would do. POST only brings a choice by hand; nothing changes."""
    desk_event(slug)
    if request.method == "GET":
        choice = read_choice(request.args)
        if not request.args:
            choice = Choice(states=(UNSENT,))
    else:
        choice = _ticked()
        if choice.ids is None:
            flash(_("Chưa chọn ai. Hãy đánh dấu ít nhất một dòng rồi gửi."), "look")
            return redirect(url_for("invitations.index", slug=slug), 303)
    return _choice_page(choice)


def _ticked() -> Choice:
    """The rows ticked on the list, or all rows of that view when the bar says so."""
    choice = read_choice(request.form)
    if any(request.form.getlist("everything")):
        found = invitee_page(_event_in_hand(), InviteeFilter.parse(request.args))
        return Choice(ids=tuple(row.participation.id for row in found.chosen))
    return Choice(ids=choice.ids)


def _event_in_hand() -> Event:
    event: Event = g.desk_event
    return event


def _choice_page(choice: Choice) -> str:
    event = _event_in_hand()
    everybody = addressed(event)
    run = dry_run(event, choice)
    return render_template(
        "invitations/batch_new.html",
        event=event,
        choice=choice,
        run=run,
        routes=[(one, ROUTE_WORDS[one]) for one in batches.routes_of(everybody)],
        kinds=[(one, kind_label(one)) for one in batches.kinds_of(everybody)],
        states=list(STATE_WORDS.items()),
        fields=fields_of(choice),
        form=StartForm.fresh(len(run.going)),
        mailbox_form=MailboxForm(
            formdata=None, shared_mailbox=event.delivery.get("shared_mailbox", batches.EACH)
        ),
        own_address=_own_address(),
        per_minute=current_app.config["SETTINGS"].mail_per_minute,
    )


def _own_address() -> str:
    account = db.session.get(Account, int(current_actor().ref))
    if account is None:
        raise NotFound()
    return account.email


@blueprint.post(f"{BASE}/mailboxes")
@requires(can_manage)
def batch_mailboxes(slug: str) -> Response:
    form = MailboxForm()
    event_id = desk_event(slug).id
    choice = read_choice(request.form)
    if form.validate_on_submit():
        with unit_of_work():
            batches.set_shared_mailbox(
                lock_event(event_id), form.shared_mailbox.data, by=current_actor(), now=now()
            )
        flash(_("Đã ghi cách gửi cho hộp thư chung."), "toast")
    if choice.ids is not None and len(choice.ids) > 200:
        return redirect(url_for("invitations.batch_new", slug=slug), 303)
    args: dict[str, Any] = {}
    for name, value in fields_of(choice):
        args.setdefault(name, []).append(value)
    return redirect(url_for("invitations.batch_new", slug=slug, **args), 303)


@blueprint.post(f"{BASE}/trial")
@requires(can_manage)
def batch_trial(slug: str) -> Any:
    """The first letter of the choice to the account's own address."""
    event = desk_event(slug)
    choice, to = read_choice(request.form), _own_address()
    run = dry_run(event, choice)
    rows = run.going or [row for rows in run.verdicts.values() for row in rows]
    if not rows:
        raise NobodyToShow()
    event_id, participation_id = event.id, rows[0].participation.id
    with unit_of_work():
        event = lock_event(event_id)
        row = next(iter(addressed(event, ids={participation_id})), None)
        if row is None:
            raise NobodyToShow()
        send_trial(event, row, to=to, by=current_actor(), now=now())
    flash(_("Thư thử đang được gửi tới %(address)s.", address=to), "waiting")
    return _choice_page(choice)


@blueprint.post(BASE)
@requires(can_manage)
def batch_start(slug: str) -> Response:
    """One row, whatever the number of letters: the worker writes them."""
    form = StartForm()
    event_id = desk_event(slug).id
    if not form.validate_on_submit():
        flash(_("Chưa gửi được. Hãy xem lại lựa chọn rồi bấm gửi lần nữa."), "look")
        return redirect(url_for("invitations.batch_new", slug=slug), 303)
    with unit_of_work():
        batch = batches.start_letters(
            lock_event(event_id),
            read_choice(request.form),
            expected=form.expected.data or 0,
            key=form.key.data or "",
            by=current_actor(),
            now=now(),
        )
        batch_id = batch.id
    return redirect(url_for("invitations.batch", slug=slug, batch_id=batch_id), 303)


@blueprint.get(BASE)
@requires(can_view_desk)
def batch_list(slug: str) -> str:
    event = desk_event(slug)
    return render_template(
        "invitations/batch_list.html",
        event=event,
        batches=batches_of(event.id),
        may_manage=can_manage(current_actor()),
    )


@blueprint.get(f"{BASE}/<int:batch_id>")
@requires(can_view_desk)
def batch(slug: str, batch_id: int) -> str:
    """The whole page, or for htmx only what changes."""
    event = desk_event(slug)
    part = request.headers.get("HX-Request") == "true"
    return render_template(
        "invitations/_batch_progress.html" if part else "invitations/batch.html",
        event=event,
        part=part,
        **batch_values(event, progress_of(batch_id, event.id), request.args),
        may_manage=can_manage(current_actor()),
        may_see_contacts=can_see_contacts(current_actor()),
    )


@blueprint.post(f"{BASE}/<int:batch_id>/<action>")
@requires(can_manage)
def batch_move(slug: str, batch_id: int, action: str) -> Response:
    """pause, resume or stop."""
    event = desk_event(slug)
    if action not in MOVES:
        raise NotFound()
    progress_of(batch_id, event.id)  # of this event
    try:
        with unit_of_work():
            MOVES[action](batch_id, by=current_actor(), now=now())
    except mail_batches.BatchIsStopped as refusal:
        flash(str(refusal), "look")
    return redirect(url_for("invitations.batch", slug=slug, batch_id=batch_id), 303)
