"""Clients whose requests share nothing with each other, as in production.

The application context of the `app` fixture would otherwise be theirs too, and with it `g`:
a gate's request would be answered as the account that asked before it.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.events.models import Event
from app.extensions import db
from tests.conftest import FrozenClock
from tests.factories.events import make_event
from tests.factories.syncing import paired


class ApartClient(FlaskClient):
    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.rollback()  # the test's own reads end here: what it reads next is new
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.test_client_class = ApartClient
    return app.test_client()


@pytest.fixture
def event(app: Flask, frozen_clock: FrozenClock) -> Event:
    frozen_clock.move_to(2024, 3, 12, 7, 52)
    return make_event(seats=3, units=5)


@pytest.fixture
def morning(event: Event) -> int:
    return event.sessions[0].id


@pytest.fixture
def phone(app: Flask, client: FlaskClient, event: Event) -> FlaskClient:
    return paired(client, event)
