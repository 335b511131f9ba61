"""The 32 digits of a delegate's entrance code and of the unit's form (design 5)."""

from __future__ import annotations

from app.core.tokens import ENTRY_CODE, FORM_CODE, entry_digits
from app.registration.models import Registration


def entry_code(registration: Registration) -> str:
    """Dies when the delegate is replaced (another row) or `code_version` is raised."""
    return entry_digits(
        ENTRY_CODE,
        event_id=registration.event_id,
        thing_id=registration.id,
        version=registration.code_version,
    )


def form_digits(registration: Registration) -> str:
    """Stands on the printed form; another once what the form prints changed (`form_version`)."""
    return entry_digits(
        FORM_CODE,
        event_id=registration.event_id,
        thing_id=registration.id,
        version=registration.form_version,
    )
