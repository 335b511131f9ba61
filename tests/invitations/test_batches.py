"""Letters to many: choice and dry run, trial, start, shared mailboxes, the page to watch."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.batches import Choice, start_letters
from app.invitations.models import Invitation
from app.invitations.queries import addressed, letter_secret
from app.invitations.services import void_letter
from app.mail.claims import Due
from app.mail.models import MailBatch, Message
from app.mail.tasks import sweep_outbox
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import make_event, make_unit, participations
from tests.factories.mails import Inbox, smtp_server, use_smtp
from tests.factories.queries import counted_queries
from tests.factories.registration import enter, person
from tests.factories.units import words_of

LIST = "/desk/events/tap-huan-2024/invitations"
BASE = f"{LIST}/batches"
SHARED = "chung@example.vn"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    """Five schools with a delegate, a committee without a name."""
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo Thử", kind="district_committee")
    made = make_event(seats=8, units=5)
    for number, unit in enumerate(schools(made)):
        enter(unit, person(number))
    sweep_outbox()  # their receipts
    return made


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def schools(event: Event) -> list[Participation]:
    return [one for one in participations(event) if one.kind == "high_school"]


def address(unit: Participation, email: str | None) -> None:
    with unit_of_work():
        db.session.get_one(Participation, unit.id).email = email


def together(event: Event, *units: Participation) -> None:
    for unit in units:
        address(unit, SHARED)
    with unit_of_work():
        db.session.get_one(Event, event.id).delivery = {"shared_mailbox": "together"}


def start(client: FlaskClient, **fields: Any) -> str:
    """→ the address of the batch's page."""
    answer = client.post(BASE, data={"key": "a-key-of-the-page", **fields})
    assert answer.status_code == 303, answer.text
    return answer.location


def figures(page: TestResponse) -> dict[str, str]:
    """The dry run's table: word → its figure."""
    rows = re.findall(r"<dt>([^<]+)</dt><dd><b class=\"num\">(\d+)", page.get_data(as_text=True))
    return dict(rows)


def states(event: Event) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    return [str(row.state) for row in addressed(db.session.get_one(Event, event.id))]


def mails(*where: Any) -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(
        select(Message)
        .where(Message.template.startswith("invitation"), *where)
        .order_by(Message.id)
        .execution_options(populate_existing=True)
    ))  # fmt: skip


def mails_now() -> list[Message]:
    """Inside a unit of work."""
    return list(db.session.scalars(select(Message).where(Message.template == "invitation")))


# ---------------------------------------------------------------- choice and dry run


def test_the_dry_run_says_who_gets_what_and_changes_nothing(
    desk: FlaskClient, event: Event
) -> None:
    first, second, *_ = schools(event)
    address(first, None)
    desk.post(f"{LIST}/send", data={"only": str(second.id)})
    before = len(mails())
    page = desk.get(f"{BASE}/new?state=unsent&state=queued")
    assert figures(page) == {
        "Gửi lần đầu": "5", "Đã có đúng bản này": "1", "Chưa có địa chỉ": "1", "Số thư": "4",
    }  # fmt: skip
    words = words_of(page)
    assert "Gửi 4 giấy mời" in words
    assert f"1 đơn vị chưa có địa chỉ {first.name}" in words
    assert len(mails()) == before


@pytest.mark.parametrize(
    ("query", "going"),
    [
        ("", 6), ("route=invitation", 1), ("route=registration", 5), ("kind=high_school", 5),
        ("kind=high_school&route=invitation", 0), ("state=sent", 0), ("state=failed", 0),
        ("route=nonsense&state=nonsense", 6),
    ],
)  # fmt: skip
def test_chosen_by_route_kind_and_state(
    desk: FlaskClient, event: Event, query: str, going: int
) -> None:
    page = words_of(desk.get(f"{BASE}/new?{query}"))
    assert f"{going} giấy mời sẽ gửi" in page


