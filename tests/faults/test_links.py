"""Links and forms that are not what they should be."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.core.database import unit_of_work
from app.events.queries import unit_secret
from app.extensions import db
from app.registration.models import Registration
from config import Settings
from tests.factories.events import make_event, participations
from tests.faults.conftest import TYPED

WRONG = "Đường dẫn này không đúng. Hãy mở lại từ thư của Sở, hoặc chép đủ cả đường dẫn."
OLD = "Đường dẫn này đã được thay bằng đường dẫn mới. Hãy mở thư mới nhất của Sở."


def _secret(path: str) -> str:
    return path.rsplit("/", 1)[1]


def _guesses(path: str) -> list[str]:
    raw = base64.urlsafe_b64decode(_secret(path) + "=")
    other_unit = raw[:3] + bytes([raw[3] + 1]) + raw[4:]
    wrong_digest = raw[:-1] + bytes([raw[-1] ^ 1])
    no_such_unit = (999_999).to_bytes(4) + raw[4:]
    made = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in
            (other_unit, wrong_digest, no_such_unit)]  # fmt: skip
    return [*made, _secret(path)[:-1], _secret(path) + "A", "1", "x" * 27, "%00", "đường-dẫn"]


@pytest.mark.parametrize("number", range(9))
def test_guessed_link_opens_nothing(
    unit_paths: list[str], browser: FlaskClient, stored: Callable[[], int], number: int
) -> None:
    guess = _guesses(unit_paths[0])[number]
    for answer in (browser.get(f"/units/{guess}"), browser.post(f"/units/{guess}", data=TYPED)):
        assert answer.status_code == 404
        assert WRONG in answer.get_data(as_text=True)
    assert stored() == 0


def test_old_link_says_that_there_is_a_newer_one(
    app: Flask, browser: FlaskClient, stored: Callable[[], int], frozen_clock: object
) -> None:
    unit = participations(make_event())[0]
    old = unit_secret(unit)
    with unit_of_work():
        db.session.get_one(type(unit), unit.id).link_version += 1
    for answer in (browser.get(f"/units/{old}"), browser.post(f"/units/{old}", data=TYPED)):
        assert answer.status_code == 404
        assert OLD in answer.get_data(as_text=True)
    assert stored() == 0
    db.session.expire_all()
    assert browser.get(f"/units/{unit_secret(unit)}").status_code == 200


def test_link_of_one_unit_does_not_touch_another_units_entry(
    unit_paths: list[str], browser: FlaskClient
) -> None:
    """A clerk of unit 2 sends unit 1's registration number through their own link."""
    browser.post(unit_paths[0], data=TYPED)
    browser.post(unit_paths[1], data={**TYPED, "full_name": "Đỗ Hải Nam"})
    sentences = {
        "change": "Đơn vị vừa có người đăng ký từ máy khác",
        "withdraw": "Hãy tải lại trang để xem trạng thái mới.",
    }
    for move, sentence in sentences.items():
        sent = {**TYPED, "full_name": "Vũ Mai An", "registration_id": "1"}
        answer = browser.post(f"{unit_paths[1]}/{move}", data=sent)
        assert answer.status_code == 409
        page = answer.get_data(as_text=True)
        assert sentence in page
        assert "Phạm Thu Hiên" not in page
    db.session.rollback()
    names = [one.full_name for one in db.session.query(Registration).order_by(Registration.id)]
    assert names == ["Phạm Thu Hiên", "Đỗ Hải Nam"]


@pytest.fixture
def guarded(settings: Settings, app: Flask) -> Iterator[FlaskClient]:
    """A browser of an application that checks CSRF tokens, as the real one does."""
    strict = create_app(settings, TESTING=True)
    browser = strict.test_client()
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "vi"
    yield browser
    with strict.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("token", [None, "", "guessed"])
@pytest.mark.parametrize("move", ["", "/change", "/withdraw"])
def test_form_without_its_token_does_nothing(
    unit_paths: list[str], guarded: FlaskClient, stored: Callable[[], int], token: str | None,
    move: str,
) -> None:  # fmt: skip
    sent = TYPED if token is None else {**TYPED, "csrf_token": token}
    answer = guarded.post(f"{unit_paths[0]}{move}", data=sent)
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "Hãy quay lại, tải lại trang rồi gửi lần nữa." in page
    assert stored() == 0


def test_token_of_another_session_is_refused(
    unit_paths: list[str], guarded: FlaskClient, stored: Callable[[], int]
) -> None:
    page = guarded.get(unit_paths[0]).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    guarded.delete_cookie("session")
    answer = guarded.post(unit_paths[0], data={**TYPED, "csrf_token": token[1]})
    assert answer.status_code == 400
    assert stored() == 0
