"""The pages of administrators and of the own account."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import url_for
from sqlalchemy import select

from app.accounts.models import Account
from app.audit.models import AuditEntry
from app.audit.services import record
from app.core.access import SYSTEM, Actor
from app.core.database import unit_of_work
from app.extensions import db
from tests.accounts.conftest import try_sign_in
from tests.factories.accounts import PASSWORD, make_account, sign_in, with_password
from tests.factories.queries import counted_queries

NEW = {"full_name": "Lê Bảo Ngân", "email": "ngan@example.vn", "role": "hall", "password": ""}
ADMIN_PAGES = [
    "/desk/accounts",
    "/desk/accounts/new",
    "/desk/accounts/1",
    "/desk/accounts/1/password",
    "/desk/accounts/1/deactivate",
    "/desk/audit",
]
OWN_PAGES = ["/desk/account", "/desk/account/two-step", "/desk/account/two-step/off"]


def entries(action: str) -> list[AuditEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def account(email: str) -> Account:
    db.session.rollback()
    return db.session.scalars(select(Account).where(Account.email == email)).one()


@pytest.mark.parametrize("role", ["admin", "desk", "leader", "hall", None])
def test_access_by_role(app, client, role):
    if role:
        sign_in(client, make_account(role))
    for page in ADMIN_PAGES:
        expected = 200 if role == "admin" else 403 if role else 302
        assert client.get(page).status_code == expected, page
    for page in OWN_PAGES:
        assert client.get(page).status_code == (200 if role else 302), page
    assert client.get("/account/password").status_code == (200 if role else 302)


def test_account_with_a_made_password_shown_once(app, enter, admin):
    inside = enter(admin)
    page = inside.post("/desk/accounts/new", data=NEW)
    assert page.headers["Cache-Control"] == "no-store"
    password = re.search(r'shown-once">([^<]+)<', page.text).group(1)
    made = account("ngan@example.vn")
    assert password not in inside.get(f"/desk/accounts/{made.id}").text
    assert try_sign_in(app.test_client(), made.email, password).location == "/account/start"
    (entry,) = entries("account.created")
    assert entry.after == {"email": "ngan@example.vn", "role": "hall", "full_name": "Lê Bảo Ngân"}
    assert password not in str(entry.after)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "admin@example.vn"}, "Đã có tài khoản với địa chỉ này."),
        ({"email": "ngan"}, "Địa chỉ thư thiếu chữ @."),
        ({"full_name": " "}, "Hãy nhập họ và tên."),
        ({"full_name": "x" * 121}, "Tên dài nhất 120 ký tự."),
        ({"role": ""}, "Hãy chọn một vai trò."),
        ({"password": "ngắn"}, "Mật khẩu cần ít nhất 12 ký tự."),
    ],
)
def test_wrong_entries_keep_what_was_typed(enter, admin, changes, sentence):
    page = enter(admin).post("/desk/accounts/new", data={**NEW, **changes})
    assert page.status_code == 200
    assert sentence in page.text
    assert (changes.get("email") or "ngan@example.vn") in page.text
    assert len(db.session.scalars(select(Account)).all()) == 1


def test_name_and_role_changed_and_recorded(enter, admin):
    person = make_account("desk")
    answer = enter(admin).post(
        f"/desk/accounts/{person.id}", data={"full_name": "Vũ Mai An", "role": "leader"}
    )
    assert answer.status_code == 303
    (entry,) = entries("account.edited")
    assert (entry.before, entry.after) == ({"role": "desk"}, {"role": "leader"})
    assert [role.name for role in account(person.email).roles] == ["leader"]


def test_an_administrator_cannot_lock_himself_out(enter, admin):
    make_account("admin", email="second@example.vn")
    inside = enter(admin)
    inside.post(f"/desk/accounts/{admin.id}/deactivate")
    page = inside.post(f"/desk/accounts/{admin.id}", data={"full_name": "Tên", "role": "desk"})
    assert "Không tự khóa hay đổi vai trò của chính mình được." in page.text
    kept = account(admin.email)
    assert kept.active
    assert [role.name for role in kept.roles] == ["admin"]


@pytest.mark.both_databases
def test_the_last_administrator_stays(app, admin):
    from app.accounts import services
    from app.core.clock import now

    other = make_account("admin", email="second@example.vn")
    with unit_of_work():
        services.deactivate(services.account_of(other.id), by=SYSTEM, now=now())
    with pytest.raises(services.AccountRefused, match="quản trị cuối cùng"), unit_of_work():
        services.deactivate(services.account_of(admin.id), by=SYSTEM, now=now())
    with pytest.raises(services.AccountRefused, match="quản trị cuối cùng"), unit_of_work():
        services.edit_account(
            services.account_of(admin.id), full_name="Tên", role="desk", by=SYSTEM, now=now()
        )


def test_deactivate_is_asked_then_done_and_undone(enter, admin):
    person = with_password(make_account("desk"))
    inside = enter(admin)
    question = inside.get(f"/desk/accounts/{person.id}/deactivate")
    assert "Khóa tài khoản của Vũ Mai An?" in question.text
    assert account(person.email).active
    inside.post(f"/desk/accounts/{person.id}/deactivate")
    assert not account(person.email).active
    inside.post(f"/desk/accounts/{person.id}/deactivate")  # twice is once
    assert len(entries("account.deactivated")) == 1
    inside.post(f"/desk/accounts/{person.id}/reactivate")
    assert account(person.email).active
    assert len(entries("account.reactivated")) == 1
    assert inside.post(f"/desk/accounts/{person.id}/explode").status_code == 404
    assert inside.get("/desk/accounts/999").status_code == 404


def test_password_given_ends_open_sessions(app, enter, admin):
    person = with_password(make_account("desk"))
    theirs = enter(person)
    page = enter(admin).post(f"/desk/accounts/{person.id}/password", data={"password": ""})
    password = re.search(r'shown-once">([^<]+)<', page.text).group(1)
    assert theirs.get("/desk/account").status_code == 302
    assert try_sign_in(app.test_client(), person.email, PASSWORD).status_code == 200
    assert try_sign_in(app.test_client(), person.email, password).status_code == 302
    assert len(entries("account.password_given")) == 1


def test_second_step_removed_for_a_lost_telephone(app, enter, admin):
    person = with_password(make_account("desk"))
    with unit_of_work():
        from app.accounts import services

        secret = app.extensions["security"].totp_factory.generate_totp_secret()
        services.turn_on_two_step(services.account_of(person.id), secret, now=datetime.now(UTC))
    assert "second-step" in try_sign_in(app.test_client(), person.email, PASSWORD).location
    enter(admin).post(f"/desk/accounts/{person.id}/remove-two-step")
    answer = try_sign_in(app.test_client(), person.email, PASSWORD)
    assert answer.location == "/account/start"
    assert not account(person.email).mf_recovery_codes
    assert len(entries("account.two_step_off")) == 1


def test_own_name(enter, admin):
    inside = enter(admin)
    inside.post("/desk/account", data={"full_name": "Đặng Thu Hà"})
    assert "Đặng Thu Hà" in inside.get("/desk/account").text
    (entry,) = entries("account.edited")
    assert entry.actor_ref == str(admin.id)


def test_menu_of_the_desk_leads_to_the_own_page_and_out(enter, admin):
    page = enter(admin).get("/desk/accounts").text
    assert 'href="/desk/account"' in page
    assert '<form method="post" action="/account/sign-out">' in page


def test_hall_staff_see_their_page_without_the_desk(enter):
    page = enter(with_password(make_account("hall"))).get("/desk/account").text
    assert "sidebar" not in page
    assert "Chỉ điểm danh tại hội trường." in page


def test_account_list_takes_the_same_queries_with_many_rows(app, client, admin):
    sign_in(client, admin)
    counts = []
    for more in (0, 30):
        for number in range(more):
            make_account("desk", email=f"p{number}@example.vn")
        with app.app_context(), counted_queries() as sent:
            assert client.get("/desk/accounts").status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]


# ---------------------------------------------------------------- the audit log


def fill(count: int) -> None:
    with unit_of_work():
        for number in range(count):
            record(
                "event.moved", ("event", 1), by=Actor("account", "7", f"Người {number:03d}"),
                now=datetime(2024, 2, 1 + number % 20, 3, tzinfo=UTC), event_id=1,
                before={"state": "draft"}, after={"state": "open"}, reason="Thử",
            )  # fmt: skip


def test_audit_log_is_read_in_words(client, admin):
    sign_in(client, admin)
    fill(1)
    page = client.get("/desk/audit").text
    for words in (
        "Đổi trạng thái sự kiện",
        "Bản nháp",
        "Đang mở đăng ký",
        "Người 000",
        "Lý do: Thử",
    ):
        assert words in page
    assert "event.moved</b>" not in page
    assert "01/02/2024 10:00" in page


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 3),
        ("actor=account:7", 1),
        ("actor=unit", 1),
        ("action=unit.created", 1),
        ("event=1", 1),
        ("event=zz", 3),
        ("since=02/02/2024", 2),
        ("until=01/02/2024", 1),
        ("since=02/02/2024&until=02/02/2024", 1),
        ("page=99", 3),
        ("action=never", 0),
    ],
)
def test_audit_filters(client, admin, query, rows):
    sign_in(client, admin)
    fill(1)
    with unit_of_work():
        record("link.opened", ("participation", 1), by=Actor("unit", "3", "Trường A"),
               now=datetime(2024, 2, 2, 3, tzinfo=UTC), event_id=2)  # fmt: skip
        record("unit.created", ("unit", 1), by=SYSTEM, now=datetime(2024, 2, 3, 3, tzinfo=UTC))
    page = client.get(f"/desk/audit?{query}")
    assert page.status_code == 200
    assert page.text.count('<tr><td class="nowrap">') == rows


def test_wrong_day_is_said_at_the_field(client, admin):
    sign_in(client, admin)
    page = client.get("/desk/audit?since=2024-02-30").text
    assert "Hãy nhập ngày/tháng/năm, ví dụ 05/03/2024." in page
    assert 'value="2024-02-30"' in page


def test_audit_log_takes_the_same_queries_with_many_rows_and_has_pages(app, client, admin):
    sign_in(client, admin)
    counts = []
    for rows in (1, 119):
        fill(rows)
        with app.app_context(), counted_queries() as sent:
            page = client.get("/desk/audit").text
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 7
    assert page.count('<tr><td class="nowrap">') == 50
    assert "Dòng 1–50 trong 120" in page
    assert "Dòng 101–120 trong 120" in client.get("/desk/audit?page=3").text


def test_addresses_are_as_announced(app):
    with app.test_request_context():
        assert url_for("accounts.index") == "/desk/accounts"
        assert url_for("accounts.audit_log") == "/desk/audit"
        assert url_for("accounts.me") == "/desk/account"
        assert url_for("security.login") == "/account/sign-in"
