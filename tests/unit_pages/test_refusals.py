"""Every page under a unit's link says whose page it is, also when it refuses."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import unit_of_work
from app.events.models import Event
from app.events.services import move_event
from app.extensions import db
from tests.conftest import FrozenClock
from tests.factories.events import DESK, OPENED, make_event, participations
from tests.factories.registration import enter
from tests.factories.units import unit_path, words_of

NAME = "Trường THPT Thử 001"
HIEN = {"full_name": "Phạm Thu Hiên", "position": "Phó Hiệu trưởng"}


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(units=2)


def test_a_refusal_stands_under_the_units_name(client: FlaskClient, event: Event) -> None:
    unit = unit_path(participations(event)[0])
    answer = client.get(f"{unit}/change")  # nobody stands yet
    assert answer.status_code == 409
    page = words_of(answer).split("mã THPT-001")[1]  # after title and header
    assert page.index(NAME) < page.index("Chưa làm được") < page.index("Hãy tải lại trang để xem")
    assert f'href="{unit}"' in answer.text


@pytest.mark.parametrize("state", ["open", "closed"])
@pytest.mark.parametrize("entered", [False, True])
def test_every_page_of_the_unit_names_it(
    client: FlaskClient, event: Event, state: str, entered: bool
) -> None:
    one, other = participations(event)
    if entered:
        enter(one)
    if state == "closed":
        with unit_of_work():
            move_event(db.session.get_one(Event, event.id), "closed", by=DESK, now=OPENED)
    unit = unit_path(one)
    answers = [client.get(unit), client.get(f"{unit}/change"), client.get(f"{unit}/withdraw"),
               client.post(unit, data={}), client.post(unit, data=HIEN),
               client.post(f"{unit}/change", data=HIEN), client.post(f"{unit}/withdraw")]  # fmt: skip
    for answer in answers:
        if answer.status_code == 303:
            answer = client.get(answer.headers["Location"])
        assert answer.status_code in (200, 409, 422)
        assert NAME in words_of(answer)
        assert "Thử 002" not in words_of(answer)


def test_a_link_that_is_none_names_nobody(client: FlaskClient, event: Event) -> None:
    answer = client.get("/units/x/change")
    assert answer.status_code == 404
    assert "Trường THPT" not in words_of(answer)
