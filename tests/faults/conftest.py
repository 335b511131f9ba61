"""What the tests of faults share: an open event on the test's own database, reached over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.events.queries import unit_secret
from app.extensions import db
from app.registration.models import Registration
from tests.factories.events import make_event, participations

TYPED = {
    "full_name": "Phạm Thu Hiên",
    "position": "Phó Hiệu trưởng",
    "phone": "0912 345 678",
    "email": "thu.hien@example.vn",
}
NOT_STORED = "Chưa gửi được: máy chủ không ghi được dữ liệu."
STAYS = "Nội dung vẫn còn ở đây, hãy gửi lại sau một phút."


@pytest.fixture
def unit_paths(app: Flask, frozen_clock: object) -> list[str]:
    """The private pages of five units of an open event with three seats."""
    return [f"/units/{unit_secret(one)}" for one in participations(make_event())]


@pytest.fixture
def stored(app: Flask) -> Callable[[], int]:
    """How many registrations there are."""

    def count() -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count()).select_from(Registration)) or 0

    return count


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    """Somebody whose browser speaks Vietnamese."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "vi"
    return client
