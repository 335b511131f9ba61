"""Whoever is not a phone of this event's gate, and phones that send nonsense."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.checkin.contacts import MOST_HEARD
from app.checkin.models import GateDevice, Scan
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import MORNING, client_id
from tests.factories.events import make_event
from tests.factories.syncing import (
    OWN_PAGE,
    delegate,
    late,
    outcomes,
    paired,
    second_phone,
    send_batch,
)

SLUG = "tap-huan-2024"


def scans() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Scan))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
def test_only_a_page_of_ours_may_send(
    phone: FlaskClient, event: Event, morning: int, headers: dict[str, str]
) -> None:
    answer = send_batch(phone, SLUG, [late(morning, "9" * 32, MORNING)], headers=headers)
    assert (answer.status_code, scans()) == (403, 0)
    assert "error" in answer.json


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://localhost"},  # a browser from before Sec-Fetch-Site
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},  # a page that sends no Referer
    ],
)
def test_a_page_of_ours_needs_no_token(
    app: Flask, phone: FlaskClient, event: Event, headers: dict[str, str]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert send_batch(phone, SLUG, headers=headers).status_code == 200


def test_a_form_of_another_page_cannot_be_read(phone: FlaskClient, event: Event) -> None:
    body = json.dumps({"device": {}, "scans": []})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = phone.post(f"/hall/{SLUG}/sync", data=body, content_type=kind, headers=OWN_PAGE)
        assert answer.status_code == 400


def test_strangers_are_refused_and_other_events_are_not_there(
    app: Flask, phone: FlaskClient, event: Event, morning: int
) -> None:
    make_event(units=0, slug="khac")
    stranger = app.test_client()
    assert send_batch(stranger, SLUG).status_code == 403
    stranger.set_cookie("gate", "x" * 22, path="/hall/")
    assert send_batch(stranger, SLUG).status_code == 403
    leader = app.test_client()
    sign_in(leader, make_account("leader"))
    assert send_batch(leader, SLUG).status_code == 403
    for slug in ("khac", "khong-co"):
        assert send_batch(phone, slug, [late(morning, "9" * 32, MORNING)]).status_code == 404
    assert scans() == 0


def test_an_account_of_the_hall_may_send_too(app: Flask, event: Event, morning: int) -> None:
    staff = app.test_client()
    sign_in(staff, make_account("hall"))
    _, code = delegate(event)
    assert outcomes(send_batch(staff, SLUG, [late(morning, code, MORNING)])) == [("welcome", None)]
    assert db.session.scalar(select(Scan.device_id)) is None


def test_a_gate_of_one_session_refuses_the_others(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    _, code = delegate(event)
    afternoon = event.sessions[1].id
    only = second_phone(phone, event, session_ids=(afternoon,))
    answer = send_batch(only, SLUG, [late(morning, code, MORNING)])
    assert outcomes(answer) == [("wrong_session", "stale")]
    screen = answer.json["results"][0]["answer"]
    assert screen["more"] == ["Cổng này không điểm danh buổi đó."]
    direct = only.post(
        f"/hall/{SLUG}/scans",
        json={"session_id": morning, "client_id": client_id(), "how": "scan", "code": code},
        headers={"Accept": "application/json", "Origin": "http://localhost"},
    )
    assert direct.status_code == 403
    assert only.get(f"/hall/{SLUG}/?session={morning}").status_code == 403
    page = only.get(f"/hall/{SLUG}/")
    assert page.status_code == 200
    assert f"session={morning}" not in page.text


def test_a_bad_item_is_told_and_blocks_nobody(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    _, code = delegate(event)
    good = late(morning, code, MORNING)
    bad = [
        7, None, [], {}, {"client_id": "short"}, {**good, "client_id": 7},
        {**good, "client_id": client_id(), "code": 5}, {**good, "client_id": client_id(), "how": []},
        {**good, "client_id": client_id(), "how": "desk"},
        {**good, "client_id": client_id(), "session_id": -1},
        {**good, "client_id": client_id(), "session_id": 10**30},
        {**good, "client_id": client_id(), "registration_id": 1},
        {**good, "client_id": "\ud800" * 30},
    ]  # fmt: skip
    answer = send_batch(phone, SLUG, [*bad, good])
    assert outcomes(answer) == [("welcome", None)] + [("invalid", None)] * len(bad)
    assert answer.json["results"][7]["client_id"] == bad[6]["client_id"]
    assert scans() == 1


@pytest.mark.both_databases
def test_texts_no_database_takes_are_cleaned(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    sent = [
        late(morning, "a\x00b\ud800c" * 200, MORNING, told="\ud800"),
        late(morning, "", MORNING, told=["x"], device_at={"a": 1}, offset_ms="1"),
        late(morning, 2**31 - 1, MORNING, offset_ms=1e308),
        late(morning, "1", MORNING, device_at="9999-12-31T23:59:59+00:00", offset_ms=True),
    ]
    walk_in = {
        "client_id": client_id(), "session_id": morning, "name": "a\x00\ud800" * 500,
        "position": 5, "unit": None, "allowed_by": [], "replaces": "1", "device_at": 5,
    }  # fmt: skip
    answer = send_batch(phone, SLUG, sent, [walk_in], list_version=10**12, unsent="many")
    assert [one for one, _ in outcomes(answer)] == ["unknown"] * 4 + ["not_confirmed"]
    assert scans() == 5


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[1]", "7", "null", '"x"', "[" * 100_000, '{"scans": {}}', '{"walk_ins": "x"}',
        json.dumps({"scans": [1] * 501}), json.dumps({"walk_ins": [1] * 21}),
        '{"scans": [1' + "0" * 5000 + "]}",
    ],
)  # fmt: skip
def test_what_is_no_batch_is_refused(phone: FlaskClient, event: Event, body: str) -> None:
    answer = phone.post(
        f"/hall/{SLUG}/sync", data=body, content_type="application/json",
        headers={"Accept": "application/json", **OWN_PAGE},
    )  # fmt: skip
    assert answer.status_code == 400
    assert answer.json["error"] == "Lô quét gửi lên không đọc được."


def test_a_body_of_more_than_a_megabyte_is_refused(phone: FlaskClient, event: Event) -> None:
    body = json.dumps({"scans": [], "device": {"x": "x" * 1024 * 1024}})
    answer = phone.post(
        f"/hall/{SLUG}/sync", data=body, content_type="application/json",
        headers={"Accept": "application/json", **OWN_PAGE},
    )  # fmt: skip
    assert answer.status_code == 413


def test_a_phone_that_never_stops_is_slowed_down(
    phone: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    send_batch(phone, SLUG)
    with unit_of_work():
        device = db.session.scalars(select(GateDevice)).one()
        device.heard = MOST_HEARD - 1
    assert send_batch(phone, SLUG).status_code == 200
    assert send_batch(phone, SLUG).status_code == 429
    frozen_clock.at += timedelta(minutes=5)
    assert send_batch(phone, SLUG).status_code == 200
    db.session.rollback()
    assert db.session.scalars(select(GateDevice)).one().heard == 1


def test_who_is_no_gate_any_more_is_told_no_names(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    registration, _ = delegate(event)
    with unit_of_work():
        db.session.scalars(select(GateDevice)).one().revoked_at = MORNING
    sent = [late(morning, registration, MORNING - timedelta(seconds=0), told=None)]
    answer = send_batch(phone, SLUG, sent, list_version=1)
    assert "Hiên" not in answer.text
    assert answer.json["roster"] is None


def test_another_phones_scan_sent_by_this_one_stays_what_it_was(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    (_, code), (_, other) = delegate(event), delegate(event, 1, "Bạch Thế Hiển")
    own = late(morning, code, MORNING)
    send_batch(phone, SLUG, [own])
    thief = second_phone(phone, event)
    send_batch(thief, SLUG, [{**own, "code": other}])
    assert scans() == 1
    elsewhere = paired(phone.application.test_client(), make_event(units=0, slug="khac"), "Cổng C")
    answer = send_batch(elsewhere, "khac", [own])
    assert outcomes(answer) == [("wrong_event", None)]
    assert "Hiên" not in answer.text
