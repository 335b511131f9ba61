"""Pages of units are packed where the browser takes it, and only those."""

from __future__ import annotations

import gzip

from flask.testing import FlaskClient

from app.events.models import Event
from tests.conftest import FrozenClock
from tests.factories.events import make_event, participations
from tests.factories.units import unit_path


def test_a_units_page_is_packed_for_who_asks(
    client: FlaskClient, frozen_clock: FrozenClock
) -> None:
    event: Event = make_event(units=1)
    address = unit_path(participations(event)[0])
    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    page = gzip.decompress(packed.data).decode()
    assert "Cử 01 lãnh đạo" in page and len(packed.data) < len(page.encode()) / 2
    assert int(packed.headers["Content-Length"]) == len(packed.data)


def test_a_page_that_repeats_the_request_is_not(client: FlaskClient) -> None:
    answer = client.get("/account/sign-in?next=/desk/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
