"""A photograph of square codes: every entry code in it is checked in, as a scan of it would be."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app.checkin import photos
from app.checkin.gate_services import revoke_gate
from app.checkin.models import Gate, Presence, Scan
from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.registration.codes import entry_code
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.checkin import MORNING, make_gate
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import enter

SLUG = "tap-huan-2024"
PHOTOS = f"/hall/{SLUG}/photos"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    frozen_clock.move_to(2024, 3, 12, 7, 52)
    return make_event(seats=4, units=4)


@pytest.fixture
def gate(client: FlaskClient, event: Event) -> FlaskClient:
    _gate, secret = make_gate(event)
    assert client.post(f"/hall/pair/{secret}").status_code == 303
    return client


def codes(event: Event, *names: str) -> list[str]:
    units = participations(event)
    return [
        entry_code(db.session.get_one(Registration, enter(unit, name).registration.id))
        for unit, name in zip(units, names, strict=False)
    ]


def picture(*texts: str, kind: str = "PNG") -> bytes:
    """Square codes side by side on paper."""
    drawn = [
        Image.fromarray(
            zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6)
        ).convert("L")
        for text in texts
    ]
    paper = Image.new("L", (400 + sum(one.width + 60 for one in drawn), 420), 235)
    left = 60
    for one in drawn:
        paper.paste(one, (left, 60))
        left += one.width + 60
    file = io.BytesIO()
    paper.convert("RGB").save(file, kind)
    return file.getvalue()


def send(
    client: FlaskClient,
    event: Event,
    content: bytes,
    photo: str = "",
    *,
    accept: str = "application/json",
):
    return client.post(
        PHOTOS,
        data={
            "session_id": db.session.get_one(Event, event.id).sessions[0].id,
            "client_id": photo or str(uuid.uuid4()),
            "photo": (io.BytesIO(content), "IMG_0001.JPG"),
        },
        headers={"Accept": accept},
    )


def number(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_code_in_a_photo_is_checked_in_as_a_scan_is(gate: FlaskClient, event: Event) -> None:
    [code] = codes(event, "Phạm Thu Hiên")
    said = send(gate, event, picture(code)).json
    [answer] = said["answers"]
    assert (answer["title"], answer["name"]) == ("Mời vào", "Phạm Thu Hiên")
    assert answer["admitted"]
    assert answer["counts"] == {"arrived": 1, "expected": 1}
    presence = db.session.scalars(select(Presence)).one()
    assert (presence.how, presence.gate_name) == ("photo", "Cổng A")
    assert db.session.scalars(select(Scan)).one().device_id is not None
    again = send(gate, event, picture(code)).json["answers"][0]
    assert again["title"] == "Đã điểm danh"


def test_all_codes_of_a_photo_are_shown_and_a_photo_sent_twice_adds_nothing(
    gate: FlaskClient, event: Event
) -> None:
    first, second = codes(event, "Phạm Thu Hiên", "Bạch Thế Hiển")
    content = picture(first, "https://example.vn/", second)
    photo = str(uuid.uuid4())
    for repeat in (False, True):
        said = send(gate, event, content, photo).json["answers"]
        assert {one["name"] for one in said} == {"Phạm Thu Hiên", "Bạch Thế Hiển"}
        assert {one["title"] for one in said} == {"Mời vào"}
        assert {one["repeat"] for one in said} == {repeat}
    assert (number(Scan), number(Presence)) == (2, 2)


def test_a_foreign_code_is_answered_as_its_scan_is(gate: FlaskClient, event: Event) -> None:
    [answer] = send(gate, event, picture("https://example.vn/")).json["answers"]
    assert answer["title"] == "Không có trong danh sách"
    assert (number(Scan), number(Presence)) == (1, 0)


def test_a_plain_form_gets_a_page_with_the_same_words(gate: FlaskClient, event: Event) -> None:
    first, second = codes(event, "Phạm Thu Hiên", "Bạch Thế Hiển")
    assert "Chụp ảnh mã vuông" in gate.get(PHOTOS).text
    page = send(gate, event, picture(first, second), accept="text/html")
    assert page.status_code == 200
    for words in ("Mời vào", "Phạm Thu Hiên", "Bạch Thế Hiển", "2 mã trong ảnh"):
        assert words in page.text
    bad = send(gate, event, picture(), accept="text/html")
    assert bad.status_code == 422
    assert "Không đọc được mã vuông trong ảnh" in bad.text
    assert 'type="file"' in bad.text  # the next try is on the same page


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "Chưa có ảnh"),
        (b"MZ a program", 422, "Không mở được ảnh này"),
        (b"\xff\xd8\xff cut", 422, "Không mở được ảnh này"),
        (b"%PDF-1.4 nothing", 422, "Không mở được ảnh này"),
    ],
)
def test_what_is_no_picture_is_refused_by_a_sentence(
    gate: FlaskClient, event: Event, content: bytes, status: int, said: str
) -> None:
    answer = send(gate, event, content)
    assert answer.status_code == status
    assert said in answer.json["error"]
    assert number(Scan) == 0


def test_a_heic_photo_is_read(gate: FlaskClient, event: Event) -> None:
    import pillow_heif

    [code] = codes(event, "Phạm Thu Hiên")
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.open(io.BytesIO(picture(code)))).save(file)
    [answer] = send(gate, event, file.getvalue()).json["answers"]
    assert answer["name"] == "Phạm Thu Hiên"


def test_too_big_a_photo_is_refused_before_it_is_read(
    gate: FlaskClient, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = gate.application.view_functions["checkin.photo"]
    monkeypatch.setattr(view, "upload", (1000, photos.too_big_sentence))
    answer = send(gate, event, b"\xff\xd8\xff" + b"a" * 200_000)
    assert answer.status_code == 413
    assert "Ảnh nặng 1 MB, tối đa 20 MB" in answer.json["error"]


def test_a_phone_that_sends_too_often_waits(
    gate: FlaskClient, event: Event, monkeypatch: pytest.MonkeyPatch, frozen_clock: FrozenClock
) -> None:
    monkeypatch.setattr(photos, "codes_in", lambda _content: ["nothing of ours"])
    monkeypatch.setattr("app.checkin.photo_routes.codes_in", lambda _content: ["x"])
    for _ in range(photos.MOST_PHOTOS):
        assert send(gate, event, b"x").status_code == 200
    refused = send(gate, event, b"x")
    assert refused.status_code == 429
    assert "chờ một phút" in refused.json["error"]
    frozen_clock.move_to(2024, 3, 12, 7, 54)
    assert send(gate, event, b"x").status_code == 200


def test_wrong_ids_are_refused(gate: FlaskClient, event: Event, monkeypatch) -> None:
    monkeypatch.setattr("app.checkin.photo_routes.codes_in", lambda _content: ["x"])
    assert send(gate, event, b"x", "short").status_code == 400
    for session in ("", "0", "999999"):
        answer = gate.post(PHOTOS, data={"session_id": session, "client_id": str(uuid.uuid4())})
        assert answer.status_code in (403, 404)
    assert number(Scan) == 0


def test_only_who_may_check_in(client: FlaskClient, event: Event) -> None:
    assert client.get(PHOTOS).status_code == 302
    gate, secret = make_gate(event)
    client.post(f"/hall/pair/{secret}")
    with unit_of_work():
        revoke_gate(db.session.get_one(Gate, gate.id), by=DESK, now=MORNING + timedelta(minutes=11))
    assert send(client, event, b"x").status_code == 302
    sign_in(client, make_account("leader"))
    assert send(client, event, b"x").status_code == 403
    assert number(Scan) == 0
