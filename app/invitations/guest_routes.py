"""Guests without a unit, and names for the units that are invited. Views of `invitations`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.filters import phone_display
from app.core.policies import can_manage
from app.events.models import Event
from app.events.queries import guest_seats, lock_event
from app.events.services import ensure_editable
from app.invitations import guests
from app.invitations.changes import Change
from app.invitations.desk_actions import letter_words
from app.invitations.guest_forms import (
    EndForm,
    GridRow,
    GuestForm,
    Pasted,
    PasteForm,
    grid,
    paste_into,
    take_typed,
)
from app.invitations.queries import letter_out
from app.invitations.routes import blueprint, desk_event
from app.registration.desk_services import mark_of
from app.registration.forms import HONORIFICS
from app.registration.guests import add_guest as add_new_guest
from app.registration.history import name_of
from app.registration.models import Registration
from app.registration.rules import State

BASE = "/desk/events/<slug>/invitations"


# ---------------------------------------------------------------- guests


@blueprint.route(f"{BASE}/guests/new", methods=["GET", "POST"])
@requires(can_manage)
def add_guest(slug: str) -> Any:
    event = desk_event(slug)
    form = GuestForm()
    if form.validate_on_submit():
        try:
            with unit_of_work():
                added = add_new_guest(event.id, form.guest(), by=current_actor(), now=now())
        except DomainError as refusal:
            return _guest_page(desk_event(slug), form, None, refusal), 409
        return _done(slug, _("Đã thêm %(name)s.", name=_guest_name(added)))
    return _guest_page(event, form, None), 422 if form.errors else 200


@blueprint.route(f"{BASE}/guests/<int:participation_id>", methods=["GET", "POST"])
@requires(can_manage)
def edit_guest(slug: str, participation_id: int) -> Any:
    event = desk_event(slug)
    registration = guests.guest_of(event, participation_id)
    form = GuestForm(data=_stored(registration))
    if form.validate_on_submit():
        try:
            with unit_of_work():
                one = guests.guest_of(desk_event(slug), participation_id)
                change = guests.edit_guest(
                    one, form.guest(), mark=form.mark.data, by=current_actor(), now=now()
                )
        except DomainError as refusal:
            event = desk_event(slug)
            registration = guests.guest_of(event, participation_id)
            return _guest_page(event, form, registration, refusal), 409
        done = _("Đã lưu %(name)s.", name=_guest_name(change.registration))
        return _done(slug, done + letter_words(change))
    return _guest_page(event, form, registration), 422 if form.errors else 200


@blueprint.route(f"{BASE}/guests/<int:participation_id>/remove", methods=["GET", "POST"])
@requires(can_manage)
def remove_guest(slug: str, participation_id: int) -> Any:
    event = desk_event(slug)
    registration = guests.guest_of(event, participation_id)
    form, problem = EndForm(), None
    if form.validate_on_submit():
        try:
            with unit_of_work():
                one = guests.guest_of(desk_event(slug), participation_id)
                change = guests.remove_guest(
                    one, mark=form.mark.data, reason=form.reason.data,
                    by=current_actor(), now=now(),
                )  # fmt: skip
        except DomainError as refusal:
            problem, event = refusal, desk_event(slug)
            registration = guests.guest_of(event, participation_id)
        else:
            done = _("Không mời %(name)s nữa.", name=_guest_name(change.registration))
            return _done(slug, done + letter_words(change))
    form.mark.data = mark_of(registration)
    page = render_template(
        "invitations/guest_remove.html",
        event=event,
        form=form,
        problem=problem,
        registration=registration,
        participation=registration.participation,
        name=_guest_name(registration),
        letter=letter_out(registration),
    )
    return page, 409 if problem else 422 if form.errors else 200


def _stored(one: Registration) -> dict[str, Any]:
    unit = one.participation
    return {
        "role": unit.kind, "organisation": unit.name, "full_name": one.full_name,
        "position": one.position, "phone": phone_display(one.phone), "email": one.email,
        "address_as": one.honorific or "",
    }  # fmt: skip


def _guest_page(
    event: Event,
    form: GuestForm,
    registration: Registration | None,
    problem: DomainError | None = None,
) -> str:
    form.mark.data = mark_of(registration) if registration else ""
    used = event.planned_seats + guest_seats(event.id)
    return render_template(
        "invitations/guest.html",
        event=event,
        form=form,
        registration=registration,
        problem=problem,
        letter=letter_out(registration) if registration else None,
        room=event.hall_seats - used if event.hall_seats else None,
    )


def _guest_name(registration: Registration) -> str:
    unit = registration.participation.name
    return registration.full_name or _("Đại diện Lãnh đạo %(unit)s", unit=unit)


def _done(slug: str, sentence: str) -> Any:
    flash(sentence, "done")
    return redirect(url_for("invitations.index", slug=slug, route="guest"), 303)


# ---------------------------------------------------------------- names of invited units


@blueprint.get(f"{BASE}/representatives")
@requires(can_manage)
def representatives(slug: str) -> Any:
    event = desk_event(slug)
    return _grid_page(event, grid(guests.invited_units(event)), PasteForm(formdata=None))


@blueprint.post(f"{BASE}/representatives")
@requires(can_manage)
def save_representatives(slug: str) -> Any:
    """Names for several units at once: all of them, or none and the sentences why."""
    form = PasteForm()
    valid = form.validate_on_submit()
    with unit_of_work():
        event = lock_event(desk_event(slug).id)
        ensure_editable(event)
        rows = grid(guests.invited_units(event))
        changed = take_typed(rows, request.form)
        if not valid or any(row.errors for row in changed):
            return _grid_page(event, rows, form), 422
        try:
            done = [_name(row) for row in changed]
        except _Refused as refused:
            refused.row.errors["full_name"] = str(refused.why)
    if any(row.errors for row in changed):
        return _grid_page(desk_event(slug), rows, form), 409
    flash(_saved_words([one for one in done if one is not None]), "done" if done else "ended")
    return redirect(url_for("invitations.representatives", slug=slug), 303)


@blueprint.post(f"{BASE}/representatives/paste")
@requires(can_manage)
def paste_representatives(slug: str) -> Any:
    """Pasted cells go into the grid to be looked over; nothing is stored."""
    event, form = desk_event(slug), PasteForm()
    rows = grid(guests.invited_units(event))
    pasted = None
    if form.validate_on_submit():
        pasted = paste_into(rows, form.pasted.data or "")
    return _grid_page(event, rows, form, pasted), 422 if form.errors else 200


class _Refused(Exception):
    def __init__(self, row: GridRow, why: DomainError) -> None:
        self.row, self.why = row, why
        super().__init__(str(why))


def _name(row: GridRow) -> Change | None:
    try:
        return guests.name_representative(row.named, by=current_actor(), now=now())
    except DomainError as refusal:
        raise _Refused(row, refusal) from refusal


def _saved_words(changes: Sequence[Change]) -> str:
    """What was saved, and what became of seats and letters."""
    if not changes:
        return _("Không có gì thay đổi.")
    words = [
        ngettext("Đã ghi %(num)s đơn vị.", "Đã ghi %(num)s đơn vị.", len(changes)),
    ]
    replaced = sum(one.registration.replaces_id is not None and one.created for one in changes)
    if replaced:
        words.append(
            ngettext(
                "%(num)s nơi đổi người: mã cũ không còn dùng được.",
                "%(num)s nơi đổi người: mã cũ không còn dùng được.",
                replaced,
            )
        )
    sent = sum(one.letter == "sent" for one in changes)
    if sent:
        words.append(
            ngettext(
                "%(num)s giấy mời đã gửi nay hủy, giấy mời mới đã xếp vào thư gửi đơn vị.",
                "%(num)s giấy mời đã gửi nay hủy, giấy mời mới đã xếp vào thư gửi đơn vị.",
                sent,
            )
        )
    unsent = sum(one.letter in ("without_address", "not_ready") for one in changes)
    if unsent:
        words.append(
            ngettext(
                "%(num)s giấy mời mới cần Sở gửi hoặc in.",
                "%(num)s giấy mời mới cần Sở gửi hoặc in.",
                unsent,
            )
        )
    waiting = [one for one in changes if one.registration.state == State.WAITLISTED]
    if waiting:
        words.append(
            _(
                "Hết chỗ, vào danh sách chờ: %(names)s.",
                names=", ".join(name_of(one.registration.full_name) for one in waiting),
            )
        )
    return " ".join(words)


def _grid_page(
    event: Event, rows: Sequence[GridRow], form: PasteForm, pasted: Pasted | None = None
) -> str:
    return render_template(
        "invitations/representatives.html",
        event=event,
        rows=rows,
        form=form,
        pasted=pasted,
        honorifics=("", *HONORIFICS),
        unnamed=sum(row.standing is None or not row.standing.full_name for row in rows),
        wrong=[row for row in rows if row.errors],
    )
