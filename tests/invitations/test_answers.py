"""What a delegate answers on the letter's page, and who is told."""

from __future__ import annotations

import re
import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core.access import SYSTEM
from app.core.database import unit_of_work
from app.core.errors import TooManyAttempts
from app.events.models import Event, Participation
from app.events.queries import unit_secret
from app.extensions import db
from app.invitations.answers import (
    ANSWERS_A_DAY,
    Answer,
    AnswersClosed,
    give_answer,
    name_other,
)
from app.invitations.changes import accept_request
from app.invitations.models import Invitation
from app.invitations.proof import LetterGone, carry_answer, delegate_actor, note_first
from app.invitations.queries import letter_secret
from app.invitations.services import send_letters
from app.mail.models import Message
from app.registration.errors import RequestStands
from app.registration.models import ChangeRequest, Registration
from app.registration.requests import ask
from app.registration.rows import Entry
from app.registration.rules import RequestKind
from app.registration.services import withdraw
from tests.conftest import FrozenClock
from tests.factories.events import make_event, participations
from tests.factories.registration import IN_TIME, enter, unit_actor
from tests.factories.units import words_of

KHUE = Entry("Tạ Đăng Khuê", "Phó Hiệu trưởng")
ZALO = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 Zalo android"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    made = make_event(seats=3, units=3)
    with unit_of_work():
        db.session.get_one(Event, made.id).contact = {
            "department": "Phòng Thử", "email": "so@example.vn", "phone": "0225 000 0000",
        }  # fmt: skip
    return made


@pytest.fixture
def letter(event: Event) -> Invitation:
    unit = participations(event)[0]
    enter(unit)
    with unit_of_work():
        send_letters(db.session.get_one(Event, event.id), {unit.id}, by=SYSTEM, now=IN_TIME)
    return newest()


