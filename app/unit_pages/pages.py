"""Drawing the unit's page in its states: form, standing entry, conflict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from sqlalchemy import select

from app.audit.services import history_of
from app.core.clock import now
from app.core.errors import DomainError
from app.events.models import Event, Participation
from app.events.rules import Route, accepts_entries, has_ended
from app.extensions import db
from app.invitations.pages import unit_letter
from app.registration import services
from app.registration.errors import LinkNotFound, MoveRefused
from app.registration.forms import DelegateForm, LateForm
from app.registration.models import Registration
from app.registration.rules import ACTIVE, State, effective_cutoff, is_late
from app.registration.seats import waiting_place
from app.signed_forms.queries import form_state
from app.unit_pages.links import participation_of
from app.unit_pages.messages import cutoff_in_words, ready_messages
from app.unit_pages.request_panel import request_panel
from app.unit_pages.scan_panel import signed_form_panel
from app.unit_pages.steps import progress
from app.units.papers import suggested_positions

# What a unit sees of its own history; the rest of the log is the desk's.
HISTORY_WORDS = {
    "link.opened": _l("Mở đường dẫn lần đầu"),
    "registration.received": _l("Ghi nhận đăng ký"),
    "registration.replaced": _l("Đổi người dự thành"),
    "registration.amended": lazy_pgettext("history", "Sửa thông tin"),
    "registration.promoted": _l("Chuyển từ danh sách chờ sang có chỗ"),
    "registration.late_accepted": _l("Sở nhận đề nghị bổ sung"),
    "registration.withdrawn": _l("Rút đăng ký"),
    "registration.rejected": _l("Sở không nhận đăng ký"),
    "signed_form.received": _l("Sở nhận bản ký, mã vuông khớp"),
    "signed_form.doubtful": _l("Sở nhận bản ký, cần xem"),
    "signed_form.accepted": _l("Sở duyệt bản ký"),
    "signed_form.refused": _l("Sở yêu cầu gửi lại bản ký"),
    "request.replace_asked": _l("Đơn vị đề nghị đổi người dự thành"),
    "request.withdraw_asked": _l("Đơn vị đề nghị rút đăng ký"),
    "request.accepted": _l("Sở duyệt đề nghị"),
    "request.refused": _l("Sở không nhận đề nghị"),
    "request.taken_back": _l("Đơn vị rút lại đề nghị"),
    "invitation.sent": _l("Sở gửi giấy mời"),
    "invitation.voided": _l("Giấy mời đã gửi hết hiệu lực"),
}


def _cutoff(participation: Participation) -> Any:
    return effective_cutoff(participation.event.cutoff_at, participation.cutoff_at)


def _is_late(participation: Participation) -> bool:
    return is_late(now(), _cutoff(participation))


def _is_over(event: Event) -> bool:
    return has_ended(event.starts_at, event.ends_at, event.valid_on, now())


def form_for(participation: Participation) -> DelegateForm:
    return LateForm() if _is_late(participation) else DelegateForm()


def blank_form(participation: Participation) -> DelegateForm:
    return (LateForm if _is_late(participation) else DelegateForm)(formdata=None)


def render(view: str, secret: str, participation: Participation, **values: Any) -> Any:
    event: Event = participation.event
    return render_template(
        f"unit_pages/{view}.html",
        secret=secret,
        participation=participation,
        event=event,
        contact=event.contact,
        cutoff_at=_cutoff(participation),
        is_late=_is_late(participation),
        accepts=accepts_entries(event.state, event.opens_at, now()) and not _is_over(event),
        is_over=_is_over(event),
        now=now(),
        **values,
    )


def form_page(
    secret: str,
    participation: Participation,
    form: DelegateForm,
    *,
    standing: Registration | None = None,
    refusal: DomainError | None = None,
    status: int = 200,
    positions: Sequence[str] | None = None,
    server_now: str | None = None,
) -> Any:
    """``positions`` are given for the form of all units without entries; ``server_now`` as in
    `standing_page`."""
    ended = None if standing or positions is not None else _last_ended(participation)
    page = render(
        "form",
        secret,
        participation,
        form=form,
        registration=standing,
        ended=ended,
        requests=request_panel(participation, None) if ended else None,
        refusal=refusal,
        positions=positions or suggested_positions(participation.kind, participation.name),
        server_now=server_now,
    )
    return page, (refusal.status if refusal else status)


def _last_ended(participation: Participation) -> Registration | None:
    return db.session.scalar(
        select(Registration)
        .where(
            Registration.participation_id == participation.id,
            Registration.state.in_([State.WITHDRAWN, State.REJECTED]),
        )
        .order_by(Registration.id.desc())
        .limit(1)
    )


def standing_page(
    secret: str,
    participation: Participation,
    standing: Registration,
    *,
    server_now: str | None = None,
) -> Any:
    """``server_now``: what stands for the clock in a page that is kept."""
    place = waiting_place(standing) if standing.state == State.WAITLISTED else None
    letter = unit_letter(standing) if standing.state == State.CONFIRMED else None
    signed_form = signed_form_panel(form_state(standing))
    by_form = participation.route == Route.REGISTRATION or signed_form["form"] is not None
    way = progress(standing.state, signed_form["state"], letter is not None, by_form=by_form)
    cutoff_at, late = _cutoff(participation), _is_late(participation)
    words = cutoff_in_words(participation.event, cutoff_at)
    return render(
        "standing",
        secret,
        participation,
        registration=standing,
        requests=request_panel(participation, standing, has_letter=letter is not None),
        place=place,
        letter=letter,
        signed_form=signed_form,
        progress=way,
        cutoff_words=words,
        messages=ready_messages(
            participation, standing, way, cutoff_words=words, cutoff_over=late, place=place,
            letter=letter,
        ),
        history=_history(participation),
        history_words=HISTORY_WORDS,
        server_now=server_now,
    )  # fmt: skip


def _history(participation: Participation) -> Any:
    ids = db.session.scalars(
        select(Registration.id).where(Registration.participation_id == participation.id)
    ).all()
    things = [("registration", one) for one in ids] + [("participation", participation.id)]
    return history_of(*things, limit=30)


def conflict_page(secret: str, standing_id: int, form: DelegateForm) -> Any:
    """Another clerk was quicker: keep that person, or put this one in."""
    participation = participation_of(secret)
    standing = db.session.get_one(Registration, standing_id)
    if standing.state not in ACTIVE:
        raise MoveRefused()
    return render("conflict", secret, participation, registration=standing, form=form), 409


def form_again(secret: str, refusal: DomainError, changing: bool = False) -> Any:
    """A refusal after validation: the same form, everything typed still there, and the sentence."""
    db.session.rollback()
    if isinstance(refusal, LinkNotFound | MoveRefused):
        raise refusal
    participation = participation_of(secret)
    form = DelegateForm() if changing else form_for(participation)
    standing = None
    if changing:
        found = services.active_of(participation.id)
        standing = found[0] if found else None
    return form_page(secret, participation, form, standing=standing, refusal=refusal)
