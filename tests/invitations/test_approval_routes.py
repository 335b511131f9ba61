"""Pages of approval: who may do what, two taps, numbers pasted, scans matched by their code."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.invitations import approvals
from app.invitations.letter_files import outgoing_pdf, real_file
from app.invitations.models import Approval, Invitation, LetterFile
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event
from tests.factories.registration import IN_TIME, fill
from tests.factories.units import words_of

BASE = "/desk/events/tap-huan-2024/approvals"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    event = make_event(seats=3, units=3, approval=True)
    fill(event, 3)
    return event


class Person(FlaskClient):
    """The test's context outlives its requests: who asked last is forgotten."""

    def open(self, *args: Any, **values: Any) -> Any:
        for name in ("actor", "_login_user", "identity"):
            g.pop(name, None)
        return super().open(*args, **values)


def as_role(app: Flask, role: str) -> FlaskClient:
    app.test_client_class = Person
    client = app.test_client()
    sign_in(client, make_account(role))
    return client


@pytest.fixture
def desk(app: Flask, event: Event) -> FlaskClient:
    return as_role(app, "desk")


@pytest.fixture
def leader(app: Flask, event: Event) -> FlaskClient:
    return as_role(app, "leader")


def newest() -> Approval:
    db.session.expire_all()
    return db.session.scalars(select(Approval).order_by(Approval.id.desc())).first()  # type: ignore[return-value]


def letters() -> list[Invitation]:
    return list(db.session.scalars(
        select(Invitation).order_by(Invitation.id).execution_options(populate_existing=True)
    ))  # fmt: skip


def two_taps(leader: FlaskClient) -> str:
    path = f"{BASE}/{newest().id}"
    first = leader.get(path)
    assert f"{path}/approve" in first.text
    second = leader.get(f"{path}/approve")
    mark = re.search(r'name="mark"[^>]*value="([0-9a-f]{64})"', second.text)
    assert mark is not None
    return words_of(leader.post(f"{path}/approve", data={"mark": mark[1]}, follow_redirects=True))


def test_the_path_from_the_desk_to_the_leader_and_back(
    desk: FlaskClient, leader: FlaskClient
) -> None:
    page = words_of(desk.post(f"{BASE}/submit", data={"note": "Kính trình"}, follow_redirects=True))
    assert "Đã trình lãnh đạo 3 thư." in page
    shown = words_of(leader.get(f"{BASE}/{newest().id}"))
    assert "Giấy mời cho 3 nơi" in shown and "Kính trình" in shown
    assert leader.get(f"{BASE}/{newest().id}.png").data.startswith(b"\x89PNG")
    paper = leader.get(f"{BASE}/{newest().id}.pdf").data
    assert len(pypdfium2.PdfDocument(paper)) == 3
    assert "Đã duyệt 3 thư." in two_taps(leader)
    assert {one.state for one in letters()} == {"approved"}


def test_a_change_between_the_taps_approves_nothing(
    desk: FlaskClient, leader: FlaskClient, event: Event
) -> None:
    desk.post(f"{BASE}/submit", data={})
    digest = newest().digest
    with unit_of_work():
        db.session.get_one(Event, event.id).venue = "Nơi khác"
    answer = leader.post(f"{BASE}/{newest().id}/approve", data={"mark": digest})
    assert answer.status_code == 409
    assert "Nội dung đã đổi sau khi trình, nên chưa duyệt gì." in words_of(answer)
    assert f'href="{BASE}/{newest().id}/approve"' not in answer.text
    assert {one.state for one in letters()} == {"submitted"}


def test_returned_with_a_sentence(desk: FlaskClient, leader: FlaskClient) -> None:
    desk.post(f"{BASE}/submit", data={})
    path = f"{BASE}/{newest().id}/return"
    assert "Hãy ghi cần sửa gì" in words_of(leader.post(path, data={"sentence": ""}))
    leader.post(path, data={"sentence": "Ghi rõ <phòng> họp."})
    assert (newest().state, newest().sentence) == ("returned", "Ghi rõ <phòng> họp.")
    assert "Ghi rõ &lt;phòng&gt; họp." in desk.get(f"{BASE}/{newest().id}").text


def test_who_may_do_what(app: Flask, desk: FlaskClient, leader: FlaskClient) -> None:
    desk.post(f"{BASE}/submit", data={})
    path, mark = f"{BASE}/{newest().id}", newest().digest
    hall, admin = as_role(app, "hall"), as_role(app, "admin")
    for client in (desk, hall, admin):
        assert client.post(f"{path}/approve", data={"mark": mark}).status_code == 403
        assert client.post(f"{path}/return", data={"sentence": "x"}).status_code == 403
    for rest in ("/submit", f"/{newest().id}/take-back", "/numbers", "/files", "/sign"):
        assert leader.post(BASE + rest, data={}).status_code == 403
    for rest in ("", f"/{newest().id}", f"/{newest().id}.pdf", f"/{newest().id}.png"):
        assert hall.get(BASE + rest).status_code == 403
    assert "/approve" not in desk.get(path).text
    assert newest().state == "submitted"


def test_another_events_approval_is_not_found(leader: FlaskClient, desk: FlaskClient) -> None:
    desk.post(f"{BASE}/submit", data={})
    make_event(units=0, slug="khac", reserves=[])
    other = f"/desk/events/khac/approvals/{newest().id}"
    for rest in ("", ".pdf", ".png", "/approve", "/return"):
        assert leader.get(other + rest).status_code == 404


