"""The unit's form: choices, Word and PDF (P37–P48). Plain links, no script needed."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for
from flask_babel import lazy_gettext as _l
from wtforms.fields.choices import SelectChoice

from app.core.access import public
from app.events.form_paper import MEDIA_TYPES, download, form_file, recipients_of
from app.events.models import Participation
from app.registration import services
from app.registration.models import Registration
from app.unit_pages.form_choices import DEPUTY, HEAD, FormChoicesForm, choices_of
from app.unit_pages.form_papers import (
    FormNotReady,
    filled_form,
    form_stem,
    title_lines,
    unfilled_form,
)
from app.unit_pages.links import participation_of
from app.unit_pages.pages import render
from app.unit_pages.routes import blueprint


@blueprint.route("/units/<secret>/form", methods=["GET", "POST"])
@public
def official_form(secret: str) -> Any:
    """Choices for the form; sent, they lead to the file itself."""
    participation = participation_of(secret)
    registration = _named(participation)
    form = FormChoicesForm(participation.event, data={"place": participation.event.letter["place"]})
    head, deputy = (" / ".join(title_lines(participation, one)) for one in (HEAD, DEPUTY))
    form.signs.choices = [
        SelectChoice(HEAD, _l("Cấp trưởng: %(title)s", title=head)),
        SelectChoice(DEPUTY, _l("Cấp phó: %(title)s", title=deputy)),
    ]
    if registration is not None and form.validate_on_submit():
        wanted = request.form.get("file_format")
        return redirect(
            url_for(
                "unit_pages.official_form_file",
                secret=secret,
                file_format=wanted if wanted in MEDIA_TYPES else "pdf",
                chosen=form.choices().sealed(),
            ),
            303,
        )
    page = render(
        "official_form",
        secret,
        participation,
        registration=registration,
        form=form,
        recipient=recipients_of(participation.event)[0],
    )
    return page, 422 if form.errors else 200


@blueprint.get("/units/<secret>/form/<any(docx,pdf):file_format>")
@public
def official_form_file(secret: str, file_format: str) -> Response:
    """The filled form, with what was chosen or with number, day and signer left white."""
    participation = participation_of(secret)
    registration = _named(participation)
    if registration is None:
        raise FormNotReady(
            _l("Đơn vị chưa đăng ký người dự có tên. Hãy đăng ký trước, rồi in phiếu.")
        )
    paper = filled_form(participation, registration, choices_of(request.args.get("chosen")))
    return download(form_file(paper, file_format), form_stem(participation), file_format)


@blueprint.get("/units/<secret>/form/empty-<any(docx,pdf):file_format>")
@public
def official_form_empty(secret: str, file_format: str) -> Response:
    """The unit's head over an empty row, for those who fill in by hand."""
    participation = participation_of(secret)
    content = form_file(unfilled_form(participation), file_format)
    return download(content, f"{form_stem(participation)}-trong", file_format)


def _named(participation: Participation) -> Registration | None:
    """The unit's standing entry, waiting and late ones too, once it names somebody."""
    standing = services.active_of(participation.id)
    return standing[0] if standing and standing[0].full_name else None
