"""What `make run` fills a rehearsal with, and the file outsiders read."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_security import verify_password
from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.clock import forget_now, now
from app.core.database import Base
from app.demo import STARTS
from app.events.models import Event, Participation
from app.extensions import db
from app.registration.models import Registration
from app.units.models import Unit


@pytest.fixture
def file(rehearsal: Flask) -> Path:
    return rehearsal.config["SETTINGS"].data_dir / "demo.json"


@pytest.fixture
def demo(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


def test_the_file_outsiders_read(demo: dict[str, Any], file: Path) -> None:
    assert set(demo) == {"base_url", "desk", "accounts", "units", "gate_url"}
    assert demo["base_url"] == "http://localhost"
    assert set(demo["desk"]) == {"email", "password"}
    assert len(demo["units"]) == 113
    assert {tuple(one) for one in demo["units"]} == {("code", "name", "url")}
    assert len({one["code"] for one in demo["units"]}) == 113
    assert all(
        re.fullmatch(r"http://localhost/units/[\w-]{27}", one["url"]) for one in demo["units"]
    )
    assert re.fullmatch(r"http://localhost/hall/pair/[\w-]{20,}", demo["gate_url"])
    assert file.stat().st_mode & 0o777 == 0o600


def test_its_addresses_open(rehearsal: Flask, demo: dict[str, Any]) -> None:
    client = rehearsal.test_client()
    page = client.get(demo["units"][0]["url"])
    assert page.status_code == 200
    assert demo["units"][0]["name"] in page.text
    assert 'name="full_name"' in page.text
    assert client.get(demo["gate_url"]).status_code == 200
    assert client.get("/").status_code == 200


def test_its_accounts_sign_in(rehearsal: Flask, demo: dict[str, Any]) -> None:
    for one in demo["accounts"]:
        account = db.session.scalars(select(Account).where(Account.email == one["email"])).one()
        assert verify_password(one["password"], account.password)
        assert [role.name for role in account.roles] == [one["role"]]
    client = rehearsal.test_client()
    with rehearsal.app_context():
        done = client.post("/account/sign-in", data=demo["desk"])
    assert done.status_code in (302, 303)
    with rehearsal.app_context():
        assert client.get("/desk/", follow_redirects=True).status_code == 200


def states(slug: str) -> dict[str, int]:
    rows = db.session.execute(
        select(Registration.state, func.count())
        .join(Event, Event.id == Registration.event_id)
        .where(Event.slug == slug)
        .group_by(Registration.state)
    )
    return {row[0]: row[1] for row in rows}


def test_every_state_has_three_to_be_seen(rehearsal: Flask) -> None:
    assert states("hop-thu-2024") == {
        "confirmed": 6,  # three, and the three that came in a replaced one's place
        "waitlisted": 3, "late": 3, "withdrawn": 3, "replaced": 3, "rejected": 3,
    }  # fmt: skip
    main = states("tap-huan-2024")
    assert {state: main[state] for state in ("withdrawn", "replaced", "rejected")} == {
        "withdrawn": 3, "replaced": 3, "rejected": 3,
    }  # fmt: skip
    assert main["confirmed"] >= 3


def test_the_eligible_units_are_in_the_event_and_the_others_in_the_register(
    rehearsal: Flask,
) -> None:
    event = db.session.scalars(select(Event).where(Event.slug == "tap-huan-2024")).one()
    called = select(func.count()).where(Participation.event_id == event.id)
    assert db.session.scalar(called.where(Participation.unit_id.is_not(None))) == 113
    assert db.session.scalar(called.where(Participation.unit_id.is_(None))) == 4  # guests
    kinds = select(func.count()).select_from(Unit).where(Unit.kind == "other")
    assert db.session.scalar(kinds) == 18


def test_nobody_in_it_can_be_written_to(rehearsal: Flask) -> None:
    mailbox = re.compile(r"[\w.+-]+@[\w.-]+")
    found: set[str] = set()
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                found.update(mailbox.findall(" ".join(str(value) for value in row)))
    strangers = {one for one in found if not one.rstrip(".").endswith((".example", "example.vn"))}
    assert strangers <= {"gdtx@haiphong.edu.vn"}  # the office's own, as the plan says (P31)
    phones = db.session.scalars(select(Registration.phone).where(Registration.phone.is_not(None)))
    assert phones.all() == []


def test_a_second_time_changes_nothing(rehearsal: Flask, file: Path) -> None:
    before, rows = file.read_bytes(), counts()
    done = rehearsal.test_cli_runner().invoke(args=["seed-rehearsal"])
    assert (done.exit_code, done.output) == (0, f"{file}\n")
    assert (file.read_bytes(), counts()) == (before, rows)


def counts() -> dict[str, int]:
    db.session.remove()
    with db.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_its_clock_begins_before_the_cut_off(rehearsal: Flask) -> None:
    forget_now()
    event = db.session.scalars(select(Event).where(Event.slug == "tap-huan-2024")).one()
    assert STARTS <= now() < event.cutoff_at
