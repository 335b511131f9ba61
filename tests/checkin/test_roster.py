"""The list on the phones: what it holds, what changes it, how small it is when nothing has."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import threading
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.audit.services import record
from app.checkin.roster import GateFacts, roster
from app.checkin.services import undo
from app.core.access import SYSTEM
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from app.registration.services import withdraw
from tests.checkin.test_routes import queries_of
from tests.factories.checkin import MORNING, scan
from tests.factories.events import DESK, participations
from tests.factories.registration import IN_TIME, enter
from tests.factories.syncing import delegate, exchange, paired, second_phone

SLUG = "tap-huan-2024"
NOW = MORNING + timedelta(minutes=11)


def key_of(digits: str) -> str:
    """As the contract says it, without our code."""
    return base64.urlsafe_b64encode(hashlib.sha256(digits.encode()).digest()).decode()[:12]


def fetch(client: FlaskClient, since: object = None) -> dict:
    answer = client.get(f"/hall/{SLUG}/roster" + ("" if since is None else f"?since={since}"))
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.both_databases
def test_the_whole_list(phone: FlaskClient, event: Event, morning: int) -> None:
    old, old_code = delegate(event, 0, "Ngọ Văn Đông")
    new = exchange(old)
    here, code = delegate(event, 1, "Phạm Thu Hiên")
    scan(code=code, event=event)
    delegate(event, 2, "Người Thử")
    waiting, _ = delegate(event, 3, "Đinh Công Trực")
    with unit_of_work():
        db.session.get_one(Registration, here).code_version = 3
    version_3 = entry_code(db.session.get_one(Registration, here))
    found = fetch(phone)
    assert found["full"]
    assert found["server_time"] == NOW.isoformat()
    assert found["event"] == {"slug": SLUG, "title": event.short_title, "number": event.id}
    sessions = [one.id for one in event.sessions]
    assert found["gate"] == {"name": "Cổng A", "role": "steward", "sessions": sessions}
    assert [one["name"] for one in found["sessions"]] == ["Sáng", "Chiều"]
    assert found["counts"][str(morning)] == {"arrived": 1, "expected": 3}
    assert len(found["units"]) == 5
    people = {one["id"]: one for one in found["people"]}
    assert people[old] == {
        "id": old, "c": key_of(old_code), "old": [], "n": "Ngọ Văn Đông", "p": "Hiệu trưởng",
        "u": "Trường THPT Thử 001", "s": "replaced", "w": None, "next": new, "in": {},
    }  # fmt: skip
    assert people[here]["in"] == {str(morning): [MORNING.isoformat(), "Cổng B"]}
    assert people[here]["c"] == key_of(version_3)
    assert key_of(code) in people[here]["old"]
    assert len(people[here]["old"]) == 2
    assert (people[waiting]["s"], people[waiting]["w"]) == ("waitlisted", 1)


@pytest.mark.both_databases
def test_a_change_brings_its_lines_only(phone: FlaskClient, event: Event, morning: int) -> None:
    (a, code), (b, _) = delegate(event), delegate(event, 1, "Bạch Thế Hiển")
    version = fetch(phone)["version"]

    def changed() -> list[int]:
        nonlocal version
        found = fetch(phone, version)
        assert not found["full"]
        assert "units" not in found
        assert found["version"] >= version
        version = found["version"]
        return [one["id"] for one in found["people"]]

    assert changed() == []
    presence_id = scan(code=code, event=event).arrival.presence_id
    assert changed() == [a]
    with unit_of_work():
        undo(db.session.get_one(Event, event.id), presence_id, by=DESK, now=NOW)
    assert changed() == [a]
    new = exchange(b)
    assert changed() == [b, new]
    enter(participations(event)[2], "Người Mới")
    assert len(changed()) == 1
    assert changed() == []


@pytest.mark.both_databases
def test_who_waits_moves_up(phone: FlaskClient, event: Event) -> None:
    first, *_ = (delegate(event, index, f"Người Thử {index}")[0] for index in range(5))
    version = fetch(phone)["version"]
    with unit_of_work():
        one = db.session.get_one(Registration, first)
        withdraw(one, one.participation, by=DESK, now=IN_TIME)
    people = {one["n"]: (one["s"], one["w"]) for one in fetch(phone, version)["people"]}
    assert people == {
        "Người Thử 0": ("withdrawn", None),
        "Người Thử 3": ("confirmed", None),
        "Người Thử 4": ("waitlisted", 1),
    }


@pytest.mark.parametrize("since", ["0", "-1", "999999", "x", "9" * 5000, "1.5", "%00", ""])
def test_a_version_never_given_brings_the_whole(
    phone: FlaskClient,
    event: Event,
    since: str,
) -> None:
    delegate(event)
    assert fetch(phone, since)["full"]


@pytest.mark.parametrize("action", ["event.units_called", "personal_data.erased"])
def test_what_may_change_any_line_brings_the_whole(
    phone: FlaskClient,
    event: Event,
    action: str,
) -> None:
    version = fetch(phone)["version"]
    with unit_of_work():
        record(action, ("data_request", 1), by=SYSTEM, now=NOW)
    assert fetch(phone, version)["full"]


def test_nothing_changed_is_a_few_bytes(phone: FlaskClient, event: Event) -> None:
    for index in range(3):
        delegate(event, index, f"Người Thử {index}")
    version = fetch(phone)["version"]
    number, answer = queries_of(lambda: phone.get(f"/hall/{SLUG}/roster?since={version}"))
    assert number <= 8
    assert len(answer.data) < 1000
    assert answer.json["people"] == []


def test_the_list_takes_the_same_queries_for_one_and_for_many(
    phone: FlaskClient,
    event: Event,
) -> None:
    def count() -> int:
        db.session.remove()
        return queries_of(lambda: fetch(phone))[0]

    delegate(event)
    for index in range(1, 5):
        delegate(event, index, f"Người Thử {index}")
    few = count()
    for registration in db.session.scalars(db.select(Registration.id)).all()[:2]:
        exchange(registration)
    assert count() == few <= 12


def test_no_phone_and_no_mail_and_no_code_leaves(phone: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    made = enter(unit, "Phạm Thu Hiên", phone="+84912345678", email="a@example.vn").registration
    body = phone.get(f"/hall/{SLUG}/roster").text
    assert "Phạm Thu Hiên" in body
    for secret in ("912345678", "a@example.vn", entry_code(made), made.receipt_code):
        assert secret not in body


def test_a_gate_of_one_session_lists_that_alone(
    phone: FlaskClient,
    event: Event,
    morning: int,
) -> None:
    _, code = delegate(event)
    afternoon = event.sessions[1]
    scan(code=code, event=event, session=afternoon)
    only = second_phone(phone, event, session_ids=(morning,))
    found = fetch(only)
    assert found["gate"]["sessions"] == [morning]
    assert [one["id"] for one in found["sessions"]] == [morning]
    assert list(found["counts"]) == [str(morning)]
    assert found["people"][0]["in"] == {}


def test_it_is_packed_where_the_browser_takes_it(phone: FlaskClient, event: Event) -> None:
    for index in range(5):
        delegate(event, index, f"Người Thử {index}")
    answer = phone.get(f"/hall/{SLUG}/roster", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(json.loads(gzip.decompress(answer.data))["people"]) == 5


def test_strangers_and_other_events_phones_get_none(
    phone: FlaskClient,
    app: Flask,
    event: Event,
) -> None:
    from tests.factories.events import make_event

    stranger = app.test_client()
    assert stranger.get(f"/hall/{SLUG}/roster").status_code == 403
    other = make_event(units=0, slug="khac")
    elsewhere = paired(app.test_client(), other, "Cổng C")
    assert elsewhere.get(f"/hall/{SLUG}/roster").status_code == 404
    assert phone.get("/hall/khac/roster").status_code == 404
    assert phone.get("/hall/khong-co/roster").status_code == 404


@pytest.mark.postgres_only
def test_a_change_committed_late_is_not_missed(app: Flask, event: Event) -> None:
    """PostgreSQL gives an id before the commit: a lower one may appear after a higher one."""
    (slow, _), (quick, _) = delegate(event), delegate(event, 1, "Bạch Thế Hiển")
    gate = GateFacts("Cổng A", "steward", tuple(one.id for one in event.sessions))
    event_id = event.id
    begun, listed = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with app.app_context(), unit_of_work():
            record("checkin.arrived", ("registration", slow), by=SYSTEM, now=NOW, event_id=event_id)
            begun.set()
            listed.wait(20)

    def changed(since: int) -> tuple[set[int], int]:
        db.session.rollback()
        found = roster(db.session.get_one(Event, event_id), gate, since=since, now=NOW)
        assert not found["full"]
        return {one["id"] for one in found["people"]}, found["version"]

    start = roster(event, gate, since=None, now=NOW + timedelta(minutes=5))["version"]
    db.session.rollback()
    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert begun.wait(20)
    with unit_of_work():
        record("checkin.arrived", ("registration", quick), by=SYSTEM, now=NOW, event_id=event_id)
    people, version = changed(start)
    listed.set()
    writer.join()
    assert people == {quick}
    assert changed(version)[0] >= {slow}
    last = changed(version)[1]
    assert db.session.scalar(text("SELECT max(id) FROM audit_entry")) == last
    assert changed(last)[0] == set()
