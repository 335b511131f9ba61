"""The unit's page as it is kept: the empty form one for all units, any other one for its unit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import current_app, request, session

from app.core.clock import now
from app.core.i18n import chosen_language
from app.core.look import countdown_key
from app.core.page_cache import form_token, hole, kept_page, page_while_true, with_token_hole
from app.core.visitors import is_visitor
from app.events.models import Event
from app.events.rules import Route, accepts_entries, has_ended
from app.extensions import db
from app.registration import services
from app.registration.rules import effective_cutoff, is_late
from app.unit_pages.links import participation_of
from app.unit_pages.pages import blank_form, form_page, render, standing_page
from app.units.papers import suggested_positions


def kept_unit_page(secret: str, row: Any) -> str:
    """What `GET /units/<secret>` shows; ``row`` is that of `link_row`."""
    if _is_of_the_moment():
        return _draw(secret)
    if row.route == Route.REGISTRATION and not row.has_entry:
        return _shared_form(secret, row)
    return _own_page(secret, row)


def _is_of_the_moment() -> bool:
    """Whether something stands on the page that only this request knows of."""
    return bool(request.args or session.get("_flashes") or current_app.config["SETTINGS"].rehearsal)


def _time_key(row: Any) -> tuple[Any, ...]:
    """All that the page shows of the time: what it allows now, and the minute."""
    cutoff, moment = effective_cutoff(row.cutoff_at, row.own_cutoff), now()
    return (
        accepts_entries(row.state, row.opens_at, moment),
        is_late(moment, cutoff),
        has_ended(row.starts_at, row.ends_at, row.valid_on, moment),
        cutoff,
        countdown_key(cutoff, moment),
        int(moment.timestamp()) // 60,
    )


def _shared_form(secret: str, row: Any) -> str:
    """The page 89 clerks open in the same hours: a form, and nothing of the unit's own yet."""
    positions = tuple(suggested_positions(row.kind, row.name))
    key = ("unit", row.event_id, row.revision, positions, bool(row.district), _time_key(row),
           chosen_language())  # fmt: skip

    def draw() -> str:
        shown: Any = SimpleNamespace(
            event=db.session.get_one(Event, row.event_id),
            cutoff_at=row.own_cutoff,
            **{name: hole(name) for name in ("name", "short_name", "code")},
            district=hole("district") if row.district else None,
        )
        page, _status = form_page(
            secret, shown, blank_form(shown), positions=positions, server_now=hole("now")
        )
        return with_token_hole(page).replace(secret, hole("secret"))

    return kept_page(key, draw, {
        "secret": secret, "csrf": form_token, "now": now().isoformat(), "name": row.name,
        "short_name": row.short_name, "code": row.code, "district": row.district or "",
    })  # fmt: skip


def _own_page(secret: str, row: Any) -> str:
    """A unit's own page, as long as nothing that it read has changed.

    The secret in the key makes it this unit's alone; the first sight of a letter is noted for
    visitors only, so theirs is another page than the desk's.
    """
    key = ("unit's own", secret, _time_key(row), is_visitor(), chosen_language())
    return page_while_true(
        key,
        lambda: with_token_hole(_draw(secret, server_now=hole("now"))),
        {"csrf": form_token, "now": now().isoformat()},
    )


def _draw(secret: str, server_now: str | None = None) -> str:
    participation = participation_of(secret)
    standing = services.active_of(participation.id)
    if standing:
        return str(standing_page(secret, participation, standing[0], server_now=server_now))
    if participation.route != Route.REGISTRATION:
        return str(render("invited_unit", secret, participation))
    form = blank_form(participation)
    page, _status = form_page(secret, participation, form, server_now=server_now)
    return str(page)
