"""Reminders through the services, the worker and two databases: who gets what, and who nothing."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.core import clock
from app.core.access import SYSTEM
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.core.settings_store import write_setting
from app.events import links
from app.events.documents import attach_document
from app.events.models import Event, Participation
from app.events.queries import lock_event, unit_secret
from app.extensions import db
from app.invitations import reminder_schedule, reminders
from app.invitations.models import Reminder
from app.invitations.reminder_queries import schedule_of, targets
from app.invitations.reminder_rules import Deed, Kind
from app.invitations.reminder_tasks import send_due
from app.mail import batches
from app.mail.models import MailBatch, Message
from app.mail.tasks import drain_outbox
from tests.conftest import FrozenClock
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import enter
from tests.factories.signed_forms import form_code, read_of, take

pytestmark = pytest.mark.both_databases


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    """Cut-off 17:00 on 05/03/2024, the day of the event 13/03; three schools, nobody entered."""
    return make_event(seats=3, units=3)


def tick() -> list[tuple[str, int, str]]:
    """What the worker does in a minute, as far as reminders go."""
    clock.forget_now()
    done = send_due()
    batches.prepare_waiting()
    return [(one.slot.kind, one.slot.days, one.deed) for one in done]


def mails(*templates: str) -> list[Message]:
    db.session.rollback()
    query = select(Message).order_by(Message.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query.where(Message.template.in_(templates))))


def to(*templates: str) -> list[str]:
    return [one.recipient for one in mails(*templates)]


def press(event: Event, kind: Kind, **more: object) -> MailBatch:
    with unit_of_work():
        batch = reminders.send_now(
            lock_event(event.id),
            kind,
            by=DESK,
            now=clock.now(),
            **more,  # type: ignore[arg-type]
        )
        batch_id = batch.id
    batches.prepare_waiting()
    return db.session.get_one(MailBatch, batch_id, populate_existing=True)


def rows(event: Event) -> dict[tuple[str, int], Reminder]:
    db.session.rollback()
    return {
        (one.kind, one.days): one
        for one in db.session.scalars(
            select(Reminder)
            .where(Reminder.event_id == event.id)
            .execution_options(populate_existing=True)
        )
    }


# ---------------------------------------------------------------- the schedule


def test_the_usual_schedule_is_stored_once_and_stays_the_desks(event: Event) -> None:
    assert len(schedule_of(event)) == 11
    assert rows(event) == {}
    tick()
    with unit_of_work():
        key = (Kind.NOT_REGISTERED, "cutoff", -3)
        reminder_schedule.remove_time(lock_event(event.id), key, by=DESK, now=clock.now())
    tick()
    assert len(rows(event)) == 10


def test_a_reminder_goes_at_its_hour_once(event: Event, frozen_clock: FrozenClock) -> None:
    tick()
    frozen_clock.move_to(2024, 2, 27, 7, 59)
    assert tick() == []
    frozen_clock.move_to(2024, 2, 27, 8, 0)
    assert ("not_registered", -7, Deed.SEND) in tick()
    assert tick() == []
    assert to("remind_register") == [one.email for one in participations(event)]
    batch = db.session.get_one(MailBatch, rows(event)["not_registered", -7].batch_id)
    assert (batch.kind, batch.total, batch.state) == ("reminder:not_registered", 3, "running")
    assert batch.created_by == SYSTEM.label


def test_who_has_registered_is_not_reminded_and_owes_the_form_instead(
    event: Event, frozen_clock: FrozenClock
) -> None:
    first, *others = participations(event)
    enter(first)
    frozen_clock.move_to(2024, 3, 2, 8, 0)
    tick()
    assert to("remind_register") == [one.email for one in others]
    assert to("remind_form") == [first.email]


def test_who_has_sent_the_form_is_left_alone(event: Event, frozen_clock: FrozenClock) -> None:
    entry = enter(participations(event)[0]).registration
    take(entry.participation, entry, read_of(form_code(entry)))
    assert targets(event, Kind.NO_FORM) == []


def test_who_does_it_between_the_making_and_the_sending_gets_nothing(
    event: Event, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(2024, 3, 4, 8, 0)
    tick()
    assert len(mails("remind_register")) == 3
    enter(participations(event)[1], now=frozen_clock.at)
    drain_outbox()
    sent = [(one.recipient, one.state) for one in mails("remind_register")]
    assert sent == [("thpt-001@example.vn", "sent"), ("thpt-003@example.vn", "sent")]
    batch = db.session.scalars(
        select(MailBatch).where(MailBatch.kind == "reminder:not_registered")
    ).one()
    assert batch.options["notes"] == {"dropped": 1}


def test_who_does_it_between_the_hour_and_the_making_gets_nothing(
    event: Event, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(2024, 3, 4, 8, 0)
    send_due()
    enter(participations(event)[1], now=frozen_clock.at)
    batches.prepare_waiting()
    assert to("remind_register") == ["thpt-001@example.vn", "thpt-003@example.vn"]


def test_the_switch_stops_what_is_to_come_and_what_waits(
    event: Event, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(2024, 3, 2, 8, 0)
    tick()
    with unit_of_work():
        reminder_schedule.switch_all(lock_event(event.id), False, by=DESK, now=clock.now())
    drain_outbox()
    assert mails("remind_register") == []
    frozen_clock.move_to(2024, 3, 4, 8, 0)
    assert tick() == []


def test_a_line_that_is_off_sends_nothing_and_may_be_put_on(
    event: Event, frozen_clock: FrozenClock
) -> None:
    key = (Kind.NOT_REGISTERED, "cutoff", -7)
    with unit_of_work():
        locked = lock_event(event.id)
        reminder_schedule.switch_time(locked, key, False, by=DESK, now=clock.now())
    frozen_clock.move_to(2024, 2, 27, 8, 0)
    assert tick() == [("no_form", -7, Deed.SEND)]
    with unit_of_work():
        reminder_schedule.switch_time(lock_event(event.id), key, True, by=DESK, now=clock.now())
    assert tick() == [("not_registered", -7, Deed.SEND)]


def test_what_was_missed_goes_the_same_day_and_never_the_next(
    event: Event, frozen_clock: FrozenClock
) -> None:
    tick()
    frozen_clock.move_to(2024, 2, 27, 17, 59)
    assert ("not_registered", -7, Deed.SEND) in tick()
    frozen_clock.move_to(2024, 3, 2, 18, 1)
    assert ("not_registered", -3, Deed.SKIP_LATE) in tick()
    assert len(mails("remind_register")) == 3
    assert rows(event)["not_registered", -3].batch_id is None


def test_a_clock_moved_over_several_sends_only_the_latest(
    event: Event, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(2024, 3, 4, 9, 0)
    done = tick()
    assert [one for one in done if one[0] == "not_registered"] == [
        ("not_registered", -7, Deed.SKIP_OLDER),
        ("not_registered", -3, Deed.SKIP_OLDER),
        ("not_registered", -1, Deed.SEND),
    ]
    assert len(mails("remind_register")) == 3


def test_a_clock_moved_back_sends_nothing_again(event: Event, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(2024, 3, 4, 9, 0)
    tick()
    frozen_clock.move_to(2024, 3, 2, 9, 0)
    assert tick() == []
    frozen_clock.move_to(2024, 3, 4, 9, 0)
    assert tick() == []
    assert len(mails("remind_register")) == 3


def test_a_later_cutoff_brings_the_reminder_again_on_its_new_day(
    event: Event, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(2024, 3, 4, 8, 0)
    tick()
    with unit_of_work():
        lock_event(event.id).cutoff_at = from_local(datetime(2024, 3, 8, 17, 0))
    assert tick() == []
    frozen_clock.move_to(2024, 3, 7, 8, 0)
    assert ("not_registered", -1, Deed.SEND) in tick()
    assert len(mails("remind_register")) == 6


def test_a_mail_that_waits_into_the_night_leaves_in_the_morning(
    event: Event, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(2024, 3, 4, 17, 0)
    tick()
    frozen_clock.move_to(2024, 3, 4, 20, 0)
    drain_outbox()
    waiting = mails("remind_register")
    assert {one.state for one in waiting} == {"queued"}
    assert {one.attempts for one in waiting} == {0}
    assert {one.next_at for one in waiting} == {from_local(datetime(2024, 3, 5, 8, 0))}
    frozen_clock.move_to(2024, 3, 5, 8, 0)
    drain_outbox()
    assert {one.state for one in mails("remind_register")} == {"sent"}


def test_two_workers_start_it_once(event: Event, frozen_clock: FrozenClock) -> None:
    """Both have seen it due before either had the lock, and both make the same piece."""
    frozen_clock.move_to(2024, 3, 4, 8, 0)
    now = clock.now()
    with unit_of_work():
        reminder_schedule.store_schedule(lock_event(event.id))
    for _ in range(2):
        with unit_of_work():
            reminders.run_due(lock_event(event.id), now)
    batches.prepare_waiting()
    assert len(mails("remind_register")) == 3
    batch = db.session.scalars(
        select(MailBatch).where(MailBatch.kind == "reminder:not_registered")
    ).one()
    with unit_of_work():  # a second worker that makes the same piece
        made = db.session.get_one(MailBatch, batch.id)
        reminders.make_reminders(made, [one.id for one in participations(event)], SYSTEM, now)
    assert len(mails("remind_register")) == 3


def test_two_workers_at_once_start_it_once(
    event: Event, app: Flask, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(2024, 3, 4, 8, 0)
    db.session.rollback()
    together, troubles = threading.Barrier(2), []
    apps = [create_app(app.config["SETTINGS"], TESTING=True) for _ in range(2)]

    def work(worker: Flask) -> None:
        with worker.app_context():
            try:
                together.wait(10)
                send_due()
                batches.prepare_waiting()
            except Exception as trouble:  # shown by the test, whose thread this is not
                troubles.append(trouble)
            finally:
                db.session.remove()
                db.engine.dispose()
                worker.extensions["queue"].close()

    workers = [threading.Thread(target=work, args=[one]) for one in apps]
    for one in workers:
        one.start()
    for one in workers:
        one.join(30)
    assert troubles == []
    batches.prepare_waiting()
    started = db.session.scalars(
        select(MailBatch).where(MailBatch.kind == "reminder:not_registered")
    ).all()
    assert [one.total for one in started] == [3]
    assert len(mails("remind_register")) == 3


# ---------------------------------------------------------------- the desk's button


def test_the_button_reaches_everybody_and_then_asks_whether_it_is_meant(
    event: Event, frozen_clock: FrozenClock
) -> None:
    assert press(event, Kind.NOT_REGISTERED).total == 3
    frozen_clock.at += timedelta(hours=2)
    clock.forget_now()
    with pytest.raises(reminders.SentLately):
        press(event, Kind.NOT_REGISTERED)
    assert press(event, Kind.NOT_REGISTERED, again=True).total == 3
    frozen_clock.at += timedelta(hours=13)
    frozen_clock.move_to(2024, 2, 28, 9, 0)
    assert press(event, Kind.NOT_REGISTERED).total == 3


def test_the_button_pressed_twice_is_one_batch(event: Event, frozen_clock: FrozenClock) -> None:
    first = press(event, Kind.NOT_REGISTERED, key="the same button")
    second = press(event, Kind.NOT_REGISTERED, key="the same button")
    assert first.id == second.id
    assert len(mails("remind_register")) == 3


def test_nobody_is_written_to_at_night(event: Event, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(2024, 2, 28, 20, 0)
    with pytest.raises(reminders.NightTime):
        press(event, Kind.NOT_REGISTERED)


def test_who_was_reminded_by_hand_is_not_reminded_by_the_schedule_too(
    event: Event, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(2024, 3, 4, 7, 30)
    first = participations(event)[0]
    press(event, Kind.NOT_REGISTERED, ids=[first.id])
    frozen_clock.move_to(2024, 3, 4, 8, 0)
    tick()
    assert sorted(to("remind_register")) == [one.email for one in participations(event)]


def test_a_foreign_unit_is_never_reached(event: Event, frozen_clock: FrozenClock) -> None:
    with pytest.raises(reminders.NobodyToRemind):
        press(event, Kind.NOT_REGISTERED, ids=[9999])


def test_without_an_address_the_desk_sees_it(event: Event, frozen_clock: FrozenClock) -> None:
    with unit_of_work():
        participations(event)[0].email = None
    batch = press(event, Kind.NOT_REGISTERED)
    assert batch.options["notes"] == {"without_address": 1}
    assert to("remind_register") == ["thpt-002@example.vn", "thpt-003@example.vn"]
    assert [one.to for one in targets(event, Kind.NOT_REGISTERED)][0] is None


def test_after_the_cutoff_nobody_is_asked_to_register(
    event: Event, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(2024, 3, 5, 17, 0)
    assert targets(event, Kind.NOT_REGISTERED) == []
    with unit_of_work():
        one = participations(event)[0]
        one.cutoff_at = from_local(datetime(2024, 3, 7, 17, 0))
    found = targets(event, Kind.NOT_REGISTERED)
    assert [one.code for one in found] == ["THPT-001"]
    assert found[0].context["cutoff_words"] == "trước 17 giờ 00 phút, ngày 07/03/2024"


# ---------------------------------------------------------------- the call


def call_of(event: Event) -> Message:
    drain_outbox()
    return mails("call")[0]


def test_the_call_has_the_units_own_link_the_steps_and_the_plan(
    event: Event, frozen_clock: FrozenClock
) -> None:
    with unit_of_work():
        attach_document(event, title="Kế hoạch tập huấn", filename="ke-hoach.pdf",
                        content=b"%PDF-1.4 invented", by=DESK, now=clock.now())  # fmt: skip
    assert press(event, Kind.CALL).total == 3
    mail = call_of(event)
    unit = participations(event)[0]
    assert unit.link_sent_at == clock.now()
    assert mail.text is not None
    assert f"http://localhost/units/{unit_secret(unit)}" in mail.text
    assert "trước 17 giờ 00 phút, ngày 05/03/2024" in " ".join(mail.text.split())
    assert [number in mail.text for number in ("1. ", "2. ", "3. ")] == [True] * 3
    assert "Kế hoạch của Sở kèm theo thư này." in mail.text
    assert [(one.filename, one.content) for one in mail.attachments] == [
        ("ke-hoach.pdf", b"%PDF-1.4 invented")
    ]
    assert targets(event, Kind.CALL) == []


def test_without_a_plan_the_call_says_where_it_is(event: Event, frozen_clock: FrozenClock) -> None:
    press(event, Kind.CALL)
    mail = call_of(event)
    assert mail.text is not None
    assert "http://localhost/events/tap-huan-2024" in mail.text
    assert mail.attachments == []


def test_one_units_link_sent_by_hand_is_the_same_call(
    event: Event, frozen_clock: FrozenClock
) -> None:
    """Also to a unit that has registered: it asked for its link, nobody reminds it."""
    unit = participations(event)[0]
    enter(unit)
    with unit_of_work():
        links.send_links(lock_event(event.id), [db.session.get_one(Participation, unit.id)],
                         by=DESK, now=clock.now())  # fmt: skip
    assert call_of(event).state == "sent"


def test_the_rehearsals_clock_says_when_the_real_one_delivers(
    event: Event, app: Flask, frozen_clock: FrozenClock
) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], rehearsal=True)
    with unit_of_work():  # a week ahead, to the minute a reminder is due
        write_setting("rehearsal_offset", timedelta(days=7, hours=-1).total_seconds())
    clock.forget_now()
    assert ("not_registered", -1, Deed.SEND) in tick()
    assert {one.next_at for one in mails("remind_register")} == {frozen_clock.at}
    assert {one.created_at for one in mails("remind_register")} == {clock.now()}
    drain_outbox()
    assert {one.state for one in mails("remind_register")} == {"sent"}
