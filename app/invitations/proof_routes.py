"""The desk's table of whom a letter has not reached, and closing a line by telephone."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.forms import BaseForm
from app.core.look import url_with
from app.core.policies import can_manage, can_see_contacts, can_view_desk
from app.events.models import Event
from app.events.queries import lock_event
from app.invitations.answers import withdraw_declined
from app.invitations.proof import NOTE_MAX, note_told, undo_told
from app.invitations.proof_queries import (
    TABS,
    ProofRow,
    letter_of_event,
    proof_rows,
    tab_counts,
)
from app.invitations.proof_rules import DAYS, USUAL_DAYS, Reach
from app.invitations.routes import blueprint, desk_event
from app.mail.reasons import reason_for

PAGE_SIZE = 50
TAB_WORDS = {
    "call": _l("Cần báo"),
    "no_address": _l("Thiếu địa chỉ"),
    "failed": _l("Gửi lỗi"),
    "bounced": _l("Bị trả lại"),
    "unopened": _l("Chưa mở"),
    "no_answer": _l("Chưa trả lời"),
    "answered": _l("Không dự"),
    "yes": _l("Sẽ dự"),
    "told": _l("Đã báo"),
    "all": _l("Tất cả"),
}


class ToldForm(BaseForm):
    note = TextAreaField(
        _l("Ghi chú"),
        validators=[Length(max=NOTE_MAX, message=_l("Ghi chú dài quá 1.000 chữ."))],
        render_kw={"rows": 3},
    )
    back = HiddenField()


@blueprint.get("/desk/events/<slug>/invitations/proof")
@requires(can_view_desk)
def proof(slug: str) -> str:
    event = desk_event(slug)
    tab = request.args.get("tab", "call")
    tab = tab if tab in TABS else "call"
    days = request.args.get("days", USUAL_DAYS, type=int)
    days = days if days in DAYS else USUAL_DAYS
    everybody = proof_rows(event, now=now(), days=days, q=request.args.get("q", ""))
    counts = tab_counts(everybody)
    rows = [row for row in everybody if row.reach in TABS[tab]]
    last = max(1, -(-len(rows) // PAGE_SIZE))
    page = min(max(1, request.args.get("page", 1, type=int) or 1), last)
    return render_template(
        "invitations/proof.html",
        event=event,
        tab=tab,
        tab_items=_tab_items(tab, counts),
        rows=rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        total=len(rows),
        page=page,
        per_page=PAGE_SIZE,
        days=days,
        day_items=_day_items(days),
        q=request.args.get("q", ""),
        reached=sum(counts[name] for name in ("no_answer", "answered", "yes", "told")),
        everybody=counts["all"],
        sees_contacts=can_see_contacts(current_actor()),
        manages=can_manage(current_actor()),
        **_words(),
    )


def _tab_items(tab: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": word,
            "url": url_with(tab=None if name == "call" else name, page=None),
            "count": counts[name],
            "active": name == tab,
        }
        for name, word in TAB_WORDS.items()
    ]


def _day_items(chosen: int) -> list[dict[str, Any]]:
    return [
        {
            "label": _("%(n)s ngày", n=one),
            "url": url_with(days=None if one == USUAL_DAYS else one, page=None),
            "active": one == chosen,
        }
        for one in DAYS
    ]


def _words() -> dict[str, Any]:
    return {
        "Reach": Reach,
        "why": _why,
    }


def _why(row: ProofRow) -> str:
    """Why it did not reach anybody, in words."""
    reason = reason_for(row.error_code) if row.reach in (Reach.FAILED, Reach.BOUNCED) else None
    return str(reason.sentence) if reason is not None else ""


@blueprint.route(
    "/desk/events/<slug>/invitations/proof/<int:invitation_id>", methods=["GET", "POST"]
)
@requires(can_manage)
def proof_call(slug: str, invitation_id: int) -> ResponseReturnValue:
    """One letter's way, whom to call, and "đã báo qua điện thoại"."""
    event = desk_event(slug)
    form = ToldForm()
    if form.validate_on_submit():
        with unit_of_work():
            letter = letter_of_event(lock_event(event.id), invitation_id)
            first = note_told(letter, form.note.data, by=current_actor(), now=now())
            who, told_by = letter.registration.participation.name, letter.told_by
        if first:
            flash(_("Đã ghi: đã báo %(unit)s qua điện thoại.", unit=who), "done")
        else:
            flash(_("%(by)s đã ghi trước. Ghi chú đó giữ nguyên.", by=told_by), "look")
        return redirect(_back(slug), 303)
    row = _row_of(event, invitation_id)
    page = render_template(
        "invitations/proof_call.html", event=event, row=row, letter=row.invitation, form=form,
        back=_tab(form.back.data or request.args.get("tab")), **_words(),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _row_of(event: Event, invitation_id: int) -> ProofRow:
    letter = letter_of_event(event, invitation_id)
    rows = proof_rows(event, now=now(), ids={letter.registration.participation_id})
    return next(one for one in rows if one.invitation and one.invitation.id == letter.id)


def _tab(name: str | None) -> str | None:
    return name if name in TABS else None


def _back(slug: str) -> str:
    return url_for("invitations.proof", slug=slug, tab=_tab(request.form.get("back")))


@blueprint.post("/desk/events/<slug>/invitations/proof/<int:invitation_id>/undo")
@requires(can_manage)
def proof_undo(slug: str, invitation_id: int) -> ResponseReturnValue:
    event = desk_event(slug)
    with unit_of_work():
        letter = letter_of_event(lock_event(event.id), invitation_id)
        undo_told(letter, by=current_actor(), now=now())
        who = letter.registration.participation.name
    flash(_("Đã bỏ ghi “đã báo” của %(unit)s.", unit=who), "done")
    return redirect(_back(slug), 303)


@blueprint.post("/desk/events/<slug>/invitations/proof/<int:invitation_id>/withdraw")
@requires(can_manage)
def proof_withdraw(slug: str, invitation_id: int) -> ResponseReturnValue:
    """One click for a delegate who answered that they cannot come: seat, letter and mails follow."""
    event = desk_event(slug)
    try:
        with unit_of_work():
            letter = letter_of_event(lock_event(event.id), invitation_id)
            who = letter.registration.participation.name
            change = withdraw_declined(letter, by=current_actor(), now=now())
            following = change.following
            next_unit = following.participation.name if following is not None else None
    except DomainError as refusal:
        if refusal.status != 409:
            raise
        flash(str(refusal), "look")
        return redirect(url_for("invitations.proof", slug=slug, tab="answered"), 303)
    done = _("Đã rút đăng ký của %(unit)s, giấy mời hết hiệu lực.", unit=who)
    if next_unit:
        done += " " + _("Chỗ chuyển cho %(unit)s.", unit=next_unit)
    flash(done, "done")
    return redirect(url_for("invitations.proof", slug=slug, tab="answered"), 303)
