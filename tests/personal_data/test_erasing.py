"""The nightly erasure: what goes, what stays, and that nothing is left in the file's bytes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.checkin.models import ExcusedAbsence, GateDevice, Scan
from app.core.clock import from_local
from app.core.database import Base, unit_of_work
from app.core.settings_store import read_setting
from app.core.states import state_tag
from app.events.models import Event, LinkDevice
from app.extensions import db
from app.hall_papers.models import SheetScan
from app.invitations.models import Invitation
from app.mail.models import Message, MessageAttachment, MessageState
from app.personal_data import sweeping
from app.personal_data.erasing import due_events
from app.personal_data.scrubbing import ERASED_NAME, ERASED_SUBJECT
from app.personal_data.sweeping import erase_due, finish_wipe, sweep
from app.registration.models import ChangeRequest, Registration
from app.signed_forms.models import SignedForm, SignedFormPage
from tests.factories.personal_data import (
    NAME,
    RETENTION_OVER,
    TRACES,
    Traced,
    make_traced,
)

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def traced(app: Flask, database_kind: str) -> Traced:
    return make_traced()


def raw_bytes(app: Flask) -> bytes:
    """The database file with its journal; for PostgreSQL every row as the server shows it."""
    if db.engine.dialect.name == "sqlite":
        path = Path(str(db.engine.url.database))
        return b"".join(
            one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")) if one.is_file()
        )
    return everything().encode()


def everything() -> str:
    """Every row of every table as text; JSON comes back with its letters."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return "\n".join(
            repr(tuple(row))
            for table in Base.metadata.sorted_tables
            for row in connection.execute(select(table))
        )


def found_in(content: bytes) -> list[str]:
    return [name for name, trace in TRACES.items() if trace in content]


@pytest.mark.both_databases
def test_what_was_erased_is_nowhere_in_the_file(app: Flask, traced: Traced) -> None:
    before = found_in(raw_bytes(app))
    unescaped = {name for name in TRACES if not name.startswith(("escaped", "picture"))}
    assert set(before) >= unescaped, "the factory must put each trace there first"
    erased = erase_due(now=RETENTION_OVER)
    assert [slug for slug, _title, _counts in erased.events] == ["tap-huan-2024"]
    assert finish_wipe()
    assert found_in(raw_bytes(app)) == []
    assert found_in(everything().encode()) == []
    assert read_setting(sweeping.TO_WIPE) is None


@pytest.mark.both_databases
def test_the_list_stays_as_the_archived_document(app: Flask, traced: Traced) -> None:
    erase_due(now=RETENTION_OVER)
    db.session.expire_all()
    standing = db.session.get_one(Registration, traced.registration_id)
    assert (standing.full_name, standing.position) == (NAME, "Phó Hiệu trưởng")
    assert (standing.phone, standing.email, standing.honorific) == (None, None, None)
    assert (standing.late_reason, standing.desk_reason) == (None, None)
    assert standing.search
    assert standing.person_key
    replaced = db.session.get_one(Registration, traced.replaced_id)
    assert (replaced.full_name, replaced.position) == (ERASED_NAME, "")
    assert replaced.person_key == replaced.sort_key == ""
    assert "do van cu" not in replaced.search
    letters = {one.registration_id: one for one in db.session.scalars(select(Invitation))}
    assert letters[standing.id].content["addressee"]["name"] == NAME
    assert letters[replaced.id].content["addressee"]["name"] == ERASED_NAME
    event = db.session.get_one(Event, traced.event_id)
    assert event.erased_at == RETENTION_OVER
    assert event.state == "archived"


@pytest.mark.both_databases
def test_each_place_is_emptied(app: Flask, traced: Traced) -> None:
    [(_slug, _title, counts)] = erase_due(now=RETENTION_OVER).events
    db.session.expire_all()
    assert counts["contacts"] == 2
    assert counts["unlisted"] == counts["change_requests"] == counts["form_pages"] == 1
    assert counts["letters"] == 1
    assert counts["devices"] == counts["gate_devices"] == 1
    assert counts["absences"] == counts["sheet_pages"] == 1
    assert counts["scans"] == 2
    assert counts["mails"] == counts["mail_files"] > 1
    assert counts["log"] > 3
    for table in (SignedFormPage, MessageAttachment, LinkDevice, GateDevice):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    form = db.session.scalars(select(SignedForm)).one()
    assert (form.filename, form.sentence, len(form.sha256)) == ("", None, 64)
    request = db.session.scalars(select(ChangeRequest)).one()
    assert (request.full_name, request.phone, request.email, request.reason) == (None,) * 4
    assert [(one.code, one.given) for one in db.session.scalars(select(Scan))] == [(None, None)] * 2
    page = db.session.scalars(select(SheetScan)).one()
    assert (page.picture, page.filename, page.findings) == (b"", "", [])
    assert (page.state, page.sha256) == ("confirmed", "2" * 64)
    assert db.session.scalars(select(ExcusedAbsence)).one().reason == ""
    for message in db.session.scalars(select(Message)):
        assert (message.subject, message.text, message.html) == (ERASED_SUBJECT, "", "")
        assert message.context == {}
        assert message.recipient in (f"#{message.id}", "thpt-001@example.vn")


