"""What units and the desk do to an entry, on a real database."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.events.services import move_event
from app.extensions import db
from app.mail.models import Message
from app.registration import desk_services, entering, services
from app.registration.errors import (
    AfterCutoff,
    ChangedMeanwhile,
    CutoffNotLater,
    MoveRefused,
    NotOpen,
    QuotaReached,
    SamePersonStands,
    SomebodyElse,
)
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import Outcome
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, TOO_LATE, enter, unit_actor

LAST_MOMENT = from_local(datetime(2024, 3, 5, 16, 59, 59, 999999))


def replace(old: Outcome, name: str, *, by_unit: bool = False, now: datetime = IN_TIME) -> Outcome:
    with unit_of_work():
        registration = db.session.get_one(Registration, old.registration.id)
        unit = registration.participation
        return services.replace(
            registration,
            unit,
            Entry(name, "Phó Hiệu trưởng"),
            by=unit_actor(unit) if by_unit else DESK,
            now=now,
        )


def purposes() -> list[str]:
    return list(db.session.scalars(select(Message.purpose).order_by(Message.id)))


def actions(registration: Registration) -> list[str]:
    return list(
        db.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.thing_type == "registration", AuditEntry.thing_id == registration.id)
            .order_by(AuditEntry.id)
        )
    )


@pytest.mark.both_databases
def test_an_entry_has_seat_receipt_mail_and_audit(app: Flask) -> None:
    unit = participations(make_event())[0]
    outcome = enter(unit)
    stored = outcome.registration
    assert (outcome.created, outcome.place, stored.state) == (True, None, "confirmed")
    assert (len(stored.receipt_code), stored.received_at) == (12, IN_TIME)
    assert purposes() == [f"receipt:{stored.id}"]
    assert actions(stored) == ["registration.received"]


@pytest.mark.both_databases
@pytest.mark.parametrize(("now", "state"), [(LAST_MOMENT, "confirmed"), (TOO_LATE, "late")])
def test_the_instant_of_the_cutoff_decides(app: Flask, now: datetime, state: str) -> None:
    unit = participations(make_event())[0]
    assert enter(unit, now=now).registration.state == state


def test_the_desk_enters_after_the_cutoff_with_a_seat(app: Flask) -> None:
    unit = participations(make_event())[0]
    with unit_of_work():
        outcome = entering.register(
            unit, Entry("Cao Thị Nhàn"), by=DESK, now=TOO_LATE, source="mail", reason="Công văn 12"
        )
    stored = outcome.registration
    assert (stored.state, stored.source, stored.desk_reason) == ("confirmed", "mail", "Công văn 12")


@pytest.mark.both_databases
def test_the_same_entry_twice_is_one(app: Flask) -> None:
    unit = participations(make_event())[0]
    first, second = enter(unit, "Lê Thị Thủy"), enter(unit, "LÊ  THỊ THUỶ")
    assert (second.created, second.registration.id) == (False, first.registration.id)
    assert (len(purposes()), len(actions(first.registration))) == (1, 1)


def test_another_person_of_the_unit_is_shown_who_stands(app: Flask) -> None:
    unit = participations(make_event())[0]
    enter(unit, "Tạ Đăng Khuê")
    with pytest.raises(SomebodyElse) as refused:
        enter(unit, "Phạm Thu Hiên")
    assert refused.value.standing.full_name == "Tạ Đăng Khuê"


def test_a_unit_with_two_places_sends_two_people(app: Flask) -> None:
    unit = participations(make_event(unit_quota=2))[0]
    one, two = enter(unit, "Tạ Đăng Khuê"), enter(unit, "Phạm Thu Hiên")
    assert (one.registration.slot, two.registration.slot) == (0, 1)
    with pytest.raises(QuotaReached):
        enter(unit, "Cao Thị Nhàn")
    with pytest.raises(SamePersonStands):
        replace(two, "Tạ Đăng Khuê")
    assert two.registration.state == "confirmed"


@pytest.mark.both_databases
def test_a_name_as_long_as_can_be_is_stored(app: Flask) -> None:
    unit = participations(make_event())[0]
    name = " ".join(["NGUYỄỄỄỄỄN"] * 10)[:100]
    assert enter(unit, name).registration.full_name == name


def test_before_opening_and_after_closing_nothing_is_taken(app: Flask) -> None:
    event = make_event()
    unit = participations(event)[0]
    with pytest.raises(NotOpen):
        enter(unit, now=from_local(datetime(2024, 2, 19, 8, 59)))
    with unit_of_work():
        move_event(db.session.get_one(Event, event.id), "closed", by=DESK, now=IN_TIME)
    with pytest.raises(NotOpen):
        enter(unit)


def test_who_replaces_has_the_seat_and_a_new_code(app: Flask) -> None:
    old = enter(participations(make_event())[0])
    new = replace(old, "Tạ Đăng Khuê")
    db.session.expire_all()
    assert (old.registration.state, old.registration.pool_id) == ("replaced", None)
    assert (new.registration.state, new.registration.replaces_id) == (
        "confirmed", old.registration.id,
    )  # fmt: skip
    assert new.registration.receipt_code != old.registration.receipt_code
    assert actions(old.registration) == ["registration.received", "registration.replaced"]
    with pytest.raises(MoveRefused):
        replace(old, "Cao Thị Nhàn")


def test_replacing_by_the_same_person_amends(app: Flask) -> None:
    old = enter(participations(make_event())[0], "Phạm Thu Hiên", "Hiệu trưởng")
    same = replace(old, "Phạm Thu Hiên")
    assert (same.created, same.registration.id) == (False, old.registration.id)
    assert same.registration.position == "Phó Hiệu trưởng"


def test_a_unit_changes_nothing_after_the_cutoff(app: Flask) -> None:
    old = enter(participations(make_event())[0])
    with pytest.raises(AfterCutoff):
        replace(old, "Tạ Đăng Khuê", by_unit=True, now=TOO_LATE)
    replace(old, "Tạ Đăng Khuê", by_unit=True, now=LAST_MOMENT)


def test_withdrawing_twice_is_withdrawing_once(app: Flask) -> None:
    entry = enter(participations(make_event())[0]).registration
    for _ in range(2):
        with unit_of_work():
            services.withdraw(entry, entry.participation, by=DESK, now=IN_TIME)
    assert actions(entry) == ["registration.received", "registration.withdrawn"]


# ---------------------------------------------------------------- flags


def test_a_post_that_leads_nobody_is_flagged(app: Flask) -> None:
    first, second = participations(make_event())[:2]
    assert enter(first, "Phạm Thu Hiên", "Giáo viên").registration.flags == ["not_leader"]
    assert enter(second, "Cao Thị Nhàn", "Phó Hiệu trưởng").registration.flags == []


def test_the_same_person_for_two_units_is_flagged_while_both_stand(app: Flask) -> None:
    first, second = participations(make_event())[:2]
    one, two = enter(first, "Lê Thị Thủy"), enter(second, "Lê Thị Thuỷ")
    assert (one.registration.flags, two.registration.flags) == (["same_person"], ["same_person"])
    replace(two, "Cao Thị Nhàn")
    db.session.expire_all()
    assert one.registration.flags == []


def test_a_flag_looked_at_stays_quiet_until_its_cause_changes(app: Flask) -> None:
    first, second, third = participations(make_event())[:3]
    one = enter(first, "Lê Thị Thủy", "Giáo viên").registration
    enter(second, "Lê Thị Thủy")
    for flag in ("not_leader", "same_person"):
        with unit_of_work():
            desk_services.clear_flag(one, flag, by=DESK, now=IN_TIME)
    assert desk_services.open_flags(one) == []
    amend(one, Entry("Lê Thị Thủy", "Giáo viên", phone="+84912345678"))
    assert desk_services.open_flags(one) == []
    enter(third, "Lê Thị Thủy")
    amend(one, Entry("Lê Thị Thủy", "Tổ trưởng chuyên môn"))
    assert sorted(desk_services.open_flags(one)) == ["not_leader", "same_person"]
    assert actions(one).count("registration.flag_cleared") == 2


def amend(registration: Registration, entry: Entry) -> None:
    with unit_of_work():
        one = db.session.get_one(Registration, registration.id)
        services.amend(one, one.participation, entry, by=DESK, now=IN_TIME, reason="Theo giấy")
    db.session.expire_all()


# ---------------------------------------------------------------- the desk


def test_a_misspelt_name_is_put_right_with_the_same_code(app: Flask) -> None:
    entry = enter(participations(make_event())[0], "Tạ Đăng Khuê", honorific="Ông").registration
    code, version = entry.receipt_code, entry.code_version
    amend(entry, Entry("Tạ Đăng Khuyến", "Hiệu trưởng"))
    assert (entry.full_name, entry.receipt_code, entry.code_version) == (
        "Tạ Đăng Khuyến", code, version,
    )  # fmt: skip
    assert entry.honorific == "Ông"
    logged = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "registration.amended")
    ).one()
    assert (logged.before["full_name"], logged.after["full_name"], logged.reason) == (
        "Tạ Đăng Khuê", "Tạ Đăng Khuyến", "Theo giấy",
    )  # fmt: skip


def test_both_decisions_on_one_entry_are_told(app: Flask) -> None:
    entry = enter(participations(make_event())[0], now=TOO_LATE).registration
    with unit_of_work():
        services.accept_late(entry, entry.participation, by=DESK, now=TOO_LATE, reason="Nhận.")
    with unit_of_work():
        services.reject(entry, entry.participation, by=DESK, now=TOO_LATE, sentence="Trùng người.")
    assert purposes() == [
        f"receipt:{entry.id}", f"decided:{entry.id}:confirmed", f"decided:{entry.id}:rejected",
    ]  # fmt: skip


def test_a_decision_on_something_else_than_seen_is_refused(app: Flask) -> None:
    entry = enter(participations(make_event())[0]).registration
    mark = desk_services.mark_of(entry)
    desk_services.ensure_as_seen(entry, mark)
    amend(entry, Entry("Phạm Thu Hiên", "Phó Hiệu trưởng"))
    with pytest.raises(ChangedMeanwhile):
        desk_services.ensure_as_seen(entry, mark)


@pytest.mark.both_databases
def test_a_unit_with_more_time_is_not_late(app: Flask) -> None:
    unit, other = participations(make_event())[:2]
    until = TOO_LATE + timedelta(days=1)
    with unit_of_work():
        desk_services.extend_cutoff(unit, until, by=DESK, now=IN_TIME, reason="Bão")
    assert enter(unit, now=until - timedelta(microseconds=1)).registration.state == "confirmed"
    assert enter(other, "Cao Thị Nhàn", now=TOO_LATE).registration.state == "late"
    logged = db.session.scalars(
        select(AuditEntry).where(AuditEntry.thing_type == "participation")
    ).one()
    assert (logged.action, logged.thing_id, logged.reason) == (
        "participation.cutoff_extended", unit.id, "Bão",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("until", "now"),
    [(TOO_LATE, IN_TIME), (TOO_LATE + timedelta(hours=1), TOO_LATE + timedelta(hours=2))],
)
def test_more_time_ends_after_the_cutoff_and_after_now(
    app: Flask, until: datetime, now: datetime
) -> None:
    unit = participations(make_event())[0]
    with pytest.raises(CutoffNotLater), unit_of_work():
        desk_services.extend_cutoff(unit, until, by=DESK, now=now, reason="Bão")
    assert db.session.get_one(Participation, unit.id).cutoff_at is None
