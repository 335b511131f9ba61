"""The desk's page of the hall as the views around it draw it."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request

from app.checkin.answers import answer_title
from app.checkin.desk_forms import GateForm
from app.checkin.desk_words import remark_words, session_look
from app.checkin.excuses import excuses_in
from app.checkin.queries import (
    ARRIVED,
    EXCUSED,
    MISSING,
    chosen_session,
    presence_page,
    refused_scans,
)
from app.checkin.remarks import open_remarks
from app.checkin.rules import is_late
from app.core.access import current_actor
from app.core.clock import now
from app.core.policies import can_admit, can_check_in, can_manage, can_see_contacts
from app.events.models import Event
from app.events.queries import event_for
from app.events.rules import EventState

PER_PAGE = 50
BASE = "/desk/events/<slug>/check-in"


def here(slug: str) -> Event:
    """The event of this page. Raises EventNotFound."""
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


def may_change(event: Event) -> bool:
    return can_manage(current_actor()) and event.state != EventState.ARCHIVED


def desk_page(event: Event, form: GateForm) -> str:
    from app.checkin.desk_gates import gate_lines  # its views draw this page, too

    moment = now()
    session = chosen_session(event, request.args.get("session", type=int), moment)
    show = request.args.get("show", "")
    query = request.args.get("q", "")[:100]
    number = max(1, min(request.args.get("page", 1, type=int), 100_000))
    found = presence_page(
        event,
        session,
        show=show if show in (ARRIVED, MISSING, EXCUSED) else "",
        query=query,
        page=number,
        per_page=PER_PAGE,
    )
    remarks, remarks_total = open_remarks(event)
    values: dict[str, Any] = {
        "excuses": excuses_in(session.id, [one.registration.id for one in found.rows]),
        "late": lambda one: is_late(one.at, one.how, session.starts_at, session.late_after),
        "session_look": session_look(session, moment),
        "gates": gate_lines(event, moment),
        "remarks": [(one, remark_words(one)) for one in remarks],
        "remarks_total": remarks_total,
        "refused": refused_scans(event),
        "may_change": may_change(event),
        "may_check_in": can_check_in(current_actor()),
        "may_admit": can_admit(current_actor()),
        "may_call": can_see_contacts(current_actor()),
    }
    return render_template(
        "checkin/desk.html",
        event=event,
        form=form,
        session=session,
        found=found,
        show=show,
        query=query,
        page=number,
        per_page=PER_PAGE,
        answer_title=answer_title,
        **values,
    )
