"""Settings at the desk: made, edited, moved; errors stand at the field and nothing typed is lost."""

from __future__ import annotations

import io

import pytest

from app.core.clock import local
from app.core.database import unit_of_work
from app.events.models import Event, EventDocument
from app.events.plan_files import SHIPPED_PLAN
from app.events.sections import SECTIONS
from app.extensions import db
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event, make_unit
from tests.factories.units import words_of

BASE = "/desk/events/tap-huan-2024/settings"


@pytest.fixture
def desk(client, frozen_clock):
    sign_in(client, make_account("desk"))
    return client


def page_of(answer) -> str:
    return answer.get_data(as_text=True)


def the_event(slug: str = "tap-huan-2024") -> Event:
    db.session.expire_all()
    return db.session.query(Event).filter_by(slug=slug).one()


NEW = {
    "title": "Tập huấn " + "dài " * 70,
    "short_title": "Tập huấn thử",
    "slug": "",
    "tentative_time": "Dự kiến tháng 5",
    "venue": "Hội trường",
    "venue_address": "Số 1",
    "cutoff_day": "05/05/2024",
    "cutoff_hour": "17:00",
    "planned_seats": "30",
    "registering_kinds": ["high_school"],
    "valid_on": "10/05/2024",
}


def test_an_event_is_made_by_form_with_its_wording(desk) -> None:
    with unit_of_work():
        make_unit()
    answer = desk.post("/desk/events/new", data=NEW)
    assert answer.location == "/desk/events/tap-huan-thu-2024/settings"
    event = the_event("tap-huan-thu-2024")
    assert (event.state, event.planned_seats) == ("draft", 30)
    assert event.cutoff_words == "trước 17 giờ 00 phút, ngày 05/05/2024"
    assert len(event.title) > 250
    assert desk.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "Hãy nhập tên đầy đủ của sự kiện."),
        ({"short_title": "x" * 161}, "không quá 160 chữ"),
        ({"slug": "Tập huấn"}, "chữ thường không dấu"),
        ({"slug": "tap-huan-2024"}, "Đã có sự kiện với mã"),
        ({"cutoff_day": "31/02/2024"}, "mẫu 05/03/2024"),
        ({"cutoff_hour": "25"}, "mẫu 17:00"),
        ({"cutoff_hour": ""}, "Hãy nhập giờ hết hạn."),
        ({"planned_seats": "nhiều"}, "field-error"),
        ({"planned_seats": "0"}, "từ 1 đến 100.000"),
        ({"planned_seats": ""}, "từ 1 đến 100.000"),
        ({"registering_kinds": []}, "ít nhất một loại đơn vị"),
        ({"invited_kinds": ["high_school"]}, "đã chọn ở mục đăng ký theo phiếu"),
        ({"valid_on": ""}, "Hãy nhập ngày."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(desk, changes, sentence) -> None:
    make_event(units=0)
    answer = desk.post("/desk/events/new", data={**NEW, "venue": "Hội trường Giữ Lại", **changes})
    assert answer.status_code == 422
    assert sentence in page_of(answer)
    assert "Hội trường Giữ Lại" in page_of(answer)
    assert "<title>Lỗi:" in page_of(answer)
    assert db.session.query(Event).count() == 1


def upload(desk, content: bytes):
    return desk.post(
        "/desk/events/new/plan-file", data={"plan_file": (io.BytesIO(content), "plan.toml")}
    )


def test_an_event_is_made_from_a_plan_file(desk) -> None:
    assert upload(desk, SHIPPED_PLAN.read_bytes()).location == BASE
    assert the_event().state == "draft"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "Hãy chọn tệp kế hoạch"), (b"slug = 1", "thiếu mục “slug”"),
     (b"x" * 250_000, "200 KB")],
)  # fmt: skip
def test_a_wrong_plan_file_gives_its_sentence(desk, content, sentence) -> None:
    answer = upload(desk, content) if content else desk.post("/desk/events/new/plan-file", data={})
    assert answer.status_code == 422
    assert sentence in page_of(answer)


def test_the_same_plan_twice_is_refused(desk) -> None:
    upload(desk, SHIPPED_PLAN.read_bytes())
    assert "Đã có sự kiện với mã" in page_of(upload(desk, SHIPPED_PLAN.read_bytes()))


