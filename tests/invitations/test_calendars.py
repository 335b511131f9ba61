"""Diary entries over the versions of a letter: one entry a seat, changed and taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar

from app.core import clock
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations import changes
from app.invitations.calendars import calendar_file, void_attachments
from app.invitations.models import Invitation
from app.invitations.services import letter_attachments
from app.mail.models import Message
from app.mail.preparing import prepare
from app.registration.models import Registration
from tests.factories.changes import (
    LETTERS,
    accept,
    ask_for,
    fresh,
    gone_out,
    letters_of,
    mails_of,
    send_all,
)
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import enter

STARTS = clock.from_local(datetime(2024, 3, 13, 7, 30))


@pytest.fixture
def event(app: Flask) -> Event:
    made = make_event(seats=2, units=4)
    with unit_of_work():
        row = db.session.get_one(Event, made.id)
        row.starts_at, row.ends_at = STARTS, STARTS + timedelta(hours=9)
    return db.session.get_one(Event, made.id)


@pytest.fixture
def entry(event: Event) -> Registration:
    unit: Participation = participations(event)[0]
    return enter(unit, email="hien@example.vn").registration


def read(content: bytes | None) -> tuple[str, Any]:
    """→ method, event"""
    assert content is not None
    calendar = Calendar.from_ical(content)
    (found,) = calendar.walk("VEVENT")
    return calendar["METHOD"], found


def newest(registration: Registration) -> Invitation:
    return max(letters_of(registration), key=lambda one: one.version)


def test_the_file_goes_with_the_letter_and_names_its_method(
    event: Event, entry: Registration
) -> None:
    send_all(event)
    message = mails_of("invitation")[0]
    *_, (name, kind, content) = letter_attachments(message)
    assert (name, kind) == ("tap-huan.ics", "text/calendar; method=PUBLISH; charset=utf-8")
    method, found = read(content)
    assert (method, found["SEQUENCE"], found["STATUS"]) == ("PUBLISH", 0, "CONFIRMED")
    assert found["DTSTART"].dt == STARTS
    assert found["ORGANIZER"] == "mailto:dangky@example.vn"
    assert content == calendar_file(newest(entry))  # the page gives the very same


def test_a_replaced_delegate_s_entry_is_cancelled_and_the_unit_s_one_goes_over(
    event: Event, entry: Registration
) -> None:
    send_all(event)
    gone_out(event)
    _, before = read(calendar_file(newest(entry)))
    new = accept(ask_for(entry, now=LETTERS), now=LETTERS).registration
    (told,) = mails_of("letter_void")
    ((name, kind, content),) = void_attachments(told)
    assert (name, kind) == (
        "huy-lich-tap-huan.ics", "text/calendar; method=CANCEL; charset=utf-8",
    )  # fmt: skip
    method, cancelled = read(content)
    _, after = read(calendar_file(newest(new)))
    assert (method, cancelled["STATUS"]) == ("CANCEL", "CANCELLED")
    assert before["UID"] == cancelled["UID"] == after["UID"]
    assert before["SEQUENCE"] < cancelled["SEQUENCE"] < after["SEQUENCE"]
    assert b"/invitations/" not in content  # the dead letter's page is not named


def test_a_new_version_changes_the_entry(event: Event, entry: Registration) -> None:
    send_all(event)
    gone_out(event)
    _, before = read(calendar_file(newest(entry)))
    with unit_of_work():
        row = db.session.get_one(Event, event.id)
        row.venue = "Hội trường B"
    send_all(event)
    _, after = read(calendar_file(newest(entry)))
    assert newest(entry).version == 2
    assert before["UID"] == after["UID"]
    assert before["SEQUENCE"] < after["SEQUENCE"]
    assert "Hội trường B" in after["LOCATION"]


@pytest.mark.parametrize(("how", "template"), [("withdraw", "withdrawn"), ("reject", "decided")])
def test_a_unit_that_is_out_gets_the_cancellation(
    event: Event, entry: Registration, how: str, template: str
) -> None:
    send_all(event)
    gone_out(event)
    registration = fresh(entry)
    with unit_of_work():
        ended = db.session.get_one(Registration, registration.id)
        about: dict[str, Any] = {"by": DESK, "now": LETTERS}
        if how == "withdraw":
            changes.withdraw_delegate(ended, ended.participation, **about)
        else:
            changes.reject_delegate(ended, ended.participation, sentence="Hết chỗ", **about)
    message: Message = mails_of(template)[-1]
    outgoing, _ = prepare(message.id)
    (file,) = outgoing.files
    method, found = read(file.content)
    assert (method, found["SEQUENCE"]) == ("CANCEL", 1)
    assert "huy-lich-tap-huan.ics" in outgoing.text


def test_without_a_letter_nothing_is_cancelled(event: Event, entry: Registration) -> None:
    with unit_of_work():
        ended = db.session.get_one(Registration, entry.id)
        changes.withdraw_delegate(ended, ended.participation, by=DESK, now=LETTERS)
    assert void_attachments(mails_of("withdrawn")[-1]) == []
    assert void_attachments(mails_of("receipt")[0]) == []


def test_a_tentative_time_has_no_entry(event: Event, entry: Registration) -> None:
    send_all(event)
    gone_out(event)
    with unit_of_work():
        row = db.session.get_one(Event, event.id)
        row.starts_at = row.ends_at = None
    accept(ask_for(entry, now=LETTERS), now=LETTERS)
    assert void_attachments(mails_of("letter_void")[0]) == []
