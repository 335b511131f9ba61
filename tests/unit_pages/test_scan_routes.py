"""A unit sends its signed form: real photographs, bad files, somebody else's form, at the real page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.core.clock import forget_now
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.extensions import db
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import amend
from app.signed_forms.models import SignedForm, SignedFormPage
from app.signed_forms.rules import MOST_BYTES, cleaned_filename
from tests.conftest import FrozenClock
from tests.factories.events import DESK, make_event, participations
from tests.factories.queries import counted_queries
from tests.factories.registration import IN_TIME, TOO_LATE, enter
from tests.factories.scans import form_page
from tests.factories.signed_forms import form_code, photographed, read_of, small_jpeg, take
from tests.factories.units import typed_values, unit_path, words_of


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    return make_event(seats=5, units=3)


@pytest.fixture
def unit(event: Event) -> Participation:
    return participations(event)[0]


@pytest.fixture
def entry(unit: Participation) -> Registration:
    return enter(unit).registration


@pytest.fixture
def path(entry: Registration, unit: Participation) -> str:
    return f"{unit_path(unit)}/signed-form"


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "vi"
    return client


def send(browser: FlaskClient, path: str, *files: bytes, name: str = "IMG_0412.jpg"):  # type: ignore[no-untyped-def]
    """The answer after the redirect, as a browser shows it."""
    forget_now()
    data = {"file": [(io.BytesIO(one), name) for one in files]}
    return browser.post(path, data=data, follow_redirects=True)


def send_whole(browser: FlaskClient, path: str, size: int):  # type: ignore[no-untyped-def]
    """So many bytes as one body: the test client would put them into a file of its own."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = head + bytes(size) + b"\r\n--x--\r\n"
    return browser.post(path, data=body, content_type="multipart/form-data; boundary=x")


def stored() -> list[SignedForm]:
    db.session.rollback()
    return list(db.session.scalars(select(SignedForm).order_by(SignedForm.id)))


# ---------------------------------------------------------------- what a unit sends


def test_photograph_of_the_own_form_is_received(
    browser: FlaskClient, path: str, entry: Registration
) -> None:
    page = words_of(send(browser, path, photographed(form_code(entry), rotation=93)))
    [form] = stored()
    assert form.state == "received"
    assert "Sở đã nhận bản ký" in page
    assert "Nhận lúc 09:00, thứ Hai 26/02/2024, trước hạn." in page
    groups = re.findall("....", form.receipt_code)
    assert " ".join(groups) in page
    assert "IMG_0412.jpg" in page


def test_pdf_is_received(browser: FlaskClient, path: str, entry: Registration) -> None:
    page = words_of(send(browser, path, form_page(form_code(entry)), name="ban-ky.pdf"))
    assert "Sở đã nhận bản ký" in page
    assert stored()[0].media_type == "application/pdf"


def test_pages_as_separate_pictures_are_one_form(
    browser: FlaskClient, path: str, entry: Registration
) -> None:
    second = photographed("1" * 32, seed=2)
    page = words_of(send(browser, path, second, photographed(form_code(entry))))
    [form] = stored()
    assert (form.state, form.page_count) == ("received", 2)
    assert form.filename == "IMG_0412.jpg +1"
    assert "2 trang" in page


def test_blurred_photograph_is_kept_and_the_unit_told(
    browser: FlaskClient, path: str, entry: Registration
) -> None:
    page = words_of(send(browser, path, photographed(form_code(entry), blur=1.2)))
    assert stored()[0].state == "doubtful"
    assert "Ảnh mờ, không đọc được mã vuông." in page
    assert "Ảnh này vẫn được giữ để Sở xem." in page


def test_older_printing_is_refused_with_the_reason(
    browser: FlaskClient, path: str, entry: Registration
) -> None:
    old = photographed(form_code(entry))
    with unit_of_work():
        found = db.session.get_one(Registration, entry.id)
        new = Entry("Phạm Thu Hiên", "Phó Hiệu trưởng")
        amend(found, found.participation, new, by=DESK, now=IN_TIME)
    page = words_of(send(browser, path, old))
    assert "Chưa nhận tệp vừa gửi." in page
    assert "nay là phiếu lần 2" in page
    assert stored() == []


