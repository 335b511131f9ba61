"""No column of any table changes what a unit's page says without the kept page going."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Boolean, Date, Integer, Table, select, update
from sqlalchemy.exc import IntegrityError, StatementError

from app.core.database import Base, Instant, unit_of_work
from app.core.errors import DomainError
from app.extensions import db
from app.invitations.answers import Answer, give_answer
from app.registration import services
from tests.conftest import FrozenClock
from tests.factories.changes import letters_of, send_all
from tests.factories.events import DESK, make_event
from tests.factories.registration import IN_TIME, enter, person
from tests.factories.signed_forms import form_code, read_of, take
from tests.factories.unit_life import Life, Pages
from tests.factories.units import unit_path

ACCOUNTS = {"account", "role", "account_role", "webauthn"}  # nobody is signed in here


def other(value: Any, kind: Any) -> Any:
    """Another value of a column, as far from this one as its kind allows without a guess."""
    if isinstance(value, dict):
        return {key: other(one, None) for key, one in value.items()}
    if isinstance(value, list):
        return [other(one, None) for one in value]
    if isinstance(value, bool) or isinstance(kind, Boolean):
        return not value
    if isinstance(value, datetime) or isinstance(kind, Instant):
        return (value or IN_TIME) + timedelta(hours=25, minutes=7)
    if isinstance(value, date) or isinstance(kind, Date):
        return (value or date(2024, 3, 1)) + timedelta(days=1)
    if isinstance(value, int | float) or isinstance(kind, Integer):
        return (value or 0) + 1
    return value + "x" if isinstance(value, str) else "x" if value is None else value


def columns() -> list[tuple[Table, Any]]:
    return [
        (table, column)
        for table in Base.metadata.sorted_tables
        if table.name not in ACCOUNTS
        for column in table.columns
        if not column.primary_key and not column.foreign_keys
    ]


@pytest.fixture
def lively(app: Flask, frozen_clock: FrozenClock) -> list[str]:
    """Units with all that a page can show, in the middle of their way."""
    event = make_event(seats=2, units=4)
    life = Life(event, frozen_clock)
    steps = life.steps()
    for name, change in steps:
        change()
        if name == "request refused":
            break
    for number in (1, 2):
        enter(life.unit(number), person(number), now=life.clock.at)
    with unit_of_work():
        services.accept_late(life.entry(1), life.unit(1), by=DESK, now=life.clock.at, reason="Có")
    take(life.unit(1), life.entry(1), read_of(form_code(life.entry(1))), now=life.clock.at)
    send_all(life.event, now=life.clock.at)
    life.work(give_answer, letters_of(life.entry())[-1], Answer.NO, reason="Ốm", by=DESK)
    return [unit_path(one) for one in life.units[:3]]


def test_no_column_changes_unseen(app: Flask, lively: list[str]) -> None:
    pages = Pages(app, lively, ("vi",))
    pages.kept()
    looked_at, seen_on_pages, stale = 0, set(), []
    for table, column in columns():
        rows = db.session.execute(select(table.primary_key.columns[0], column)).all()
        db.session.remove()
        old = {row[0]: row[1] for row in rows[:6]}
        new = {key: other(value, column.type) for key, value in old.items()}
        if new == old:
            continue
        before = answers(pages.now)
        if not put(table, column, new):
            continue
        after, drawn = answers(pages.now), answers(pages.drawn)
        looked_at += 1
        if after != drawn:
            stale.append(str(column))
        if after != before:
            seen_on_pages.add(str(column))
        assert put(table, column, old)
    assert stale == []
    assert looked_at > 150
    assert {"registration.full_name", "event.short_title", "signed_form.received_at",
            "invitation.answer_reason", "change_request.sentence", "audit_entry.at",
            "participation.link_version", "participation.name"} <= seen_on_pages  # fmt: skip


def put(table: Table, column: Any, values: dict[Any, Any]) -> bool:
    """False when the database refuses such values."""
    key = table.primary_key.columns[0]
    try:
        with unit_of_work() as session:
            for one, value in values.items():
                session.execute(update(table).where(key == one).values({column.name: value}))
    except (IntegrityError, StatementError, DomainError):
        return False
    return True


def answers(ask: Callable[[], list[str]]) -> list[str] | str:
    """Pages, or the fault when a value makes no sense to them: then it is one for everybody."""
    try:
        return ask()
    except (KeyError, ValueError, TypeError, AttributeError, LookupError) as fault:
        return type(fault).__name__
