"""The desk's table of whom a letter has not reached: each way of not reaching, and its closing."""

from __future__ import annotations

from datetime import timedelta

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
from app.invitations.proof_queries import proof_rows, proof_totals
from app.invitations.proof_rules import LetterFacts, MailFact, Reach, reach_of
from app.invitations.services import send_letters
from app.mail.models import Message, MessageState
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, enter, person
from tests.factories.units import words_of

BASE = "/desk/events/tap-huan-2024/invitations/proof"
PHONE = "+842253000111"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    """Five letters out, to units 1 … 5."""
    made = make_event(seats=6, units=6)
    for number, unit in enumerate(participations(made)[:5]):
        enter(unit, person(number))
    with unit_of_work():
        units = participations(made)
        units[0].email = None
        units[0].phone = PHONE
        ids = {one.id for one in units[:5]}
        send_letters(db.session.get_one(Event, made.id), ids, by=SYSTEM, now=IN_TIME)
    return made


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def letter(number: int) -> Invitation:
    """Of unit THPT-00n."""
    return db.session.scalars(
        select(Invitation)
        .join(Registration)
        .join(Participation)
        .where(Participation.code == f"THPT-{number:03d}", Invitation.state != "void")
        .execution_options(populate_existing=True)
    ).one()


def mail_of(number: int, state: str, error: str | None = None) -> None:
    with unit_of_work():
        db.session.execute(
            update(Message)
            .where(Message.thing_type == "invitation", Message.thing_id == letter(number).id)
            .values(state=state, error_code=error, sent_at=IN_TIME if state == "sent" else None)
        )


def note(number: int, **values: object) -> None:
    key = letter(number).id
    with unit_of_work():
        db.session.execute(update(Invitation).where(Invitation.id == key).values(**values))


def reaches(event: Event, days_later: int = 0) -> dict[str, Reach]:
    rows = proof_rows(event, now=IN_TIME + timedelta(days=days_later))
    return {row.participation.code: row.reach for row in rows}


# ---------------------------------------------------------------- how far a letter came

FACTS = LetterFacts(IN_TIME, opened=False, told=False, answer=None, has_address=True, mails=())
SENT = MailFact(MessageState.SENT, IN_TIME)
BOUNCED = MailFact(MessageState.BOUNCED, IN_TIME, "bounce_no_user")
FAILED = MailFact(MessageState.FAILED, None, "no_user")
QUEUED = MailFact(MessageState.QUEUED, None)


@pytest.mark.parametrize(
    ("values", "days_later", "expected"),
    [
        ({"mails": (SENT,)}, 1, Reach.FRESH),
        ({"mails": (SENT,)}, 2, Reach.UNOPENED),
        ({"mails": (BOUNCED, SENT)}, 0, Reach.FRESH),  # the delegate's own mailbox took it
        ({"mails": (BOUNCED,)}, 0, Reach.BOUNCED),
        ({"mails": (FAILED, QUEUED)}, 0, Reach.SENDING),
        ({"mails": (FAILED,)}, 0, Reach.FAILED),
        ({"mails": (FAILED,), "has_address": False}, 0, Reach.NO_ADDRESS),
        ({"mails": (BOUNCED,), "opened": True}, 9, Reach.OPENED),
        ({"mails": (BOUNCED,), "told": True}, 9, Reach.TOLD),
        ({"told": True, "answer": "no"}, 9, Reach.NO),
        ({"opened": True, "answer": "other"}, 9, Reach.OTHER),
        ({"answer": "yes"}, 0, Reach.YES),
    ],
)
def test_how_far_a_letter_came(values: dict, days_later: int, expected: Reach) -> None:
    facts = LetterFacts(**{**FACTS.__dict__, **values})
    assert reach_of(facts, days=2, now=IN_TIME + timedelta(days=days_later)) == expected


def test_without_a_letter_out_nothing_is_said() -> None:
    assert reach_of(None, days=2, now=IN_TIME) == Reach.UNSENT


def test_the_table_reads_what_is_stored(event: Event) -> None:
    mail_of(2, "failed", "no_user")
    mail_of(3, "bounced", "no_user")
    mail_of(4, "sent")
    note(5, opened_at=IN_TIME)
    assert reaches(event, days_later=2) == {
        "THPT-001": Reach.NO_ADDRESS, "THPT-002": Reach.FAILED, "THPT-003": Reach.BOUNCED,
        "THPT-004": Reach.UNOPENED, "THPT-005": Reach.OPENED,
    }  # fmt: skip
    totals = proof_totals(event, now=IN_TIME + timedelta(days=2))
    assert (totals.reached, totals.to_call, totals.waiting, totals.unsent) == (1, 4, 0, 0)


def test_a_letter_in_work_is_not_out(event: Event) -> None:
    note(2, state="approved")
    assert reaches(event)["THPT-002"] == Reach.UNSENT


def test_the_desk_sees_whom_to_call(desk: FlaskClient, event: Event) -> None:
    mail_of(3, "bounced", "no_user")
    page = desk.get(BASE)
    assert "Cần báo 2" in words_of(page)
    assert f'href="tel:{PHONE}"' in page.text
    assert "Chưa có địa chỉ thư" in words_of(page)
    assert "Trường THPT Thử 002" not in words_of(page)  # being sent
    everybody = words_of(desk.get(f"{BASE}?tab=all"))
    assert "Trường THPT Thử 002" in everybody
    assert "Trường THPT Thử 003" in words_of(desk.get(f"{BASE}?tab=bounced&q=thu+003"))
    assert "Không còn ai phải báo" not in everybody
    assert desk.get(f"{BASE}?tab=nonsense&days=x&page=-4").status_code == 200


