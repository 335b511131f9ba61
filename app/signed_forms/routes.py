"""The desk's review of signed forms: what came, the picture beside the entry, the decision."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

import app.signed_forms.models  # noqa: F401 - the tables
from app.audit.services import history_of
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.look import url_with
from app.core.policies import can_manage, can_view_desk
from app.events.models import Event
from app.registration.errors import SamePersonStands
from app.registration.history import history_lines
from app.signed_forms import queries, review
from app.signed_forms.errors import SeenMeanwhile
from app.signed_forms.forms import TONES, ReviewForm
from app.signed_forms.pages import changing_event, common, desk_event
from app.signed_forms.pictures import picture_answer
from app.signed_forms.queries import FormRow
from app.signed_forms.rules import IN_HAND, FormState
from app.signed_forms.words import SOURCE_WORDS, TAB_WORDS

blueprint = Blueprint("signed_forms", __name__, url_prefix="/desk/events/<slug>/signed-forms")
QUERY_MAX = 100
TO_DECIDE = (FormState.DOUBTFUL, FormState.RECEIVED)


@blueprint.get("")
@requires(can_view_desk)
def index(slug: str) -> ResponseReturnValue:
    event = desk_event(slug)
    tab = request.args.get("tab", "")
    q = " ".join(request.args.get("q", "").split())[:QUERY_MAX]
    chosen = tab if tab in queries.TABS else "doubtful"
    found = queries.form_page(event, chosen, q, request.args.get("page", 1, type=int))
    tabs = [
        {
            "label": word,
            "url": url_with(tab=None if name == "doubtful" else name, page=None),
            "count": found.counts[name],
            "active": name == chosen,
        }
        for name, word in TAB_WORDS.items()
    ]
    return render_template(
        "signed_forms/index.html",
        **common(event),
        found=found,
        tab=chosen,
        tabs=tabs,
        q=q,
        per_page=queries.PER_PAGE,
    )


@blueprint.get("/<int:form_id>")
@requires(can_view_desk)
def detail(slug: str, form_id: int) -> ResponseReturnValue:
    event = desk_event(slug)
    row = queries.form_of(event, form_id)
    return _page(event, row, ReviewForm(formdata=None))


@blueprint.post("/<int:form_id>")
@requires(can_manage)
def decide(slug: str, form_id: int) -> ResponseReturnValue:
    form = ReviewForm()
    refuses = request.form.get("do") == "refuse"
    event = desk_event(slug)
    before = queries.form_of(event, form_id).state
    if form.may_refuse() if refuses else form.may_accept():
        try:
            with unit_of_work():
                event = changing_event(slug)
                _decide(event, form_id, form, refuses)
        except SamePersonStands as error:
            form.form_errors.append(str(error))
        except SeenMeanwhile as error:
            flash(str(error), "look")
            return redirect(url_for(".detail", slug=slug, form_id=form_id), 303)
        else:
            flash(
                _("Đã yêu cầu đơn vị gửi lại bản ký.") if refuses else _("Đã duyệt bản ký."),
                "toast",
            )
            return redirect(_next_one(slug, before), 303)
    event = desk_event(slug)
    return _page(event, queries.form_of(event, form_id), form), 422


def _decide(event: Event, form_id: int, form: ReviewForm, refuses: bool) -> None:
    by, seen = current_actor(), form.mark.data
    if refuses:
        sentence = form.sentence.data or ""
        review.refuse(event, form_id, seen=seen, sentence=sentence, by=by, now=now())
    else:
        review.accept(
            event, form_id, seen=seen, by=by, now=now(),
            full_name=form.name_on_paper, position=form.position_on_paper,
        )  # fmt: skip


def _next_one(slug: str, state: str) -> str:
    """The next of those that wait as the one just decided did; the list when none is left."""
    event = desk_event(slug)
    for one in (state, FormState.DOUBTFUL):
        left = queries.waiting_ids(event, one) if one in TO_DECIDE else []
        if left:
            return url_for(".detail", slug=slug, form_id=left[0])
    return url_for(".index", slug=slug)


def _page(event: Event, row: FormRow, form: ReviewForm) -> str:
    upload, registration = row.form, row.form.registration
    form.mark.data = review.mark_of_review(row, registration)
    line = queries.waiting_ids(event, row.state) if row.state in TO_DECIDE else []
    place = line.index(upload.id) if upload.id in line else None
    others = [one for one in queries.forms_of(registration) if one.form.id != upload.id]
    return render_template(
        "signed_forms/detail.html",
        **common(event),
        row=row,
        upload=upload,
        registration=registration,
        participation=upload.participation,
        form=form,
        tones=TONES,
        others=others,
        line=line,
        place=place,
        history=history_lines(history_of(("registration", registration.id))),
        source=SOURCE_WORDS.get(upload.source, upload.source),
        may_accept=row.state in TO_DECIDE,
        may_refuse=row.state in IN_HAND,
    )


@blueprint.get("/<int:form_id>/pages/<int:number>.jpg")
@requires(can_view_desk)
def picture(slug: str, form_id: int, number: int) -> ResponseReturnValue:
    return picture_answer(queries.form_of(desk_event(slug), form_id).form, number)


@blueprint.post("/<int:form_id>/pages/<int:number>/turn")
@requires(can_manage)
def turn(slug: str, form_id: int, number: int) -> ResponseReturnValue:
    with unit_of_work():
        review.turn_page(changing_event(slug), form_id, number, by=current_actor(), now=now())
    address = url_for(".detail", slug=slug, form_id=form_id, _anchor=f"page-{number}")
    return redirect(address, 303)


@blueprint.post("/accept")
@requires(can_manage)
def accept_matched(slug: str) -> ResponseReturnValue:
    """Several at once, of those whose code named the entry."""
    everything = any(request.form.getlist("everything"))
    ids = [int(one) for one in request.form.getlist("ids") if one.isascii() and one.isdigit()]
    if not everything and not ids:
        flash(_("Chưa chọn bản nào. Hãy đánh dấu ít nhất một dòng rồi duyệt."), "look")
        return redirect(url_for(".index", slug=slug, tab="received"), 303)
    with unit_of_work():
        count = review.accept_matched(
            changing_event(slug), None if everything else ids, by=current_actor(), now=now()
        )
    flash(ngettext("Đã duyệt %(num)s bản ký.", "Đã duyệt %(num)s bản ký.", count), "done")
    return redirect(url_for(".index", slug=slug, tab="received"), 303)


from app.signed_forms import upload_routes  # noqa: E402, F401 - views of this blueprint
