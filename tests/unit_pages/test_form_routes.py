"""The unit's form over its link: choices, files, refusals; the empty form for everybody."""

from __future__ import annotations

import io
import logging
from datetime import date
from typing import Any

import pytest
from docx import Document
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import unit_of_work
from app.core.tokens import FORM_CODE, is_code, read_code
from app.events.form_paper import file_stem, recipients_of
from app.events.models import Event, Participation
from app.extensions import db
from app.printing.nd30 import QUOC_HIEU
from app.registration.codes import form_digits
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import replace
from app.unit_pages.form_choices import FormChoices, choices_of
from app.unit_pages.form_papers import filled_form, form_stem
from app.units.models import Unit
from tests.conftest import FrozenClock
from tests.factories.events import make_event, participations
from tests.factories.registration import IN_TIME, TOO_LATE, enter, fill, unit_actor
from tests.factories.units import typed_values, unit_path, words_of
from tests.printing.reading import codes, find, pages

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(seats=2, units=4)


@pytest.fixture
def unit(event: Event) -> Participation:
    """Trường THPT Thử 001 with a delegate."""
    first = participations(event)[0]
    enter(first, "Nguyễn Thị Phương Thảo", "Phó Hiệu trưởng")
    return db.session.get_one(Participation, first.id)


def only_entry() -> Registration:
    return db.session.query(Registration).order_by(Registration.id.desc()).first()


def send(client: FlaskClient, path: str, **form: str) -> Any:
    return client.post(f"{path}/form", data={"file_format": "pdf", "place": "Hải Phòng", **form})


def page_of(answer: Any) -> Any:
    assert answer.mimetype == "application/pdf", answer.text[:300]
    (page,) = pages(answer.data)
    return page


# ---------------------------------------------------------------- files


