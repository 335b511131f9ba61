"""Sign-in: outcomes, limits, where it lands, and when a session ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import services
from app.audit.models import AuditEntry
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.limits import Attempt
from app.extensions import db
from tests.accounts.conftest import plain, try_sign_in
from tests.factories.accounts import PASSWORD, make_account, with_password

WRONG = "không phải mật khẩu"
LOCKED = "Đã thử quá nhiều lần. Hãy chờ 15 phút rồi thử lại."


def test_page_tells_units_they_need_no_account(client):
    page = client.get("/account/sign-in").text
    assert "Đơn vị không cần đăng nhập: mở đường dẫn riêng trong thư." in page
    assert "data-reveal" in page  # the password can be shown
    assert "Remember" not in page


@pytest.mark.parametrize(
    ("role", "place"),
    [("admin", "/desk/"), ("desk", "/desk/"), ("leader", "/desk/"), ("hall", "/hall/")],
)
def test_each_role_lands_where_it_works(enter, role, place):
    client = enter(with_password(make_account(role)))
    assert client.get("/account/start").location == place


def test_sign_in_is_in_the_audit_log(enter, admin):
    enter(admin)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "account.signed_in")
    ).one()
    assert (entry.actor_kind, entry.actor_ref) == ("account", str(admin.id))


def test_wrong_password_and_unknown_address_look_the_same(client, admin):
    wrong = try_sign_in(client, admin.email, WRONG)
    unknown = try_sign_in(client, "khongco@example.vn", WRONG)
    assert "sai tên hoặc sai mật khẩu" in wrong.text
    assert plain(wrong, admin.email) == plain(unknown, "khongco@example.vn")
    assert WRONG not in wrong.text


@pytest.mark.both_databases
def test_ten_wrong_passwords_lock_the_address_for_every_client(app, client, admin, frozen_clock):
    other = app.test_client()
    for number in range(10):
        answer = try_sign_in(client if number % 2 else other, admin.email, WRONG)
        assert answer.status_code == 200
    for one in (client, other):
        refused = try_sign_in(one, admin.email.upper(), PASSWORD)
        assert refused.status_code == 429
        assert LOCKED in refused.text
    assert len(db.session.scalars(select(Attempt)).all()) == 20  # the refused are not counted
    frozen_clock.at += timedelta(minutes=15, seconds=1)
    assert try_sign_in(client, admin.email, PASSWORD).status_code == 302


@pytest.mark.both_databases
def test_thirty_wrong_passwords_lock_the_client_address(client, admin, frozen_clock):
    here = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.1"}}
    for number in range(30):
        assert try_sign_in(client, f"a{number}@example.vn", WRONG, **here).status_code == 200
    assert try_sign_in(client, admin.email, PASSWORD, **here).status_code == 429
    elsewhere = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.2"}}
    assert try_sign_in(client, admin.email, PASSWORD, **elsewhere).status_code == 302


def test_right_password_clears_the_count(app, client, admin):
    for _ in range(9):
        try_sign_in(client, admin.email, WRONG)
    assert try_sign_in(client, admin.email, PASSWORD).status_code == 302
    fresh = app.test_client()
    for _ in range(9):
        assert try_sign_in(fresh, admin.email, WRONG).status_code == 200
    assert try_sign_in(fresh, admin.email, PASSWORD).status_code == 302


def test_right_passwords_do_not_lock_an_office_behind_one_address(app, admin):
    for _ in range(31):
        assert try_sign_in(app.test_client(), admin.email, PASSWORD).status_code == 302


def test_empty_fields_are_not_attempts(client):
    page = client.post("/account/sign-in", data={"email": "", "password": ""})
    assert page.status_code == 200
    assert db.session.scalars(select(Attempt)).all() == []


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "///evil.example",
        "http:evil.example",
        " //evil.example",
    ],
)
def test_sign_in_goes_to_no_other_site(client, admin, target):
    answer = client.post(
        "/account/sign-in",
        query_string={"next": target},
        data={"email": admin.email, "password": PASSWORD, "next": target},
    )
    assert (answer.status_code, answer.location) == (303, "/account/sign-in")
    assert client.get("/account/sign-in", query_string={"next": target}).status_code == 303


def test_sign_in_goes_on_to_the_page_asked_for(client, admin):
    asked = client.get("/desk/audit?action=event.created")
    page = client.get(asked.location)
    assert page.status_code == 200
    answer = client.post(asked.location, data={"email": admin.email, "password": PASSWORD})
    assert answer.location == "/desk/audit?action=event.created"


def test_cookie_flags(app, client, admin):
    app.config["SESSION_COOKIE_SECURE"] = True
    answer = client.post(
        "/account/sign-in",
        data={"email": admin.email, "password": PASSWORD},
        base_url="https://localhost",
    )
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert {"HttpOnly", "Secure", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


def test_deactivated_account_is_out_and_stays_out(app, client, enter, admin):
    person = with_password(make_account("desk"))
    open_session = enter(person)
    assert open_session.get("/desk/account").status_code == 200
    with unit_of_work():
        services.deactivate(services.account_of(person.id), by=SYSTEM, now=now())
    assert open_session.get("/desk/account").status_code == 302
    refused = try_sign_in(client, person.email, PASSWORD)
    assert refused.status_code == 200
    assert client.get("/desk/account").status_code == 302
    with unit_of_work():
        services.reactivate(services.account_of(person.id), by=SYSTEM, now=now())
    assert open_session.get("/desk/account").status_code == 302  # the old session stays dead
    assert try_sign_in(client, person.email, PASSWORD).status_code == 302


def test_sign_out_by_post_only(enter, admin):
    client = enter(admin)
    assert client.get("/account/sign-out").status_code == 405
    assert client.get("/desk/account").status_code == 200
    assert client.post("/account/sign-out").location == "/"
    assert client.get("/desk/account").status_code == 302


def test_missing_csrf_token_is_a_page_in_vietnamese(app, client, admin):
    app.config["WTF_CSRF_ENABLED"] = True
    refused = try_sign_in(client, admin.email, PASSWORD)
    assert refused.status_code == 400
    assert 'lang="vi"' in refused.text
    assert "CSRF" not in refused.text


def test_no_token_is_handed_out_to_programs(client, admin):
    answer = client.post(
        "/account/sign-in?include_auth_token",
        json={"email": admin.email, "password": PASSWORD},
        headers={"Accept": "application/json"},
    )
    assert "authentication_token" not in answer.text


def test_sign_in_page_speaks_english_after_the_switch(client, admin):
    client.post("/language", data={"lang": "en", "next": "/account/sign-in"})
    page = try_sign_in(client, admin.email, WRONG)
    assert 'lang="en"' in page.text
    assert "Authentication failed" in page.text


@pytest.mark.parametrize(
    "address",
    [
        "/account/tf-setup",
        "/account/tf-rescue",
        "/account/tf-select",
        "/account/mf-recovery-codes",
        "/account/verify",
        "/account/register",
        "/account/static/css/base.css",
    ],
)
def test_unused_pages_of_flask_security_are_not_there(client, address):
    assert client.get(address).status_code == 404


def test_secrets_stay_out_of_the_log(client, admin, caplog):
    try_sign_in(client, admin.email, WRONG)
    try_sign_in(client, admin.email, PASSWORD)
    written = caplog.text + "".join(str(one.__dict__) for one in caplog.records)
    assert PASSWORD not in written
    assert WRONG not in written
    assert admin.email not in written
