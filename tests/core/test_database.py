from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from app.core import writers
from app.core.database import SortKey, after_commit, on_constraint, unit_of_work
from app.core.errors import DomainError, NotStored
from app.core.limits import Attempt
from app.core.settings_store import StoredSetting, read_setting, write_setting
from app.core.vietnamese import person_sort_key
from app.events.models import Event, SeatPool
from app.extensions import db
from app.registration.errors import SeatsFull
from tests.factories.events import make_event, make_unit

pytestmark = pytest.mark.both_databases
NOON = datetime(2024, 3, 5, 5, 0, tzinfo=UTC)


def test_a_unit_of_work_commits(app: Flask) -> None:
    with unit_of_work():
        write_setting("a", 1)
    db.session.remove()
    assert read_setting("a") == 1


def test_a_failure_takes_everything_back(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), unit_of_work():
        write_setting("a", 1)
        _ = 1 / 0
    assert read_setting("a") is None


def test_changes_made_outside_are_refused_and_not_kept(app: Flask) -> None:
    db.session.add(StoredSetting(key="outside", value=1))
    with pytest.raises(RuntimeError, match="outside a unit of work"), unit_of_work():
        pass
    db.session.rollback()
    assert read_setting("outside") is None


def test_a_kept_one_goes_on_with_the_connection_and_sees_what_others_committed(
    app: Flask,
) -> None:
    assert read_setting("a") is None
    before = db.session.connection()
    with app.app_context(), unit_of_work():  # another request
        write_setting("a", 1)
    with unit_of_work(keep=True):
        assert db.session.connection() is before
        assert read_setting("a") == 1
        write_setting("b", 2)
    with app.app_context():
        assert (read_setting("a"), read_setting("b")) == (1, 2)


def test_a_kept_one_takes_everything_back_too(app: Flask) -> None:
    assert read_setting("a") is None
    with pytest.raises(ZeroDivisionError), unit_of_work(keep=True):
        write_setting("a", 1)
        _ = 1 / 0
    assert read_setting("a") is None
    with unit_of_work(keep=True):
        write_setting("a", 2)
    assert read_setting("a") == 2


def test_units_of_work_do_not_nest(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="do not nest"), unit_of_work():
        write_setting("a", 1)
        with unit_of_work():
            write_setting("b", 1)
    assert (read_setting("a"), read_setting("b")) == (None, None)
    with unit_of_work():  # and the next one is not held for a nested one
        write_setting("c", 1)
    assert read_setting("c") == 1


def test_what_was_read_before_is_read_again_inside(app: Flask) -> None:
    with unit_of_work():
        write_setting("a", 1)
    seen = db.session.get(StoredSetting, "a")
    assert seen.value == 1
    db.session.commit()
    with db.engine.begin() as other:
        other.execute(text("UPDATE setting SET value = '2' WHERE key = 'a'"))
    with unit_of_work():
        assert seen.value == 2


def test_after_commit_runs_once_and_only_when_stored(app: Flask) -> None:
    done: list[str] = []
    with unit_of_work():
        after_commit("wake", lambda: done.append("a"))
        after_commit("wake", lambda: done.append("b"))
        write_setting("a", 1)
        assert done == []
    assert done == ["b"]
    with pytest.raises(ZeroDivisionError), unit_of_work():
        after_commit("wake", lambda: done.append("c"))
        _ = 1 / 0
    with unit_of_work():
        write_setting("a", 2)
    assert done == ["b"]


class TwiceTheSameCode(DomainError):
    message = "Mã này đã có."


def test_a_violated_unique_constraint_becomes_its_sentence(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.core import database

    monkeypatch.setattr(database, "_CONSTRAINT_SENTENCES", {})
    on_constraint("uq_unit_code", TwiceTheSameCode)
    with pytest.raises(TwiceTheSameCode, match="Mã này đã có"), unit_of_work():
        make_unit("X-1")
        make_unit("X-1")


def test_a_violated_check_becomes_its_sentence(app: Flask) -> None:
    event = make_event(seats=3, units=1)
    with pytest.raises(SeatsFull), unit_of_work():
        pool = db.session.scalars(select(SeatPool).where(SeatPool.event_id == event.id)).first()
        pool.taken = pool.seats + 1


def test_a_constraint_without_a_sentence_is_a_fault(app: Flask) -> None:
    event_id = make_event(seats=3, units=1).id
    with pytest.raises(IntegrityError), unit_of_work():
        db.session.get_one(Event, event_id).unit_quota = 99


def test_instants_are_the_same_moment_on_every_database(app: Flask) -> None:
    moments = [
        NOON,
        NOON.astimezone(timezone(timedelta(hours=7))),
        NOON.replace(microsecond=999_999),
    ]
    with unit_of_work():
        db.session.add_all([Attempt(bucket="x", at=one) for one in moments])
    db.session.remove()
    stored = db.session.scalars(select(Attempt.at).order_by(Attempt.id)).all()
    assert stored == moments
    assert {one.utcoffset() for one in stored} == {timedelta()}
    first = select(Attempt.id).where(Attempt.at < NOON.replace(microsecond=1))
    assert len(db.session.scalars(first).all()) == 2


def test_an_instant_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="needs a time zone"), unit_of_work():
        db.session.add(Attempt(bucket="x", at=datetime(2024, 3, 5)))


NAMES = ["Nguyễn Thị Ánh", "Trần Văn An", "Lê Đức Đạt", "Lê Đức Dũng", "Ngô Ất", "Bùi Ân", "Đỗ Ăn",
         "đỗ ăn", "Vũ Yên", "Ỷ Lan"]  # fmt: skip


def test_sort_keys_stand_in_the_order_of_their_bytes(app: Flask) -> None:
    with unit_of_work():
        for number, name in enumerate(NAMES):
            make_unit(f"X-{number}", name).sort_key = person_sort_key(name)
    keys = db.session.scalars(text("SELECT sort_key FROM unit ORDER BY sort_key")).all()
    assert keys == sorted((person_sort_key(name) for name in NAMES), key=lambda one: one.encode())


def test_sort_keys_are_compared_by_bytes_in_the_schema() -> None:
    from sqlalchemy.dialects import postgresql

    assert SortKey.dialect_impl(postgresql.dialect()).collation == "C"


def test_a_locked_database_is_said_in_a_sentence_and_changes_nothing(
    app: Flask, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work():
        write_setting("a", 1)
    db.session.remove()
    if database_kind == "sqlite":
        holder = sqlite3.connect(db.engine.url.database, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        db.session.execute(text("PRAGMA busy_timeout=1"))
    else:
        holder = db.engine.connect()
        holder.execute(text("LOCK TABLE setting IN ACCESS EXCLUSIVE MODE"))
        db.session.execute(text("SET lock_timeout = '1ms'"))
    with pytest.raises(NotStored, match="gửi lại sau một phút"), unit_of_work():
        write_setting("a", 2)
    holder.close()
    db.session.remove()
    assert read_setting("a") == 1


def test_writers_who_wait_too_long_are_told(
    app: Flask, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_kind == "postgresql":  # it queues its writers itself
        with writers.writers_turn() as turn:
            assert turn is None
        return
    monkeypatch.setattr(writers, "PATIENCE", 0.01)
    with writers.writers_turn():
        with pytest.raises(NotStored), unit_of_work():
            write_setting("a", 1)
    assert read_setting("a") is None
