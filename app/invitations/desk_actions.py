"""What the desk does to one entry, its letter with it: each on a page that names the person.

Views of the blueprint `desk_registrations`; they stand here because a letter may die of it.

Every page posts the state it showed (`mark`); when that changed meanwhile nothing is done and
the page says so (two clerks at once).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.filters import phone_display
from app.core.forms import BaseForm
from app.core.policies import can_manage
from app.events.errors import EventStateRefused, SeatsRefused
from app.events.models import Event
from app.invitations import changes
from app.invitations.changes import Change
from app.invitations.queries import letter_out
from app.registration import desk_services, queries, services
from app.registration.desk_forms import (
    AcceptForm,
    PersonForm,
    PromoteForm,
    ReasonForm,
    RefuseForm,
)
from app.registration.desk_routes import blueprint, changing_event, common, desk_event, may_change
from app.registration.errors import MoveRefused, SeatsFull
from app.registration.history import name_of
from app.registration.models import Registration
from app.registration.queries import Row
from app.registration.rules import ACTIVE, State


@dataclass(frozen=True)
class Action:
    """One decision. ``work`` runs in the unit of work → (entry to show next, what was done)."""

    states: frozenset[State]
    form: type[BaseForm]
    title: Callable[[str], str]
    button: Callable[[str], str]
    work: Callable[[Row, Any], tuple[int, str]]
    is_red: bool = False


def _replace(row: Row, form: Any) -> tuple[int, str]:
    old = name_of(row.registration.full_name)
    change = changes.replace_delegate(
        row.registration, row.participation, form.entry(),
        by=current_actor(), now=now(), reason=form.reason.data,
    )  # fmt: skip
    return change.registration.id, replaced_words(change, old)


def replaced_words(change: Change, old: str) -> str:
    """What a replacement did, for the clerk."""
    new = name_of(change.registration.full_name)
    if not change.created:
        return _("Vẫn là %(name)s, đã sửa thông tin.", name=new) + letter_words(change)
    done = _(
        "Đã đổi người dự: %(old)s thay bằng %(new)s. Mã cũ không còn dùng được.", old=old, new=new
    )
    return done + letter_words(change)


def _edit(row: Row, form: Any) -> tuple[int, str]:
    change = changes.amend_delegate(
        row.registration, row.participation, form.entry(),
        by=current_actor(), now=now(), reason=form.reason.data,
    )  # fmt: skip
    done = _("Đã sửa thông tin của %(name)s.", name=name_of(row.registration.full_name))
    return row.registration.id, done + letter_words(change)


def letter_words(change: Change) -> str:
    """What became of the letter that was out, with a blank in front; "" when nothing did."""
    sentence = {
        "sent": _("Giấy mời cũ đã hủy, giấy mời mới đã xếp vào thư gửi đơn vị."),
        "without_address": _("Giấy mời cũ đã hủy. Đơn vị chưa có thư điện tử: hãy in giấy mới."),
        "not_ready": _("Giấy mời cũ đã hủy. Giấy mời mới chờ trình, duyệt và cấp số."),
        "void": _("Giấy mời đã gửi không còn hiệu lực."),
    }.get(change.letter)
    return f" {sentence}" if sentence else ""


def ended_words(change: Change, done: str) -> str:
    """`done`, and who got the seat."""
    done += letter_words(change)
    if change.following is None:
        return done
    return f"{done} " + _(
        "Chỗ này chuyển cho %(name)s (%(unit)s).",
        name=name_of(change.following.full_name),
        unit=change.following.participation.name,
    )


def _withdraw(row: Row, form: Any) -> tuple[int, str]:
    change = changes.withdraw_delegate(
        row.registration, row.participation, by=current_actor(), now=now(), reason=form.reason.data
    )
    done = _("Đã rút đăng ký của %(name)s.", name=name_of(row.registration.full_name))
    return row.registration.id, ended_words(change, done)


def _reject(row: Row, form: Any) -> tuple[int, str]:
    change = changes.reject_delegate(
        row.registration, row.participation,
        by=current_actor(), now=now(), sentence=form.reason.data,
    )  # fmt: skip
    done = _(
        "Không nhận %(name)s. Câu trả lời đã xếp vào thư gửi đơn vị.",
        name=name_of(row.registration.full_name),
    )
    return row.registration.id, ended_words(change, done)


def _promote(row: Row, form: Any) -> tuple[int, str]:
    desk_services.promote_one(
        row.registration, row.participation, by=current_actor(), now=now(),
        reason=form.reason.data, open_seat=form.open_seat.data,
    )  # fmt: skip
    return row.registration.id, _(
        "%(name)s đã có chỗ. Thư báo đã xếp vào thư gửi đơn vị.",
        name=name_of(row.registration.full_name),
    )


def _accept(row: Row, form: Any) -> tuple[int, str]:
    outcome = services.accept_late(
        row.registration, row.participation, by=current_actor(), now=now(), reason=form.reason.data
    )
    name = name_of(row.registration.full_name)
    if outcome.place is None:
        return row.registration.id, _("Đã nhận %(name)s: có chỗ.", name=name)
    return row.registration.id, _(
        "Đã nhận %(name)s. Hết chỗ: vào danh sách chờ, thứ %(place)s.",
        name=name, place=outcome.place,
    )  # fmt: skip


ENDING = ("withdraw", "reject")
LATE, WAITING = frozenset({State.LATE}), frozenset({State.WAITLISTED})
ACTIONS: dict[str, Action] = {
    "replace": Action(
        ACTIVE, PersonForm, lambda name: _("Đổi người dự thay %(name)s", name=name),
        lambda name: _("Đổi người dự"), _replace,
    ),
    "edit": Action(
        ACTIVE, PersonForm, lambda name: _("Sửa thông tin của %(name)s", name=name),
        lambda name: _("Lưu thông tin"), _edit,
    ),
    "withdraw": Action(
        ACTIVE, ReasonForm, lambda name: _("Rút đăng ký của %(name)s?", name=name),
        lambda name: _("Rút đăng ký"), _withdraw, is_red=True,
    ),
    "reject": Action(
        ACTIVE, RefuseForm, lambda name: _("Không nhận %(name)s?", name=name),
        lambda name: pgettext("button", "Không nhận"), _reject, is_red=True,
    ),
    "promote": Action(
        WAITING, PromoteForm, lambda name: _("Cấp chỗ cho %(name)s, không theo thứ tự?", name=name),
        lambda name: _("Cấp chỗ"), _promote,
    ),
    "accept": Action(
        LATE, AcceptForm, lambda name: _("Nhận đăng ký quá hạn của %(name)s?", name=name),
        lambda name: _("Nhận đăng ký"), _accept,
    ),
}  # fmt: skip


@blueprint.route(
    f"/registrations/<int:registration_id>/<any({', '.join(ACTIONS)}):action>",
    methods=["GET", "POST"],
)
@requires(can_manage)
def act(slug: str, registration_id: int, action: str) -> ResponseReturnValue:
    event = desk_event(slug)
    row = queries.registration_of(event, registration_id)
    chosen = ACTIONS[action]
    form = _filled(chosen, action, row)
    problem = None
    if form.validate_on_submit():
        try:
            with unit_of_work():
                row = queries.registration_of(changing_event(slug), registration_id)
                desk_services.ensure_as_seen(row.registration, form.mark.data)  # type: ignore[attr-defined]
                shown_id, sentence = chosen.work(row, form)
        except (EventStateRefused, MoveRefused):
            raise
        except DomainError as error:
            if error.status != 409:
                raise
            problem = error
            event = desk_event(slug)
            row = queries.registration_of(event, registration_id)
        else:
            flash(sentence, "done")
            return redirect(url_for(".detail", slug=slug, registration_id=shown_id))
    allowed = row.registration.state in chosen.states and may_change(event)
    if not allowed and problem is None:
        flash(_("Đăng ký này nay không làm việc đó được nữa. Hãy xem trạng thái mới."), "look")
        return redirect(url_for(".detail", slug=slug, registration_id=registration_id))
    return _page(event, row, action, form, problem, allowed), 409 if problem else 200


def _filled(chosen: Action, action: str, row: Row) -> BaseForm:
    """The form; "edit" begins with what is stored."""
    one = row.registration
    stored: dict[str, Any] = {}
    if action == "edit":
        stored = {
            "full_name": one.full_name, "position": one.position, "email": one.email,
            "phone": phone_display(one.phone), "address_as": one.honorific or "",
        }  # fmt: skip
    return chosen.form(data=stored)


def _page(
    event: Event, row: Row, action: str, form: Any, problem: DomainError | None, allowed: bool
) -> str:
    chosen, name = ACTIONS[action], name_of(row.registration.full_name)
    form.mark.data = desk_services.mark_of(row.registration)
    return render_template(
        "desk_registrations/action.html",
        **common(event),
        row=row,
        action=action,
        title=chosen.title(name),
        button=chosen.button(name),
        is_red=chosen.is_red,
        form=form if allowed else None,
        problem=problem,
        is_seat_problem=isinstance(problem, SeatsFull | SeatsRefused),
        free=queries.free_seats(queries.pools_of(event), row.participation.kind),
        following=following_of(event, row.registration) if action in ENDING else None,
        letter=letter_out(row.registration),
    )


def following_of(event: Event, registration: Registration) -> Row | None:
    """Who gets the seat when this entry ends."""
    if registration.pool_id is None:
        return None
    return queries.next_for_pool(event, queries.pools_of(event), registration.pool_id)
