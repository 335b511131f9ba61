"""The unit's private page (design 6): register, see what was received, change, withdraw.

The link is the key: no account. Works without JavaScript; every POST ends in a redirect,
so that reload and back button repeat nothing.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.audit.services import history_of, record
from app.core.access import Actor, public
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError, NotStored
from app.core.tokens import is_link_secret, link_thing_id
from app.events.models import Event, Participation
from app.events.queries import UNIT_LINK, participation_of_secret
from app.events.rules import Route, accepts_entries
from app.extensions import db
from app.registration import services
from app.registration.errors import LinkNotFound, LinkReplaced, MoveRefused, SomebodyElse
from app.registration.forms import ConfirmForm, DelegateForm, LateForm
from app.registration.models import Registration
from app.registration.rules import ACTIVE, State, effective_cutoff, is_late
from app.registration.seats import waiting_place
from app.units.papers import suggested_positions

blueprint = Blueprint("registration", __name__)

# What a unit sees of its own history; the rest of the log is the desk's.
HISTORY_WORDS = {
    "link.opened": _l("Mở đường dẫn lần đầu"),
    "registration.received": _l("Ghi nhận đăng ký"),
    "registration.replaced": _l("Đổi người dự thành"),
    "registration.amended": _l("Sửa thông tin"),
    "registration.promoted": _l("Chuyển từ danh sách chờ sang có chỗ"),
    "registration.late_accepted": _l("Sở nhận đề nghị bổ sung"),
    "registration.withdrawn": _l("Rút đăng ký"),
    "registration.rejected": _l("Sở không nhận đăng ký"),
    "invitation.sent": _l("Sở gửi giấy mời"),
}


@blueprint.get("/units/<secret>")
@public
def unit_page(secret: str) -> Any:
    participation = _participation(secret)
    _note_opening(participation)
    standing = services.active_of(participation.id)
    if standing:
        return _standing_page(secret, participation, standing[0])
    if participation.route != Route.REGISTRATION:
        return _render("invited_unit", secret, participation)
    return _form_page(secret, participation, _blank_form(participation))


@blueprint.post("/units/<secret>")
@public
def register(secret: str) -> Any:
    participation = _participation(secret)
    form = _form_for(participation)
    if participation.route != Route.REGISTRATION or not form.validate_on_submit():
        return _form_page(secret, participation, form, status=422)
    entry, by = form.entry(), unit_actor(participation)
    try:
        with unit_of_work(keep=True):
            services.register(participation, entry, by=by, now=now())
    except SomebodyElse as conflict:
        return _conflict_page(secret, conflict.standing.id, form)
    except DomainError as refusal:
        return _form_again(secret, refusal)
    return redirect(url_for("registration.unit_page", secret=secret), 303)


@blueprint.route("/units/<secret>/change", methods=["GET", "POST"])
@public
def change(secret: str) -> Any:
    """Another delegate, or a correction; before the cut-off the unit does it itself."""
    if request.method == "GET":
        participation, standing = _participation_and_standing(secret)
        form = DelegateForm(obj=standing)
        return _form_page(secret, participation, form, standing=standing)
    try:
        with unit_of_work():
            participation, standing = _participation_and_standing(secret)
            form = DelegateForm()
            if not form.validate_on_submit():
                return _form_page(secret, participation, form, standing=standing, status=422)
            _ensure_seen(standing)
            services.replace(
                standing, participation, form.entry(), by=unit_actor(participation), now=now()
            )
    except DomainError as refusal:
        return _form_again(secret, refusal, changing=True)
    return redirect(url_for("registration.unit_page", secret=secret), 303)


@blueprint.route("/units/<secret>/withdraw", methods=["GET", "POST"])
@public
def withdraw(secret: str) -> Any:
    form = ConfirmForm()
    if request.method == "POST" and form.validate_on_submit():
        with unit_of_work():
            participation, standing = _participation_and_standing(secret)
            _ensure_seen(standing)
            services.withdraw(standing, participation, by=unit_actor(participation), now=now())
        return redirect(url_for("registration.unit_page", secret=secret, withdrawn=1), 303)
    participation, standing = _participation_and_standing(secret)
    return _render("withdraw", secret, participation, registration=standing, form=form)


def unit_actor(participation: Participation) -> Actor:
    return Actor("unit", participation.code, participation.name, event_id=participation.event_id)


def _participation(secret: str) -> Participation:
    """The unit of this link with its event. Raises LinkNotFound, or LinkReplaced for an older link."""
    thing_id = link_thing_id(secret)
    participation = (
        db.session.scalar(
            select(Participation)
            .where(Participation.id == thing_id)
            .options(joinedload(Participation.event))
        )
        if thing_id is not None
        else None
    )
    if participation is None:
        raise LinkNotFound()
    if participation_of_secret(secret) is None:
        older = range(max(1, participation.link_version - 50), participation.link_version)
        if any(is_link_secret(secret, UNIT_LINK, participation.id, one) for one in older):
            raise LinkReplaced()
        raise LinkNotFound()
    return participation


def _participation_and_standing(secret: str) -> tuple[Participation, Registration]:
    participation = _participation(secret)
    standing = services.active_of(participation.id)
    if not standing:
        raise MoveRefused()
    return participation, standing[0]


def _ensure_seen(standing: Registration) -> None:
    """The person on the screen must be the one changed: two clerks, or an old page."""
    seen = request.form.get("registration_id", "")
    if seen != str(standing.id):
        raise MoveRefused()


def _note_opening(participation: Participation) -> None:
    """Counted once a browser session; the first time is kept for the desk."""
    opened = session.get("opened", [])
    if participation.id in opened:
        return
    session["opened"] = [*opened[-20:], participation.id]
    try:
        with unit_of_work():
            row = db.session.get_one(Participation, participation.id)
            row.open_count += 1
            if row.opened_at is None:
                row.opened_at = now()
                record("link.opened", ("participation", row.id), by=unit_actor(row), now=now(),
                       event_id=row.event_id)
    except NotStored:
        current_app.logger.warning("opening of a unit's page not noted")
    db.session.refresh(participation, ["event"])


def _cutoff(participation: Participation) -> Any:
    return effective_cutoff(participation.event.cutoff_at, participation.cutoff_at)


def _is_late(participation: Participation) -> bool:
    return is_late(now(), _cutoff(participation))


def _form_for(participation: Participation) -> DelegateForm:
    return LateForm() if _is_late(participation) else DelegateForm()


def _blank_form(participation: Participation) -> DelegateForm:
    return (LateForm if _is_late(participation) else DelegateForm)(formdata=None)


def _render(view: str, secret: str, participation: Participation, **values: Any) -> Any:
    event: Event = participation.event
    return render_template(
        f"registration/{view}.html",
        secret=secret,
        participation=participation,
        event=event,
        contact=event.contact,
        cutoff_at=_cutoff(participation),
        is_late=_is_late(participation),
        accepts=accepts_entries(event.state, event.opens_at, now()),
        now=now(),
        **values,
    )


def _form_page(
    secret: str,
    participation: Participation,
    form: DelegateForm,
    *,
    standing: Registration | None = None,
    refusal: DomainError | None = None,
    status: int = 200,
) -> Any:
    ended = None if standing else _last_ended(participation)
    page = _render(
        "form",
        secret,
        participation,
        form=form,
        registration=standing,
        ended=ended,
        refusal=refusal,
        withdrawn=bool(request.args.get("withdrawn")),
        positions=suggested_positions(participation.kind, participation.name),
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


def _standing_page(secret: str, participation: Participation, standing: Registration) -> Any:
    letter_of = current_app.extensions.get("letter_of", lambda registration: None)
    return _render(
        "standing",
        secret,
        participation,
        registration=standing,
        place=waiting_place(standing) if standing.state == State.WAITLISTED else None,
        letter=letter_of(standing),
        history=_history(participation),
        history_words=HISTORY_WORDS,
    )


def _history(participation: Participation) -> Any:
    ids = db.session.scalars(
        select(Registration.id).where(Registration.participation_id == participation.id)
    ).all()
    things = [("registration", one) for one in ids] + [("participation", participation.id)]
    return history_of(*things, limit=30)


def _conflict_page(secret: str, standing_id: int, form: DelegateForm) -> Any:
    """Another clerk was quicker: keep that person, or put this one in."""
    participation = _participation(secret)
    standing = db.session.get_one(Registration, standing_id)
    if standing.state not in ACTIVE:
        raise MoveRefused()
    return _render("conflict", secret, participation, registration=standing, form=form), 409


def _form_again(secret: str, refusal: DomainError, changing: bool = False) -> Any:
    """A refusal after validation: the same form, everything typed still there, and the sentence."""
    db.session.rollback()
    if isinstance(refusal, LinkNotFound | MoveRefused):
        raise refusal
    participation = _participation(secret)
    form = DelegateForm() if changing else _form_for(participation)
    standing = None
    if changing:
        found = services.active_of(participation.id)
        standing = found[0] if found else None
    return _form_page(secret, participation, form, standing=standing, refusal=refusal)
