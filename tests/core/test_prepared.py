from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.core.prepared import Prepared
from app.core.settings_store import StoredSetting
from app.core.unchanged import unchanged
from app.extensions import db
from tests.factories.queries import counted_queries

AT = datetime(2024, 3, 5, 10, 0, 0, 123000, tzinfo=UTC)
LINE = {
    "at": AT, "actor_kind": "gate", "actor_ref": "1", "actor_label": "Cửa Ă", "action": "x",
    "event_id": None, "thing_type": "registration", "thing_id": 7, "before": None,
    "after": {"họ": ["Nguyễn", 1]}, "reason": None,
}  # fmt: skip
_LINES = AuditEntry.__table__
_OF_THING = select(
    _LINES.c.at, _LINES.c.after, _LINES.c.before, _LINES.c.actor_label, _LINES.c.event_id
).where(_LINES.c.thing_id == bindparam("thing"), _LINES.c.action == "x")


@pytest.mark.both_databases
def test_values_go_in_and_come_out_as_by_the_session(app: Flask) -> None:
    with unit_of_work():
        ((made,),) = Prepared(insert(_LINES).returning(_LINES.c.id)).rows(LINE)
        assert Prepared(insert(_LINES)).rows({**LINE, "thing_id": 8}) == []
    one = db.session.get_one(AuditEntry, made)
    assert (one.at, one.after, one.before, one.actor_label) == (AT, LINE["after"], None, "Cửa Ă")
    found = Prepared(_OF_THING)
    assert found.row({"thing": 7}) == (AT, LINE["after"], None, "Cửa Ă", None)
    assert found.row({"thing": 7}).actor_label == "Cửa Ă"
    assert found.row({"thing": 9}) is None
    assert found.rows({"thing": 7}) == [
        tuple(row) for row in db.session.execute(_OF_THING, {"thing": 7})
    ]


@pytest.mark.both_databases
def test_many_rows_go_in_as_one_statement(app: Flask) -> None:
    rows = [{**LINE, "thing_id": number} for number in (1, 2, 3)]
    put = Prepared(insert(_LINES).returning(_LINES.c.thing_id))
    with unit_of_work(), counted_queries() as queries:
        made = [[row[0] for row in put.each(some)] for some in (rows[:1], rows[1:])]
        assert list(Prepared(insert(_LINES)).each(rows)) == []
    assert made == [[1], [2, 3]]
    assert len(queries) == 3


@pytest.mark.both_databases
def test_a_violated_constraint_is_sqlalchemys_error(app: Flask) -> None:
    put = Prepared(insert(StoredSetting.__table__))
    values = {"key": "k", "value": {"a": 1}}
    with pytest.raises(IntegrityError), unit_of_work():
        put.rows(values)
        put.rows(values)
    assert db.session.scalar(select(StoredSetting).where(StoredSetting.key == "k")) is None


@pytest.mark.both_databases
def test_it_speaks_in_the_transaction_of_the_session(app: Flask) -> None:
    """Also in the next one of the same session, whose connection is another."""
    put, found = Prepared(insert(_LINES)), Prepared(_OF_THING)
    for number in (7, 8):
        put.rows({**LINE, "thing_id": number})
        assert len(found.rows({"thing": number})) == 1
        db.session.rollback()
        assert found.rows({"thing": number}) == []
        db.session.close()


def test_what_it_cannot_do_is_said_at_once(app: Flask) -> None:
    growing = select(_LINES.c.id).where(_LINES.c.id.in_(bindparam("ids", expanding=True)))
    with pytest.raises(TypeError, match="grows"):
        Prepared(growing).rows({"ids": [1]})
    with pytest.raises(TypeError, match="no value for thing"):
        Prepared(_OF_THING).rows({})


def test_kept_pages_and_counters_see_its_statements(app: Flask) -> None:
    found = Prepared(_OF_THING)
    with counted_queries() as queries:
        found.rows({"thing": 7})
    assert len(queries) == 1

    def read() -> list[int]:
        return [len(found.rows({"thing": 7}))]

    assert unchanged("lines", read) == [0]
    with unit_of_work():
        Prepared(insert(_LINES)).rows(LINE)
    assert unchanged("lines", read) == [1]
