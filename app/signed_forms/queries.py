"""Reads of signed forms. What state an entry's form is in is said here and nowhere else.

A form is old, whatever is stored, once the delegate was replaced or withdrew, or once what the
form prints was changed after it was printed: nobody need remember to mark it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import aliased, selectinload
from sqlalchemy.sql.elements import ColumnElement

from app.core.vietnamese import fold
from app.events.models import Event, Participation
from app.events.rules import Route
from app.extensions import db
from app.registration.models import Registration
from app.registration.rules import ACTIVE, State
from app.signed_forms.errors import SignedFormNotFound
from app.signed_forms.models import SignedForm, SignedFormPage
from app.signed_forms.rules import RANK, FormState

GONE = (State.REPLACED, State.WITHDRAWN)
OF_A_VERSION = (FormState.RECEIVED, FormState.ACCEPTED)
PER_PAGE = 50
BIGGEST = 2**31 - 1  # of the databases' integers; addresses may hold anything
TABS: dict[str, tuple[FormState, ...]] = {
    "doubtful": (FormState.DOUBTFUL,),
    "received": (FormState.RECEIVED,),
    "accepted": (FormState.ACCEPTED,),
    "missing": (FormState.NONE, FormState.OLD, FormState.REFUSED),
}


@dataclass(frozen=True)
class FormRow:
    """One upload and the state it is in now."""

    form: SignedForm
    state: str


@dataclass(frozen=True)
class FormStanding:
    """Where an entry's form stands: ``form`` is the upload that counts, ``state`` "none" without.

    ``on_time``: an upload of the same printing, this one or an earlier one, came before the cut-off.
    """

    state: str = FormState.NONE
    form: SignedForm | None = None
    on_time: bool = False


def state_now(form: Any = SignedForm, registration: Any = Registration) -> ColumnElement[str]:
    """The state of one upload beside its entry."""
    return case(
        (registration.state.in_(GONE), FormState.OLD),
        (
            and_(
                form.state.in_(OF_A_VERSION),
                form.form_version.is_distinct_from(registration.form_version),
            ),
            FormState.OLD,
        ),
        else_=form.state,
    )


def _best_first(
    form: Any = SignedForm, registration: Any = Registration
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return case(RANK, value=state_now(form, registration), else_=0).desc(), form.id.desc()


def _of_entry(columns: Callable[[Any, Any], Any]) -> Any:
    """Of the upload that counts, for a query over Registration. ``columns(form, registration)``.

    The entry is read again inside: SQLite finds nothing of the outer query in an ORDER BY.
    """
    form, own = aliased(SignedForm), aliased(Registration)
    return (
        select(columns(form, own))
        .join(own, own.id == form.registration_id)
        .where(form.registration_id == Registration.id)
        .order_by(*_best_first(form, own))
        .limit(1)
        .correlate(Registration)
        .scalar_subquery()
    )


def entry_form_state() -> ColumnElement[str]:
    """Of every entry of a query over Registration; "none" without an upload."""
    return func.coalesce(_of_entry(state_now), FormState.NONE)


def entry_form_id() -> Any:
    return _of_entry(lambda form, _own: form.id)


# ---------------------------------------------------------------- one entry


def forms_of(registration: Registration, *, with_pages: bool = False) -> list[FormRow]:
    """All uploads of an entry, the one that counts first. One query; with their pages, two."""
    query = _forms_of_one()
    if with_pages:
        query = query.options(selectinload(SignedForm.pages))
    rows = db.session.execute(query, {"entry": registration.id})
    return [FormRow(*row) for row in rows]


@lru_cache(maxsize=1)
def _forms_of_one() -> Any:
    """Made once: every opening of a unit's page asks it."""
    return (
        select(SignedForm, state_now())
        .join(Registration, Registration.id == SignedForm.registration_id)
        .where(SignedForm.registration_id == bindparam("entry"))
        .order_by(*_best_first())
    )


def form_state(registration: Registration) -> FormStanding:
    """What a unit's page and the desk's say of this entry's form. One query."""
    return standing_of(forms_of(registration))


def standing_of(rows: Sequence[FormRow]) -> FormStanding:
    if not rows:
        return FormStanding()
    best = rows[0].form
    same = [one.form for one in rows if one.form.form_version == best.form_version]
    on_time = best.on_time or (
        best.form_version is not None
        and any(one.on_time and one.state != FormState.REFUSED for one in same)
    )
    return FormStanding(rows[0].state, best, on_time)


def states_of(ids: Sequence[int]) -> dict[int, str]:
    """The state of each of these entries' forms. One query."""
    rows = db.session.execute(
        select(Registration.id, entry_form_state()).where(Registration.id.in_(ids))
    )
    return {row[0]: row[1] for row in rows}