def test_pdf_by_a_plain_link(client: FlaskClient, unit: Participation) -> None:
    answer = client.get(f"{unit_path(unit)}/form/pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="DS-THPT-Thu-001.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    page = page_of(answer)
    assert find(page, "TRƯỜNG THPT THỬ 001") and find(page, "Nguyễn Thị Phương")
    assert find(page, "- Sở GDĐT Hải Phòng (phòng GDTX&ĐH);")
    assert find(page, "HIỆU TRƯỞNG") and find(page, "năm 2024")
    assert "MẪU" not in page.extract_text()
    (digits,) = codes(answer.data)
    code = read_code(digits)
    entry = only_entry()
    assert (code.purpose, code.event_id, code.thing_id) == (FORM_CODE, entry.event_id, entry.id)
    assert is_code(code, entry.form_version) and digits == form_digits(entry)


def test_word_by_a_plain_link(client: FlaskClient, unit: Participation) -> None:
    answer = client.get(f"{unit_path(unit)}/form/docx")
    assert answer.mimetype == WORD
    assert answer.headers["Content-Disposition"] == 'attachment; filename="DS-THPT-Thu-001.docx"'
    document = Document(io.BytesIO(answer.data))
    row = [cell.text.replace("\u00a0", " ") for cell in document.tables[1].rows[1].cells]
    assert row == ["1", "Nguyễn Thị Phương Thảo", "Trường THPT Thử 001", "Phó Hiệu trưởng"]


def test_waiting_and_late_entries_have_the_form_too(
    client: FlaskClient, event: Event, frozen_clock: FrozenClock
) -> None:
    fill(event, 3)
    waiting, late = participations(event)[2:4]
    frozen_clock.at = TOO_LATE
    enter(late, "Lê Văn Muộn", now=TOO_LATE)
    states = {one.participation_id: one.state for one in db.session.query(Registration)}
    assert (states[waiting.id], states[late.id]) == ("waitlisted", "late")
    for unit in (waiting, late):
        page_of(client.get(f"{unit_path(unit)}/form/pdf"))


@pytest.mark.parametrize(
    ("name", "same_entry"), [("Trần Văn Mới", False), ("Nguyễn Thị Phương Thảo", True)]
)
def test_a_change_of_what_is_printed_makes_another_code(
    client: FlaskClient, unit: Participation, name: str, same_entry: bool
) -> None:
    path = unit_path(unit)
    (before,) = codes(client.get(f"{path}/form/pdf").data)
    with unit_of_work():
        standing = only_entry()
        old = standing.id
        replace(standing, unit, Entry(name, "Hiệu trưởng"), by=unit_actor(unit), now=IN_TIME)
    assert (only_entry().id == old) == same_entry
    answer = client.get(f"{path}/form/pdf")
    (after,) = codes(answer.data)
    assert after != before
    assert find(page_of(answer), name.rsplit(" ", 1)[0])


def test_unit_without_a_named_delegate_has_none(client: FlaskClient, event: Event) -> None:
    unit = participations(event)[0]
    path = unit_path(unit)
    refused = client.get(f"{path}/form/pdf")
    assert refused.status_code == 409
    assert "Hãy đăng ký trước, rồi in phiếu." in words_of(refused)
    page = client.get(f"{path}/form")
    assert page.status_code == 200
    assert "Chưa có người dự để điền vào phiếu" in words_of(page)
    assert 'name="signer"' not in page.text
    assert client.post(f"{path}/form", data={"file_format": "pdf"}).status_code == 200


def test_units_own_empty_form_has_its_head_and_no_code(client: FlaskClient, event: Event) -> None:
    path = unit_path(participations(event)[0])
    answer = client.get(f"{path}/form/empty-pdf")
    page = page_of(answer)
    assert find(page, "TRƯỜNG THPT THỬ 001") and find(page, "(Ký, đóng dấu)")
    assert "MẪU" not in page.extract_text() and codes(answer.data) == []
    assert page.extract_tables()[0][1] == ["1", "", "", ""]
    assert client.get(f"{path}/form/empty-docx").mimetype == WORD


def test_anybody_else_gets_nothing(client: FlaskClient, unit: Participation) -> None:
    for end in ("form", "form/pdf", "form/docx", "form/empty-pdf"):
        assert client.get(f"/units/{'A' * 27}/{end}").status_code == 404
    assert client.get(f"{unit_path(unit)}/form/xlsx").status_code == 404


def test_units_own_header_lines_stand_in_the_head(client: FlaskClient, unit: Participation) -> None:
    with unit_of_work():
        own = db.session.get_one(Unit, unit.unit_id)
        own.header_line_1, own.header_line_2 = "Sở GDĐT Hải Phòng", "Trường THPT / Thử Một"
    page = page_of(client.get(f"{unit_path(unit)}/form/pdf"))
    assert find(page, "SỞ GDĐT HẢI PHÒNG").font == "Tinos-Regular"
    assert find(page, "TRƯỜNG THPT").text == "TRƯỜNG THPT"
    assert find(page, "THỬ MỘT").font == "Tinos-Bold"


def test_a_letter_the_paper_font_lacks_is_said_in_a_sentence(
    client: FlaskClient, unit: Participation
) -> None:
    with unit_of_work():
        db.session.get_one(Participation, unit.id).name = "Trường THPT ★"
    refused = client.get(f"{unit_path(unit)}/form/pdf")
    assert refused.status_code == 422
    assert "ký tự không in được: ★" in words_of(refused)
    assert client.get(f"{unit_path(unit)}/form/docx").status_code == 200


# ---------------------------------------------------------------- choices


def test_page_offers_both_files_and_the_kinds_titles(
    client: FlaskClient, unit: Participation
) -> None:
    page = client.get(f"{unit_path(unit)}/form")
    words = words_of(page)
    assert "Cấp trưởng: HIỆU TRƯỞNG" in words
    assert "Cấp phó: KT. HIỆU TRƯỞNG / PHÓ HIỆU TRƯỞNG" in words
    assert "Nguyễn Thị Phương Thảo" in words
    assert "Sở GDĐT Hải Phòng (phòng GDTX&amp;ĐH)" in words
    values = typed_values(page)
    assert (values["number"], values["symbol"], values["day"], values["signer"]) == ("",) * 4
    assert values["place"] == "Hải Phòng"
    assert 'value="pdf"' in page.text and 'value="docx"' in page.text


def test_what_was_chosen_stands_on_the_paper_and_not_in_the_address(
    client: FlaskClient, unit: Participation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answer = send(
        client, unit_path(unit), number="7", symbol="/DS-THPTT1", day="4/3/2024",
        place="Thủy Nguyên", signs="deputy", signer="Lê Quang Huy",
    )  # fmt: skip
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert len(address) < 600
    for part in ("Huy", "Quang", "DS-THPTT1", "2024"):
        assert part not in address
    paper = client.get(address)
    page = page_of(paper)
    assert find(page, "Số: 07/DS-THPTT1") and find(page, "KT. HIỆU TRƯỞNG")
    assert find(page, "Thủy Nguyên, ngày 04 tháng 3 năm 2024") and find(page, "Lê Quang Huy")
    logged = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert "Huy" not in logged and "chosen=" not in logged


def test_nothing_chosen_is_the_plain_address(client: FlaskClient, unit: Participation) -> None:
    path = unit_path(unit)
    answer = send(client, path, file_format="docx", signs="head")
    assert answer.headers["Location"] == f"{path}/form/docx"
    assert send(client, path, file_format="exe").headers["Location"] == f"{path}/form/pdf"


def test_number_and_symbol_typed_in_one_field(client: FlaskClient, unit: Participation) -> None:
    answer = send(client, unit_path(unit), number="12/DS-THPTT1")
    assert find(page_of(client.get(answer.headers["Location"])), "Số: 12/DS-THPTT1")


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("number", "mười hai", "Số chỉ gồm chữ số"),
        ("number", "1234567", "Số chỉ gồm chữ số"),
        ("symbol", "DS THPT", "không có dấu cách"),
        ("symbol", "DS-" + "A" * 18, "Ký hiệu dài quá 20 ký tự"),
        ("symbol", "DS-漢", "Ký hiệu chỉ gồm chữ cái"),
        ("day", "31/02/2024", "Hãy viết ngày theo mẫu"),
        ("day", "04/03/2042", "Hãy xem lại năm: 2042"),
        ("place", "Hải Phòng" * 3, "Địa danh dài quá 24 ký tự"),
        ("place", "Hải Phòng <b>", "Địa danh chỉ gồm chữ cái"),
        ("signer", "Lê A1", "không có chữ số"),
        ("signer", "Lê Văn An, Trần Thị Bình", "chỉ ghi một người ký"),
        ("signer", "Lê " + "Nguyễn " * 9, "dài quá 60 chữ"),
        ("signs", "nobody", ""),
    ],
)
def test_what_cannot_stand_on_the_paper_is_said_at_the_field(
    client: FlaskClient, unit: Participation, field: str, typed: str, sentence: str
) -> None:
    answer = send(client, unit_path(unit), **{field: typed})
    assert answer.status_code == 422
    assert sentence in words_of(answer)
    if field != "signs":
        assert f'id="{field}-error"' in answer.text
        kept = typed_values(answer)[field]
        assert " ".join(kept.replace("&lt;", "<").replace("&gt;", ">").split()) == typed.strip()