@pytest.mark.parametrize("section", list(SECTIONS))
def test_saving_a_section_as_it_is_changes_nothing(desk, section) -> None:
    make_event(units=1)
    columns = [one.name for one in Event.__table__.columns]
    before = {name: getattr(the_event(), name) for name in columns}
    shown = desk.get(f"{BASE}/{section}")
    assert shown.status_code == 200
    answer = desk.post(f"{BASE}/{section}", data=fields_of(page_of(shown)))
    assert answer.status_code == 303, page_of(answer)
    event = the_event()
    assert before == {name: getattr(event, name) for name in columns}
    assert [one.name for one in event.sessions] == ["Sáng", "Chiều"]


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would send of the page's only big form."""
    from html.parser import HTMLParser

    class Fields(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, list[str]] = {}
            self.area: str | None = None

        def handle_starttag(self, tag, attributes) -> None:
            values = dict(attributes)
            name = values.get("name")
            if tag == "textarea":
                self.area = name
                self.found.setdefault(name, [""])
            elif tag == "input" and name and name not in ("q", "csrf_token", "next", "lang"):
                if values.get("type") == "checkbox" and "checked" not in values:
                    return
                self.found.setdefault(name, []).append(values.get("value") or "")

        def handle_data(self, data) -> None:
            if self.area:
                self.found[self.area] = [self.found[self.area][0] + data]

        def handle_endtag(self, tag) -> None:
            if tag == "textarea":
                self.found[self.area] = [
                    self.found[self.area][0].removeprefix("\r\n").removeprefix("\n")
                ]
                self.area = None

    parser = Fields()
    parser.feed(page)
    return parser.found


def changed_section(desk, section: str, **changes):
    data = fields_of(page_of(desk.get(f"{BASE}/{section}")))
    return desk.post(f"{BASE}/{section}", data={**data, **changes})


def test_exact_hours_and_sessions_are_entered_later(desk) -> None:
    make_event(units=0)
    answer = changed_section(
        desk, "schedule", start_day="13/03/2024", start_hour="8h", end_day="13/03/2024",
        end_hour="16:30", **{"row-0-day": "13/03/2024", "row-0-start": "8:00",
                             "row-0-end": "11:30", "row-2-name": "Tối"},
    )  # fmt: skip
    assert answer.status_code == 303
    event = the_event()
    assert f"{local(event.starts_at):%d/%m/%Y %H:%M}" == "13/03/2024 08:00"
    assert [one.name for one in event.sessions] == ["Sáng", "Chiều", "Tối"]
    assert f"{local(event.sessions[0].ends_at):%H:%M}" == "11:30"


def test_the_late_minute_stands_in_the_settings(desk) -> None:
    make_event(units=0)
    assert "Đến muộn" not in words_of(desk.get(BASE))
    assert changed_section(desk, "schedule", **{"row-1-late_after": "15"}).status_code == 303
    assert "Đến muộn Chiều: sau 15 phút" in words_of(desk.get(BASE))


@pytest.mark.parametrize(
    ("section", "changes", "sentence"),
    [
        ("schedule", {"start_day": "13/03/2024"}, "Hãy nhập giờ."),
        ("schedule", {"start_day": "32/03/2024", "start_hour": "8:00"}, "mẫu 05/03/2024"),
        ("schedule", {"tentative_time": ""}, "Hãy ghi thời gian dự kiến bằng lời"),
        ("schedule", {"start_day": "13/03/2024", "start_hour": "8:00", "end_day": "13/03/2024",
                      "end_hour": "7:00"}, "Giờ kết thúc phải sau giờ bắt đầu."),
        ("schedule", {"row-0-day": "13/03/2024", "row-0-start": "8:00", "row-0-end": "7:00"},
         "Có buổi kết thúc trước khi bắt đầu."),
        ("schedule", {"row-2-topic": "Không tên"}, "Hãy nhập tên buổi"),
        ("schedule", {"row-0-late_after": "mười"}, "Hãy nhập số phút, từ 0 đến 600"),
        ("schedule", {"row-0-late_after": "601"}, "Hãy nhập số phút, từ 0 đến 600"),
        ("schedule", {"row-1-name": "", "row-1-topic": ""}, "không bỏ buổi nào được nữa"),
        ("cutoff", {"cutoff_words": "trước 16 giờ, ngày 05/03/2024"}, "Lời văn không khớp"),
        ("cutoff", {"opens_day": "06/03/2024"}, "phải trước hạn đăng ký"),
        ("cutoff", {"cutoff_day": ""}, "Hãy nhập ngày hết hạn."),
        ("names", {"short_title": "  "}, "Hãy nhập tên ngắn"),
        ("names", {"issued_on": "hôm nay"}, "mẫu 05/03/2024"),
        ("contact", {"email": "gdtx@"}, "Thiếu phần sau chữ @"),
        ("bases", {"row-0-date": "29.13.2023"}, "mẫu 05/03/2024"),
        ("kinds", {"registering_kinds": [], "invited_kinds": []}, "ít nhất một loại"),
    ],
)  # fmt: skip
def test_a_wrong_section_is_shown_again_with_its_sentence(desk, section, changes, sentence) -> None:
    make_event(units=0)
    answer = changed_section(desk, section, **changes)
    assert answer.status_code == 422
    assert sentence in page_of(answer)
    for value in changes.values():
        if value and isinstance(value, str) and value.strip():
            assert value in page_of(answer)
    assert the_event().cutoff_words == "trước 17 giờ 00 phút, ngày 05/03/2024"


