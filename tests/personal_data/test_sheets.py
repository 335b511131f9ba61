"""Who is erased goes from printed attendance sheets too; the rows stay where they were signed."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.clock import now
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.hall_papers.models import AttendanceSheet
from app.hall_papers.sheet_content import SheetOptions
from app.hall_papers.sheets import make_sheet, sheet_pdf
from app.personal_data.erasing_hall import strip_sheets
from app.personal_data.scrubbing import ERASED_NAME
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.events import DESK, make_event
from tests.factories.registration import fill
from tests.printing.reading import pages

LONG = "Công Tằng Tôn Nữ Hoàng Nguyên Phương Thảo Khánh Lan Ngọc Đan"


@pytest.fixture
def sheet(app: Flask, frozen_clock: FrozenClock) -> AttendanceSheet:
    event = make_event(seats=30, units=20)
    fill(event, 20)
    with unit_of_work():
        db.session.scalars(select(Registration)).first().full_name = LONG
        found = db.session.get_one(Event, event.id)
        return make_sheet(found, found.sessions, SheetOptions(), by=DESK, now=now())


def test_one_person_goes_and_the_others_stay(sheet: AttendanceSheet) -> None:
    gone, *others = db.session.scalars(select(Registration).order_by(Registration.id)).all()
    names = [one.full_name for one in others]
    places = [page.rows for page in sheet.pages]
    with unit_of_work():
        strip_sheets(sheet.event_id, {gone.id})
    db.session.expire_all()
    again = db.session.get_one(AttendanceSheet, sheet.id)
    assert LONG not in str(again.content) and ERASED_NAME in str(again.content)
    assert all(name in str(again.content) for name in names)
    words = "\n".join(page.extract_text() for page in pages(sheet_pdf(again)))  # same places
    assert ERASED_NAME in words and "Công Tằng" not in words
    assert [page.rows for page in again.pages] == places


def test_another_events_sheet_is_left_alone(sheet: AttendanceSheet) -> None:
    gone = db.session.scalars(select(Registration)).first()
    before = sheet.content
    with unit_of_work():
        strip_sheets(sheet.event_id + 1, {gone.id})
    assert db.session.get_one(AttendanceSheet, sheet.id).content == before
