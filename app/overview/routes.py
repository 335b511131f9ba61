"""The desk's dashboard, who is missing, seats. Reads everybody, is read by nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import redirect, render_template, url_for

from app.core.access import current_actor, requires
from app.core.clock import local, now
from app.core.policies import can_approve, can_manage, can_view_desk
from app.events.guests import kind_label
from app.events.models import Event
from app.events.queries import current_event
from app.events.rules import Phase, Route, phase
from app.invitations.approvals import waiting_approval
from app.invitations.proof_queries import proof_totals
from app.invitations.reminder_rules import Kind
from app.overview import link_routes, missing_routes, queries, seat_routes
from app.overview.figures import progress_over_time
from app.overview.pages import blueprint, desk_event
from app.overview.tasks import tasks_of
from app.registration.queries import RegistrationFilter, tab_counts
from app.signed_forms.queries import form_counts

MISSING_SHOWN = 7

__all__ = ["blueprint", "link_routes", "missing_routes", "seat_routes"]


@blueprint.get("/desk/")
@requires(can_view_desk)
def desk_home() -> Any:
    """The dashboard of the current event; without one, the way to make it."""
    event = current_event()
    if event is not None:
        return redirect(url_for("overview.dashboard", slug=event.slug))
    if can_manage(current_actor()):
        return redirect(url_for("events.create"))
    return render_template("overview/no_event.html")


def _to_remind(
    event: Event, missing: int, links: queries.LinkFacts, moment: datetime
) -> dict[str, Any] | None:
    """The button beside who is missing: the first call while some had none, then the reminder.
    The page behind it counts by name."""
    if phase(event.state, event.opens_at, event.cutoff_at, moment) != Phase.OPEN:
        return None
    if links.unsent:
        return {"kind": Kind.CALL, "reach": links.unsent}
    reach = missing - links.without_address
    return {"kind": Kind.NOT_REGISTERED, "reach": reach} if reach > 0 else None


@blueprint.get("/desk/events/<slug>/")
@requires(can_view_desk)
def dashboard(slug: str) -> str:
    event = desk_event(slug)
    moment = now()
    counts = tab_counts(event, RegistrationFilter())
    forms = form_counts(event.id)
    coverage = queries.coverage(event)
    registering = coverage.of_route(Route.REGISTRATION)
    invited = coverage.of_route(Route.INVITATION)
    letters = proof_totals(event, now=moment)
    links = queries.link_facts(event)
    missing = queries.missing_units(event, queries.MissingFilter(), limit=MISSING_SHOWN)
    return render_template(
        "overview/dashboard.html",
        event=event,
        now=moment,
        now_local=local(moment),
        cutoff_local=local(event.cutoff_at),
        phase=phase(event.state, event.opens_at, event.cutoff_at, moment),
        counts=counts,
        coverage=coverage,
        registering={
            "confirmed": sum(one.confirmed for one in registering),
            "units": sum(one.units for one in registering),
        },
        invited={
            "confirmed": sum(one.confirmed for one in invited),
            "units": sum(one.units for one in invited),
        },
        missing=missing,
        remind=_to_remind(event, sum(one.missing for one in registering), links, moment),
        missing_total=sum(one.missing for one in registering),
        progress=progress_over_time(
            queries.seat_changes(event),
            opens_at=event.opens_at,
            cutoff_at=event.cutoff_at,
            now=moment,
        ),
        tasks=tasks_of(event, counts, forms, letters, links),
        letters=letters,
        forms=forms,
        manages=can_manage(current_actor()),
        approval=waiting_approval(event.id) if can_approve(current_actor()) else None,
        kind_label=kind_label,
    )
