"""A hall for the journeys: five delegates of whom one is replaced and one waits, gates, codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from app.checkin.gate_services import create_gate
from app.checkin.models import Scan
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import replace
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, enter, unit_actor
from tests.journeys.conftest import Live

NOW = from_local(datetime(2024, 3, 12, 7, 52))
HIEN, HIEN_2, DONG, HIEN_3, TRUC = (
    "Phạm Thu Hiên", "Bạch Thế Hiển", "Ngọ Văn Đông", "Doãn Thúy Hiền", "Đinh Công Trực",
)  # fmt: skip
INSTEAD = "Ưng Hoài Ân"  # of DONG; TRUC waits


@dataclass(frozen=True)
class Hall:
    """``pairing``: the address of Cổng A for one phone; ``codes``: of each person by name."""

    live: Live
    slug: str
    event_id: int
    gate_id: int
    pairing: str
    codes: dict[str, str]

    def count(self, model: type, *conditions: Any) -> int:
        with self.live.app.app_context():
            counted = select(func.count()).select_from(model).where(*conditions)
            return db.session.scalar(counted) or 0

    def scans(self) -> list[Scan]:
        """In the order in which they were made."""
        with self.live.app.app_context():
            return list(db.session.scalars(select(Scan).order_by(Scan.counted_at, Scan.id)))

    def gate(self, name: str, role: str = "steward") -> str:
        """Another gate → its pairing address."""
        with self.live.app.app_context():
            return self.live.address("checkin.pair", secret=_gate(self.event_id, name, role)[1])

    def replace(self, name: str, successor: str) -> None:
        with self.live.app.app_context(), unit_of_work():
            old = db.session.scalars(
                select(Registration).where(Registration.full_name == name)
            ).one()
            unit = old.participation
            entry = Entry(successor, "Phó Hiệu trưởng")
            replace(old, unit, entry, by=unit_actor(unit), now=IN_TIME)


def _gate(event_id: int, name: str, role: str) -> tuple[int, str]:
    with unit_of_work():
        event = db.session.get_one(Event, event_id)
        made = create_gate(event, name, by=DESK, now=NOW, role=role)
        return made.gate.id, made.secret


def make_hall(live: Live) -> Hall:
    """The caller has set the clock to NOW."""
    with live.app.app_context():
        event = make_event(seats=4, units=5)
        units = participations(event)
        people = [HIEN, HIEN_2, DONG, HIEN_3, TRUC]
        entries = [
            enter(unit, name).registration.id for unit, name in zip(units, people, strict=True)
        ]
        codes = {
            name: entry_code(db.session.get_one(Registration, one))
            for name, one in zip(people, entries, strict=True)
        }
        slug, event_id = event.slug, event.id
        gate_id, secret = _gate(event_id, "Cổng A", "steward")
    hall = Hall(live, slug, event_id, gate_id, live.address("checkin.pair", secret=secret), codes)
    hall.replace(DONG, INSTEAD)
    return hall


def pair(page: Page, hall: Hall, address: str | None = None, *, script: bool = True) -> None:
    """With its script, the page has its list afterwards."""
    page.goto(address or hall.pairing)
    page.get_by_role("button", name="Ghép máy này").click()
    page.wait_for_url(re.compile(f"/hall/{hall.slug}/"))
    if script:
        expect(page.locator("[data-status-list]")).to_contain_text("Danh sách lúc")


def all_sent(page: Page) -> None:
    """After an answer was shown: the server has heard of it."""
    expect(page.locator("[data-status-waiting]")).to_have_text("0 lượt chờ gửi")


def kept(page: Page) -> None:
    """From now on the page opens without a network."""
    expect(page.locator("[data-hall][data-kept=yes]")).to_be_attached()


def enter_as_staff(page: Page, hall: Hall) -> None:
    """An account without a gate, on its scan page."""
    with hall.live.app.app_context():
        client = hall.live.app.test_client()
        sign_in(client, make_account("hall"))
        cookie = client.get_cookie("session")
    assert cookie is not None
    page.context.add_cookies([{"name": "session", "value": cookie.value, "url": hall.live.url}])
    page.goto(hall.live.address("checkin.scan_page", slug=hall.slug))


def answer(page: Page) -> Locator:
    return page.locator("[data-answer]")


def type_code(page: Page, code: str) -> None:
    page.get_by_role("button", name="Nhập mã").click()
    page.get_by_label("Mã dưới mã vuông").fill(code)
    page.get_by_role("button", name="Kiểm tra mã").click()