def test_the_desk_learns_who_can_approve(app: Flask, event: Event, desk: FlaskClient) -> None:
    assert "Chưa có tài khoản lãnh đạo" in words_of(desk.get(BASE))
    desk.post(f"{BASE}/submit", data={})
    path = f"{BASE}/{newest().id}"
    assert "mà chưa có tài khoản nào như vậy" in words_of(desk.get(path))
    leader = make_account("leader")
    name = leader.full_name or leader.email
    assert f"Chỉ lãnh đạo duyệt được, bằng tài khoản của mình: {name}." in words_of(desk.get(path))
    assert "Chưa có tài khoản lãnh đạo" not in words_of(desk.get(BASE))


def approved(event: Event) -> None:
    with unit_of_work():
        key = approvals.submit(event, by=DESK, now=IN_TIME).id
    with unit_of_work():
        one = db.session.get_one(Approval, key)
        approvals.approve(one, mark=one.digest, by=DESK, now=IN_TIME)


def test_a_pasted_column_is_shown_before_it_is_written(desk: FlaskClient, event: Event) -> None:
    approved(event)
    filled = desk.post(f"{BASE}/numbers", data={"column": "214\n215\n216", "do": "fill"})
    assert re.findall(r'name="number-\d+" value="(\d+)"', filled.text) == ["214", "215", "216"]
    assert [one.number for one in letters()] == [None] * 3
    fields = {f"number-{one.id}": str(214 + at) for at, one in enumerate(letters())}
    early = desk.post(f"{BASE}/numbers", data={**fields, "issued_on": "01/02/2024"})
    assert early.status_code == 422 and "trước ngày lãnh đạo duyệt" in words_of(early)
    twice = {**fields, f"number-{letters()[1].id}": "214", "issued_on": "07/03/2024"}
    assert "ghi cho hai thư" in words_of(desk.post(f"{BASE}/numbers", data=twice))
    wrong = {**fields, f"number-{letters()[1].id}": "2a", "issued_on": "07/03/2024"}
    assert "Chỉ nhập phần số" in words_of(desk.post(f"{BASE}/numbers", data=wrong))
    desk.post(f"{BASE}/numbers", data={**fields, "issued_on": "07/03/2024"})
    assert [(one.number, one.state) for one in letters()] == [
        ("214", "ready"), ("215", "ready"), ("216", "ready"),
    ]  # fmt: skip


def scan_of(letter: Invitation) -> bytes:
    """The letter as a scanner gives it: a picture."""
    page = pypdfium2.PdfDocument(outgoing_pdf(letter))[0].render(scale=2).to_pil()
    target = BytesIO()
    page.convert("RGB").save(target, "JPEG", quality=80)
    return target.getvalue()


def test_scans_find_their_letters_and_the_rest_is_given_by_hand(
    desk: FlaskClient, event: Event
) -> None:
    approved(event)
    desk.post("/desk/events/tap-huan-2024/invitations/number",
              data={"number": "214", "issued_on": "07/03/2024"})  # fmt: skip
    first, second, third = letters()
    blank = BytesIO()
    pypdfium2.PdfDocument(outgoing_pdf(third))[0].render(scale=2).to_pil().convert("L").crop(
        (0, 0, 1180, 1300)
    ).save(blank, "JPEG")
    answer = desk.post(
        f"{BASE}/files",
        data={"covers": "one", "files": [
            (BytesIO(scan_of(first)), "1.jpg"), (BytesIO(scan_of(second)), "2.jpg"),
            (BytesIO(blank.getvalue()), "3.jpg"),
        ]},
        follow_redirects=True,
    )  # fmt: skip
    page = words_of(answer)
    assert "Đã nhận 3 bản ký." in page and "1 bản không đọc được mã vuông" in page
    assert real_file(first) is not None and real_file(second) is not None
    assert real_file(third) is None
    lost = db.session.scalars(select(LetterFile).where(LetterFile.covers == "nobody")).one()
    desk.post(f"{BASE}/files/{lost.id}/assign", data={"registration": third.registration_id})
    kept = real_file(third)
    assert kept is not None and kept.id == lost.id
    assert outgoing_pdf(third) == kept.content and kept.content.startswith(b"%PDF")
    desk.post(f"{BASE}/files/{lost.id}/remove")
    assert real_file(third) is None


def test_a_common_scan_stands_for_every_letter_made_before(desk: FlaskClient, event: Event) -> None:
    approved(event)
    desk.post("/desk/events/tap-huan-2024/invitations/number",
              data={"number": "214", "issued_on": "07/03/2024"})  # fmt: skip
    evil = outgoing_pdf(letters()[0]).replace(b"/Type/Catalog", b"/Type/Catalog/AA<<>>", 1)
    sent = {"covers": "all", "files": [(BytesIO(evil), "chung.pdf")]}
    assert "Đã nhận 1 bản ký." in words_of(
        desk.post(f"{BASE}/files", data=sent, follow_redirects=True)
    )
    files = {real_file(one).id for one in letters()}  # type: ignore[union-attr]
    assert len(files) == 1
    content = outgoing_pdf(letters()[0])
    assert b"/AA" not in content and b"DCTDecode" in content
    refused = desk.post(f"{BASE}/files", data={"covers": "one", "files": [
        (BytesIO(b"MZ program"), "a.pdf")
    ]})  # fmt: skip
    assert refused.status_code == 422 and "Tệp này là chương trình" in words_of(refused)


@pytest.mark.parametrize("choice", [{}, {"approval": "y"}])
def test_the_setting_switches_approval(
    desk: FlaskClient, event: Event, choice: dict[str, str]
) -> None:
    desk.post("/desk/events/tap-huan-2024/settings/delivery", data=choice)
    db.session.expire_all()
    assert db.session.get_one(Event, event.id).delivery["approval"] is bool(choice)