def newest() -> Invitation:
    return db.session.scalars(
        select(Invitation)
        .order_by(Invitation.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one()


def path(letter: Invitation, rest: str = "") -> str:
    return f"/invitations/{letter_secret(letter)}{rest}"


def say(client: FlaskClient, letter: Invitation, kind: str, **form: str):
    return client.post(path(letter, f"/answer/{kind}"), data=form)


def mails() -> list[Message]:
    return list(
        db.session.scalars(select(Message).where(Message.template == "answer").order_by(Message.id))
    )


def give(letter: Invitation, answer: Answer, reason: str | None = None, now=IN_TIME) -> None:
    with unit_of_work():
        one = db.session.get_one(Invitation, letter.id)
        give_answer(one, answer, reason=reason, by=delegate_actor(one.registration), now=now)


def other(letter: Invitation, entry: Entry = KHUE) -> None:
    with unit_of_work():
        one = db.session.get_one(Invitation, letter.id)
        name_other(one, entry, reason="Bận", by=delegate_actor(one.registration), now=IN_TIME)


# ---------------------------------------------------------------- yes and no


def test_yes_by_two_taps_tells_nobody(client: FlaskClient, letter: Invitation) -> None:
    page = client.get(path(letter))
    assert "Chưa trả lời" in words_of(page)
    assert "Set-Cookie" not in page.headers  # reading leaves nothing in the browser
    assert "Phạm Thu Hiên sẽ dự tập huấn?" in words_of(client.get(path(letter, "/answer/yes")))
    answer = say(client, letter, "yes")
    assert (answer.status_code, answer.headers["Location"]) == (303, path(letter) + "#answer")
    assert newest().answer == "yes"
    assert "Sẽ dự Sở nhận lúc 09:00, ngày 26/02/2024" in words_of(client.get(path(letter)))
    assert mails() == []


def test_no_needs_a_reason_and_tells_unit_and_desk(client: FlaskClient, letter: Invitation) -> None:
    wrong = say(client, letter, "no", reason="  ")
    assert (wrong.status_code, newest().answer) == (422, None)
    assert "Hãy ghi lý do" in words_of(wrong)
    assert say(client, letter, "no", reason="Trùng lịch <b>thi</b>").status_code == 303
    assert [(one.recipient, one.context["audience"]) for one in mails()] == [
        ("thpt-001@example.vn", "unit"), ("so@example.vn", "desk"),
    ]  # fmt: skip
    assert "/invitations/proof?tab=answered" in mails()[1].context["url"]
    entry = db.session.scalars(select(Registration)).one()
    assert entry.state == "confirmed"  # the seat is the unit's until it withdraws
    assert "Chỗ vẫn giữ" in words_of(client.get(path(letter)))


def test_the_same_answer_again_tells_nobody_again(letter: Invitation) -> None:
    give(letter, Answer.NO, "Bận")
    give(letter, Answer.NO, "Bận")
    assert len(mails()) == 2
    logged = db.session.scalar(
        select(func.count()).where(AuditEntry.action == "invitation.answered")
    )
    assert logged == 1


def test_a_change_back_is_told(letter: Invitation) -> None:
    give(letter, Answer.NO, "Bận")
    give(letter, Answer.YES)
    assert [one.context["reply"] for one in mails()] == ["no", "no", "yes", "yes"]
    assert (newest().answer, newest().answer_reason) == ("yes", None)


def test_answers_are_limited_a_day(letter: Invitation) -> None:
    for number in range(ANSWERS_A_DAY):
        give(letter, Answer.NO, f"Lý do {number}")
    with pytest.raises(TooManyAttempts):
        give(letter, Answer.YES)
    assert newest().answer == "no"


def test_until_the_event_begins(
    client: FlaskClient, letter: Invitation, frozen_clock: FrozenClock
) -> None:
    with unit_of_work():
        event = db.session.get_one(Event, letter.event_id)
        event.starts_at = frozen_clock.at
    with pytest.raises(AnswersClosed):
        give(letter, Answer.YES, now=frozen_clock.at)
    assert client.get(path(letter, "/answer/yes")).headers["Location"] == path(letter)
    page = words_of(client.get(path(letter)))
    assert "Tập huấn đã bắt đầu" in page
    assert "Cử người khác" not in page


def test_a_void_letter_answers_no_more(client: FlaskClient, letter: Invitation) -> None:
    registration_id = letter.registration_id
    with unit_of_work():
        one = db.session.get_one(Registration, registration_id)
        withdraw(one, one.participation, by=unit_actor(one.participation), now=IN_TIME)
    assert say(client, letter, "no", reason="Bận").headers["Location"] == path(letter)
    with pytest.raises(LetterGone):
        give(letter, Answer.NO, "Bận")
    page = client.get(path(letter))
    assert page.headers["X-Letter"] == "void"
    assert 'data-letter="void"' in page.text
    assert "Không còn hiệu lực".lower() in words_of(page).lower()
    assert (newest().answer, mails()) == (None, [])


def test_what_may_be_kept_and_by_whom(client: FlaskClient, letter: Invitation) -> None:
    page = client.get(path(letter))
    assert page.headers["Cache-Control"] == "no-store"  # no cache but the page's own worker
    assert re.fullmatch(r"keep; seconds=\d{6,7}", page.headers["X-Letter"])
    worker = client.get("/invitations/worker.js")
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "X-Letter" in worker.text
    assert "Service-Worker-Allowed" not in worker.headers  # its scope is /invitations/


def test_the_map_is_a_plain_link_that_says_it_leaves(
    client: FlaskClient, letter: Invitation
) -> None:
    page = client.get(path(letter)).text
    link = re.search(r'<a [^>]*href="(https://www\.google\.com/maps[^"]+)"[^>]*>', page)
    assert link and "noopener" in link[0]
    assert letter_secret(letter) not in link[1]
    assert "ngoài trang của Sở" in page


# ---------------------------------------------------------------- somebody else


def test_somebody_else_is_a_request_of_the_delegate(
    client: FlaskClient, letter: Invitation
) -> None:
    asked = say(client, letter, "other", full_name="Tạ Đăng Khuê", position="Phó Hiệu trưởng",
                reason="Bận coi thi")  # fmt: skip
    assert asked.status_code == 303
    request = db.session.scalars(select(ChangeRequest)).one()
    assert (request.source, request.state, request.full_name) == (
        "delegate", "open", "Tạ Đăng Khuê",
    )  # fmt: skip
    assert newest().answer == "other"
    assert db.session.scalars(select(Registration)).one().full_name == "Phạm Thu Hiên"
    assert {one.recipient for one in mails()} == {"thpt-001@example.vn", "so@example.vn"}
    assert db.session.scalars(select(Message).where(Message.template == "request")).all() == []
    page = words_of(client.get(path(letter)))
    assert "Đề nghị cử Tạ Đăng Khuê đi thay. Sở đang xét" in page
    unit = db.session.get_one(Participation, letter.registration.participation_id)
    shown = words_of(client.get(f"/units/{unit_secret(unit)}"))
    assert "Người dự đề nghị trên trang giấy mời" in shown


def test_nobody_named_is_told_at_the_field(client: FlaskClient, letter: Invitation) -> None:
    wrong = say(client, letter, "other", full_name="", position="", reason="")
    assert wrong.status_code == 422
    assert "Hãy nhập họ và tên" in words_of(wrong)
    assert db.session.scalars(select(ChangeRequest)).all() == []


def test_the_desk_accepts_and_the_old_letter_dies(client: FlaskClient, letter: Invitation) -> None:
    other(letter)
    with unit_of_work():
        asked = db.session.scalars(select(ChangeRequest)).one()
        accept_request(asked, asked.registration, asked.participation, by=SYSTEM, now=IN_TIME)
    assert newest().content["addressee"]["name"] == "Tạ Đăng Khuê"
    assert newest().answer is None
    assert client.get(path(letter)).headers["X-Letter"] == "void"


def test_thinking_better_of_it_takes_the_request_back(letter: Invitation) -> None:
    other(letter)
    give(letter, Answer.YES)
    assert db.session.scalars(select(ChangeRequest.state)).all() == ["taken_back"]
    other(letter, Entry("Đỗ Quang Vinh", "Hiệu trưởng"))
    other(letter)  # another name: the first request makes room
    states = db.session.scalars(select(ChangeRequest.state).order_by(ChangeRequest.id)).all()
    assert states == ["taken_back", "taken_back", "open"]


def test_the_units_own_request_is_not_the_delegates_to_change(
    client: FlaskClient, letter: Invitation
) -> None:
    with unit_of_work():
        one = db.session.get_one(Registration, letter.registration_id)
        ask(one, one.participation, RequestKind.WITHDRAW, None, reason="Bận",
            by=unit_actor(one.participation), now=IN_TIME)  # fmt: skip
    with pytest.raises(RequestStands):
        other(letter)
    give(letter, Answer.YES)
    assert db.session.scalars(select(ChangeRequest.state)).all() == ["open"]
    refused = say(client, letter, "other", full_name="Tạ Đăng Khuê", position="Hiệu trưởng",
                  reason="Bận")  # fmt: skip
    assert refused.status_code == 409
    assert "Tạ Đăng Khuê" in refused.text  # what was typed stays
    assert newest().answer == "yes"


# ---------------------------------------------------------------- what is noted


@pytest.mark.parametrize(
    ("agent", "counts"),
    [(ZALO, True), ("facebookexternalhit/1.1", False), ("Zalo/1.0 preview", False)],
)
def test_a_program_that_draws_a_preview_has_opened_nothing(
    client: FlaskClient, letter: Invitation, agent: str, counts: bool
) -> None:
    client.get(path(letter), headers={"User-Agent": agent})
    client.get(path(letter, "/giay-moi.pdf"), headers={"User-Agent": agent})
    assert (newest().opened_at is not None, newest().downloaded_at is not None) == (counts, counts)


def test_the_unit_that_sees_the_letter_on_its_page_is_reached(
    client: FlaskClient, letter: Invitation
) -> None:
    unit = db.session.get_one(Participation, letter.registration.participation_id)
    client.get(f"/units/{unit_secret(unit)}", headers={"User-Agent": ZALO})
    assert newest().opened_at is not None
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "invitation.opened")
    ).one()
    assert (entry.actor_kind, entry.actor_label) == ("unit", unit.name)


