"""One millisecond before the cut-off, and the cut-off itself (P30: "trước 17 giờ 00 phút")."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.extensions import db
from app.registration.models import Registration
from tests.conftest import FrozenClock
from tests.faults.conftest import TYPED

LAST_DAY = (2024, 3, 5)


def _state() -> str:
    db.session.rollback()
    return db.session.query(Registration).one().state


@pytest.mark.both_databases
def test_last_millisecond_is_in_time(
    unit_paths: list[str], browser: FlaskClient, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(*LAST_DAY, 16, 59, 59, 999_000)
    assert browser.post(unit_paths[0], data=TYPED).status_code == 303
    assert _state() == "confirmed"
    frozen_clock.move_to(*LAST_DAY, 17, 0, 0, 0)
    assert "trước hạn" in browser.get(unit_paths[0]).get_data(as_text=True)


@pytest.mark.both_databases
def test_five_o_clock_is_late(
    unit_paths: list[str], browser: FlaskClient, frozen_clock: FrozenClock
) -> None:
    """The page was opened in time and sent on the stroke: the instant of arrival decides."""
    frozen_clock.move_to(*LAST_DAY, 16, 59, 59, 999_000)
    assert "Gửi đăng ký" in browser.get(unit_paths[0]).get_data(as_text=True)
    frozen_clock.move_to(*LAST_DAY, 17, 0, 0, 0)
    assert browser.post(unit_paths[0], data=TYPED).status_code == 303
    assert _state() == "late"
    page = browser.get(unit_paths[0]).get_data(as_text=True)
    assert "Sở đã nhận đề nghị bổ sung" in page
    assert "Đề nghị chưa phải là chỗ ngồi" in page


@pytest.mark.parametrize("move", ["change", "withdraw"])
def test_nothing_moves_from_five_o_clock_on(
    unit_paths: list[str], browser: FlaskClient, frozen_clock: FrozenClock, move: str
) -> None:
    browser.post(unit_paths[0], data=TYPED)
    frozen_clock.move_to(*LAST_DAY, 17, 0, 0, 0)
    sent = {**TYPED, "full_name": "Đỗ Hải Nam", "registration_id": "1"}
    answer = browser.post(f"{unit_paths[0]}/{move}", data=sent)
    assert answer.status_code == 409
    assert "Đơn vị gửi đề nghị, Sở xét và trả lời" in answer.get_data(as_text=True)
    assert _state() == "confirmed"
