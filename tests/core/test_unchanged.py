"""What is kept is given out only while the database says the same, whoever changed it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, delete, select, text, update

from app.core import unchanged as module
from app.core.backup import restore_backup, write_backup
from app.core.database import unit_of_work
from app.core.settings_store import StoredSetting, read_setting, write_setting
from app.core.unchanged import LIFE, MOST, unchanged
from app.extensions import db

pytestmark = pytest.mark.both_databases


class Reader:
    """Reads a setting; counts how often."""

    def __init__(self, key: str = "colour") -> None:
        self.key, self.times = key, 0

    def __call__(self) -> Any:
        self.times += 1
        return read_setting(self.key)


@pytest.fixture
def reader(app: Flask) -> Reader:
    store("blue")
    return Reader()


def store(value: str, key: str = "colour") -> None:
    with unit_of_work():
        write_setting(key, value)


def test_it_is_made_once_while_nothing_changes(app: Flask, reader: Reader) -> None:
    store("of no concern", key="another")
    assert [unchanged("k", reader) for _ in range(3)] == ["blue"] * 3
    assert reader.times == 1


def test_whoever_changes_what_was_read_it_is_made_again(app: Flask, reader: Reader) -> None:
    assert unchanged("k", reader) == "blue"
    with unit_of_work() as session:  # past the object's back, as another process would
        session.execute(update(StoredSetting).values(value="red"))
    assert [unchanged("k", reader) for _ in range(2)] == ["red"] * 2
    assert reader.times == 2


@pytest.fixture
def others(app: Flask) -> Iterator[Engine]:
    """Another process's connections, as far as the database can tell."""
    engine = create_engine(db.engine.url)
    yield engine
    engine.dispose()


RED = "UPDATE setting SET value = '\"red\"' WHERE key = 'colour'"


