"""A unit that lost its link: one answer for everybody, the mail to the address on file."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.core import clock
from app.core.clock import forget_now
from app.core.database import unit_of_work
from app.core.limits import Attempt
from app.events.links import unit_url
from app.events.models import Event, Participation
from app.events.services import move_event
from app.extensions import db
from app.mail.models import Message, MessageState
from app.mail.rendering import render
from app.unit_pages import lost_links
from app.unit_pages.lost_links import Directory, answer_lost_links, exact_key, loose_key
from app.unit_pages.models import LinkRequest
from app.units.models import Unit
from config import Settings
from tests.conftest import FrozenClock, make_settings
from tests.factories.events import DESK, OPENED, make_event, make_unit, participations
from tests.factories.queries import counted_queries
from tests.factories.units import unit_path, words_of

NOBODY = "Trường THPT Không Có"
NAME = "Trường THPT Thử 001"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(units=3)


def ask(client: FlaskClient, typed: str, sender: str = "192.0.2.1") -> Any:
    forget_now()
    return client.post("/links", data={"unit": typed}, environ_base={"REMOTE_ADDR": sender})


def mails() -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def asked_mails(client: FlaskClient, typed: str) -> list[Message]:
    assert ask(client, typed).status_code == 303
    answer_lost_links()
    return mails()


# ---------------------------------------------------------------- who is meant


@pytest.mark.parametrize(
    "typed",
    [
        "THPT-001", "thpt 001", "THPT001", " Trường THPT Thử 001 ", "TRƯỜNG THPT THỬ 001",
        "truong thpt thu 001", "THPT Thử 001", "Trường Trung học phổ thông Thử 001",
        "Tru\u031bo\u031b\u0300ng THPT Thu\u031b\u0309 001", "“Trường THPT Thử 001”", "PTTH Thử 001",
    ],
)  # fmt: skip
def test_each_spelling_of_code_and_name_finds_the_unit(
    client: FlaskClient, event: Event, typed: str
) -> None:
    (mail,) = asked_mails(client, typed)
    one = participations(event)[0]
    assert (mail.recipient, mail.template) == ("thpt-001@example.vn", "lost_link")
    assert [link["url"] for link in mail.context["links"]] == [unit_url(one)]


@pytest.mark.parametrize(
    "typed", [NOBODY, "THPT", "Trường", "001", "%", "THPT-00", "thpt-001@example.vn", "---", "|"]
)
def test_part_of_a_name_finds_nobody(client: FlaskClient, event: Event, typed: str) -> None:
    assert asked_mails(client, typed) == []
    assert count(LinkRequest) == 0


def test_an_alias_of_the_register_finds_the_unit(client: FlaskClient, event: Event) -> None:
    with unit_of_work():
        db.session.scalars(select(Unit).where(Unit.code == "THPT-002")).one().aliases = ["THPT NQ"]
    (mail,) = asked_mails(client, "thpt nq")
    assert mail.recipient == "thpt-002@example.vn"


def test_centres_and_offices_are_found_by_their_usual_short_names() -> None:
    for one, other in (
        ("TT GDNN-GDTX huyện An Lão",
         "Trung tâm Giáo dục nghề nghiệp - Giáo dục thường xuyên huyện An Lão"),
        ("Phòng GD&ĐT quận Lê Chân", "Phòng Giáo dục và Đào tạo quận Lê Chân"),
        ("PGDĐT quận Lê Chân", "Phòng Giáo dục và Đào tạo quận Lê Chân"),
        ("BCĐ huyện An Lão", "ban chỉ đạo huyện An Lão"),
    ):  # fmt: skip
        assert loose_key(one) == loose_key(other)
    assert exact_key("Thủy Nguyên") == exact_key("THUỶ  NGUYÊN") != exact_key("Thụy Nguyên")


def test_marks_tell_units_apart_and_without_them_each_gets_its_own(
    client: FlaskClient, app: Flask, frozen_clock: FrozenClock
) -> None:
    with unit_of_work():
        make_unit("A-1", "Trường THPT Lê Lợi", email="loi@example.vn")
        make_unit("A-2", "Trường THPT Lê Lôi", email="loi2@example.vn")
    make_event(units=0)
    assert [one.recipient for one in asked_mails(client, "Trường THPT Lê Lôi")] == [
        "loi2@example.vn"
    ]
    both = asked_mails(client, "thpt le loi")
    assert {one.recipient for one in both} == {"loi@example.vn", "loi2@example.vn"}
    own = {one.recipient: one.context["unit"] for one in both}
    assert own["loi@example.vn"] == "Trường THPT Lê Lợi"


def test_a_name_of_too_many_is_nobodys(app: Flask, frozen_clock: FrozenClock) -> None:
    with unit_of_work():
        for number in range(lost_links.NAMESAKES_MOST + 1):
            make_unit(f"B-{number}", "Trường THPT Trùng Tên")
    make_event(units=0)
    assert Directory().meant("THPT Trùng Tên") == []
    assert len(Directory().meant("B-0")) == 1


# ---------------------------------------------------------------- what goes out


def test_every_present_event_of_the_unit_is_in_one_mail(client: FlaskClient, event: Event) -> None:
    with unit_of_work():
        first = db.session.get_one(Event, event.id)
        move_event(first, "closed", by=DESK, now=OPENED)
    later = make_event(units=0, slug="dot-hai", short_title="Tập huấn đợt hai")
    make_event(units=0, slug="ban-nhap", short_title="Còn là bản nháp", state="draft")
    (mail,) = asked_mails(client, NAME)
    own = [unit_url(participations(one)[0]) for one in (later, event)]
    assert [link["url"] for link in mail.context["links"]] == own
    assert mail.event_id == later.id
    subject, text, html = render(
        mail.template, mail.context, event_id=mail.event_id, recipient_name=mail.recipient_name
    )
    assert subject == f"Gửi lại đường dẫn của {NAME}"
    for url in own:
        assert url in text and url in html
    assert "bản nháp" not in text


def test_archived_events_are_left_alone(client: FlaskClient, event: Event) -> None:
    for state in ("closed", "archived"):
        with unit_of_work():
            move_event(db.session.get_one(Event, event.id), state, by=DESK, now=OPENED)
    assert asked_mails(client, NAME) == []


def test_the_mail_goes_to_the_address_on_file_and_the_desk_sees_it(
    client: FlaskClient, event: Event
) -> None:
    client.post("/links", data={"unit": NAME, "email": "ai-do@example.vn", "to": "x@example.vn"})
    answer_lost_links()
    assert [one.recipient for one in mails()] == ["thpt-001@example.vn"]
    one = participations(event)[0]
    assert one.link_sent_at == clock.now()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "link.asked")).one()
    assert (entry.thing_id, entry.actor_kind) == (one.id, "system")


def test_a_unit_without_address_is_one_failed_mail_at_the_desk(
    client: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    with unit_of_work():
        participations(event)[0].email = None
    for _turn in range(3):
        asked_mails(client, NAME)
        frozen_clock.at += timedelta(hours=1)
    (mail,) = mails()
    assert (mail.state, mail.error_code) == (MessageState.FAILED, "no_address")
    assert participations(event)[0].link_sent_at is None


def test_a_mailbox_is_not_flooded(
    client: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    """However many ask, from however many places and in however many spellings."""
    spellings = (NAME, "thpt-001", "THPT Thử 001", "thpt thu 001")
    for minute in range(30):
        for number, typed in enumerate(spellings):
            ask(client, typed, sender=f"192.0.2.{minute * 4 + number}")
        answer_lost_links()
        frozen_clock.at += timedelta(minutes=1)
    assert len(mails()) == 2  # of half an hour
    (first, second) = mails()
    assert second.created_at - first.created_at >= lost_links.PAUSE


def test_the_text_is_forgotten_once_it_is_answered(client: FlaskClient, event: Event) -> None:
    ask(client, NAME), ask(client, NOBODY)
    assert count(LinkRequest) == 2
    assert answer_lost_links() == 2
    assert count(LinkRequest) == 0
    assert answer_lost_links() == 0


def test_a_lost_task_is_made_up_by_the_minutes_look(app: Flask) -> None:
    queue = app.extensions["queue"]
    assert queue._tasks[lost_links.TASK] == (answer_lost_links, True)


def test_without_the_queue_the_request_is_still_stored(
    client: FlaskClient, event: Event, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    (settings.data_dir / "queue.db").mkdir()  # where the queue's file would be
    assert ask(client, NAME).status_code == 303
    assert answer_lost_links() == 1
    assert len(mails()) == 1
    assert "queue cannot be written: OperationalError" in caplog.messages


@pytest.mark.both_databases
def test_on_both_databases(app: Flask, frozen_clock: FrozenClock) -> None:
    make_event(units=2)
    for typed in ("thpt-002", NOBODY):
        ask(app.test_client(), typed)
    assert answer_lost_links() == 2
    assert [one.recipient for one in mails()] == ["thpt-002@example.vn"]


# ---------------------------------------------------------------- nobody learns anything


def test_the_answer_is_the_same_whatever_was_typed(client: FlaskClient, event: Event) -> None:
    with unit_of_work():
        participations(event)[1].email = None
    answers = {}
    for typed in (NAME, "Trường THPT Thử 002", NOBODY, "x" * 300, "<b>&"):
        sent = ask(client, typed)
        shown = client.get(sent.headers["Location"])
        answers[typed] = (sent.status_code, sent.headers["Location"], sent.data, shown.text)
    assert len(set(answers.values())) == 1
    assert "Việc tiếp theo" in answers[NAME][3]


def test_the_request_sends_the_same_statements(client: FlaskClient, event: Event) -> None:
    with unit_of_work():
        participations(event)[1].email = None
    ask(client, "warm up")
    sent = {}
    for typed in (NAME, "Trường THPT Thử 002", NOBODY):
        with counted_queries() as statements:
            ask(client, typed)
        sent[typed] = tuple(statements)
    assert len(set(sent.values())) == 1
    assert not any("unit" in one.replace("link_request", "") for one in sent[NAME])
    assert mails() == []  # nothing of the matching happens here


def test_the_request_takes_the_same_time(client: FlaskClient, event: Event) -> None:
    """Medians of interleaved requests; the bound is generous, the statements above are exact."""
    taken: dict[str, list[float]] = {NAME: [], NOBODY: []}
    for number in range(60):
        for typed in (NAME, NOBODY) if number % 2 else (NOBODY, NAME):
            with unit_of_work():
                db.session.query(Attempt).delete()
            begun = time.perf_counter()
            ask(client, typed)
            taken[typed].append(time.perf_counter() - begun)
    known, unknown = (statistics.median(taken[one]) for one in (NAME, NOBODY))
    assert 0.5 < known / unknown < 2


def test_one_sender_is_stopped_with_a_sentence(
    client: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    for number in range(lost_links.SENDER_MOST):
        assert ask(client, f"THPT-{number}").status_code == 303
    known, unknown = ask(client, "THPT-003"), ask(client, NOBODY)
    assert known.status_code == unknown.status_code == 429
    assert words_of(known).replace("THPT-003", "") == words_of(unknown).replace(NOBODY, "")
    assert "Đã thử quá nhiều lần" in words_of(known)
    assert ask(client, NAME, sender="192.0.2.9").status_code == 303  # others are not
    frozen_clock.at += lost_links.SENDER_WITHIN + timedelta(seconds=1)
    assert ask(client, NAME).status_code == 303


@pytest.mark.parametrize("typed", [NAME, NOBODY])
def test_a_text_asked_for_too_often_gets_the_same_answer_and_no_row(
    client: FlaskClient, event: Event, typed: str
) -> None:
    answers = set()
    for number in range(lost_links.TYPED_MOST + 3):
        answer = ask(client, typed, sender=f"192.0.2.{number}")
        answers.add((answer.status_code, answer.data))
    assert len(answers) == 1
    assert count(LinkRequest) == lost_links.TYPED_MOST


def test_the_page_of_the_answer_comes_without_asking_the_register(
    client: FlaskClient, event: Event
) -> None:
    with counted_queries() as statements:
        client.get("/links?asked=1")
    assert not any("participation" in one or "FROM unit" in one for one in statements)


# ---------------------------------------------------------------- the form


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Hãy nhập mã hoặc tên đơn vị."),
        ("   \u200b", "Hãy nhập mã hoặc tên đơn vị."),
        ("a" * 301, "Tên dài quá 300 chữ."),
    ],
)
def test_a_form_not_filled_is_said_at_the_field(
    client: FlaskClient, event: Event, typed: str, sentence: str
) -> None:
    answer = ask(client, typed)
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert count(LinkRequest) == count(Attempt) == 0


def test_without_the_hidden_token_nothing_is_written(app: Flask) -> None:
    from app import create_app

    settings = app.config["SETTINGS"]
    guarded = create_app(make_settings(settings.data_dir, settings.database_url), TESTING=True)
    with guarded.app_context():
        assert ask(guarded.test_client(), NAME).status_code == 400
        assert count(LinkRequest) == 0
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("asked", ["", "?asked=1"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_both_languages_and_whom_to_call(
    client: FlaskClient, event: Event, asked: str, language: str
) -> None:
    with unit_of_work():
        one = db.session.get_one(Event, event.id)
        one.contact = {**one.contact, "phone": "+842253822000", "email": "gdtx@example.vn"}
    client.post("/language", data={"lang": language})
    page = client.get(f"/links{asked}")
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert "gdtx@example.vn" in page.text and "tel:+842253822000" in page.text


def test_without_any_event_the_page_stands(client: FlaskClient, app: Flask) -> None:
    assert client.get("/links").status_code == 200
    assert client.get("/links?asked=1").status_code == 200


# ---------------------------------------------------------------- the way there


@pytest.mark.parametrize("path", ["/", "/events/tap-huan-2024", "/units/x", "/nowhere"])
def test_pages_for_units_show_the_way(client: FlaskClient, event: Event, path: str) -> None:
    page = client.get(path)
    assert 'href="/links"' in page.text
    if page.status_code == 404:
        assert "Đơn vị làm mất đường dẫn riêng?" in words_of(page)


def test_a_replaced_link_says_when_the_new_one_went(
    client: FlaskClient, event: Event, one_renewed: Callable[..., str]
) -> None:
    old = one_renewed(mail=True)
    answer = client.get(old)
    assert answer.status_code == 404
    assert (
        "Đường dẫn này đã được thay bằng đường dẫn mới gửi ngày 26/02/2024. "
        "Hãy mở thư mới nhất của Sở." in words_of(answer)
    )
    assert 'href="/links"' in answer.text
    assert NAME not in words_of(answer)


def test_a_replaced_link_not_mailed_names_no_day(
    client: FlaskClient, event: Event, one_renewed: Callable[..., str]
) -> None:
    answer = client.get(one_renewed(mail=False))
    assert "đã được thay bằng đường dẫn mới. Hãy mở" in words_of(answer)


@pytest.fixture
def one_renewed(event: Event) -> Callable[..., str]:
    """Renews the first unit's link → the path of the old one."""
    from app.events.links import renew_link

    def renewed(*, mail: bool) -> str:
        one: Participation = participations(event)[0]
        old = unit_path(one)
        with unit_of_work():
            renew_link(
                db.session.get_one(Participation, one.id),
                by=DESK, now=clock.now(), reason="Thử", mail=mail,
            )  # fmt: skip
        return old

    return renewed