def test_control_and_direction_signs_fall_away(client: FlaskClient, unit: Participation) -> None:
    answer = send(client, unit_path(unit), signer="Lê\u202e Quang\x07 Huy\u200b", symbol="D\u200fS")
    page = page_of(client.get(answer.headers["Location"]))
    assert find(page, "Lê Quang Huy") and find(page, "/DS")


@pytest.mark.parametrize(
    "alter",
    [  # not its last sign, which holds two bits that stand for nothing
        lambda text: text[:40] + ("x" if text[40] != "x" else "y") + text[41:],
        lambda text: text[:-4],
        lambda text: "x",
        lambda text: "ă",
    ],
)
def test_altered_choices_are_refused(client: FlaskClient, unit: Participation, alter: Any) -> None:
    address = send(client, unit_path(unit), number="7").headers["Location"]
    path, _, sealed = address.partition("?chosen=")
    refused = client.get(f"{path}?chosen={alter(sealed)}")
    assert refused.status_code == 404
    assert "Hãy mở lại trang của đơn vị rồi tải lại." in words_of(refused)


def test_choices_outlive_a_change_of_the_key(app: Flask, unit: Participation) -> None:
    choices = FormChoices("7", "DS-A", date(2024, 3, 4), "Đồ Sơn", "deputy", "Lê Quang Huy")
    sealed = choices.sealed()
    settings = app.config["SETTINGS"]
    object.__setattr__(settings, "old_secret_keys", (settings.secret_key,))
    object.__setattr__(settings, "secret_key", "another-0123456789-0123456789-0123456789")
    assert choices_of(sealed) == choices


