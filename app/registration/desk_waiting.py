"""The queue, more seats, released reserves and late entries."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.policies import can_manage, can_view_desk
from app.events.errors import SeatsRefused
from app.events.guests import kind_label
from app.events.models import Event, SeatPool
from app.events.queries import guest_seats
from app.registration import queries
from app.registration.desk_forms import (
    MORE_SEATS_MAX,
    OpenSeatsForm,
    ReleaseForm,
)
from app.registration.desk_routes import blueprint, changing_event, common, desk_event
from app.registration.errors import ChangedMeanwhile, RegistrationNotFound
from app.registration.queries import RegistrationFilter, Row
from app.registration.seats import open_more_seats, release_reserve


@blueprint.get("/waiting")
@requires(can_view_desk)
def waiting(slug: str) -> ResponseReturnValue:
    event = desk_event(slug)
    wanted = RegistrationFilter.parse(request.args, tab="waitlisted", sort="place")
    pools = queries.pools_of(event)
    found = queries.registration_page(event, wanted)
    room = _room(event)
    return render_template(
        "desk_registrations/waiting.html",
        **common(event),
        wanted=wanted,
        found=found,
        pools=pools,
        taken=sum(pool.taken for pool in pools),
        likely_more=max(1, min(room, found.counts["waitlisted"])),
    )


def _room(event: Event) -> int:
    """How many seats may still be opened beside those of the guests."""
    if not event.hall_seats:
        return MORE_SEATS_MAX
    return event.hall_seats - event.planned_seats - guest_seats(event.id)


def seen_seats(pools: Sequence[SeatPool], seated: Sequence[Row]) -> str:
    """A digest of what a preview showed: the seats as they were and who would get one."""
    shown = (
        [(pool.id, pool.seats, pool.taken, pool.released_at) for pool in pools],
        [row.registration.id for row in seated],
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


@blueprint.route("/waiting/seats", methods=["GET", "POST"])
@requires(can_manage)
def open_seats(slug: str) -> ResponseReturnValue:
    """First the preview (GET ?more=5): who gets a seat; then the decision."""
    event = desk_event(slug)
    form = OpenSeatsForm() if request.method == "POST" else OpenSeatsForm(request.args)
    problem = None
    if form.validate() and request.method == "POST":
        try:
            return _open_seats(slug, form)
        except (ChangedMeanwhile, SeatsRefused) as error:
            problem = error
            event = desk_event(slug)
    pools = queries.pools_of(event)
    more = form.more.data if not form.more.errors else None
    seated = queries.seating_preview(event, pools, more=more or 0)
    form.seen.data = seen_seats(pools, seated)
    page = render_template(
        "desk_registrations/open_seats.html", **common(event), form=form, more=more,
        seated=seated, problem=problem,
        room=_room(event), too_many=more and event.hall_seats and more > _room(event),
    )  # fmt: skip
    return page, 409 if problem else 200


def _open_seats(slug: str, form: OpenSeatsForm) -> ResponseReturnValue:
    more: int = form.more.data or 0
    with unit_of_work():
        event = changing_event(slug)
        pools = queries.pools_of(event)
        if form.seen.data != seen_seats(pools, queries.seating_preview(event, pools, more=more)):
            raise ChangedMeanwhile(
                _(
                    "Trong lúc trang này mở, danh sách chờ hoặc số chỗ đã thay đổi. "
                    "Chưa ghi gì. Hãy xem lại rồi quyết định."
                )
            )
        promoted = open_more_seats(event, more, by=current_actor(), now=now())
    _tell_promoted(_("Đã mở thêm %(more)s chỗ.", more=more), len(promoted))
    return redirect(url_for(".waiting", slug=slug))


def _tell_promoted(done: str, number: int) -> None:
    words = ngettext(
        "%(num)s đơn vị trong danh sách chờ đã có chỗ và sẽ nhận được thư.",
        "%(num)s đơn vị trong danh sách chờ đã có chỗ và sẽ nhận được thư.",
        number,
    )
    flash(f"{done} {words}" if number else done, "done")


@blueprint.route("/waiting/reserves/<int:pool_id>", methods=["GET", "POST"])
@requires(can_manage)
def release(slug: str, pool_id: int) -> ResponseReturnValue:
    """Give up the free seats of a reserve: everybody may have them."""
    event = desk_event(slug)
    form = ReleaseForm()
    problem = None
    if form.validate_on_submit():
        try:
            return _release(slug, pool_id, form)
        except ChangedMeanwhile as error:
            problem = error
            event = desk_event(slug)
    pools = queries.pools_of(event)
    pool = _reserve(pools, pool_id)
    seated = queries.seating_preview(event, pools, released_id=pool_id)
    form.seen.data = seen_seats(pools, seated)
    page = render_template(
        "desk_registrations/release.html", **common(event), form=form, pool=pool,
        kinds=[kind_label(kind) for kind in pool.kinds], seated=seated, problem=problem,
    )  # fmt: skip
    return page, 409 if problem else 200


def _reserve(pools: Sequence[SeatPool], pool_id: int) -> SeatPool:
    for pool in pools:
        if pool.id == pool_id and pool.kinds:
            return pool
    raise RegistrationNotFound(_("Không có phần chỗ giữ riêng này."))


def _release(slug: str, pool_id: int, form: ReleaseForm) -> ResponseReturnValue:
    with unit_of_work():
        event = changing_event(slug)
        pools = queries.pools_of(event)
        pool = _reserve(pools, pool_id)
        seated = queries.seating_preview(event, pools, released_id=pool_id)
        if form.seen.data != seen_seats(pools, seated):
            raise ChangedMeanwhile(
                _(
                    "Trong lúc trang này mở, danh sách chờ hoặc số chỗ đã thay đổi. "
                    "Chưa ghi gì. Hãy xem lại rồi quyết định."
                )
            )
        free = pool.seats - pool.taken
        promoted = release_reserve(pool, event, by=current_actor(), now=now())
    _tell_promoted(_("Đã bỏ giữ %(free)s chỗ.", free=free), len(promoted))
    return redirect(url_for(".waiting", slug=slug))


@blueprint.get("/late")
@requires(can_view_desk)
def late(slug: str) -> ResponseReturnValue:
    event = desk_event(slug)
    wanted = RegistrationFilter.parse(request.args, tab="late", sort="received")
    return render_template(
        "desk_registrations/late.html",
        **common(event),
        wanted=wanted,
        found=queries.registration_page(event, wanted),
        free=_general_free(event),
    )


def _general_free(event: Event) -> int:
    return sum(pool.seats - pool.taken for pool in queries.pools_of(event) if not pool.kinds)
