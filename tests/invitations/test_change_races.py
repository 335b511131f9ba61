"""Who decides a request at the same instant: threads with transactions of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.events.models import Event
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.changes import accept_request
from app.invitations.models import Invitation
from app.registration import requests
from app.registration.models import ChangeRequest, Registration
from app.registration.request_queries import request_of
from app.registration.services import withdraw
from tests.factories.changes import LETTERS, NEW, ask_for, fresh, mails_of, send_all
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import assert_seats_hold, enter, standing, unit_actor

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event(seats=1, units=3)


@pytest.fixture
def asked(event: Event) -> ChangeRequest:
    units = participations(event)
    entry = enter(units[0]).registration
    enter(units[1], "Người Thử Hai")
    send_all(event)
    return ask_for(entry, NEW, now=LETTERS)


def at_once(app: Flask, *deeds: Callable[[], None]) -> list[str]:
    """Each deed in a thread, a context and a unit of work of its own. → their refusals."""
    barrier, refused = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], None]) -> None:
        with app.app_context():
            try:
                barrier.wait(timeout=10)
                with unit_of_work():
                    deed()
            except DomainError as error:
                refused.append(type(error).__name__)
            finally:
                db.session.remove()

    db.session.remove()
    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=30)
    return refused


def accepting(event_id: int, request_id: int) -> Callable[[], None]:
    def deed() -> None:
        row = request_of(lock_event(event_id), request_id)
        accept_request(row.request, row.registration, row.participation, by=DESK, now=LETTERS)

    return deed


def taking_back(request_id: int) -> Callable[[], None]:
    def deed() -> None:
        one = db.session.get_one(ChangeRequest, request_id)
        requests.take_back(one, by=unit_actor(one.participation), now=LETTERS)

    return deed


def test_two_clerks_accept_at_once(app: Flask, event: Event, asked: ChangeRequest) -> None:
    event_id, key = event.id, asked.id
    refused = at_once(app, *[accepting(event_id, key) for _ in range(4)])
    assert refused == ["RequestDecided"] * 3
    assert_seats_hold(event_id)
    new = db.session.scalars(
        select(Registration).where(Registration.full_name == NEW.full_name)
    ).one()
    letters = select(func.count()).where(Invitation.registration_id == new.id)
    assert db.session.scalar(letters) == 1
    assert len([one for one in mails_of("receipt") if one.context["instead_of"]]) == 1


def test_the_unit_takes_back_while_the_desk_accepts(
    app: Flask, event: Event, asked: ChangeRequest
) -> None:
    event_id, key = event.id, asked.id
    refused = at_once(app, accepting(event_id, key), taking_back(key))
    assert refused == ["RequestDecided"]
    request = db.session.get_one(ChangeRequest, key)
    names = {one.full_name for one in standing(db.session.get_one(Event, event_id))}
    assert (NEW.full_name in names) is (request.state == "accepted")
    assert request.state in ("accepted", "taken_back")
    assert_seats_hold(event_id)


def test_the_desk_withdraws_while_another_clerk_accepts(
    app: Flask, event: Event, asked: ChangeRequest
) -> None:
    event_id, key, entry_id = event.id, asked.id, asked.registration_id

    def withdrawing() -> None:
        lock_event(event_id)
        one = db.session.get_one(Registration, entry_id, populate_existing=True)
        withdraw(one, one.participation, by=DESK, now=LETTERS)

    at_once(app, accepting(event_id, key), withdrawing)
    assert_seats_hold(event_id)
    request = db.session.get_one(ChangeRequest, key)
    assert request.state in ("accepted", "moot")
    assert fresh(db.session.get_one(Registration, entry_id)).state in ("replaced", "withdrawn")


def test_two_requests_of_one_entry_at_once(app: Flask, event: Event) -> None:
    entry = enter(participations(event)[2], "Người Thử Ba").registration
    entry_id, kinds = entry.id, ("A", "B", "C")

    def asking(letter: str) -> Callable[[], None]:
        def deed() -> None:
            one = db.session.get_one(Registration, entry_id)
            requests.ask(
                one, one.participation, requests.RequestKind.WITHDRAW, None, reason=letter,
                by=unit_actor(one.participation), now=LETTERS,
            )  # fmt: skip

        return deed

    assert at_once(app, *[asking(one) for one in kinds]) == ["RequestStands"] * 2