def test_days_are_chosen(desk: FlaskClient, event: Event, frozen_clock: FrozenClock) -> None:
    mail_of(4, "sent")
    frozen_clock.move_to(2024, 2, 27, 9, 0)
    assert "Trường THPT Thử 004" not in words_of(desk.get(f"{BASE}?tab=unopened"))
    assert "Trường THPT Thử 004" in words_of(desk.get(f"{BASE}?tab=unopened&days=1"))


# ---------------------------------------------------------------- told by telephone


def test_told_by_telephone_closes_the_line_and_can_be_undone(
    desk: FlaskClient, event: Event
) -> None:
    one = letter(1)
    page = desk.get(f"{BASE}/{one.id}?tab=no_address")
    assert f'href="tel:{PHONE}"' in page.text
    done = desk.post(f"{BASE}/{one.id}", data={"note": "Đã gặp văn thư", "back": "no_address"})
    assert done.headers["Location"].endswith("proof?tab=no_address")
    assert reaches(event)["THPT-001"] == Reach.TOLD
    told = letter(1)
    assert (told.told_by, told.told_note) == ("Vũ Mai An", "Đã gặp văn thư")
    assert "Đã gặp văn thư" in words_of(desk.get(f"{BASE}?tab=told"))
    desk.post(f"{BASE}/{one.id}/undo", data={"back": "//evil.example"})
    assert letter(1).told_at is None
    assert letter(1).told_note is None
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.like("invitation.told%"))
    ).all()
    assert sorted(actions) == ["invitation.told", "invitation.told_undone"]


def test_the_first_to_call_stays_noted(desk: FlaskClient, event: Event) -> None:
    key = letter(1).id
    desk.post(f"{BASE}/{key}", data={"note": "Một"})
    again = desk.post(f"{BASE}/{key}", data={"note": "Hai"}, follow_redirects=True)
    assert "đã ghi trước" in words_of(again)
    assert letter(1).told_note == "Một"


def test_a_note_too_long_is_kept_on_the_page(desk: FlaskClient, event: Event) -> None:
    answer = desk.post(f"{BASE}/{letter(1).id}", data={"note": "a" * 1001})
    assert answer.status_code == 422
    assert "a" * 1001 in answer.text
    assert letter(1).told_at is None


def test_letters_of_other_events_and_dead_ones_are_not_there(
    desk: FlaskClient, event: Event
) -> None:
    assert desk.get(f"{BASE}/99999").status_code == 404
    key = letter(1).id
    note(1, state="void")
    for rest in (f"/{key}", f"/{key}/undo", f"/{key}/withdraw"):
        assert desk.post(BASE + rest, data={"note": "x"}).status_code == 404


# ---------------------------------------------------------------- who cannot come


def test_one_click_frees_the_seat_of_who_cannot_come(desk: FlaskClient, event: Event) -> None:
    key = letter(2).id
    note(2, answer="no", answer_reason="Bận", answered_at=IN_TIME)
    assert "Rút đăng ký" in words_of(desk.get(f"{BASE}?tab=answered"))
    page = desk.post(f"{BASE}/{key}/withdraw", follow_redirects=True)
    assert "Đã rút đăng ký của Trường THPT Thử 002" in words_of(page)
    gone = db.session.get_one(Invitation, key, populate_existing=True)
    assert (gone.state, gone.registration.state) == ("void", "withdrawn")


def test_an_answer_changed_meanwhile_frees_nothing(desk: FlaskClient, event: Event) -> None:
    key = letter(2).id
    note(2, answer="yes", answered_at=IN_TIME)
    page = desk.post(f"{BASE}/{key}/withdraw", follow_redirects=True)
    assert "vừa thay đổi" in words_of(page)
    assert letter(2).registration.state == "confirmed"


# ---------------------------------------------------------------- who may, how many queries


def test_a_leader_looks_and_sees_no_phones(client: FlaskClient, event: Event) -> None:
    sign_in(client, make_account("leader"))
    page = client.get(BASE)
    assert page.status_code == 200
    assert PHONE not in page.text
    assert "Báo qua điện thoại" not in words_of(page)
    key = letter(1).id
    assert client.get(f"{BASE}/{key}").status_code == 403
    assert client.post(f"{BASE}/{key}/undo").status_code == 403


def test_as_many_queries_with_one_row_as_with_a_hundred(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock
) -> None:
    made = make_event(seats=120, units=100)
    event_id = made.id
    ids = [one.id for one in participations(made)]
    sign_in(client, make_account("desk"))

    def enter_and_send(chosen: list[int]) -> None:
        for number, key in enumerate(chosen):
            enter(db.session.get_one(Participation, key), person(number))
        with unit_of_work():
            send_letters(db.session.get_one(Event, event_id), set(chosen), by=SYSTEM, now=IN_TIME)

    def used() -> int:
        db.session.remove()
        with counted_queries() as sent:
            assert client.get(f"{BASE}?tab=all").status_code == 200
        return len(sent)

    enter_and_send(ids[:1])
    used()
    one = used()
    enter_and_send(ids[1:])
    assert used() == one <= 14
