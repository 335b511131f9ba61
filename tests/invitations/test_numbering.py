"""Number and date of the letters: once for all or one each, never twice in a year."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.invitations import approvals
from app.invitations.models import Approval, Invitation
from app.invitations.numbering import (
    NumbersRefused,
    NumberTaken,
    is_before_approval,
    numbered_letters,
    set_number,
    set_numbers,
)
from app.invitations.services import send_letters
from tests.conftest import FrozenClock
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, fill

pytestmark = pytest.mark.both_databases
DAY = date(2024, 3, 7)


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    event = make_event(seats=3, units=3)
    with unit_of_work():
        db.session.get_one(Event, event.id).delivery = {"approval": True}
    fill(event, 3)
    return event


def approved(event: Event) -> list[int]:
    with unit_of_work():
        made = approvals.submit(event, by=DESK, now=IN_TIME)
        key = made.id
    with unit_of_work():
        one = db.session.get_one(Approval, key)
        approvals.approve(one, mark=one.digest, by=DESK, now=IN_TIME)
    return [one.id for one in numbered_letters(event)]


def each(event: Event, numbers: dict[int, str]) -> int:
    with unit_of_work():
        return set_numbers(event, numbers, DAY, by=DESK, now=IN_TIME)


def letters() -> list[Invitation]:
    return list(db.session.scalars(
        select(Invitation).order_by(Invitation.id).execution_options(populate_existing=True)
    ))  # fmt: skip


def test_one_number_each_makes_ready_and_goes_out_with_it(event: Event) -> None:
    keys = approved(event)
    assert each(event, dict(zip(keys, ("214", "215", ""), strict=True))) == 2
    assert [(one.number, one.state) for one in letters()] == [
        ("214", "ready"), ("215", "ready"), (None, "approved"),
    ]  # fmt: skip
    with unit_of_work():
        done = send_letters(db.session.get_one(Event, event.id), None, by=DESK, now=IN_TIME)
    assert (done.sent, done.not_ready) == (2, 1)
    printed = [one.content["numbering"] for one in letters()]
    assert [(one["number"], one["date"]) for one in printed] == [
        ("214", "2024-03-07"), ("215", "2024-03-07"), (None, None),
    ]  # fmt: skip


def test_a_number_twice_is_refused_and_nothing_written(event: Event) -> None:
    keys = approved(event)
    with pytest.raises(NumberTaken, match="Số 0214 ghi cho hai thư"):
        each(event, {keys[0]: "214", keys[1]: "0214"})
    assert [one.number for one in letters()] == [None] * 3


def test_a_number_of_another_event_of_that_year_is_refused(event: Event) -> None:
    other = make_event(units=0, slug="khac", reserves=[])
    with unit_of_work():
        set_number(other, "214", DAY, by=DESK, now=IN_TIME)
    keys = approved(event)
    with pytest.raises(NumberTaken, match="Số 214 của năm 2024 đã dùng"):
        each(event, {keys[0]: "214"})
    with pytest.raises(NumberTaken), unit_of_work():
        set_number(event, "0214", DAY, by=DESK, now=IN_TIME)
    with unit_of_work():
        set_number(event, "214", date(2025, 1, 2), by=DESK, now=IN_TIME)  # another year


def test_a_letter_that_changed_meanwhile_stops_the_grid(event: Event) -> None:
    keys = approved(event)
    with unit_of_work():
        db.session.get_one(Invitation, keys[1]).state = "draft"
    with pytest.raises(NumbersRefused):
        each(event, {keys[0]: "214", keys[1]: "215"})
    assert letters()[0].number is None


def test_taking_the_common_number_away_makes_approved_again(event: Event) -> None:
    approved(event)
    with unit_of_work():
        set_number(event, "214", DAY, by=DESK, now=IN_TIME)
    assert {one.state for one in letters()} == {"ready"}
    with unit_of_work():
        set_number(event, None, None, by=DESK, now=IN_TIME)
    assert {(one.state, one.number) for one in letters()} == {("approved", None)}


def test_a_date_before_the_approval_is_seen(event: Event) -> None:
    approved(event)
    assert is_before_approval(event, date(2024, 2, 25))
    assert not is_before_approval(event, date(2024, 2, 26))
    assert len(participations(event)) == 3
