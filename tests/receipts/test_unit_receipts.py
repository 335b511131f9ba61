"""A unit's own receipts: the page, the PDF, and nobody else's."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import unit_of_work
from app.events.models import Event
from app.extensions import db
from app.receipts.papers import receipt_paper
from app.receipts.signatures import signature_groups, text_of
from app.registration.models import ChangeRequest, Registration
from app.registration.rules import State
from app.registration.services import withdraw
from tests.factories.registration import enter, unit_actor
from tests.factories.units import unit_path, words_of
from tests.printing.reading import codes, pages, texts
from tests.receipts.conftest import CODES, EMAIL, NAME, PHONE, SHA256, Received, at

OWN = ("entry", "scan", "replace", "withdraw")


@pytest.mark.parametrize("kind", OWN)
def test_the_unit_s_page_of_each_kind(received: Received, client: FlaskClient, kind: str) -> None:
    base = unit_path(received.unit)
    answer = client.get(f"{base}/receipts/{CODES[kind]}")
    words = words_of(answer)
    assert answer.status_code == 200
    assert NAME in words
    assert ("Lê Văn Bình" in words) is (kind == "replace")
    assert " ".join(signature_groups(received.receipt(kind))) in words
    assert f"{base}/receipts/{CODES[kind]}.pdf" in answer.text
    assert f"http://localhost/receipts/{CODES[kind]}" in words
    assert (SHA256 in words) is (kind == "scan")
    assert EMAIL not in answer.text and PHONE not in answer.text


def test_the_page_in_english(received: Received, client: FlaskClient) -> None:
    client.set_cookie("lang", "en")
    for kind in OWN:
        answer = client.get(f"{unit_path(received.unit)}/receipts/{CODES[kind]}")
        assert answer.status_code == 200 and 'lang="en"' in answer.text


@pytest.mark.parametrize("code", [*CODES.values(), "000000000000", "12", "abc", "%00"])
@pytest.mark.parametrize("ending", ["", ".pdf"])
def test_another_unit_s_receipt_is_nobody_s(
    received: Received, client: FlaskClient, code: str, ending: str
) -> None:
    answer = client.get(f"{unit_path(received.other)}/receipts/{code}{ending}")
    assert answer.status_code == 404
    assert "Không có biên nhận với mã này." in words_of(answer)
    assert NAME not in answer.text


def test_an_old_or_guessed_link_opens_nothing(received: Received, client: FlaskClient) -> None:
    base = unit_path(received.unit)
    with unit_of_work():
        received.unit.link_version += 1
    for path in (base, "/units/AAAAAbbbbbbbbbbbbbbbbbbbbbb", "/units/x"):
        for ending in ("", ".pdf"):
            assert client.get(f"{path}/receipts/{CODES['entry']}{ending}").status_code == 404


# ---------------------------------------------------------------- the paper


def read_back(client: FlaskClient, received: Received, kind: str) -> tuple[bytes, str]:
    unit = received.receipt(kind).unit
    answer = client.get(f"{unit_path(unit)}/receipts/{CODES[kind]}.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    words = " ".join(one.text for page in pages(answer.data) for one in texts(page))
    return answer.data, words


@pytest.mark.parametrize("kind", list(CODES))
def test_the_paper_of_each_kind_reads_back(
    received: Received, client: FlaskClient, kind: str
) -> None:
    client.set_cookie("lang", "en")  # papers are Vietnamese
    pdf, words = read_back(client, received, kind)
    assert len(pages(pdf)) == 1
    assert codes(pdf) == [f"http://localhost/receipts/{CODES[kind]}"]
    receipt = received.receipt(kind)
    groups = signature_groups(receipt)
    assert " ".join(groups[:6]) in words and " ".join(groups[6:]) in words
    for line in text_of(receipt).splitlines():
        assert line in words
    assert "BIÊN NHẬN" in words and "Lập lúc 10:00, 06/03/2024" in words
    assert EMAIL not in words and PHONE not in words and "Đi công tác" not in words


def test_the_paper_of_an_entry_says_the_second_the_cutoff_and_the_result(
    received: Received, client: FlaskClient
) -> None:
    _pdf, words = read_back(client, received, "entry")
    for said in (
        NAME, "Phó Hiệu trưởng", "16 giờ 42 phút 07 giây, ngày 04/03/2024 (thứ Hai)",
        "trước 17 giờ 00 phút, ngày 05/03/2024", "Trước hạn", "Đã nhận, đã có chỗ",
        "Đã nhận lúc 08 giờ 15 phút 00 giây, ngày 05/03/2024", "2406 0318 7752",
        "Đăng ký đại biểu dự tập huấn",
    ):  # fmt: skip
        assert said in words, said


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("late", "Đã nhận, quá hạn, chờ Sở GDĐT xem xét"),
        ("late", "Sau hạn"),
        ("scan", "Bản ký, đóng dấu: 2 trang, 1,3 MB"),
        ("replace", "Đã nhận, chờ Sở GDĐT xem xét"),
        ("replace", "Lê Văn Bình"),
        ("withdraw", "Đã nhận; sau đó đơn vị đã rút đề nghị"),
    ],
)
def test_what_the_other_papers_say(
    received: Received, client: FlaskClient, kind: str, said: str
) -> None:
    assert said in read_back(client, received, kind)[1]


def results(received: Received, kind: str) -> list[str]:
    paper = receipt_paper(received.receipt(kind), now=at(6, 10))
    return [fact.value for fact in paper.facts if fact.label == "Kết quả"]


def test_every_state_has_its_result(received: Received, app: Flask) -> None:
    """Withdrawn, replaced, rejected or waiting: the receipt stands and says what came after."""
    with app.test_request_context():
        for state in State:
            with unit_of_work():
                entry = db.session.get_one(Registration, received.entry_id)
                entry.state = state
                entry.pool_id = 1 if state == State.CONFIRMED else None
                entry.queue_no = 7 if state == State.WAITLISTED else None
            assert results(received, "entry")[0].startswith("Đã nhận")
        assert "danh sách chờ số 01" in str(_waiting(received))
        for state in ("accepted", "refused", "taken_back", "moot"):
            with unit_of_work():
                db.session.query(ChangeRequest).filter_by(kind="replace").one().state = state
            assert results(received, "replace")[0].startswith("Đã nhận")


def _waiting(received: Received) -> list[str]:
    with unit_of_work():
        entry = db.session.get_one(Registration, received.entry_id)
        entry.state, entry.pool_id, entry.queue_no = State.WAITLISTED, None, 7
    return results(received, "entry")


def test_the_receipt_of_what_was_withdrawn_is_still_there(
    received: Received, client: FlaskClient
) -> None:
    with unit_of_work():
        withdraw(received.entry, received.unit, by=unit_actor(received.unit), now=at(5, 9))
    enter(received.unit, "Vũ Thị Ngọc", now=at(5, 10))
    answer = client.get(f"{unit_path(received.unit)}/receipts/{CODES['entry']}")
    assert answer.status_code == 200 and "Đã rút" in words_of(answer)
    assert "sau đó đơn vị đã rút" in read_back(client, received, "entry")[1]


def test_an_erased_name_is_said_to_be_erased(received: Received, client: FlaskClient) -> None:
    with unit_of_work():
        received.entry.full_name = None
        db.session.get_one(Event, received.event_id).erased_at = at(6, 9)
    answer = client.get(f"{unit_path(received.unit)}/receipts/{CODES['entry']}")
    assert "đã xóa theo thời hạn lưu" in words_of(answer)
    assert "(đã xóa theo thời hạn lưu)" in read_back(client, received, "entry")[1]
    assert client.get(f"/receipts/{CODES['entry']}").status_code == 200


def test_the_line_of_the_unit_s_page_leads_here(received: Received, app: Flask) -> None:
    from flask import render_template

    with app.test_request_context():
        line = render_template("unit_pages/_receipt_line.html", secret="s", code=CODES["entry"])
    assert "2406 0318 7752" in line and 'href="/units/s/receipts/240603187752"' in line
