"""The unit's private page (design 6): register, see what was received, change, withdraw.

The link is the key: no account. Works without JavaScript; every POST ends in a redirect,
so that reload and back button repeat nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from flask_wtf.csrf import generate_csrf
from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.orm import defer, joinedload

from app.audit.services import history_of, record
from app.core.access import Actor, public
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError, NotStored
from app.core.i18n import chosen_language
from app.core.look import countdown_key
from app.core.page_cache import hole, kept_page
from app.core.tokens import is_link_secret, link_thing_id
from app.core.vietnamese import match_key
from app.events.models import Event, Participation
from app.events.queries import UNIT_LINK
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
    "registration.amended": lazy_pgettext("history", "Sửa thông tin"),
    "registration.promoted": _l("Chuyển từ danh sách chờ sang có chỗ"),
    "registration.late_accepted": _l("Sở nhận đề nghị bổ sung"),
    "registration.withdrawn": _l("Rút đăng ký"),
    "registration.rejected": _l("Sở không nhận đăng ký"),
    "invitation.sent": _l("Sở gửi giấy mời"),
}


@blueprint.get("/units/<secret>")
@public
def unit_page(secret: str) -> Any:
    row = _link_row(secret)
    _note_opening(row)
    if _is_plain_form(row):
        return _kept_form(secret, row)
    participation = _participation(secret)
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
    overtaken = None
    try:
        with unit_of_work():
            participation, standing = _participation_and_standing(secret)
            form = DelegateForm()
            if not form.validate_on_submit():
                return _form_page(secret, participation, form, standing=standing, status=422)
            if _was_seen(standing):
                services.replace(
                    standing, participation, form.entry(), by=unit_actor(participation), now=now()
                )
            elif match_key(standing.full_name or "") != match_key(form.full_name.data):
                overtaken = standing.id  # another clerk was quicker, or an old page
    except DomainError as refusal:
        return _form_again(secret, refusal, changing=True)
    if overtaken is not None:
        return _conflict_page(secret, overtaken, form)
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


def _link_row(secret: str) -> Any:
    """Unit and event of this link, as few columns as the page of a unit without an entry needs.

    Raises LinkNotFound, or LinkReplaced for an older link.
    """
    thing_id = link_thing_id(secret)
    row = (
        db.session.execute(_LINK_ROW, {"thing_id": thing_id}).one_or_none()
        if thing_id is not None
        else None
    )
    if row is None:
        raise LinkNotFound()
    if not is_link_secret(secret, UNIT_LINK, row.id, row.link_version):
        older = range(max(1, row.link_version - 50), row.link_version)
        if any(is_link_secret(secret, UNIT_LINK, row.id, one) for one in older):
            raise LinkReplaced()
        raise LinkNotFound()
    return row


_LINK_ROW = (
    select(
        Participation.id, Participation.name, Participation.short_name, Participation.code,
        Participation.district, Participation.kind, Participation.route,
        Participation.link_version, Participation.cutoff_at.label("own_cutoff"),
        Participation.opened_at, Event.id.label("event_id"), Event.revision, Event.state,
        Event.opens_at, Event.cutoff_at,
        exists().where(Registration.participation_id == Participation.id).label("has_entry"),
    )
    .join(Event, Event.id == Participation.event_id)
    .where(Participation.id == bindparam("thing_id"))
)  # fmt: skip


def _is_plain_form(row: Any) -> bool:
    """The page 89 clerks open in the same hours: a form, and nothing of the unit's own yet."""
    return (
        row.route == Route.REGISTRATION
        and not row.has_entry
        and not request.args
        and not session.get("_flashes")
        and not current_app.config["SETTINGS"].rehearsal
    )


def _kept_form(secret: str, row: Any) -> str:
    cutoff = effective_cutoff(row.cutoff_at, row.own_cutoff)
    positions = tuple(suggested_positions(row.kind, row.name))
    opened = accepts_entries(row.state, row.opens_at, now())
    key = ("unit", row.event_id, row.revision, positions, bool(row.district), opened, cutoff,
           countdown_key(cutoff, now()), chosen_language())  # fmt: skip
    token = generate_csrf()

    def draw() -> str:
        shown: Any = SimpleNamespace(
            event=db.session.get_one(Event, row.event_id),
            cutoff_at=row.own_cutoff,
            **{name: hole(name) for name in ("name", "short_name", "code")},
            district=hole("district") if row.district else None,
        )
        page, _status = _form_page(
            secret, shown, _blank_form(shown), positions=positions, server_now=hole("now")
        )
        return page.replace(token, hole("csrf")).replace(secret, hole("secret"))

    return kept_page(key, draw, {
        "secret": secret, "csrf": token, "now": now().isoformat(), "name": row.name,
        "short_name": row.short_name, "code": row.code, "district": row.district or "",
    })  # fmt: skip


def _participation(secret: str) -> Participation:
    """The unit of this link with its event, to change or show it. Raises as `_link_row`."""
    thing_id = link_thing_id(secret)
    found = db.session.scalar(_PARTICIPATION, {"thing_id": thing_id}) if thing_id else None
    if found is None or not is_link_secret(secret, UNIT_LINK, found.id, found.link_version):
        _link_row(secret)  # says why
        raise LinkNotFound()
    return found


_PARTICIPATION = (
    select(Participation)
    .where(Participation.id == bindparam("thing_id"))
    .options(joinedload(Participation.event).options(defer(Event.plan), defer(Event.letter)))
)


def _participation_and_standing(secret: str) -> tuple[Participation, Registration]:
    participation = _participation(secret)
    standing = services.active_of(participation.id)
    if not standing:
        raise MoveRefused()
    return participation, standing[0]


def _was_seen(standing: Registration) -> bool:
    """The person on the screen must be the one changed: two clerks, or an old page."""
    return request.form.get("registration_id", "") == str(standing.id)


def _ensure_seen(standing: Registration) -> None:
    if not _was_seen(standing):
        raise MoveRefused()


def _note_opening(row: Any) -> None:
    """Counted once a browser session; the first time is kept for the desk."""
    opened = session.get("opened", [])
    if row.id in opened:
        return
    session["opened"] = [*opened[-20:], row.id]
    by = Actor("unit", row.code, row.name, event_id=row.event_id)
    try:
        with unit_of_work():
            db.session.execute(
                update(Participation)
                .where(Participation.id == row.id)
                .values(
                    open_count=Participation.open_count + 1,
                    opened_at=func.coalesce(Participation.opened_at, now()),
                )
            )
            if row.opened_at is None:
                record(
                    "link.opened",
                    ("participation", row.id),
                    by=by,
                    now=now(),
                    event_id=row.event_id,
                )
    except NotStored:
        current_app.logger.warning("opening of a unit's page not noted")


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
    positions: Sequence[str] | None = None,
    server_now: str | None = None,
) -> Any:
    """``positions`` and ``server_now`` are given for a page to be kept, of a unit without entries."""
    ended = None if standing or server_now else _last_ended(participation)
    page = _render(
        "form",
        secret,
        participation,
        form=form,
        registration=standing,
        ended=ended,
        refusal=refusal,
        withdrawn=bool(request.args.get("withdrawn")),
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
