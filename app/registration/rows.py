"""An entry as a row: made and filled from what was typed, and read back for the audit log."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.vietnamese import fold, match_key, person_sort_key
from app.events.models import Participation
from app.registration.models import Registration

PERSON_KEY_MAX, SORT_KEY_MAX = 160, 400


@dataclass(frozen=True)
class Entry:
    """What a clerk typed, cleaned. ``full_name`` None: a representative not yet named."""

    full_name: str | None
    position: str = ""
    phone: str | None = None
    email: str | None = None
    honorific: str | None = None
    late_reason: str | None = None
    notice_version: str | None = None


def new_registration(
    participation: Participation, entry: Entry, *, now: datetime, source: str, reason: str | None
) -> Registration:
    """Not in the session yet, without state, seat and flags."""
    registration = Registration(
        event_id=participation.event_id,
        participation_id=participation.id,
        source=source,
        received_at=now,
        desk_reason=reason,
        late_reason=entry.late_reason,
        notice_version=entry.notice_version,
        receipt_code=f"{secrets.randbelow(10**12):012d}",
        code_version=1,
        form_version=1,
    )
    fill(registration, participation, entry)
    return registration


def fill(registration: Registration, participation: Participation, entry: Entry) -> None:
    name = entry.full_name or ""
    registration.full_name = entry.full_name
    registration.position = entry.position or ""
    registration.phone = entry.phone
    registration.email = entry.email
    registration.honorific = entry.honorific
    registration.person_key = person_key(name)
    registration.sort_key = person_sort_key(name)[:SORT_KEY_MAX] if name else ""
    registration.search = f"{fold(name)} {participation.search}"
    if participation.unit_id is None:  # a guest's mails go to the guest, whoever that is now
        participation.email, participation.phone = entry.email, entry.phone


def person_key(full_name: str | None) -> str:
    """Equal for the same person however the name is typed."""
    return match_key(full_name or "")[:PERSON_KEY_MAX]


def facts_of(registration: Registration) -> dict[str, Any]:
    """What the audit log keeps of an entry."""
    return {
        "state": registration.state,
        "full_name": registration.full_name,
        "position": registration.position,
        "phone": registration.phone,
        "email": registration.email,
        "honorific": registration.honorific,
        "source": registration.source,
    }
