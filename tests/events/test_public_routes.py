"""The public pages: what stands on them at which moment, and at what cost."""

from __future__ import annotations

from datetime import datetime

import pytest

from app.core import clock
from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.documents import attach_document
from app.events.models import Event
from app.events.services import SessionEntry, edit_event, move_event, set_sessions
from app.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, OPENED, make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import enter

PAGE = "/events/tap-huan-2024"


def change(event: Event, **changes) -> None:
    with unit_of_work():
        edit_event(db.session.get_one(Event, event.id), changes, by=DESK, now=OPENED)


def text_of(client, path: str = PAGE, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True).replace("\u00a0", " ")


def test_page_says_the_plan(client, frozen_clock) -> None:
    make_event()
    page = text_of(client)
    for words in (
        "Tập huấn đánh giá, công nhận “Đơn vị học tập”", "Dự kiến tuần 2 tháng 3 năm 2024",
        "Hội trường tầng 3, khu B, Sở GDĐT", "Khoảng 110 người", "337/KH-UBND",
        "trước 17 giờ 00 phút, ngày 05/03/2024", "gdtx@haiphong.edu.vn", "Bộ GDĐT, Sở GDĐT",
        "Phòng Giáo dục thường xuyên và Đại học", "Kế hoạch của Sở GDĐT Hải Phòng, năm 2024",
    ):  # fmt: skip
        assert words in page
    assert page.count('href="/links"') == 2  # in the card for units and in the foot


@pytest.mark.parametrize(
    ("moment", "shown", "hidden"),
    [
        (datetime(2024, 2, 19, 8, 59, 59, 999999), "Mở đăng ký từ", "data-countdown"),
        (datetime(2024, 2, 19, 9, 0), "Thời gian còn lại để đăng ký", "Mở đăng ký từ"),
        (datetime(2024, 3, 5, 16, 59, 59, 999999), "<p class=\"countdown-over\" data-over hidden>",
         "Đã quá hạn, đơn vị vẫn gửi được"),
        (datetime(2024, 3, 5, 17, 0), "Đã quá hạn, đơn vị vẫn gửi được",
         "<p class=\"countdown-over\" data-over hidden>"),
    ],
)  # fmt: skip
def test_page_at_each_limit(client, frozen_clock, moment, shown, hidden) -> None:
    make_event()
    frozen_clock.at = from_local(moment)
    clock.forget_now()
    page = text_of(client)
    assert shown in page
    assert hidden not in page


def test_closed_and_archived_pages_say_so(client, frozen_clock) -> None:
    event = make_event(state="closed")
    assert "Đã đóng đăng ký" in text_of(client)
    with unit_of_work():
        move_event(db.session.get_one(Event, event.id), "archived", by=DESK, now=OPENED)
    assert "Sự kiện đã kết thúc" in text_of(client)


def test_a_draft_is_not_there(client, frozen_clock) -> None:
    make_event(state="draft")
    text_of(client, status=404)
    assert "Chưa có đợt tập huấn nào" in text_of(client, "/")


def test_exact_hours_take_the_place_of_the_tentative_words(client, frozen_clock) -> None:
    event = make_event()
    change(
        event,
        starts_at=from_local(datetime(2024, 3, 13, 8, 0)),
        ends_at=from_local(datetime(2024, 3, 13, 16, 30)),
    )
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        set_sessions(found, [SessionEntry(one.id, one.name, "", found.starts_at, found.ends_at)
                             if one.ordinal == 1 else SessionEntry(one.id, one.name)
                             for one in found.sessions], by=DESK, now=OPENED)  # fmt: skip
    page = text_of(client)
    assert '<span class="num">08:00</span> – <span class="num">16:30</span>, thứ Tư' in page
    assert "Sáng:" in page
    assert "Dự kiến tuần 2" not in page


