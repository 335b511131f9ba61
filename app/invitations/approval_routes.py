"""From the settled list to a letter that may go out: laid before a leader, approved, returned.

The leader's page is for a phone: what is approved stands on it, and it takes two taps.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_approve, can_manage, can_view_desk
from app.events.models import Event
from app.events.queries import event_for, lock_event
from app.invitations import approvals
from app.invitations.approval_forms import ApproveForm, ReturnForm, SubmitForm
from app.invitations.approval_mails import leader_names
from app.invitations.approval_view import agreed_changes, first_page, states_of
from app.invitations.invitees import InviteeFilter, invitee_page
from app.invitations.letters import from_content, letters_pdf
from app.invitations.models import Approval
from app.invitations.rules import ApprovalState, approval_demanded
from app.invitations.signing import seal_words

blueprint = Blueprint("approvals", __name__, url_prefix="/desk/events/<slug>/approvals")


def desk_event(slug: str) -> Event:
    """The page's event, which the desk's frame shows too. Raises EventNotFound."""
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


@blueprint.get("")
@requires(can_view_desk)
def index(slug: str) -> ResponseReturnValue:
    """The steps of the letters, and what was laid before leaders until now."""
    chosen = request.args.getlist("ids")[:5000]
    return _index_page(desk_event(slug), SubmitForm(formdata=None, ids=",".join(chosen)))


def _index_page(event: Event, form: SubmitForm, status: int = 200) -> ResponseReturnValue:
    return render_template(
        "invitations/approvals.html",
        event=event,
        form=form,
        demanded=approval_demanded(event.delivery),
        found=approvals.submission(event, form.chosen),
        states=states_of(event),
        approvals=approvals.approvals(event),
        may_manage=can_manage(current_actor()),
        leaders=leader_names(),
        seal=seal_words() if can_manage(current_actor()) else "",
    ), status


@blueprint.post("/choose")
@requires(can_manage)
def choose(slug: str) -> ResponseReturnValue:
    """The list's bar brings the rows ticked there, or the whole view; nothing is submitted yet."""
    event = desk_event(slug)
    if any(request.form.getlist("everything")):
        found = invitee_page(event, InviteeFilter.parse(request.args))
        chosen = [str(row.participation.id) for row in found.chosen]
    else:
        chosen = [one for one in request.form.getlist("ids") if one.isdecimal()]
    if not chosen:
        flash(_("Chưa chọn ai. Hãy đánh dấu ít nhất một dòng rồi trình."), "look")
        return redirect(url_for("invitations.index", slug=slug), 303)
    return _index_page(event, SubmitForm(formdata=None, ids=",".join(chosen)))


@blueprint.post("/submit")
@requires(can_manage)
def submit(slug: str) -> ResponseReturnValue:
    form = SubmitForm()
    if not form.validate_on_submit():
        return _index_page(desk_event(slug), form, 422)
    with unit_of_work():
        event = lock_event(desk_event(slug).id)
        approvals.fall_back(event, by=current_actor(), now=now())
        made = approvals.submit(
            event, by=current_actor(), now=now(), ids=form.chosen,
            routes=form.routes.data or (), note=form.note.data or "",
        )  # fmt: skip
        count = made.letters
    flash(
        ngettext("Đã trình lãnh đạo %(num)s thư.", "Đã trình lãnh đạo %(num)s thư.", count), "done"
    )
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get("/<int:approval_id>")
@requires(can_view_desk)
def approval(slug: str, approval_id: int) -> ResponseReturnValue:
    return _approval_page(desk_event(slug), approval_id)


def _approval_page(
    event: Event, approval_id: int, problem: DomainError | None = None
) -> ResponseReturnValue:
    one = approvals.approval_of(event, approval_id)
    letters = approvals.letters_of(one)
    waiting = one.state == ApprovalState.SUBMITTED
    return render_template(
        "invitations/approval.html",
        event=event,
        approval=one,
        letters=letters,
        changes=agreed_changes(event, letters[0]) if letters and waiting else None,
        unchanged=not waiting or approvals.is_unchanged(event, one),
        may_approve=can_approve(current_actor()),
        may_manage=can_manage(current_actor()),
        problem=problem,
        leaders=leader_names(),
        form=ApproveForm(formdata=None),
    ), (problem.status if problem else 200)


