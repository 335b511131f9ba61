"""Which browsers opened a unit's link: noted for the desk, never in anybody's way."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import create_app
from app.audit.models import AuditEntry
from app.core.clock import forget_now
from app.core.database import unit_of_work
from app.events.links import devices_of, renew_link
from app.events.models import Event, LinkDevice, Participation
from app.extensions import db
from app.unit_pages import devices
from app.unit_pages.devices import COOKIE, device_label
from tests.conftest import FrozenClock, make_settings
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, OPENED, make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import enter
from tests.factories.units import unit_path, words_of

ANDROID = (
    "Mozilla/5.0 (Linux; Android 13; SM-A145F) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/121.0.0.0 Mobile Safari/537.36"
)
ZALO = (
    "Mozilla/5.0 (Linux; Android 12; V2029 Build/SP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/120.0.6099.144 Mobile Safari/537.36 Zalo android/24010230 ZaloTheme/light"
)
FIREFOX = "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(units=3)


@pytest.fixture
def unit(event: Event) -> str:
    return unit_path(participations(event)[0])


def count(model: Any, *where: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def elsewhere() -> list[AuditEntry]:
    db.session.rollback()
    wanted = AuditEntry.action == "link.opened_elsewhere"
    return list(db.session.scalars(select(AuditEntry).where(wanted).order_by(AuditEntry.id)))


def open_with(app: Flask, unit: str, user_agent: str = ANDROID, **headers: str) -> FlaskClient:
    """A browser never seen before opens the link."""
    client = app.test_client()
    forget_now()
    answer = client.get(unit, headers={"User-Agent": user_agent, **headers})
    assert answer.status_code == 200
    return client


def new_session(client: FlaskClient) -> FlaskClient:
    """The browser was closed: the session is gone, the device's cookie is not."""
    client.delete_cookie("session")
    return client


# ---------------------------------------------------------------- coarse words


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (ANDROID, "Chrome, Android"),
        (ZALO, "Zalo, Android"),
        (FIREFOX, "Firefox, Windows"),
        (IPHONE, "Safari, iPhone"),
        (IPHONE.replace("Version/17.2", "CriOS/120.0"), "Chrome, iPhone"),
        (IPHONE + " Zalo iOS/614", "Zalo, iPhone"),
        (f"{MAC}Version/17.1 Safari/605.1.15", "Safari, macOS"),
        (ANDROID.replace("Chrome/121.0.0.0", "SamsungBrowser/23.0 Chrome/115"),
         "Samsung Internet, Android"),
        (FIREFOX.replace("Gecko/20100101 Firefox/115.0", "AppleWebKit Chrome/121 Safari Edg/121"),
         "Edge, Windows"),
        (FIREFOX.replace("Gecko/20100101 Firefox/115.0", "coc_coc_browser/120.0 Chrome/114"),
         "Cốc Cốc, Windows"),
        ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)",
         "Internet Explorer, Windows"),
        ("Mozilla/5.0 (iPhone) AppleWebKit [FBAN/FBIOS;FBAV/450.0]", "Facebook, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko Firefox/121.0", "Firefox, Linux"),
        ("something else", ""),
        ("", ""),
        ("Firefox/1 <script>" + "x" * 100_000, "Firefox"),
    ],
)  # fmt: skip
def test_a_browser_is_told_in_two_words(user_agent: str, label: str) -> None:
    assert device_label(user_agent) == label


# ---------------------------------------------------------------- noted, not blocked


def test_the_first_browser_is_the_units_and_the_next_are_noted(app: Flask, unit: str) -> None:
    open_with(app, unit, ANDROID)
    assert count(LinkDevice) == 1
    assert elsewhere() == []
    open_with(app, unit, ZALO), open_with(app, unit, FIREFOX)
    assert count(LinkDevice) == 3
    assert [one.after for one in elsewhere()] == [
        {"device": "Zalo, Android"}, {"device": "Firefox, Windows"},
    ]  # fmt: skip
    assert {one.actor_kind for one in elsewhere()} == {"unit"}
    assert count(AuditEntry, AuditEntry.action == "link.opened") == 1


def test_a_browser_that_comes_back_is_known(app: Flask, unit: str, event: Event) -> None:
    client = open_with(app, unit)
    for _turn in range(3):
        new_session(client).get(unit, headers={"User-Agent": ZALO})
    assert count(LinkDevice) == 1
    assert elsewhere() == []
    assert participations(event)[0].open_count == 4


def test_the_same_browser_at_two_units_is_the_first_of_each(app: Flask, event: Event) -> None:
    client = app.test_client()
    for one in participations(event):
        client.get(unit_path(one), headers={"User-Agent": ANDROID})
    assert count(LinkDevice) == 3
    assert elsewhere() == []


def test_only_the_first_opening_of_a_session_writes(app: Flask, unit: str) -> None:
    client = open_with(app, unit)
    with counted_queries() as sent:
        answer = client.get(unit)
    assert answer.status_code == 200
    assert [one for one in sent if not one.startswith("SELECT")] == []
    assert len(sent) == 1  # the link's row, as before
    assert "Set-Cookie" not in answer.headers


@pytest.mark.both_databases
def test_on_both_databases(app: Flask, frozen_clock: FrozenClock) -> None:
    unit = unit_path(participations(make_event(units=1))[0])
    client = open_with(app, unit, ANDROID)
    new_session(client).get(unit)
    open_with(app, unit, ZALO)
    assert count(LinkDevice) == 2
    assert len(elsewhere()) == 1


def test_fifty_browsers_are_the_most_kept(
    app: Flask, unit: str, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "MOST", 4)
    for _turn in range(7):
        open_with(app, unit)
    assert count(LinkDevice) == 4
    assert len(elsewhere()) == 3
    assert participations(event)[0].open_count == 7


