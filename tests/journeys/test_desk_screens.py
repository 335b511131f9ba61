"""Every screen of the desk in a real browser, on a telephone and on a desktop.

Each answers 200, fits its window, has nothing that axe-core finds wrong and logs no error.
The long name is the longest that a unit may reasonably bear; nothing may leave the window for it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from playwright.sync_api import ConsoleMessage, Page
from sqlalchemy import select

from app.core import clock
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.mail.models import Message
from app.registration.models import Registration
from app.registration.services import reject, withdraw
from tests.factories.accounts import make_account
from tests.factories.checkin import MORNING, make_gate, scan
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, TOO_LATE, enter, fill
from tests.journeys.conftest import DESKTOP, Live, overflows
from tests.journeys.desk import deliver, enter_desk

pytestmark = pytest.mark.journey
Axe = Callable[[Page], list[str]]

LONG = (
    "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên và Bồi dưỡng cán bộ quản lý "
    "giáo dục liên quận, huyện phía Bắc thành phố"
)
AFTER = from_local(datetime(2024, 3, 6, 9, 0))
SECTIONS = ("names", "schedule", "cutoff", "kinds", "contact", "content", "bases", "letter")
EVENT = "/desk/events/tap-huan-2024"
DRAFT = "/desk/events/hop-sau"


class Screens:
    """Opens one address after the other and keeps what is wrong with each."""

    def __init__(self, live: Live, page: Page, axe: Axe) -> None:
        self.live, self.page, self.axe = live, page, axe
        self.wrong: list[str] = []
        self.logged: list[str] = []
        page.on("console", self._log)

    def _log(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.logged.append(message.text)

    def visit(self, *paths: str) -> None:
        for path in paths:
            self.logged.clear()
            answer = self.page.goto(self.live.url + path)
            assert answer is not None
            self.look(path, answer.status)

    def look(self, path: str, status: int = 200) -> None:
        if status != 200:
            self.wrong.append(f"{path}: {status}")
        if overflows(self.page):
            self.wrong.append(f"{path}: {overflows(self.page)} px too wide")
        self.wrong += [f"{path}: {one}" for one in [*self.axe(self.page), *self.logged]]


@pytest.fixture
def screens(live: Live, page: Page, axe: Axe, monkeypatch: pytest.MonkeyPatch) -> Screens:
    monkeypatch.setattr(clock, "real_now", lambda: AFTER)
    return Screens(live, page, axe)


def lively(live: Live) -> dict[str, int]:
    """The 2024 plan with an entry of every state, one unit with a long name. → registrations"""
    with live.app.app_context():
        event = make_event(seats=3, units=9)
        with unit_of_work():
            unit = participations(event)[0]
            unit.name = unit.short_name = LONG
        fill(event, 5)
        late = participations(event)[5]
        enter(late, "Tạ Đăng Khuê", now=TOO_LATE, late_reason="Trường mất mạng cả buổi chiều.")
        for unit in participations(event)[6:8]:
            enter(unit, "Vũ Mai An")
        with unit_of_work():
            for do, unit, words in (
                (withdraw, participations(event)[6], {"reason": "Đơn vị báo ốm."}),
                (reject, participations(event)[7], {"sentence": "Trùng người với đơn vị khác."}),
            ):
                entry = db.session.scalars(
                    select(Registration).where(Registration.participation_id == unit.id)
                ).one()
                do(entry, unit, by=DESK, now=AFTER, **words)
        make_gate(event)
        first = db.session.scalars(select(Registration).order_by(Registration.id)).first()
        assert first is not None
        scan(first, now=MORNING)
        states = db.session.execute(select(Registration.state, Registration.id))
        found = {state: id_ for state, id_ in states}
        make_event(seats=2, units=0, state="draft", slug="hop-sau", short_title="Họp sau")
    deliver(live)
    return found


def ids(live: Live) -> dict[str, int]:
    """A unit without an entry, the first mail, an account."""
    with live.app.app_context():
        event = db.session.scalars(select(Event).where(Event.slug == "tap-huan-2024")).one()
        return {
            "missing": participations(event)[-1].id,
            "mail": db.session.scalars(select(Message.id).order_by(Message.id)).all()[0],
            "account": make_account("hall", "cua@example.vn").id,
        }


def test_screens_of_an_event_after_its_cutoff(live: Live, screens: Screens) -> None:
    states = lively(live)
    enter_desk(screens.page, live)
    known = ids(live)
    screens.visit(
        f"{EVENT}/",
        f"{EVENT}/missing",
        f"{EVENT}/missing/links",
        f"{EVENT}/missing?q=khong-co",
        f"{EVENT}/units/{known['missing']}/link",
        f"{EVENT}/seats",
        f"{EVENT}/registrations",
        f"{EVENT}/registrations?q=khong-co",
        f"{EVENT}/registrations/new",
        f"{EVENT}/registrations/new?unit={known['missing']}",
        f"{EVENT}/waiting",
        f"{EVENT}/waiting/seats?more=1",
        f"{EVENT}/waiting/seats",
        f"{EVENT}/late",
        f"{EVENT}/participations/{known['missing']}/cutoff",
        *(f"{EVENT}/registrations/{one}" for one in states.values()),
        *(f"{EVENT}/registrations/{states['confirmed']}/{do}"
          for do in ("replace", "edit", "withdraw", "reject")),
        f"{EVENT}/registrations/{states['waitlisted']}/promote",
        f"{EVENT}/registrations/{states['late']}/accept",
    )  # fmt: skip
    assert screens.wrong == []


def test_screens_around_an_event(live: Live, screens: Screens) -> None:
    lively(live)
    enter_desk(screens.page, live, "admin")
    known = ids(live)
    screens.visit(
        "/", "/privacy", "/events/tap-huan-2024",
        f"{EVENT}/settings",
        *(f"{EVENT}/settings/{section}" for section in SECTIONS),
        f"{EVENT}/settings/state/closed",
        f"{EVENT}/check-in",
        f"{EVENT}/check-in?show=arrived",
        f"{EVENT}/check-in?q=khong-co",
        "/desk/events/new",
        *(f"/desk/outbox?tab={tab}" for tab in ("unsent", "waiting", "sent", "all")),
        f"/desk/outbox/{known['mail']}",
        f"/desk/outbox/{known['mail']}/address",
        "/desk/accounts", "/desk/accounts/new",
        f"/desk/accounts/{known['account']}",
        f"/desk/accounts/{known['account']}/password",
        "/desk/account", "/desk/account/two-step", "/account/password", "/desk/audit",
    )  # fmt: skip
    assert screens.wrong == []


def test_screens_of_a_new_event_say_when_they_fill(live: Live, screens: Screens) -> None:
    enter_desk(screens.page, live)
    screens.visit("/desk/", "/")
    lively(live)
    screens.visit(
        f"{DRAFT}/", f"{DRAFT}/missing", f"{DRAFT}/missing/links", f"{DRAFT}/registrations",
        f"{DRAFT}/registrations/new", f"{DRAFT}/waiting", f"{DRAFT}/late", f"{DRAFT}/check-in",
        f"{DRAFT}/settings", f"{DRAFT}/seats", f"{DRAFT}/settings/state/open",
    )  # fmt: skip
    assert screens.wrong == []


def test_forms_left_empty_say_what_is_missing(live: Live, screens: Screens) -> None:
    states = lively(live)
    enter_desk(screens.page, live, "admin")
    known, page = ids(live), screens.page
    for path in (
        "/desk/events/new",
        "/desk/accounts/new",
        f"{EVENT}/registrations/new?unit={known['missing']}",
        f"{EVENT}/registrations/{states['confirmed']}/replace",
        f"{EVENT}/registrations/{states['late']}/reject",
        f"{EVENT}/participations/{known['missing']}/cutoff",
        f"{EVENT}/settings/names",
        f"{EVENT}/settings/kinds",
        f"{EVENT}/seats",
    ):
        page.goto(live.url + path)
        texts = ":is(input[type=text], input[type=number], textarea)"
        for box in page.locator(f"main form[method=post] {texts}").all():
            box.fill("")
        for box in page.locator("main form[method=post] input[type=checkbox]").all():
            box.uncheck()
        page.locator("main form[method=post] :is(.btn-primary, .btn-danger)").first.click()
        page.locator("[data-error-summary]").wait_for()
        screens.logged.clear()  # a browser logs an answer of 422 as an error
        screens.look(f"{path}, empty")
    assert screens.wrong == []


def test_a_leader_reads_all_and_is_offered_nothing_to_change(live: Live, screens: Screens) -> None:
    states = lively(live)
    enter_desk(screens.page, live, "leader")
    reading = (
        f"{EVENT}/", f"{EVENT}/missing", f"{EVENT}/registrations", f"{EVENT}/waiting",
        f"{EVENT}/late", f"{EVENT}/registrations/{states['confirmed']}",
        f"{EVENT}/registrations/{states['late']}", "/desk/outbox?tab=all",
    )  # fmt: skip
    asked: set[str] = set()  # the navigation is the same on every page, and at every width
    wide = screens.page.viewport_size == DESKTOP["viewport"]
    for path in reading:
        screens.visit(path)
        offered = screens.page.locator("main form[method=post]").count()
        links = screens.page.eval_on_selector_all("a[href^='/desk']", "all => all.map(a => a.href)")
        new = set(links) - asked if wide else set()
        refused = [one for one in new if screens.page.request.get(one).status != 200]
        asked |= new
        if offered or refused:
            screens.wrong.append(f"{path}: {offered} forms, refused {refused}")
    assert screens.wrong == []


def test_the_morning_of_the_event(
    live: Live, screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    lively(live)
    monkeypatch.setattr(clock, "real_now", lambda: MORNING)
    enter_desk(screens.page, live)
    screens.visit(f"{EVENT}/check-in", f"{EVENT}/", "/events/tap-huan-2024")
    assert screens.wrong == []


def test_before_the_cutoff(live: Live, screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    lively(live)
    monkeypatch.setattr(clock, "real_now", lambda: IN_TIME)
    enter_desk(screens.page, live)
    screens.visit(f"{EVENT}/", "/events/tap-huan-2024", "/")
    assert screens.wrong == []
