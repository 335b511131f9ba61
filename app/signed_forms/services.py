"""Taking signed scans in; callers open the unit of work and pass who and when.

What the square codes say decides: nobody chooses which entry a scan belongs to.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from app.audit.services import record
from app.core.access import Actor
from app.core.errors import TooManyAttempts
from app.core.limits import count_attempt, ensure_allowed
from app.events.errors import EventStateRefused
from app.events.models import Event, Participation
from app.events.queries import lock_event
from app.events.rules import EventState
from app.extensions import db
from app.registration.errors import MoveRefused
from app.registration.models import Registration
from app.registration.rules import ACTIVE, effective_cutoff, is_late
from app.scans.reading import ReadScan
from app.signed_forms import mails
from app.signed_forms.codes import FormRead, read_codes
from app.signed_forms.errors import TooManyKept, TooManyUploads
from app.signed_forms.models import SignedForm, SignedFormPage
from app.signed_forms.queries import form_state, state_now
from app.signed_forms.rules import (
    MOST_KEPT,
    MOST_UPLOADS,
    STORED,
    UPLOADS_WITHIN,
    FormState,
    Verdict,
    cleaned_filename,
)

TAKES_SCANS = frozenset({EventState.OPEN, EventState.CLOSED})
PURPOSE = "signed_form"


@dataclass(frozen=True)
class Intake:
    """``signed_form``: what was stored, or for SAME_SCAN and ACCEPTED_BEFORE what stood there.

    ``named``: the entry a code of this unit's named; ``version``: of the form it named.
    """

    signed_form: SignedForm | None
    verdict: Verdict
    named: Registration | None = None
    version: int | None = None


def count_upload(participation: Participation, *, now: datetime) -> None:
    """In a unit of work of its own, before the file is read. Raises TooManyUploads."""
    who = str(participation.id)
    try:
        ensure_allowed(PURPOSE, who, most=MOST_UPLOADS, within=UPLOADS_WITHIN, now=now)
    except TooManyAttempts as error:
        raise TooManyUploads() from error
    count_attempt(PURPOSE, who, now=now)


def take_in(
    participation: Participation,
    registration: Registration,
    scan: ReadScan,
    *,
    filename: str,
    by: Actor,
    now: datetime,
    source: str = "web",
    came_at: datetime | None = None,
) -> Intake:
    """One scan of this unit: received, kept for the desk, or turned away with the reason.

    ``registration``: the entry of the page it was sent from; the code may name another of the
    unit's. ``came_at``: when it reached the desk by another way (mail), for whether it was on time.
    Raises EventStateRefused when the event takes nothing, MoveRefused without a standing entry,
    TooManyKept when a unit has sent its fill.
    """
    event = lock_event(participation.event_id)
    if event.state not in TAKES_SCANS:
        raise EventStateRefused()
    db.session.refresh(registration)
    intake = _judged(participation, registration, scan)
    if intake.verdict not in STORED:
        if intake.signed_form is None:
            _note_turned_away(intake, participation, by=by, now=now)
        return intake
    target = intake.named or registration
    if target.state not in ACTIVE:
        raise MoveRefused()
    standing = form_state(target)
    if standing.state == FormState.ACCEPTED and by.kind == "unit":
        return Intake(standing.form, Verdict.ACCEPTED_BEFORE, target, intake.version)
    if by.kind == "unit":
        _ensure_room(participation)
    form = _stored(scan, intake, target, filename=filename, now=now, source=source)
    form.on_time = not _too_late(event, participation, came_at or now)
    db.session.add(form)
    if intake.verdict == Verdict.RECEIVED:
        supersede(form)
    db.session.flush()
    _note_stored(form, by=by, now=now, came_at=came_at)
    mails.tell_taken_in(form, target, participation, now=now)
    return Intake(form, intake.verdict, target, intake.version)


def _ensure_room(participation: Participation) -> None:
    kept = db.session.scalar(
        select(func.count())
        .select_from(SignedForm)
        .where(SignedForm.participation_id == participation.id)
    )
    if kept is not None and kept >= MOST_KEPT:
        raise TooManyKept()


def _judged(participation: Participation, registration: Registration, scan: ReadScan) -> Intake:
    read = read_codes(code.text for page in scan.pages for code in page.codes)
    if len(read.forms) > 1:
        return Intake(None, Verdict.CONTRADICTORY)
    if read.forms:
        found = read.forms[0]
        verdict = _verdict(participation, found)
        if verdict != Verdict.RECEIVED:
            own = found.registration.participation_id == participation.id
            return Intake(None, verdict, found.registration if own else None, found.version)
    twin = _same_scan(participation, scan)
    if twin is not None:
        return Intake(twin, Verdict.SAME_SCAN, registration)
    if read.forms:
        return Intake(None, Verdict.RECEIVED, read.forms[0].registration, read.forms[0].version)
    return Intake(None, Verdict.NOT_A_FORM if read.has_other else Verdict.DOUBTFUL)


def _verdict(participation: Participation, found: FormRead) -> Verdict:
    registration = found.registration
    if registration.event_id != participation.event_id:
        return Verdict.OTHER_EVENT
    if registration.participation_id != participation.id:
        return Verdict.OTHER_UNIT
    if registration.state not in ACTIVE:
        return Verdict.REPLACED
    if found.version != registration.form_version:
        return Verdict.OLDER_VERSION
    return Verdict.RECEIVED


def _same_scan(participation: Participation, scan: ReadScan) -> SignedForm | None:
    return db.session.scalar(
        select(SignedForm).where(
            SignedForm.participation_id == participation.id, SignedForm.sha256 == scan.sha256
        )
    )


def _stored(
    scan: ReadScan,
    intake: Intake,
    target: Registration,
    *,
    filename: str,
    now: datetime,
    source: str,
) -> SignedForm:
    return SignedForm(
        event_id=target.event_id,
        participation_id=target.participation_id,
        registration_id=target.id,
        state=intake.verdict,
        form_version=intake.version,
        source=source,
        filename=cleaned_filename(filename),
        media_type=scan.media_type,
        size=scan.size,
        sha256=scan.sha256,
        page_count=len(scan.pages),
        received_at=now,
        receipt_code=f"{secrets.randbelow(10**12):012d}",
        pages=[
            SignedFormPage(number=number, width=one.width, height=one.height, picture=one.jpeg)
            for number, one in enumerate(scan.pages, 1)
        ],
    )


def supersede(form: SignedForm) -> None:
    """Earlier uploads of this entry that wait or were accepted give way to this one."""
    db.session.flush()
    db.session.execute(
        update(SignedForm)
        .where(
            SignedForm.registration_id == form.registration_id,
            SignedForm.id != form.id,
            SignedForm.state.in_([FormState.RECEIVED, FormState.DOUBTFUL, FormState.ACCEPTED]),
        )
        .values(state=FormState.OLD)
        .execution_options(synchronize_session="fetch")
    )


def _too_late(event: Event, participation: Participation, moment: datetime) -> bool:
    return is_late(moment, effective_cutoff(event.cutoff_at, participation.cutoff_at))


def _note_stored(form: SignedForm, *, by: Actor, now: datetime, came_at: datetime | None) -> None:
    record(
        "signed_form.received" if form.state == FormState.RECEIVED else "signed_form.doubtful",
        ("registration", form.registration_id),
        by=by,
        now=now,
        event_id=form.event_id,
        after={
            "file": form.filename,
            "pages": form.page_count,
            "sha256": form.sha256,
            "source": form.source,
            "on_time": form.on_time,
            "came_at": came_at.isoformat() if came_at else None,
        },
    )


def _note_turned_away(
    intake: Intake, participation: Participation, *, by: Actor, now: datetime
) -> None:
    """Of another unit's form nothing is noted but that it was one."""
    record(
        "signed_form.turned_away",
        ("participation", participation.id),
        by=by,
        now=now,
        event_id=participation.event_id,
        after={"verdict": intake.verdict, "form_version": intake.version if intake.named else None},
    )


def current_state(form: SignedForm) -> str:
    """The state it is in now, read afresh."""
    return db.session.execute(
        select(state_now())
        .join(Registration, Registration.id == SignedForm.registration_id)
        .where(SignedForm.id == form.id)
    ).scalar_one()