# ---------------------------------------------------------------- the cookie


def cookie_of(client: FlaskClient) -> Any:
    return client.get_cookie(COOKIE, path="/units")


def test_the_cookie_is_random_closed_and_stored_as_a_digest(app: Flask, unit: str) -> None:
    client = app.test_client()
    answer = client.get(unit, headers={"User-Agent": ANDROID})
    line = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(COOKIE))
    for part in ("HttpOnly", "SameSite=Lax", "Path=/units", f"Max-Age={400 * 86400}"):
        assert part in line
    value = cookie_of(client).value
    assert len(value) == 22
    stored = db.session.scalars(select(LinkDevice)).one()
    assert stored.digest == hashlib.sha256(value.encode()).hexdigest()
    assert value not in str(vars(stored))
    other = open_with(app, unit)
    assert cookie_of(other).value != value


def test_in_production_the_cookie_goes_over_https_only(app: Flask, unit: str) -> None:
    settings = app.config["SETTINGS"]
    safe = create_app(
        make_settings(settings.data_dir, settings.database_url), SESSION_COOKIE_SECURE=True
    )
    with safe.app_context():
        answer = safe.test_client().get(unit, headers={"User-Agent": ANDROID})
        db.session.remove()
        db.engine.dispose()
    line = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith(COOKIE))
    assert "Secure" in line


@pytest.mark.parametrize("value", ["", "x", "'; drop table", "a" * 22 + "b", "ạ" * 22, "a" * 3000])
def test_a_cookie_not_of_ours_is_replaced(app: Flask, unit: str, value: str) -> None:
    client = app.test_client()
    client.set_cookie(COOKIE, value, path="/units")
    assert client.get(unit, headers={"User-Agent": ANDROID}).status_code == 200
    assert devices._ID.fullmatch(cookie_of(client).value)
    assert cookie_of(client).value != value


# ---------------------------------------------------------------- who is no device


@pytest.mark.parametrize(
    "user_agent",
    [
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Zalo/1.0 (+https://zalo.me)", "ZaloBot/1.0", "Viber/20.9.0.8 CFNetwork/1410.0.3",
        "TelegramBot (like TwitterBot)", "WhatsApp/2.23.20.0", "Slackbot-LinkExpanding 1.0",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    ],
)  # fmt: skip
def test_a_preview_of_the_link_is_no_device(
    app: Flask, unit: str, event: Event, user_agent: str
) -> None:
    client = open_with(app, unit, user_agent)
    assert count(LinkDevice) == count(AuditEntry, AuditEntry.thing_type == "participation") == 0
    one = participations(event)[0]
    assert (one.open_count, one.opened_at) == (0, None)
    assert cookie_of(client) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"), ("X-Moz", "prefetch"),
     ("X-Purpose", "preview")],
)  # fmt: skip
def test_a_page_fetched_ahead_is_not_opened_yet(
    app: Flask, unit: str, name: str, value: str
) -> None:
    client = open_with(app, unit, **{name: value})
    assert count(LinkDevice) == 0
    client.get(unit, headers={"User-Agent": ANDROID})
    assert count(LinkDevice) == 1


def test_asking_for_the_head_only_is_not_opening(app: Flask, unit: str) -> None:
    assert app.test_client().head(unit, headers={"User-Agent": ANDROID}).status_code == 200
    assert count(LinkDevice) == 0


def test_a_colleague_of_the_desk_who_looks_is_not_the_unit(
    app: Flask, unit: str, event: Event
) -> None:
    client = app.test_client()
    sign_in(client, make_account("desk"))
    assert client.get(unit, headers={"User-Agent": ANDROID}).status_code == 200
    assert count(LinkDevice) == 0
    assert participations(event)[0].opened_at is None


@pytest.mark.parametrize(
    "user_agent", [ANDROID, ZALO, FIREFOX, IPHONE, "", "curl/8.5.0", "HeadlessChrome/120"]
)
def test_browsers_and_scripts_count(app: Flask, unit: str, user_agent: str) -> None:
    open_with(app, unit, user_agent)
    assert count(LinkDevice) == 1


# ---------------------------------------------------------------- a new link, the desk's pages


def test_a_new_link_begins_anew(app: Flask, unit: str, event: Event) -> None:
    client = open_with(app, unit)
    open_with(app, unit, ZALO)
    with unit_of_work():
        one = db.session.get_one(Participation, participations(event)[0].id)
        renew_link(one, by=DESK, now=OPENED, mail=False)
    assert count(LinkDevice) == 0
    assert client.get(unit).status_code == 404
    client.get(unit_path(participations(event)[0]), headers={"User-Agent": ANDROID})
    assert count(LinkDevice) == 1  # the same session, another link
    assert participations(event)[0].open_count == 1


def test_the_desk_reads_from_how_many_machines(app: Flask, unit: str, event: Event) -> None:
    one = participations(event)[0]
    enter(one)
    for user_agent in (ANDROID, ZALO, ANDROID, ""):
        open_with(app, unit, user_agent)
    assert devices_of(one.id).labels == [("Chrome, Android", 2), ("Zalo, Android", 1), ("", 1)]
    client = app.test_client()
    sign_in(client, make_account("desk"))
    base = "/desk/events/tap-huan-2024"
    line = "Mở từ 4 máy: Chrome, Android (2) · Zalo, Android · máy không rõ"
    paths = (f"{base}/registrations/1", f"{base}/units/{one.id}/link")
    with app.app_context():  # what the requests before remember of who asks ends here
        detail, own = (words_of(client.get(path)) for path in paths)
    assert line in detail and line in own
    assert "Mở đường dẫn từ máy khác: Zalo, Android" in detail
