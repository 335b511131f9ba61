"""The print run: which letters, in which order, with labels and envelopes, and the note of it."""

from __future__ import annotations

from io import BytesIO

import pdfplumber
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.core.access import SYSTEM
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.print_run import postal_address, print_lines
from app.invitations.services import send_letters
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, enter, person
from tests.factories.units import words_of

BASE = "/desk/events/tap-huan-2024/invitations/print"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    """Units in two districts and of three kinds, all with letters; two without a mailbox."""
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo quận Lê Chân", kind="district_committee",
                  district="Quận Lê Chân")  # fmt: skip
        make_unit("PGD-1", "Phòng GDĐT quận Hồng Bàng", kind="district_office",
                  district="Quận Hồng Bàng")  # fmt: skip
        make_unit("THPT-A", "Trường THPT Ánh Dương", district="Quận Hồng Bàng", email=None)
        make_unit("THPT-B", "Trường THPT Bình Minh", district="Quận Hồng Bàng")
        make_unit("THPT-C", "Trường THPT Ban Mai", district="Quận Lê Chân", email=None,
                  phone="+842253000111")  # fmt: skip
    made = make_event(seats=9, units=0)
    for number, unit in enumerate(participations(made)):
        if unit.kind != "district_committee":
            enter(unit, person(number))
    with unit_of_work():
        event = db.session.get_one(Event, made.id)
        event.letter = {**event.letter, "number": "214"}
        send_letters(event, None, by=SYSTEM, now=IN_TIME)
    return made


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def read(response) -> list[str]:
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    return [page.extract_text() for page in pdfplumber.open(BytesIO(response.data)).pages]


def letters() -> list[Invitation]:
    return list(
        db.session.scalars(
            select(Invitation).order_by(Invitation.id).execution_options(populate_existing=True)
        )
    )


def test_districts_then_kinds_then_names(event: Event) -> None:
    codes = [one.row.participation.code for one in print_lines(event)]
    assert codes == ["PGD-1", "THPT-A", "THPT-B", "BCD-1", "THPT-C"]


def test_those_without_a_mailbox_in_one_pdf(desk: FlaskClient, event: Event) -> None:
    first, second = read(desk.get(f"{BASE}/letters.pdf"))
    assert "Trường THPT Ánh Dương" in first
    assert "Trường THPT Ban Mai" in second
    assert "GIẤY MỜI" in first
    assert len(read(desk.get(f"{BASE}/letters.pdf?which=all"))) == 5


def test_a_delegate_with_a_mailbox_of_their_own_has_an_address(
    desk: FlaskClient, event: Event
) -> None:
    with unit_of_work():
        unit = db.session.scalars(select(Participation).where(Participation.code == "THPT-A")).one()
        db.session.scalars(
            select(Registration).where(Registration.participation_id == unit.id)
        ).one().email = "a@example.vn"
    assert len(read(desk.get(f"{BASE}/letters.pdf"))) == 1


def test_what_no_leader_approved_is_not_printed(desk: FlaskClient, event: Event) -> None:
    with unit_of_work():
        db.session.execute(update(Invitation).values(state="approved"))
    assert desk.get(f"{BASE}/letters.pdf?which=all").status_code == 404
    assert "Không có giấy mời nào để in" in words_of(desk.get(f"{BASE}?which=all"))


def test_labels_and_envelopes_in_the_order_of_the_letters(desk: FlaskClient, event: Event) -> None:
    (sheet,) = read(desk.get(f"{BASE}/labels.pdf?which=all&sheet=14&first=14"))[:1]
    assert "Phòng GDĐT quận Hồng Bàng" in sheet  # the last of a used sheet
    assert "Bình Minh" not in sheet
    envelopes = read(desk.get(f"{BASE}/envelopes.pdf?size=c5"))
    assert [("Ánh Dương" in page, "Ban Mai" in page) for page in envelopes] == [
        (True, False), (False, True),
    ]  # fmt: skip
    assert "Số: 214/GM-SGDĐT" in envelopes[0]
    assert "0225 3 000 111" in envelopes[1]
    assert "Người gửi:" in envelopes[1]


def test_nonsense_in_the_address(desk: FlaskClient, event: Event) -> None:
    for rest in ("labels.pdf?sheet=99", "envelopes.pdf?size=a0", "other.pdf"):
        assert desk.get(f"{BASE}/{rest}").status_code == 404
    for first in ("0", "25", "-3"):
        answer = desk.get(f"{BASE}/labels.pdf?first={first}", follow_redirects=True)
        assert "Hãy nhập số từ 1 đến 24" in words_of(answer)


def test_what_stands_on_an_envelope(event: Event) -> None:
    addresses = {
        one.row.participation.code: postal_address(event, one) for one in print_lines(event)
    }
    assert addresses["THPT-A"].lines[1:] == ("Trường THPT Ánh Dương", "Quận Hồng Bàng, Hải Phòng")
    assert addresses["PGD-1"].lines[-1] == "Hải Phòng"  # its name says the district
    unnamed = addresses["BCD-1"]
    assert unnamed.name.startswith("Đại diện")
    assert "Ban Chỉ đạo quận Lê Chân" in unnamed.name
    assert unnamed.lines == ("Hải Phòng",)


def test_printed_is_noted_when_a_person_says_so(
    desk: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    page = desk.get(BASE).text
    ids = [one.letter.id for one in print_lines(event) if not one.row.participation.email]
    assert f'value="{",".join(map(str, ids))}"' in page
    assert [one.printed_at for one in letters()] == [None] * 5
    done = desk.post(f"{BASE}/done", data={"letters": ",".join(map(str, ids)) + ",x,,99999"},
                     follow_redirects=True)  # fmt: skip
    assert "Đã ghi: đã in 2 giấy mời." in words_of(done)
    assert {one.id for one in letters() if one.printed_at} == set(ids)
    assert "Chưa in 3" in words_of(desk.get(BASE))
    logged = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "invitation.printed")
    ).one()
    assert logged.after == {"letters": 2}


def test_a_letter_of_another_event_is_not_marked(desk: FlaskClient, event: Event) -> None:
    with unit_of_work():
        other = Event(
            slug="khac", title="K", short_title="K", list_title="K", venue="V", venue_address="A",
            cutoff_at=IN_TIME, cutoff_words="w", planned_seats=1, valid_on=IN_TIME.date(),
        )  # fmt: skip
        db.session.add(other)
        db.session.flush()
        key = letters()[0].id
        db.session.execute(update(Invitation).where(Invitation.id == key).values(event_id=other.id))
    desk.post(f"{BASE}/done", data={"letters": str(key)})
    assert db.session.get_one(Invitation, key, populate_existing=True).printed_at is None


def test_leaders_do_not_print(client: FlaskClient, event: Event) -> None:
    sign_in(client, make_account("leader"))
    for rest in ("", "/letters.pdf", "/labels.pdf", "/envelopes.pdf"):
        assert client.get(BASE + rest).status_code == 403
    assert client.post(f"{BASE}/done", data={"letters": "1"}).status_code == 403


def test_as_many_queries_with_one_letter_as_with_five(desk: FlaskClient, event: Event) -> None:
    def used() -> int:
        db.session.remove()
        with counted_queries() as sent:
            assert desk.get(f"{BASE}?which=all").status_code == 200
        return len(sent)

    used()
    five = used()
    first, *rest = [one.id for one in letters()]
    with unit_of_work():
        db.session.execute(update(Invitation).where(Invitation.id != first).values(state="void"))
    assert used() == five
