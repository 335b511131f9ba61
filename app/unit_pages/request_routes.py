"""Asking the desk, once the unit may no longer do it itself: another delegate, or to withdraw."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from app.core.access import public
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.forms import BaseForm, Needed
from app.events.models import Participation
from app.registration import requests
from app.registration.errors import LinkNotFound, MoveRefused, RequestDecided
from app.registration.forms import ConfirmForm, DelegateForm
from app.registration.models import Registration
from app.registration.request_queries import open_request_of, request_of_unit
from app.registration.rows import Entry
from app.registration.rules import RequestKind
from app.unit_pages.links import (
    ensure_seen,
    participation_and_standing,
    participation_of,
    unit_actor,
)
from app.unit_pages.pages import render
from app.unit_pages.request_panel import in_the_units_hands, request_panel
from app.unit_pages.routes import blueprint
from app.units.papers import suggested_positions


def _reason() -> TextAreaField:
    return TextAreaField(
        _l("Lý do"),
        validators=[
            Needed(_l("Hãy ghi lý do, để Sở xét.")),
            Length(max=1000, message=_l("Lý do dài quá 1.000 chữ. Hãy viết gọn lại.")),
        ],
        render_kw={"rows": 3},
    )


class AskReplaceForm(DelegateForm):
    reason = _reason()


class AskWithdrawForm(BaseForm):
    registration_id = HiddenField()
    reason = _reason()

    def entry(self) -> Entry | None:
        return None


FORMS = {RequestKind.REPLACE: AskReplaceForm, RequestKind.WITHDRAW: AskWithdrawForm}


@blueprint.route("/units/<secret>/requests/<any(replace,withdraw):kind>", methods=["GET", "POST"])
@public
def ask(secret: str, kind: str) -> Any:
    """The form of a request; a unit that may still do it itself is sent where it does."""
    wanted = RequestKind(kind)
    participation, standing = participation_and_standing(secret)
    if request.method == "GET":
        if in_the_units_hands(participation, standing):
            view = "change" if wanted == RequestKind.REPLACE else "withdraw"
            return redirect(url_for(f"unit_pages.{view}", secret=secret), 303)
        return ask_page(secret, participation, standing, wanted)
    form = FORMS[wanted]()
    if not form.validate_on_submit():
        return ask_page(secret, participation, standing, wanted, form=form, status=422)
    try:
        with unit_of_work():
            participation, standing = participation_and_standing(secret)
            ensure_seen(standing)
            requests.ask(
                standing, participation, wanted, form.entry(),
                reason=form.reason.data, by=unit_actor(participation), now=now(),
            )  # fmt: skip
    except (LinkNotFound, MoveRefused):
        raise
    except DomainError as refusal:
        participation, standing = participation_and_standing(secret)
        return ask_page(secret, participation, standing, wanted, form=form, refusal=refusal)
    return redirect(url_for("unit_pages.unit_page", secret=secret), 303)


def ask_page(
    secret: str,
    participation: Participation,
    standing: Registration,
    kind: RequestKind,
    *,
    form: Any = None,
    refusal: DomainError | None = None,
    status: int = 200,
) -> Any:
    """``form``: what was typed; ``refusal``: why it was not taken, shown above it."""
    page = render(
        f"ask_{kind}",
        secret,
        participation,
        registration=standing,
        form=form or FORMS[kind](formdata=None),
        refusal=refusal,
        requests=request_panel(participation, standing),
        standing_request=open_request_of(standing.id),
        positions=suggested_positions(participation.kind, participation.name),
    )
    return page, (refusal.status if refusal else status)


def ask_again(secret: str, kind: RequestKind, refusal: DomainError) -> Any:
    """The unit was about to do it itself and may no more: the same words, as a request."""
    participation, standing = participation_and_standing(secret)
    form = FORMS[kind]()  # not validated: nothing is wrong with what was typed
    return ask_page(secret, participation, standing, kind, form=form, refusal=refusal)


@blueprint.post("/units/<secret>/requests/<int:request_id>/take-back")
@public
def take_back(secret: str, request_id: int) -> Any:
    """The desk may have been quicker: then its answer stands and the page says so."""
    ConfirmForm().validate_on_submit()
    try:
        with unit_of_work():
            participation = participation_of(secret)
            asked = request_of_unit(participation.id, request_id)
            requests.take_back(asked, by=unit_actor(participation), now=now())
    except RequestDecided as refusal:
        flash(str(refusal), "look")
    else:
        flash(_("Đã rút lại đề nghị. Đăng ký giữ nguyên."), "done")
    return redirect(url_for("unit_pages.unit_page", secret=secret), 303)