def test_empty_wording_of_the_cutoff_is_written_from_the_instant(desk) -> None:
    make_event(units=0, state="draft")
    changed_section(desk, "cutoff", cutoff_day="06/03/2024", cutoff_hour="11h30", cutoff_words="")
    assert the_event().cutoff_words == "trước 11 giờ 30 phút, ngày 06/03/2024"


def test_other_kinds_call_their_units_at_once(desk) -> None:
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo quận Thử", kind="district_committee")
        make_unit("TT-1", "Trung tâm Thử", kind="gdnn_gdtx_centre")
    make_event(units=0, registering_kinds=["high_school"], invited_kinds=[])
    changed_section(
        desk, "kinds", registering_kinds=["gdnn_gdtx_centre"], invited_kinds=["district_committee"]
    )
    page = page_of(desk.get(BASE))
    assert "2 đơn vị đang được gọi" in page


def test_a_legal_basis_goes_when_its_row_is_emptied(desk) -> None:
    make_event(units=0)
    changed_section(desk, "bases", **{"row-0-number": "", "row-0-title": ""})
    assert [one["short"] for one in the_event().plan["legal_bases"]] == [
        "Thông tư 24",
        "Thông tư 25",
    ]


@pytest.mark.parametrize(
    ("state", "target", "after"),
    [("draft", "open", "open"), ("open", "closed", "closed"), ("closed", "open", "open"),
     ("closed", "archived", "archived"), ("open", "archived", "open")],
)  # fmt: skip
def test_moves_are_asked_first(desk, state, target, after) -> None:
    make_event(units=0, state=state)
    asked = desk.get(f"{BASE}/state/{target}")
    assert the_event().state == state
    if after == target:
        assert "?" in page_of(asked)
    assert desk.post(f"{BASE}/state/{target}").location == BASE
    assert the_event().state == after


def test_units_are_taken_over_from_the_register(desk) -> None:
    make_event(units=1)
    with unit_of_work():
        make_unit("THPT-777", "Trường THPT Mới")
    answer = desk.post(f"{BASE}/call-units", follow_redirects=True)
    assert "thêm 1 đơn vị" in page_of(answer)


def attach(desk, content: bytes, title: str = "Kế hoạch"):
    data = {"document_title": title, "document_file": (io.BytesIO(content), "k.pdf")}
    return desk.post(f"{BASE}/documents", data=data)


def test_documents_are_added_asked_about_and_removed(desk) -> None:
    make_event(units=0)
    assert attach(desk, b"%PDF-1").status_code == 303
    assert "Bỏ tài liệu “Kế hoạch”?" in page_of(desk.get(f"{BASE}/documents/1/remove"))
    assert db.session.query(EventDocument).count() == 1
    desk.post(f"{BASE}/documents/1/remove")
    assert db.session.query(EventDocument).count() == 0


@pytest.mark.parametrize(
    ("content", "title", "sentence"),
    [(b"<html>", "T", "Chỉ nhận tệp PDF"), (b"", "T", "Tệp này rỗng"),
     (b"%PDF-1", "", "Hãy nhập tên tài liệu.")],
)  # fmt: skip
def test_a_wrong_document_is_refused_at_its_field(desk, content, title, sentence) -> None:
    make_event(units=0)
    answer = attach(desk, content, title)
    assert answer.status_code == 422
    assert sentence in page_of(answer)


@pytest.mark.parametrize("role", ["leader", "hall", None])
@pytest.mark.parametrize(
    "path", [BASE, f"{BASE}/names", f"{BASE}/state/closed", "/desk/events/new"]
)
def test_settings_are_the_desks_alone(client, frozen_clock, role, path) -> None:
    make_event(units=0)
    if role:
        sign_in(client, make_account(role))
    assert client.get(path).status_code == (403 if role else 302)


def test_load_command_makes_the_event_or_says_why(app, frozen_clock, tmp_path) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["events", "load", str(SHIPPED_PLAN)]).exit_code == 0
    assert the_event().state == "draft"
    again = runner.invoke(args=["events", "load", str(SHIPPED_PLAN)])
    assert again.exit_code == 1
    assert "tap-huan-2024" in again.output
    bad = tmp_path / "bad.toml"
    bad.write_text("slug = 1")
    assert "slug" in runner.invoke(args=["events", "load", str(bad)]).output
