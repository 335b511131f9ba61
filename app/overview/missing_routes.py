"""Who has not registered, with their contact; sending links (design 4.7)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage, can_see_contacts, can_view_desk
from app.events import links
from app.events.forms import ConfirmForm
from app.events.guests import kind_label, kind_order
from app.events.models import Event
from app.events.queries import lock_event
from app.events.rules import EventState
from app.invitations import reminders
from app.invitations.reminder_rules import Kind
from app.overview import queries
from app.overview.pages import blueprint, desk_event
from app.overview.queries import MissingFilter, MissingUnit

PAGE_SIZE = 50


@blueprint.get("/desk/events/<slug>/missing")
@requires(can_view_desk)
def missing(slug: str) -> str:
    event = desk_event(slug)
    wanted = MissingFilter.parse(request.args)
    total = queries.missing_total(event, wanted)
    page = min(_page_number(), max(1, -(-total // PAGE_SIZE)))
    actor = current_actor()
    return render_template(
        "overview/missing.html",
        event=event,
        wanted=wanted,
        rows=queries.missing_units(event, wanted, PAGE_SIZE, (page - 1) * PAGE_SIZE),
        total=total,
        page=page,
        per_page=PAGE_SIZE,
        kinds=sorted(event.registering_kinds, key=kind_order),
        districts=queries.places_of(event),
        kind_label=kind_label,
        sees_contacts=can_see_contacts(actor),
        manages=can_manage(actor),
        may_send=can_manage(actor) and event.state == EventState.OPEN,
    )


def _page_number() -> int:
    text = request.args.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@blueprint.route("/desk/events/<slug>/missing/links", methods=["GET", "POST"])
@requires(can_manage)
def send_links(slug: str) -> Any:
    """How many mails would go and to whom not; the POST sends exactly that view."""
    event = desk_event(slug)
    wanted = MissingFilter.parse(request.values)
    form = ConfirmForm()
    if form.validate_on_submit():
        scope = request.form.get("scope", "")
        if scope in ("new", "all"):
            return _send(event, wanted, again=scope == "all")
    units = queries.missing_units(event, wanted)
    return render_template(
        "overview/send_links.html",
        event=event,
        form=form,
        wanted=wanted,
        unsent=[one for one in units if _reachable(one) and _unsent(one)],
        sent=[one for one in units if _reachable(one) and not _unsent(one)],
        without=[one for one in units if not _reachable(one)],
        is_open=event.state == EventState.OPEN,
    )


def _reachable(one: MissingUnit) -> bool:
    return bool(one.participation.email)


def _unsent(one: MissingUnit) -> bool:
    return one.participation.link_sent_at is None


def _send(event: Event, wanted: MissingFilter, *, again: bool) -> Any:
    slug, event_id = event.slug, event.id
    try:
        with unit_of_work():
            locked = lock_event(event_id)
            units = queries.missing_units(locked, wanted)
            chosen = [
                one.participation for one in units if _reachable(one) and (again or _unsent(one))
            ]
            if locked.state != EventState.OPEN:
                raise links.LinksRefused()
            batch = reminders.send_now(
                locked, Kind.NOT_REGISTERED if again else Kind.CALL,
                ids=[one.id for one in chosen], by=current_actor(), now=now(),
            )  # fmt: skip
            batch_id = batch.id
    except DomainError as refusal:
        flash(str(refusal), "stop")
        return redirect(url_for("overview.missing", slug=slug), code=303)
    return redirect(url_for("invitations.batch", slug=slug, batch_id=batch_id), code=303)