def test_chosen_by_hand_on_the_list(desk: FlaskClient, event: Event) -> None:
    ticked = [str(one.id) for one in schools(event)[:2]]
    page = desk.post(f"{BASE}/new", data={"ids": ticked})
    assert "2 giấy mời sẽ gửi" in words_of(page)
    assert f'name="ids" value="{",".join(ticked)}"' in page.get_data(as_text=True)
    everyone = desk.post(f"{BASE}/new?state=all&q=Thử 003", data={"everything": "1"})
    assert "1 giấy mời sẽ gửi" in words_of(everyone)
    nobody = desk.post(f"{BASE}/new", data={}, follow_redirects=True)
    assert "Chưa chọn ai." in words_of(nobody)


def test_units_of_another_event_are_never_chosen(desk: FlaskClient, event: Event) -> None:
    other = make_event(units=0, slug="khac", reserves=[])
    stranger = participations(other)[0]
    assert "0 giấy mời sẽ gửi" in words_of(desk.post(f"{BASE}/new", data={"ids": stranger.id}))
    start(desk, ids=str(stranger.id))
    sweep_outbox()
    assert mails() == []


def test_only_ready_letters_go_where_approval_is_demanded(desk: FlaskClient, event: Event) -> None:
    first = schools(event)[0]
    start(desk, ids=str(first.id))
    sweep_outbox()
    with unit_of_work():
        db.session.get_one(Event, event.id).delivery = {"approval": True}
        letter = db.session.scalars(select(Invitation)).one()
        letter.state = "approved"  # as if it had never gone: the number is missing
    run = figures(desk.get(f"{BASE}/new?kind=high_school"))
    assert (run["Gửi lần đầu"], run["Chưa được gửi"]) == ("0", "5")
    with unit_of_work():
        db.session.scalars(select(Invitation)).one().state = "ready"
        db.session.delete(mails_now()[0])
    assert figures(desk.get(f"{BASE}/new?kind=high_school"))["Gửi lần đầu"] == "1"
    page = start(desk, kind="high_school", key="another-key")
    sweep_outbox()
    assert [one.purpose for one in mails()] == [f"invitation:{letter.id}"]
    assert "4 giấy mời chưa được duyệt hoặc chưa có số, không gửi." in words_of(desk.get(page))


# ---------------------------------------------------------------- a trial


def test_a_trial_goes_to_oneself_and_counts_nowhere(
    app: Flask, desk: FlaskClient, event: Event
) -> None:
    page = desk.post(f"{BASE}/trial", data={"kind": "high_school"})
    assert "Thư thử đang được gửi tới desk@example.vn." in words_of(page)
    box = Inbox()
    with smtp_server(box) as port:
        use_smtp(app, port)
        sweep_outbox()
    [(to, mail)] = box.mails
    assert to == "desk@example.vn"
    assert "[Thử] Giấy mời" in mail["Subject"]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["Giay-moi-thu.pdf"]
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 0
    assert set(states(event)) == {"draft"}
    assert "6 giấy mời sẽ gửi" in words_of(desk.get(f"{BASE}/new"))


def test_nobody_to_show_is_said(desk: FlaskClient, event: Event) -> None:
    answer = desk.post(f"{BASE}/trial", data={"state": "failed"})
    assert answer.status_code == 409
    assert "Chưa có giấy mời nào trong lựa chọn này" in words_of(answer)


# ---------------------------------------------------------------- starting and watching


def test_started_on_a_page_written_by_the_worker_watched_to_the_end(
    desk: FlaskClient, event: Event
) -> None:
    page = start(desk, state="unsent", expected="6")
    assert mails() == []
    for text in ("Đang soạn thư", "/6 thư", "6 chờ gửi"):
        assert text in words_of(desk.get(page))
    assert 'hx-trigger="every 2s"' in desk.get(page).get_data(as_text=True)
    sweep_outbox()
    done = desk.get(page)
    for text in ("Đã gửi xong", "/6 thư", "6 đã gửi"):
        assert text in words_of(done)
    assert "hx-trigger" not in done.get_data(as_text=True)
    assert states(event) == ["sent"] * 6
    again = start(desk, key="pressed-later-again")
    sweep_outbox()
    assert len(mails()) == 6
    assert "6 người đã có đúng giấy mời này, không gửi lại." in words_of(desk.get(again))
    assert "6/6" in words_of(desk.get(BASE))


