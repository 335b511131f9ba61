"""Anyone who holds a giấy xác nhận checks it: `/confirmations/<code>` says what the paper says and
nothing more. Wrong codes are counted by client address."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_babel import force_locale

from app.accounts.attempts import WITHIN, Limit, client_address
from app.core import clock
from app.core.access import public
from app.core.database import unit_of_work
from app.core.errors import NotStored
from app.core.limits import count_attempt, ensure_allowed
from app.documents.attendance import Attended
from app.documents.confirmations import (
    FILE,
    PDF,
    ConfirmationNotFound,
    attended_lines,
    confirmation_code,
    confirmation_file,
    confirmed_by,
    times_words,
)
from app.events.models import Event

blueprint = Blueprint("confirmations", __name__)
WRONG = Limit("confirmation", 30)
SHOWN_MAX = 60  # of a wrong code, in the field again


@blueprint.get("/confirmations/")
@public
def index() -> Any:
    """The field for the code; what was typed leads to its page."""
    typed = request.args.get("code", "").strip()[:SHOWN_MAX]
    if typed:
        return redirect(url_for(".check", code=typed.replace("/", "")), 303)
    return render_template("confirmations/index.html", typed="", refusal=None)


@blueprint.get("/confirmations/<code>")
@public
def check(code: str) -> Any:
    try:
        event, one = _found(code)
    except ConfirmationNotFound as refusal:
        page = render_template(
            "confirmations/index.html", typed=code[:SHOWN_MAX], refusal=str(refusal)
        )
        return page, refusal.status
    with force_locale("vi"):
        times = times_words(one.sessions, event.valid_on)
    return render_template(
        "confirmations/check.html",
        event=event,
        one=one,
        times=times,
        attended=" ".join(attended_lines(event)),
        code=confirmation_code(one),
    )


@blueprint.get("/confirmations/<code>.pdf")
@public
def paper(code: str) -> Response:
    """The paper itself again, for whom it was lost."""
    event, one = _found(code)
    return Response(
        confirmation_file(event, one),
        mimetype=PDF,
        headers={"Content-Disposition": f'inline; filename="{FILE}"'},
    )


def _found(code: str) -> tuple[Event, Attended]:
    """Raises ConfirmationNotFound, or TooManyAttempts for right and wrong codes alike."""
    who, real_now = client_address(), clock.real_now()
    ensure_allowed(WRONG.purpose, who, most=WRONG.most, within=WITHIN, now=real_now)
    try:
        return confirmed_by(code)
    except ConfirmationNotFound:
        try:
            with unit_of_work():
                count_attempt(WRONG.purpose, who, now=real_now)
        except NotStored:
            current_app.logger.warning("wrong confirmation code not counted")
        raise


from app.documents import confirmation_desk  # noqa: E402, F401 - it has views