def latest_forms(event: Event) -> dict[int, FormStanding]:
    """registration id → the upload that counts, of every entry that has one. One query."""
    rows = db.session.execute(
        select(SignedForm, state_now())
        .join(Registration, Registration.id == SignedForm.registration_id)
        .where(SignedForm.event_id == event.id)
        .order_by(SignedForm.registration_id, *_best_first())
    )
    by_entry: dict[int, list[FormRow]] = {}
    for form, state in rows:
        by_entry.setdefault(form.registration_id, []).append(FormRow(form, state))
    return {key: standing_of(found) for key, found in by_entry.items()}


def form_of(event: Event, form_id: int) -> FormRow:
    """An upload of this event. Raises SignedFormNotFound."""
    return _one(form_id, SignedForm.event_id == event.id)


def form_of_unit(participation: Participation, form_id: int) -> FormRow:
    """An upload of this unit. Raises SignedFormNotFound, also for another unit's."""
    return _one(form_id, SignedForm.participation_id == participation.id)


def _one(form_id: int, scope: ColumnElement[bool]) -> FormRow:
    if form_id > BIGGEST:
        raise SignedFormNotFound()
    found = db.session.execute(
        select(SignedForm, state_now())
        .join(Registration, Registration.id == SignedForm.registration_id)
        .where(SignedForm.id == form_id, scope)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise SignedFormNotFound()
    return FormRow(*found)


def picture_of(form: SignedForm, number: int) -> bytes:
    """JPEG of one page, counted from 1. Raises SignedFormNotFound."""
    found = db.session.scalar(
        select(SignedFormPage.picture).where(
            SignedFormPage.signed_form_id == form.id,
            SignedFormPage.number == min(number, BIGGEST),
        )
    )
    if found is None:
        raise SignedFormNotFound()
    return found


# ---------------------------------------------------------------- the desk's list


@dataclass(frozen=True)
class ListRow:
    registration: Registration
    participation: Participation
    form: SignedForm | None
    state: str


@dataclass(frozen=True)
class FormPage:
    rows: Sequence[ListRow]
    counts: dict[str, int]
    total: int
    page: int


def _expected() -> ColumnElement[bool]:
    """Entries a signed form belongs to (P27), and any other that has sent one."""
    sent = select(SignedForm.id).where(SignedForm.registration_id == Registration.id).exists()
    return and_(
        Registration.state.in_(ACTIVE), or_(Participation.route == Route.REGISTRATION, sent)
    )


def _entries(event_id: int, q: str = "") -> Select[Any]:
    query = (
        select(
            Registration.id,
            entry_form_state().label("form_state"),
            entry_form_id().label("form_id"),
        )
        .join(Participation, Participation.id == Registration.participation_id)
        .where(Registration.event_id == event_id, _expected())
    )
    for word in fold(q).split():
        query = query.where(
            or_(
                Registration.search.contains(word, autoescape=True),
                Participation.search.contains(word, autoescape=True),
            )
        )
    return query


def form_counts(event_id: int, q: str = "") -> dict[str, int]:
    """tab → how many standing entries: the figures of tabs, menu and dashboard. One query."""
    entries = _entries(event_id, q).subquery()
    rows = db.session.execute(
        select(entries.c.form_state, func.count()).group_by(entries.c.form_state)
    )
    by_state = {state: number for state, number in rows}
    return {tab: sum(by_state.get(state, 0) for state in states) for tab, states in TABS.items()}


def form_page(event: Event, tab: str, q: str, page: int) -> FormPage:
    """One page of a tab; what waits for the desk comes in the order it arrived."""
    counts = form_counts(event.id, q)
    page = min(max(1, page), max(1, math.ceil(counts[tab] / PER_PAGE)))
    entries = _entries(event.id, q).subquery()
    query = (
        select(Registration, Participation, SignedForm, entries.c.form_state)
        .join(entries, entries.c.id == Registration.id)
        .join(Participation, Participation.id == Registration.participation_id)
        .outerjoin(SignedForm, SignedForm.id == entries.c.form_id)
        .where(entries.c.form_state.in_(TABS[tab]))
        .order_by(*_order(tab))
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    rows = [ListRow(*row) for row in db.session.execute(query)]
    return FormPage(rows, counts, counts[tab], page)


def _order(tab: str) -> list[Any]:
    if tab == "missing":
        return [Participation.sort_key, Registration.id]
    if tab == "accepted":
        return [SignedForm.decided_at.desc(), SignedForm.id.desc()]
    return [SignedForm.received_at, SignedForm.id]


def waiting_ids(event: Event, state: str) -> list[int]:
    """Uploads of this state that count, in the order they arrived: what the desk goes through."""
    entries = _entries(event.id).subquery()
    return list(
        db.session.scalars(
            select(SignedForm.id)
            .join(entries, entries.c.form_id == SignedForm.id)
            .where(entries.c.form_state == state)
            .order_by(SignedForm.received_at, SignedForm.id)
        )
    )