@blueprint.route("/<int:approval_id>/approve", methods=["GET", "POST"])
@requires(can_approve)
def approve(slug: str, approval_id: int) -> ResponseReturnValue:
    """GET is the first tap's page: what will be approved; POST is the second."""
    event = desk_event(slug)
    one = approvals.approval_of(event, approval_id)
    form = ApproveForm()
    if form.validate_on_submit():
        try:
            with unit_of_work():
                one = approvals.approval_of(lock_event(desk_event(slug).id), approval_id)
                count = approvals.approve(
                    one, mark=form.mark.data or "", by=current_actor(), now=now()
                )
        except (approvals.ContentChanged, approvals.AlreadyDecided) as refusal:
            return _approval_page(desk_event(slug), approval_id, refusal)
        flash(ngettext("Đã duyệt %(num)s thư.", "Đã duyệt %(num)s thư.", count), "done")
        return redirect(url_for(".approval", slug=slug, approval_id=approval_id), 303)
    if one.state != ApprovalState.SUBMITTED:
        return redirect(url_for(".approval", slug=slug, approval_id=approval_id), 303)
    return render_template(
        "invitations/approval_confirm.html", event=event, approval=one,
        form=ApproveForm(formdata=None, mark=one.digest),
    )  # fmt: skip


@blueprint.route("/<int:approval_id>/return", methods=["GET", "POST"])
@requires(can_approve)
def give_back(slug: str, approval_id: int) -> ResponseReturnValue:
    event = desk_event(slug)
    one = approvals.approval_of(event, approval_id)
    form = ReturnForm()
    if form.validate_on_submit():
        with unit_of_work():
            one = approvals.approval_of(lock_event(desk_event(slug).id), approval_id)
            approvals.give_back(one, sentence=form.sentence.data, by=current_actor(), now=now())
        flash(_("Đã trả lại. Bàn đăng ký nhận được ý kiến qua thư."), "done")
        return redirect(url_for(".approval", slug=slug, approval_id=approval_id), 303)
    if one.state != ApprovalState.SUBMITTED:
        return redirect(url_for(".approval", slug=slug, approval_id=approval_id), 303)
    page = render_template("invitations/approval_return.html", event=event, approval=one, form=form)
    return page, (422 if form.errors else 200)


@blueprint.post("/<int:approval_id>/take-back")
@requires(can_manage)
def take_back(slug: str, approval_id: int) -> ResponseReturnValue:
    with unit_of_work():
        one = approvals.approval_of(lock_event(desk_event(slug).id), approval_id)
        approvals.take_back(one, by=current_actor(), now=now())
    flash(_("Đã rút lại. Các thư là bản nháp, sửa xong thì trình lại."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get("/<int:approval_id>.pdf")
@requires(can_view_desk)
def paper(slug: str, approval_id: int) -> Response:
    """Every letter of the submission, made of the words that were frozen."""
    return _file(letters_pdf(_frozen(slug, approval_id)), "application/pdf")


@blueprint.get("/<int:approval_id>.png")
@requires(can_view_desk)
def picture(slug: str, approval_id: int) -> Response:
    """The first letter's page."""
    return _file(first_page(letters_pdf(_frozen(slug, approval_id)[:1])), "image/png")


def _frozen(slug: str, approval_id: int) -> list[Any]:
    one: Approval = approvals.approval_of(desk_event(slug), approval_id)
    letters = approvals.letters_of(one)
    if not letters:
        raise approvals.NotFound(_("Các thư của lần trình này đã được trình lại ở lần sau."))
    return [from_content(letter.content) for letter in letters]


def _file(content: bytes, kind: str) -> Response:
    name = "Giay-moi-trinh.pdf" if kind.endswith("pdf") else "Giay-moi-trinh.png"
    return Response(
        content, mimetype=kind, headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


from app.invitations import approval_desk  # noqa: E402, F401 - it has views