@pytest.mark.both_databases
def test_who_did_what_and_when_stays_in_the_log(app: Flask, traced: Traced) -> None:
    entries = select(AuditEntry).where(AuditEntry.event_id == traced.event_id)
    before = [
        (one.id, one.at, one.actor_kind, one.actor_ref, one.actor_label, one.action, one.thing_id)
        for one in db.session.scalars(entries.order_by(AuditEntry.id))
    ]
    erase_due(now=RETENTION_OVER)
    db.session.expire_all()
    after = db.session.scalars(entries.order_by(AuditEntry.id)).all()
    kept = [
        (one.id, one.at, one.actor_kind, one.actor_ref, one.actor_label, one.action, one.thing_id)
        for one in after
    ]
    assert kept[: len(before)] == before
    assert [one.action for one in after[len(before) :]][-1] == "personal_data.event_erased"
    amended = [one for one in after if one.action == "registration.amended"]
    assert amended
    for one in amended:
        assert one.reason is None
        assert not {"phone", "email", "honorific", "note"} & {
            *(one.before or {}),
            *(one.after or {}),
        }
    received = [one for one in after if one.action == "registration.received"]
    assert {(one.thing_id, (one.after or {}).get("full_name")) for one in received} == {
        (traced.registration_id, NAME), (traced.replaced_id, None),
    }  # fmt: skip


@pytest.mark.both_databases
def test_twice_is_once(app: Flask, traced: Traced) -> None:
    erase_due(now=RETENTION_OVER)
    before = everything()
    assert erase_due(now=RETENTION_OVER + timedelta(days=1)).events == []
    assert everything() == before


@pytest.mark.both_databases
def test_contacts_that_came_in_afterwards_go_the_next_night(app: Flask, traced: Traced) -> None:
    erase_due(now=RETENTION_OVER)
    with unit_of_work():
        db.session.get_one(Registration, traced.registration_id).phone = "+84912888777"
    assert len(erase_due(now=RETENTION_OVER).events) == 1
    assert found_in(everything().encode()) == []


@pytest.mark.both_databases
def test_a_dry_run_counts_the_same_and_changes_nothing(app: Flask, traced: Traced) -> None:
    before = everything()
    dry = erase_due(now=RETENTION_OVER, dry_run=True)
    assert everything() == before
    real = erase_due(now=RETENTION_OVER)
    assert dry.events == real.events


def test_a_mail_under_way_puts_the_event_off(app: Flask, traced: Traced) -> None:
    with unit_of_work():
        message = db.session.scalars(select(Message)).first()
        assert message is not None
        message.state = MessageState.SENDING
    before = everything()
    erased = erase_due(now=RETENTION_OVER)
    assert (erased.events, erased.failed) == ([], ["tap-huan-2024"])
    assert everything() == before


def test_mails_that_never_went_are_gone(app: Flask, traced: Traced) -> None:
    with unit_of_work():
        for message in db.session.scalars(select(Message)):
            message.state = MessageState.FAILED
    erase_due(now=RETENTION_OVER)
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_rehearsals_mail_files_go_too(app: Flask, traced: Traced) -> None:
    folder = app.config["SETTINGS"].data_dir / "mail"
    folder.mkdir()
    files = [folder / f"{one:06d}.eml" for one in db.session.scalars(select(Message.id))]
    for file in [*files, folder / "999999.eml"]:
        file.write_bytes(b"mail")
    erase_due(now=RETENTION_OVER, dry_run=True)
    assert all(file.exists() for file in files)
    erase_due(now=RETENTION_OVER)
    assert [one.name for one in folder.iterdir()] == ["999999.eml"]


