"""The unit's page: who am I, where am I, what is next, by when – and nothing of anybody else."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import forget_now
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.events.queries import unit_secret
from app.extensions import db
from app.invitations.services import send_letters
from app.registration.models import Registration
from app.registration.services import reject, withdraw
from app.signed_forms.models import SignedForm
from app.unit_pages.messages import ReadyMessage
from app.unit_pages.steps import Next, progress
from app.units.papers import suggested_positions
from tests.conftest import FrozenClock
from tests.factories.events import DESK, make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, TOO_LATE, enter, person
from tests.factories.units import unit_path, words_of

STATES = ["entered", "received", "doubtful", "refused", "accepted", "old", "letter", "letter_only",
          "waiting", "late"]  # fmt: skip


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(seats=2, units=4)


def at(frozen_clock: FrozenClock, moment: datetime) -> None:
    frozen_clock.at = moment
    forget_now()


def signed(registration: Registration, state: str, version: int = 1) -> None:
    """An upload as it stands after reading."""
    with unit_of_work() as session:
        session.add(
            SignedForm(
                event_id=registration.event_id,
                participation_id=registration.participation_id,
                registration_id=registration.id,
                state=state,
                form_version=None if state == "doubtful" else version,
                source="web",
                filename="anh.jpg",
                media_type="image/jpeg",
                size=1000,
                sha256="0" * 64,
                page_count=1,
                received_at=IN_TIME + timedelta(minutes=20),
                on_time=True,
                receipt_code="123412341234",
                sentence="Thiếu dấu của đơn vị." if state == "refused" else None,
            )
        )


def unit_in(event: Event, state: str, frozen_clock: FrozenClock) -> str:
    """The page of a unit that stands there."""
    units = participations(event)
    if state == "waiting":
        enter(units[1], person(1))
        enter(units[2], person(2))
    if state == "late":
        at(frozen_clock, TOO_LATE + timedelta(minutes=4))
    entry = enter(units[0], "Phạm Thu Hiên", now=frozen_clock.at).registration
    if state in ("received", "doubtful", "refused", "accepted"):
        signed(entry, state)
    elif state == "old":
        signed(entry, "received", version=7)
    elif state == "letter":
        signed(entry, "accepted")
    if state.startswith("letter"):
        with unit_of_work():
            send_letters(event, {units[0].id}, by=DESK, now=IN_TIME)
    return unit_path(units[0])


def body_of(client: FlaskClient, unit: str) -> str:
    return client.get(unit).get_data(as_text=True)


def messages_in(html: str) -> list[str]:
    return [unescape(one) for one in re.findall(r"<textarea[^>]*>(.*?)</textarea>", html, re.S)]


# ---------------------------------------------------------------- the way


@pytest.mark.parametrize(
    ("state", "form", "letter", "done", "current", "following"),
    [
        ("confirmed", "none", False, (1,), 2, Next.SIGN),
        ("waitlisted", "none", False, (1,), 2, Next.SIGN),
        ("confirmed", "refused", False, (1,), 2, Next.SIGN_AGAIN),
        ("confirmed", "old", False, (1,), 2, Next.SIGN_AGAIN),
        ("confirmed", "doubtful", False, (1, 2), 3, Next.LOOKED_AT),
        ("confirmed", "received", False, (1, 2, 3), 4, Next.WAIT),
        ("waitlisted", "accepted", False, (1, 2, 3), 4, Next.WAIT),
        ("confirmed", "accepted", True, (1, 2, 3, 4), None, Next.GO),
        ("confirmed", "none", True, (1, 4), None, Next.GO),
        ("late", "none", False, (1,), None, Next.DECISION),
    ],
)
def test_the_steps_say_what_is_stored(
    state: str, form: str, letter: bool, done: tuple[int, ...], current: int | None, following: Next
) -> None:
    way = progress(state, form, letter)
    assert (way.done, way.current, way.next) == (done, current, following)


def test_an_invited_unit_is_asked_for_no_form(client: FlaskClient, event: Event) -> None:
    """P13, P14: committees and departments come by invitation."""
    unit = participations(event)[0]
    with unit_of_work():
        db.session.get_one(Participation, unit.id).route = "invitation"
    enter(unit, "Phạm Thu Hiên", by=DESK)
    page = body_of(client, unit_path(unit))
    assert "Phạm Thu Hiên" in page and "chờ giấy mời" in page
    assert "In và ký" not in page and "Gửi bản ký" not in page and "bản ký" not in page


@pytest.mark.parametrize("state", STATES)
def test_one_filled_button_at_most(
    client: FlaskClient, event: Event, state: str, frozen_clock: FrozenClock
) -> None:
    html = body_of(client, unit_in(event, state, frozen_clock))
    shown = re.sub(r"<details.*?</details>", "", html, flags=re.S)
    assert shown.count("btn-primary") == (1 if state in {
        "entered", "refused", "old", "letter", "letter_only", "waiting"} else 0)  # fmt: skip


@pytest.mark.parametrize(
    ("state", "heading"),
    [
        ("entered", "Việc tiếp theo: in và ký"),
        ("received", "Việc tiếp theo: chờ giấy mời"),
        ("doubtful", "Việc tiếp theo: chờ Sở xem bản ký"),
        ("refused", "Việc tiếp theo: in và ký lại"),
        ("waiting", "Trong khi chờ"),
        ("late", "Việc tiếp theo: chờ Sở xét"),
    ],
)
def test_it_answers_who_where_what_and_by_when_in_this_order(
    client: FlaskClient, event: Event, state: str, heading: str, frozen_clock: FrozenClock
) -> None:
    page = words_of(client.get(unit_in(event, state, frozen_clock)))
    page = page[page.index("Bỏ qua phần đầu trang") :]
    order = [
        "Trường THPT Thử 001",
        "Phạm Thu Hiên",
        heading,
        "Tin soạn sẵn cho Zalo",
        "Đã ghi nhận",
    ]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    by_when = "Hạn gửi bản ký: trước 17 giờ 00 phút, ngày 05/03/2024"
    assert (by_when in page) == (state in ("entered", "refused", "waiting"))


def test_the_form_is_downloaded_and_sent_here_not_mailed(client: FlaskClient, event: Event) -> None:
    enter(participations(event)[0], "Phạm Thu Hiên")
    unit = unit_path(participations(event)[0])
    html = body_of(client, unit)
    assert f'href="{unit}/form/pdf"' in html
    assert f'href="{unit}/form/docx"' in html
    assert 'type="file"' in html
    assert "gửi bản điện tử về" not in html


def test_a_refused_entry_is_told_why_and_may_enter_again(client: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    entry = enter(unit, "Phạm Thu Hiên").registration
    with unit_of_work():
        reject(entry, unit, by=DESK, now=IN_TIME, sentence="Người dự không phải lãnh đạo.")
    page = words_of(client.get(unit_path(unit)))
    assert "Người dự không phải lãnh đạo." in page
    assert "Gửi đăng ký" in page


# ---------------------------------------------------------------- messages


@pytest.mark.parametrize("state", STATES)
def test_no_message_carries_the_units_own_address(
    client: FlaskClient, event: Event, state: str, frozen_clock: FrozenClock
) -> None:
    unit = unit_in(event, state, frozen_clock)
    html = body_of(client, unit)
    secret = unit.removeprefix("/units/")
    (text,) = messages_in(html)
    assert secret not in text
    assert "/units/" not in text
    assert "Phạm Thu Hiên, Hiệu trưởng" in text
    private = "/invitations/" in text
    assert private == state.startswith("letter")
    assert private == ("Tin này có đường dẫn giấy mời riêng của Phạm Thu Hiên" in html)
    assert private != ("Trong tin không có đường dẫn riêng của đơn vị." in html)


def test_the_head_is_told_what_to_sign_and_by_when(client: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    enter(unit, "Phạm Thu Hiên", "Phó Hiệu trưởng")
    (text,) = messages_in(body_of(client, unit_path(unit)))
    for words in [
        "Tập huấn đánh giá, công nhận",
        "Người dự: Phạm Thu Hiên, Phó Hiệu trưởng.",
        "Sở đã nhận đăng ký lúc 09:00 ngày 26/02/2024, có chỗ.",
        "gửi bản chụp cho Sở trước 17 giờ 00 phút, ngày 05/03/2024.",
        "/events/tap-huan-2024",
    ]:
        assert words in text, words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("waiting", "Đơn vị đứng thứ 1 trong danh sách chờ, chưa có chỗ."),
        ("late", "đang xét, chưa có chỗ."),
        ("received", "có chỗ."),
    ],
)
def test_a_message_promises_no_seat_that_is_not_there(
    client: FlaskClient, event: Event, state: str, words: str, frozen_clock: FrozenClock
) -> None:
    (text,) = messages_in(body_of(client, unit_in(event, state, frozen_clock)))
    assert words in text
    assert ("Cần ký và đóng dấu" in text) == (state == "waiting")


def test_a_units_name_cannot_leave_the_box(client: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    with unit_of_work():
        unit = db.session.get_one(Participation, unit.id)
        unit.short_name = "THPT </textarea><script>x()</script>"
    enter(unit, "Phạm Thu Hiên")
    html = body_of(client, unit_path(unit))
    assert "<script>x()" not in html
    assert messages_in(html)[0].startswith("THPT </textarea><script>x()</script> – ")


def test_the_box_is_as_high_as_its_text_on_a_phone() -> None:
    assert ReadyMessage("a", "Tin", "một dòng\n\nba dòng").rows == 3
    assert ReadyMessage("a", "Tin", "x" * 100).rows == 3
    assert ReadyMessage("a", "Tin", "x\n" * 100).rows == 16


# ---------------------------------------------------------------- nobody else's


def test_the_page_offers_positions_and_knows_nobody_elses_people(
    client: FlaskClient, event: Event
) -> None:
    units = participations(event)
    for number, one in enumerate(units[1:], 1):
        enter(
            one, person(number), "Quyền Hiệu trưởng", phone="+84912345678", email="a@x.example.vn"
        )
    html = body_of(client, unit_path(units[0]))
    chips = re.findall(r'data-value="([^"]*)"', html)
    assert chips == suggested_positions(units[0].kind, units[0].name)
    assert "<datalist" not in html
    for secret_of_others in ["Người Thử", "Quyền Hiệu trưởng", "0912", "x.example.vn", "THPT-002"]:
        assert secret_of_others not in html


def test_a_shared_computer_remembers_nothing_typed(client: FlaskClient, event: Event) -> None:
    html = body_of(client, unit_path(participations(event)[0]))
    typed = re.findall(
        r'<(?:input|textarea)\b[^>]*name="(?:full_name|position|phone|email)"[^>]*>', html
    )
    assert len(typed) == 4
    assert all('autocomplete="off"' in one for one in typed)


def test_a_free_position_is_taken(client: FlaskClient, event: Event) -> None:
    unit = unit_path(participations(event)[0])
    client.post(unit, data={"full_name": "Phạm Thu Hiên", "position": "Tổ trưởng chuyên môn"})
    assert "Tổ trưởng chuyên môn" in words_of(client.get(unit))


# ---------------------------------------------------------------- the kept page, the clock, the work


def test_a_kept_page_is_each_units_own(app: Flask, event: Event) -> None:
    first, second = participations(event)[:2]
    seen = {one.code: body_of(app.test_client(), unit_path(one)) for one in (first, second)}
    for one, other in ((first, second), (second, first)):
        html = seen[one.code]
        assert one.name in html
        assert unit_secret(one) in html
        for foreign in (other.name, other.code, unit_secret(other)):
            assert foreign not in html
        assert "\ue000" not in html


@pytest.mark.parametrize("first", [-0.5, 0.0])
def test_a_kept_page_does_not_outlive_the_cut_off(
    client: FlaskClient, event: Event, frozen_clock: FrozenClock, first: float
) -> None:
    unit = unit_path(participations(event)[0])
    for seconds in (first, -0.5 - first):
        at(frozen_clock, TOO_LATE + timedelta(seconds=seconds))
        late = "Gửi đề nghị bổ sung" in words_of(client.get(unit))
        assert late == (seconds >= 0), seconds


def test_the_servers_time_is_asked_without_an_entry_in_any_cache(
    client: FlaskClient, app: Flask, frozen_clock: FrozenClock
) -> None:
    answer = client.get("/time")
    assert datetime.fromisoformat(answer.get_data(as_text=True)) == frozen_clock.at
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers.getlist("Set-Cookie") == []


def test_the_style_sheet_is_asked_for_before_the_page_is_there(
    client: FlaskClient, event: Event
) -> None:
    answer = client.get(unit_path(participations(event)[0]))
    html = answer.get_data(as_text=True)
    style = re.findall(r'<link rel="stylesheet" href="([^"]+)"', html)
    assert answer.headers["Link"] == f"<{style[0]}>; rel=preload; as=style"
    assert "icons-" not in html  # the few icons stand in the page


QUERIES = {"entered": 8, "received": 8, "letter": 8, "waiting": 8, "late": 7}


@pytest.mark.parametrize("state", QUERIES)
def test_queries_are_pinned(
    client: FlaskClient, event: Event, state: str, frozen_clock: FrozenClock
) -> None:
    unit = unit_in(event, state, frozen_clock)
    client.get(unit)  # the first opening is noted, and that of a letter
    client.application.extensions["unchanged"].clear()
    db.session.remove()
    with counted_queries() as sent:
        drawn = client.get(unit)
    assert len(sent) == QUERIES[state], "\n\n".join(sent)
    db.session.remove()
    with counted_queries() as sent:
        shown = client.get(unit)
    assert sent == []  # the driver itself asks whether anything changed
    assert shown.get_data() == drawn.get_data()


def test_a_withdrawal_stays_on_the_page_whoever_made_it(client: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    entry = enter(unit, "Phạm Thu Hiên").registration
    with unit_of_work():
        withdraw(entry, unit, by=DESK, now=IN_TIME + timedelta(minutes=5))
    page = words_of(client.get(unit_path(unit)))
    assert "Đã rút đăng ký Sở đã ghi nhận lúc 09:05 ngày 26/02/2024." in page
    assert "Gửi đăng ký" in page
