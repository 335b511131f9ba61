"""Number and date of an event's confirmations of attendance: one for all, as the clerk's office
gave them (Nghị định 30, Điều 15); never invented, blank to write on until then.

They stand in ``Event.delivery["confirmation"]``: {"number", "issued_on" (ISO)}.
"""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import DomainError
from app.events.models import Event
from app.events.queries import lock_event
from app.extensions import db
from app.invitations.forms import NumberForm
from app.invitations.rules import issue_date
from app.printing.model import Numbering

KEY = "confirmation"
SYMBOL = "GXN-SGDĐT"  # office habit (paper 3.9)


class NumberInUse(DomainError):
    """Another event of that year gave its confirmations this number."""

    status = 422


class ConfirmationNumberForm(NumberForm):
    """Both empty until the clerk's office has given them."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.number.label.text = _l("Số giấy xác nhận")


def number_of(event: Event) -> tuple[str | None, date | None]:
    """Number and date, each None while there is none."""
    stored = event.delivery.get(KEY, {})
    return stored.get("number") or None, issue_date(stored.get("issued_on"))


def numbering_of(event: Event) -> Numbering:
    """As the head of each confirmation shows it."""
    number, day = number_of(event)
    year = (day or event.valid_on).year
    return Numbering(SYMBOL, event.letter["place"], year, number, day)


def set_confirmation_number(
    event: Event, number: str | None, issued_on: date | None, *, by: Actor, now: datetime
) -> None:
    """Inside a unit of work. Empty takes them away again. Raises NumberInUse."""
    event = lock_event(event.id)
    year = (issued_on or event.valid_on).year
    for other in db.session.scalars(select(Event).where(Event.id != event.id)):
        theirs, day = number_of(other)
        same_year = (day or other.valid_on).year == year
        if number and theirs and same_year and theirs.lstrip("0") == number.lstrip("0"):
            raise NumberInUse(
                _l("Số %(number)s đã dùng cho giấy xác nhận của “%(title)s” năm %(year)s.",
                   number=number, title=other.short_title, year=year)
            )  # fmt: skip
    before = event.delivery.get(KEY, {})
    after = {"number": number or "", "issued_on": issued_on.isoformat() if issued_on else ""}
    event.delivery = {**event.delivery, KEY: after}
    record(
        "invitation.confirmations_numbered", ("event", event.id), by=by, now=now, event_id=event.id,
        before=before, after=after,
    )  # fmt: skip