@pytest.mark.parametrize(
    ("retention_until", "starts_on", "today", "due"),
    [
        (date(2024, 9, 13), None, date(2024, 9, 13), False),  # kept to the end of that day
        (date(2024, 9, 13), None, date(2024, 9, 14), True),
        (None, None, date(2034, 1, 1), False),
        (date(2024, 9, 13), date(2024, 10, 1), date(2024, 9, 20), False),  # put off: still to come
        (date(2024, 3, 1), None, date(2024, 3, 4), False),  # before its own cut-off
    ],
)
def test_which_events_are_due(app: Flask, traced: Traced, retention_until, starts_on, today, due):
    with unit_of_work():
        event = db.session.get_one(Event, traced.event_id)
        event.retention_until = retention_until
        if starts_on:
            event.starts_at = from_local(datetime(*starts_on.timetuple()[:3], 8))
    assert bool(due_events(today)) is due


# ---------------------------------------------------------------- the worker's minute


def test_the_worker_erases_once_a_night_and_wipes(app, traced, frozen_clock) -> None:
    frozen_clock.move_to(2024, 9, 14, 1, 59)
    sweep()
    assert db.session.get_one(Event, traced.event_id).erased_at is None
    frozen_clock.move_to(2024, 9, 14, 2, 0)
    sweep()
    db.session.expire_all()
    assert db.session.get_one(Event, traced.event_id).erased_at is not None
    assert read_setting(sweeping.DAY_DONE) == "2024-09-14"
    assert read_setting(sweeping.TO_WIPE) is None
    assert found_in(raw_bytes(app)) == []


def test_a_day_done_is_not_done_again(app, traced, frozen_clock, monkeypatch) -> None:
    frozen_clock.move_to(2024, 9, 14, 3, 0)
    sweep()
    monkeypatch.setattr(sweeping, "erase_due", None)  # would fail if called
    frozen_clock.move_to(2024, 9, 14, 3, 1)
    sweep()


def test_what_failed_is_tried_again(app, traced, frozen_clock) -> None:
    frozen_clock.move_to(2024, 9, 14, 3, 0)
    with unit_of_work():
        db.session.scalars(select(Message)).first().state = MessageState.SENDING
    sweep()
    assert read_setting(sweeping.DAY_DONE) is None
    with unit_of_work():
        for message in db.session.scalars(select(Message)):
            message.state = MessageState.SENT
    sweep()
    assert read_setting(sweeping.DAY_DONE) == "2024-09-14"


def test_a_busy_file_is_wiped_later(app, traced, frozen_clock) -> None:
    frozen_clock.move_to(2024, 9, 14, 12, 0)  # no worker ran in the night
    sweep()
    assert read_setting(sweeping.TO_WIPE) is not None  # erased, but the file waits for the night
    frozen_clock.move_to(2024, 9, 14, 13, 0)
    sweep()
    assert read_setting(sweeping.TO_WIPE) is not None
    frozen_clock.move_to(2024, 9, 15, 2, 0)
    sweep()
    assert read_setting(sweeping.TO_WIPE) is None
    assert found_in(raw_bytes(app)) == []


def test_a_wipe_that_waited_a_day_waits_no_longer(app, traced, frozen_clock) -> None:
    frozen_clock.move_to(2024, 9, 14, 12, 0)
    sweep()
    frozen_clock.move_to(2024, 9, 15, 8, 1)
    sweep()
    assert read_setting(sweeping.TO_WIPE) is None


def test_a_reader_keeps_the_journal_and_the_wipe_waits(app, traced, monkeypatch) -> None:
    erase_due(now=RETENTION_OVER)
    db.session.rollback()
    with db.engine.connect() as reader:
        raw = reader.connection.dbapi_connection
        raw.execute("BEGIN")
        raw.execute("SELECT count(*) FROM registration").fetchone()
        with db.engine.connect() as other:
            other.connection.dbapi_connection.execute("PRAGMA busy_timeout=10")
        assert not finish_wipe()
        raw.execute("ROLLBACK")
    assert read_setting(sweeping.TO_WIPE) is not None
    db.session.rollback()
    assert finish_wipe()


def test_the_task_is_the_workers(app: Flask) -> None:
    assert app.extensions["queue"]._tasks[sweeping.TASK] == (sweep, True)


def test_words_of_what_remains_are_known(app: Flask, traced: Traced) -> None:
    """Pages that show an erased event find a word for every state."""
    erase_due(now=RETENTION_OVER)
    with app.test_request_context():
        for message in db.session.scalars(select(Message)):
            assert state_tag("message", message.state).word