def test_two_batches_with_the_same_people_send_each_letter_once(
    desk: FlaskClient, event: Event
) -> None:
    start(desk)
    start(desk, key="from-another-window")
    assert start(desk) == start(desk)  # the first button again
    sweep_outbox()
    assert sorted(one.recipient for one in mails()) == sorted(
        one.email for one in participations(event)
    )


def test_htmx_gets_only_what_changes(desk: FlaskClient, event: Event) -> None:
    page = start(desk, expected="6")
    part = desk.get(page, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert '<div id="batch"' in part and "<html" not in part
    assert '<span id="batch-count" hx-swap-oob="true">6 thư</span>' in part  # the page's heading
    assert 'id="batch-stop" hx-preserve' in part and desk.get(page).text.count("batch-count") == 1
    sweep_outbox()
    ended = desk.get(page, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "Dừng hẳn lô này" not in ended  # nothing is left to stop


def test_pause_resume_stop_on_the_page(desk: FlaskClient, event: Event) -> None:
    page = start(desk)
    assert desk.post(f"{page}/pause").status_code == 303
    sweep_outbox()
    assert mails() == []
    assert "Gửi tiếp" in words_of(desk.get(page))
    desk.post(f"{page}/resume")
    sweep_outbox()
    assert states(event) == ["sent"] * 6
    second = start(desk, key="another-key")
    desk.post(f"{second}/stop")
    assert "Đã dừng hẳn" in words_of(desk.get(second))
    refused = desk.post(f"{second}/resume", follow_redirects=True)
    assert "Lô thư này đã dừng hẳn." in words_of(refused)
    assert desk.post(f"{page}/burn").status_code == 404


def test_what_failed_says_why_and_goes_again_by_hand(
    app: Flask, desk: FlaskClient, event: Event
) -> None:
    first, second, third, *_ = schools(event)
    address(third, None)
    box = Inbox()
    answers = {first.email: "550 5.1.1 no such user", second.email: "452 4.2.2 mailbox full"}
    box.rcpt = answers.get
    with smtp_server(box) as port:
        use_smtp(app, port)
        page = start(desk, ids=f"{first.id},{second.id},{third.id}")
        sweep_outbox()
        words = words_of(desk.get(page))
        for text in ("2 không gửi được", "1 đang thử lại", "Không có hộp thư này.",
                     "Hộp thư nhận đã đầy.", "Tự gửi lại lúc", "Đơn vị chưa có thư điện tử."):  # fmt: skip
            assert text in words
        box.rcpt = lambda address: None
        failed = next(one for one in mails() if one.recipient == first.email)
        back = desk.post(f"/desk/outbox/{failed.id}/address?from=batch",
                         data={"address": "moi@example.vn"})  # fmt: skip
        assert back.location == page
        sweep_outbox()
    assert [to for to, _mail in box.mails] == ["moi@example.vn"]


def test_a_batch_sends_again_what_did_not_arrive(
    app: Flask, desk: FlaskClient, event: Event
) -> None:
    unit = schools(event)[0]
    box = Inbox()
    box.rcpt = lambda address: "550 5.1.1 no such user"
    with smtp_server(box) as port:
        use_smtp(app, port)
        start(desk, ids=str(unit.id))
        sweep_outbox()
        box.rcpt = lambda address: None
        assert figures(desk.get(f"{BASE}/new?state=failed"))["Gửi lại"] == "1"
        page = start(desk, state="failed", key="another-key")
        sweep_outbox()
    assert len(box.mails) == 1
    assert "1 đã gửi" in words_of(desk.get(page))


def test_one_unit_the_rules_refuse_does_not_stop_the_others(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock
) -> None:
    """No seat is left for the committee's representative: its letter does not go."""
    with unit_of_work():
        make_unit("BCD-1", "Ban Chỉ đạo Thử", kind="district_committee")
    made = make_event(seats=2, units=2, state="closed")
    sign_in(client, make_account("desk"))
    page = start(client)
    sweep_outbox()
    assert client.get(page).status_code == 200
    batch = db.session.scalars(select(MailBatch)).one()
    assert batch.options["work"] == []
    assert made.slug in page


def test_letters_stay_as_they_were_when_they_went_into_the_outbox(
    desk: FlaskClient, event: Event
) -> None:
    start(desk, kind="high_school")
    sweep_outbox()
    before = [one.content for one in db.session.scalars(select(Invitation))]
    desk.post(f"{LIST}/number", data={"number": "214", "issued_on": "07/03/2024"})
    db.session.expire_all()
    assert [one.content for one in db.session.scalars(select(Invitation))] == before
    assert figures(desk.get(f"{BASE}/new?kind=high_school"))["Bản sửa đổi"] == "5"


# ---------------------------------------------------------------- shared mailboxes


def test_one_mail_each_unless_the_event_says_together(desk: FlaskClient, event: Event) -> None:
    for unit in schools(event)[:3]:
        address(unit, SHARED)
    assert "1 hộp thư chung của nhiều giấy mời" in words_of(desk.get(f"{BASE}/new"))
    start(desk)
    sweep_outbox()
    assert len(mails(Message.recipient == SHARED)) == 3
    answer = desk.post(f"{BASE}/mailboxes", data={"shared_mailbox": "together", "state": "sent"})
    assert answer.location.endswith("/batches/new?state=sent")
    db.session.expire_all()
    assert db.session.get_one(Event, event.id).delivery["shared_mailbox"] == "together"


@pytest.mark.both_databases
def test_one_mail_with_all_letters_and_each_letter_knows_it(
    app: Flask, client: FlaskClient, event: Event
) -> None:
    desk = client
    sign_in(desk, make_account("desk"))
    units = schools(event)
    together(event, *units[:3])
    with unit_of_work():
        lock_event(event.id).starts_at = datetime(2024, 3, 13, 1, 0, tzinfo=UTC)
    assert figures(desk.get(f"{BASE}/new?kind=high_school"))["Số thư"] == "3"
    box = Inbox()
    with smtp_server(box) as port:
        use_smtp(app, port)
        start(desk)
        sweep_outbox()
    mail = next(mail for to, mail in box.mails if to == SHARED)
    assert len([to for to, _mail in box.mails if to == SHARED]) == 1
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == [
        name for n, unit in enumerate(units[:3], 1)
        for name in (f"Giay-moi-{unit.code}-{n}.pdf", f"tap-huan-{unit.code}-{n}.ics")
    ]  # fmt: skip
    diaries = [
        Calendar.from_ical(part.get_payload(decode=True)).events[0]
        for part in mail.iter_attachments() if part.get_filename().endswith(".ics")
    ]  # fmt: skip
    assert len({str(one["uid"]) for one in diaries}) == 3  # one for each seat
    body = mail.get_body(("plain",)).get_content()
    letters = db.session.scalars(select(Invitation)).all()
    shown = [one for one in letters if letter_secret(one) in body.replace("\n", "")]
    assert len(shown) == 3
    assert states(event) == ["sent"] * 6
    start(desk, key="another-key")  # nobody gets it twice
    sweep_outbox()
    assert len(mails(Message.recipient == SHARED)) == 1


def test_a_letter_that_dies_before_the_mail_goes_is_taken_out_of_it(
    app: Flask, desk: FlaskClient, event: Event
) -> None:
    units = schools(event)
    together(event, *units[:3])
    page = start(desk)
    _prepared()
    desk.post(f"{page}/pause")
    dead = mails(Message.recipient == SHARED)[0].context["invitations"][0]
    with unit_of_work():
        letter = db.session.get_one(Invitation, dead)
        void_letter(letter, letter.registration.participation, by=SYSTEM, now=now())
    [mail] = mails(Message.recipient == SHARED)
    assert len(mail.context["letters"]) == len(mail.context["invitations"]) == 2
    assert dead not in mail.context["invitations"]
    for other in mail.context["invitations"]:
        with unit_of_work():
            letter = db.session.get_one(Invitation, other)
            void_letter(letter, letter.registration.participation, by=SYSTEM, now=now())
    assert mails(Message.recipient == SHARED) == []


def _prepared() -> None:
    from app.mail.batches import prepare_waiting

    prepare_waiting()


def test_the_delegates_own_mailbox_still_gets_a_copy(
    app: Flask, desk: FlaskClient, event: Event
) -> None:
    units = schools(event)
    together(event, *units[:2])
    with unit_of_work():
        entry = db.session.scalars(
            select(Registration).where(Registration.participation_id == units[0].id)
        ).one()
        entry.email = "hien@example.vn"
    start(desk, ids=f"{units[0].id},{units[1].id}")
    sweep_outbox()
    assert [one.recipient for one in mails()] == [SHARED, "hien@example.vn"]


# ---------------------------------------------------------------- files made ahead


def test_letters_made_together_are_the_letters_made_alone(
    app: Flask, desk: FlaskClient, event: Event
) -> None:
    import io

    import pdfplumber

    from app.invitations.letters import sent_pdf

    box = Inbox()
    with smtp_server(box) as port:
        use_smtp(app, port)
        start(desk)
        sweep_outbox()
    letters = {one.id: one for one in db.session.scalars(select(Invitation))}
    assert len(box.mails) == 6
    for message, (_to, mail) in zip(mails(), box.mails, strict=True):
        [part] = [one for one in mail.iter_attachments() if one.get_filename().endswith(".pdf")]
        with pdfplumber.open(io.BytesIO(part.get_content())) as made:
            assert len(made.pages) == 1
            text = made.pages[0].extract_text()
        with pdfplumber.open(io.BytesIO(sent_pdf(letters[message.thing_id]))) as alone:
            assert alone.pages[0].extract_text() == text


# ---------------------------------------------------------------- who may, and at what cost


def test_a_leader_watches_and_does_not_send(client: FlaskClient, event: Event) -> None:
    with unit_of_work():
        batch_id = start_letters(
            lock_event(event.id), Choice(), expected=6, key="k" * 8, by=SYSTEM, now=now()
        ).id
    sweep_outbox()
    sign_in(client, make_account("leader"))
    page = client.get(f"{BASE}/{batch_id}?view=all")
    assert "Đã gửi xong" in words_of(page)
    assert "@example.vn" not in page.get_data(as_text=True)
    for path in (f"{BASE}/new", f"{BASE}/trial", BASE, f"{BASE}/{batch_id}/stop"):
        assert client.post(path, data={}).status_code == 403


def test_a_batch_of_another_event_is_not_there(desk: FlaskClient, event: Event) -> None:
    page = start(desk)
    make_event(units=0, slug="khac", reserves=[])
    other = page.replace("tap-huan-2024", "khac")
    assert desk.get(other).status_code == 404
    assert desk.post(f"{other}/stop").status_code == 404
    assert desk.get(f"{BASE}/99999").status_code == 404


def test_as_many_queries_with_one_mail_as_with_sixty(
    app: Flask, client: FlaskClient, frozen_clock: FrozenClock
) -> None:
    made = make_event(seats=80, units=60)
    units = [one.id for one in schools(made)]
    for number, unit in enumerate(units):
        enter(db.session.get_one(Participation, unit), person(number))
    sign_in(client, make_account("desk"))

    def used(path: str) -> int:
        client.get(path)
        db.session.remove()
        with counted_queries() as sent:
            assert client.get(path).status_code == 200
        return len(sent)

    one = start(client, ids=str(units[0]))
    sweep_outbox()
    few = [used(f"{one}?view=all"), used(f"{BASE}/new?state=sent"), used(BASE)]
    many = start(client, key="another-key")
    sweep_outbox()
    assert [used(f"{many}?view=all"), used(f"{BASE}/new?state=sent"), used(BASE)] == few
    assert Due().claim(now()) is None
