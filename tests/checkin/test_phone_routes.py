"""The scan page as a program of the phone: worker, manifest, acts by the phone's own ids, doubles."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.checkin.models import Presence
from app.events.models import Event
from app.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import MORNING
from tests.factories.syncing import OWN_PAGE, delegate, late, second_phone, send_batch

SLUG = "tap-huan-2024"


def standing() -> int:
    db.session.rollback()
    counted = select(func.count()).select_from(Presence).where(Presence.undone_at.is_(None))
    return db.session.scalar(counted) or 0


def test_the_worker_and_the_manifest_are_there_for_everybody(app: Flask) -> None:
    browser = app.test_client()
    worker = browser.get("/hall/sw.js")
    assert (worker.mimetype, worker.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    manifest = browser.get("/hall/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    said = json.loads(manifest.data)
    assert (said["scope"], said["start_url"]) == ("/hall/", "/hall/")
    for icon in said["icons"]:
        with browser.get(icon["src"]) as picture:
            assert picture.mimetype == "image/png"


def test_only_a_gate_s_page_may_be_kept(app: Flask, phone: FlaskClient) -> None:
    kept = phone.get(f"/hall/{SLUG}/")
    assert kept.headers["X-Hall"] == "keep"
    assert "data-gate" in kept.text
    staff = app.test_client()
    sign_in(staff, make_account("hall"))
    online = staff.get(f"/hall/{SLUG}/")
    assert online.headers["X-Hall"] == "online"
    assert "data-gate" not in online.text
    assert "X-Hall" not in app.test_client().get(f"/hall/{SLUG}/").headers


def test_a_scan_is_undone_and_reported_by_the_phone_s_id(
    app: Flask, phone: FlaskClient, event: Event, morning: int
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True  # none of these carries a token
    scan = late(morning, delegate(event)[1], MORNING)
    send_batch(phone, SLUG, [scan])
    assert standing() == 1
    base = f"/hall/{SLUG}/scans/{scan['client_id']}"
    assert phone.post(f"{base}/undo", json={}).status_code == 403  # from nowhere of ours
    assert phone.post(f"{base}/desk", json={}).status_code == 403
    done = phone.post(f"{base}/undo", json={}, headers=OWN_PAGE)
    assert done.json == {"sentence": "Đã hoàn tác: Phạm Thu Hiên."}
    assert standing() == 0
    told = phone.post(f"{base}/desk", json={}, headers=OWN_PAGE)
    assert told.json == {"sentence": "Đã báo bàn đăng ký. Mời người này sang bàn."}
    unknown = f"/hall/{SLUG}/scans/{'x' * 12}/undo"
    assert phone.post(unknown, json={}, headers=OWN_PAGE).status_code == 404


def test_another_steward_s_scan_is_not_undone(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    scan = late(morning, delegate(event)[1], MORNING)
    send_batch(phone, SLUG, [scan])
    other = second_phone(phone, event)
    address = f"/hall/{SLUG}/scans/{scan['client_id']}/undo"
    assert other.post(address, json={}, headers=OWN_PAGE).status_code == 403
    assert standing() == 1


@pytest.mark.both_databases
def test_both_gates_that_gave_one_green_hear_of_it(
    phone: FlaskClient, event: Event, morning: int
) -> None:
    code = delegate(event)[1]
    other = second_phone(phone, event)
    mine, theirs = late(morning, code, MORNING), late(morning, code, MORNING + timedelta(minutes=2))
    assert send_batch(phone, SLUG, [mine]).json["doubles"] == []
    (said,) = send_batch(other, SLUG, [theirs]).json["doubles"]
    assert (said["client_id"], said["other_gate"]) == (theirs["client_id"], "Cổng A")
    (said,) = send_batch(phone, SLUG, list_version=1).json["doubles"]
    assert said["client_id"] == mine["client_id"]
    assert said["other_at"] == (MORNING + timedelta(minutes=2)).isoformat()
    assert (said["name"], said["other_gate"]) == ("Phạm Thu Hiên", "Cổng B")