# ---------------------------------------------------------------- papers


def test_office_and_year_are_the_events(app: Flask, unit: Participation) -> None:
    with unit_of_work():
        event = db.session.get_one(Event, unit.event_id)
        event.contact = {"department": "Phòng Tổ chức cán bộ"}
    assert recipients_of(event) == ("Sở GDĐT Hải Phòng (phòng Tổ chức cán bộ)", "Lưu: VT")
    event.contact = {"short": "TCCB"}
    assert recipients_of(event)[0] == "Sở GDĐT Hải Phòng (TCCB)"
    event.contact = {}
    assert recipients_of(event)[0] == "Sở GDĐT Hải Phòng"
    paper = filled_form(unit, only_entry(), FormChoices(day=date(2025, 1, 2)))
    assert (paper.numbering.year, paper.numbering.number) == (2025, None)
    db.session.rollback()


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        (("DS", "THPT Ngô Quyền"), "DS-THPT-Ngo-Quyen"),
        (("DS", '../Đồ Sơn\r\n"x"'), "DS-Do-Son-x"),
        (("DS", "Trường THPT 25/10"), "DS-Truong-THPT-25-10"),
        (("DS", "漢" * 400), "DS"),
        (("DS", "Ă" * 400), "DS-" + "A" * 77),
    ],
)
def test_file_names_are_plain(words: tuple[str, ...], stem: str) -> None:
    assert file_stem(*words) == stem


def test_word_school_is_left_out_of_the_file_name(unit: Participation) -> None:
    unit.short_name = "Trường THPT Ngô Quyền"
    assert form_stem(unit) == "DS-THPT-Ngo-Quyen"
    db.session.rollback()


# ---------------------------------------------------------------- for everybody


@pytest.mark.parametrize("file_format", ["pdf", "docx"])
def test_empty_form_is_public_and_kept(client: FlaskClient, event: Event, file_format: str) -> None:
    first, second = (client.get(f"/events/{event.slug}/form.{file_format}") for _ in range(2))
    assert first.status_code == 200 and first.data == second.data
    name = f'attachment; filename="Mau-danh-sach.{file_format}"'
    assert first.headers["Content-Disposition"] == name
    assert first.headers["Cache-Control"] == "public, max-age=300"
    if file_format == "pdf":
        page = page_of(first)
        assert find(page, "MẪU") and find(page, QUOC_HIEU) and find(page, "(Ký, đóng dấu)")
        assert codes(first.data) == []


def test_empty_form_of_a_draft_or_of_nothing(client: FlaskClient, app: Flask) -> None:
    draft = make_event(state="draft")
    assert client.get(f"/events/{draft.slug}/form.pdf").status_code == 404
    assert client.get("/events/nothing/form.pdf").status_code == 404


def test_event_page_links_the_empty_form(client: FlaskClient, event: Event) -> None:
    page = client.get(f"/events/{event.slug}").text
    for file_format in ("pdf", "docx"):
        assert f'href="/events/{event.slug}/form.{file_format}"' in page
