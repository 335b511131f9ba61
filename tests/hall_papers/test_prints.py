"""The desk's page of badges, name plates, labels: chosen, looked at, printed, noted."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.events.models import Event
from app.extensions import db
from app.hall_papers.models import HallPrint
from app.hall_papers.print_rules import (
    KIND_WORDS,
    LAYOUTS,
    SeatsUnread,
    TooManySeats,
    look_of,
    rows_of,
    seats_of,
)
from app.hall_papers.prints import read_prints
from app.registration.codes import entry_code
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import amend
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, fill
from tests.printing.reading import codes, pages, texts

BASE = "/desk/events/tap-huan-2024/prints"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    made = make_event(seats=8, units=5)
    fill(made, 3)
    return made


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def notes() -> list[HallPrint]:
    return list(db.session.scalars(select(HallPrint).order_by(HallPrint.id)))


def paper(desk: FlaskClient, kind: str, **values: object) -> bytes:
    answer = desk.post(BASE, data={"kind": kind, "who": "all", **values})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text
    return answer.data


@pytest.mark.parametrize(
    ("kind", "layout"), [(kind, layout) for kind in LAYOUTS for layout in LAYOUTS[kind]][::2]
)
def test_a_look_notes_nothing_a_print_does(desk: FlaskClient, kind: str, layout: str) -> None:
    page = desk.get(BASE, query_string={"kind": kind, "layout": layout})
    assert page.status_code == 200 and "data:image/png;base64," in page.text
    assert notes() == []
    named = {"named": "y"} if kind == "seat" else {}
    answer = desk.post(BASE, data={"kind": kind, "layout": layout, "who": "all", **named})
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "attachment" in answer.headers["Content-Disposition"]
    (note,) = notes()
    assert (note.kind, note.layout, note.made_by) == (kind, layout, "Vũ Mai An")
    assert len(note.people) == (0 if kind == "poster" else 3)
    audit = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "prints.made")).one()
    assert audit.after == {"print": kind, "layout": layout, "registrations": len(note.people)}
    page = desk.get(BASE, query_string={"kind": kind}).text
    assert "Đã in lúc" in page and "bởi Vũ Mai An" in page
    assert str(LAYOUTS[kind][layout]) in page and str(KIND_WORDS[kind]) in page


def test_a_badge_carries_the_code_the_gate_reads(desk: FlaskClient, event: Event) -> None:
    people = db.session.scalars(select(Registration)).all()
    assert set(codes(paper(desk, "badge"))) == {entry_code(one) for one in people}


def test_only_the_new_and_the_changed(desk: FlaskClient, event: Event) -> None:
    paper(desk, "badge")
    assert "lần in trước (0)" in desk.get(BASE).text
    assert "Không có ai mới" in desk.get(BASE, query_string={"who": "new"}).text
    nobody = desk.post(BASE, data={"kind": "badge", "who": "new"})
    assert nobody.status_code == 422 and "Không có ai để in" in nobody.text
    assert "lần in trước (3)" in desk.get(BASE, query_string={"kind": "plate"}).text  # another kind

    first, second, _third = db.session.scalars(select(Registration).order_by(Registration.id)).all()
    with unit_of_work():
        amend(first, first.participation, Entry("Đỗ Tên Mới", "Hiệu trưởng"), by=DESK, now=IN_TIME)
        second.code_version += 1
    db.session.expire_all()
    pdf = paper(desk, "badge", who="new")
    words = pages(pdf)[0].extract_text()
    assert "Đỗ Tên Mới" in words and set(codes(pdf)) == {entry_code(first), entry_code(second)}
    assert [row[0] for row in notes()[-1].people] != [] and len(notes()[-1].people) == 2
    assert "lần in trước (0)" in desk.get(BASE).text


def test_a_new_code_changes_the_badge_not_the_plate(desk: FlaskClient, event: Event) -> None:
    paper(desk, "badge")
    paper(desk, "plate")
    with unit_of_work():
        db.session.scalars(select(Registration)).first().code_version += 1
    prints = read_prints(db.session.get_one(Event, event.id))
    assert (len(prints.fresh("badge")), len(prints.fresh("plate"))) == (1, 0)


def test_hand_picked_and_an_earlier_print_again(desk: FlaskClient, event: Event) -> None:
    one, _other, last = db.session.scalars(select(Registration).order_by(Registration.id)).all()
    page = desk.get(BASE, query_string={"who": "picked", "q": last.full_name}).text
    assert last.full_name in page and one.full_name not in page
    assert "Chưa chọn ai" in page
    page = desk.get(BASE, query_string={"who": "picked", "ids": [one.id], "q": "không ai"}).text
    assert one.full_name in page and f'name="ids" value="{one.id}"' in page  # stays ticked
    pdf = paper(desk, "badge", who="picked", ids=[one.id, last.id, "x", 10**12])
    assert set(codes(pdf)) == {entry_code(one), entry_code(last)}
    again = paper(desk, "plate", who=f"print-{notes()[0].id}")
    assert len(pages(again)) == 2


def test_one_group(desk: FlaskClient, event: Event) -> None:
    page = desk.get(BASE).text
    assert 'value="group-schools"' in page and 'value="group-committees"' not in page
    assert "Nhóm IV: Trường THPT (3)" in page
    assert len(pages(paper(desk, "plate", who="group-schools"))) == 3


def test_labels_begin_where_the_sheet_is_free(desk: FlaskClient, event: Event) -> None:
    (page,) = pages(paper(desk, "label", layout="24", first=4))
    assert min(one.y for one in texts(page)) > 37
    wrong = desk.post(BASE, data={"kind": "label", "layout": "24", "first": "25"})
    assert wrong.status_code == 422 and "từ 1 đến 24" in wrong.text
    assert len(notes()) == 1


def test_many_sheets_in_several_runs(
    desk: FlaskClient, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-used first sheet, the rest on fresh ones: the same as in one run."""
    monkeypatch.setattr("app.hall_papers.prints.SHEETS_A_RUN", 1)
    sheets = pages(paper(desk, "seat", layout="seat-24", rows="A", in_row="30", first=23))
    assert [page.extract_text().count("Hàng A") for page in sheets] == [2, 24, 4]
    assert len(pages(paper(desk, "plate"))) == 3


