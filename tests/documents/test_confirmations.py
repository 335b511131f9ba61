"""Thanks with the confirmation of attendance, and the page that checks it."""

from __future__ import annotations

import io
from datetime import datetime

import pdfplumber
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.checkin.models import Presence
from app.core import clock
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.core.tokens import ENTRY_CODE, entry_digits
from app.documents.attendance import attended
from app.documents.confirmation_numbers import number_of, set_confirmation_number
from app.documents.confirmations import confirmation_code, times_words
from app.events.models import Event, EventSession
from app.events.queries import lock_event
from app.extensions import db
from app.invitations import reminders
from app.invitations.reminder_queries import targets
from app.invitations.reminder_rules import Deed, Kind
from app.invitations.reminder_tasks import send_due
from app.mail.batches import prepare_waiting
from app.mail.models import Message
from app.mail.tasks import drain_outbox
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import MORNING, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import enter
from tests.factories.units import words_of


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    """Three schools with a delegate each; the first was there in the morning."""
    event = make_event(seats=3, units=3)
    for number, unit in enumerate(participations(event)):
        enter(unit, f"Phạm Thu Hiên {'ABC'[number]}")
    frozen_clock.move_to(2024, 3, 12, 7, 41)
    scan(entry(event, 0), now=MORNING)
    frozen_clock.move_to(2024, 3, 14, 8, 0)
    return event


def entry(event: Event, number: int) -> Registration:
    query = select(Registration).where(Registration.event_id == event.id).order_by(Registration.id)
    return db.session.scalars(query).all()[number]


def code_of(event: Event) -> str:
    return confirmation_code(attended(event)[0])


def mails() -> list[Message]:
    db.session.rollback()
    query = select(Message).where(Message.template.in_(("thanks", "absent")))
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def undo(event: Event) -> None:
    with unit_of_work():
        db.session.scalars(select(Presence)).one().undone_at = clock.now()


def words_of_pdf(content: bytes) -> str:
    with pdfplumber.open(io.BytesIO(content)) as document:
        assert len(document.pages) == 1
        return " ".join((document.pages[0].extract_text() or "").split())


@pytest.fixture
def desk(client: FlaskClient) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


DESK_PAGE = "/desk/events/tap-huan-2024/confirmations"


def paper(client: FlaskClient, event: Event) -> str:
    return words_of_pdf(client.get(f"/confirmations/{code_of(event)}.pdf").data)


def test_the_clerks_number_and_date_stand_on_every_paper(desk: FlaskClient, event: Event) -> None:
    assert "/GXN-SGDĐT" in paper(desk, event) and "Số: 31" not in paper(desk, event)
    preview = "/desk/events/tap-huan-2024/reminders/thanks"
    assert "Giấy xác nhận chưa có số, ngày" in words_of(desk.get(preview))
    assert "1 người có mặt" in words_of(desk.get(DESK_PAGE))
    done = desk.post(DESK_PAGE, data={"number": "31", "issued_on": "15/03/2024"})
    assert done.status_code == 303
    text = paper(desk, event)
    assert "Số: 31/GXN-SGDĐT" in text and "ngày 15 tháng 3 năm 2024" in text
    assert 'value="31"' in desk.get(DESK_PAGE).text
    assert "Giấy xác nhận chưa có số, ngày" not in words_of(desk.get(preview))
    desk.post(DESK_PAGE, data={"number": "", "issued_on": ""})
    assert "Số: 31" not in paper(desk, event)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"number": "31/GXN", "issued_on": ""}, "Chỉ nhập phần số"),
        ({"number": "31", "issued_on": "30/02/2024"}, "Ngày viết theo dạng"),
    ],
)
def test_what_is_no_number_or_date_is_refused(
    desk: FlaskClient, event: Event, typed: dict[str, str], told: str
) -> None:
    answer = desk.post(DESK_PAGE, data=typed)
    assert answer.status_code == 422
    assert told in words_of(answer) and "Chưa ghi số, ngày" in words_of(answer)
    db.session.expire_all()
    assert number_of(event) == (None, None)


def test_a_number_of_another_event_of_the_year_is_refused(desk: FlaskClient, event: Event) -> None:
    other = make_event(slug="khac", seats=1, units=0)
    with unit_of_work():
        set_confirmation_number(other, "031", None, by=DESK, now=MORNING)
    answer = desk.post(DESK_PAGE, data={"number": "31", "issued_on": ""})
    assert answer.status_code == 422 and "đã dùng cho giấy xác nhận của" in words_of(answer)