def test_the_calendar_taken_is_noted(client: FlaskClient, letter: Invitation) -> None:
    with unit_of_work():
        event = db.session.get_one(Event, letter.event_id)
        event.starts_at = IN_TIME.replace(month=3, day=13)
    assert client.get(path(letter, "/tap-huan.ics")).status_code == 200
    assert newest().calendar_at is not None


@pytest.mark.both_databases
def test_of_two_openings_at_once_one_is_the_first(app: Flask, letter: Invitation) -> None:
    """Each on a connection of its own, both after having seen that nobody opened it."""
    key, firsts, ready = letter.id, [], threading.Barrier(4)
    db.session.remove()

    def open_it() -> None:
        with app.app_context():
            one = db.session.get_one(Invitation, key)
            assert one.opened_at is None
            by = delegate_actor(one.registration)
            db.session.rollback()
            ready.wait()
            with unit_of_work():
                again = db.session.get_one(Invitation, key)
                firsts.append(note_first(again, "opened_at", by=by, now=IN_TIME))
            db.session.remove()

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(firsts) == [False, False, False, True]
    logged = db.session.scalar(select(func.count()).where(AuditEntry.action == "invitation.opened"))
    assert logged == 1


# ---------------------------------------------------------------- a new version


def test_a_new_version_keeps_the_answer_unless_it_asks_something_else(letter: Invitation) -> None:
    give(letter, Answer.YES)
    old = newest()
    numbered = Invitation(content={**old.content, "number": "214"})
    moved = Invitation(content={**old.content, "time": "8 giờ 00 phút, ngày 14 tháng 3"})
    carry_answer(old, numbered)
    carry_answer(old, moved)
    assert (numbered.answer, numbered.answered_at) == ("yes", old.answered_at)
    assert (moved.answer, moved.answered_at) == (None, None)


def test_a_number_given_later_does_not_ask_again(letter: Invitation) -> None:
    give(letter, Answer.YES)
    with unit_of_work():
        event = db.session.get_one(Event, letter.event_id)
        event.letter = {**event.letter, "number": "214"}
        send_letters(event, None, by=SYSTEM, now=IN_TIME)
    assert (newest().version, newest().number, newest().answer) == (2, "214", "yes")
