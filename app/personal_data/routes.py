"""What a delegate asks of the Sở about their own data: one page, no account (domain.md 5.3).

Nothing is looked up for the asker, so the page tells nobody whether a person is on a list.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from sqlalchemy import select

import app.personal_data.models  # noqa: F401 - the tables
from app.core import clock
from app.core.access import Actor, public
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.events.queries import current_event
from app.extensions import db
from app.personal_data import services
from app.personal_data.forms import AskForm
from app.personal_data.models import DataRequest
from app.personal_data.rules import ACT_DAYS
from app.personal_data.services import Asked
from app.personal_data.words import KIND_SHORT, answer_days

blueprint = Blueprint("personal_data", __name__)
ASKER = Actor("nobody", "", "Người có dữ liệu")
ASKED = "data_request"  # in the session: the code of what this browser asked last


@blueprint.route("/personal-data", methods=["GET", "POST"])
@public
def ask() -> Any:
    form = AskForm()
    if request.method == "GET":
        return _ask_page(form)
    if not form.validate_on_submit():
        return _ask_page(form), 422
    asked = Asked(
        form.kind.data or "",
        form.full_name.data or "",
        form.unit_name.data or "",
        form.contact.data or "",
        form.text.data,
    )
    try:
        with unit_of_work():
            made = services.ask(
                asked,
                client=request.remote_addr or "unknown",
                by=ASKER,
                now=now(),
                real_now=clock.real_now(),
            )
            session[ASKED] = made.receipt_code
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return _ask_page(form), refusal.status
    return redirect(url_for("personal_data.received"), 303)


def _ask_page(form: AskForm) -> str:
    event = current_event()
    return render_template(
        "personal_data/ask.html",
        form=form,
        contact=event.contact if event else None,
        answer_days=answer_days(),
        terms=[(KIND_SHORT[kind], days) for kind, days in ACT_DAYS.items()],
    )


@blueprint.get("/personal-data/received")
@public
def received() -> Any:
    """The code and the terms, for the browser that asked."""
    made = db.session.scalar(
        select(DataRequest).where(DataRequest.receipt_code == session.get(ASKED, ""))
    )
    if made is None:
        return redirect(url_for("personal_data.ask"))
    event = current_event()
    return render_template(
        "personal_data/received.html",
        asked=made,
        kind_word=KIND_SHORT[made.kind],
        contact=event.contact if event else None,
        answer_days=answer_days(),
        act_days=ACT_DAYS[made.kind],  # type: ignore[index]
    )


from app.personal_data import desk_routes  # noqa: E402, F401 - views of this blueprint
