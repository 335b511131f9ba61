"""What the desk decides about a signed form; callers open the unit of work."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import datetime

from app.audit.services import record
from app.core.access import Actor
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.extensions import db
from app.registration.desk_services import mark_of
from app.registration.models import Registration
from app.registration.rows import Entry
from app.registration.services import amend
from app.signed_forms import mails
from app.signed_forms.errors import SeenMeanwhile, SignedFormNotFound
from app.signed_forms.models import SignedForm, SignedFormPage
from app.signed_forms.queries import FormRow, form_of, waiting_ids
from app.signed_forms.rules import IN_HAND, FormState
from app.signed_forms.services import supersede

JPEG_QUALITY = 90


def mark_of_review(row: FormRow, registration: Registration) -> str:
    """A short digest of what the desk saw: the upload's state, its entry, the printing."""
    seen = (row.form.id, row.state, registration.form_version, mark_of(registration))
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def accept(
    event: Event,
    form_id: int,
    *,
    seen: str | None,
    by: Actor,
    now: datetime,
    full_name: str | None = None,
    position: str | None = None,
) -> SignedForm:
    """The form is in order. ``full_name``, ``position``: what stands on the paper where the entry
    said otherwise; the signed paper is right, and the entry is put right with it.

    Raises SeenMeanwhile, SignedFormNotFound; as `amend` when the entry cannot be put right.
    """
    row, registration, participation = _locked(event, form_id, seen)
    if row.state not in (FormState.RECEIVED, FormState.DOUBTFUL):
        raise SeenMeanwhile()
    if full_name or position:
        entry = Entry(
            full_name or registration.full_name, position or registration.position,
            phone=registration.phone, email=registration.email,
        )  # fmt: skip
        amend(registration, participation, entry, by=by, now=now, reason=_PAPER)
    _accept(row.form, registration, before=row.state, by=by, now=now)
    return row.form


_PAPER = "Theo bản ký"


def _locked(
    event: Event, form_id: int, seen: str | None
) -> tuple[FormRow, Registration, Participation]:
    lock_event(event.id)
    row = form_of(event, form_id)
    registration, participation = row.form.registration, row.form.participation
    if seen != mark_of_review(row, registration):
        raise SeenMeanwhile()
    return row, registration, participation


def _accept(
    form: SignedForm, registration: Registration, *, before: str, by: Actor, now: datetime
) -> None:
    form.state = FormState.ACCEPTED
    form.form_version = registration.form_version  # what the desk saw beside the picture
    form.decided_at = now
    form.sentence = None
    supersede(form)
    record(
        "signed_form.accepted",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=form.event_id,
        before={"form": before},
        after={"form": FormState.ACCEPTED},
    )


def accept_matched(event: Event, ids: Sequence[int] | None, *, by: Actor, now: datetime) -> int:
    """Accept those known by their code; None: all that wait. → how many; others are left alone."""
    lock_event(event.id)
    matched = waiting_ids(event, FormState.RECEIVED)
    chosen = [one for one in matched if ids is None or one in set(ids)]
    for form_id in chosen:
        row = form_of(event, form_id)
        _accept(row.form, row.form.registration, before=row.state, by=by, now=now)
    db.session.flush()
    return len(chosen)


def refuse(
    event: Event, form_id: int, *, seen: str | None, sentence: str, by: Actor, now: datetime
) -> SignedForm:
    """The unit is asked for another scan and told why. Raises as `accept`."""
    row, registration, participation = _locked(event, form_id, seen)
    if row.state not in IN_HAND:
        raise SeenMeanwhile()
    form = row.form
    form.state = FormState.REFUSED
    form.decided_at = now
    form.sentence = sentence
    db.session.flush()
    record(
        "signed_form.refused",
        ("registration", registration.id),
        by=by,
        now=now,
        event_id=event.id,
        before={"form": row.state},
        after={"form": FormState.REFUSED},
        reason=sentence,
    )
    mails.tell_refused(form, registration, participation, now=now, sentence=sentence)
    return form


def turn_page(event: Event, form_id: int, number: int, *, by: Actor, now: datetime) -> None:
    """Turn one page's picture a quarter clockwise, for everybody who looks at it."""
    lock_event(event.id)
    form = form_of(event, form_id).form
    page = next((one for one in form.pages if one.number == number), None)
    if page is None:
        raise SignedFormNotFound()
    page.picture, page.width, page.height = _turned(page)
    record(
        "signed_form.turned",
        ("registration", form.registration_id),
        by=by,
        now=now,
        event_id=event.id,
        after={"page": number},
    )


def _turned(page: SignedFormPage) -> tuple[bytes, int, int]:
    """The picture is our own JPEG, drawn when the scan was read."""
    from PIL import Image  # one page a week is turned: not in every web process

    with Image.open(io.BytesIO(page.picture), formats=["JPEG"]) as picture:
        turned = picture.transpose(Image.Transpose.ROTATE_270)
    made = io.BytesIO()
    turned.save(made, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return made.getvalue(), turned.width, turned.height
