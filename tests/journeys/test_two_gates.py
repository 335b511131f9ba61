"""A morning without a network: two phones, a hundred and ten people, one replaced at the desk.

What the server holds afterwards, what the board shows and what the report counts are those of a
model that knows only who was scanned where and when.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from app.checkin.gate_services import create_gate
from app.checkin.models import Presence, Scan
from app.core import clock
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import replace
from tests.factories.events import DESK, make_event
from tests.factories.registration import fill
from tests.journeys.conftest import PHONE, Live, Watch
from tests.journeys.desk import enter_desk
from tests.journeys.hall import NOW

PEOPLE, SCANNED, REPEATED, BOTH = 113, 110, 12, 9
SUCCESSOR = "Tống Khánh Vân"
GATES = ("Cổng A", "Cổng B")
# A hand scanner's burst: the same key events, without the way through the browser's driver.
BURST = """code => {
  const key = (code, key) => document.body.dispatchEvent(
    new KeyboardEvent("keydown", { code, key, bubbles: true, cancelable: true }));
  [...code].forEach((digit) => key(`Digit${digit}`, digit));
  key("Enter", "Enter");
}"""


@dataclass(frozen=True)
class Morning:
    live: Live
    slug: str
    event_id: int
    session_id: int
    people: list[int]
    codes: list[str]
    pairing: dict[str, str]


@pytest.fixture
def morning(live: Live, monkeypatch: pytest.MonkeyPatch) -> Morning:
    began = time.monotonic()
    monkeypatch.setattr(
        clock, "real_now", lambda: NOW + timedelta(seconds=time.monotonic() - began)
    )
    with live.app.app_context():
        event = make_event(seats=PEOPLE, units=PEOPLE)
        people = fill(event, PEOPLE)
        pairing = {}
        for name in GATES:
            with unit_of_work():
                found = db.session.get_one(Event, event.id)
                secret = create_gate(found, name, by=DESK, now=NOW).secret
            pairing[name] = live.address("checkin.pair", secret=secret)
        return Morning(
            live, event.slug, event.id, event.sessions[0].id, [one.id for one in people],
            [entry_code(one) for one in people], pairing,
        )  # fmt: skip


@pytest.fixture
def phones(browser: Browser, watch: Watch, morning: Morning) -> Iterator[dict[str, Page]]:
    contexts: list[BrowserContext] = []
    pages = {}
    for name in GATES:
        contexts.append(watch.context(browser, **PHONE))
        pages[name] = page = contexts[-1].new_page()
        page.goto(morning.pairing[name])
        page.get_by_role("button", name="Ghép máy này").click()
        expect(page.locator("[data-status-list]")).to_contain_text("Danh sách lúc")
    yield pages
    for context in contexts:
        context.close()


def plan(chance: random.Random) -> list[tuple[str, int]]:
    """(gate, person) in the order of the morning: everybody once, some again at the same gate,
    some at the other one, too."""
    first = [(chance.choice(GATES), person) for person in range(SCANNED)]
    again = chance.sample(first, REPEATED)
    both = [(GATES[gate == GATES[0]], person) for gate, person in chance.sample(first, BOTH)]
    later = again + both
    chance.shuffle(later)
    return first + later


def scan(page: Page, code: str, number: int) -> None:
    page.evaluate(BURST, code)
    expect(page.locator("[data-status-waiting]")).to_have_text(f"{number} lượt chờ gửi")


def test_two_phones_offline_agree_with_the_model(
    morning: Morning, phones: dict[str, Page], page_of_desk: Page
) -> None:
    steps = plan(random.Random(20240312))
    waiting = dict.fromkeys(GATES, 0)
    for page in phones.values():
        page.context.set_offline(True)
    for gate, person in steps:
        waiting[gate] += 1
        scan(phones[gate], morning.codes[person], waiting[gate])
    gone = steps[0][1]
    replace_at_desk(morning, morning.people[gone])
    for gate in reversed(GATES):
        phones[gate].context.set_offline(False)
        expect(phones[gate].locator("[data-status-waiting]")).to_have_text(
            "0 lượt chờ gửi", timeout=20_000
        )

    first: dict[int, str] = {}
    for gate, person in steps:
        first.setdefault(person, gate)
    there = {morning.people[person]: gate for person, gate in first.items() if person != gone}
    with morning.live.app.app_context():
        presences = db.session.scalars(select(Presence)).all()
        assert {one.registration_id: one.gate_name for one in presences} == there
        scans = db.session.scalars(select(Scan)).all()
        assert len(scans) == len(steps)
        assert {one.registration_id for one in scans if one.remark == "stale"} == {
            morning.people[gone]
        }
        at_both = {
            morning.people[person]
            for person in first
            if len({gate for gate, one in steps if one == person}) == 2 and person != gone
        }
        assert {one.registration_id for one in scans if one.remark == "double"} == at_both
    board_and_report(morning, page_of_desk, len(there))


@pytest.fixture
def page_of_desk(browser: Browser, watch: Watch, live: Live) -> Iterator[Page]:
    context = watch.context(browser, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    enter_desk(page, live)
    yield page
    context.close()


def replace_at_desk(morning: Morning, registration_id: int) -> None:
    with morning.live.app.app_context(), unit_of_work():
        old = db.session.get_one(Registration, registration_id)
        entry = Entry(SUCCESSOR, "Phó Hiệu trưởng")
        replace(old, old.participation, entry, by=DESK, now=clock.now())


def board_and_report(morning: Morning, page: Page, there: int) -> None:
    page.goto(morning.live.address("checkin.board", slug=morning.slug, session=morning.session_id))
    expect(page.locator(".board-count")).to_contain_text(re.compile(rf"{there}\s*/\s*{PEOPLE}"))
    page.goto(f"{morning.live.url}/desk/events/{morning.slug}/attendance")
    expect(page.get_by_text(f"{there}/{PEOPLE} đơn vị dự ít nhất một buổi")).to_be_visible()