def test_who_was_there_is_thanked_with_the_paper(event: Event) -> None:
    done = send_due()
    assert [one.slot.kind for one in done if one.deed == Deed.SEND] == [Kind.THANKS]
    prepare_waiting()
    drain_outbox()
    (mail,) = mails()
    assert (mail.recipient, mail.state) == ("thpt-001@example.vn", "sent")
    assert mail.text is not None
    assert f"http://localhost/confirmations/{code_of(event)}" in mail.text
    (file,) = mail.attachments
    assert file.filename == "Giay-xac-nhan.pdf"
    text = words_of_pdf(file.content)
    assert "GIẤY XÁC NHẬN" in text
    assert "Tham dự tập huấn công tác đánh giá, công nhận" in text
    assert "Ông (Bà): Phạm Thu Hiên A" in text
    assert "Đơn vị công tác: Trường THPT Thử 001" in text
    assert "Thời gian: buổi sáng, ngày 13/03/2024." in text
    assert "thanh toán công tác phí theo quy định hiện hành./." in text
    assert "Số: /GXN-SGDĐT" in text  # a person gives the number and the date
    assert code_of(event)[:4] in text


def test_whose_check_in_was_undone_is_thanked_no_more(event: Event) -> None:
    send_due()
    prepare_waiting()
    assert len(mails()) == 1
    undo(event)
    drain_outbox()
    assert mails() == []


def test_the_absent_are_written_to_only_if_the_desk_wants(event: Event) -> None:
    send_due()
    prepare_waiting()
    assert {one.template for one in mails()} == {"thanks"}
    with unit_of_work():
        reminders.send_now(lock_event(event.id), Kind.ABSENT, by=DESK, now=clock.now())
    prepare_waiting()
    absent = [one.recipient for one in mails() if one.template == "absent"]
    assert absent == ["thpt-002@example.vn", "thpt-003@example.vn"]


def test_before_the_end_nobody_is_thanked(event: Event, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(2024, 3, 13, 9, 0)
    assert targets(event, Kind.THANKS) == targets(event, Kind.ABSENT) == []


def test_anyone_checks_a_paper_and_gets_it_again(event: Event, client: FlaskClient) -> None:
    code = code_of(event)
    page = words_of(client.get(f"/confirmations/{code}"))
    assert "Giấy xác nhận này do Sở cấp" in page
    assert "Phạm Thu Hiên A" in page
    assert "buổi sáng, ngày 13/03/2024" in page
    assert "example.vn" not in page  # no address, no telephone
    spaced = " ".join(code[at : at + 4] for at in range(0, 32, 4))
    answer = client.get("/confirmations/", query_string={"code": spaced}, follow_redirects=True)
    assert "Giấy xác nhận này do Sở cấp" in words_of(answer)
    paper = client.get(f"/confirmations/{code}.pdf")
    assert paper.mimetype == "application/pdf"
    assert "Phạm Thu Hiên A" in words_of_pdf(paper.data)


def wrong_codes(event: Event) -> list[str]:
    good = code_of(event)
    first, absent = entry(event, 0), entry(event, 1)
    return [
        good[:-1] + str((int(good[-1]) + 1) % 10),
        entry_digits(ENTRY_CODE, event_id=event.id, thing_id=first.id, version=1),
        entry_digits(4, event_id=event.id, thing_id=absent.id, version=1),  # was not there
        entry_digits(4, event_id=event.id + 1, thing_id=first.id, version=1),
        "1234",
        "٣" * 32,
        "<b>",
    ]


def test_a_code_of_something_else_opens_nothing(event: Event, client: FlaskClient) -> None:
    for code in wrong_codes(event):
        answer = client.get(f"/confirmations/{code}")
        assert answer.status_code == 404, code
        assert "Không có giấy xác nhận với mã này" in words_of(answer)
        assert "Phạm Thu Hiên" not in answer.text
        assert client.get(f"/confirmations/{code}.pdf").status_code == 404


def test_an_undone_check_in_takes_the_paper_back(event: Event, client: FlaskClient) -> None:
    code = code_of(event)
    undo(event)
    assert client.get(f"/confirmations/{code}").status_code == 404


def test_guessing_is_stopped(event: Event, client: FlaskClient) -> None:
    answers = [client.get(f"/confirmations/{number}").status_code for number in range(31)]
    assert answers == [404] * 30 + [429]
    assert client.get(f"/confirmations/{code_of(event)}").status_code == 429


def session(name: str, *parts: int) -> EventSession:
    at = from_local(datetime(2024, *parts)) if parts else None  # type: ignore[arg-type]
    return EventSession(name=name, starts_at=at)


@pytest.mark.parametrize(
    ("sessions", "words"),
    [
        ([session("Sáng")], "buổi sáng, ngày 13/03/2024"),
        ([session("Sáng"), session("Chiều")], "buổi sáng và buổi chiều, ngày 13/03/2024"),
        ([session("Buổi sáng", 3, 14, 8)], "buổi sáng, ngày 14/03/2024"),
        ([session("Cả ngày", 3, 14, 8)], "cả ngày, ngày 14/03/2024"),
        (
            [session("Sáng", 3, 14, 8), session("Sáng", 3, 15, 8)],
            "buổi sáng, ngày 14/03/2024; buổi sáng, ngày 15/03/2024",
        ),
    ],
)
def test_only_the_sessions_attended_are_named(sessions: list[EventSession], words: str) -> None:
    assert times_words(sessions, datetime(2024, 3, 13).date()) == words