def test_another_units_form_is_refused_without_telling_whose(
    browser: FlaskClient, path: str, event: Event
) -> None:
    other = enter(participations(event)[1], "Bùi Thị Lan").registration
    answer = send(browser, path, photographed(form_code(other)))
    page = words_of(answer)
    assert "Bản này là của đơn vị khác" in page
    assert "Lan" not in page
    assert "Thử 002" not in page
    assert stored() == []


def test_same_file_again_says_when_it_came(
    browser: FlaskClient, path: str, entry: Registration
) -> None:
    picture = photographed(form_code(entry))
    send(browser, path, picture)
    page = words_of(send(browser, path, picture))
    assert "Bản này Sở đã nhận lúc 09:00, 26/02/2024. Không ghi thêm gì." in page
    assert len(stored()) == 1


def test_after_the_cutoff_it_is_taken_and_said(
    browser: FlaskClient, path: str, entry: Registration, frozen_clock: FrozenClock
) -> None:
    frozen_clock.at = TOO_LATE
    page = words_of(send(browser, path, photographed(form_code(entry))))
    assert "Nhận lúc 17:00, thứ Ba 05/03/2024, sau hạn." in page
    assert stored()[0].on_time is False


def test_the_page_works_without_script_and_names_whom_it_is_for(
    browser: FlaskClient, path: str
) -> None:
    html = browser.get(path).get_data(as_text=True)
    assert "Trường THPT Thử 001" in html
    assert 'enctype="multipart/form-data"' in html
    assert 'capture="environment"' in html
    assert 'accept="image/*,application/pdf"' in html
    assert "<noscript><button" in html


def test_without_an_entry_there_is_nothing_to_send(browser: FlaskClient, event: Event) -> None:
    empty = unit_path(participations(event)[2])
    assert browser.get(f"{empty}/signed-form").location == empty
    assert send(browser, f"{empty}/signed-form", small_jpeg()).status_code == 409
    assert stored() == []


# ---------------------------------------------------------------- files that are none