def test_number_of_the_plan_is_shown_once_the_clerk_gave_it(client, frozen_clock) -> None:
    event = make_event()
    change(event, plan={**event.plan, "document": {**event.plan["document"], "number": "12"}})
    assert "Kế hoạch số 12/KH-SGDĐT" in text_of(client)


def test_phone_only_where_given_and_never_the_officer(client, frozen_clock) -> None:
    event = make_event()
    assert "tel:" not in text_of(client)
    change(event, contact={**event.contact, "phone": "0225 000 0000", "officer": "Trần Thử"})
    page = text_of(client)
    assert 'href="tel:02250000000"' in page
    assert "Trần Thử" not in page


def test_nobody_registered_can_be_read_from_the_page(client, frozen_clock) -> None:
    event = make_event()
    enter(participations(event)[0], "Phạm Thu Hiên", phone="+84912345678")
    page = text_of(client)
    assert "Hiên" not in page and "912345678" not in page and "Trường THPT Thử" not in page


def test_home_shows_the_one_event_or_lists_several(client, frozen_clock) -> None:
    make_event()
    assert "Thời gian còn lại để đăng ký" in text_of(client, "/")
    make_event(units=0, slug="tap-huan-2025", short_title="Tập huấn năm sau")
    page = text_of(client, "/")
    assert 'href="/events/tap-huan-2024"' in page and 'href="/events/tap-huan-2025"' in page


def test_page_costs_three_queries_with_one_and_with_thirty_documents(app, frozen_clock) -> None:
    event = make_event(units=1)
    seen = []
    for number in (1, 29):
        with unit_of_work():
            for one in range(number):
                attach_document(
                    db.session.get_one(Event, event.id),
                    title=f"T{one}",
                    filename="t.pdf",
                    content=b"%PDF-1",
                    by=DESK,
                    now=OPENED,
                )
        with app.app_context(), counted_queries() as sent:
            text_of(app.test_client())
        seen.append(len(sent))
    assert seen == [3, 3]  # what a kept page depends on; the event; its documents


def test_home_costs_two_queries(app, frozen_clock) -> None:
    make_event(units=50)
    with app.app_context(), counted_queries() as sent:
        text_of(app.test_client(), "/")
    assert len(sent) == 2


def add_document(event: Event, filename: str = "Kế hoạch.pdf") -> None:
    with unit_of_work():
        attach_document(
            db.session.get_one(Event, event.id),
            title="Kế hoạch tổ chức",
            filename=filename,
            content=b"%PDF-1.7 thu",
            by=DESK,
            now=OPENED,
        )


def test_a_document_is_a_download_of_our_naming(client, frozen_clock) -> None:
    event = make_event()
    add_document(event)
    assert "Kế hoạch tổ chức" in text_of(client) and "PDF · 1 KB" in text_of(client)
    answer = client.get(f"{PAGE}/documents/1")
    assert answer.data == b"%PDF-1.7 thu"
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_documents_of_drafts_are_the_desks(app, frozen_clock) -> None:
    event = make_event(state="draft")
    add_document(event)
    account = make_account("desk")
    for signed_in, path, status in (
        (False, PAGE, 404), (True, PAGE, 200), (True, "/events/other", 404),
    ):  # fmt: skip
        visitor = app.test_client()
        if signed_in:
            sign_in(visitor, account)
        with app.app_context():  # each visitor has a context, and so an identity, of its own
            assert visitor.get(f"{path}/documents/1").status_code == status


def test_notice_on_personal_data(client, frozen_clock) -> None:
    make_event()
    page = text_of(client, "/privacy")
    assert "Bản 2024-03.2" in page
    assert "pháp luật về bảo vệ dữ liệu cá nhân" in page
    assert "gdtx@haiphong.edu.vn" in page


@pytest.mark.parametrize("path", ["/", PAGE, "/privacy"])
def test_pages_are_english_for_who_asks(client, frozen_clock, path) -> None:
    make_event()
    client.set_cookie("lang", "en")
    assert '<html lang="en">' in text_of(client, path)
