"""`flask personal-data erase`."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.mail.models import Message
from app.registration.models import Registration
from tests.factories.personal_data import PHONE, make_traced
from tests.personal_data.test_erasing import everything, found_in, raw_bytes


@pytest.fixture
def traced(app: Flask, frozen_clock) -> int:
    registration_id = make_traced().registration_id
    frozen_clock.move_to(2024, 9, 14, 12, 0)
    return registration_id


def run(app: Flask, *args: str):
    return app.test_cli_runner().invoke(args=["personal-data", "erase", *args])


def test_a_dry_run_prints_counts_and_changes_nothing(app, traced) -> None:
    before = everything()
    done = run(app, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "tap-huan-2024" in done.output
    assert "       2  người có điện thoại, thư điện tử" in done.output
    assert "       1  trang ảnh bản ký" in done.output
    assert "Chạy thử: chưa xóa gì." in done.output
    assert everything() == before


def test_it_erases_and_wipes_the_file_at_once(app, traced) -> None:
    done = run(app)
    assert done.exit_code == 0, done.output
    assert found_in(raw_bytes(app)) == []
    again = run(app)
    assert "Không có sự kiện nào đến ngày xóa." in again.output


def test_one_event_by_its_slug(app, traced) -> None:
    assert run(app, "--event", "khong-co").exit_code == 1
    assert run(app, "--event", "tap-huan-2024").exit_code == 0
    assert db.session.get_one(Registration, traced).phone is None


def test_an_event_that_is_still_kept_is_refused(app, frozen_clock) -> None:
    make_traced()
    done = run(app, "--event", "tap-huan-2024")
    assert done.exit_code == 1
    assert "13/09/2024" in done.output
    assert db.session.scalars(select(Registration.phone)).first() is not None
    assert PHONE in everything()


def test_what_could_not_be_erased_is_told(app, traced) -> None:
    from app.core.database import unit_of_work

    with unit_of_work():
        db.session.scalars(select(Message)).first().state = "sending"
    done = run(app)
    assert done.exit_code == 1
    assert "Chưa xóa được: tap-huan-2024" in done.output
