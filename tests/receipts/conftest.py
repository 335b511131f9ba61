"""One event, two units, and something received of every kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask

from app.core.clock import from_local
from app.core.database import unit_of_work
from app.events.models import Event, Participation
from app.extensions import db
from app.receipts.queries import Receipt, receipt_of
from app.registration.models import ChangeRequest, Registration
from app.signed_forms.models import SignedForm
from tests.conftest import FrozenClock
from tests.factories.events import make_event, participations
from tests.factories.registration import enter

PHONE, EMAIL, NAME = "+84912000345", "dai.bieu@example.vn", "Phạm Thu Hiên"
FILE = b"the bytes a unit sent"
SHA256 = hashlib.sha256(FILE).hexdigest()
CODES = {
    "entry": "240603187752",
    "scan": "719482650313",
    "replace": "058371946620",
    "withdraw": "936205174481",
    "late": "382917560074",
}


@dataclass(frozen=True)
class Received:
    """Ids, so that nothing is read before a test asks for it."""

    event_id: int
    unit_id: int
    other_id: int
    entry_id: int

    @property
    def event(self) -> Event:
        return db.session.get_one(Event, self.event_id)

    @property
    def unit(self) -> Participation:
        return db.session.get_one(Participation, self.unit_id)

    @property
    def other(self) -> Participation:
        return db.session.get_one(Participation, self.other_id)

    @property
    def entry(self) -> Registration:
        return db.session.get_one(Registration, self.entry_id)

    def receipt(self, kind: str) -> Receipt:
        found = receipt_of(CODES[kind])
        assert found is not None
        return found


def at(*parts: int) -> datetime:
    """A local moment in March 2024."""
    return from_local(datetime(2024, 3, *parts))


@pytest.fixture
def received(app: Flask, frozen_clock: FrozenClock) -> Received:
    event = make_event(seats=3, units=3)
    first, second, third = participations(event)
    entry = enter(
        first, NAME, "Phó Hiệu trưởng", now=at(4, 16, 42, 7, 900_000), phone=PHONE, email=EMAIL
    ).registration
    late = enter(third, "Tạ Đăng Khuê", now=at(5, 17, 0, 1)).registration
    with unit_of_work():
        for registration, kind in ((entry, "entry"), (late, "late")):
            db.session.get_one(Registration, registration.id).receipt_code = CODES[kind]
        common = {"event_id": event.id, "participation_id": first.id, "registration_id": entry.id}
        db.session.add(
            SignedForm(
                **common, state="received", form_version=1, source="web",
                filename="Pham Thu Hien.pdf", media_type="application/pdf", size=1_312_000,
                sha256=SHA256, page_count=2, received_at=at(5, 8, 15), on_time=True,
                receipt_code=CODES["scan"],
            )
        )  # fmt: skip
        for kind, state in (("replace", "open"), ("withdraw", "taken_back")):
            db.session.add(
                ChangeRequest(
                    **common, kind=kind, state=state, full_name="Lê Văn Bình", phone=PHONE,
                    email=EMAIL, position="Hiệu trưởng", reason="Đi công tác với Lê Văn Bình",
                    received_at=at(6, 9, 0, 30), receipt_code=CODES[kind],
                )
            )  # fmt: skip
    frozen_clock.move_to(2024, 3, 6, 10, 0)
    return Received(event.id, first.id, second.id, entry.id)
