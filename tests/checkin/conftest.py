"""Clients whose requests share nothing with each other, as in production.

The application context of the `app` fixture would otherwise be theirs too, and with it `g`:
a gate's request would be answered as the account that asked before it.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db


class ApartClient(FlaskClient):
    def open(self, *args: Any, **kwargs: Any) -> Any:
        db.session.rollback()  # the test's own reads end here: what it reads next is new
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.test_client_class = ApartClient
    return app.test_client()
