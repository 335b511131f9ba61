"""An event's settings at the desk: made, edited section by section, opened, closed, archived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app.core.access import current_actor, requires
from app.core.clock import local, now
from app.core.database import unit_of_work
from app.core.errors import DomainError
from app.core.policies import can_manage
from app.events import services
from app.events.documents import (
    DOCUMENT_MAX,
    DocumentRefused,
    attach_document,
    remove_document,
    shown,
)
from app.events.errors import EventNotFound, PlanFileError
from app.events.forms import ConfirmForm, DocumentForm, WholeForm
from app.events.models import Event, EventDocument
from app.events.new_forms import NewEventForm, PlanFileForm
from app.events.notice import day_of, suggested_retention
from app.events.pages import blueprint
from app.events.plan_files import PLAN_FILE_MAX, Plan, read_plan
from app.events.queries import called_counts, current_event, documents_of, event_for, lock_event
from app.events.rules import MOVES, STATE_WORDS, EventState, cutoff_sentence
from app.events.sections import SECTIONS, BasesForm, ScheduleForm, make_rows, row_entries
from app.events.words import MOVE_WORDS, slug_of
from app.extensions import db
from app.units.rules import UnitKind

BASE = "/desk/events/<slug>/settings"
SECTION = (
    f"{BASE}/<any(names, schedule, cutoff, kinds, contact, retention, content, bases, letter, "
    "delivery):section>"
)


@blueprint.get("/desk/events/new")
@requires(can_manage)
def create() -> str:
    return _create_page(NewEventForm(formdata=None), PlanFileForm(formdata=None))


@blueprint.post("/desk/events/new")
@requires(can_manage)
def create_by_form() -> Any:
    form = NewEventForm()
    if not form.validate_on_submit():
        return _create_page(form, PlanFileForm(formdata=None)), 422
    try:
        with unit_of_work():
            event = services.create_event(_plan_of(form), by=current_actor(), now=now())
            slug = event.slug
    except PlanFileError as refusal:
        form.slug.errors = [str(refusal)]
        return _create_page(form, PlanFileForm(formdata=None)), 422
    return _created(slug)


@blueprint.post("/desk/events/new/plan-file")
@requires(can_manage)
def create_from_file() -> Any:
    form = PlanFileForm()
    upload = form.plan_file.data
    try:
        if not form.validate_on_submit() or not upload:
            raise PlanFileError(_("Hãy chọn tệp kế hoạch."))
        plan = read_plan(upload.read(PLAN_FILE_MAX + 1))
        with unit_of_work():
            services.create_event(plan, by=current_actor(), now=now())
    except PlanFileError as refusal:
        form.plan_file.errors = [str(refusal)]
        return _create_page(NewEventForm(formdata=None), form, failed=form), 422
    return _created(plan.slug)


def _created(slug: str) -> Any:
    flash(_("Đã tạo bản nháp. Hãy xem lại từng mục rồi mở đăng ký."), "done")
    return redirect(url_for("events.settings", slug=slug), code=303)


def _plan_of(form: NewEventForm) -> Plan:
    """The form as a plan; contact and letter lines come from the event before."""
    before = current_event()
    assert form.cutoff_at is not None and form.valid_on.day is not None
    return Plan(
        slug=form.slug.data or slug_of(form.short_title.data, form.valid_on.day.year),
        title=form.title.data,
        short_title=form.short_title.data,
        list_title=form.short_title.data,
        venue=form.venue.data,
        venue_address=form.venue_address.data,
        tentative_time=form.tentative_time.data,
        cutoff_at=form.cutoff_at,
        cutoff_words=cutoff_sentence(local(form.cutoff_at)),
        planned_seats=form.planned_seats.data,
        valid_on=form.valid_on.day,
        registering_kinds=form.registering_kinds.data,
        invited_kinds=form.invited_kinds.data,
        contact=dict(before.contact) if before else {},
        letter=dict(before.letter) if before else {},
    )


def _create_page(form: NewEventForm, file_form: PlanFileForm, failed: Any = None) -> str:
    return render_template(
        "events/create.html", form=failed or form, new_form=form, file_form=file_form
    )


@blueprint.get(BASE)
@requires(can_manage)
def settings(slug: str) -> str:
    return _settings_page(_event(slug), DocumentForm(formdata=None))


def _settings_page(event: Event, document_form: DocumentForm) -> str:
    return render_template(
        "events/settings.html",
        event=event,
        form=document_form,
        documents=[shown(one) for one in documents_of(event)],
        called=called_counts(event),
        kind_label=lambda kind: UnitKind(kind).label,
        event_state_word=STATE_WORDS.__getitem__,
        moves=[
            (state, MOVE_WORDS[event.state, state])
            for state in EventState
            if state in MOVES[EventState(event.state)]
        ],
    )


@blueprint.get(SECTION)
@requires(can_manage)
def edit(slug: str, section: str) -> str:
    event = _event(slug)
    form = SECTIONS[section].form(formdata=None, data=SECTIONS[section].form.values_of(event))
    return _edit_page(event, section, form, make_rows(section, event, None))


@blueprint.post(SECTION)
@requires(can_manage)
def save(slug: str, section: str) -> Any:
    by, moment = current_actor(), now()
    form, rows = SECTIONS[section].form(), []
    try:
        with unit_of_work():
            event = lock_event(_event(slug).id)
            rows = make_rows(section, event, request.form)
            fine = [one.validate() for one in (form, *rows)]
            if isinstance(form, ScheduleForm) and all(fine):
                fine.append(form.check_sessions(rows))
            if not all(fine):
                return _edit_page(event, section, form, rows), 422
            _apply(section, event, form, rows, by=by, moment=moment)
    except DomainError as refusal:
        form.form_errors.append(str(refusal))
        return _edit_page(_event(slug), section, form, rows), 422
    flash(_("Đã lưu “%(section)s”.", section=SECTIONS[section].title), "done")
    return redirect(url_for("events.settings", slug=slug), code=303)


def _apply(section: str, event: Event, form: Any, rows: list[Any], *, by: Any, moment: Any) -> None:
    changes = form.changes(event)
    if isinstance(form, BasesForm):
        changes = {"plan": {**event.plan, "legal_bases": row_entries(rows)}}
    services.edit_event(event, changes, by=by, now=moment)
    if isinstance(form, ScheduleForm):
        services.set_sessions(event, row_entries(rows), by=by, now=moment)
    if section == "kinds":
        services.call_units(event, by=by, now=moment)


def _edit_page(event: Event, section: str, form: Any, rows: list[Any]) -> str:
    return render_template(
        "events/edit.html",
        event=event,
        section=SECTIONS[section],
        section_key=section,
        main=form,
        rows=rows,
        form=WholeForm(form, rows),
        suggested_words=cutoff_sentence(local(event.cutoff_at)),
        suggested_day=suggested_retention(day_of(event.starts_at, event.ends_at, event.valid_on)),
    )


@blueprint.route(f"{BASE}/state/<target>", methods=["GET", "POST"])
@requires(can_manage)
def move(slug: str, target: str) -> Any:
    """The question before, and the move itself."""
    if target not in list(EventState):
        abort(404)

    def do(event: Event) -> str:
        services.move_event(event, target, by=current_actor(), now=now())
        return _("Đã chuyển trạng thái của sự kiện.")

    event = _event(slug)
    words = MOVE_WORDS.get((EventState(event.state), EventState(target)))
    if words is None:
        return redirect(url_for("events.settings", slug=slug), code=303)
    return _ask_or_do(event, do, words=words)


@blueprint.post(f"{BASE}/call-units")
@requires(can_manage)
def call_units(slug: str) -> Any:
    with unit_of_work():
        event = lock_event(_event(slug).id)
        services.ensure_editable(event)
        added = services.call_units(event, by=current_actor(), now=now())
    flash(_("Đã cập nhật tên và địa chỉ theo danh bạ, thêm %(added)s đơn vị.", added=added), "done")
    return redirect(url_for("events.settings", slug=slug), code=303)


@blueprint.post(f"{BASE}/documents")
@requires(can_manage)
def add_document(slug: str) -> Any:
    form = DocumentForm()
    upload = form.document_file.data
    valid = form.validate_on_submit()
    if not upload:
        form.document_file.errors = [_("Hãy chọn tệp tài liệu.")]
    if not valid or not upload:
        return _settings_page(_event(slug), form), 422
    try:
        with unit_of_work():
            event = lock_event(_event(slug).id)
            attach_document(
                event,
                title=form.document_title.data,
                filename=upload.filename or "",
                content=upload.read(DOCUMENT_MAX + 1),
                by=current_actor(),
                now=now(),
            )
    except DocumentRefused as refusal:
        form.document_file.errors = [str(refusal)]
        return _settings_page(_event(slug), form), 422
    flash(_("Đã thêm tài liệu."), "done")
    return redirect(url_for("events.settings", slug=slug, _anchor="documents"), code=303)


@blueprint.route(f"{BASE}/documents/<int:document_id>/remove", methods=["GET", "POST"])
@requires(can_manage)
def drop_document(slug: str, document_id: int) -> Any:
    event = _event(slug)
    found = db.session.get(EventDocument, document_id)
    if found is None or found.event_id != event.id:
        raise EventNotFound()

    def do(event: Event) -> str:
        remove_document(
            db.session.get_one(EventDocument, document_id), by=current_actor(), now=now()
        )
        return _("Đã bỏ tài liệu.")

    words = {
        "question": _("Bỏ tài liệu “%(title)s”?", title=found.title),
        "then": _("Tài liệu sẽ không còn trên trang của sự kiện."),
        "yes": _("Bỏ tài liệu"), "no": _("Giữ lại"), "danger": True,
    }  # fmt: skip
    return _ask_or_do(event, do, words=words)


def _ask_or_do(event: Event, do: Callable[[Event], str], *, words: Any) -> Any:
    form, slug = ConfirmForm(), event.slug
    if form.validate_on_submit():
        with unit_of_work():
            done = do(lock_event(event.id))
        flash(done, "done")
        return redirect(url_for("events.settings", slug=slug), code=303)
    return render_template("events/question.html", event=event, words=words, form=form)


def _event(slug: str) -> Event:
    event = event_for(current_actor(), slug)
    g.desk_event = event
    return event
