"""The second step: turned on by a code, asked for at the door, recovery codes, turned off."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from sqlalchemy import select

from app.accounts.models import Account
from app.audit.models import AuditEntry
from app.extensions import db
from tests.accounts.conftest import try_sign_in
from tests.factories.accounts import PASSWORD, make_account, with_password

SETUP = "/desk/account/two-step"


def code_of(key: str, steps: int = 0) -> str:
    """RFC 6238, six digits, 30 s, SHA-1: reckoned here, not by the library under test."""
    padded = key.replace(" ", "").replace("-", "").upper()
    secret = base64.b32decode(padded + "=" * (-len(padded) % 8))
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(secret, counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def wrong_code(key: str) -> str:
    near = {code_of(key, step) for step in range(-8, 9)}
    return next(f"{n:06d}" for n in range(100) if f"{n:06d}" not in near)


def shown(page) -> tuple[str, str]:
    """(key for typing, sealed secret) of the setup page."""
    key = re.search(r'two-step-key">([^<]+)<', page.text).group(1)
    sealed = re.search(r'name="secret"[^>]*value="([^"]+)"', page.text).group(1)
    return key, sealed


def turn_on(client) -> tuple[str, list[str]]:
    """(key, recovery codes)"""
    key, sealed = shown(client.get(SETUP))
    page = client.post(SETUP, data={"secret": sealed, "code": code_of(key), "password": PASSWORD})
    assert page.headers["Cache-Control"] == "no-store"
    return key, re.findall(r"<li><code>([^<]+)</code>", page.text)


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.mark.both_databases
def test_full_round(client, enter, admin):
    key, codes = turn_on(enter(admin))
    assert len(set(codes)) == 8
    assert "account.two_step_on" in actions()

    first = try_sign_in(client, admin.email, PASSWORD)
    assert first.location.startswith("/account/second-step")
    assert client.get("/desk/account").status_code == 302  # not in yet
    page = client.get(first.location, follow_redirects=True)
    assert "Mã sáu chữ số" in page.text
    wrong = client.post("/account/second-step", data={"code": wrong_code(key)})
    assert "Mã không đúng." in wrong.text
    right = client.post("/account/second-step", data={"code": code_of(key)})
    assert right.location == "/account/start"
    assert client.get("/desk/account").status_code == 200


def test_second_step_goes_on_to_the_page_asked_for(client, enter, admin):
    key, _codes = turn_on(enter(admin))
    first = client.post(
        "/account/sign-in?next=/desk/accounts", data={"email": admin.email, "password": PASSWORD}
    )
    action = re.search(r'action="([^"]+second-step[^"]*)"', client.get(first.location).text)
    done = client.post(action.group(1), data={"code": code_of(key)})
    assert done.location == "/desk/accounts"


@pytest.mark.both_databases
def test_recovery_code_opens_once(app, client, enter, admin):
    _key, codes = turn_on(enter(admin))
    try_sign_in(client, admin.email, PASSWORD)
    assert client.get("/account/recovery-code").status_code == 200
    wrong = client.post("/account/recovery-code", data={"code": "0000-0000-0000"})
    assert "Mã khôi phục không đúng." in wrong.text
    assert client.post("/account/recovery-code", data={"code": f" {codes[0].upper()} "}).location
    assert "Còn 7 mã khôi phục" in client.get("/desk/account").text
    again = app.test_client()
    try_sign_in(again, admin.email, PASSWORD)
    used = again.post("/account/recovery-code", data={"code": codes[0]})
    assert "Mã khôi phục không đúng." in used.text


def test_codes_cannot_be_tried_for_ever(client, enter, admin):
    key, codes = turn_on(enter(admin))
    try_sign_in(client, admin.email, PASSWORD)
    for _ in range(5):
        client.post("/account/second-step", data={"code": wrong_code(key)})
        client.post("/account/recovery-code", data={"code": "0000-0000-0000"})
    assert client.post("/account/second-step", data={"code": code_of(key)}).status_code == 429
    assert client.post("/account/recovery-code", data={"code": codes[0]}).status_code == 429


def test_mistyped_code_keeps_the_picture(enter, admin):
    client = enter(admin)
    key, sealed = shown(client.get(SETUP))
    page = client.post(
        SETUP, data={"secret": sealed, "code": wrong_code(key), "password": PASSWORD}
    )
    assert "Mã không đúng. Hãy nhập mã đang hiện trên điện thoại." in page.text
    assert shown(page)[0] == key
    assert db.session.get_one(Account, admin.id).tf_totp_secret is None


def test_wrong_password_turns_nothing_on(enter, admin):
    client = enter(admin)
    key, sealed = shown(client.get(SETUP))
    page = client.post(SETUP, data={"secret": sealed, "code": code_of(key), "password": "nhầm"})
    assert "Mật khẩu không đúng." in page.text
    assert db.session.get_one(Account, admin.id).tf_totp_secret is None


def test_secret_of_another_account_is_refused(enter, admin):
    other = with_password(make_account("desk"))
    key, sealed = shown(enter(other).get(SETUP))
    answer = enter(admin).post(
        SETUP, data={"secret": sealed, "code": code_of(key), "password": PASSWORD}
    )
    assert answer.status_code == 303
    assert db.session.get_one(Account, admin.id).tf_totp_secret is None


def test_opening_the_page_stores_nothing(enter, admin):
    enter(admin).get(SETUP)
    assert db.session.get_one(Account, admin.id).tf_totp_secret is None


def test_turned_off_with_the_password(client, enter, admin):
    inside = enter(admin)
    turn_on(inside)
    wrong = inside.post(f"{SETUP}/off", data={"password": "nhầm"})
    assert "Mật khẩu không đúng." in wrong.text
    assert inside.post(f"{SETUP}/off", data={"password": PASSWORD}).location == "/desk/account"
    assert actions()[-1] == "account.two_step_off"
    assert try_sign_in(client, admin.email, PASSWORD).location == "/account/start"


def test_new_recovery_codes_kill_the_old(client, enter, admin):
    inside = enter(admin)
    _key, old = turn_on(inside)
    page = inside.post("/desk/account/recovery-codes", data={"password": PASSWORD})
    new = re.findall(r"<li><code>([^<]+)</code>", page.text)
    assert len(new) == 8
    assert not set(new) & set(old)
    try_sign_in(client, admin.email, PASSWORD)
    dead = client.post("/account/recovery-code", data={"code": old[0]})
    assert "Mã khôi phục không đúng." in dead.text
    assert "account.recovery_codes_made" in actions()


def test_secrets_are_sealed_in_the_database(enter, admin):
    key, codes = turn_on(enter(admin))
    db.session.rollback()
    stored = db.session.get_one(Account, admin.id)
    assert key.replace(" ", "").replace("-", "") not in stored.tf_totp_secret
    assert codes[0] not in str(stored.mf_recovery_codes)
