"""The desk's review: what came, the picture beside the entry, the decision, the next one."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from app.core.clock import forget_now
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.events.services import move_event
from app.extensions import db
from app.mail.models import Message
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import amend
from app.signed_forms.models import SignedForm
from app.signed_forms.queries import form_state
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, TOO_LATE, enter
from tests.factories.scans import degraded, form_page
from tests.factories.signed_forms import form_code, photographed, read_of, take
from tests.factories.units import typed_values, words_of

JUDGED = {
    "name_row": "same",
    "position_row": "same",
    "signature_row": "there",
    "seal_row": "there",
    "do": "accept",
}


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(seats=9, units=6)


@pytest.fixture
def entries(event: Event) -> list[Registration]:
    names = ["Phạm Thu Hiên", "Tạ Đăng Khuê", "Bùi Thị Lan", "Đỗ Văn Minh"]
    units = participations(event)
    return [enter(unit, name).registration for unit, name in zip(units, names, strict=False)]


@pytest.fixture
def desk(app: Flask, client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def base(event: Event) -> str:
    return f"/desk/events/{event.slug}/signed-forms"


def send(registration: Registration, *codes: str | None, minutes: int = 0) -> SignedForm:
    unit = db.session.get_one(Participation, registration.participation_id)
    found = take(unit, registration, read_of(*codes), now=IN_TIME + timedelta(minutes=minutes))
    assert found.signed_form is not None
    return found.signed_form


def state_of(form: SignedForm) -> str:
    db.session.rollback()
    return db.session.get_one(SignedForm, form.id).state


def decide(desk: FlaskClient, event: Event, form: SignedForm, **changes: str):  # type: ignore[no-untyped-def]
    address = f"{base(event)}/{form.id}"
    mark = typed_values(desk.get(address))["mark"]
    forget_now()
    return desk.post(address, data={"mark": mark, **JUDGED, **changes})


# ---------------------------------------------------------------- the list


def test_tabs_count_and_show_units_by_state(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    send(entries[0], None)
    send(entries[1], form_code(entries[1]))
    page = words_of(desk.get(base(event)))
    assert "Cần xem 1 Đã nhận 1 Đã duyệt 0 Chưa gửi 2" in page
    assert "Phạm Thu Hiên" in page
    assert "Tạ Đăng Khuê" not in page
    assert "Tạ Đăng Khuê" in words_of(desk.get(f"{base(event)}?tab=received"))
    missing = words_of(desk.get(f"{base(event)}?tab=missing"))
    assert "Bùi Thị Lan" in missing
    assert "Đỗ Văn Minh" in missing
    assert "Chưa gửi bản ký" not in words_of(desk.get(f"{base(event)}?tab=accepted"))


def test_search_ignores_marks(desk: FlaskClient, event: Event, entries: list[Registration]) -> None:
    found = words_of(desk.get(f"{base(event)}?tab=missing&q=dang%20khue"))
    assert "Tạ Đăng Khuê" in found
    assert "Bùi Thị Lan" not in found


def test_list_sends_as_many_queries_with_many_rows(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    send(entries[0], form_code(entries[0]))
    address = f"{base(event)}?tab=received"
    desk.get(address)
    with counted_queries() as one:
        desk.get(address)
    for entry in entries[1:]:
        send(entry, form_code(entry))
    with counted_queries() as four:
        desk.get(address)
    assert len(four) == len(one)


def test_table_of_entries_shows_and_filters_by_the_form(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    send(entries[0], None)
    send(entries[1], form_code(entries[1]))
    table = f"/desk/events/{event.slug}/registrations"
    page = words_of(desk.get(table))
    assert "Cần xem" in page
    assert "Đã nhận" in page
    doubtful = words_of(desk.get(f"{table}?form=doubtful"))
    assert "Phạm Thu Hiên" in doubtful
    assert "Tạ Đăng Khuê" not in doubtful
    assert "Bùi Thị Lan" in words_of(desk.get(f"{table}?form=none"))
    assert "Tạ Đăng Khuê" in words_of(desk.get(f"{table}?form=nonsense"))


def test_entry_dashboard_and_menu_say_the_same(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    entry = desk.get(f"/desk/events/{event.slug}/registrations/{entries[0].id}")
    assert "Bản ký cần xem" in words_of(entry)
    assert f"{base(event)}/{form.id}" in entry.get_data(as_text=True)
    dashboard = words_of(desk.get(f"/desk/events/{event.slug}/"))
    assert "1 bản ký cần xem" in dashboard
    assert "0 đã có bản ký, 3 chưa" in dashboard
    assert "Bản ký 1" in dashboard


# ---------------------------------------------------------------- decisions


def test_accepting_needs_every_row_judged(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    answer = decide(desk, event, form, name_row="", seal_row="")
    assert answer.status_code == 422
    page = words_of(answer)
    assert "Hãy chọn Khớp hoặc Khác." in page
    assert "Hãy chọn Đủ hoặc Thiếu." in page
    assert state_of(form) == "doubtful"


def test_what_lacks_the_seal_is_not_accepted(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    answer = decide(desk, event, form, seal_row="lacks")
    assert answer.status_code == 422
    assert "Còn thiếu, chưa duyệt được" in words_of(answer)
    assert state_of(form) == "doubtful"


def test_next_doubtful_one_follows(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    later, first = send(entries[0], None, minutes=9), send(entries[1], None)
    answer = decide(desk, event, first)
    assert answer.location == f"{base(event)}/{later.id}"
    assert state_of(first) == "accepted"
    assert decide(desk, event, later).location == base(event)
    assert form_state(entries[0]).form.form_version == 1
    logged = "Duyệt bản ký"
    address = f"/desk/events/{event.slug}/registrations/{entries[0].id}"
    assert logged in words_of(desk.get(address))


def test_name_on_the_paper_puts_the_entry_right_and_the_form_stands(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], form_code(entries[0]))
    answer = decide(desk, event, form, name_row="differs", paper_name="Phạm Thị Hiên")
    assert answer.status_code == 303
    db.session.rollback()
    entry = db.session.get_one(Registration, entries[0].id)
    assert (entry.full_name, entry.position, entry.form_version) == (
        "Phạm Thị Hiên",
        "Hiệu trưởng",
        2,
    )
    assert form_state(entry).state == "accepted"


def test_differs_without_words_is_asked_for(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    answer = decide(desk, event, form, position_row="differs", paper_position="")
    assert answer.status_code == 422
    assert "Hãy chọn hoặc nhập chức vụ" in words_of(answer)


def test_refusing_tells_the_unit_why_and_leaves_the_seat(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    assert decide(desk, event, form, do="refuse").status_code == 422
    answer = decide(desk, event, form, do="refuse", sentence="Bản ký thiếu dấu.")
    assert answer.status_code == 303
    assert state_of(form) == "refused"
    mail = db.session.scalars(
        select(Message).where(Message.template == "signed_form_refused")
    ).one()
    assert mail.context["sentence"] == "Bản ký thiếu dấu."
    entry = db.session.get_one(Registration, entries[0].id)
    assert (entry.state, form_state(entry).state) == ("confirmed", "refused")


def test_decision_on_what_changed_meanwhile_does_nothing(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    address = f"{base(event)}/{form.id}"
    mark = typed_values(desk.get(address))["mark"]
    with unit_of_work():
        entry = db.session.get_one(Registration, entries[0].id)
        new = Entry("Phạm Thu Hiên", "Phó Hiệu trưởng")
        amend(entry, entry.participation, new, by=DESK, now=IN_TIME)
    forget_now()
    answer = desk.post(address, data={"mark": mark, **JUDGED}, follow_redirects=True)
    assert "Chưa ghi gì" in words_of(answer)
    assert state_of(form) == "doubtful"


def test_accepted_one_is_not_accepted_again(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    address = f"{base(event)}/{form.id}"
    mark = typed_values(desk.get(address))["mark"]
    assert decide(desk, event, form).status_code == 303
    answer = desk.post(address, data={"mark": mark, **JUDGED}, follow_redirects=True)
    assert "Chưa ghi gì" in words_of(answer)


def test_several_matched_by_their_code_are_accepted_at_once(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    matched = [send(one, form_code(one)) for one in entries[:2]]
    doubtful, other = send(entries[2], None), send(entries[3], form_code(entries[3]))
    ids = [matched[0].id, matched[1].id, doubtful.id, 99_999]
    answer = desk.post(f"{base(event)}/accept", data={"ids": ids}, follow_redirects=True)
    assert "Đã duyệt 2 bản ký." in words_of(answer)
    assert [state_of(one) for one in matched] == ["accepted", "accepted"]
    assert (state_of(doubtful), state_of(other)) == ("doubtful", "received")
    desk.post(f"{base(event)}/accept", data={"everything": "1"})
    assert (state_of(doubtful), state_of(other)) == ("doubtful", "accepted")


def test_nothing_chosen_is_said(desk: FlaskClient, event: Event) -> None:
    answer = desk.post(f"{base(event)}/accept", data={}, follow_redirects=True)
    assert "Chưa chọn bản nào" in words_of(answer)


# ---------------------------------------------------------------- the picture


def test_turning_a_page_turns_it_for_everybody(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    address = f"{base(event)}/{form.id}/pages/1"
    before = desk.get(f"{address}.jpg")
    assert desk.post(f"{address}/turn").status_code == 303
    after = desk.get(f"{address}.jpg", headers={"If-None-Match": before.headers["ETag"]})
    assert Image.open(io.BytesIO(before.data)).size == (60, 80)
    assert Image.open(io.BytesIO(after.data)).size == (80, 60)
    turned = Image.open(io.BytesIO(after.data)).convert("L")
    assert turned.getpixel((0, 30)) > turned.getpixel((79, 30))  # its dark top lies at the right
    assert state_of(form) == "doubtful"


def test_page_that_is_not_there_is_not_turned(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    assert desk.post(f"{base(event)}/{form.id}/pages/2/turn").status_code == 404
    assert desk.get(f"{base(event)}/{form.id}/pages/2.jpg").status_code == 404


def test_form_of_another_event_is_not_found(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    elsewhere = make_event(units=0, slug="khac")
    assert desk.get(f"{base(elsewhere)}/{form.id}").status_code == 404
    assert desk.get(f"{base(elsewhere)}/{form.id}/pages/1.jpg").status_code == 404
    assert desk.post(f"{base(elsewhere)}/{form.id}", data=JUDGED).status_code == 404


def test_leader_looks_and_changes_nothing(
    app: Flask, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    leader = app.test_client()
    sign_in(leader, make_account("leader"))
    page = leader.get(f"{base(event)}/{form.id}")
    assert page.status_code == 200
    assert "Duyệt bản ký" not in words_of(page)
    assert leader.post(f"{base(event)}/{form.id}", data=JUDGED).status_code == 403


def test_archived_event_is_only_looked_at(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    form = send(entries[0], None)
    mark = typed_values(desk.get(f"{base(event)}/{form.id}"))["mark"]
    with unit_of_work():
        found = db.session.get_one(Event, event.id)
        move_event(found, "closed", by=DESK, now=IN_TIME)
        move_event(found, "archived", by=DESK, now=IN_TIME)
    answer = desk.post(f"{base(event)}/{form.id}", data={"mark": mark, **JUDGED})
    assert answer.status_code == 409
    assert state_of(form) == "doubtful"


# ---------------------------------------------------------------- what came by mail


def test_scan_from_a_mail_finds_its_unit_by_itself(
    desk: FlaskClient, event: Event, entries: list[Registration], frozen_clock: FrozenClock
) -> None:
    frozen_clock.at = TOO_LATE
    forget_now()
    sent = {
        "file": (io.BytesIO(photographed(form_code(entries[2]))), "thu.jpg"),
        "source": "mail",
        "came_day": "05/03/2024",
        "came_hour": "16:30",
    }
    answer = desk.post(f"{base(event)}/new", data=sent)
    assert answer.status_code == 303
    db.session.rollback()
    standing = form_state(entries[2])
    assert (standing.state, standing.on_time, standing.form.source) == ("received", True, "mail")


def test_scan_from_a_mail_without_a_code_needs_a_unit(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    blank = degraded(form_page("1" * 32), seed=1, dpi=100)

    def sent() -> dict[str, object]:
        return {"file": (io.BytesIO(blank), "thu.jpg"), "source": "mail"}

    answer = desk.post(f"{base(event)}/new", data=sent())
    assert answer.status_code == 422
    assert "chưa biết bản này của đơn vị nào" in words_of(answer)
    forget_now()
    answer = desk.post(f"{base(event)}/new?registration={entries[0].id}", data=sent())
    assert answer.status_code == 303
    db.session.rollback()
    assert form_state(entries[0]).state == "doubtful"


def test_moment_to_come_is_refused(
    desk: FlaskClient, event: Event, entries: list[Registration]
) -> None:
    sent = {"source": "mail", "came_day": "05/03/2024", "came_hour": "16:30"}
    answer = desk.post(f"{base(event)}/new", data=sent)
    assert answer.status_code == 422
    assert "Lúc này chưa tới" in words_of(answer)
