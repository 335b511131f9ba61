"""Laying letters before a leader: exactly what was laid before is approved, or nothing."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.access import Actor
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.extensions import db
from app.invitations import approvals
from app.invitations.changes import amend_delegate
from app.invitations.letter_words import default_body
from app.invitations.models import Approval, Invitation
from app.invitations.numbering import set_number
from app.invitations.queries import addressed, letter_out
from app.invitations.services import send_letters
from app.invitations.templates import save_text
from app.mail.models import Message
from app.registration.models import Registration
from app.registration.rows import Entry
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account
from tests.factories.events import DESK, make_event, make_unit, participations
from tests.factories.registration import IN_TIME, enter

pytestmark = pytest.mark.both_databases
LEADER = Actor("account", "9", "Lãnh đạo thử", frozenset({"leader"}))


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo Thử", kind="district_committee")
    event = make_event(seats=3, units=3)
    with unit_of_work():
        db.session.get_one(Event, event.id).delivery = {"approval": True}
    for unit, name in zip(schools(event), ("Phạm Thu Hiên", "Tạ Đăng Khuê"), strict=False):
        enter(unit, name)
    return event


def schools(event: Event) -> list[Participation]:
    return [one for one in participations(event) if one.kind == "high_school"]


def laid(event: Event, **choice: object) -> Approval:
    with unit_of_work():
        made = approvals.submit(event, by=DESK, now=IN_TIME, **choice)  # type: ignore[arg-type]
    return made


def agree(approval: Approval, mark: str = "") -> int:
    with unit_of_work():
        one = db.session.get_one(Approval, approval.id)
        return approvals.approve(one, mark=mark or one.digest, by=LEADER, now=IN_TIME)


def number(event: Event, text: str = "214") -> None:
    with unit_of_work():
        set_number(event, text, IN_TIME.date(), by=DESK, now=IN_TIME)


def states() -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(select(Invitation.state).order_by(Invitation.id)))


def send_all(event: Event) -> tuple[int, int]:
    with unit_of_work():
        done = send_letters(lock_event(event.id), None, by=DESK, now=IN_TIME)
    return done.sent, done.not_ready


def rename_place(event: Event) -> None:
    with unit_of_work():
        locked = lock_event(event.id)
        body = {**default_body(locked), "place": "Hội trường khác"}
        save_text(locked, body, base=0, by=DESK, now=IN_TIME)


def test_nothing_goes_out_before_approval_and_number(event: Event) -> None:
    assert send_all(event) == (0, 3)
    approval = laid(event)
    assert (approval.letters, states()) == (3, ["submitted"] * 3)
    assert send_all(event) == (0, 3)
    assert agree(approval) == 3
    assert (send_all(event), states()) == ((0, 3), ["approved"] * 3)
    number(event)
    assert states() == ["ready"] * 3
    assert send_all(event) == (3, 0)
    assert {
        one.content["numbering"]["number"] for one in db.session.scalars(select(Invitation))
    } == {"214"}
    assert send_all(event) == (0, 0)  # known


def test_the_number_does_not_break_the_digest(event: Event) -> None:
    approval = laid(event)
    number(event)
    assert agree(approval) == 3
    assert states() == ["ready"] * 3


def test_a_change_of_the_words_after_submission_is_refused(event: Event) -> None:
    approval = laid(event)
    rename_place(event)
    with pytest.raises(approvals.ContentChanged):
        agree(approval)
    assert states() == ["submitted"] * 3
    assert db.session.get_one(Approval, approval.id).state == "submitted"
    with unit_of_work():
        approvals.take_back(db.session.get_one(Approval, approval.id), by=DESK, now=IN_TIME)
    again = laid(event)
    assert agree(again) == 3
    assert "Hội trường khác" in str(db.session.scalars(select(Invitation.content)).first())


def test_another_venue_or_delegate_is_refused_too(event: Event) -> None:
    approval = laid(event)
    with unit_of_work():
        lock_event(event.id).venue = "Nhà văn hóa thử"
    with pytest.raises(approvals.ContentChanged):
        agree(approval)
    with unit_of_work():
        lock_event(event.id).venue = make_venue(approval)
    entry = db.session.scalars(select(Registration).order_by(Registration.id)).first()
    assert entry is not None
    with unit_of_work():
        one = db.session.get_one(Registration, entry.id)
        amend_delegate(one, one.participation, Entry("Vũ Mai An", one.position),
                       by=DESK, now=IN_TIME)  # fmt: skip
    with pytest.raises(approvals.ContentChanged):
        agree(approval)
    assert set(states()) == {"submitted"}


def make_venue(approval: Approval) -> str:
    place = approvals.letters_of(approval)[0].content["place"]
    return str(place.split(" (")[0])


def test_what_the_page_showed_is_what_is_approved(event: Event) -> None:
    approval = laid(event)
    with pytest.raises(approvals.ContentChanged):
        agree(approval, mark="0" * 64)
    assert agree(approval) == 3
    with pytest.raises(approvals.AlreadyDecided):
        agree(approval)


def test_only_what_changed_after_approval_falls_back(event: Event) -> None:
    agree(laid(event))
    number(event)
    entry = db.session.scalars(
        select(Registration).where(Registration.full_name == "Tạ Đăng Khuê")
    ).one()
    with unit_of_work():
        one = db.session.get_one(Registration, entry.id)
        one.full_name = "Vũ Mai An"
    with unit_of_work():
        assert approvals.fall_back(lock_event(event.id), by=DESK, now=IN_TIME) == 1
    assert sorted(states()) == ["draft", "ready", "ready"]
    assert send_all(event) == (2, 1)
    again = laid(event)
    assert again.letters == 1
    agree(again)
    assert send_all(event) == (1, 0)  # the common number holds for it too


def test_a_letter_that_is_out_stands_until_its_follower_goes(event: Event) -> None:
    agree(laid(event))
    number(event)
    send_all(event)
    rename_place(event)
    again = laid(event)
    assert again.letters == 3
    assert states().count("queued") == 3
    entry = db.session.scalars(select(Registration).order_by(Registration.id)).first()
    assert entry is not None
    standing = letter_out(entry)
    assert standing is not None and standing.version == 1
    agree(again)
    assert send_all(event) == (3, 0)
    assert sorted(states()) == ["queued"] * 3 + ["void"] * 3


def test_returned_and_taken_back_letters_are_drafts(event: Event) -> None:
    approval = laid(event, ids={one.id for one in schools(event)})
    assert approval.letters == 2
    with unit_of_work():
        approvals.give_back(
            db.session.get_one(Approval, approval.id), sentence="Ghi rõ phòng họp.",
            by=LEADER, now=IN_TIME,
        )  # fmt: skip
    assert states() == ["draft"] * 2
    second = laid(event, routes=["registration"])
    with unit_of_work():
        approvals.take_back(db.session.get_one(Approval, second.id), by=DESK, now=IN_TIME)
    assert set(states()) == {"draft"}
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.like("approval.%"))
    ).all()
    assert actions == [
        "approval.submitted", "approval.returned", "approval.submitted", "approval.taken_back",
    ]  # fmt: skip


def test_nothing_to_submit_is_said(event: Event) -> None:
    laid(event)
    with pytest.raises(approvals.NothingToSubmit):
        laid(event)


def test_the_leader_and_the_desk_are_told(event: Event) -> None:
    make_account("leader")
    make_account("desk")
    approval = laid(event, note="Kính trình.")
    agree(approval)
    told = db.session.scalars(
        select(Message).where(Message.thing_type == "approval").order_by(Message.id)
    ).all()
    assert [(one.template, one.recipient) for one in told] == [
        ("approval_asked", "leader@example.vn"), ("approval_decided", "desk@example.vn"),
    ]  # fmt: skip


def test_a_leader_approves_while_the_desk_edits(app: Flask, event: Event) -> None:
    approval_id, digest, event_id = (one := laid(event)).id, one.digest, event.id
    barrier, outcome = threading.Barrier(2), {}

    def run(name: str, deed: object) -> None:
        with app.app_context():
            try:
                barrier.wait(timeout=10)
                with unit_of_work():
                    deed()  # type: ignore[operator]
                outcome[name] = "done"
            except DomainError as error:
                outcome[name] = type(error).__name__
            finally:
                db.session.remove()

    def leader() -> None:
        approvals.approve(
            db.session.get_one(Approval, approval_id), mark=digest, by=LEADER, now=IN_TIME
        )

    def desk() -> None:
        locked = lock_event(event_id)
        save_text(locked, {**default_body(locked), "place": "Nơi khác"}, base=0, by=DESK,
                  now=IN_TIME)  # fmt: skip

    db.session.remove()
    threads = [threading.Thread(target=run, args=("leader", leader)),
               threading.Thread(target=run, args=("desk", desk))]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert outcome["desk"] == "done"
    again = db.session.get_one(Event, event_id)
    kept = set(states())
    if outcome["leader"] == "done":  # first: what he agreed to is not what would go out now
        assert kept == {"approved"}
    else:
        assert (outcome["leader"], kept) == ("ContentChanged", {"submitted"})
    number(again)
    assert send_all(again) == (0, 3)
    assert [row.state for row in addressed(again)].count("queued") == 0
