"""What is kept is given out only while the database says the same, whoever changed it."""

from __future__ import annotations

import sys
import threading
import time
from collections import OrderedDict
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update

from app.core import unchanged as module
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
    app.extensions["unchanged"]["k"] = replace(kept, questions=(("SELECT 1 FROM nowhere", ()),))
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
                module._keep(number % 5, module._Kept(1, time.monotonic(), (), []))
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
