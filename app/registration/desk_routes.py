"""The desk's pages of registrations: the table, one entry, entering on behalf of a unit.

The queue and its seats stand in `desk_waiting`, more time in `desk_cutoff`. What changes an entry
may void its letter, so it stands above, in `app.invitations.desk_actions` and `desk_requests`.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.audit.services import history_of
from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.look import url_with
from app.core.policies import can_administer, can_manage, can_see_contacts, can_view_desk
from app.core.states import STATES, state_tag
from app.events.errors import EventStateRefused
from app.events.guests import kind_label, kind_order
from app.events.links import devices_of
from app.events.models import Event, Participation
from app.events.queries import event_for, lock_event
from app.events.rules import EventState, Route
from app.extensions import db
from app.registration import queries
from app.registration.desk_forms import SOURCE_WORDS, OnBehalfForm, UnnamedForm
from app.registration.desk_services import clear_flag, ensure_as_seen, mark_of, open_flags
from app.registration.entering import register
from app.registration.errors import SomebodyElse
from app.registration.form_facts import form_facts
from app.registration.history import FLAG_SHORT, FLAG_WORDS, history_lines, name_of
from app.registration.models import Registration
from app.registration.queries import RegistrationFilter
from app.registration.request_queries import open_request_of
from app.registration.requests import request_mark
from app.registration.rules import ACTIVE, State, effective_cutoff

blueprint = Blueprint("desk_registrations", __name__, url_prefix="/desk/events/<slug>")


def desk_event(slug: str) -> Event:
    """The event of this page. Raises EventNotFound."""
    event = event_for(current_actor(), slug)
    g.desk_event = event
    return event


def changing_event(slug: str) -> Event:
    """The event, locked, inside a unit of work. Raises EventStateRefused when archived."""
    event = lock_event(desk_event(slug).id)
    if event.state == EventState.ARCHIVED:
        raise EventStateRefused(_("Sự kiện đã lưu trữ, không thay đổi được nữa."))
    return event


def may_change(event: Event) -> bool:
    return can_manage(current_actor()) and event.state != EventState.ARCHIVED


def common(event: Event) -> dict[str, Any]:
    """What every page of this package shows by."""
    return {
        "event": event,
        "may_change": may_change(event),
        "see_contacts": can_see_contacts(current_actor()),
        "name_of": name_of,
        "flag_words": FLAG_WORDS,
        "open_flags": open_flags,
        "active_states": ACTIVE,
    }


# ---------------------------------------------------------------- the table


@blueprint.get("/registrations")
@requires(can_view_desk)
def index(slug: str) -> ResponseReturnValue:
    event = desk_event(slug)
    wanted = RegistrationFilter.parse(request.args)
    kinds, districts = queries.kinds_and_districts(event)
    return render_template(
        "desk_registrations/index.html",
        **common(event),
        wanted=wanted,
        found=queries.registration_page(event, wanted),
        missing=queries.missing_count(event),
        tab_items=lambda counts: _tab_items(wanted, counts),
        flag_short=FLAG_SHORT,
        filters=_filter_menus(wanted, kinds, districts),
        is_over=now() >= event.cutoff_at,
    )


TAB_WORDS = {
    "all": lambda: _("Tất cả"),
    "confirmed": lambda: _("Có chỗ"),
    "waitlisted": lambda: _("Danh sách chờ"),
    "late": lambda: _("Quá hạn, chờ xét"),
    "ended": lambda: _("Đã thay, đã rút"),
    "rejected": lambda: _("Không nhận"),
}


def _tab_items(wanted: RegistrationFilter, counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": word(),
            "url": url_with(tab=None if tab == "all" else tab, page=None),
            "count": counts[tab],
            "active": tab == wanted.tab,
        }
        for tab, word in TAB_WORDS.items()
    ]


def _filter_menus(
    wanted: RegistrationFilter, kinds: list[str], districts: list[str]
) -> list[dict[str, Any]]:
    by_order = sorted(kinds, key=kind_order)
    return [
        _menu(_("Loại"), "kind", wanted.kind, [(kind, kind_label(kind)) for kind in by_order]),
        _menu(_("Quận, huyện"), "district", wanted.district, [(one, one) for one in districts]),
        _menu(
            _("Bản ký"),
            "form",
            wanted.form,
            [(state, state_tag("form", state, short=True).word) for state in STATES["form"]],
        ),
        _menu(
            _("Cần xem"),
            "flag",
            wanted.flag,
            [(flag, str(FLAG_WORDS[flag])) for flag in queries.FLAGS],
        ),
    ]


def _menu(label: str, name: str, value: str, choices: list[tuple[str, str]]) -> dict[str, Any]:
    words = dict(choices)
    items = [
        {"label": _("tất cả"), "url": url_with(**{name: None, "page": None}), "active": not value}
    ]
    items += [
        {"label": word, "url": url_with(**{name: key, "page": None}), "active": key == value}
        for key, word in choices
    ]
    return {"label": label, "value": words.get(value, value) or _("tất cả"), "items": items}


# ---------------------------------------------------------------- one entry


@blueprint.get("/registrations/<int:registration_id>")
@requires(can_view_desk)
def detail(slug: str, registration_id: int) -> ResponseReturnValue:
    event = desk_event(slug)
    row = queries.registration_of(event, registration_id)
    registration, participation = row.registration, row.participation
    entries = queries.entries_of_unit(participation.id)
    chain = queries.chain_of(registration, entries)
    things = [("registration", one.id) for one in chain]
    asking = open_request_of(registration.id) if registration.state in ACTIVE else None
    return render_template(
        "desk_registrations/detail.html",
        **common(event),
        row=row,
        registration=registration,
        participation=participation,
        chain=chain,
        others=[one for one in entries if one not in chain],
        twins=queries.twins_of(registration) if _is_flagged(registration) else [],
        history=history_lines(history_of(*things, ("participation", participation.id))),
        mark=mark_of(registration),
        form_panel=form_facts().panel(event, registration) if participation.unit_id else "",
        asking=asking,
        asking_mark=request_mark(asking, registration) if asking else "",
        source=SOURCE_WORDS.get(registration.source, registration.source)
        if participation.unit_id
        else _("Sở mời"),
        kind=kind_label(participation.kind),
        cutoff=effective_cutoff(event.cutoff_at, participation.cutoff_at),
        devices=devices_of(participation.id),
        sees_log=can_administer(current_actor()),
    )


def _is_flagged(registration: Registration) -> bool:
    return registration.state in ACTIVE and any("same_person" in one for one in registration.flags)


@blueprint.post("/registrations/<int:registration_id>/flags/<flag>")
@requires(can_manage)
def keep_flagged(slug: str, registration_id: int, flag: str) -> ResponseReturnValue:
    """The desk has looked at the flag and leaves the entry as it is."""
    try:
        with unit_of_work():
            row = queries.registration_of(changing_event(slug), registration_id)
            ensure_as_seen(row.registration, request.form.get("mark"))
            clear_flag(row.registration, flag, by=current_actor(), now=now())
    except DomainError as error:
        if error.status != 409:
            raise
        flash(str(error), "look")
    else:
        flash(_("Đã ghi: đã xem, giữ nguyên."), "toast")
    return redirect(url_for(".detail", slug=slug, registration_id=registration_id))


# ---------------------------------------------------------------- on behalf of a unit


@blueprint.route("/registrations/new", methods=["GET", "POST"])
@requires(can_manage)
def create(slug: str) -> ResponseReturnValue:
    event = desk_event(slug)
    if event.state == EventState.ARCHIVED:
        raise EventStateRefused(_("Sự kiện đã lưu trữ, không thay đổi được nữa."))
    unit_id = request.args.get("unit", type=int)
    if unit_id is None:
        return _choose_unit(event)
    participation = queries.participation_of(event, unit_id)
    form = (UnnamedForm if participation.route == Route.INVITATION else OnBehalfForm)()
    standing = None
    if form.validate_on_submit():
        try:
            return _create(slug, unit_id, form)
        except SomebodyElse as refused:
            standing = db.session.get(Registration, refused.standing.id)
        except DomainError as error:
            form.form_errors.append(str(error))
        event, participation = desk_event(slug), queries.participation_of(event, unit_id)
    page = render_template(
        "desk_registrations/create.html", **common(event), form=form,
        participation=participation, standing=standing, kind=kind_label(participation.kind),
        free=queries.free_seats(queries.pools_of(event), participation.kind),
    )  # fmt: skip
    return page, 409 if standing or form.form_errors else 200


def _choose_unit(event: Event) -> str:
    q = " ".join(request.args.get("q", "").split())[: queries.QUERY_MAX]
    units, total = queries.units_with_room(event, q)
    return render_template(
        "desk_registrations/choose_unit.html", **common(event), q=q, units=units, total=total,
        kind_label=kind_label,
    )  # fmt: skip


def _create(slug: str, unit_id: int, form: OnBehalfForm) -> ResponseReturnValue:
    with unit_of_work():
        event = changing_event(slug)
        participation: Participation = queries.participation_of(event, unit_id)
        outcome = register(
            participation, form.entry(), by=current_actor(), now=now(),
            source=form.source.data, reason=form.reason.data,
        )  # fmt: skip
    registration = outcome.registration
    name = name_of(registration.full_name)
    if not outcome.created:
        flash(_("%(name)s đã được đăng ký từ trước. Không ghi thêm gì.", name=name), "look")
    elif registration.state == State.WAITLISTED:
        flash(
            _(
                "Đã nhập %(name)s. Hết chỗ: vào danh sách chờ, thứ %(place)s.",
                name=name,
                place=outcome.place,
            ),
            "waiting",
        )
    else:
        flash(_("Đã nhập %(name)s: có chỗ.", name=name), "done")
    return redirect(url_for(".detail", slug=slug, registration_id=registration.id))


from app.registration import desk_cutoff, desk_waiting  # noqa: E402, F401 - views of this blueprint
