"""A kept page is the page that would be drawn now: after every change, whoever made it, for everyone.

`tests/unit_pages/test_page.py` holds what the pages say; here only that none is an old one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select

from app.core.database import unit_of_work
from app.events.models import Event
from app.events.queries import unit_secret
from app.extensions import db
from app.personal_data.erasing import erase_event
from app.personal_data.erasing_one import erase_person
from app.personal_data.people import people_of
from app.registration import services
from app.registration.seats import open_more_seats
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.changes import letters_of, send_all
from tests.factories.events import DESK, make_event, participations
from tests.factories.personal_data import RETENTION_OVER, make_traced
from tests.factories.registration import IN_TIME, enter, person
from tests.factories.unit_life import LANGUAGES, Life, Pages, seen
from tests.factories.units import unit_path


def test_after_every_change_it_is_the_page_of_now(app: Flask, frozen_clock: FrozenClock) -> None:
    life = Life(make_event(seats=2, units=3), frozen_clock)
    pages = Pages(app, [unit_path(one) for one in life.units[:1]])
    for name, change in life.steps():
        before = pages.kept()
        change()
        after = pages.now()
        assert after == pages.drawn(), name
        assert after != before, f"{name}: not seen on the page, so nothing is shown by this step"


@pytest.mark.both_databases
def test_what_others_do_is_seen(app: Flask, frozen_clock: FrozenClock) -> None:
    """The place in the queue, the seat that becomes free, a seat more."""
    life = Life(make_event(seats=1, units=4), frozen_clock)
    for number in range(4):
        enter(life.unit(number), person(number), now=IN_TIME + timedelta(minutes=number))
    pages = Pages(app, [unit_path(one) for one in life.units[1:]])
    changes: dict[str, Callable[[], Any]] = {
        "one less in the queue": lambda: life.work(
            services.withdraw, life.entry(1), life.unit(1), by=DESK
        ),
        "the seat is free": lambda: life.work(
            services.withdraw, life.entry(0), life.unit(0), by=DESK
        ),
        "one seat more": lambda: life.work(open_more_seats, life.event, 1, by=DESK),
    }
    for name, change in changes.items():
        before = pages.kept()
        change()
        after = pages.now()
        assert after == pages.drawn(), name
        assert after != before, name


def test_another_process_is_seen_at_once_without_asking_in_between(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    unit = participations(make_event())[0]
    enter(unit, "Phạm Thu Hiên")
    path, identity = unit_path(unit), unit.id
    for _ in range(2):
        assert "Phạm Thu Hiên" in seen(client, path)
    with monkeypatch.context() as nobody_asks:
        nobody_asks.delattr("app.core.unchanged._said_now")
        assert "Phạm Thu Hiên" in seen(client, path)
    db.session.remove()
    database = str(db.engine.url.database)
    for change, then, shown in (
        ("UPDATE registration SET full_name = 'Lê Thị Mận'", 200, "Lê Thị Mận"),
        ("UPDATE registration SET full_name = 'Phạm Thu Hiên'", 200, "Phạm Thu Hiên"),
        (f"UPDATE participation SET link_version = 2 WHERE id = {identity}", 404, "đường dẫn mới"),
    ):
        program = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"
        subprocess.run([sys.executable, "-c", program, database, change], check=True, timeout=30)
        answer = client.get(path)
        assert (answer.status_code, shown in answer.get_data(as_text=True)) == (then, True)


def test_what_is_erased_is_shown_no_more(app: Flask, frozen_clock: FrozenClock) -> None:
    traced = make_traced()
    life = Life(db.session.get_one(Event, traced.event_id), frozen_clock)
    life.at(RETENTION_OVER)
    pages = Pages(app, [unit_path(life.units[0])])

    def forget_person() -> None:
        with unit_of_work():
            erase_person(people_of([traced.registration_id]), "everything", now=life.clock.at)

    def forget_event() -> None:
        with unit_of_work():
            erase_event(traced.event_id, now=life.clock.at)

    for change in (forget_person, forget_event):
        before = pages.kept()
        change()
        after = pages.now()
        assert after == pages.drawn()
        assert after != before
    assert "Duyên" not in after[0]


# ---------------------------------------------------------------- whose it is


def test_two_units_never_share_a_page(app: Flask, frozen_clock: FrozenClock) -> None:
    """Not even when everything but the unit is the same."""
    event = make_event(seats=4, units=3)
    units = participations(event)
    for unit in units:
        enter(unit, "Phạm Thu Hiên")
    pages = Pages(app, [unit_path(one) for one in units])
    pages.kept()
    shown = pages.now()
    for number, unit in enumerate(units):
        page = shown[number * len(LANGUAGES)]
        assert unit.name in page and unit_secret(unit) in page
        for foreign in units:
            if foreign is not unit:
                for mark in (foreign.name, foreign.code, unit_secret(foreign)):
                    assert mark not in page
    keys = [key for key in app.extensions["unchanged"] if key[0] == "unit's own"]
    assert {key[1] for key in keys} == {unit_secret(one) for one in units}
    assert "unit's own" not in {key[0] for key in app.extensions["page_cache"]}


def test_each_browser_gets_its_own_token(
    settings: Any, frozen_clock: FrozenClock, app: Flask
) -> None:
    unit = unit_path(participations(make_event())[0])
    enter(participations(db.session.scalars(select(Event)).one())[0], "Phạm Thu Hiên")
    tokens = set()
    for _ in range(3):
        client = app.test_client()
        for _again in range(2):
            db.session.remove()
            forget_token()
            page = client.get(unit).get_data(as_text=True)
        with client.session_transaction() as session:
            raw = session["csrf_token"]
        found = set(re.findall(r'csrf_token" value="([^"]*)"', page))
        assert len(found) == 1 and "\ue000" not in page
        tokens |= found
        assert token_holds(app, found.pop(), raw)
    assert len(tokens) == 3


def forget_token() -> None:
    """Flask keeps `g` for all requests of a test; a request of the server has its own."""
    g.pop("csrf_token", None)


def token_holds(app: Flask, token: str, raw: str) -> bool:
    serializer = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")
    return bool(serializer.loads(token) == raw)


def test_the_first_sight_of_a_letter_is_noted_after_the_desk_has_looked(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock
) -> None:
    event = make_event()
    entry = enter(participations(event)[0], "Phạm Thu Hiên").registration
    unit = unit_path(entry.participation_id)
    seen(client, unit)  # this browser is known: its coming again writes nothing else
    send_all(event, now=frozen_clock.at)
    desk = app.test_client()
    sign_in(desk, make_account("desk"))
    for _ in range(2):
        assert "Đã có giấy mời" in seen(desk, unit)
    assert letters_of(entry)[0].opened_at is None
    assert "Đã có giấy mời" in seen(client, unit)
    assert letters_of(entry)[0].opened_at == frozen_clock.at


def test_a_flash_is_shown_once(app: Flask, client: FlaskClient, frozen_clock: FrozenClock) -> None:
    unit = unit_path(participations(make_event())[0])
    enter(participations(db.session.scalars(select(Event)).one())[0], "Phạm Thu Hiên")
    seen(client, unit)
    with client.session_transaction() as session:
        session["_flashes"] = [("message", "Đã xong việc này.")]
    assert "Đã xong việc này." in seen(client, unit)
    assert "Đã xong việc này." not in seen(client, unit)
    assert "?x=%3Cb%3E" in seen(client, f"{unit}?x=<b>")
    assert "?x=" not in seen(client, unit)
