"""Signed scans for tests: as the reader gives them, and as units send them."""

from __future__ import annotations

import hashlib
import io
from datetime import datetime
from functools import lru_cache

from PIL import Image

from app.core.access import Actor
from app.core.database import unit_of_work
from app.core.tokens import FORM_CODE, entry_digits
from app.events.models import Participation
from app.extensions import db
from app.registration.models import Registration
from app.scans.reading import FoundCode, ReadScan, ScanPage
from app.signed_forms.services import Intake, take_in
from tests.factories.registration import IN_TIME, unit_actor
from tests.factories.scans import degraded, form_page


@lru_cache
def small_jpeg(width: int = 60, height: int = 80) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(file, "JPEG")
    return file.getvalue()


def form_code(registration: Registration, version: int | None = None) -> str:
    """The digits in the foot of this entry's form, of the version now or an earlier one."""
    return entry_digits(
        FORM_CODE,
        event_id=registration.event_id,
        thing_id=registration.id,
        version=version or registration.form_version,
    )


def read_of(*codes: str | None, content: str = "") -> ReadScan:
    """What the reader gives of a scan of one page a code; None: a page without one."""
    whole = hashlib.sha256(f"{codes}{content}".encode()).hexdigest()
    corners = ((1, 1), (9, 1), (9, 9), (1, 9))
    pages = tuple(
        ScanPage(small_jpeg(), 60, 80, (FoundCode(code, corners),) if code else ())
        for code in codes
    )
    return ReadScan("image/jpeg", 1000, whole, pages)


def photographed(code: str, *, seed: int = 1, **how: float) -> bytes:
    """A photograph of the real form with this code, as a phone would send it."""
    return degraded(form_page(code), seed=seed, dpi=150, **{"rotation": 4, "blur": 0.05, **how})


def take(
    unit: Participation,
    registration: Registration,
    scan: ReadScan,
    *,
    now: datetime = IN_TIME,
    by: Actor | None = None,
    **values: object,
) -> Intake:
    """In a unit of work of its own."""
    with unit_of_work():
        return take_in(
            db.session.get_one(Participation, unit.id),
            db.session.get_one(Registration, registration.id),
            scan,
            filename="ban-ky.jpg",
            by=by or unit_actor(unit),
            now=now,
            **values,
        )
