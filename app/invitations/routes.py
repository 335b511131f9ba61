"""The desk's list of letters. Other views of this blueprint: see the imports at the end."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import NotFound
from app.core.policies import can_manage, can_see_contacts, can_view_desk
from app.events.guests import kind_label
from app.events.models import Event
from app.events.queries import event_for, lock_event
from app.invitations.ageing import shown_state
from app.invitations.forms import NumberForm, SendForm
from app.invitations.invitees import (
    InviteeFilter,
    answer_of,
    invitee_page,
    open_doubles,
)
from app.invitations.letter_files import outgoing_pdf
from app.invitations.letters import letters_pdf, make_letter
from app.invitations.numbering import set_number
from app.invitations.queries import Addressed, addressed
from app.invitations.rules import LetterState, approval_demanded, issue_date
from app.invitations.services import send_letters
from app.registration.models import Registration

blueprint = Blueprint("invitations", __name__)
PDF = "application/pdf"
AT_ONCE = 20  # letters put into the outbox while the page waits


def desk_event(slug: str) -> Event:
    """The page's event, which the desk's frame shows too. Raises EventNotFound."""
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


@blueprint.get("/desk/events/<slug>/invitations")
@requires(can_view_desk)
def index(slug: str) -> Any:
    return _index_page(desk_event(slug), _number_form(g.desk_event))


def _number_form(event: Event) -> NumberForm:
    issued_on = issue_date(event.letter.get("issued_on"))
    return NumberForm(
        formdata=None,
        number=event.letter.get("number"),
        issued_on=issued_on.strftime("%d/%m/%Y") if issued_on else None,
    )


def _index_page(event: Event, number_form: NumberForm, status: int = 200) -> Any:
    wanted = InviteeFilter.parse(request.args)
    found = invitee_page(event, wanted)
    return render_template(
        "invitations/index.html",
        event=event,
        rows=found.rows,
        found=found,
        wanted=wanted,
        tab=wanted.state,
        counts=found.counts,
        answer_of=answer_of,
        shown_state=partial(shown_state, event),
        demanded=approval_demanded(event.delivery),
        kind_label=kind_label,
        doubles=open_doubles(event),
        number_form=number_form,
        send_form=SendForm(formdata=None),
        may_manage=can_manage(current_actor()),
        may_see_contacts=can_see_contacts(current_actor()),
        without_address=sum(not row.participation.email for row in found.chosen),
        q=wanted.q,
    ), status


@blueprint.post("/desk/events/<slug>/invitations/number")
@requires(can_manage)
def number(slug: str) -> Any:
    form = NumberForm()
    if not form.validate_on_submit():
        return _index_page(desk_event(slug), form, status=422)
    with unit_of_work():
        event = lock_event(desk_event(slug).id)
        set_number(event, form.number.data, form.day, by=current_actor(), now=now())
    flash(_("Đã ghi số và ngày của giấy mời."), "toast")
    return redirect(url_for("invitations.index", slug=slug), 303)


@blueprint.post("/desk/events/<slug>/invitations/send")
@requires(can_manage)
def send(slug: str) -> Any:
    """One letter by its own button (``only``), or a few by hand; many go by a batch."""
    only = request.form.getlist("only")
    chosen = _ids(only or request.form.getlist("ids"))
    if len(chosen) > AT_ONCE or any(request.form.getlist("everything")):
        return redirect(url_for("invitations.batch_new", slug=slug), 303)
    if not chosen:
        flash(_("Chưa chọn ai. Hãy đánh dấu ít nhất một dòng rồi gửi."), "look")
        return redirect(url_for("invitations.index", slug=slug), 303)
    with unit_of_work():
        event = lock_event(desk_event(slug).id)
        done = send_letters(event, chosen, by=current_actor(), now=now())
    flash(
        ngettext("Đã đưa %(num)s thư vào hàng gửi.", "Đã đưa %(num)s thư vào hàng gửi.", done.sent),
        "done" if done.sent else "ended",
    )
    if done.known:
        flash(_("%(count)s người đã có đúng thư này, không gửi lại.", count=done.known), "ended")
    if done.without_address:
        flash(
            _(
                "%(count)s đơn vị chưa có thư điện tử: hãy in giấy mời hoặc thêm địa chỉ.",
                count=done.without_address,
            ),
            "look",
        )
    return redirect(url_for("invitations.index", slug=slug), 303)


def _ids(values: list[str]) -> set[int]:
    return {int(value) for value in values if value.isdecimal()}


@blueprint.get("/desk/events/<slug>/invitations/<int:participation_id>.pdf")
@requires(can_view_desk)
def preview(slug: str, participation_id: int) -> Any:
    """One letter as it went out, or as it would go out now."""
    for row in addressed(desk_event(slug)):
        if row.participation.id == participation_id:
            return pdf_answer(_row_pdf(g.desk_event, row), f"Giay-moi-{row.participation.code}.pdf")
    raise NotFound()


def _row_pdf(event: Event, row: Addressed) -> bytes:
    if row.invitation is not None and row.invitation.state != LetterState.VOID:
        return outgoing_pdf(row.invitation)
    return letters_pdf([make_letter(event, row.participation, _delegate(row))])


def _delegate(row: Addressed) -> Registration:
    """A representative not entered yet: the letter's words without a code that would open nothing."""
    return row.registration or Registration(
        event_id=row.participation.event_id, full_name=None, position="", code_version=1
    )


@blueprint.get("/desk/events/<slug>/invitations/all.pdf")
@requires(can_view_desk)
def all_letters(slug: str) -> Any:
    """One PDF of all letters, in the order of the list, to print."""
    event = desk_event(slug)
    rows = [row for row in addressed(event) if row.registration is not None]
    if not rows:
        raise NotFound(_("Chưa có ai để in giấy mời."))
    letters = [make_letter(event, row.participation, _delegate(row)) for row in rows]
    return pdf_answer(letters_pdf(letters), f"Giay-moi-{event.slug}.pdf")


def pdf_answer(content: bytes, filename: str) -> Response:
    """A PDF shown in the browser, with this name when it is kept."""
    return Response(
        content,
        mimetype=PDF,
        headers={"Content-Disposition": f'inline; filename="{filename}"'},
    )


from app.invitations import (  # noqa: E402 - they have views
    batch_routes,  # noqa: F401
    delegate_routes,  # noqa: F401
    desk_actions,  # noqa: F401
    desk_requests,  # noqa: F401
    double_routes,  # noqa: F401
    guest_routes,  # noqa: F401
    print_routes,  # noqa: F401
    proof_routes,  # noqa: F401
)