def test_seats(desk: FlaskClient, event: Event) -> None:
    (page,) = pages(paper(desk, "seat", rows="A-B", in_row="2", named="y"))
    words = page.extract_text()
    assert all(seat in words for seat in ("A1", "A2", "B1", "B2", "Người Thử"))
    bare = pages(paper(desk, "seat", rows="A", in_row="9"))
    assert len(bare) == 2 and "Người Thử" not in bare[0].extract_text()
    assert [len(one.people) for one in notes()] == [3, 0]
    few = desk.post(BASE, data={"kind": "seat", "rows": "A", "in_row": "2", "named": "y"})
    assert few.status_code == 422 and "Có 3 người mà chỉ có 2 ghế" in few.text
    odd = desk.get(BASE, query_string={"kind": "seat", "layout": "seat-8", "rows": "A-5"})
    assert "Hãy ghi các hàng như A-E" in odd.text


@pytest.mark.parametrize(
    ("text", "rows"),
    [("", []), ("a-c", ["A", "B", "C"]), ("1-3, 5", ["1", "2", "3", "5"]), ("A,A,B", ["A", "B"])],
)
def test_rows(text: str, rows: list[str]) -> None:
    assert rows_of(text) == rows


@pytest.mark.parametrize("text", ["A-5", "C-A", "9-2", "AB", "A;B", "-", "1-9999", "😀"])
def test_rows_that_cannot_be_read(text: str) -> None:
    with pytest.raises(SeatsUnread):
        rows_of(text)


def test_seats_in_their_order() -> None:
    assert seats_of(["A", "B"], 2, 9) == [("A", "1"), ("A", "2"), ("B", "1"), ("B", "2")]
    assert seats_of([], 0, 3) == [("", "1"), ("", "2"), ("", "3")]
    with pytest.raises(TooManySeats):
        seats_of(rows_of("1-100"), 101, 0)
    assert issubclass(TooManySeats, DomainError)


@pytest.mark.parametrize(
    ("kind", "look"),
    [
        ("district_committee", "I"), ("affiliated_unit", "II"), ("district_office", "III"),
        ("gdnn_gdtx_centre", "IV"), ("other", "other"), ("guest", "guest"),
        ("presenter", "presenter"), ("organiser", "organiser"),
    ],
)  # fmt: skip
def test_how_a_badge_tells_the_group(kind: str, look: str) -> None:
    assert look_of(kind) == look


def test_a_name_that_cannot_be_printed_is_named(desk: FlaskClient, event: Event) -> None:
    with unit_of_work():
        db.session.scalars(select(Registration)).first().full_name = "Lê 😀"
    seen = desk.get(BASE)
    assert seen.status_code == 200 and "“Lê 😀” có ký tự không in được" in seen.text
    answer = desk.post(BASE, data={"kind": "badge", "who": "all"})
    assert answer.status_code == 422 and "U+1F600" in answer.text
    assert notes() == []


def test_nobody_yet(client: FlaskClient, app: Flask, frozen_clock: FrozenClock) -> None:
    make_event(units=1)
    sign_in(client, make_account("desk"))
    page = client.get(BASE)
    assert page.status_code == 200 and "Chưa có ai đã có chỗ và có tên." in page.text
    assert client.post(BASE, data={"kind": "badge"}).status_code == 422


def test_what_nobody_offered_is_not_printed(desk: FlaskClient, event: Event) -> None:
    page = desk.get(BASE, query_string={"kind": "../x", "layout": "<b>", "who": "print-999"})
    assert (
        page.status_code == 200
        and "<b>" not in page.text.split("<main", 1)[1].split("<b>1")[0][:200]
    )
    make_event(units=0, slug="dot-khac")
    paper(desk, "badge")
    other = desk.get("/desk/events/dot-khac/prints", query_string={"who": f"print-{notes()[0].id}"})
    assert "Chưa có ai" in other.text


@pytest.mark.parametrize("role", ["leader", "hall"])
def test_who_may_not(client: FlaskClient, event: Event, role: str) -> None:
    sign_in(client, make_account(role))
    assert client.get(BASE).status_code == 403
    assert client.post(BASE, data={"kind": "badge"}).status_code == 403
    assert BASE not in client.get("/desk/events/tap-huan-2024/lists").text


def test_the_list_page_leads_here(desk: FlaskClient) -> None:
    assert f'href="{BASE}"' in desk.get("/desk/events/tap-huan-2024/lists").text


def test_queries_do_not_grow_with_people_and_prints(desk: FlaskClient, event: Event) -> None:
    paper(desk, "poster")
    with counted_queries() as few:
        desk.get(BASE)
    for kind in ("badge", "plate", "label"):
        paper(desk, kind)
    with counted_queries() as many:
        desk.get(BASE)
    assert len(many) == len(few)
