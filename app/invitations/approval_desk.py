"""The desk's part after approval: numbers one each, real letters scanned or signed digitally."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.access import current_actor, requires
from app.core.clock import now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage, can_view_desk
from app.core.uploads import takes_upload
from app.events.models import Event
from app.events.queries import lock_event
from app.invitations import letter_files, numbering, signing
from app.invitations.approval_forms import AssignForm, FilesForm, NumbersForm, number_problem
from app.invitations.approval_routes import blueprint, desk_event
from app.invitations.letter_files import Scanned
from app.scans.reading import MAX_BYTES, read_scan
from app.signed_forms.errors import too_big_sentence

FILES_MOST = 20  # scans in one sending


@blueprint.route("/numbers", methods=["GET", "POST"])
@requires(can_manage)
def numbers(slug: str) -> ResponseReturnValue:
    """One number each; the common number stands on the list's page."""
    event = desk_event(slug)
    letters = numbering.numbered_letters(event)
    form = NumbersForm()
    typed = {one.id: one.number or "" for one in letters}
    problems: dict[int, str] = {}
    warning = ""
    if request.method == "POST" and form.validate():
        typed = {one.id: request.form.get(f"number-{one.id}", "").strip() for one in letters}
        if request.form.get("do") == "fill":
            blank = [key for key, text in typed.items() if not text]
            typed |= dict(zip(blank, form.pasted(), strict=False))
            return _numbers_page(event, form, letters, typed, {}, "")
        problems = {key: told for key, text in typed.items() if (told := number_problem(text))}
        if form.issued_on.day is None:
            form.issued_on.errors = [_("Hãy nhập ngày văn thư ghi, ví dụ 07/03/2024.")]
        elif not problems:
            early = numbering.is_before_approval(event, form.issued_on.day)
            if early and request.form.get("early") != "yes":
                warning = _("Ngày này trước ngày lãnh đạo duyệt. Nếu đúng vậy, hãy ghi lần nữa.")
            else:
                return _write(slug, form, form.issued_on.day, typed)
    status = 422 if request.method == "POST" else 200
    return _numbers_page(event, form, letters, typed, problems, warning), status


def _write(slug: str, form: NumbersForm, day: date, typed: dict[int, str]) -> ResponseReturnValue:
    try:
        with unit_of_work():
            event = lock_event(desk_event(slug).id)
            ready = numbering.set_numbers(event, typed, day, by=current_actor(), now=now())
    except (numbering.NumberTaken, numbering.NumbersRefused) as refusal:
        event = desk_event(slug)
        letters = numbering.numbered_letters(event)
        return _numbers_page(event, form, letters, typed, {}, str(refusal)), 422
    flash(ngettext("Đã ghi số: %(num)s thư sẵn sàng gửi.",
                   "Đã ghi số: %(num)s thư sẵn sàng gửi.", ready), "done")  # fmt: skip
    return redirect(url_for(".index", slug=slug), 303)


def _numbers_page(
    event: Event, form: NumbersForm, letters: list[Any], typed: dict[int, str],
    problems: dict[int, str], warning: str,
) -> str:  # fmt: skip
    return render_template(
        "invitations/approval_numbers.html", event=event, form=form, letters=letters,
        typed=typed, problems=problems, warning=warning,
    )  # fmt: skip


# ---------------------------------------------------------------- real letters


