"""Batches of phones that were offline, through the route, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from app.audit.models import AuditEntry
from app.checkin.gate_services import revoke_device, revoke_gate
from app.checkin.models import Gate, GateDevice, Presence, Scan
from app.checkin.services import undo
from app.core.database import unit_of_work
from app.events.models import Event, EventSession
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from app.registration.services import withdraw
from tests.checkin.test_routes import queries_of
from tests.conftest import FrozenClock
from tests.factories.checkin import MORNING, client_id, scan
from tests.factories.events import DESK, make_event
from tests.factories.registration import IN_TIME
from tests.factories.syncing import (
    delegate,
    exchange,
    late,
    outcomes,
    second_phone,
    send_batch,
)

both = pytest.mark.both_databases
SLUG = "tap-huan-2024"
NOW = MORNING + timedelta(minutes=11)


def at(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def standing() -> list[tuple[int, datetime, str]]:
    db.session.rollback()
    rows = db.session.scalars(
        select(Presence).where(Presence.undone_at.is_(None)).order_by(Presence.registration_id)
    )
    return [(row.registration_id, row.at, row.gate_name) for row in rows]


def count(model: type, *where) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


def remarks() -> list[str | None]:
    db.session.rollback()
    return list(db.session.scalars(select(Scan.remark).order_by(Scan.id)))


def device() -> GateDevice:
    db.session.rollback()
    return db.session.scalars(select(GateDevice).order_by(GateDevice.id)).first()


# ---------------------------------------------------------------- one phone


@both
def test_a_batch_is_stored_and_told_nothing_where_the_phone_was_right(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    first, code = delegate(event)
    second, _ = delegate(event, 1, "Bạch Thế Hiển")
    sent = [
        late(morning, code, at(1)), late(morning, code, at(2), told="already"),
        late(morning, second, at(3)), late(morning, "9" * 32, at(4), told="unknown"),
    ]  # fmt: skip
    answer = send_batch(phone, SLUG, sent)
    assert outcomes(answer) == [(one, None) for one in ("welcome", "already", "welcome", "unknown")]
    assert [one["client_id"] for one in answer.json["results"]] == [s["client_id"] for s in sent]
    assert [one["answer"] for one in answer.json["results"]] == [None] * 4
    assert (answer.json["server_time"], answer.json["wipe"]) == (NOW.isoformat(), False)
    assert standing() == [(first, at(1), "Cổng A"), (second, at(3), "Cổng A")]
    stored = db.session.scalars(select(Scan).order_by(Scan.id)).all()
    assert {one.device_id for one in stored} == {device().id}
    assert [one.counted_at for one in stored] == [at(1), at(2), at(3), at(4)]
    assert {one.arrived_at for one in stored} == {NOW}
    arrived = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "checkin.arrived"))
    assert [(one.thing_id, one.after["gate"], one.after["session"]) for one in arrived] == [
        (first, "Cổng A", "Sáng"), (second, "Cổng A", "Sáng"),
    ]  # fmt: skip


@both
def test_sent_again_adds_nothing_and_is_told_the_same(
    phone: FlaskClient, event: Event, morning: int, frozen_clock: FrozenClock
) -> None:
    registration, code = delegate(event)
    sent = [late(morning, code, at(1)), late(morning, code, at(0), told="unknown")]
    first = send_batch(phone, SLUG, sent)
    exchange(registration)
    frozen_clock.move_to(2024, 3, 12, 8, 30)
    again = send_batch(phone, SLUG, [*sent, sent[0]])
    assert outcomes(again) == [*outcomes(first), outcomes(first)[0]]
    assert again.json["results"][1]["answer"]["title"] == "Mời vào"
    assert count(Scan) == 2
    assert standing() == [(registration, at(0), "Cổng A")]
    assert count(AuditEntry, AuditEntry.action == "checkin.arrived") == 1


@both
def test_the_earliest_of_a_batch_is_the_first_whatever_the_order(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    registration, code = delegate(event)
    sent = [late(morning, code, at(m), told="already") for m in (5, 2, 4)]
    assert [one for one, _ in outcomes(send_batch(phone, SLUG, sent))] == [
        "already", "welcome", "already",
    ]  # fmt: skip
    assert standing() == [(registration, at(2), "Cổng A")]


@both
def test_a_differing_answer_is_the_servers_screen(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    old, code = delegate(event, 0, "Ngọ Văn Đông")
    new = exchange(old)
    for index in (1, 2):
        delegate(event, index, f"Người Thử {index}")
    _, waiting = delegate(event, 3, "Đinh Công Trực")
    sent = [
        late(morning, code, at(1)),
        late(morning, waiting, at(2)),
        late(morning, "8" * 32, at(3)),
    ]
    answer = send_batch(phone, SLUG, sent)
    assert outcomes(answer) == [
        ("replaced", "stale"), ("waitlisted", "stale"), ("unknown", "stale"),
    ]  # fmt: skip
    replaced, queued, unknown = [one["answer"] for one in answer.json["results"]]
    assert (replaced["title"], replaced["name"]) == ("Đã thay bằng", "Ưng Hoài Ân")
    assert replaced["actions"][0]["registration_id"] == new
    assert queued["title"] == "Danh sách chờ thứ 1"
    assert unknown["title"] == "Không có trong danh sách"
    assert [one["admitted"] for one in (replaced, queued, unknown)] == [False] * 3
    assert standing() == []


def test_whom_the_phone_did_not_know_is_let_in_and_shown(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    registration, code = delegate(event)
    answer = send_batch(phone, SLUG, [late(morning, code, at(1), told="unknown")])
    assert outcomes(answer) == [("welcome", "unlisted")]
    screen = answer.json["results"][0]["answer"]
    assert (screen["title"], screen["name"], screen["counts"]) == (
        "Mời vào", "Phạm Thu Hiên", {"arrived": 1, "expected": 1},
    )  # fmt: skip
    assert screen["presence_id"] is not None
    assert standing() == [(registration, at(1), "Cổng A")]


def test_an_old_photograph_of_a_code_is_refused_after_a_replacement(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    old, code = delegate(event)
    new = exchange(old)
    with unit_of_work():
        one = db.session.get_one(Registration, new)
        void = entry_code(one)
        one.code_version += 1
    sent = [late(morning, code, at(1)), late(morning, void, at(1))]
    assert outcomes(send_batch(phone, SLUG, sent)) == [
        ("replaced", "stale"),
        ("void_code", "stale"),
    ]
    assert standing() == []


def test_a_code_of_another_event_names_nobody(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    registration, code = delegate(event)
    other = make_event(units=0, slug="khac")
    elsewhere = second_phone(phone, other)
    session_id = other.sessions[0].id
    sent = [late(session_id, code, at(1)), late(session_id, registration, at(1))]
    answer = send_batch(elsewhere, "khac", sent)
    assert outcomes(answer) == [("wrong_event", "stale"), ("unknown", "stale")]
    assert "Hiên" not in answer.text
    assert set(db.session.scalars(select(Scan.registration_id))) == {None}
    assert standing() == []


def test_a_session_counts_as_it_was_when_the_code_was_scanned(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    (before, code), (_, other) = delegate(event), delegate(event, 1, "Bạch Thế Hiển")
    with unit_of_work():
        db.session.get_one(EventSession, morning).closed_at = at(5)
    sent = [late(morning, code, at(4.99)), late(morning, other, at(5))]
    answer = send_batch(phone, SLUG, sent)
    assert outcomes(answer) == [("welcome", None), ("wrong_session", "stale")]
    assert "đã kết thúc lúc 07:46" in answer.json["results"][1]["answer"]["more"][0]
    assert standing() == [(before, at(4.99), "Cổng A")]


@both
def test_an_unknown_session_is_kept_without_one(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    _, code = delegate(event)
    other = make_event(units=0, slug="khac").sessions[0].id
    answer = send_batch(phone, SLUG, [late(999_999, code, at(1)), late(other, code, at(1))])
    assert outcomes(answer) == [("wrong_session", "stale")] * 2
    assert set(db.session.scalars(select(Scan.session_id))) == {None}


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_three_hours_wrong_is_corrected(
    phone: FlaskClient, event: Event, morning: int, hours: int
) -> None:
    registration, code = delegate(event)
    wrong = at(1) + timedelta(hours=hours)
    own = late(morning, code, wrong, offset_ms=-hours * 3_600_000)
    assert outcomes(send_batch(phone, SLUG, [own])) == [("welcome", None)]
    assert standing() == [(registration, at(1), "Cổng A")]
    assert db.session.scalar(select(Scan.device_at)) == wrong


def test_an_unmeasured_scan_takes_the_phones_last_offset(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    people = [delegate(event, index, f"Người Thử {index}") for index in range(3)]
    sent = [late(morning, code, at(61), offset_ms=None) for _, code in people]
    hour = -3_600_000
    send_batch(phone, SLUG, sent[:1], offset_ms=hour)
    send_batch(phone, SLUG, sent[1:2], offset_ms=None)  # what it said the last time
    assert device().offset_ms == hour
    with unit_of_work():
        db.session.get_one(GateDevice, device().id).offset_ms = None
    moment = (NOW + timedelta(hours=1)).isoformat()
    send_batch(phone, SLUG, sent[2:], offset_ms=None, sent_at=moment)  # by this request itself
    assert [when for _, when, _ in standing()] == [at(1)] * 3


def test_a_time_that_cannot_be_counts_when_it_arrived(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    people = [delegate(event, index, f"Người Thử {index}") for index in range(3)]
    times = [MORNING - timedelta(seconds=1), NOW + timedelta(seconds=61), None]
    sent = [late(morning, code, at(0)) for _, code in people]
    for one, moment in zip(sent, times, strict=True):
        one["device_at"] = moment.isoformat() if moment else "hôm qua"
    assert outcomes(send_batch(phone, SLUG, sent)) == [("welcome", "clock")] * 3
    assert [when for _, when, _ in standing()] == [NOW] * 3


# ---------------------------------------------------------------- several gates


@both
def test_two_offline_gates_that_let_in_one_code_are_both_to_be_looked_at(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    registration, code = delegate(event)
    other = second_phone(phone, event)
    send_batch(phone, SLUG, [late(morning, code, at(5))])
    answer = send_batch(other, SLUG, [late(morning, code, at(3))])
    assert outcomes(answer) == [("welcome", "double")]
    assert remarks() == ["double", "double"]
    assert standing() == [(registration, at(3), "Cổng B")]
    [moved] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "checkin.earlier"))
    assert (moved.before["gate"], moved.after["gate"]) == ("Cổng A", "Cổng B")
    third = second_phone(phone, event, "Cổng C")
    answer = send_batch(third, SLUG, [late(morning, code, at(9))])
    assert outcomes(answer) == [("already", "double")]
    assert answer.json["results"][0]["answer"]["when"] == "lúc **07:44** tại **Cổng B**"
    assert standing() == [(registration, at(3), "Cổng B")]


def test_a_gate_that_knew_is_no_double(phone: FlaskClient, event: Event, morning: int) -> None:
    _, code = delegate(event)
    send_batch(phone, SLUG, [late(morning, code, at(1)), late(morning, code, at(2))])
    other = second_phone(phone, event)
    send_batch(other, SLUG, [late(morning, code, at(5), told="already")])
    assert remarks() == [None] * 3


def test_an_offline_scan_beats_a_later_one_of_a_gate_online(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    registration, code = delegate(event)
    scan(code=code, event=event, now=at(8))
    assert outcomes(send_batch(phone, SLUG, [late(morning, code, at(2))])) == [
        ("welcome", "double")
    ]
    assert standing() == [(registration, at(2), "Cổng A")]


@both
def test_what_was_scanned_before_an_undo_was_undone_with_it(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    registration, code = delegate(event)
    presence_id = scan(code=code, event=event, now=at(2)).arrival.presence_id
    with unit_of_work():
        undo(db.session.get_one(Event, event.id), presence_id, by=DESK, now=at(5))
    answer = send_batch(phone, SLUG, [late(morning, code, at(5)), late(morning, code, at(1))])
    assert [one for one, _ in outcomes(answer)] == ["already", "already"]
    assert standing() == []
    assert db.session.get_one(Presence, presence_id).at == at(2)
    assert set(db.session.scalars(select(Scan.presence_id))) == {presence_id}
    send_batch(phone, SLUG, [late(morning, code, at(5.01), told="already")])
    assert standing() == [(registration, at(5.01), "Cổng A")]


scans = st.lists(
    st.tuples(
        st.integers(0, 2),  # gate
        st.integers(0, 2),  # person
        st.integers(0, 1),  # session
        st.integers(0, 6),  # minute
        st.sampled_from(["welcome", "already"]),
    ),
    min_size=1,
    max_size=10,
)


@both
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(scans, st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_order_and_repetition_of_batches_gives_the_presences_of_a_model(
    phone: FlaskClient, three_gates: list[FlaskClient], event: Event, drawn, random, size: int
) -> None:
    people = db.session.scalars(select(Registration.id).order_by(Registration.id)).all()
    sessions = db.session.scalars(select(EventSession.id).order_by(EventSession.id)).all()
    items = [
        (gate, late(sessions[session], people[person], at(minute), told=told))
        for gate, person, session, minute, told in drawn
    ]
    model: dict[tuple[int, int], tuple[datetime, str, str]] = {}
    for gate, item in items:
        key = item["registration_id"], item["session_id"]
        own = datetime.fromisoformat(item["device_at"]), item["client_id"], f"Cổng {gate}"
        model[key] = min(own, model.get(key, own))
    sent = [*items, *random.choices(items, k=len(items) // 2)]
    random.shuffle(sent)
    for start in range(0, len(sent), size):
        batch = sent[start : start + size]
        for gate in {gate for gate, _ in batch}:
            mine = [item for of, item in batch if of == gate]
            assert send_batch(three_gates[gate], SLUG, mine).status_code == 200
    db.session.rollback()
    found = {
        (row.registration_id, row.session_id): (row.at, row.gate_name)
        for row in db.session.scalars(select(Presence))
    }
    assert found == {key: (when, gate) for key, (when, _, gate) in model.items()}
    assert count(Scan) == len(items)
    with unit_of_work():
        db.session.execute(delete(Scan))
        db.session.execute(delete(Presence))


@pytest.fixture
def three_gates(phone: FlaskClient, event: Event) -> list[FlaskClient]:
    for index in range(3):
        delegate(event, index, f"Người Thử {index}")
    return [second_phone(phone, event, f"Cổng {number}") for number in range(3)]


# ---------------------------------------------------------------- the end of a gate


@pytest.mark.parametrize("how", ["gate", "device", "expiry"])
def test_what_a_gate_scanned_before_its_end_counts(
    phone: FlaskClient, event: Event, morning: int, frozen_clock: FrozenClock, how: str
) -> None:
    (before, code), (_, other) = delegate(event), delegate(event, 1, "Bạch Thế Hiển")
    with unit_of_work():
        gate = db.session.get_one(Gate, device().gate_id)
        if how == "gate":
            revoke_gate(gate, by=DESK, now=at(5))
        elif how == "device":
            revoke_device(gate, device().id, by=DESK, now=at(5))
        else:
            gate.expires_at = at(5)
    sent = [late(morning, code, at(4.99)), late(morning, other, at(5)), late(morning, other, at(1))]
    answer = send_batch(phone, SLUG, sent[:2], unsent=3, list_version=1)
    assert [one for _, one in outcomes(answer)] == [None, "after_revoke"]
    assert (answer.json["roster"], answer.json["wipe"]) == (None, False)
    assert [one["answer"] for one in answer.json["results"]] == [None, None]
    assert standing() == [(before, at(4.99), "Cổng A")]
    last = send_batch(phone, SLUG, sent[2:], unsent=1)
    assert last.json["wipe"]
    assert len(standing()) == 2
    assert phone.get(f"/hall/{SLUG}/roster").status_code == 403
    assert phone.get(f"/hall/{SLUG}/").status_code == 302


def test_a_phone_says_that_it_forgot_everything(phone: FlaskClient, event: Event) -> None:
    with unit_of_work():
        revoke_gate(db.session.get_one(Gate, device().gate_id), by=DESK, now=at(5))
    answer = send_batch(phone, SLUG, wiped=True)
    assert device().wiped_at == NOW
    assert any(one.startswith("gate=;") for one in answer.headers.getlist("Set-Cookie"))
    assert send_batch(phone, SLUG).status_code == 403


# ---------------------------------------------------------------- what a phone says of itself


@both
def test_the_desk_sees_what_the_phone_says_of_itself(phone: FlaskClient, event: Event) -> None:
    send_batch(phone, SLUG, unsent=7, battery=41, list_version=3, offset_ms=-60_000)
    seen = device()
    assert (seen.unsent, seen.battery, seen.list_version, seen.offset_ms) == (7, 41, 3, -60_000)
    assert seen.last_seen_at == NOW
    send_batch(phone, SLUG, unsent=-3, battery=900, list_version="x", offset_ms=10**12)
    seen = device()
    assert (seen.unsent, seen.battery, seen.list_version) == (0, 41, 3)
    assert seen.offset_ms == 10**12  # a clock of 1990: kept as it is


@both
def test_a_sync_brings_what_changed_since_the_phones_list(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    registration, code = delegate(event)
    version = phone.get(f"/hall/{SLUG}/roster").json["version"]
    list_ = send_batch(phone, SLUG, [late(morning, code, at(1))], list_version=version).json[
        "roster"
    ]
    assert not list_["full"]
    [line] = list_["people"]
    assert (line["id"], line["in"]) == (registration, {str(morning): [at(1).isoformat(), "Cổng A"]})
    assert send_batch(phone, SLUG).json["roster"] is None


def test_a_batch_takes_the_same_statements_with_two_and_sixty_scans(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    people = [delegate(event, index, f"Người Thử {index}") for index in range(3)]
    few = [late(morning, code, at(1)) for _, code in people[:2]]
    send_batch(phone, SLUG, few)
    afternoon = event.sessions[1].id
    first, _ = queries_of(
        lambda: send_batch(phone, SLUG, [late(afternoon, people[0][1], at(2))] * 2)
    )
    many = [late(afternoon, people[n % 3][1], at(n / 10), told="already") for n in range(60)]
    number, answer = queries_of(lambda: send_batch(phone, SLUG, many))
    assert answer.status_code == 200
    assert number <= first + 8  # an answer differs, a presence moved: read once for all
    assert number <= 24


# ---------------------------------------------------------------- walk-ins


def walk_in(session_id: int, name: str = "Đỗ Tại Cửa", **values) -> dict:
    return {
        "client_id": client_id(), "session_id": session_id, "device_at": at(1).isoformat(),
        "offset_ms": 0, "name": name, "position": "Hiệu trưởng", "unit": "Trường THPT Thử 001",
        "participation_id": None, "replaces": None, "allowed_by": "Bà Phụ Trách", **values,
    }  # fmt: skip


def test_a_supervisors_walk_in_is_entered_when_it_arrives(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    supervisor = second_phone(phone, event, role="supervisor")
    item = walk_in(morning)
    answer = send_batch(supervisor, SLUG, [late(morning, "9" * 32, at(2))], [item])
    assert outcomes(answer)[1] == ("welcome", None)
    assert outcomes(send_batch(supervisor, SLUG, [], [item])) == [("welcome", None)]
    [entered] = db.session.scalars(select(Registration))
    assert (entered.full_name, entered.allowed_by) == ("Đỗ Tại Cửa", "Bà Phụ Trách")
    assert standing() == [(entered.id, at(1), "Cổng B")]


@both
def test_a_walk_in_that_cannot_be_entered_is_kept_for_the_desk_and_blocks_nobody(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    items = [walk_in(morning), walk_in(999_999, "Người Thứ Hai"), walk_in(morning, "")]
    answer = send_batch(phone, SLUG, [], items)  # a steward's gate
    assert outcomes(answer) == [("not_confirmed", "walk_in")] * 3
    screen = answer.json["results"][0]["answer"]
    assert (screen["name"], screen["admitted"]) == ("Đỗ Tại Cửa", False)
    assert screen["more"] != [""]
    stored = db.session.scalars(select(Scan).order_by(Scan.id)).all()
    assert [one.given["name"] for one in stored] == ["Đỗ Tại Cửa", "Người Thứ Hai", ""]
    assert [one.how for one in stored] == ["walk_in"] * 3
    assert outcomes(send_batch(phone, SLUG, [], items)) == [("not_confirmed", "walk_in")] * 3
    assert (count(Scan), count(Registration)) == (3, 0)


def test_a_withdrawn_delegate_is_refused_as_of_the_sync(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    registration, code = delegate(event)
    with unit_of_work():
        one = db.session.get_one(Registration, registration)
        withdraw(one, one.participation, by=DESK, now=IN_TIME)
    assert outcomes(send_batch(phone, SLUG, [late(morning, code, at(1))])) == [
        ("withdrawn", "stale")
    ]