def broken_pdf(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _number in range(pages):
        document.new_page(200, 300)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def picture(kind: str, size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("L", size, 255).save(file, kind)
    return file.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "Tệp trống."),
    "word": (lambda: b"PK\x03\x04" + b"word/document.xml" * 30, "Hãy"),
    "program": (lambda: b"\x7fELF" + bytes(500), "chương trình"),
    "page of the web": (lambda: b"<html><script>alert(1)</script></html>", "trang web"),
    "truncated picture": (lambda: photographed("1" * 32)[:9000], "Hãy"),
    "truncated pdf": (lambda: form_page("1" * 32)[:3000], "Hãy"),
    "pdf of 300 pages": (lambda: broken_pdf(300), "300 trang, tối đa 20 trang"),
    "one pixel": (lambda: picture("PNG", (1, 1)), "1 × 1 điểm"),
    "twenty thousand pixels": (lambda: picture("PNG", (20_000, 20_000)), "20.000 × 20.000 điểm"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_bad_file_is_refused_with_a_sentence_and_leaves_nothing(
    browser: FlaskClient, path: str, kind: str
) -> None:
    make, sentence = BAD[kind]
    answer = send(browser, path, make())
    page = words_of(answer)
    assert answer.status_code == 422
    assert "Chưa gửi được" in page
    assert sentence in page
    assert stored() == []


def test_nothing_chosen_is_told(browser: FlaskClient, path: str) -> None:
    answer = browser.post(path, data={"file": (io.BytesIO(b""), "")})
    assert answer.status_code == 422
    assert "Chưa chọn ảnh hay tệp nào." in words_of(answer)


def test_too_many_files_are_told(browser: FlaskClient, path: str) -> None:
    answer = send(browser, path, *[small_jpeg()] * 11)
    assert answer.status_code == 422
    assert "tối đa 10 tệp" in words_of(answer)


def test_more_than_twenty_megabytes_says_how_many(browser: FlaskClient, path: str) -> None:
    answer = send_whole(browser, path, 34 * 1024 * 1024 - 4000)
    assert answer.status_code == 413
    assert "Tệp nặng 34 MB, tối đa 20 MB." in words_of(answer)
    assert "Hãy chụp bằng điện thoại thay vì quét màu." in words_of(answer)


def test_just_over_the_limit_is_told_too(browser: FlaskClient, path: str) -> None:
    """Within what the request may hold, beyond what the file may."""
    answer = send_whole(browser, path, MOST_BYTES + 1)
    assert answer.status_code == 413
    assert "Tệp nặng 21 MB, tối đa 20 MB." in words_of(answer)


def test_what_is_within_the_limit_is_read(browser: FlaskClient, path: str) -> None:
    """More than any other page takes; refused for what it is, not for its weight."""
    answer = send_whole(browser, path, 12 * 1024 * 1024)
    assert answer.status_code == 422
    assert "Chưa gửi được" in words_of(answer)


class SlowBody(io.BytesIO):
    """A line so slow that the cut-off passes while it carries the file."""

    clock: FrozenClock

    def read(self, size: int | None = -1) -> bytes:
        self.clock.at = TOO_LATE
        return super().read(size)

    def readinto(self, buffer: Any) -> int:
        self.clock.at = TOO_LATE
        return super().readinto(buffer)


def test_upload_begun_before_the_cutoff_is_on_time(
    app: Flask, path: str, entry: Registration, frozen_clock: FrozenClock
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True  # its check is the first to read the body
    frozen_clock.at = TOO_LATE - timedelta(seconds=1)
    client = app.test_client()
    token = typed_values(client.get(path))["csrf_token"].encode()
    forget_now()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    head = (
        b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + token + b"\r\n" + head
    )
    body = SlowBody(head + photographed(form_code(entry)) + b"\r\n--x--\r\n")
    body.clock = frozen_clock
    environ = {
        "wsgi.input": body,
        "CONTENT_LENGTH": str(len(body.getvalue())),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
    }
    assert client.post(path, environ_overrides=environ).status_code == 303
    assert frozen_clock.at == TOO_LATE
    [form] = stored()
    assert (form.on_time, form.received_at) == (True, TOO_LATE - timedelta(seconds=1))


def test_other_pages_keep_their_limit(browser: FlaskClient, unit: Participation) -> None:
    answer = send_whole(browser, unit_path(unit), 11 * 1024 * 1024)
    assert answer.status_code == 413
    assert "Tệp nặng quá 10 MB." in words_of(answer)


def test_twenty_uploads_an_hour(browser: FlaskClient, path: str, frozen_clock: FrozenClock) -> None:
    for _number in range(20):
        assert send(browser, path, b"nothing").status_code == 422
    answer = send(browser, path, small_jpeg())
    assert answer.status_code == 429
    assert "20 lần trong một giờ" in words_of(answer)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\Users\\Văn thư\\bản ký.pdf", "bản ký.pdf"),
        ("anh\u202egpj.exe", "anhgpj.exe"),
        ("a" * 300 + ".jpg", "a" * 108 + "…" + "a" * 7 + ".jpg"),
        ("\u0000\r\n..", "ban-ky"),
        ("<img src=x>.jpg", "<img src=x>.jpg"),
    ],
)
def test_names_are_cleaned(name: str, shown: str) -> None:
    assert cleaned_filename(name) == shown
    assert len(cleaned_filename(name)) <= 120


def test_name_of_a_file_is_text(browser: FlaskClient, path: str, entry: Registration) -> None:
    picture = photographed(form_code(entry))
    html = send(browser, path, picture, name="<b>đậm</b>\u202e.jpg").get_data(as_text=True)
    assert "<b>đậm" not in html
    assert "\u202e" not in html
    assert "b&gt;.jpg" in html


# ---------------------------------------------------------------- faults


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_upload_cut_half_way_is_told_and_leaves_nothing(
    app: Flask, path: str, entry: Registration
) -> None:
    """The parser leaves the half it has put aside to the collector, which warns."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = head + photographed(form_code(entry))
    environ = {
        "wsgi.input": io.BytesIO(body[: len(body) // 2]),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "HTTP_ACCEPT_LANGUAGE": "vi",
    }
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post(path, environ_overrides=environ)
    assert answer.status_code == 400
    assert "bị đứt giữa chừng" in words_of(answer)
    assert stored() == []


def test_full_disk_is_told_and_leaves_nothing(
    browser: FlaskClient, path: str, entry: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages are the first thing that no longer fits."""
    sent = photographed(form_code(entry))

    def full(*_given: object, **_more: object) -> None:
        raise OperationalError("INSERT", None, Exception("database or disk is full"))

    monkeypatch.setattr("app.signed_forms.services._note_stored", full)
    answer = send(browser, path, sent)
    assert answer.status_code == 503
    assert "máy chủ không ghi được dữ liệu" in words_of(answer)
    assert "Hãy chọn lại tệp" in words_of(answer)
    assert stored() == []
    assert db.session.scalar(select(func.count()).select_from(SignedFormPage)) == 0
    monkeypatch.undo()
    assert "Sở đã nhận bản ký" in words_of(send(browser, path, sent))


def test_no_room_to_put_the_body_aside_is_told(
    browser: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    def full(*_given: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("werkzeug.formparser.default_stream_factory", full)
    monkeypatch.setattr("werkzeug.wrappers.request.Request._get_file_stream", full)
    answer = send(browser, path, small_jpeg())
    assert answer.status_code == 503
    assert "máy chủ không ghi được dữ liệu" in words_of(answer)


# ---------------------------------------------------------------- looking at it again


def test_unit_looks_at_what_it_sent_and_nobody_else_does(
    browser: FlaskClient, path: str, entry: Registration, unit: Participation, event: Event
) -> None:
    form = take(unit, entry, read_of(form_code(entry), None)).signed_form
    html = browser.get(path).get_data(as_text=True)
    address = f"{path}/{form.id}/2.jpg"
    assert f'src="{address}"' in html
    answer = browser.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "attachment" not in answer.headers["Content-Disposition"]
    stranger = enter(participations(event)[1], "Bùi Thị Lan").registration.participation
    forget_now()
    assert browser.get(f"{unit_path(stranger)}/signed-form/{form.id}/1.jpg").status_code == 404
    assert browser.get(f"{path}/{form.id}/3.jpg").status_code == 404
    assert browser.get(f"/units/{'A' * 27}/signed-form/{form.id}/1.jpg").status_code == 404
    other = browser.get(f"{unit_path(stranger)}/signed-form?sent={form.id}")
    assert form.receipt_code[:4] not in words_of(other)


@pytest.mark.parametrize("number", [0, 2**31, 10**30])
def test_numbers_that_no_database_holds_are_not_found(
    browser: FlaskClient, path: str, entry: Registration, unit: Participation, number: int
) -> None:
    form = take(unit, entry, read_of(None)).signed_form
    assert browser.get(f"{path}?sent={number}").status_code == 200
    assert browser.get(f"{path}/{number}/1.jpg").status_code == 404
    assert browser.get(f"{path}/{form.id}/{number}.jpg").status_code == 404


def test_refusal_of_the_desk_is_shown_with_what_to_do(
    browser: FlaskClient, path: str, entry: Registration, unit: Participation
) -> None:
    form = take(unit, entry, read_of(None)).signed_form
    with unit_of_work():
        found = db.session.get_one(SignedForm, form.id)
        found.state, found.sentence = "refused", "Bản ký thiếu dấu."
    page = words_of(browser.get(path))
    assert "Sở chưa nhận bản đã gửi: Bản ký thiếu dấu." in page
    assert "Chụp bản ký" in page
    assert "Bản ký thiếu dấu." in words_of(browser.get(path.removesuffix("/signed-form")))


def test_page_sends_as_many_queries_with_many_uploads(
    browser: FlaskClient, path: str, entry: Registration, unit: Participation
) -> None:
    take(unit, entry, read_of(None))
    browser.get(path)
    with counted_queries() as one:
        browser.get(path)
    for number in range(6):
        take(unit, entry, read_of(None, content=str(number)))
    with counted_queries() as seven:
        browser.get(path)
    assert len(seven) == len(one)
