"""Finding, giving and erasing what is held of one person."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.checkin.models import ExcusedAbsence, Scan
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.extensions import db
from app.hall_papers.models import SheetScan
from app.invitations.models import Invitation
from app.mail.models import Message, MessageState
from app.mail.services import BeingSent
from app.personal_data import people
from app.personal_data.erasing_one import CONTACTS, EVERYTHING, StillStanding, erase_person
from app.personal_data.scrubbing import ERASED_NAME, holds
from app.personal_data.sweeping import finish_wipe
from app.registration.models import ChangeRequest, Registration
from app.signed_forms.models import SignedFormPage
from tests.factories.events import make_event, participations
from tests.factories.personal_data import (
    AFTER_EVENT,
    ALLOWED_BY,
    EMAIL,
    NAME,
    OLD_NAME,
    PHONE,
    REASON,
    REFUSED_NAME,
    SHEET_FILE,
    SHEET_PICTURE,
    Traced,
    make_traced,
)
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, enter
from tests.personal_data.test_erasing import everything, raw_bytes

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def traced(app: Flask, database_kind: str) -> Traced:
    return make_traced()


def names(q: str) -> list[str | None]:
    return [one.registration.full_name for one in people.find_people(q)]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        (NAME, [NAME]),
        ("hoang thi my duyen", [NAME]),
        ("Duyên Thử 001", [NAME]),
        (EMAIL.upper(), [NAME]),
        ("0912 888 777", [NAME]),
        ("+84912888777", [NAME]),
        (OLD_NAME, [NAME, OLD_NAME]),  # the wanted successor of a request stands with its entry
        ("muon-doi@example.vn", [NAME]),
        ("Nguyễn Không Ai", []),
        ("0912 888 778", []),
        ("", []),
        ("x", []),
        ("%", []),
        ("__", []),
    ],
)
def test_a_person_is_found_by_name_phone_or_address(app, traced, q, expected):
    assert names(q) == expected


def test_finding_covers_all_events_and_costs_the_same(app, traced) -> None:
    with counted_queries() as few:
        people.find_people(NAME)
    other = make_event(slug="dot-hai", units=0)
    for unit in participations(other):
        enter(unit, NAME)
    with counted_queries() as many:
        found = people.find_people(NAME)
    assert len(found) == 6
    assert len({one.event.id for one in found}) == 2
    assert len(many) == len(few)


def test_each_place_is_counted(app, traced) -> None:
    [found] = people.find_people(EMAIL)
    places = found.places
    assert (places["requests"], places["forms"], places["letters"], places["scans"]) == (1, 1, 1, 1)
    assert places["mails"] == 3  # receipt, letter to the unit, letter to the delegate
    assert places["log"] >= 3
    assert (places["presences"], places["absences"], places["sheets"]) == (0, 1, 1)


def test_the_extract_gives_what_is_held(app, traced) -> None:
    with app.test_request_context():
        rows = list(people.extract_rows(people.find_people(EMAIL)))
        told = " ".join(str(cell) for row in rows for cell in row)
        assert all(len(row) == len(people.extract_header()) for row in rows)
    for fact in (
        NAME,
        "Phó Hiệu trưởng",
        PHONE,
        EMAIL,
        "Bà",
        "IMG_chu-ky-cua-Duyen.jpg",
        REASON,
        ALLOWED_BY,
        SHEET_FILE,
    ):
        assert fact in told
    assert OLD_NAME not in told


# ---------------------------------------------------------------- erasing


@pytest.mark.both_databases
def test_contacts_go_and_the_line_of_the_list_stays(app, traced) -> None:
    found = people.find_people(EMAIL)
    with unit_of_work():
        counts = erase_person(found, CONTACTS, now=IN_TIME)
    assert counts["registrations"] == counts["form_pages"] == 1
    registration = db.session.get_one(Registration, traced.registration_id)
    assert (registration.full_name, registration.state) == (NAME, "confirmed")
    assert (registration.phone, registration.email) == (None, None)
    assert db.session.scalar(select(func.count()).select_from(SignedFormPage)) == 0
    text = everything()
    for trace in (PHONE, "0912 888 777", EMAIL):
        assert trace not in text
    assert NAME in text
    # the replaced delegate asked for nothing
    assert db.session.get_one(Registration, traced.replaced_id).phone is not None


@pytest.mark.both_databases
def test_everything_of_a_person_goes_and_nobody_elses(app, traced) -> None:
    other = participations(db.session.get_one(Registration, traced.registration_id)
                           .participation.event)[1]  # fmt: skip
    namesake = enter(other, NAME, phone="+84912000999").registration.id
    found = [one for one in people.find_people(NAME) if one.registration.id != namesake]
    with unit_of_work():
        erase_person(found, EVERYTHING, now=AFTER_EVENT)
    registration = db.session.get_one(Registration, traced.registration_id)
    assert (registration.full_name, registration.position) == (ERASED_NAME, "")
    own_letters = Invitation.registration_id == traced.registration_id
    letter = db.session.scalars(select(Invitation).where(own_letters)).one()
    assert letter.content["addressee"]["name"] == ERASED_NAME
    own = [
        one
        for one in db.session.scalars(select(AuditEntry))
        if holds([one.before or {}, one.after or {}, one.reason or ""], [NAME])
    ]
    assert {one.thing_id for one in own} == {namesake}
    told = [
        one.thing_id
        for one in db.session.scalars(select(Message))
        if holds([one.subject, one.text, one.context, one.recipient_name], [NAME])
    ]
    assert set(told) == {namesake}
    standing = db.session.get_one(Registration, namesake)
    assert (standing.full_name, standing.phone) == (NAME, "+84912000999")
    assert db.session.get_one(Registration, traced.replaced_id).full_name == OLD_NAME


def test_nothing_of_the_person_is_left_in_the_file(app, traced) -> None:
    with unit_of_work():
        erase_person(people.find_people(EMAIL), EVERYTHING, now=AFTER_EVENT)
    assert finish_wipe()
    content = raw_bytes(app)
    for trace in (
        b"912888777",
        EMAIL.encode(),
        NAME.encode(),
        b"Duy\\u00ean",
        b"hoang thi my duyen",
    ):
        assert trace not in content


@pytest.mark.parametrize("scope", [CONTACTS, EVERYTHING])
def test_reasons_of_absence_go_and_signed_sheets_wait_for_their_day(app, traced, scope) -> None:
    with unit_of_work():
        erase_person(people.find_people(EMAIL), scope, now=AFTER_EVENT)
    assert db.session.scalars(select(ExcusedAbsence)).one().reason == ""
    assert db.session.get_one(Registration, traced.registration_id).allowed_by is None
    page = db.session.scalars(select(SheetScan)).one()
    assert page.picture.startswith(SHEET_PICTURE)  # others signed there; it pays travel claims
    scans = {one.client_id: one for one in db.session.scalars(select(Scan))}
    assert (scans["c1"].code is None) == (scope == EVERYTHING)
    assert scans["c2"].given["name"] == REFUSED_NAME


def test_words_typed_at_the_door_go_with_the_person(app, traced) -> None:
    with unit_of_work():
        refused = db.session.scalars(select(Scan).where(Scan.given.is_not(None))).one()
        refused.given = {"name": NAME, "position": "Hiệu trưởng"}
        erase_person(people.find_people(EMAIL), EVERYTHING, now=AFTER_EVENT)
    assert db.session.get_one(Scan, refused.id).given is None


def test_a_wanted_successor_is_erased_from_the_request(app, traced) -> None:
    """Their data stand in the request hung on the delegate they were to replace."""
    with unit_of_work():
        erase_person(people.find_people("muon-doi@example.vn"), CONTACTS, now=IN_TIME)
    request = db.session.scalars(select(ChangeRequest)).one()
    assert (request.full_name, request.email, request.reason) == (None, None, None)


def test_a_delegate_still_to_come_keeps_the_name(app, traced) -> None:
    before = everything()
    with pytest.raises(StillStanding), unit_of_work():
        erase_person(people.find_people(EMAIL), EVERYTHING, now=from_local(datetime(2024, 3, 13)))
    assert everything() == before
    with unit_of_work():
        erase_person(people.find_people(EMAIL), EVERYTHING, now=from_local(datetime(2024, 3, 14)))


def test_one_who_stands_no_more_may_go_at_once(app, traced) -> None:
    found = [one for one in people.find_people(OLD_NAME) if one.registration.state == "replaced"]
    with unit_of_work():
        erase_person(found, EVERYTHING, now=IN_TIME)
    assert db.session.get_one(Registration, traced.replaced_id).full_name == ERASED_NAME
    standing = db.session.get_one(Registration, traced.registration_id)
    assert (standing.full_name, standing.phone) == (NAME, PHONE)


def test_a_mail_under_way_is_waited_for(app, traced) -> None:
    with unit_of_work():
        db.session.scalars(select(Message)).first().state = MessageState.SENDING
    with pytest.raises(BeingSent), unit_of_work():
        erase_person(people.find_people(EMAIL), CONTACTS, now=IN_TIME)


@pytest.mark.parametrize(
    ("value", "word", "found"),
    [
        ("Vũ An, Hiệu trưởng", "Vũ An", True),
        ("VŨ AN", "Vũ An", True),
        ("Vũ Anh", "Vũ An", False),
        ("gọi +84912888777.", "+84912888777", True),
        ("x+849128887771", "+84912888777", False),
        ({"a": ["b", {"c": "Vũ An"}]}, "Vũ An", True),
        (None, "Vũ An", False),
        (7, "7", False),
    ],
)
def test_whole_words_only(value, word, found):
    assert holds(value, [word]) is found


def test_an_extract_opens_in_excel(app, traced) -> None:
    from app.core.spreadsheet_writing import write_xlsx

    with app.test_request_context():
        rows = [[*row[:4], None] for row in people.extract_rows(people.find_people(EMAIL))]
        content = write_xlsx("Bản trích", people.extract_header(), rows)
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet.max_row == len(rows) + 1
