"""Letters in Word: downloads, the department's own file, and every refusal at its field."""

from __future__ import annotations

from io import BytesIO

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.core.database import unit_of_work
from app.events.models import Event
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.models import LetterTemplate
from app.invitations.numbering import set_number
from app.invitations.services import send_letters
from app.invitations.templates import WORD, newest_template
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.factories.accounts import make_account, sign_in
from tests.factories.events import DESK, make_event, participations
from tests.factories.registration import IN_TIME, enter
from tests.factories.units import words_of

LETTERS = "/desk/events/tap-huan-2024/invitations"
BASE = f"{LETTERS}/letter/word"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    made = make_event(seats=6, units=3)
    enter(participations(made)[0], "Phạm Thu Hiên", "Hiệu trưởng")
    enter(participations(made)[1], "{{don_vi}} <b>", "Hiệu trưởng")
    return made


@pytest.fixture
def desk(client: FlaskClient, event: Event) -> FlaskClient:
    sign_in(client, make_account("desk"))
    return client


def word(*texts: str) -> bytes:
    document = Document()
    for text in texts:
        document.add_paragraph(text)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def said(content: bytes) -> list[str]:
    document = Document(BytesIO(content))
    return [one.text.replace("\u00a0", " ") for one in document.paragraphs if one.text]


def send_up(desk: FlaskClient, content: bytes, name: str = "mau.docx"):
    return desk.post(BASE, data={"word_file": (BytesIO(content), name)})


# ---------------------------------------------------------------- downloads


def test_one_letter_in_word(desk: FlaskClient, event: Event) -> None:
    answer = desk.get(f"{LETTERS}/{participations(event)[0].id}.docx")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Giay-moi-THPT-001.docx"'
    assert "Ông (Bà) Phạm Thu Hiên, Hiệu trưởng, Trường THPT Thử 001." in said(answer.data)
    assert desk.get(f"{LETTERS}/99999.docx").status_code == 404


def test_chosen_letters_or_all_in_one_file(desk: FlaskClient, event: Event) -> None:
    first = participations(event)[0].id
    one = desk.post(f"{LETTERS}/letters.docx", data={"ids": [str(first)]})
    assert len(Document(BytesIO(one.data)).sections) == 1
    everybody = desk.post(f"{LETTERS}/letters.docx", data={"everything": "1"})
    assert len(Document(BytesIO(everybody.data)).sections) == 2
    found = desk.post(f"{LETTERS}/letters.docx?q=hien", data={"everything": "1"})
    assert len(Document(BytesIO(found.data)).sections) == 1
    assert any("{{don_vi}} <b>, Hiệu trưởng" in text for text in said(everybody.data))


def test_nothing_chosen_is_said(desk: FlaskClient, event: Event) -> None:
    answer = desk.post(f"{LETTERS}/letters.docx", data={}, follow_redirects=True)
    assert "Chưa chọn ai." in words_of(answer)


def test_letter_that_cannot_be_printed_is_named(desk: FlaskClient, event: Event) -> None:
    enter(participations(event)[2], "Lê 漢", "Hiệu trưởng")
    answer = desk.post(f"{LETTERS}/letters.docx", data={"everything": "1"}, follow_redirects=True)
    assert "Giấy mời của Lê 漢, ô “Kính mời”" in words_of(answer)


def test_sent_letter_is_the_one_that_was_sent(desk: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    with unit_of_work():
        send_letters(event, {unit.id}, by=DESK, now=IN_TIME)
        set_number(event, "999", None, by=DESK, now=IN_TIME)
    table = Document(BytesIO(desk.get(f"{LETTERS}/{unit.id}.docx").data)).tables[0]
    assert "999" not in "".join(cell.text for row in table.rows for cell in row.cells)


def test_own_file_says_of_a_sent_letter_what_was_sent(desk: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    send_up(desk, word("{{ho_ten}}, {{chuc_vu}}", "{{dia_diem}}", "{{han}}", "{{ma_so}}"))
    before = said(desk.get(f"{LETTERS}/{unit.id}.docx").data)
    with unit_of_work():
        send_letters(event, {unit.id}, by=DESK, now=IN_TIME)
    with unit_of_work():
        locked = lock_event(event.id)
        locked.venue, locked.cutoff_words = "Hội trường số Hai", "trước ngày khác"
        seat = db.session.scalars(
            select(Registration).where(Registration.participation_id == unit.id)
        ).one()
        seat.full_name, seat.position = "Trần Thị Khác", "Kế toán"
    assert said(desk.get(f"{LETTERS}/{unit.id}.docx").data) == before
    other = said(desk.get(f"{LETTERS}/{participations(event)[1].id}.docx").data)
    assert "Hội trường số Hai" in other[1] and other[2] == "trước ngày khác"


# ---------------------------------------------------------------- the department's own file


def test_own_file_is_taken_and_used(desk: FlaskClient, event: Event) -> None:
    answer = send_up(desk, word("Kính mời {{ho_ten}}", "Số {{so}}, {{ngay_ky}}", "{{ma_vuong}}"))
    assert answer.status_code == 303
    own = newest_template(event, WORD)
    assert own is not None and (own.version, own.filename) == (1, "mau.docx")
    everybody = desk.post(f"{LETTERS}/letters.docx", data={"everything": "1"}).data
    assert [text for text in said(everybody) if text.startswith("Kính")] == [
        "Kính mời Phạm Thu Hiên", "Kính mời {{don_vi}} <b>",
    ]  # fmt: skip
    assert len(Document(BytesIO(everybody)).inline_shapes) == 2
    sample = desk.get(f"{BASE}/xem-thu.docx?for={participations(event)[0].id}")
    assert said(sample.data)[0] == "Kính mời Phạm Thu Hiên"
    assert desk.get(f"{BASE}/mau.docx").data == own.content
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "invitation.word_saved")
    ).one()
    assert entry.after["filename"] == "mau.docx"


