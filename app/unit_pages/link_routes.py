"""`/links`: a unit that lost its link has it sent to the address the office has on file.

And the page of a refusal under a unit's link, which says whose page it is like all the others.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length

from app.core.access import public
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.error_pages import refused
from app.core.errors import DomainError, TooManyAttempts
from app.core.forms import BaseForm, Needed
from app.events.queries import public_events
from app.unit_pages.links import participation_of
from app.unit_pages.lost_links import PAUSE, REACHABLE, ask_for_link
from app.unit_pages.models import TYPED_MAX
from app.unit_pages.pages import render
from app.unit_pages.routes import blueprint


class LostLinkForm(BaseForm):
    unit = StringField(
        _l("Mã hoặc tên đơn vị"),
        validators=[
            Needed(_l("Hãy nhập mã hoặc tên đơn vị.")),
            Length(max=TYPED_MAX, message=_l("Tên dài quá 300 chữ. Hãy viết gọn lại.")),
        ],
    )


@blueprint.route("/links", methods=["GET", "POST"])
@public
def lost_link() -> Any:
    """The answer is the same page whatever was typed; see lost_links for why."""
    form = LostLinkForm()
    if form.validate_on_submit():
        try:
            with unit_of_work():
                ask_for_link(form.unit.data, sender=request.remote_addr or "", now=now())
        except TooManyAttempts as refusal:
            return _page(form, refusal=refusal), refusal.status
        return redirect(url_for("unit_pages.lost_link", asked=1), 303)
    return _page(form), 422 if form.errors else 200


def _page(form: LostLinkForm, refusal: TooManyAttempts | None = None) -> str:
    contacts: list[dict[str, Any]] = []
    for event in public_events():
        if event.state in REACHABLE and event.contact and event.contact not in contacts:
            contacts.append(event.contact)
    return render_template(
        "unit_pages/lost_link.html",
        form=form,
        refusal=refusal,
        asked=bool(request.args.get("asked")) and request.method == "GET",
        contacts=contacts,
        pause_minutes=int(PAUSE.total_seconds() // 60),
    )


@blueprint.errorhandler(DomainError)
def refused_to_unit(error: DomainError) -> Any:
    """A rule said no to what came by a good link: the sentence, under the unit's own name."""
    secret = (request.view_args or {}).get("secret")
    if secret is None or error.status != DomainError.status:
        return refused(error)
    try:
        participation = participation_of(secret)
    except DomainError:  # the link died meanwhile: the sentence alone
        return refused(error)
    return render("refused", secret, participation, refusal=error), error.status
