"""The signed form comes back: a photograph or a file, without an account and without script."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for

from app.core.access import public
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError, NotFound, NotStored
from app.core.uploads import takes_upload
from app.extensions import db
from app.registration import services
from app.registration.errors import LinkNotFound, MoveRefused
from app.signed_forms.errors import ScanNotStored, too_big_sentence
from app.signed_forms.pictures import picture_answer
from app.signed_forms.queries import form_of_unit, forms_of, standing_of
from app.signed_forms.rules import MOST_BYTES, STORED
from app.signed_forms.services import TAKES_SCANS, count_upload, take_in
from app.signed_forms.uploads import read_upload
from app.signed_forms.words import answer_to
from app.unit_pages.links import participation_and_standing, participation_of, unit_actor
from app.unit_pages.pages import render
from app.unit_pages.routes import blueprint
from app.unit_pages.scan_panel import signed_form_panel


@blueprint.route("/units/<secret>/signed-form", methods=["GET", "POST"])
@public
@takes_upload(MOST_BYTES, too_big_sentence)
def send_form(secret: str) -> Any:
    if request.method == "GET":
        return _page(secret)
    try:
        participation, standing = participation_and_standing(secret)
        with unit_of_work():
            count_upload(participation, now=now())
        sent = read_upload(request.files.getlist("file"))
        with unit_of_work():
            participation, standing = participation_and_standing(secret)
            intake = take_in(
                participation, standing, sent.scan, filename=sent.filename,
                by=unit_actor(participation), now=now(),
            )  # fmt: skip
            answer = None if intake.verdict in STORED else answer_to(intake)
            shown = intake.signed_form.id if intake.signed_form else None
    except DomainError as refusal:
        db.session.rollback()
        if isinstance(refusal, LinkNotFound | MoveRefused):
            raise
        return _page(secret, ScanNotStored() if isinstance(refusal, NotStored) else refusal)
    if answer is not None:
        flash(answer.text, answer.tone)
        shown = None
    return redirect(url_for("unit_pages.send_form", secret=secret, sent=shown), 303)


def _page(secret: str, refusal: DomainError | None = None) -> Any:
    participation = participation_of(secret)
    standing = services.active_of(participation.id)
    if not standing:
        return redirect(url_for("unit_pages.unit_page", secret=secret))
    registration = standing[0]
    uploads = forms_of(registration, with_pages=True)
    page = render(
        "send_form",
        secret,
        participation,
        registration=registration,
        signed_form=signed_form_panel(standing_of(uploads)),
        uploads=uploads,
        sent=_just_sent(participation),
        refusal=refusal,
        takes_scans=participation.event.state in TAKES_SCANS,
    )
    return page, refusal.status if refusal else 200


def _just_sent(participation: Any) -> Any:
    """The upload that the redirect after sending names; None for what is not this unit's."""
    form_id = request.args.get("sent", type=int)
    if form_id is None:
        return None
    try:
        return form_of_unit(participation, form_id)
    except NotFound:
        return None


@blueprint.get("/units/<secret>/signed-form/<int:form_id>/<int:number>.jpg")
@public
def signed_form_picture(secret: str, form_id: int, number: int) -> Any:
    """What the unit sent, as it is kept; another unit's is not found."""
    return picture_answer(form_of_unit(participation_of(secret), form_id).form, number)
