"""Batches: prepared piece by piece, each mail once; sent after the others; halted and resumed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app import create_app
from app.core import clock
from app.core.access import SYSTEM
from app.core.database import unit_of_work
from app.extensions import db
from app.mail import batches, services
from app.mail.batch_queries import Progress, batches_of, progress_of
from app.mail.batches import Maker, prepare_piece, prepare_waiting, start_batch
from app.mail.claims import Due, note_failure, release_lost
from app.mail.models import MailBatch, Message
from app.mail.smtp_errors import TransportError
from app.mail.tasks import sweep_outbox
from tests.factories.mails import CREATED, READY, Inbox, mail_row, put_mail, smtp_server, use_smtp

EVENT = 7


def make(batch: MailBatch, items: list[Any], by: Any, now: datetime) -> dict[str, int]:
    for item in items:
        services.enqueue(
            f"fake:{item}", to=f"u{item}@example.vn", to_name=f"Trường {item}", template="ready",
            context=READY, now=CREATED, event_id=batch.event_id, batch_id=batch.id,
        )  # fmt: skip
    return {"made": len(items)}


@pytest.fixture(autouse=True)
def maker(app: Flask) -> None:
    app.extensions["batch_makers"]["fake"] = numbers(120)


def numbers(count: int, **changes: Any) -> Maker:
    return Maker(**{"plan": lambda batch: list(range(count)), "make": make, **changes})


def started(**values: Any) -> int:
    with unit_of_work():
        return start_batch(
            "fake", "Thử", event_id=EVENT, choice={}, by=SYSTEM, now=CREATED, **values
        ).id


def running(count: int = 3) -> int:
    """A batch with so many mails in the outbox."""
    batch_id = started()
    app_makers()["fake"] = numbers(count)
    prepare_waiting()
    return batch_id


def app_makers() -> dict[str, Maker]:
    from flask import current_app

    return current_app.extensions["batch_makers"]


def state_of(batch_id: int) -> Progress:
    db.session.rollback()
    db.session.expire_all()
    return progress_of(batch_id, EVENT)


def claim() -> int | None:
    with unit_of_work():
        return Due().claim(clock.real_now() + timedelta(seconds=1))


def move(action: Any, batch_id: int) -> None:
    with unit_of_work():
        action(batch_id, by=SYSTEM, now=CREATED)


# ---------------------------------------------------------------- preparing


@pytest.mark.both_databases
def test_the_page_writes_one_row_and_the_worker_the_rest(app: Flask) -> None:
    batch_id = started(expected=120)
    assert state_of(batch_id).state == "preparing"
    assert (state_of(batch_id).total, state_of(batch_id).made) == (120, 0)
    prepare_waiting()
    after = state_of(batch_id)
    assert (after.made, after.total, after.batch.total, after.state) == (120, 120, 120, "running")
    assert after.batch.options["notes"] == {"made": 120}
    sweep_outbox()
    assert (state_of(batch_id).sent, state_of(batch_id).state) == (120, "done")


@pytest.mark.both_databases
def test_a_crash_between_and_in_the_pieces_loses_and_doubles_nothing(app: Flask) -> None:
    batch_id = started()
    assert prepare_piece(batch_id)  # the list
    assert prepare_piece(batch_id)  # the first fifty

    def breaks(batch: MailBatch, items: list[Any], by: Any, now: datetime) -> dict[str, int]:
        make(batch, items[:20], by, now)
        raise RuntimeError("power cut")

    app_makers()["fake"] = numbers(120, make=breaks)
    with pytest.raises(RuntimeError):
        prepare_piece(batch_id)
    assert state_of(batch_id).made == batches.PIECE
    app_makers()["fake"] = numbers(120)
    prepare_waiting()
    assert state_of(batch_id).made == 120


def test_a_fault_of_the_program_is_shown_and_holds_nothing_else_up(app: Flask) -> None:
    def breaks(batch: MailBatch) -> list[Any]:
        raise ValueError("fault")

    app_makers()["fake"] = numbers(1, plan=breaks)
    batch_id = started()
    other = put_mail(1)
    sweep_outbox()
    assert mail_row(other).state == "sent"
    assert state_of(batch_id).batch.options["notes"] == {"trouble": "ValueError"}
    app_makers()["fake"] = numbers(2)
    sweep_outbox()
    assert state_of(batch_id).batch.options["notes"] == {"made": 2}
    assert state_of(batch_id).sent == 2


@pytest.mark.both_databases
def test_two_workers_prepare_one_batch_once(app: Flask) -> None:
    batch_id = started()
    errors: list[BaseException] = []

    def work() -> None:
        other = create_app(app.config["SETTINGS"], TESTING=True)
        other.extensions["batch_makers"]["fake"] = numbers(120)
        try:
            with other.app_context():
                while prepare_piece(batch_id):
                    pass
                db.session.remove()
                db.engine.dispose()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert state_of(batch_id).made == 120
    assert state_of(batch_id).batch.options["notes"] == {"made": 120}


def test_a_button_pressed_twice_starts_one_batch(app: Flask) -> None:
    first = started(key="a-key-of-the-page")
    assert started(key="a-key-of-the-page") == first
    assert started(key="another-key") != first
    assert started() != started()


# ---------------------------------------------------------------- order, pause, stop


@pytest.mark.both_databases
def test_mails_of_no_batch_do_not_wait_behind_thousands(app: Flask) -> None:
    running(30)
    receipt = put_mail(1)
    assert claim() == receipt
    assert mail_row(claim()).batch_id is not None


@pytest.mark.both_databases
def test_a_paused_batch_waits_and_goes_on(app: Flask) -> None:
    batch_id = running(3)
    move(batches.pause, batch_id)
    assert claim() is None
    assert state_of(batch_id).state == "paused"
    other = put_mail(1)
    assert claim() == other
    move(batches.resume, batch_id)
    assert mail_row(claim()).batch_id == batch_id


def test_paused_while_it_is_prepared_it_is_prepared_on(app: Flask) -> None:
    batch_id = started()
    prepare_piece(batch_id)
    prepare_piece(batch_id)
    move(batches.pause, batch_id)
    prepare_waiting()
    assert state_of(batch_id).made == batches.PIECE
    move(batches.resume, batch_id)
    assert state_of(batch_id).state == "preparing"
    prepare_waiting()
    assert state_of(batch_id).made == 120


@pytest.mark.both_databases
def test_a_stopped_batch_sends_nothing_more(app: Flask) -> None:
    batch_id = running(3)
    in_hand = claim()
    move(batches.stop, batch_id)
    assert claim() is None
    assert state_of(batch_id).failed == 2
    with unit_of_work():  # the mail in hand fails for the moment: not tried again either
        note_failure(in_hand, TransportError(False, "busy", "451"), clock.real_now())
    row = mail_row(in_hand)
    assert (row.state, row.error_code) == ("failed", "stopped")
    move(batches.stop, batch_id)  # twice is once
    with pytest.raises(batches.BatchIsStopped):
        move(batches.resume, batch_id)


def test_a_dead_workers_mail_of_a_stopped_batch_stays_where_it_is(app: Flask) -> None:
    batch_id = running(1)
    lost = claim()
    move(batches.stop, batch_id)
    with unit_of_work():
        release_lost(clock.real_now() + timedelta(hours=1))
    assert (mail_row(lost).state, mail_row(lost).error_code) == ("failed", "stopped")


def test_stopped_while_it_is_prepared_nothing_more_is_made(app: Flask) -> None:
    batch_id = started()
    prepare_piece(batch_id)
    prepare_piece(batch_id)
    move(batches.stop, batch_id)
    prepare_waiting()
    after = state_of(batch_id)
    assert (after.made, after.total, after.state) == (50, 50, "stopped")


def test_a_person_may_send_one_mail_of_a_stopped_batch(app: Flask) -> None:
    batch_id = running(2)
    move(batches.stop, batch_id)
    one = db.session.scalars(select(Message.id).where(Message.batch_id == batch_id)).first()
    with unit_of_work():
        services.retry(one, by=SYSTEM, now=CREATED)
    assert claim() == one
    assert state_of(batch_id).made == 1


def test_permanent_failures_wait_for_a_person_temporary_ones_for_the_clock(app: Flask) -> None:
    batch_id = running(2)
    first, second = claim(), claim()
    with unit_of_work():
        note_failure(first, TransportError(True, "no_such_mailbox", "550"), clock.real_now())
        note_failure(second, TransportError(False, "mailbox_full", "452"), clock.real_now())
    after = state_of(batch_id)
    assert (after.failed, after.retrying, after.waiting, after.state) == (1, 1, 0, "running")
    assert claim() is None
    with unit_of_work():
        assert Due().claim(clock.real_now() + timedelta(days=2)) == second
        assert Due().claim(clock.real_now() + timedelta(days=2)) is None


def test_a_batch_of_another_event_is_not_there(app: Flask) -> None:
    batch_id = running(1)
    with pytest.raises(batches.BatchNotFound):
        progress_of(batch_id, EVENT + 1)
    assert [one.batch.id for one in batches_of(EVENT)] == [batch_id]
    assert batches_of(EVENT + 1) == []
    with pytest.raises(batches.BatchNotFound):
        move(batches.pause, 999)


# ---------------------------------------------------------------- under load


def test_claiming_reads_an_index_however_many_wait(app: Flask) -> None:
    """No plan of a claim may look at all waiting mails or sort them."""
    running(3)
    plans: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if "FROM message" in statement and statement.startswith("SELECT"):
            raw = connection.connection.dbapi_connection
            rows = raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(row[3] for row in rows)

    from sqlalchemy import event

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert claim() is not None
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert plans
    assert [one for one in plans if "TEMP B-TREE" in one or one.startswith("SCAN message")] == []


@pytest.mark.both_databases
def test_two_senders_share_a_batch_and_no_mail_goes_twice(app: Flask) -> None:
    batch_id = running(60)
    box = Inbox()
    with smtp_server(box) as port:
        use_smtp(app, port)
        settings = app.config["SETTINGS"]

        def send() -> None:
            other = create_app(settings, TESTING=True)
            with other.app_context():
                sweep_outbox()
                db.session.remove()
                db.engine.dispose()

        threads = [threading.Thread(target=send) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    ids = [mail["Message-ID"] for _to, mail in box.mails]
    assert len(ids) == len(set(ids)) == 60
    assert state_of(batch_id).sent == 60
    assert db.session.scalar(select(func.count()).select_from(Message)) == 60


def test_the_rate_looks_only_at_the_last_minute(app: Flask) -> None:
    plan = db.session.execute(
        text("EXPLAIN QUERY PLAN SELECT claimed_at FROM message WHERE claimed_at > :then"),
        {"then": datetime.now(UTC).replace(tzinfo=None).isoformat()},
    ).all()
    assert "ix_message_claimed_at" in plan[0][3]
