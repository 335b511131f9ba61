"""Requests and direct changes of the desk: seats, letters, codes, mails and the log with them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.core.errors import TooManyAttempts
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.extensions import db
from app.invitations import changes
from app.invitations.queries import is_standing, letter_out
from app.invitations.services import LetterRefused, letter_attachments
from app.registration import requests
from app.registration.codes import entry_code
from app.registration.errors import (
    EventOver,
    MoveRefused,
    NothingAsked,
    RequestDecided,
    RequestsClosed,
    RequestStands,
)
from app.registration.models import ChangeRequest, Registration
from app.registration.rows import Entry
from app.registration.services import reject, replace, withdraw
from tests.conftest import FrozenClock
from tests.factories.changes import (
    LATER,
    LETTERS,
    NEW,
    accept,
    ask_for,
    fresh,
    gone_out,
    letters_of,
    mails_of,
    send_all,
)
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import (
    IN_TIME,
    assert_seats_hold,
    enter,
    fill,
    standing,
    unit_actor,
)

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event(seats=2, units=4)


@pytest.fixture
def unit(event: Event) -> Participation:
    return participations(event)[0]


@pytest.fixture
def entry(unit: Participation) -> Registration:
    return enter(unit, email="hien@example.vn").registration


def actions(prefix: str) -> list[str]:
    found = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
    return [one for one in found if one.startswith(prefix)]


# ---------------------------------------------------------------- asking


def test_a_request_has_its_time_code_mail_and_log(entry: Registration) -> None:
    asked = ask_for(entry)
    assert (asked.state, asked.full_name, asked.received_at) == ("open", NEW.full_name, LATER)
    assert len(asked.receipt_code) == 12
    assert fresh(entry).state == "confirmed"
    assert len(mails_of("request")) == 1
    assert actions("request") == ["request.replace_asked"]


def test_one_open_request_an_entry(entry: Registration) -> None:
    first = ask_for(entry)
    assert ask_for(entry).id == first.id  # a double click
    with pytest.raises(RequestStands):
        ask_for(entry, None)
    with pytest.raises(RequestStands):
        ask_for(entry, Entry("Người Thử Khác", "Hiệu trưởng"))
    assert len(mails_of("request")) == 1


def test_the_database_itself_refuses_a_second_one(entry: Registration) -> None:
    asked = ask_for(entry)
    with pytest.raises(RequestStands), unit_of_work():
        copy = {
            one.name: getattr(asked, one.name)
            for one in ChangeRequest.__table__.columns
            if one.name not in ("id", "receipt_code")
        }
        db.session.add(ChangeRequest(receipt_code="1" * 12, **copy))


def test_taken_back_one_may_ask_again_but_not_without_end(entry: Registration) -> None:
    for _ in range(requests.ASKED_A_DAY):
        asked = ask_for(entry)
        with unit_of_work():
            requests.take_back(fresh(asked), by=unit_actor(entry.participation), now=LATER)
    with pytest.raises(TooManyAttempts):
        ask_for(entry)
    assert ask_for(entry, now=LATER + timedelta(days=1, seconds=1)).state == "open"


def test_who_stands_already_is_no_change(entry: Registration) -> None:
    with pytest.raises(NothingAsked):
        ask_for(entry, Entry(" PHẠM  thu hiên", "Hiệu trưởng"))
    assert ask_for(entry, Entry("Phạm Thu Hiên", "Phó Hiệu trưởng")).state == "open"


def test_after_the_event_nothing_is_asked(event: Event, entry: Registration) -> None:
    day_after = LETTERS.replace(day=13, hour=17)  # midnight of 14/03/2024 in Hải Phòng
    assert ask_for(entry, now=day_after - timedelta(microseconds=1)).state == "open"
    other = enter(participations(event)[1], "Người Thử Ba").registration
    with pytest.raises(EventOver):
        ask_for(other, now=day_after)


def test_a_closed_event_still_hears_and_an_archived_one_does_not(
    event: Event, entry: Registration
) -> None:
    with unit_of_work():
        fresh(event).state = "closed"
    asked = ask_for(entry)
    with unit_of_work():
        fresh(event).state = "archived"
    other = db.session.get_one(Registration, entry.id)
    with unit_of_work():
        requests.take_back(fresh(asked), by=unit_actor(other.participation), now=LATER)
    with pytest.raises(RequestsClosed):
        ask_for(other)


# ---------------------------------------------------------------- the desk's answer


def test_accepted_the_new_delegate_has_seat_letter_and_code(
    event: Event, entry: Registration
) -> None:
    send_all(event)
    gone_out(event)
    old_code, asked = entry_code(fresh(entry)), ask_for(entry, now=LETTERS)
    change = accept(asked, now=LETTERS)
    new = change.registration
    assert (change.created, change.letter) == (True, "sent")
    assert (fresh(entry).state, new.state, new.full_name) == (
        "replaced",
        "confirmed",
        NEW.full_name,
    )
    assert new.replaces_id == entry.id
    assert entry_code(new) != old_code
    [old_letter], [letter] = letters_of(entry), letters_of(new)
    assert (old_letter.state, is_standing(old_letter)) == ("void", False)
    assert (letter.state, is_standing(letter)) == ("queued", True)
    assert letter.content["addressee"]["name"] == NEW.full_name
    assert letter.content["numbering"] == old_letter.content["numbering"]
    assert_seats_hold(event.id)


def test_accepted_everybody_is_told_once(event: Event, entry: Registration) -> None:
    send_all(event)
    gone_out(event)
    accept(ask_for(entry, now=LETTERS), now=LETTERS)
    receipt = mails_of("receipt")[-1]
    assert receipt.context["instead_of"] == "Phạm Thu Hiên"
    assert receipt.context["had_letter"] is True
    assert [one.recipient for one in mails_of("letter_void")] == ["hien@example.vn"]
    new_letters = [one for one in mails_of("invitation") if one.context["instead_of"]]
    assert sorted(one.recipient for one in new_letters) == [
        "khue@example.vn", "thpt-001@example.vn",
    ]  # fmt: skip
    assert len(mails_of("receipt")) == 2
    assert len(mails_of("request")) == 1


def test_what_was_not_sent_of_the_old_letter_never_goes_out(
    event: Event, entry: Registration
) -> None:
    send_all(event)
    waiting = mails_of("invitation")
    assert {one.recipient for one in waiting} == {"hien@example.vn", "thpt-001@example.vn"}
    accept(ask_for(entry, now=LETTERS), now=LETTERS)
    assert {one.context["person"] for one in mails_of("invitation")} == {NEW.full_name}
    assert mails_of("letter_void") == []


def test_a_void_letter_makes_no_files(event: Event, entry: Registration) -> None:
    send_all(event)
    [message, *_] = mails_of("invitation")
    with unit_of_work():
        letters_of(entry)[0].state = "void"
    with pytest.raises(LetterRefused):
        letter_attachments(message)


def test_before_any_letter_a_replacement_sends_none(event: Event, entry: Registration) -> None:
    change = accept(ask_for(entry))
    assert change.letter == "none"
    assert letters_of(change.registration) == []
    assert mails_of("receipt")[-1].context["had_letter"] is False


def test_without_a_mailbox_the_new_letter_is_there_to_print(
    event: Event, unit: Participation, entry: Registration
) -> None:
    send_all(event)
    with unit_of_work():
        fresh(unit).email = None
    change = accept(ask_for(entry, now=LETTERS), now=LETTERS)
    assert change.letter == "without_address"
    assert len(letters_of(change.registration)) == 1


def test_an_accepted_correction_keeps_the_entry_and_renews_the_letter(
    event: Event, entry: Registration
) -> None:
    send_all(event)
    asked = ask_for(entry, Entry("Phạm Thu Hiên", "Phó Hiệu trưởng"), now=LETTERS)
    change = accept(asked, now=LETTERS)
    assert (change.registration.id, change.created, change.letter) == (entry.id, False, "sent")
    assert [one.state for one in letters_of(entry)] == ["void", "queued"]
    assert [one.context["request_state"] for one in mails_of("request")] == ["open", "accepted"]


def test_an_accepted_withdrawal_seats_the_next_in_the_same_transaction(
    event: Event, entry: Registration
) -> None:
    units = participations(event)
    enter(units[1], "Người Thử Hai")
    third = enter(units[2], "Người Thử Ba").registration
    fourth = enter(units[3], "Người Thử Bốn").registration
    assert (third.state, fourth.state) == ("waitlisted", "waitlisted")
    send_all(event)
    gone_out(event)
    change = accept(ask_for(entry, None, now=LETTERS), now=LETTERS)
    assert (change.letter, change.following and change.following.id) == ("void", third.id)
    assert [fresh(one).state for one in (entry, third, fourth)] == [
        "withdrawn", "confirmed", "waitlisted",
    ]  # fmt: skip
    assert letters_of(entry)[0].state == "void"
    assert [one.context["had_letter"] for one in mails_of("withdrawn")] == [True]
    assert [one.recipient for one in mails_of("letter_void")] == ["hien@example.vn"]
    assert len(mails_of("promoted")) == 1
    assert_seats_hold(event.id)


def test_who_waits_keeps_the_place_through_a_replacement(event: Event, entry: Registration) -> None:
    units = participations(event)
    enter(units[1], "Người Thử Hai")
    third = enter(units[2], "Người Thử Ba").registration
    number = third.queue_no
    change = accept(ask_for(third))
    assert (change.registration.state, change.registration.queue_no) == ("waitlisted", number)
    assert_seats_hold(event.id)


def test_refused_the_entry_stays_and_the_unit_reads_why(entry: Registration) -> None:
    asked = ask_for(entry)
    with unit_of_work():
        one = fresh(asked)
        requests.refuse(one, one.registration, one.participation, by=DESK, now=LATER,
                        sentence="Danh sách đã trình ký.")  # fmt: skip
    assert (fresh(asked).state, fresh(entry).state) == ("refused", "confirmed")
    assert [one.context["sentence"] for one in mails_of("request")] == [
        None, "Danh sách đã trình ký.",
    ]  # fmt: skip
    assert actions("request") == ["request.replace_asked", "request.refused"]


@pytest.mark.parametrize("how", ["accept", "refuse", "take_back"])
def test_what_is_decided_is_decided_once(entry: Registration, how: str) -> None:
    asked = ask_for(entry)
    accept(asked)
    mails = len(mails_of("receipt")), len(mails_of("request"))
    with pytest.raises(RequestDecided), unit_of_work():
        one = fresh(asked)
        if how == "accept":
            changes.accept_request(one, one.registration, one.participation, by=DESK, now=LATER)
        elif how == "refuse":
            requests.refuse(one, one.registration, one.participation, by=DESK, now=LATER,
                            sentence="Muộn")  # fmt: skip
        else:
            requests.take_back(one, by=unit_actor(one.participation), now=LATER)
    assert len(standing(entry.participation.event)) == 1
    assert (len(mails_of("receipt")), len(mails_of("request"))) == mails


def test_after_the_event_a_request_left_over_is_not_accepted(entry: Registration) -> None:
    asked = ask_for(entry)
    with pytest.raises(EventOver):
        accept(asked, now=LATER + timedelta(days=30))
    assert (fresh(asked).state, fresh(entry).state) == ("open", "confirmed")


@pytest.mark.parametrize("how", ["reject", "replace", "withdraw"])
def test_a_request_is_moot_when_its_entry_ends_another_way(entry: Registration, how: str) -> None:
    asked = ask_for(entry, None if how == "replace" else NEW)
    with unit_of_work():
        one = fresh(entry)
        if how == "reject":
            reject(one, one.participation, by=DESK, now=LATER, sentence="Không thuộc diện mời")
        elif how == "replace":
            replace(one, one.participation, NEW, by=DESK, now=LATER)
        else:
            withdraw(one, one.participation, by=DESK, now=LATER)
    assert fresh(asked).state == "moot"
    assert actions("request")[-1] == "request.moot"
    with pytest.raises(MoveRefused):
        ask_for(entry)


# ---------------------------------------------------------------- the desk itself


def test_the_desks_own_replacement_does_the_same(event: Event, entry: Registration) -> None:
    send_all(event)
    with unit_of_work():
        one = fresh(entry)
        change = changes.replace_delegate(one, one.participation, NEW, by=DESK, now=LETTERS)
    assert change.letter == "sent"
    assert letters_of(entry)[0].state == "void"
    assert actions("invitation") == ["invitation.sent", "invitation.voided", "invitation.sent"]


@pytest.mark.parametrize("how", ["withdraw", "reject"])
def test_the_desks_own_ending_voids_the_letter(event: Event, entry: Registration, how: str) -> None:
    send_all(event)
    with unit_of_work():
        one = fresh(entry)
        if how == "withdraw":
            changes.withdraw_delegate(one, one.participation, by=DESK, now=LETTERS)
        else:
            changes.reject_delegate(one, one.participation, by=DESK, now=LETTERS, sentence="Trùng")
    assert letters_of(entry)[0].state == "void"
    assert letter_out(fresh(entry)) is None
    told = mails_of("withdrawn" if how == "withdraw" else "decided")[-1]
    assert told.context["had_letter"] is True


@pytest.mark.parametrize(
    ("new", "letter"),
    [
        (Entry("Phạm Thu Hiền", "Hiệu trưởng"), "sent"),
        (Entry("Phạm Thu Hiên", "Hiệu trưởng", phone="+84912345678"), "known"),
    ],
)
def test_only_what_the_letter_says_wrong_is_sent_anew(
    event: Event, entry: Registration, new: Entry, letter: str
) -> None:
    send_all(event)
    with unit_of_work():
        one = fresh(entry)
        change = changes.amend_delegate(one, one.participation, new, by=DESK, now=LETTERS)
    assert change.letter == letter


def test_an_undecided_late_entry_is_the_units_own(event: Event, unit: Participation) -> None:
    late = enter(unit, now=LATER).registration
    with unit_of_work():
        outcome = replace(
            fresh(late), fresh(unit), NEW, by=unit_actor(unit), now=LATER + timedelta(minutes=5)
        )
    assert (outcome.registration.state, outcome.registration.on_time) == ("late", False)
    with unit_of_work():
        withdraw(outcome.registration, fresh(unit), by=unit_actor(unit), now=LATER)
    assert standing(event) == []


def test_a_late_entry_after_the_event_is_refused(
    event: Event, unit: Participation, frozen_clock: FrozenClock
) -> None:
    with pytest.raises(EventOver):
        enter(unit, now=LATER + timedelta(days=30))
    assert enter(unit, now=IN_TIME).registration.state == "confirmed"


def test_seats_hold_through_a_storm_of_requests(event: Event) -> None:
    entries = fill(event, 4)
    send_all(event)
    for number, one in enumerate(entries):
        current = fresh(one)
        new = Entry(f"Người Mới {'ABCD'[number]}", "Hiệu trưởng") if number % 2 else None
        if new is not None or current.state == "confirmed":
            accept(ask_for(current, new, now=LETTERS), now=LETTERS)
        assert_seats_hold(event.id)
    with unit_of_work():
        lock_event(event.id)
    assert len([one for one in standing(event) if one.state == "confirmed"]) == 2
