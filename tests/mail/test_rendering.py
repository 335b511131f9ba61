"""Texts of the mails: every template, both parts the same, subjects that fit."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from app.mail.plain_text import text_of
from app.mail.rendering import SUBJECT_MAX, init_facts, render, shortened, subject_line

TITLE = "Tập huấn đánh giá, công nhận “Đơn vị học tập” và “Cộng đồng học tập”"
FACTS = {
    "event_slug": "tap-huan",
    "event_title": TITLE,
    "cutoff_words": "trước 17 giờ 00 phút, ngày 05/03/2024",
    "contact": {"department": "Phòng Giáo dục thường xuyên", "phone": "+842253822000"},
}
REGISTRATION = {
    "unit": "Trường THPT Lê Quý Đôn",
    "person": "Phạm Thu Hiên",
    "position": "Phó Hiệu trưởng",
    "state": "confirmed",
    "receipt_code": "240603187752",
    "received_at": "2024-03-04T02:42:00+00:00",
    "event_id": 1,
    "url": "https://tap-huan.example.vn/units/9f2c",
    "place": None,
    "sentence": None,
}
SIGNED_FORM = {**REGISTRATION, "state": "received", "pages": 1, "on_time": True}
INVITATION = {
    "unit": "Trường THPT Lê Quý Đôn",
    "person": None,
    "time": "07 giờ 30 phút, ngày 13/03/2024",
    "place": "Hội trường tầng 3",
    "version": 1,
    "url": "https://tap-huan.example.vn/invitations/9f2c",
}


ASKED = {"event_title": TITLE, "cutoff_words": "trước 17 giờ", "is_open": True}
LOST = {
    "unit": "Trường THPT Lê Quý Đôn",
    "links": [{**ASKED, "url": "https://x.vn/units/9"}],
    "url": "https://x.vn/units/9",
}

REQUEST = {
    **REGISTRATION,
    "asked": "replace",
    "request_state": "open",
    "new_person": "Tạ Đăng Khuê",
    "new_position": "Hiệu trưởng",
    "request_code": "240603187753",
}
EXTENDED = {
    "unit": "Trường THPT Lê Quý Đôn",
    "until_words": "trước 17 giờ 00 phút, ngày 07/03/2024",
    "event_id": 1,
    "url": "https://tap-huan.example.vn/units/9f2c",
}

ANSWER = {
    **REGISTRATION,
    "audience": "unit",
    "reply": "no",
    "reason": "Trùng lịch thi",
    "new_person": None,
    "new_position": None,
}


def written(app: Flask, template: str, context: dict, **values) -> tuple[str, str, str]:
    init_facts(app, lambda event_id: FACTS)
    return render(template, {**context, **values}, event_id=1, recipient_name="Người nhận")


TOGETHER = {
    "letters": [
        {**INVITATION, "unit": "Trường THPT Lê Quý Đôn", "position": "Hiệu trưởng", "version": 2},
        {**INVITATION, "unit": "Trường THPT Số Hai", "position": None},
    ],
    "time": INVITATION["time"],
    "place": INVITATION["place"],
    "url": INVITATION["url"],
}
UNIT = {"unit": "Trường THPT Lê Quý Đôn", "url": "https://x.vn/units/9"}
THANKS = {
    **REGISTRATION,
    "attended": "buổi sáng và buổi chiều, ngày 13/03/2024",
    "place": "Hội trường tầng 3",
    "url": "https://x.vn/confirmations/4",
}
APPROVAL = {
    "by": "Vũ Mai An",
    "letters": 110,
    "note": "Kính trình",
    "state": "returned",
    "sentence": "Sửa lại giờ",
    "url": "https://x.vn/desk/approvals/1",
}


CASES = [
    ("receipt", REGISTRATION, {}, "Đơn vị có chỗ."),
    ("receipt", REGISTRATION, {"state": "waitlisted", "place": 3}, "danh sách chờ, thứ 3."),
    ("receipt", REGISTRATION, {"state": "late"}, "Đây chưa phải là chỗ dự."),
    ("promoted", REGISTRATION, {}, "có chỗ."),
    ("withdrawn", REGISTRATION, {"state": "withdrawn"}, "đã rút."),
    ("decided", REGISTRATION, {"state": "confirmed"}, "Đơn vị có chỗ."),
    ("decided", REGISTRATION, {"state": "waitlisted", "place": 2}, "danh sách chờ, thứ 2."),
    ("decided", REGISTRATION, {"state": "rejected", "sentence": "hết chỗ"}, "Lý do: hết chỗ"),
    (
        "receipt",
        REGISTRATION,
        {"instead_of": "Tạ Đăng Khuê", "had_letter": True},
        "đã gửi cho Tạ Đăng Khuê không dùng được nữa",
    ),
    ("withdrawn", REGISTRATION, {"state": "withdrawn", "had_letter": True}, "không dùng được nữa."),
    ("request", REQUEST, {}, "Đăng ký chưa thay đổi."),
    ("request", REQUEST, {"asked": "withdraw", "new_person": None}, "đề nghị rút đăng ký lúc"),
    ("request", REQUEST, {"request_state": "refused", "sentence": "đã trình"}, "Lý do: đã trình"),
    ("request", REQUEST, {"request_state": "accepted"}, "Sở đã duyệt đề nghị"),
    ("extended", EXTENDED, {}, "trước 17 giờ 00 phút, ngày 07/03/2024"),
    ("letter_void", REGISTRATION, {}, "không còn hiệu lực"),
    ("invitations", TOGETHER, {}, "Hãy chuyển từng giấy mời tới đúng người."),
    ("approval_asked", APPROVAL, {}, "Lời trình: Kính trình"),
    ("approval_decided", APPROVAL, {}, "Ý kiến: Sửa lại giờ"),
    ("approval_decided", APPROVAL, {"state": "approved"}, "đã duyệt 110 giấy mời"),
    ("answer", ANSWER, {}, "Lý do: Trùng lịch thi"),
    ("answer", ANSWER, {"audience": "desk"}, "Chỗ chưa được nhả"),
    ("answer", ANSWER, {"reply": "yes", "reason": None}, "đã đổi câu trả lời"),
    ("answer", ANSWER, {"reply": "other", "new_person": "Tạ Đăng Khuê"}, "rút lại đề nghị này"),
    ("answer", ANSWER, {"reply": "other", "audience": "desk"}, "mục Đề nghị đổi, rút"),
    ("invitation", INVITATION, {"instead_of": "Tạ Đăng Khuê"}, "thay giấy mời đã gửi cho Tạ Đăng"),
    ("signed_form", SIGNED_FORM, {}, "Mã vuông khớp với đăng ký của đơn vị."),
    ("signed_form", SIGNED_FORM, {"on_time": False}, "sau hạn."),
    ("signed_form", SIGNED_FORM, {"state": "doubtful"}, "Không đọc được mã vuông trong ảnh."),
    ("signed_form_refused", SIGNED_FORM, {"sentence": "Thiếu dấu."}, "Lý do: Thiếu dấu."),
    ("call", UNIT, {}, "Hãy giữ thư"),
    ("remind_register", UNIT, {}, "chưa nhận được đăng ký"),
    ("remind_form", {**REGISTRATION, "form_state": "none"}, {}, "chưa nhận được bản ký, đóng dấu"),
    ("remind_form", {**REGISTRATION, "form_state": "refused"}, {}, "yêu cầu gửi lại bản ký"),
    ("remind_form", {**REGISTRATION, "form_state": "old"}, {}, "cần in, ký và gửi bản mới"),
    ("remind_answer", {**INVITATION, "position": ""}, {}, "sẽ dự, cử người khác hay không dự được"),
    ("thanks", THANKS, {}, "Đã dự: buổi sáng và buổi chiều, ngày 13/03/2024"),
    ("absent", THANKS, {}, "hãy báo để Sở xem lại"),
    ("lost_link", LOST, {}, "Mở trang của đơn vị"),
    ("receipt", REGISTRATION, {}, "http://localhost/personal-data"),
    ("invitation", {**INVITATION, "person": "Phạm Thu Hiên"}, {}, "http://localhost/personal-data"),
    ("invitation", INVITATION, {}, "Người dự: Đại diện Lãnh đạo"),
    ("invitation", INVITATION, {"version": 2}, "Giấy mời này thay bản đã gửi trước."),
]


@pytest.mark.parametrize(("template", "context", "values", "said"), CASES)
def test_each_mail_says_what_matters_and_whom_to_call(
    app: Flask, template: str, context: dict, values: dict, said: str
) -> None:
    subject, text, html = written(app, template, context, **values)
    assert said in " ".join(text.split())
    assert {**context, **values}["url"] in text
    assert "0225 3 822 000" in text
    assert subject.startswith("Tập huấn đánh giá")
    assert len(subject) <= SUBJECT_MAX
    assert "\n" not in subject
    assert "http" not in re.sub(r'href="[^"]*"|>https?://[^<]*<', "", html)  # nothing is loaded


LONG = " ".join(["Tập huấn đánh giá công nhận đơn vị học tập và cộng đồng học tập"] * 3)
LONG_UNIT = "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên huyện Vĩnh Bảo, “cơ sở 2”"


def test_each_template_has_its_cases() -> None:
    folder = Path("templates/mail/messages")
    written = {path.name.removesuffix(".subject.txt") for path in folder.glob("*.subject.txt")}
    assert written == {case[0] for case in CASES} | {"data_request"}


@pytest.mark.parametrize(("template", "context", "values", "said"), CASES)
def test_a_subject_begins_with_the_event_however_long_the_names(
    app: Flask, template: str, context: dict, values: dict, said: str
) -> None:
    init_facts(app, lambda event_id: {**FACTS, "event_title": LONG})
    names = {**context, **values, "unit": LONG_UNIT}
    subject, _, _ = render(template, names, event_id=1, recipient_name="Người nhận")
    event, _, about = subject.partition(": ")
    assert LONG.startswith(event.rstrip("…"))
    assert len(event) >= 16
    assert len(subject) <= SUBJECT_MAX
    words = f" {LONG} {LONG_UNIT} "
    for part in (event, about):
        if part.endswith("…"):  # cut between two words, not within one
            assert f" {part.rstrip('…').rsplit(' ', 1)[-1]}" in words
            assert re.search(re.escape(part.rstrip("…").rsplit(" ", 1)[-1]) + r"[ ,:;-]", words)


def test_a_subject_never_holds_a_line_break(app: Flask) -> None:
    names = {**REGISTRATION, "unit": "Trường A\r\nBcc: x@example.vn\u2028\x85B"}
    subject, _, _ = written(app, "receipt", names)
    assert subject.splitlines() == [subject]


def test_a_mail_of_two_events_holds_both_links_and_leads_with_neither(app: Flask) -> None:
    links = [*LOST["links"], {**ASKED, "is_open": False, "url": "https://x.vn/units/8"}]
    subject, text, html = written(app, "lost_link", LOST, links=links, event_title="")
    assert subject == "Gửi lại đường dẫn của Trường THPT Lê Quý Đôn"
    assert text.index("units/9") < text.index("units/8")
    assert html.count("trước 17 giờ") == text.count("trước 17 giờ") == 1  # the closed one's is past


@pytest.mark.parametrize(("template", "context", "values", "said"), CASES)
def test_both_parts_say_the_same(
    app: Flask, template: str, context: dict, values: dict, said: str
) -> None:
    _, text, html = written(app, template, context, **values)
    body = html[html.index("Kính gửi") :]
    words = set(re.findall(r"\w+", unescape(re.sub(r"<[^>]+>", " ", body))))
    assert set(re.findall(r"\w+", text)) - words - {"SỞ", "GIÁO", "DỤC", "VÀ", "ĐÀO", "TẠO",
                                                     "HẢI", "PHÒNG"} == set()  # fmt: skip
    only_html = words - set(re.findall(r"\w+", text))
    assert only_html <= set("Nút không bấm được Chép đường dẫn này vào trình duyệt".split())


def test_the_receipt_s_text_part_as_a_whole(app: Flask) -> None:
    _, text, _ = written(app, "receipt", REGISTRATION)
    assert text == (
        "SỞ GIÁO DỤC VÀ ĐÀO TẠO HẢI PHÒNG\n\n"
        "Kính gửi Trường THPT Lê Quý Đôn,\n\n"
        "Sở đã nhận đăng ký dự tập huấn lúc 09:42, thứ Hai 04/03/2024. Đơn vị có chỗ.\n\n"
        "Người dự: Phạm Thu Hiên\nChức vụ: Phó Hiệu trưởng\nMã biên nhận: 2406 0318 7752\n\n"
        "Ai cũng kiểm tra được biên nhận này tại:\n"
        "http://localhost/receipts/240603187752\n\n"
        "Còn một việc: in phiếu, ký, đóng dấu, rồi gửi ảnh chụp trước 17 giờ 00 phút,\n"
        "ngày 05/03/2024.\n\n"
        "In phiếu và gửi bản ký:\nhttps://tap-huan.example.vn/units/9f2c\n\n"
        "Xin báo cho người được cử: đơn vị đã cung cấp họ tên, chức vụ cho Sở để lập\n"
        "danh sách, gửi giấy mời và điểm danh. Muốn xem, sửa hoặc xóa:\n"
        "http://localhost/personal-data\n\n"
        "--------------------\n\n"
        "Tập huấn đánh giá, công nhận “Đơn vị học tập” và “Cộng đồng học tập”. Thư\n"
        "gửi từ phòng Giáo dục thường xuyên. Trả lời thư này, hoặc gọi\n"
        "0225 3 822 000. Đường dẫn chỉ dành cho đơn vị, không đăng lên nhóm chung.\n"
    )


def test_a_name_is_never_markup(app: Flask) -> None:
    _, text, html = written(app, "receipt", REGISTRATION, person="<b>A</b> & {{ 7*7 }}")
    assert "&lt;b&gt;A&lt;/b&gt; &amp; {{ 7*7 }}" in html
    assert "Người dự: <b>A</b> & {{ 7*7 }}\n" in text


def test_mails_are_vietnamese_whatever_the_reader_s_page(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        subject, text, _ = written(app, "receipt", REGISTRATION)
    assert "Đã nhận đăng ký" in subject
    assert "Kính gửi" in text


@pytest.mark.parametrize(
    ("title", "core", "line"),
    [
        (TITLE, "Giấy mời", "Tập huấn đánh giá, công nhận…: Giấy mời"),
        ("Tập huấn", "Giấy mời", "Tập huấn: Giấy mời"),
        ("", "Giấy mời", "Giấy mời"),
        (TITLE, "x" * 70, "Tập huấn đánh giá, công…: " + "x" * 51 + "…"),
        (TITLE, "từ " * 40, "Tập huấn đánh giá, công…: " + "từ " * 16 + "từ…"),
        ("", "từ " * 40, "từ " * 25 + "từ…"),
    ],
)
def test_subject_lines(title: str, core: str, line: str) -> None:
    assert subject_line(title, core) == line
    assert len(line) <= SUBJECT_MAX


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("Đơn vị học tập", 20, "Đơn vị học tập"),
        ("Đơn vị học tập", 10, "Đơn vị…"),
        ("Công nhận “Đơn vị học tập”", 18, "Công nhận…"),
        ("Abcdefghij", 5, "Abcd…"),
    ],
)
def test_cutting_between_words(text: str, limit: int, cut: str) -> None:
    assert shortened(text, limit) == cut


def test_plain_text_of_html() -> None:
    html = (
        "<head><title>x</title></head><p>Một&nbsp;<b>hai</b><br>ba</p><p data-text='skip'>không"
        "<i>này</i></p><table><tr data-text='row'><td>A</td><td>1</td></tr>"
        "<tr data-text='row'><td>B</td><td>2</td></tr></table><hr>"
        "<a href='https://x.vn/'>https://x.vn/</a>"
    )
    assert text_of(html) == "Một hai\nba\n\nA: 1\nB: 2\n\n--------------------\n\nhttps://x.vn/\n"


DATA_ANSWER = {
    "step": "answered",
    "kind": "erase",
    "code": "240603187752",
    "told": "Sở sẽ xóa số điện thoại.",
    "received_at": "2024-03-04T02:42:00+00:00",
    "act_by_day": "24/03/2024",
}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("answered", "Chậm nhất: 24/03/2024"),
        ("extended", "Kết quả: Gia hạn"),
        ("done", "Kết quả: Đã làm xong"),
        ("refused", "có quyền khiếu nại"),
    ],
)
def test_an_answer_about_personal_data(app: Flask, step: str, said: str) -> None:
    _subject, text, html = written(app, "data_request", DATA_ANSWER, step=step)
    assert said in text
    assert "Sở sẽ xóa số điện thoại." in text
    assert ("24/03/2024" in text) is (step in ("answered", "extended"))
    assert "<script" not in html
