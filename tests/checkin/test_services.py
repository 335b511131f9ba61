"""Checking in on both databases (design 4.6)."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event as sql_event
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.checkin.errors import (
    GateNameTaken,
    NotOwnPresence,
    PresenceNotFound,
    ScanRefused,
)
from app.checkin.gate_services import (
    create_gate,
    note_device_seen,
    pair_device,
    renew_gate,
    revoke_gate,
)
from app.checkin.models import Gate, GateDevice, Presence, Scan
from app.checkin.queries import gates_of
from app.checkin.rules import Outcome
from app.checkin.scanning import check_in
from app.checkin.search import search_delegates
from app.checkin.services import call_desk, undo
from app.core.access import Actor
from app.core.database import unit_of_work
from app.core.tokens import FORM_CODE, entry_digits, hash_secret
from app.events.models import Event
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.rules import State
from app.registration.services import reject, replace, withdraw
from tests.factories.checkin import GATE, MORNING, client_id, make_gate, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, TOO_LATE, enter, unit_actor

pytestmark = pytest.mark.both_databases
GATE_A = Actor("gate", "2", "Cổng A")


@pytest.fixture
def event(app: Flask, database_kind: str) -> Event:
    return make_event(seats=3, units=5)


def fresh(registration: Registration) -> Registration:
    return db.session.get_one(Registration, registration.id)


def delegate(event: Event, index: int = 0, name: str = "Phạm Thu Hiên", **values) -> Registration:
    return enter(participations(event)[index], name, **values).registration


def exchange(registration: Registration, name: str) -> Registration:
    with unit_of_work():
        one = fresh(registration)
        return replace(
            one,
            one.participation,
            Entry(name, "Phó Hiệu trưởng"),
            by=unit_actor(one.participation),
            now=IN_TIME,
        ).registration


def take_back(registration: Registration) -> None:
    with unit_of_work():
        one = fresh(registration)
        withdraw(one, one.participation, by=DESK, now=IN_TIME)


def standing_presences() -> list[Presence]:
    return list(db.session.scalars(select(Presence).where(Presence.undone_at.is_(None))))


def test_the_first_scan_lets_in(event: Event) -> None:
    registration = delegate(event)
    result = scan(registration)
    assert result.outcome is Outcome.WELCOME
    assert (result.person.name, result.person.unit) == ("Phạm Thu Hiên", "Trường THPT Thử 001")
    assert (result.arrival.at, result.arrival.gate_name) == (MORNING, "Cổng B")
    assert (result.counts.arrived, result.counts.expected) == (1, 1)
    [presence] = standing_presences()
    assert (
        presence.registration_id,
        presence.at,
        presence.gate_name,
        presence.by,
        presence.how,
    ) == (registration.id, MORNING, "Cổng B", "Cổng B", "scan")
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "checkin.arrived"))
    assert (entry.thing_type, entry.thing_id) == ("registration", registration.id)


def test_the_second_scan_is_told_the_first_time_and_gate(event: Event) -> None:
    registration = delegate(event)
    scan(registration)
    result = scan(registration, by=GATE_A, now=MORNING + timedelta(minutes=9))
    assert result.outcome is Outcome.ALREADY
    assert (result.arrival.at, result.arrival.gate_name) == (MORNING, "Cổng B")
    assert result.counts.arrived == 1
    assert len(standing_presences()) == 1
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 2


def test_a_resent_scan_adds_nothing_and_gets_the_same_answer(event: Event) -> None:
    registration, same = delegate(event), client_id()
    first = scan(registration, client=same)
    again = scan(registration, client=same, now=MORNING + timedelta(minutes=3))
    assert again.repeat
    assert not first.repeat
    assert (again.outcome, again.arrival, again.at) == (first.outcome, first.arrival, first.at)
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 1
    assert len(standing_presences()) == 1


def test_a_resent_refusal_gets_the_same_answer_after_the_state_changed(event: Event) -> None:
    for index in range(3):
        delegate(event, index, f"Người Thử {index}")
    waiting, same = delegate(event, 3), client_id()
    assert scan(waiting, client=same).outcome is Outcome.WAITLISTED
    take_back(enter(participations(event)[0], "Người Thử 0").registration)
    assert fresh(waiting).state == State.CONFIRMED
    assert scan(waiting, client=same).outcome is Outcome.WAITLISTED
    assert scan(waiting).outcome is Outcome.WELCOME


def test_a_client_id_of_another_event_is_refused(event: Event) -> None:
    registration, same = delegate(event), client_id()
    scan(registration, client=same)
    other = make_event(units=0, slug="khac")
    with pytest.raises(ScanRefused):
        scan(code="1" * 32, event=other, client=same)


def test_a_replaced_code_names_the_end_of_the_chain(event: Event) -> None:
    first = delegate(event, name="Ngọ Văn Đông")
    code = entry_code(first)
    second = exchange(first, "Lê Thị Giữa")
    last = exchange(second, "Ưng Hoài Ân")
    result = scan(code=code, event=event)
    assert result.outcome is Outcome.REPLACED
    assert (result.person.name, result.successor.name) == ("Ngọ Văn Đông", "Ưng Hoài Ân")
    assert result.successor.registration_id == last.id
    assert result.arrival is None
    assert standing_presences() == []
    assert scan(last).outcome is Outcome.WELCOME
    assert scan(code=code, event=event).successor_arrival.at == MORNING


def test_a_withdrawn_code_names_whoever_the_unit_sends_instead(event: Event) -> None:
    registration = delegate(event, name="Ngọ Văn Đông")
    code = entry_code(registration)
    take_back(registration)
    alone = scan(code=code, event=event)
    assert (alone.outcome, alone.successor) == (Outcome.WITHDRAWN, None)
    delegate(event, name="Ưng Hoài Ân")
    assert scan(code=code, event=event).successor.name == "Ưng Hoài Ân"


def test_a_presence_does_not_save_a_code_that_was_withdrawn_afterwards(event: Event) -> None:
    registration = delegate(event)
    code = entry_code(registration)
    scan(registration)
    take_back(registration)
    assert scan(code=code, event=event).outcome is Outcome.WITHDRAWN


def test_late_rejected_and_waiting_are_refused(event: Event) -> None:
    late = delegate(event, 0, now=TOO_LATE)
    assert scan(late).outcome is Outcome.NOT_CONFIRMED
    refused = delegate(event, 1, "Người Không Nhận")
    with unit_of_work():
        one = fresh(refused)
        reject(one, one.participation, by=DESK, now=IN_TIME, sentence="Không đúng đối tượng.")
    assert scan(refused).outcome is Outcome.NOT_CONFIRMED
    for index in (1, 2, 3):
        delegate(event, index, f"Người Thử {index}")
    waiting = delegate(event, 4, "Đinh Công Trực")
    result = scan(waiting)
    assert (result.outcome, result.place) == (Outcome.WAITLISTED, 1)
    assert standing_presences() == []


def test_a_raised_version_kills_the_old_code(event: Event) -> None:
    registration = delegate(event)
    old = entry_code(registration)
    with unit_of_work():
        fresh(registration).code_version += 1
    assert scan(code=old, event=event).outcome is Outcome.VOID_CODE
    assert scan(fresh(registration)).outcome is Outcome.WELCOME


@pytest.mark.parametrize(
    "text", ["", "abc", "1" * 31, "9" * 32, "https://example.vn/x", "１２" * 16, "0" * 400]
)
def test_what_is_no_code_of_ours_is_unknown_and_stored(event: Event, text: str) -> None:
    result = scan(code=text, event=event)
    assert (result.outcome, result.person) == (Outcome.UNKNOWN, None)
    assert db.session.scalar(select(Scan.outcome)) == "unknown"


def test_a_forged_digest_and_a_form_code_are_unknown(event: Event) -> None:
    registration = delegate(event)
    good = entry_code(registration)
    forged = good[:-1] + str((int(good[-1]) + 1) % 10)
    assert scan(code=forged, event=event).outcome is Outcome.UNKNOWN
    form = entry_digits(FORM_CODE, event_id=event.id, thing_id=registration.id, version=1)
    assert scan(code=form, event=event).outcome is Outcome.UNKNOWN


def test_a_code_of_another_event_names_nobody(event: Event) -> None:
    registration = delegate(event)
    other = make_event(units=0, slug="khac")
    result = scan(registration, event=other)
    assert (result.outcome, result.person) == (Outcome.WRONG_EVENT, None)
    assert db.session.scalar(select(Scan.registration_id)) is None


def test_a_session_that_is_over_is_refused(event: Event) -> None:
    registration = delegate(event)
    with unit_of_work():
        morning = db.session.get_one(Event, event.id).sessions[0]
        morning.starts_at, morning.ends_at = MORNING - timedelta(hours=1), MORNING
    assert scan(registration).outcome is Outcome.WRONG_SESSION
    afternoon = db.session.get_one(Event, event.id).sessions[1]
    assert scan(registration, session=afternoon).outcome is Outcome.WELCOME


def test_each_session_has_its_own_presence(event: Event) -> None:
    registration = delegate(event)
    sessions = db.session.get_one(Event, event.id).sessions
    for session in sessions:
        result = scan(registration, session=session)
        assert (result.outcome, result.counts.arrived) == (Outcome.WELCOME, 1)
    assert len(standing_presences()) == 2


def test_by_search_only_own_registrations_are_found(event: Event) -> None:
    registration = delegate(event)
    other = make_event(units=0, slug="khac")
    for where, outcome in ((other, Outcome.UNKNOWN), (event, Outcome.WELCOME)):
        with unit_of_work():
            found = db.session.get_one(Event, where.id)
            result = check_in(
                found.id,
                found.sessions[0],
                registration_id=registration.id,
                client_id=client_id(),
                how="search",
                by=GATE,
                gate_name="Cổng B",
                now=MORNING,
            )
        assert result.outcome is outcome


def test_neither_or_both_of_code_and_person_is_refused(event: Event) -> None:
    for wrong in ({}, {"code_text": "1", "registration_id": 1}):
        found = db.session.get_one(Event, event.id)
        with pytest.raises(ScanRefused):
            check_in(
                found.id,
                found.sessions[0],
                client_id=client_id(),
                how="scan",
                by=GATE,
                gate_name="Cổng B",
                now=MORNING,
                **wrong,
            )
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 0


@pytest.mark.parametrize("wrong", ["", "short", "x" * 41, "mười hai chữ"])
def test_a_malformed_client_id_is_refused(event: Event, wrong: str) -> None:
    registration = delegate(event)
    code, event_id = entry_code(registration), event.id
    with pytest.raises(ScanRefused), unit_of_work():
        scanned(code, event_id, wrong)
    assert standing_presences() == []


def scanned(code: str, event_id: int, client: str) -> None:
    found = db.session.get_one(Event, event_id)
    check_in(
        found.id,
        found.sessions[0],
        code_text=code,
        client_id=client,
        how="scan",
        by=GATE,
        gate_name="Cổng B",
        now=MORNING,
    )


def take_undo(event: Event, presence_id: int, by: Actor = GATE):
    with unit_of_work():
        return undo(db.session.get_one(Event, event.id), presence_id, by=by, now=MORNING)


def test_undo_keeps_the_row_and_a_later_scan_makes_a_new_one(event: Event) -> None:
    registration = delegate(event)
    first = scan(registration).arrival.presence_id
    assert take_undo(event, first).changed
    assert not take_undo(event, first).changed
    second = scan(registration, now=MORNING + timedelta(minutes=1))
    assert second.outcome is Outcome.WELCOME
    assert second.arrival.presence_id != first
    kept = db.session.get_one(Presence, first)
    assert (kept.undone_at, kept.undone_by, kept.at) == (MORNING, "Cổng B", MORNING)
    undone = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "checkin.undone"))
    assert len(undone.all()) == 1


def test_a_gate_undoes_its_own_only_and_the_desk_everybodys(event: Event) -> None:
    presence_id = scan(delegate(event)).arrival.presence_id
    with pytest.raises(NotOwnPresence):
        take_undo(event, presence_id, by=GATE_A)
    other = make_event(units=0, slug="khac")
    with pytest.raises(PresenceNotFound):
        take_undo(other, presence_id, by=DESK)
    assert take_undo(event, presence_id, by=DESK).changed


def test_calling_the_desk_twice_is_once(event: Event) -> None:
    same = client_id()
    scan(code="9" * 32, event=event, client=same)
    for _ in range(2):
        with unit_of_work():
            call_desk(db.session.get_one(Event, event.id), same, by=GATE, now=MORNING)
    calls = (
        select(func.count())
        .select_from(AuditEntry)
        .where(AuditEntry.action == "checkin.desk_called")
    )
    assert db.session.scalar(calls) == 1


def at_once(app: Flask, work, number: int = 2) -> list:
    """`work(index)` in that many threads, each let go at the same moment."""
    barrier, results = threading.Barrier(number), [None] * number

    def run(index: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[index] = work(index)
            except Exception as error:
                results[index] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_gates_at_once_give_one_presence_with_one_time(app: Flask, event: Event) -> None:
    registration = delegate(event)
    code, event_id = entry_code(registration), event.id
    db.session.remove()
    for round_number in range(5):
        now = MORNING + timedelta(minutes=round_number)
        results = at_once(
            app,
            lambda i, now=now: scan(
                code=code,
                event=event_again(event_id),
                by=(GATE, GATE_A)[i],
                now=now + timedelta(seconds=i),
            ),
        )
        assert sorted(one.outcome for one in results) == ["already", "welcome"]
        assert results[0].arrival == results[1].arrival
        [presence] = standing_presences()
        take_undo(event_again(event_id), presence.id, by=DESK)
        db.session.remove()


def test_one_scan_sent_twice_at_once_is_one_scan(app: Flask, event: Event) -> None:
    registration = delegate(event)
    code, same, event_id = entry_code(registration), client_id(), event.id
    db.session.remove()
    results = at_once(app, lambda i: scan(code=code, event=event_again(event_id), client=same), 4)
    assert [one.outcome for one in results] == ["welcome"] * 4
    assert len({one.arrival for one in results}) == 1
    assert db.session.scalar(select(func.count()).select_from(Scan)) == 1
    assert len(standing_presences()) == 1


def event_again(event_id: int) -> Event:
    return db.session.get_one(Event, event_id)


def test_a_scan_takes_at_most_eight_queries(app: Flask, event: Event) -> None:
    code = entry_code(delegate(event))
    statements: list[str] = []
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        session = found.sessions[0]

        def note(_c, _cursor, statement, *_rest) -> None:
            statements.append(statement)

        sql_event.listen(db.engine, "before_cursor_execute", note)
        check_in(
            found.id,
            session,
            code_text=code,
            client_id=client_id(),
            how="scan",
            by=GATE,
            gate_name="Cổng B",
            now=MORNING,
        )
        db.session.flush()
        sql_event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) <= 6, "\n".join(statements)  # two more find the gate and the event


def names(event: Event, query: str) -> list[str]:
    found = db.session.get_one(Event, event.id)
    return [one.person.name for one in search_delegates(found, found.sessions[0], query)]


def test_search_ignores_marks_and_puts_the_given_name_first(event: Event) -> None:
    delegate(event, 0, "Hiền Thị Bình")
    delegate(event, 1, "Phạm Thu Hiên")
    delegate(event, 2, "Đỗ Bách Nghiên")
    assert names(event, "hiên") == ["Phạm Thu Hiên", "Hiền Thị Bình", "Đỗ Bách Nghiên"]
    assert names(event, "do ba") == ["Đỗ Bách Nghiên"]
    assert names(event, "THỬ 002") == ["Phạm Thu Hiên"]
    assert names(event, "bình 001") == ["Hiền Thị Bình"]
    assert names(event, "h") == []
    assert names(event, "zz") == []
    assert names(event, "%%") == []
    assert names(event, "") == []


def test_search_says_who_is_in_and_puts_who_withdrew_last(event: Event) -> None:
    registration = delegate(event, 0, "Phạm Thu Hiên")
    gone = delegate(event, 1, "Bạch Thế Hiển")
    take_back(gone)
    scan(registration)
    found = db.session.get_one(Event, event.id)
    one, last = search_delegates(found, found.sessions[0], "hie")
    assert (one.person.name, one.arrival.at) == ("Phạm Thu Hiên", MORNING)
    assert (last.person.name, last.person.state) == ("Bạch Thế Hiển", State.WITHDRAWN)
    assert search_delegates(found, found.sessions[1], "hie")[0].arrival is None


def test_a_gate_is_made_with_a_secret_of_which_only_the_hash_is_kept(event: Event) -> None:
    gate, secret = make_gate(event)
    assert len(secret) >= 22
    stored = db.session.get_one(Gate, gate.id)
    assert stored.pair_hash == hash_secret(secret)
    assert stored.devices == []
    assert stored.expires_at > MORNING


def test_two_usable_gates_never_share_a_name(event: Event) -> None:
    gate, _ = make_gate(event)
    with pytest.raises(GateNameTaken):
        make_gate(event)
    with unit_of_work():
        revoke_gate(db.session.get_one(Gate, gate.id), by=DESK, now=MORNING)
    make_gate(event)
    with pytest.raises(GateNameTaken), unit_of_work():
        renew_gate(
            db.session.get_one(Gate, gate.id),
            db.session.get_one(Event, event.id),
            by=DESK,
            now=MORNING,
        )
    assert [one.revoked_at is None for one in gates_of(event_again(event.id))] == [True, False]


def test_a_phone_is_paired_with_a_secret_of_its_own(event: Event) -> None:
    gate, pairing = make_gate(event)
    with unit_of_work():
        device, secret = pair_device(
            db.session.get_one(Gate, gate.id), label="Chrome, Android", now=MORNING
        )
    assert len(secret) >= 22
    assert secret != pairing
    stored = db.session.get_one(GateDevice, device.id)
    assert (stored.gate_id, stored.secret_hash) == (gate.id, hash_secret(secret))
    assert stored.last_seen_at == MORNING


def test_a_phone_is_noted_at_most_once_a_minute(event: Event) -> None:
    gate, _ = make_gate(event)
    with unit_of_work():
        device, _ = pair_device(db.session.get_one(Gate, gate.id), label="", now=MORNING)

    def seen() -> datetime | None:
        return db.session.get_one(GateDevice, device.id).last_seen_at

    for seconds in (0, 30, 61):
        with unit_of_work():
            note_device_seen(device.id, now=MORNING + timedelta(seconds=seconds))
        if seconds == 30:
            assert seen() == MORNING
    assert seen() == MORNING + timedelta(seconds=61)


def test_a_new_gate_is_recorded(event: Event) -> None:
    with unit_of_work():
        create_gate(db.session.get_one(Event, event.id), "Cổng C", by=DESK, now=MORNING)
    assert (
        db.session.scalar(select(AuditEntry.action).order_by(AuditEntry.id.desc()))
        == "gate.created"
    )
