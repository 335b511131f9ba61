"""The mails of signed forms: what was received, and what the desk did not take."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.events.models import Participation
from app.mail.services import enqueue
from app.registration.mails import unit_url
from app.registration.models import Registration
from app.signed_forms.models import SignedForm


def tell_taken_in(
    form: SignedForm, registration: Registration, participation: Participation, *, now: datetime
) -> None:
    """The receipt of one upload, received or doubtful; once for each."""
    _tell("signed_form", f"signed_form:{form.id}", form, registration, participation, now=now)


def tell_refused(
    form: SignedForm,
    registration: Registration,
    participation: Participation,
    *,
    now: datetime,
    sentence: str,
) -> None:
    """The desk asks for another scan and says why."""
    purpose = f"signed_form_refused:{form.id}"
    _tell("signed_form_refused", purpose, form, registration, participation, now=now,
          sentence=sentence)  # fmt: skip


def _tell(
    template: str,
    purpose: str,
    form: SignedForm,
    registration: Registration,
    participation: Participation,
    *,
    now: datetime,
    **extra: Any,
) -> None:
    enqueue(
        purpose,
        to=participation.email,
        to_name=participation.name,
        template=template,
        context={
            "unit": participation.name,
            "person": registration.full_name,
            "state": form.state,
            "pages": form.page_count,
            "on_time": form.on_time,
            "receipt_code": form.receipt_code,
            "received_at": form.received_at.isoformat(),
            "event_id": form.event_id,
            "url": unit_url(participation),
            **extra,
        },
        now=now,
        event_id=form.event_id,
        thing=("registration", registration.id),
    )
