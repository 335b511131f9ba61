"""The desk writes the letter: fields, places to fill, a preview for any delegate, versions."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage
from app.core.uploads import takes_upload
from app.events.models import Event
from app.events.queries import event_for, lock_event
from app.invitations import previewing
from app.invitations.approvals import fall_back
from app.invitations.editor_forms import LetterTextForm, RestoreForm
from app.invitations.letter_words import default_body
from app.invitations.placeholders import PLACEHOLDERS
from app.invitations.queries import addressed
from app.invitations.templates import (
    WORD,
    TemplateChanged,
    letter_body,
    newest_template,
    restore_text,
    save_text,
    template_version,
    template_versions,
)
from app.invitations.text_changes import text_changes

blueprint = Blueprint("letter_editor", __name__)
BASE = "/desk/events/<slug>/invitations/letter"
PNG = "image/png"
MOST_BYTES = 200 * 1024  # all the words a letter may have, as a browser writes them


def _too_long(_sent: int) -> str:
    return _("Lời thư quá dài cho một trang. Hãy viết gọn lại.")


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


@blueprint.get(BASE)
@requires(can_manage)
def edit(slug: str) -> Any:
    event = _event(slug)
    newest = newest_template(event)
    version = newest.version if newest else 0
    form = LetterTextForm(
        formdata=None, data=LetterTextForm.values_of(letter_body(event)[0], version)
    )
    return _page(event, form)


@blueprint.post(BASE)
@requires(can_manage)
@takes_upload(MOST_BYTES, _too_long)
def save(slug: str) -> Any:
    """Save, or show without saving: the button says which."""
    form = LetterTextForm()
    fine = form.validate_on_submit()
    if request.form.get("do") == "preview":
        return _shown(_event(slug), form, fine)
    event = _event(slug)
    if fine and (sentence := previewing.body_refused(event, form.body())):
        form.form_errors.append(sentence)
        fine = False
    if not fine:
        return _page(event, form), 422
    try:
        with unit_of_work():
            event = lock_event(_event(slug).id)
            before = newest_template(event)
            made = save_text(
                event, form.body(), base=form.base_version, by=current_actor(), now=now()
            )
            same = made is before
            fall_back(event, by=current_actor(), now=now())
    except TemplateChanged as refusal:
        form.form_errors.append(str(refusal))
        event = _event(slug)
        newest = newest_template(event)
        form.base.data = str(newest.version if newest else 0)
        return _page(event, form, changed=True), 409
    if same:
        flash(_("Lời thư không đổi, không có bản mới."), "ended")
    else:
        flash(_("Đã lưu. Thư chưa gửi lấy lời mới; thư đã gửi giữ nguyên."), "done")
    chosen: dict[str, Any] = {"for": request.form.get("for") or None}
    return redirect(url_for(".edit", slug=slug, **chosen), 303)


def _shown(event: Event, form: LetterTextForm, fine: bool) -> Any:
    if not fine:
        return _page(event, form), 422
    try:
        sample = previewing.chosen(event, addressed(event), request.form.get("for", ""))
        drawn = previewing.picture(event, sample, form.body())
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return _page(event, form), 422
    return _page(event, form, drawn=drawn)


def _page(
    event: Event, form: LetterTextForm, *, drawn: bytes | None = None, changed: bool = False
) -> str:
    rows = addressed(event)
    choice = request.values.get("for", previewing.FIRST)
    versions = template_versions(event)
    return render_template(
        "invitations/editor.html",
        event=event,
        form=form,
        versions=versions,
        changed=changed,
        placeholders=PLACEHOLDERS.values(),
        choices=previewing.choices(rows),
        choice=choice,
        sample=previewing.chosen(event, rows, choice),
        drawn="data:image/png;base64," + b64encode(drawn).decode() if drawn else None,
        people=len(rows),
        nameless=sum(not (row.registration and row.registration.full_name) for row in rows),
        refused=previewing.refused_letters(event, rows) if request.method == "GET" else [],
        word=newest_template(event, WORD),
    )


@blueprint.get(f"{BASE}/preview.png")
@requires(can_manage)
def picture(slug: str) -> Any:
    """The saved words with one delegate's data."""
    event = _event(slug)
    sample = previewing.chosen(event, addressed(event), request.args.get("for", ""))
    return Response(previewing.picture(event, sample), mimetype=PNG)


@blueprint.post(f"{BASE}/preview")
@requires(can_manage)
@takes_upload(MOST_BYTES, _too_long)
def preview(slug: str) -> Any:
    """The words as they stand in the page, for its script: a picture, or the sentences against it."""
    event = _event(slug)
    form = LetterTextForm()
    if not form.validate_on_submit():
        told = {name: " ".join(map(str, errors)) for name, errors in form.errors.items() if name}
        return jsonify(errors=told, sentence=" ".join(map(str, form.form_errors))), 422
    sample = previewing.chosen(event, addressed(event), request.form.get("for", ""))
    try:
        drawn = previewing.picture(event, sample, form.body())
    except DomainError as refusal:
        return jsonify(errors={}, sentence=str(refusal)), 422
    return Response(drawn, mimetype=PNG)


@blueprint.get(f"{BASE}/versions/<int:version>")
@requires(can_manage)
def version(slug: str, version: int) -> Any:
    """An earlier version beside the one that holds; 0 is what the event's own words make."""
    event = _event(slug)
    shown = template_version(event, version) if version else None
    body = {**default_body(event), **(shown.body if shown else {})}
    newest = newest_template(event)
    form = LetterTextForm(formdata=None)
    return render_template(
        "invitations/editor_version.html",
        event=event,
        version=version,
        shown=shown,
        body=body,
        labels={field.name: field.label.text for field in form},
        changes=text_changes(body, letter_body(event)[0]),
        newest=newest.version if newest else 0,
        form=RestoreForm(formdata=None),
    )


@blueprint.post(f"{BASE}/versions/<int:version>")
@requires(can_manage)
def restore(slug: str, version: int) -> Any:
    if not RestoreForm().validate_on_submit():
        return redirect(url_for(".version", slug=slug, version=version), 303)
    with unit_of_work():
        event = lock_event(_event(slug).id)
        restore_text(event, version, by=current_actor(), now=now())
        fall_back(event, by=current_actor(), now=now())
    flash(_("Đã lấy lại lời của bản %(n)s thành bản mới.", n=version), "done")
    return redirect(url_for(".edit", slug=slug), 303)
