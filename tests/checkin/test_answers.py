"""The words of every answer, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from app.checkin.answers import Answer, answer_of, answer_title, code_lines
from app.checkin.places import PAPER_PLACE
from app.checkin.results import Arrival, Counts, Person, ScanResult
from app.checkin.rules import REFUSED, Outcome, SessionTime
from app.core.clock import from_local
from app.events.models import EventSession
from app.registration.rules import State

AT = from_local(datetime(2024, 3, 12, 7, 41))
OLD = Person(1, "Ngọ Văn Đông", "Phó Hiệu trưởng", "Trường THPT Thử 001", State.CONFIRMED)
NEW = Person(2, "Ưng Hoài Ân", "Hiệu trưởng", "Trường THPT Thử 001", State.CONFIRMED)
SESSION = EventSession(
    name="Sáng", starts_at=AT - timedelta(minutes=11), ends_at=AT + timedelta(hours=4)
)
BASE = ScanResult(
    outcome=Outcome.WELCOME,
    client_id="12345678",
    scan_id=1,
    at=AT,
    session_id=1,
    code="1" * 32,
    person=OLD,
    arrival=None,
    successor=None,
    successor_arrival=None,
    place=None,
    session=SessionTime.OPEN,
    counts=Counts(64, 108),
)
ARRIVAL = Arrival(9, AT, "Cổng B")


@pytest.fixture(autouse=True)
def request_of_a_person(app: Flask):
    with app.test_request_context():
        yield


def said(outcome: Outcome, **values) -> Answer:
    return answer_of(replace(BASE, outcome=outcome, **values), SESSION)


def does(answer: Answer) -> list[str]:
    return [action.do for action in answer.actions]


def test_welcome_leaves_by_itself_and_can_be_undone() -> None:
    answer = said(Outcome.WELCOME, arrival=ARRIVAL)
    assert (answer.tone, answer.stays, answer.sound) == ("in", 1500, "high")
    assert answer.foot == "Lượt thứ 64 · 07:41"
    assert does(answer) == ["next", "undo"]
    assert answer.actions[1].presence_id == 9


def test_already_says_when_and_where() -> None:
    answer = said(Outcome.ALREADY, arrival=ARRIVAL)
    assert (answer.tone, answer.stays, answer.sound) == ("already", 4000, "double")
    assert answer.when == "lúc **07:41** tại **Cổng B**"
    assert does(answer) == ["next"]


def test_a_signature_on_paper_was_made_at_no_gate() -> None:
    answer = said(Outcome.ALREADY, arrival=replace(ARRIVAL, gate_name=PAPER_PLACE))
    assert answer.when == "theo **danh sách giấy**, ghi lúc **07:41**"


@pytest.mark.parametrize(
    ("successor", "arrival", "sentence", "first"),
    [
        (NEW, None, None, "check_in"),
        (NEW, ARRIVAL, "Người mới đã điểm danh lúc **07:41** tại **Cổng B**.", "desk"),
        (replace(NEW, state=State.WAITLISTED), None, "Người mới còn ở danh sách chờ.", "desk"),
        (
            replace(NEW, state=State.LATE),
            None,
            "Đăng ký của người mới quá hạn, Sở chưa xét.",
            "desk",
        ),
        (
            replace(NEW, state=State.WITHDRAWN),
            None,
            "Đăng ký của người mới cũng không còn hiệu lực.",
            "desk",
        ),
    ],
)
def test_replaced_offers_the_new_delegate_only_who_may_enter(
    successor: Person, arrival: Arrival | None, sentence: str | None, first: str
) -> None:
    answer = said(Outcome.REPLACED, successor=successor, successor_arrival=arrival)
    assert (answer.title, answer.name) == ("Đã thay bằng", "Ưng Hoài Ân")
    assert answer.more == ["Mã này là mã cũ, cấp cho **Ngọ Văn Đông**."] + (
        [sentence] if sentence else []
    )
    assert does(answer) == [first, "next"]


def test_withdrawn_names_whoever_the_unit_sends_now() -> None:
    assert said(Outcome.WITHDRAWN).more == ["Đơn vị đã rút đăng ký này."]
    answer = said(Outcome.WITHDRAWN, successor=NEW)
    assert answer.more == ["Đơn vị hiện cử **Ưng Hoài Ân**."]
    assert does(answer) == ["check_in", "next"]
    assert answer.actions[0].registration_id == 2


def test_wrong_session_says_which_and_when() -> None:
    early = said(Outcome.WRONG_SESSION, session=SessionTime.TOO_EARLY)
    assert early.more == ["Buổi **Sáng** bắt đầu lúc 07:30, 12/03/2024."]
    over = said(Outcome.WRONG_SESSION, session=SessionTime.OVER)
    assert over.more == ["Buổi **Sáng** đã kết thúc lúc 11:41, 12/03/2024."]
    assert does(over) == ["sessions", "next"]


def test_late_and_rejected_differ() -> None:
    late = said(Outcome.NOT_CONFIRMED, person=replace(OLD, state=State.LATE))
    assert (late.title, late.more) == ("Chưa được nhận", ["Đăng ký quá hạn, Sở chưa xét."])
    rejected = said(Outcome.NOT_CONFIRMED, person=replace(OLD, state=State.REJECTED))
    assert rejected.title == "Không được nhận"


def test_a_code_of_another_event_shows_no_name() -> None:
    answer = said(Outcome.WRONG_EVENT, person=None)
    assert (answer.title, answer.name, answer.lines) == ("Không đúng sự kiện", "", [])


def test_somebody_not_yet_named_is_shown_as_a_representative() -> None:
    person = replace(OLD, name=None)
    assert said(Outcome.WELCOME, person=person, arrival=ARRIVAL).name == "Đại diện Lãnh đạo"


@pytest.mark.parametrize("outcome", sorted(REFUSED))
def test_every_refusal_stays_and_says_what_to_do(outcome: Outcome) -> None:
    answer = said(outcome, successor=NEW, place=3)
    assert answer.stays == 0
    assert answer.tone in ("replaced", "waiting", "stop")
    assert answer.todo
    assert answer.spoken
    assert does(answer)[-1] == "next"
    assert len(answer.actions) == 2
    assert answer_title(outcome)


def test_read_codes_are_shown_in_fours_and_foreign_texts_cut() -> None:
    assert code_lines("0093118701426605221048739016") == "0093 1187 0142 6605\n2210 4873 9016"
    assert code_lines(" https://example.vn/" + "x" * 90) == "https://example.vn/" + "x" * 41