def paint_red(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(RED))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Each time the answers of something kept were asked for again."""
    times: list[Any] = []
    said = module._said_now

    def counted(questions: Any) -> Any:
        times.append(questions)
        return said(questions)

    monkeypatch.setattr(module, "_said_now", counted)
    return times


def test_sqlite_is_only_asked_again_after_a_commit(
    app: Flask, reader: Reader, asked: list[Any]
) -> None:
    sqlite = db.engine.dialect.name == "sqlite"
    for _ in range(4):
        unchanged("k", reader)
    assert len(asked) == (0 if sqlite else 3)
    store("of no concern", key="another")
    asked.clear()
    for _ in range(3):
        unchanged("k", reader)
    assert len(asked) == (1 if sqlite else 3)
    assert reader.times == 1


def test_another_process_is_seen_at_once(app: Flask, reader: Reader) -> None:
    assert [unchanged("k", reader) for _ in range(2)] == ["blue"] * 2
    program = (
        "import sys, sqlalchemy as s\n"
        "with s.create_engine(sys.argv[1]).begin() as c: c.execute(s.text(sys.argv[2]))"
    )
    url = db.engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", program, url, RED], check=True, timeout=30)
    assert unchanged("k", reader) == "red"


def test_a_change_while_it_is_made_is_seen_afterwards(
    app: Flask, reader: Reader, others: Engine
) -> None:
    def slowly() -> Any:
        value = reader()
        paint_red(others)
        return value

    assert unchanged("k", slowly) == "blue"
    assert unchanged("k", reader) == "red"


def test_a_change_while_it_is_asked_again_is_seen_afterwards(
    app: Flask, reader: Reader, others: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    unchanged("k", reader)
    store("of no concern", key="another")
    said = module._said_now

    def changed_afterwards(questions: Any) -> Any:
        answers = said(questions)
        paint_red(others)
        return answers

    monkeypatch.setattr(module, "_said_now", changed_afterwards)
    assert unchanged("k", reader) == "blue"
    monkeypatch.setattr(module, "_said_now", said)
    assert unchanged("k", reader) == "red"


def test_what_was_restored_is_seen(app: Flask, reader: Reader, tmp_path: Path) -> None:
    write_backup(tmp_path / "backup")
    store("red")
    assert [unchanged("k", reader) for _ in range(2)] == ["red"] * 2
    db.session.remove()
    restore_backup(tmp_path / "backup")
    assert unchanged("k", reader) == "blue"


def test_nobody_gets_what_was_over_before_they_asked(
    app: Flask, reader: Reader, others: Engine
) -> None:
    """Threads that read all the time, and one that counts up: once 7 is committed nobody reads 6."""
    committed, late, going = [0], [], threading.Event()
    store("0")

    def read() -> None:
        with app.app_context():
            while not going.is_set():
                least = committed[0]
                if int(unchanged("k", reader)) < least:
                    late.append(least)
            db.session.remove()

    readers = [threading.Thread(target=read) for _ in range(4)]
    for one in readers:
        one.start()
    for number in range(1, 100):
        with others.begin() as connection:
            connection.execute(text(RED.replace("red", str(number))))
        committed[0] = number
        unchanged("k", reader)
    going.set()
    for one in readers:
        one.join()
    assert late == []
    assert unchanged("k", reader) == "99"


def test_what_appears_and_disappears_is_seen(app: Flask, reader: Reader) -> None:
    def names() -> tuple[str, ...]:
        return tuple(db.session.scalars(select(StoredSetting.key).order_by(StoredSetting.key)))

    assert unchanged("k", names) == ("colour",)
    store("x", key="shape")
    assert unchanged("k", names) == ("colour", "shape")
    with unit_of_work() as session:
        session.execute(delete(StoredSetting).where(StoredSetting.key == "colour"))
    assert unchanged("k", names) == ("shape",)


def test_an_object_known_before_is_asked_for_all_the_same(app: Flask, reader: Reader) -> None:
    known = db.session.get_one(StoredSetting, "colour")
    assert known.value == "blue"

    def value() -> Any:
        return db.session.get_one(StoredSetting, "colour").value

    assert unchanged("k", value) == "blue"
    with unit_of_work() as session:
        session.execute(update(StoredSetting).values(value="red"))
    assert unchanged("k", value) == "red"


def test_what_wrote_is_not_kept(app: Flask, reader: Reader) -> None:
    times = []

    def writing() -> str:
        times.append(1)
        store(f"green {len(times)}")
        return str(reader())

    assert [unchanged("k", writing) for _ in range(2)] == ["green 1", "green 2"]

    def flushing() -> str:
        times.append(1)
        db.session.execute(update(StoredSetting).values(value="lost"))
        return "same"

    assert [unchanged("l", flushing) for _ in range(2)] == ["same"] * 2
    assert len(times) == 4
    db.session.rollback()


def test_nothing_and_a_refusal_are_not_kept(app: Flask, reader: Reader) -> None:
    missing = Reader("none such")
    assert [unchanged("k", missing) for _ in range(2)] == [None, None]
    assert missing.times == 2

    def refusing() -> str:
        reader()
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            unchanged("l", refusing)
    assert reader.times == 2
    assert not app.extensions["unchanged"]


def test_inside_a_unit_of_work_its_own_changes_are_seen(app: Flask, reader: Reader) -> None:
    assert unchanged("k", reader) == "blue"
    with unit_of_work():
        write_setting("colour", "red")
        assert unchanged("k", reader) == "red"
    assert unchanged("k", reader) == "red"


def test_a_question_the_driver_cannot_ask_is_asked_the_ordinary_way(
    app: Flask, reader: Reader
) -> None:
    unchanged("k", reader)
    kept = app.extensions["unchanged"]["k"]
    unaskable = replace(kept, questions=(("SELECT 1 FROM nowhere", ()),), mark=None)
    app.extensions["unchanged"]["k"] = unaskable
    assert unchanged("k", reader) == "blue"
    assert reader.times == 2


def test_few_are_kept_and_none_for_long(
    app: Flask, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: moment[0])
    everything = app.extensions["unchanged"]
    for number in range(MOST + 2):
        unchanged(number, reader)
    assert len(everything) == MOST
    assert 1 not in everything and 2 in everything
    moment[0] += LIFE + 1
    unchanged("late", reader)
    assert list(everything) == ["late"]


def test_it_leaves_the_next_transaction_as_it_is(app: Flask, reader: Reader) -> None:
    unchanged("k", reader)
    unchanged("k", reader)
    db.session.remove()
    store("red")
    if db.engine.dialect.name == "postgresql":
        kind = db.session.scalar(text("SHOW transaction_isolation"))
        assert kind == "read committed"
    assert db.engine.pool.checkedout() <= 1  # type: ignore[attr-defined]


def test_what_follows_is_no_part_of_the_moment(reader: Reader) -> None:
    unchanged("mine", reader)
    assert not db.session.registry().in_transaction()
    kinds = {"sqlite": "SERIALIZABLE", "postgresql": "READ COMMITTED"}
    assert db.session.connection().get_isolation_level() == kinds[db.engine.dialect.name]


def test_threads_may_keep_things_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    everything: OrderedDict[Any, Any] = OrderedDict()
    monkeypatch.setattr(module, "_everything", lambda: everything)
    failed: list[Exception] = []

    def keep_and_forget(first: int) -> None:
        try:
            for number in range(first, first + 20_000):
                module._forget(number % 5)
                module._keep(number % 5, module._Kept(1, time.monotonic(), (), [], None))
        except Exception as error:
            failed.append(error)

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=keep_and_forget, args=(first,)) for first in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    sys.setswitchinterval(usual)
    assert failed == []
