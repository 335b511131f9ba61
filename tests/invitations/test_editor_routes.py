"""The page on which the desk writes the letter: every outcome a person sees."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.invitations.editor_forms import LetterTextForm
from app.invitations.letter_words import default_body
from app.invitations.letters import make_letter
from app.invitations.models import LetterTemplate
from app.invitations.previewing import FIRST, LONGEST, UNNAMED, choices, chosen
from app.invitations.queries import addressed
from app.invitations.templates import letter_body, newest_template, save_text
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, enter
from tests.factories.units import words_of

BASE = "/desk/events/tap-huan-2024/invitations/letter"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo Thử", kind="district_committee")
    made = make_event(seats=6, units=4)
    enter(participations(made)[1], "Phạm Thu Hiên", "Hiệu trưởng")
    return made


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def typed(event: Event, **changes: str) -> dict[str, str]:
    """What the browser sends when nothing was touched, with changes."""
    newest = newest_template(event)
    body, _ = letter_body(event)
    return LetterTextForm.values_of(body, newest.version if newest else 0) | changes


def versions() -> int:
    return db.session.scalar(select(func.count()).select_from(LetterTemplate)) or 0


def save(desk: FlaskClient, event: Event, **changes: str) -> str:
    answer = desk.post(BASE, data=typed(event, do="save", **changes), follow_redirects=True)
    return words_of(answer)


# ---------------------------------------------------------------- the page


def test_page_shows_the_letter_as_the_events_words_make_it(desk: FlaskClient, event: Event) -> None:
    page = desk.get(BASE)
    assert page.status_code == 200
    assert "{{ong_ba}} {{ho_ten}}, {{chuc_vu}}, {{don_vi}}" in page.text
    assert "Chưa lưu bản nào." in words_of(page)
    assert "style=" not in page.text and "<script>" not in page.text


def test_page_lists_every_place_with_what_it_is(desk: FlaskClient, event: Event) -> None:
    text = words_of(desk.get(BASE))
    for written in ("{{ho_ten}}", "{{cac_buoi}}", "{{can_cu}}", "{{lien_he}}", "{{han}}"):
        assert written in text
    assert "{{ma_vuong}}" not in text  # for Word only


def test_page_says_how_many_have_no_name(desk: FlaskClient, event: Event) -> None:
    assert "1 thư chưa có tên người dự" in words_of(desk.get(BASE))


def test_page_names_the_letters_that_cannot_be_printed(desk: FlaskClient, event: Event) -> None:
    enter(participations(event)[2], "Nguyễn 漢 Văn", "Hiệu trưởng")
    text = words_of(desk.get(BASE))
    assert "1 thư chưa in được" in text
    assert "Giấy mời của Nguyễn 漢 Văn, ô “Kính mời”, có ký tự không in được: 漢 (U+6F22" in text


def test_page_warns_when_place_or_time_of_the_event_is_left_out(
    desk: FlaskClient, event: Event
) -> None:
    told = ("Lời thư không lấy địa điểm của sự kiện", "Lời thư không lấy thời gian của sự kiện")
    page = words_of(desk.get(BASE))
    assert not any(one in page for one in told)
    page = save(desk, event, place="Nhà văn hóa Thử")
    assert told[0] in page and told[1] not in page and event.venue in page
    page = save(desk, event, place="{{ dia_diem }}", time="8 giờ thứ Tư")
    assert told[0] not in page and told[1] in page


def test_what_is_wrong_is_headed_as_not_saved(desk: FlaskClient, event: Event) -> None:
    page = save(desk, event, purpose="", place="{{dia_diemm}}")
    assert "Chưa lưu lời thư" in page and "Chưa gửi được" not in page


def test_page_asks_as_often_for_many_as_for_one(desk: FlaskClient, event: Event) -> None:
    desk.get(BASE)
    db.session.commit()
    with counted_queries() as few:
        desk.get(BASE)
    for unit in participations(event)[2:]:
        enter(unit, f"Người {unit.code[-1]}", "Hiệu trưởng")
    db.session.commit()
    with counted_queries() as many:
        desk.get(BASE)
    assert len(many) == len(few)


# ---------------------------------------------------------------- saving


def test_saving_makes_a_version_and_letters_follow(desk: FlaskClient, event: Event) -> None:
    assert "Đã lưu." in save(desk, event, chair="Ban Giám đốc Sở", notes="Chào {{ho_ten}}\nHai")
    newest = newest_template(event)
    assert newest is not None and (newest.version, newest.created_at) == (1, IN_TIME)
    row = next(one for one in addressed(event) if one.registration)
    letter = make_letter(event, row.participation, row.registration)
    assert letter.chair == "Ban Giám đốc Sở"
    assert letter.notes == ("Chào Phạm Thu Hiên", "Hai")
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "invitation.text_saved")
    ).one()
    assert entry.after == {"version": 1}


def test_saving_the_same_words_is_no_new_version(desk: FlaskClient, event: Event) -> None:
    assert "Lời thư không đổi" in save(desk, event)
    assert versions() == 0
    save(desk, event, chair="Ban Giám đốc")
    assert "Lời thư không đổi" in save(desk, event)
    assert versions() == 1


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("notes", "Gửi {{ho_tem}}", "Không có chỗ điền {{ho_tem}}. Có phải {{ho_ten}}?"),
        ("purpose", "{{Họ và tên}}", "Không có chỗ điền {{Họ và tên}}. Có phải {{ho_ten}}?"),
        ("place", "{{ma_vuong}}", "Không có chỗ điền {{ma_vuong}}."),
        ("notes", "{{config.items()}}", "Không có chỗ điền {{config.items()}}."),
        ("notes", "{{ho_ten", "Dấu ngoặc nhọn ở “{{ho_ten” không thành cặp."),
        ("chair", "a } b", "Dấu ngoặc nhọn ở “a } b” không thành cặp."),
        ("notes", "{% for x in y %}", "không thành cặp"),
        ("subject", "", "Hãy nhập trích yếu của giấy mời."),
        ("inviter", "x" * 301, "Hãy viết gọn lại, không quá 300 chữ."),
        ("notes", "x" * 4001, "Hãy viết gọn lại, không quá 4000 chữ."),
        ("chair", "Lãnh đạo 漢", "có ký tự không in được: 漢"),
        ("notes", "Rất dài. " * 400, "dài quá một trang"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_field(
    desk: FlaskClient, event: Event, field: str, text: str, sentence: str
) -> None:
    answer = desk.post(BASE, data=typed(event, do="save", **{field: text}))
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert versions() == 0
    if text and len(text) < 300:
        assert text in words_of(answer) or text in answer.text  # still on the screen


def test_five_megabytes_are_refused_early(desk: FlaskClient, event: Event) -> None:
    answer = desk.post(BASE, data=typed(event, do="save", notes="x" * 5_000_000))
    assert answer.status_code == 413
    assert "Lời thư quá dài cho một trang." in words_of(answer)
    assert versions() == 0


def test_the_second_of_two_writers_is_told_and_keeps_the_words(
    desk: FlaskClient, event: Event
) -> None:
    mine = typed(event, do="save", chair="Của tôi")
    with unit_of_work():
        save_text(event, {**default_body(event), "chair": "Của bạn"}, base=0, by=DESK, now=IN_TIME)
    answer = desk.post(BASE, data=mine)
    assert answer.status_code == 409
    assert "vừa được người khác lưu" in words_of(answer) and "Của tôi" in answer.text
    assert versions() == 1
    again = desk.post(BASE, data=mine | {"base": "1"})  # the page now says on which version
    assert again.status_code == 303 and versions() == 2


# ---------------------------------------------------------------- preview


def test_picture_is_the_page_of_the_delegate_asked_for(desk: FlaskClient, event: Event) -> None:
    pictures = {name: desk.get(f"{BASE}/preview.png?for={name}").data for name in (FIRST, UNNAMED)}
    for content in pictures.values():
        picture = Image.open(BytesIO(content))
        assert (picture.format, picture.size) == ("PNG", (893, 1263))
    assert pictures[FIRST] != pictures[UNNAMED]


def test_preview_shows_what_is_typed_and_keeps_nothing(desk: FlaskClient, event: Event) -> None:
    saved = desk.get(f"{BASE}/preview.png").data
    answer = desk.post(f"{BASE}/preview", data=typed(event, chair="Ban Giám đốc Sở"))
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data != saved and versions() == 0


def test_preview_answers_the_script_with_sentences(desk: FlaskClient, event: Event) -> None:
    answer = desk.post(f"{BASE}/preview", data=typed(event, chair="{{ho_tem}}"))
    assert answer.status_code == 422
    assert answer.json["errors"] == {"chair": "Không có chỗ điền {{ho_tem}}. Có phải {{ho_ten}}?"}
    answer = desk.post(f"{BASE}/preview", data=typed(event, chair="漢"))
    assert "ô “Chủ trì”" in answer.json["sentence"]


def test_without_a_script_the_button_shows_the_page_inside(desk: FlaskClient, event: Event) -> None:
    answer = desk.post(BASE, data=typed(event, do="preview", chair="Ban Giám đốc"))
    assert answer.status_code == 200
    assert 'src="data:image/png;base64,' in answer.text
    assert "Ban Giám đốc" in answer.text and versions() == 0


def test_telling_delegates_are_found(desk: FlaskClient, event: Event) -> None:
    long = enter(participations(event)[2], "Công Tằng Tôn Nữ Hoàng Nguyên", "Phó Hiệu trưởng")
    rows = addressed(event)
    assert chosen(event, rows, LONGEST).registration == long.registration
    assert chosen(event, rows, UNNAMED).participation.name == "Ban Chỉ đạo Thử"
    number = str(long.registration.participation_id)
    assert chosen(event, rows, number).registration == long.registration
    assert chosen(event, rows, "999999").registration == chosen(event, rows, FIRST).registration
    assert [value for value, _ in choices(rows)][:3] == [FIRST, LONGEST, UNNAMED]


def test_event_without_anybody_is_shown_with_an_invented_delegate(
    client: FlaskClient, app: Flask, frozen_clock: FrozenClock
) -> None:
    make_event(seats=3, units=2)
    sign_in(client, make_account("desk"))
    assert client.get(BASE).status_code == 200
    assert client.get(f"{BASE}/preview.png").mimetype == "image/png"


# ---------------------------------------------------------------- versions


def test_versions_are_compared_and_taken_back(desk: FlaskClient, event: Event) -> None:
    save(desk, event, chair="Ban Giám đốc Sở")
    save(desk, event, chair="Lãnh đạo phòng")
    page = desk.get(f"{BASE}/versions/1")
    assert '<del class="text-gone">Ban Giám đốc Sở</del>' in page.text
    assert '<ins class="text-new">Lãnh đạo phòng</ins>' in page.text
    answer = desk.post(f"{BASE}/versions/1", follow_redirects=True)
    assert "Đã lấy lại lời của bản 1 thành bản mới." in words_of(answer)
    assert versions() == 3
    assert letter_body(event)[0]["chair"] == "Ban Giám đốc Sở"


def test_the_events_own_words_can_be_taken_back(desk: FlaskClient, event: Event) -> None:
    save(desk, event, chair="Ban Giám đốc Sở")
    desk.post(f"{BASE}/versions/0")
    assert letter_body(event)[0] == default_body(event)
    assert versions() == 2


def test_unknown_version_is_not_found(desk: FlaskClient, event: Event) -> None:
    assert desk.get(f"{BASE}/versions/7").status_code == 404
    assert desk.post(f"{BASE}/versions/7").status_code == 404