@blueprint.route("/files", methods=["GET", "POST"])
@requires(can_manage)
@takes_upload(MAX_BYTES, too_big_sentence)
def files(slug: str) -> ResponseReturnValue:
    form = FilesForm()
    refusal: DomainError | None = None
    if request.method == "POST" and form.validate():
        try:
            sent = _read([one for one in request.files.getlist("files") if one.filename])
            with unit_of_work():
                made = letter_files.add_scans(
                    lock_event(desk_event(slug).id), sent, for_all=form.covers.data == "all",
                    by=current_actor(), now=now(),
                )  # fmt: skip
                lost = sum(one.covers == letter_files.NOBODY for one in made)
                count = len(made)
            flash(ngettext("Đã nhận %(num)s bản ký.", "Đã nhận %(num)s bản ký.", count), "done")
            if lost:
                flash(_("%(count)s bản không đọc được mã vuông: hãy chọn thư của ai ở dưới.",
                        count=lost), "look")  # fmt: skip
            return redirect(url_for(".files", slug=slug), 303)
        except DomainError as error:
            refusal = error
    event = desk_event(slug)
    page = render_template(
        "invitations/approval_files.html", event=event, form=form, refusal=refusal,
        files=letter_files.standing_files(event), letters=_choices(event),
        people=_people(event), unsigned=len(signing.unsigned(event)),
        is_set_up=signing.is_set_up(), seal=signing.seal_words(),
    )  # fmt: skip
    return page, (refusal.status if refusal else 200)


def _read(sent: list[Any]) -> list[Scanned]:
    """Raises ScanRefused, FileRefused."""
    if not sent:
        raise letter_files.FileRefused(_("Hãy chọn tệp ảnh hoặc PDF của bản đã ký."))
    if len(sent) > FILES_MOST:
        raise letter_files.FileRefused(
            _("Mỗi lần gửi tối đa %(most)s tệp. Hãy gửi làm nhiều lần.", most=FILES_MOST)
        )
    return [Scanned(one.filename, read_scan(one.read())) for one in sent]


def _choices(event: Event) -> list[tuple[int, str]]:
    return [
        (key, f"{letter.registration.full_name or _('Đại diện Lãnh đạo')}, "
              f"{letter.registration.participation.name}")
        for key, letter in letter_files.signable_letters(event).items()
    ]  # fmt: skip


def _people(event: Event) -> dict[int, str]:
    """Letter id → whose it is."""
    return {
        letter.id: letter.registration.full_name or letter.registration.participation.name
        for letter in letter_files.signable_letters(event).values()
    }


@blueprint.post("/files/<int:file_id>/assign")
@requires(can_manage)
def assign(slug: str, file_id: int) -> ResponseReturnValue:
    form = AssignForm()
    if not form.validate_on_submit():
        flash(_("Hãy chọn thư này của ai."), "look")
        return redirect(url_for(".files", slug=slug), 303)
    with unit_of_work():
        file = letter_files.file_of(desk_event(slug), file_id)
        letter_files.assign(file, int(form.registration.data or 0), by=current_actor(), now=now())
    flash(_("Đã ghép bản ký với thư."), "done")
    return redirect(url_for(".files", slug=slug), 303)


@blueprint.post("/files/<int:file_id>/remove")
@requires(can_manage)
def remove(slug: str, file_id: int) -> ResponseReturnValue:
    with unit_of_work():
        letter_files.remove(
            letter_files.file_of(desk_event(slug), file_id), by=current_actor(), now=now()
        )
    flash(_("Đã bỏ bản ký. Thư gửi đi lại là bản in từ phần mềm."), "done")
    return redirect(url_for(".files", slug=slug), 303)


@blueprint.get("/files/<int:file_id>.pdf")
@requires(can_view_desk)
def file(slug: str, file_id: int) -> Response:
    kept = letter_files.file_of(desk_event(slug), file_id)
    return Response(
        kept.content, mimetype=kept.media_type,
        headers={"Content-Disposition": 'inline; filename="Giay-moi-da-ky.pdf"'},
    )  # fmt: skip


@blueprint.post("/sign")
@requires(can_manage)
def sign(slug: str) -> ResponseReturnValue:
    try:
        with unit_of_work():
            count = signing.ask_signing(desk_event(slug), by=current_actor(), now=now())
        flash(ngettext("Đang ký số %(num)s thư.", "Đang ký số %(num)s thư.", count), "waiting")
    except signing.SigningRefused as refusal:
        flash(str(refusal), "look")
    return redirect(url_for(".files", slug=slug), 303)
