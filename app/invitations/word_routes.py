"""Letters in Word: downloads, and the department's own Word file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError, NotFound
from app.core.policies import can_manage, can_view_desk
from app.core.uploads import takes_upload
from app.core.vietnamese import clean_text
from app.events.models import Event
from app.events.queries import event_for, lock_event
from app.invitations import previewing
from app.invitations.editor_forms import WordFileForm
from app.invitations.invitees import InviteeFilter, invitee_page
from app.invitations.placeholders import WORD_PLACEHOLDERS
from app.invitations.queries import addressed
from app.invitations.templates import (
    WORD,
    newest_template,
    remove_word,
    save_word,
    template_versions,
)
from app.invitations.word_letters import fill_content, fill_for, starter_docx, word_letters
from app.printing.letter_docxtpl import MAX_BYTES, SENTENCES

blueprint = Blueprint("letter_word", __name__)
LETTERS = "/desk/events/<slug>/invitations"
BASE = f"{LETTERS}/letter/word"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _event(slug: str) -> Event:
    g.desk_event = event_for(current_actor(), slug)
    return g.desk_event


def _too_big(_sent: int) -> str:
    return str(SENTENCES["too_big"])


@blueprint.get(f"{LETTERS}/<int:participation_id>.docx")
@requires(can_view_desk)
def letter(slug: str, participation_id: int) -> Any:
    """One letter in Word."""
    event = _event(slug)
    rows = [row for row in addressed(event) if row.participation.id == participation_id]
    if not rows:
        raise NotFound()
    return _docx(
        word_letters(event, rows), f"Giay-moi-{rows[0].participation.code or 'khach'}.docx"
    )


@blueprint.post(f"{LETTERS}/letters.docx")
@requires(can_view_desk)
def letters(slug: str) -> Any:
    """The rows ticked on the list, or all of its view, in one Word file in the list's order."""
    event = _event(slug)
    if any(request.form.getlist("everything")):
        rows = list(invitee_page(event, InviteeFilter.parse(request.args)).chosen)
    else:
        wanted = set(request.form.getlist("ids"))
        rows = [row for row in addressed(event) if str(row.participation.id) in wanted]
    if not rows:
        flash(_("Chưa chọn ai. Hãy đánh dấu ít nhất một dòng rồi tải."), "look")
        return redirect(url_for("invitations.index", slug=slug), 303)
    try:
        content = word_letters(event, rows)
    except DomainError as refusal:
        flash(str(refusal), "stop")
        return redirect(url_for("invitations.index", slug=slug), 303)
    return _docx(content, f"Giay-moi-{event.slug}.docx")


@blueprint.get(BASE)
@requires(can_manage)
def index(slug: str) -> str:
    return _page(_event(slug), WordFileForm(formdata=None))


@blueprint.post(BASE)
@requires(can_manage)
@takes_upload(MAX_BYTES, _too_big)
def upload(slug: str) -> Any:
    """Take the department's own file, once it could be filled for the longest name."""
    event, form = _event(slug), WordFileForm()
    sent = form.word_file.data
    if not form.validate_on_submit() or not sent or not sent.filename:
        form.word_file.errors = [*form.word_file.errors, _("Hãy chọn tệp Word.")]
        return _page(event, form), 422
    content = sent.read(MAX_BYTES + 1)
    rows = addressed(event)
    longest = previewing.chosen(event, rows, previewing.LONGEST)
    nameless = previewing.chosen(event, rows, previewing.UNNAMED)
    try:
        for sample in (longest, nameless):
            fill_content(event, content, [sample])
    except DomainError as refusal:
        form.word_file.errors = [str(refusal)]
        return _page(event, form), 422
    with unit_of_work():
        event = lock_event(_event(slug).id)
        name = clean_text(sent.filename.replace("\\", "/").rsplit("/", 1)[-1])[-120:]
        save_word(event, name or "mau.docx", content, by=current_actor(), now=now())
    flash(_("Đã nhận mẫu Word. Thư tải dạng Word lấy theo mẫu này."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.post(f"{BASE}/remove")
@requires(can_manage)
def remove(slug: str) -> Any:
    with unit_of_work():
        event = lock_event(_event(slug).id)
        remove_word(event, by=current_actor(), now=now())
    flash(_("Đã bỏ mẫu Word. Thư tải dạng Word theo bản của hệ thống."), "ended")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get(f"{BASE}/mau.docx")
@requires(can_manage)
def file(slug: str) -> Any:
    """The department's file as it came, or ours with its places, to begin with."""
    event = _event(slug)
    own = newest_template(event, WORD)
    if own is None:
        return _docx(starter_docx(event), f"Mau-giay-moi-{event.slug}.docx")
    return _docx(own.content or b"", f"Mau-giay-moi-{event.slug}-ban-{own.version}.docx")


@blueprint.get(f"{BASE}/xem-thu.docx")
@requires(can_manage)
def sample(slug: str) -> Any:
    """The letter in Word for the delegate chosen on the page."""
    event = _event(slug)
    rows = addressed(event)
    one = previewing.chosen(event, rows, request.args.get("for", ""))
    own = newest_template(event, WORD)
    if own is None:
        shown = [row for row in rows if row.participation is one.participation]
        if not shown:
            raise NotFound()
        return _docx(word_letters(event, shown[:1]), "Xem-thu.docx")
    return _docx(fill_for(event, own, [one]).content, "Xem-thu.docx")


def _page(event: Event, form: WordFileForm) -> str:
    rows = addressed(event)
    return render_template(
        "invitations/editor_word.html",
        event=event,
        form=form,
        own=newest_template(event, WORD),
        versions=template_versions(event, WORD),
        placeholders=WORD_PLACEHOLDERS.values(),
        choices=previewing.choices(rows),
    )


def _docx(content: bytes, filename: str) -> Response:
    return Response(
        content,
        mimetype=DOCX,
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
