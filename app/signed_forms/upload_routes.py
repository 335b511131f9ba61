"""A scan that came to the desk another way, put beside the entry its code names."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage
from app.core.uploads import takes_upload
from app.events.models import Event
from app.registration.models import Registration
from app.registration.queries import registration_of
from app.scans.reading import ReadScan
from app.signed_forms.codes import read_codes
from app.signed_forms.errors import UnitUnknown, too_big_sentence
from app.signed_forms.forms import UploadForm
from app.signed_forms.pages import changing_event, common, desk_event
from app.signed_forms.queries import BIGGEST
from app.signed_forms.routes import blueprint
from app.signed_forms.rules import MOST_BYTES, STORED, Verdict
from app.signed_forms.services import Intake, take_in
from app.signed_forms.uploads import Upload, read_upload
from app.signed_forms.words import answer_to


@blueprint.route("/new", methods=["GET", "POST"])
@requires(can_manage)
@takes_upload(MOST_BYTES, too_big_sentence)
def upload(slug: str) -> ResponseReturnValue:
    """``?registration=``: of whom; without it the square code must say."""
    event = desk_event(slug)
    chosen = request.args.get("registration", type=int)
    chosen = min(chosen, BIGGEST) if chosen is not None else None
    row = registration_of(event, chosen) if chosen is not None else None
    form = UploadForm()
    refusal: DomainError | None = None
    if request.method == "POST" and form.checked(now()):
        try:
            sent = read_upload(request.files.getlist("file"))
            with unit_of_work():
                intake = _take_in(changing_event(slug), chosen, sent, form)
                answer = None if intake.verdict in STORED else answer_to(intake)
                shown = intake.signed_form.id if intake.signed_form else None
        except DomainError as error:
            if error.status == 404:
                raise
            refusal = error
            event = desk_event(slug)
            row = registration_of(event, chosen) if chosen is not None else None
        else:
            if answer is not None:
                flash(answer.text, answer.tone)
            elif intake.verdict == Verdict.DOUBTFUL:
                flash(_("Đã giữ bản ký. Không đọc được mã vuông: hãy đối chiếu bằng mắt."), "look")
            else:
                flash(_("Đã nhận bản ký, mã vuông khớp."), "done")
            if shown is None:
                return redirect(url_for(".upload", slug=slug, registration=chosen), 303)
            return redirect(url_for(".detail", slug=slug, form_id=shown), 303)
    status = refusal.status if refusal else 422 if request.method == "POST" else 200
    page = render_template(
        "signed_forms/upload.html", **common(event), form=form, row=row, refusal=refusal
    )
    return page, status


def _take_in(event: Event, chosen: int | None, sent: Upload, form: UploadForm) -> Intake:
    registration = (
        registration_of(event, chosen).registration
        if chosen is not None
        else _named(event, sent.scan)
    )
    return take_in(
        registration.participation, registration, sent.scan, filename=sent.filename,
        by=current_actor(), now=now(), source=form.source.data or "mail", came_at=form.came_at,
    )  # fmt: skip


def _named(event: Event, scan: ReadScan) -> Registration:
    """The entry of this event that the scan's code names. Raises UnitUnknown."""
    read = read_codes(code.text for page in scan.pages for code in page.codes)
    own = [one.registration for one in read.forms if one.registration.event_id == event.id]
    if not own:
        raise UnitUnknown()
    return own[0]
