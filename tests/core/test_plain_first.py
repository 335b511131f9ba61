"""Statements and objects of one session are one transaction, whichever come first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.core.database import unit_of_work
from app.core.prepared import Prepared
from app.core.settings_store import StoredSetting
from app.extensions import db

pytestmark = pytest.mark.both_databases
_SETTINGS = StoredSetting.__table__
PUT = Prepared(insert(_SETTINGS))
FOUND = Prepared(select(_SETTINGS.c.value).where(_SETTINGS.c.key == bindparam("of_key")))


def by_statement(key: str) -> None:
    PUT.rows({"key": key, "value": 1})


def by_object(key: str) -> None:
    db.session.add(StoredSetting(key=key, value=1))
    db.session.flush()


def keys() -> set[str]:
    """As another connection sees them."""
    with db.engine.connect() as other:
        return set(other.execute(select(_SETTINGS.c.key)).scalars())


BOTH = pytest.mark.parametrize(
    ("first", "second"), [(by_statement, by_object), (by_object, by_statement)]
)
Way = Callable[[str], None]


@BOTH
def test_both_see_what_the_other_wrote(app: Flask, first: Way, second: Way) -> None:
    for way, key in ((first, "a"), (second, "b")):
        way(key)
        assert FOUND.row({"of_key": key}) == (1,)
        assert db.session.get_one(StoredSetting, key).value == 1


@BOTH
def test_both_are_kept_or_neither(app: Flask, first: Way, second: Way) -> None:
    before = keys()
    first("a")
    second("b")
    db.session.rollback()
    assert keys() == before
    first("a")
    second("b")
    db.session.commit()
    assert keys() - before == {"a", "b"}


def test_what_was_only_added_is_written_with_the_statements(app: Flask) -> None:
    by_statement("a")
    db.session.add(StoredSetting(key="b", value=1))
    db.session.commit()
    assert {"a", "b"} <= keys()
    by_statement("c")
    db.session.get_one(StoredSetting, "b").value = 2
    db.session.commit()
    assert FOUND.row({"of_key": "b"}) == (2,)


@BOTH
def test_a_unit_of_work_after_reading_keeps_both_or_neither(
    app: Flask, first: Way, second: Way
) -> None:
    before = keys()
    FOUND.rows({"of_key": "a"})
    with pytest.raises(ZeroDivisionError), unit_of_work(keep=True):
        first("a")
        second("b")
        _ = 1 / 0
    assert keys() == before
    FOUND.rows({"of_key": "a"})
    with unit_of_work(keep=True):
        first("a")
        second("b")
    assert keys() - before == {"a", "b"}


def test_an_object_that_may_not_be_takes_the_statements_with_it(app: Flask) -> None:
    before = keys()
    FOUND.rows({"of_key": "a"})
    with pytest.raises(IntegrityError), unit_of_work(keep=True):
        by_statement("a")
        by_object("a")
    assert keys() == before
    with unit_of_work(keep=True):
        by_statement("a")
    assert keys() - before == {"a"}


@pytest.mark.parametrize("way", [by_statement, by_object])
@pytest.mark.parametrize("end", ["commit", "rollback", "close", "remove"])
def test_the_transaction_ends(app: Flask, way: Way, end: str, database_kind: str) -> None:
    """The connection goes back to the pool, or with SQLite stays this thread's."""
    for _ in range(3):
        way("a")
        FOUND.rows({"of_key": "a"})
        db.session.commit()
        db.session.execute(delete(StoredSetting))
        db.session.commit()
        way("a")
        FOUND.rows({"of_key": "a"})
        getattr(db.session, end)()
        assert db.engine.pool.checkedout() <= (1 if database_kind == "sqlite" else 0)
        assert ("a" in keys()) is (end == "commit")
        db.session.execute(delete(StoredSetting))  # nobody holds a lock
        db.session.commit()


def _driver() -> Any:
    """The driver's connection of this session."""
    FOUND.rows({"of_key": "a"})
    return db.session().plain_connection().connection.dbapi_connection


def test_two_sessions_of_one_thread_do_not_share_a_transaction(app: Flask) -> None:
    with app.app_context():
        by_statement("a")
        outer = _driver()
        with app.app_context():
            assert _driver() is not outer
            assert FOUND.row({"of_key": "a"}) is None
            db.session.commit()
        db.session.rollback()
    assert "a" not in keys()


def test_each_thread_has_its_own_and_gives_it_back_at_its_end(
    app: Flask, database_kind: str
) -> None:
    mine, others = _driver(), []
    db.session.rollback()
    before = db.engine.pool.checkedout()

    def work() -> None:
        with app.app_context():
            others.append(id(_driver()))

    for _ in range(20):  # more than the pool has
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert (id(mine) not in others) is (database_kind == "sqlite")
    assert db.engine.pool.checkedout() == before


@pytest.mark.parametrize("gone", ["disposed", "closed", "invalidated"])
def test_a_connection_that_is_no_more_is_replaced(
    app: Flask, gone: str, database_kind: str
) -> None:
    FOUND.rows({"of_key": "a"})
    plain = db.session().plain_connection()
    driver = plain.connection.dbapi_connection
    db.session.rollback()
    if gone == "disposed":
        db.engine.dispose()
    elif not plain.closed:
        plain.close() if gone == "closed" else plain.invalidate()
    by_statement("a")
    db.session.commit()
    assert "a" in keys()
    if database_kind == "sqlite" and gone != "closed":  # closed, it came back to the pool
        assert _driver() is not driver


@pytest.mark.parametrize("ended", [True, False], ids=["committed", "open"])
def test_a_closed_session_knows_no_objects(app: Flask, ended: bool) -> None:
    one = StoredSetting(key="a", value=1)
    db.session.add(one)
    if ended:
        db.session.commit()
    session = db.session()
    session.close()
    assert one not in session
    session.commit()
    assert ("a" in keys()) is ended
