"""One unit's link at the desk: how far it came, from which browsers it was opened; sending it
again, and replacing one that went astray (design 4.7). For units with and without an entry."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError, NotFound
from app.core.forms import BaseForm, Needed
from app.core.policies import can_manage
from app.events import links
from app.events.forms import ConfirmForm
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.rules import EventState
from app.extensions import db
from app.overview.pages import blueprint, desk_event
from app.registration.models import Registration

REASON_MAX = 300
#: Offered under the field; stored as written, so Vietnamese whatever the language of the screen.
USUAL_REASONS = (
    "Đường dẫn lọt ra ngoài đơn vị",
    "Đơn vị đổi người phụ trách",
    "Đơn vị đề nghị",
)


class RenewForm(BaseForm):
    reason = StringField(
        _l("Lý do"),
        validators=[
            Needed(_l("Hãy ghi lý do, để người sau hiểu vì sao thay.")),
            Length(max=REASON_MAX, message=_l("Lý do dài quá 300 chữ. Hãy viết gọn lại.")),
        ],
    )
    mail = BooleanField(_l("Gửi ngay đường dẫn mới tới hộp thư của đơn vị"))


@blueprint.route("/desk/events/<slug>/units/<int:participation_id>/link", methods=["GET", "POST"])
@requires(can_manage)
def replace_link(slug: str, participation_id: int) -> Any:
    """The unit's link; a POST kills it and makes a new one, for a reason."""
    event = desk_event(slug)
    participation = _participation(event, participation_id)
    can_mail = bool(participation.email) and event.state in links.MAILED_IN
    form = RenewForm(formdata=request.form if request.method == "POST" else None, mail=can_mail)
    if not form.validate_on_submit():
        return _page(event, participation, form), 422 if form.errors else 200
    try:
        with unit_of_work():
            links.renew_link(
                _participation(lock_event(event.id), participation_id),
                by=current_actor(), now=now(), reason=form.reason.data, mail=form.mail.data,
            )  # fmt: skip
    except DomainError as refusal:
        error = str(refusal)
        event = desk_event(slug)
        participation = _participation(event, participation_id)
        return _page(event, participation, form, error=error), refusal.status
    if form.mail.data:
        flash(_("Đường dẫn cũ đã tắt. Đường dẫn mới đang được gửi."), "done")
    else:
        flash(_("Đường dẫn cũ đã tắt. Chưa gửi thư: hãy chép đường dẫn mới cho đơn vị."), "look")
    return _back_to(slug, participation_id)


@blueprint.post("/desk/events/<slug>/units/<int:participation_id>/link/mail")
@requires(can_manage)
def mail_link(slug: str, participation_id: int) -> Any:
    """The link of today once more, to the address on file."""
    event = desk_event(slug)
    if ConfirmForm().validate_on_submit():
        try:
            with unit_of_work():
                locked = lock_event(event.id)
                chosen = [_participation(locked, participation_id)]
                done = links.send_links(locked, chosen, by=current_actor(), now=now())
                if done.without:
                    raise links.NoAddress()
        except DomainError as refusal:
            if refusal.status != links.NoAddress.status:
                raise
            flash(str(refusal), "stop")
        else:
            flash(_("Đã xếp thư có đường dẫn vào hàng gửi."), "done")
    return _back_to(slug, participation_id)


def _back_to(slug: str, participation_id: int) -> Any:
    url = url_for("overview.replace_link", slug=slug, participation_id=participation_id)
    return redirect(url, code=303)


def _page(
    event: Event, participation: Participation, form: RenewForm, error: str | None = None
) -> str:
    entry_id = db.session.scalar(
        select(func.max(Registration.id)).where(Registration.participation_id == participation.id)
    )
    return render_template(
        "overview/replace_link.html",
        event=event,
        form=form,
        error=error,
        participation=participation,
        entry_id=entry_id,
        usual_reasons=USUAL_REASONS,
        url=links.unit_url(participation),
        devices=links.devices_of(participation.id),
        can_send=bool(participation.email) and event.state == EventState.OPEN,
        can_mail=bool(participation.email) and event.state in links.MAILED_IN,
    )


def _participation(event: Event, participation_id: int) -> Participation:
    found = db.session.get(Participation, participation_id)
    if found is None or found.event_id != event.id or found.unit_id is None:
        raise NotFound()
    return found
