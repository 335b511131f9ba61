"""A request from the public page to its end at the desk, over HTTP."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.core.days_off import read_days_off
from app.extensions import db
from app.mail.models import Message
from app.personal_data.models import DataRequest
from app.personal_data.rules import KEPT_DAYS
from app.personal_data.sweeping import erase_due
from app.registration.models import Registration
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event
from tests.factories.personal_data import EMAIL, NAME, PHONE, Traced, make_traced
from tests.factories.queries import counted_queries
from tests.factories.units import words_of

pytestmark = pytest.mark.usefixtures("frozen_clock")
ASKING = {
    "kind": "see", "full_name": NAME, "unit_name": "Trường THPT Thử 001",
    "contact": "nguoi-hoi@example.vn", "text": "Xin bản trích.",
}  # fmt: skip


@pytest.fixture
def desk(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client, make_account("desk"))
    return client


def ask(client: FlaskClient, **changes: Any) -> Any:
    return client.post("/personal-data", data={**ASKING, **changes})


def the_request() -> DataRequest:
    db.session.expire_all()
    return db.session.scalars(select(DataRequest).order_by(DataRequest.id.desc())).first()


# ---------------------------------------------------------------- asking


def test_the_page_says_the_terms(client) -> None:
    words = words_of(client.get("/personal-data"))
    for told in ("02 ngày làm việc", "10 ngày", "15 ngày", "20 ngày", "Không cần tài khoản"):
        assert told in words


def test_a_request_is_received_with_a_code_and_its_days(client) -> None:
    answer = ask(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/personal-data/received")
    words = words_of(client.get("/personal-data/received"))
    made = the_request()
    code = made.receipt_code
    assert f"{code[:4]} {code[4:8]} {code[8:]}" in words
    assert "trong 02 ngày làm việc, chậm nhất thứ Tư, 28/02/2024" in words
    assert "trong 10 ngày, chậm nhất thứ Năm, 07/03/2024" in words
    assert (made.state, made.contact) == ("open", "nguoi-hoi@example.vn")


def test_everybody_gets_the_same_answer(app: Flask) -> None:
    """On a list or on none: same status, same words, same queries."""
    make_traced()
    pages, costs = [], []
    for name in (NAME, "Nguyễn Không Ai"):
        client = app.test_client()
        with counted_queries() as sent:
            assert ask(client, full_name=name).status_code == 303
        costs.append(len(sent))
        page = words_of(client.get("/personal-data/received"))
        pages.append(re.sub(r"\d{4} \d{4} \d{4}", "", page))
    assert pages[0] == pages[1]
    assert costs[0] == costs[1]
    assert NAME not in pages[0]


def test_nobody_sees_what_another_browser_asked(app: Flask, client) -> None:
    ask(client)
    stranger = app.test_client()
    assert stranger.get("/personal-data/received").status_code == 302


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": ""}, "Hãy chọn một yêu cầu."),
        ({"kind": "sell"}, "Hãy chọn một yêu cầu."),
        ({"full_name": " "}, "Hãy nhập họ và tên"),
        ({"full_name": "x" * 121}, "không quá 120 chữ"),
        ({"unit_name": ""}, "Hãy nhập tên đơn vị"),
        ({"contact": ""}, "Hãy nhập số điện thoại hoặc địa chỉ thư"),
        ({"contact": "0912 345 67"}, "chữ số"),
        ({"contact": "ai@"}, "@"),
        ({"text": "x" * 2001}, "không quá 2000 chữ"),
        ({"kind": "correct", "text": ""}, "Hãy ghi chỗ nào chưa đúng"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(client, changes, sentence) -> None:
    answer = ask(client, **changes)
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    kept = {**ASKING, **changes}
    assert kept["unit_name"] in answer.text
    assert db.session.scalar(select(func.count()).select_from(DataRequest)) == 0


def test_what_was_typed_is_escaped(client, desk) -> None:
    ask(client, full_name="<script>alert(1)</script>", text="<b>x</b>")
    page = desk.get(f"/desk/personal-data/{the_request().id}").text
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


def test_a_phone_is_kept_as_a_number(client) -> None:
    ask(client, contact="0912.345.678")
    assert the_request().contact == "+84912345678"


def test_a_second_tap_is_the_same_request(client) -> None:
    ask(client)
    ask(client)
    assert db.session.scalar(select(func.count()).select_from(DataRequest)) == 1
    ask(client, kind="erase")
    assert db.session.scalar(select(func.count()).select_from(DataRequest)) == 2


def test_one_address_asks_only_so_often(client) -> None:
    for number in range(5):
        assert ask(client, text=f"lần {number}").status_code == 303
    answer = ask(client, text="lần sáu")
    assert answer.status_code == 429
    assert "lần sáu" in answer.text  # what was typed is still there
    assert db.session.scalar(select(func.count()).select_from(DataRequest)) == 5


def test_the_form_needs_its_token(settings) -> None:
    from app import create_app

    guarded = create_app(settings, TESTING=True).test_client()
    assert guarded.post("/personal-data", data=ASKING).status_code == 400


# ---------------------------------------------------------------- the desk


def test_only_who_manages_sees_requests(app: Flask, client) -> None:
    ask(client)
    for role, status in (("leader", 403), ("hall", 403), ("admin", 200)):
        signed = app.test_client()
        sign_in(signed, make_account(role))
        with app.app_context():
            assert signed.get("/desk/personal-data").status_code == status
    assert client.get("/desk/personal-data").status_code == 302


def test_the_list_says_how_long_is_left_and_what_is_late(client, desk, frozen_clock) -> None:
    assert "Không có yêu cầu nào đang mở" in words_of(desk.get("/desk/personal-data"))
    ask(client)
    page = words_of(desk.get("/desk/personal-data"))
    assert "Trả lời: còn 2 ngày 14 giờ" in page
    assert "chậm nhất 28/02/2024" in page
    frozen_clock.move_to(2024, 3, 1, 9, 0)
    late = desk.get("/desk/personal-data")
    assert "Trả lời: quá hạn 1 ngày 9 giờ" in words_of(late)
    assert 'class="tag tone-stop tag-bare"' in late.text
    assert 'count tone-stop">1<' in late.text  # the menu, too


def test_the_list_costs_the_same_with_many(client, desk) -> None:
    ask(client)
    desk.get("/desk/personal-data")
    with counted_queries() as few:
        desk.get("/desk/personal-data")
    with unit_of_work():
        first = the_request()
        for number in range(60):
            db.session.add(
                DataRequest(
                    kind="see", full_name=f"Người {number}", received_at=first.received_at,
                    answer_by=first.answer_by, act_by=first.act_by, contact="a@example.vn",
                    receipt_code=f"{number:012d}",
                )
            )  # fmt: skip
    with counted_queries() as many:
        page = desk.get("/desk/personal-data")
    assert len(many) == len(few)
    assert "1–50" in words_of(page)
    assert desk.get("/desk/personal-data?page=2").status_code == 200


def test_answered_then_done_and_the_person_is_told_by_mail(client, desk) -> None:
    ask(client)
    path = f"/desk/personal-data/{the_request().id}"
    assert desk.post(f"{path}/answer", data={"answer": "Sở sẽ gửi bản trích."}).status_code == 303
    made = the_request()
    assert (made.state, made.answer) == ("answered", "Sở sẽ gửi bản trích.")
    assert made.answered_at is not None
    assert desk.post(f"{path}/done", data={"answer": "Đã gửi bản trích."}).status_code == 303
    made = the_request()
    assert (made.state, bool(made.done_at)) == ("done", True)
    assert made.answer == "Sở sẽ gửi bản trích.\n\nĐã gửi bản trích."
    mails = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert [(one.recipient, one.template) for one in mails] == [
        ("nguoi-hoi@example.vn", "data_request")
    ] * 2
    again = desk.post(f"{path}/refuse", data={"answer": "x"})
    assert again.status_code == 302
    assert the_request().state == "done"
    page = words_of(desk.get(path))
    assert "Đã làm xong" in page
    assert "Ghi đã làm xong" not in page


def test_a_phone_is_called(client, desk) -> None:
    ask(client, contact="0912 345 678")
    path = f"/desk/personal-data/{the_request().id}"
    answer = desk.post(f"{path}/answer", data={"answer": "Sở sẽ làm."}, follow_redirects=True)
    assert "hãy gọi để báo" in words_of(answer)
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0


@pytest.mark.parametrize("action", ["answer", "done", "refuse", "extend"])
def test_no_step_without_words(client, desk, action) -> None:
    ask(client)
    answer = desk.post(f"/desk/personal-data/{the_request().id}/{action}", data={"answer": ""})
    assert answer.status_code == 422
    assert the_request().state == "open"


def test_a_refusal_stands_with_its_reason(client, desk) -> None:
    ask(client, kind="erase")
    desk.post(f"/desk/personal-data/{the_request().id}/refuse", data={"answer": "Hồ sơ lưu trữ."})
    made = the_request()
    assert (made.state, made.answer, bool(made.done_at)) == ("refused", "Hồ sơ lưu trữ.", True)


def test_one_extension_no_longer_than_the_term(client, desk) -> None:
    ask(client)
    path = f"/desk/personal-data/{the_request().id}/extend"
    for wrong in ("07/03/2024", "18/03/2024", "hôm nào"):
        assert desk.post(path, data={"until": wrong, "answer": "x"}).status_code == 422
    good = {"until": "17/03/2024", "answer": "Đang chờ đơn vị xác nhận."}
    assert desk.post(path, data=good).status_code == 303
    made = the_request()
    assert made.act_by == from_local(datetime(2024, 3, 17, 23, 59, 59))
    assert (made.state, bool(made.extended_at)) == ("answered", True)
    assert desk.post(path, data=good).status_code == 302
    assert "Gia hạn một lần" not in words_of(desk.get(f"/desk/personal-data/{made.id}"))


def test_unknown_requests_are_not_found(desk) -> None:
    for path in ("/desk/personal-data/7", "/desk/personal-data/7/answer",
                 "/desk/personal-data/7/erase"):  # fmt: skip
        assert desk.get(path).status_code == 404


# ---------------------------------------------------------------- what is held


@pytest.fixture
def traced(app: Flask) -> Traced:
    return make_traced()


def test_the_desk_finds_gives_and_erases(app, traced, client, desk, frozen_clock) -> None:
    ask(client, kind="erase")
    path = f"/desk/personal-data/{the_request().id}"
    page = words_of(desk.get(path))
    for told in (NAME, "0912 888 777", EMAIL, "1 bản ký", "3 thư đã gửi"):
        assert told in page
    ids = {"ids": [str(traced.registration_id)]}
    book = desk.post(f"{path}/extract", data=ids)
    sheet = load_workbook(io.BytesIO(book.data)).active
    cells = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {NAME, PHONE, EMAIL} <= cells | {f"'{PHONE}"} | {PHONE}
    assert "attachment" in book.headers["Content-Disposition"]
    question = words_of(desk.get(f"{path}/erase", query_string=ids))
    assert "Không lấy lại được" in question
    refused = desk.post(f"{path}/erase", data={**ids, "scope": "everything", "reason": "x"})
    assert refused.status_code == 422
    assert "Hãy rút đăng ký hoặc đổi người dự" in words_of(refused)
    done = desk.post(f"{path}/erase", data={**ids, "scope": "contacts", "reason": "Người dự yêu cầu"},
                     follow_redirects=True)  # fmt: skip
    assert "Đã xóa liên hệ, bản ký và thư gửi riêng ở 1 đăng ký" in words_of(done)
    db.session.expire_all()
    registration = db.session.get_one(Registration, traced.registration_id)
    assert (registration.full_name, registration.phone) == (NAME, None)
    frozen_clock.move_to(2024, 3, 14, 9, 0)
    all_of_it = {**ids, "scope": "everything", "reason": "Luật Điều 14"}
    assert desk.post(f"{path}/erase", data=all_of_it).status_code == 303
    logged = db.session.scalars(
        select(AuditEntry).where(AuditEntry.thing_type == "data_request").order_by(AuditEntry.id)
    ).all()
    assert [one.action.partition(".")[2] for one in logged] == [
        "asked", "extracted", "erased", "erased",
    ]  # fmt: skip
    for one in logged:
        assert NAME not in repr((one.before, one.after, one.reason))
        assert PHONE not in repr((one.before, one.after, one.reason))


def test_nothing_ticked_does_nothing(traced, client, desk) -> None:
    ask(client)
    path = f"/desk/personal-data/{the_request().id}"
    assert desk.post(f"{path}/extract").status_code == 303
    assert (
        desk.post(f"{path}/erase", data={"scope": "everything", "reason": "x"}).status_code == 303
    )
    assert desk.get(f"{path}/erase?ids=x&ids=99999999999999").status_code == 200
    assert db.session.get_one(Registration, traced.registration_id).phone == PHONE


def test_without_scope_or_reason_nothing_goes(traced, client, desk) -> None:
    ask(client)
    path = f"/desk/personal-data/{the_request().id}/erase"
    for values in ({"scope": "", "reason": "x"}, {"scope": "contacts", "reason": ""}):
        answer = desk.post(path, data={"ids": [str(traced.registration_id)], **values})
        assert answer.status_code == 422
    assert db.session.get_one(Registration, traced.registration_id).phone == PHONE


def test_a_request_that_is_done_erases_and_gives_nothing(traced, client, desk) -> None:
    ask(client)
    path = f"/desk/personal-data/{the_request().id}"
    desk.post(f"{path}/done", data={"answer": "Xong."})
    ids = {"ids": [str(traced.registration_id)]}
    assert desk.post(f"{path}/extract", data=ids).status_code == 409
    wanted = {**ids, "scope": "contacts", "reason": "x"}
    assert desk.post(f"{path}/erase", data=wanted).status_code == 404
    assert db.session.get_one(Registration, traced.registration_id).phone == PHONE


# ---------------------------------------------------------------- days off, old requests, notice


def test_days_off_move_the_answer(client, desk) -> None:
    assert desk.post("/desk/personal-data/days-off", data={"days": "27/02/2024\n28-2-2024"})
    assert [f"{one:%d/%m}" for one in read_days_off()] == ["27/02", "28/02"]
    ask(client)
    assert the_request().answer_by == from_local(datetime(2024, 3, 1, 23, 59, 59))
    wrong = desk.post("/desk/personal-data/days-off", data={"days": "27/02/2024\nngày Tết"})
    assert wrong.status_code == 422
    assert "“ngày Tết” không phải một ngày" in words_of(wrong)
    assert len(read_days_off()) == 2


def test_a_request_loses_its_texts_a_year_after(client, desk, frozen_clock) -> None:
    ask(client)
    path = f"/desk/personal-data/{the_request().id}"
    desk.post(f"{path}/done", data={"answer": "Xong."})
    done_at = the_request().done_at
    assert erase_due(now=done_at + timedelta(days=KEPT_DAYS)).requests == 0
    assert erase_due(now=done_at + timedelta(days=KEPT_DAYS, seconds=1)).requests == 1
    made = the_request()
    assert (made.full_name, made.unit_name, made.contact, made.text, made.answer) == (None,) * 5
    assert (made.kind, made.state) == ("see", "done")
    assert db.session.scalars(select(Message)).all() == []  # never went out: gone altogether
    assert "(đã xóa tên)" in words_of(desk.get("/desk/personal-data?tab=ended"))
    assert desk.get(path).status_code == 200


def test_the_notice_names_each_date_and_the_way_to_ask(client) -> None:
    make_event()
    words = words_of(client.get("/privacy"))
    assert "đến hết ngày 13/09/2024" in words
    assert "Bản 2024-03.2" in words
    assert 'href="/personal-data"' in client.get("/privacy").text
    for told in ("02 ngày làm việc", "10 ngày", "15 ngày", "20 ngày", "30 ngày"):
        assert told in words


def test_the_desk_sets_the_date_in_the_events_settings(desk) -> None:
    make_event()
    path = "/desk/events/tap-huan-2024/settings/retention"
    assert "Gợi ý: 13/09/2024" in words_of(desk.get(path))
    for wrong in ("", "13/03/2024", "01/01/2031", "x"):
        assert desk.post(path, data={"retention_until": wrong}).status_code == 422
    assert desk.post(path, data={"retention_until": "01/06/2024"}).status_code == 303
    assert "01/06/2024" in words_of(desk.get("/desk/events/tap-huan-2024/settings"))
    assert "01/06/2024" in words_of(desk.get("/privacy"))