def test_number_and_day_are_the_clerks(desk: FlaskClient, event: Event) -> None:
    send_up(desk, word("Số {{so}}, {{ngay_ky}} {{ho_ten}}"))
    with unit_of_work():
        set_number(event, "7", IN_TIME.date(), by=DESK, now=IN_TIME)
    sample = desk.get(f"{BASE}/xem-thu.docx?for={participations(event)[0].id}")
    assert said(sample.data) == ["Số 07, ngày 26 tháng 02 năm 2024 Phạm Thu Hiên"]


def test_pdf_stays_ours(desk: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    send_up(desk, word("{{ho_ten}}"))
    assert desk.get(f"{LETTERS}/{unit.id}.pdf").data.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (word("{{ho_tem}}"), "Không có chỗ điền {{ho_tem}}. Có phải {{ho_ten}}?"),
        (word("{{ho_ten|upper}}"), "Không có chỗ điền {{ho_ten|upper}}. Có phải {{ho_ten}}?"),
        (word("{% for x in y %}"), "Mẫu Word có lệnh"),
        (word("Chào"), "Mẫu Word chưa có chỗ điền nào."),
        (b"khong phai Word", "Tệp này không phải tệp Word .docx."),
    ],
)
def test_refused_file_is_said_at_its_field(
    desk: FlaskClient, event: Event, content: bytes, sentence: str
) -> None:
    answer = send_up(desk, content)
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    assert newest_template(event, WORD) is None


def test_without_a_file_the_page_asks_for_one(desk: FlaskClient, event: Event) -> None:
    answer = desk.post(BASE, data={})
    assert answer.status_code == 422 and "Hãy chọn tệp Word." in words_of(answer)


def test_file_of_more_than_five_megabytes_is_refused(desk: FlaskClient, event: Event) -> None:
    assert "nặng quá 5 MB" in words_of(_send_whole(desk, b"PK\x03\x04" + b"\0" * 5_242_880))
    assert _send_whole(desk, b"PK\x03\x04" + b"\0" * 6_000_000).status_code == 413


def _send_whole(desk: FlaskClient, content: bytes):
    """As one body: the test client would put so much into a file of its own."""
    head = b'--x\r\nContent-Disposition: form-data; name="word_file"; filename="mau.docx"\r\n\r\n'
    body = head + content + b"\r\n--x--\r\n"
    return desk.post(BASE, data=body, content_type="multipart/form-data; boundary=x")


def test_own_file_is_taken_away_and_its_versions_stay(desk: FlaskClient, event: Event) -> None:
    send_up(desk, word("Một {{ho_ten}}"))
    desk.post(f"{BASE}/remove")
    desk.post(f"{BASE}/remove")
    assert newest_template(event, WORD) is None
    assert db.session.scalars(
        select(LetterTemplate.version).order_by(LetterTemplate.version)
    ).all() == [1, 2]
    assert "GIẤY MỜI" in said(desk.get(f"{LETTERS}/{participations(event)[0].id}.docx").data)
    send_up(desk, word("Hai {{ho_ten}}"))
    own = newest_template(event, WORD)
    assert own is not None and own.version == 3


def test_our_own_letter_is_a_file_to_begin_with(desk: FlaskClient, event: Event) -> None:
    starter = desk.get(f"{BASE}/mau.docx").data
    assert "{{ong_ba}} {{ho_ten}}, {{chuc_vu}}, {{don_vi}}." in said(starter)
    assert send_up(desk, starter).status_code == 303
    sample = desk.get(f"{BASE}/xem-thu.docx?for={participations(event)[0].id}").data
    assert "Ông (Bà) Phạm Thu Hiên, Hiệu trưởng, Trường THPT Thử 001." in said(sample)
    assert len(Document(BytesIO(sample)).inline_shapes) == 1
