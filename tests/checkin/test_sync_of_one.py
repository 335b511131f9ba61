"""A phone with a network sends each scan at once: the same rules, few statements, a small answer."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.audit.models import AuditEntry
from app.checkin.models import Presence, Scan
from app.checkin.services import undo
from app.core import tokens
from app.core.database import WRITING, unit_of_work
from app.events.models import Event
from app.extensions import db
from tests.factories.checkin import MORNING, scan
from tests.factories.events import DESK
from tests.factories.queries import counted_queries
from tests.factories.syncing import delegate, exchange, late, outcomes, second_phone, send_batch

both = pytest.mark.both_databases
SLUG = "tap-huan-2024"


def at(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


@both
def test_a_batch_of_one_takes_eight_statements(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    """One more when two gates let the same person in, which is rare."""
    _, code = delegate(event)
    other = second_phone(phone, event)
    cases = [
        (phone, late(morning, code, at(3)), "welcome", 6),
        (phone, late(morning, code, at(4), told="already"), "already", 6),
        (phone, late(morning, code, at(2)), "welcome", 8),  # earlier: the presence is moved
        (phone, late(morning, "9" * 32, at(6), told="unknown"), "unknown", 4),
        (phone, late(morning, code, at(7)), "already", 7),  # another screen, with its counts
        (other, late(morning, code, at(5)), "already", 9),  # both gates were green: both hear of it
    ]
    for gate, sent, outcome, number in cases:
        with counted_queries() as statements:
            answer = send_batch(gate, SLUG, [sent])
        assert [one for one, _ in outcomes(answer)] == [outcome]
        assert answer.json["roster"] is None
        assert len(statements) <= number, statements


@both
def test_an_answer_without_a_list_says_who_is_in(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    person, code = delegate(event)

    def said(item: dict, **device) -> list[str] | None:
        answer = send_batch(phone, SLUG, [item], **device)
        return answer.json["results"][0]["in"]

    first = late(morning, code, at(1))
    assert said(first) == [at(1).isoformat(), "Cổng A"]
    assert said(late(morning, code, at(2), told="already")) == [at(1).isoformat(), "Cổng A"]
    assert said(late(morning, "9" * 32, at(2), told="unknown")) is None
    assert said(first) is None  # sent again: the list says what is true by now
    with unit_of_work():
        undo(event, db.session.scalars(select(Presence.id)).one(), by=DESK, now=at(5))
    assert said(late(morning, code, at(4))) is None  # undone with the presence it belongs to
    assert said(late(morning, code, at(6)), list_version=1) is None  # the list says it
    db.session.rollback()
    stands = db.session.scalars(select(Presence).where(Presence.undone_at.is_(None))).one()
    assert (stands.registration_id, stands.at) == (person, at(6))


def _forget(kept: int) -> None:
    with unit_of_work():
        db.session.execute(delete(Scan))
        db.session.execute(delete(Presence).where(Presence.id != kept))
        db.session.execute(delete(AuditEntry).where(AuditEntry.action.like("checkin.%")))


def _what_is(event: Event) -> tuple[list, list]:
    db.session.rollback()
    presences = db.session.scalars(select(Presence).order_by(Presence.registration_id, Presence.at))
    scans = db.session.scalars(select(Scan).order_by(Scan.client_id))
    return (
        [(one.registration_id, one.at, one.gate_name, one.undone_at) for one in presences],
        [(one.client_id, one.counted_at, one.remark, one.presence_id is not None) for one in scans],
    )


@both
def test_batches_of_one_give_the_presences_of_one_batch(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    """One who was undone, one who was replaced, one who is scanned again, one nobody knows."""
    (undone, code), (_, again) = delegate(event), delegate(event, 1, "Bạch Thế Hiển")
    old, gone = delegate(event, 2, "Ngọ Văn Đông")
    exchange(old)
    scan(code=code, event=event)
    with unit_of_work():
        kept = undo(event, db.session.scalars(select(Presence.id)).one(), by=DESK, now=at(5))
        kept_id = kept.presence.id
    sent = [
        late(morning, code, at(4)), late(morning, code, at(9)), late(morning, code, at(7)),
        late(morning, again, at(8), told="already"), late(morning, again, at(6)),
        late(morning, gone, at(8)), late(morning, "9" * 32, at(8)), late(morning, again, at(6)),
    ]  # fmt: skip
    _forget(kept_id)
    send_batch(phone, SLUG, sent)
    whole = _what_is(event)
    assert [(one, when) for one, when, _, ended in whole[0] if ended is None] == [
        (undone, at(7)), (undone + 1, at(6)),
    ]  # fmt: skip
    for order in itertools.islice(itertools.permutations(range(len(sent))), 0, 40_320, 13_441):
        _forget(kept_id)
        for index in order:
            send_batch(phone, SLUG, [sent[index]])
        assert _what_is(event) == whole


def test_codes_are_proven_before_the_database_is_locked(
    phone: FlaskClient, event: Event, morning: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that is no code of ours; an old version's digest is made when it is met."""
    _, code = delegate(event)
    made, digest = [], tokens._digest

    def noted(*given: object) -> bytes:
        made.append(bool(db.session.info.get(WRITING)))
        return digest(*given)

    monkeypatch.setattr(tokens, "_digest", noted)
    tokens._is_code.cache_clear()
    forged = f"{code[:-1]}{(int(code[-1]) + 1) % 10}"
    answer = send_batch(phone, SLUG, [late(morning, code, at(3)), late(morning, forged, at(4))])
    assert [one for one, _ in outcomes(answer)] == ["welcome", "unknown"]
    assert made == [False, False]
