"""Walk-ins and substitutes on both databases: never more than the seats, each person once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.checkin.door_entries import Admitted, Kind, WalkIn, admit
from app.checkin.errors import (
    DelegateIsIn,
    DoorForbidden,
    HallFull,
    NobodyToReplace,
    ScanRefused,
    SessionNotOpen,
    WalkInIncomplete,
    WhoIsReplaced,
)
from app.checkin.models import Presence, Scan
from app.checkin.rules import Outcome
from app.core.access import Actor
from app.core.clock import now as present
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import SUPERVISOR
from app.events.errors import EventStateRefused
from app.events.models import Event, Participation
from app.events.queries import guest_seats, lock_event
from app.events.services import edit_event, move_event
from app.extensions import db
from app.invitations.models import Invitation
from app.invitations.reminder_queries import targets
from app.invitations.reminder_rules import Kind as ReminderKind
from app.invitations.services import send_letters
from app.mail.models import Message
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.rules import State
from app.registration.services import amend
from tests.conftest import FrozenClock
from tests.factories.checkin import GATE, MORNING, client_id, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, TOO_LATE, assert_seats_hold, enter, standing

pytestmark = pytest.mark.both_databases
HEAD = Actor("gate", "3", "Cổng chính", frozenset({SUPERVISOR}))
NAME, OTHER = "Tạ Đăng Khuê", "Phạm Thu Hiên"


@pytest.fixture
def event(app: Flask, database_kind: str) -> Event:
    made = make_event(seats=3, units=5)
    with unit_of_work():
        start = MORNING + timedelta(minutes=19)
        for number, session in enumerate(db.session.get_one(Event, made.id).sessions):
            session.starts_at = start + timedelta(hours=5 * number)
            session.ends_at = session.starts_at + timedelta(hours=4)
    return made


def walk_in(
    event: Event,
    index: int | None = 0,
    name: str = NAME,
    *,
    by: Actor = HEAD,
    client: str | None = None,
    minutes: int = 0,
    session: int = 0,
    **given: Any,
) -> Admitted:
    """One person at the door, in a unit of work of its own. ``minutes``: after 07:41."""
    unit_id = participations(event)[index].id if index is not None else None
    at = MORNING + timedelta(minutes=minutes)
    with unit_of_work():
        here = db.session.get_one(Event, event.id)
        return admit(
            here,
            here.sessions[session],
            WalkIn(name, given.pop("position", "Phó Giám đốc"), unit_id,
                   allowed_by=given.pop("allowed_by", "Bà Vũ Thị Hoa"), **given),
            by=by, at=at, now=at + timedelta(seconds=5), client_id=client or client_id(),
        )  # fmt: skip


def fresh(registration: Registration) -> Registration:
    return db.session.get_one(Registration, registration.id, populate_existing=True)


def scans() -> list[Scan]:
    return list(db.session.scalars(select(Scan).order_by(Scan.id)))


def change_event(event: Event, **changes: Any) -> None:
    with unit_of_work():
        edit_event(lock_event(event.id), changes, by=DESK, now=IN_TIME)


def test_a_unit_without_a_delegate_gets_one_who_is_in_at_once(event: Event) -> None:
    done = walk_in(event)
    one = done.registration
    assert (done.kind, one.state, one.source, one.flags) == (
        Kind.WALK_IN, State.CONFIRMED, "door", ["walk_in"])  # fmt: skip
    assert (one.full_name, one.position, one.allowed_by) == (NAME, "Phó Giám đốc", "Bà Vũ Thị Hoa")
    assert one.on_time is False
    presence = done.presence
    assert (presence.at, presence.how, presence.gate_name, presence.registration_id) == (
        MORNING, "walk_in", "Cổng chính", one.id)  # fmt: skip
    [stored] = scans()
    assert (stored.outcome, stored.how, stored.counted_at, stored.presence_id) == (
        Outcome.WELCOME, "walk_in", MORNING, presence.id)  # fmt: skip
    assert stored.arrived_at == MORNING + timedelta(seconds=5)
    assert stored.given["allowed_by"] == "Bà Vũ Thị Hoa"
    assert scan(one).outcome is Outcome.ALREADY
    assert_seats_hold(event.id)
    [entry] = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "registration.at_door")
    )
    assert entry.after == {"mark": "walk_in", "allowed_by": "Bà Vũ Thị Hoa"}


def test_a_units_delegate_is_replaced_and_the_old_code_and_letter_die(event: Event) -> None:
    old = enter(participations(event)[0], OTHER).registration
    with unit_of_work():
        send_letters(lock_event(event.id), None, by=DESK, now=IN_TIME)
    mails = {one.id for one in db.session.scalars(select(Message))}
    done = walk_in(event)
    one = done.registration
    assert (done.kind, one.flags, one.source, one.replaces_id) == (
        Kind.SUBSTITUTE, ["substitute"], "door", old.id)  # fmt: skip
    assert fresh(old).state == State.REPLACED
    result = scan(old)
    assert (result.outcome, result.successor.name) == (Outcome.REPLACED, NAME)
    letters = db.session.scalars(select(Invitation)).all()
    assert [(letter.registration_id, letter.state) for letter in letters] == [(old.id, "void")]
    new = [m for m in db.session.scalars(select(Message)) if m.id not in mails]
    assert [(m.template, m.context["at_door"]) for m in new] == [("receipt", True)]
    assert_seats_hold(event.id)


def test_the_delegate_who_is_in_is_not_replaced(event: Event) -> None:
    old = enter(participations(event)[0], OTHER).registration
    scan(old)
    with pytest.raises(DelegateIsIn, match="Phạm Thu Hiên đã vào lúc 07:41 tại Cổng B"):
        walk_in(event, minutes=5)
    assert [one.full_name for one in standing(event)] == [OTHER]
    afternoon = walk_in(event, minutes=6 * 60, session=1)
    assert (afternoon.kind, fresh(old).state) == (Kind.SUBSTITUTE, State.REPLACED)
    there = db.session.scalars(select(Presence).order_by(Presence.id)).all()
    assert [(p.registration_id, p.session_id, p.undone_at) for p in there] == [
        (old.id, event.sessions[0].id, None),
        (afternoon.registration.id, event.sessions[1].id, None),
    ]


def test_the_registered_person_is_only_let_in(event: Event) -> None:
    old = enter(participations(event)[0], OTHER).registration
    done = walk_in(event, name="phạm thu hiên", minutes=3)
    assert (done.kind, done.registration.id, fresh(old).flags) == (Kind.KNOWN, old.id, [])
    earlier = walk_in(event, name=OTHER, minutes=1)
    assert earlier.presence.id == done.presence.id
    assert db.session.get_one(Presence, done.presence.id).at == MORNING + timedelta(minutes=1)
    walk_in(event, name=OTHER, minutes=8)
    assert db.session.get_one(Presence, done.presence.id).at == MORNING + timedelta(minutes=1)
    assert len(standing(event)) == 1


def test_a_represented_unit_is_named_and_keeps_its_code(event: Event) -> None:
    old = enter(participations(event)[0], None, "", by=DESK, source="invitation").registration
    done = walk_in(event)
    assert (done.kind, done.registration.id) == (Kind.KNOWN, old.id)
    assert fresh(old).full_name == NAME
    assert scan(old).outcome is Outcome.ALREADY


def test_a_person_without_a_unit_is_a_guest(event: Event) -> None:
    done = walk_in(event, None, unit="Báo Hải Phòng")
    one = done.registration
    assert (done.kind, one.participation.name, one.participation.kind, one.participation.unit_id) == (
        Kind.WALK_IN, "Báo Hải Phòng", "guest", None)  # fmt: skip
    assert guest_seats(event.id) == 1
    again = walk_in(event, None, unit="báo Hải Phòng", minutes=2)  # at the other door
    assert (again.registration.id, again.kind, guest_seats(event.id)) == (one.id, Kind.KNOWN, 1)
    assert_seats_hold(event.id)


def test_a_unit_in_words_is_the_events_unit_of_that_name(event: Event) -> None:
    done = walk_in(event, None, unit="trường  THPT thử 002")
    assert done.registration.participation_id == participations(event)[1].id


def test_a_resent_entry_adds_nothing(event: Event) -> None:
    same = client_id()
    first = walk_in(event, client=same)
    again = walk_in(event, client=same, minutes=9)
    assert (again.repeat, again.presence.id, again.kind) == (True, first.presence.id, Kind.WALK_IN)
    assert (len(scans()), len(standing(event))) == (1, 1)
    with pytest.raises(ScanRefused):
        walk_in(event, client=same, session=1)


def test_no_seat_in_a_full_hall(event: Event) -> None:
    for unit in range(3):
        enter(participations(event)[unit], OTHER)
    with pytest.raises(HallFull, match="Hết chỗ: 3/3 chỗ đã có người"):
        walk_in(event, 3)
    assert (len(standing(event)), scans()) == (3, [])
    change_event(event, hall_seats=4)
    assert walk_in(event, 3).registration.state == State.CONFIRMED
    assert db.session.get_one(Event, event.id).planned_seats == 4
    with pytest.raises(HallFull, match="4/4"):
        walk_in(event, 4)
    with pytest.raises(DomainError, match="Hội trường có 4 ghế"):
        walk_in(event, None, unit="Báo Hải Phòng")
    assert_seats_hold(event.id)


def test_who_waits_or_came_late_gets_a_seat_at_the_door(event: Event) -> None:
    change_event(event, planned_seats=1, hall_seats=3)
    units = participations(event)
    enter(units[0], OTHER)
    waiting = enter(units[1], NAME).registration
    late = enter(units[2], "Lê Văn Tám", now=TOO_LATE).registration
    assert (waiting.state, late.state) == (State.WAITLISTED, State.LATE)
    assert walk_in(event, 1).registration.id == waiting.id
    substitute = walk_in(event, 2, "Hà Thị Mơ")
    assert (substitute.kind, substitute.registration.state) == (Kind.SUBSTITUTE, State.CONFIRMED)
    assert fresh(waiting).state == State.CONFIRMED
    with pytest.raises(HallFull):
        walk_in(event, 3)
    assert_seats_hold(event.id)


def test_a_refused_entry_leaves_nothing_behind(event: Event) -> None:
    """The seat is only missed after the delegate was replaced: that is undone with it."""
    change_event(event, planned_seats=1)
    units = participations(event)
    enter(units[0], OTHER)
    waiting = enter(units[1], "Lê Văn Tám").registration
    with unit_of_work():
        here = db.session.get_one(Event, event.id)
        with pytest.raises(HallFull):
            admit(here, here.sessions[0], WalkIn(NAME, "", units[1].id, allowed_by="Bà Hoa"),
                  by=HEAD, at=MORNING, now=MORNING, client_id=client_id())  # fmt: skip
    assert (fresh(waiting).state, len(standing(event))) == (State.WAITLISTED, 2)
    count = select(func.count()).select_from(AuditEntry).where(AuditEntry.at == MORNING)
    assert db.session.scalar(count) == 0


def test_of_several_delegates_the_one_who_is_not_in_is_replaced(event: Event) -> None:
    unit = participations(event)[0]
    with unit_of_work():
        db.session.get_one(Participation, unit.id).quota = 2
    first, second = (enter(unit, name).registration for name in (OTHER, "Lê Văn Tám"))
    with pytest.raises(WhoIsReplaced, match="đã có 2 người"):
        walk_in(event)
    scan(first)
    assert walk_in(event).registration.replaces_id == second.id
    with pytest.raises(NobodyToReplace, match="nay đơn vị cử Phạm Thu Hiên"):
        walk_in(event, name="Hà Thị Mơ", replaces=second.id)


def test_the_one_to_replace_says_the_unit(event: Event) -> None:
    old = enter(participations(event)[2], OTHER).registration
    assert walk_in(event, None, replaces=old.id).registration.replaces_id == old.id


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"name": "  "}, WalkInIncomplete),
        ({"allowed_by": " "}, WalkInIncomplete),
        ({"index": None}, WalkInIncomplete),
        ({"by": GATE}, DoorForbidden),
        ({"minutes": 24 * 60}, SessionNotOpen),
        ({"client": "x"}, ScanRefused),
    ],
)
def test_what_is_refused(event: Event, given: dict[str, Any], refusal: type) -> None:
    with pytest.raises(refusal):
        walk_in(event, **given)
    assert (standing(event), scans()) == ([], [])


def test_no_unit_of_another_event_and_no_archived_event(event: Event) -> None:
    foreign = make_event(units=0, slug="khac")
    theirs = participations(foreign)[0]
    with pytest.raises(WalkInIncomplete), unit_of_work():
        here = db.session.get_one(Event, event.id)
        admit(here, here.sessions[0], WalkIn(NAME, "", theirs.id, allowed_by="Bà Hoa"),
              by=HEAD, at=MORNING, now=MORNING, client_id=client_id())  # fmt: skip
    with unit_of_work():
        for state in ("closed", "archived"):
            move_event(lock_event(event.id), state, by=DESK, now=present())
    with pytest.raises(EventStateRefused):
        walk_in(event)


def test_the_mark_outlives_a_corrected_name(event: Event) -> None:
    one = walk_in(event).registration
    with unit_of_work():
        stored = fresh(one)
        amend(stored, stored.participation, Entry("Tạ Đăng Khoa", "Giám đốc"), by=DESK, now=MORNING)
    assert "walk_in" in fresh(one).flags


def test_the_form_of_a_door_entry_is_asked_for_afterwards(
    event: Event, frozen_clock: FrozenClock
) -> None:
    one = walk_in(event).registration
    frozen_clock.move_to(2024, 3, 15, 9, 0)
    for state in ("open", "closed"):
        if state == "closed":
            with unit_of_work():
                move_event(lock_event(event.id), state, by=DESK, now=present())
        found = targets(db.session.get_one(Event, event.id), ReminderKind.NO_FORM)
        assert [(due.thing, due.context["at_door"]) for due in found] == [
            (("registration", one.id), True)
        ]


# ---------------------------------------------------------------- races


def at_once(app: Flask, *deeds: Callable[[], Any]) -> list[Any]:
    """Each in a thread of its own; → what each returned, or the refusal's class."""
    barrier, found = threading.Barrier(len(deeds)), [None] * len(deeds)
    db.session.remove()

    def run(place: int, deed: Callable[[], Any]) -> None:
        with app.app_context():
            try:
                barrier.wait(timeout=10)
                found[place] = deed()
            except DomainError as error:
                found[place] = type(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    return found


def door(event_id: int, unit_id: int, name: str) -> Callable[[], str]:
    def deed() -> str:
        with unit_of_work():
            here = db.session.get_one(Event, event_id)
            return admit(here, here.sessions[0], WalkIn(name, "", unit_id, allowed_by="Bà Hoa"),
                         by=HEAD, at=MORNING, now=MORNING, client_id=client_id()).kind  # fmt: skip

    return deed


def test_two_doors_admit_one_unit_at_once(app: Flask, event: Event) -> None:
    unit_id, event_id = participations(event)[0].id, event.id
    found = at_once(app, door(event_id, unit_id, NAME), door(event_id, unit_id, OTHER))
    assert sorted(map(str, found)) == sorted(["walk_in", str(DelegateIsIn)])
    assert_seats_hold(event_id)


def test_two_doors_admit_one_person_at_once(app: Flask, event: Event) -> None:
    unit_id, event_id = participations(event)[0].id, event.id
    found = at_once(app, door(event_id, unit_id, NAME), door(event_id, unit_id, NAME))
    assert sorted(found) == ["known", "walk_in"]
    assert db.session.scalar(select(func.count()).select_from(Presence)) == 1
    assert len(scans()) == 2


def test_eight_units_at_once_for_the_last_seats(app: Flask, event: Event) -> None:
    event_id = event.id
    units = [one.id for one in participations(event)[:5]]
    found = at_once(app, *(door(event_id, one, f"Lê Văn {chr(65 + n)}n")
                           for n, one in enumerate(units)))  # fmt: skip
    assert found.count(Kind.WALK_IN) == 3
    assert found.count(HallFull) == 2
    assert_seats_hold(event_id)
